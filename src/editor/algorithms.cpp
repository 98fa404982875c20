#include "editor/algorithms.h"

#include <algorithm>
#include <array>
#include <vector>

#include "core/words.h"

namespace l2tp::editor {

namespace {

struct Preset {
  std::string_view choice;
  AlgorithmStrings strings;
};

// Each ends with "!": a server that wants something else is to say so, and a short list is what old servers
// understand best.
constexpr std::array presets{
    Preset{"automatic", {"", ""}},
    Preset{"strong",
           {"aes256-sha256-modp3072,aes256-sha256-modp2048,aes256-sha384-ecp384,aes256-sha256-ecp256,"
            "aes128-sha256-modp2048!",
            "aes256gcm16,aes256-sha256,aes128-sha256!"}},
    Preset{"old",
           {"aes256-sha1-modp2048,aes256-sha1-modp1024,aes128-sha1-modp1024,3des-sha1-modp1024!",
            "aes256-sha1,aes128-sha1,3des-sha1!"}}};

constexpr std::size_t most_named = 3;

}  // namespace

AlgorithmStrings preset(std::string_view choice) {
  const auto* found = std::find_if(presets.begin(), presets.end(),
                                   [choice](const Preset& one) { return one.choice == choice; });
  return found == presets.end() ? AlgorithmStrings{} : found->strings;
}

std::string_view preset_of(std::string_view ike, std::string_view esp) {
  for (const auto& one : presets)
    if (one.strings.ike == ike && one.strings.esp == esp) return one.choice;
  return "custom";
}

std::string weakness(std::string_view list, Phase phase) {
  if (list.empty()) return {};
  const auto parsed = parse_proposals(list, phase);
  if (!parsed) return {};
  std::string names;
  std::size_t count = 0;
  for (const auto& proposal : parsed.value().proposals) {
    if (!is_weak(proposal)) continue;
    if (++count <= most_named) names += (names.empty() ? "" : ", ") + strongswan_spelling(proposal);
  }
  if (count == 0) return {};
  if (count > most_named) names += ", …";
  // Translators: {0} is a list of algorithms, such as 3des-sha1-modp1024.
  return fill(_("Weak by today's standards: {0}."), {names});
}

}  // namespace l2tp::editor
