#include "core/diagnosis/proposals.h"

#include <algorithm>
#include <array>

#include "core/diagnosis/statement.h"

namespace l2tp::diagnosis {

namespace {

constexpr std::array kinds{"encryption", "integrity", "pseudo-random function", "group", "sequence numbers"};
constexpr std::size_t other = kinds.size();

// The kind of algorithm that charon's name for it belongs to.
std::size_t kind_of(std::string_view name) {
  const auto begins = [name](std::string_view word) { return name.starts_with(word); };
  if (begins("prf_")) return 2;
  if (begins("hmac_") || begins("aes_xcbc") || begins("aes_cmac")) return 1;
  if (begins("modp_") || begins("ecp_") || begins("curve_") || begins("ke")) return 3;
  if (begins("no_ext_seq") || begins("ext_seq")) return 4;
  for (const auto* word :
       {"aes", "3des", "des", "blowfish", "camellia", "cast", "chacha", "null", "twofish", "serpent"})
    if (begins(word)) return 0;
  return other;
}

bool is_of_a_name(char c) {
  return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '_';
}

using Names = std::array<std::vector<std::string>, kinds.size()>;

// What a list has of each kind, each once.
Names names_of(std::string_view proposals) {
  constexpr std::size_t longest = 32;
  constexpr std::size_t most = 64;
  Names names;
  const auto text = squeezed(proposals);
  for (std::size_t at = 0; at < text.size();) {
    auto end = at;
    while (end < text.size() && is_of_a_name(text[end])) ++end;
    auto name = text.substr(at, end - at);
    at = end + 1;
    const auto kind = kind_of(name);
    if (kind == other || name.size() > longest || names[kind].size() >= most) continue;
    if (std::find(names[kind].begin(), names[kind].end(), name) == names[kind].end())
      names[kind].push_back(std::move(name));
  }
  return names;
}

// "AES_CBC_128", "AES_CBC_128 or AES_CBC_192", "AES_CBC_128, ... (9)", "none".
std::string in_words(const std::vector<std::string>& names) {
  if (names.empty()) return "none";
  std::string words;
  constexpr std::size_t shown = 3;
  for (std::size_t i = 0; i < std::min(shown, names.size()); ++i) {
    if (i > 0) words += i + 1 == names.size() ? " or " : ", ";
    words += names[i];
  }
  if (names.size() > shown) words += ", ... (" + std::to_string(names.size()) + ")";
  std::transform(words.begin(), words.end(), words.begin(),
                 [](char c) { return c >= 'a' && c <= 'z' ? static_cast<char>(c - 'a' + 'A') : c; });
  if (const auto at = words.find(" OR "); at != std::string::npos) words.replace(at, 4, " or ");
  return words;
}

}  // namespace

std::vector<Difference> differences(std::string_view offered, std::string_view configured) {
  std::vector<Difference> found;
  if (offered.empty() || configured.empty()) return found;
  const auto theirs = names_of(offered);
  const auto ours = names_of(configured);
  for (std::size_t kind = 0; kind < kinds.size(); ++kind) {
    if (theirs[kind].empty() && ours[kind].empty()) continue;
    const bool common = std::any_of(theirs[kind].begin(), theirs[kind].end(), [&](const std::string& name) {
      return std::find(ours[kind].begin(), ours[kind].end(), name) != ours[kind].end();
    });
    // The pseudo-random function is the integrity algorithm's own, as a rule.
    const bool follows = kind == 2 && !found.empty() && found.back().kind == kinds[1];
    if (common || follows) continue;
    found.push_back({kinds[kind], std::string{kinds[kind]} + " " + in_words(theirs[kind]) + " is offered, " +
                                      in_words(ours[kind]) + " is configured"});
  }
  return found;
}

int phase_of(std::string_view proposals) {
  const auto words = squeezed(proposals.substr(0, 256));
  if (words.starts_with("ike:")) return 1;
  return words.starts_with("esp:") || words.starts_with("ah:") ? 2 : 0;
}

}  // namespace l2tp::diagnosis
