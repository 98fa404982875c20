#include "core/diagnosis/rules.h"

#include <algorithm>
#include <array>
#include <string>
#include <vector>

#include "core/failure.h"

namespace l2tp::diagnosis {

namespace {

struct Pattern {
  const Rule* rule;
  std::vector<std::string> pieces;  // squeezed; found one after the other
};

struct Table {
  Dialect dialect;
  std::vector<Pattern> patterns;
};

Table compiled(Dialect dialect, std::span<const Rule> rules) {
  Table table{dialect, {}};
  for (const auto& rule : rules) {
    Pattern pattern{&rule, {}};
    for (auto words = rule.words; !words.empty();) {
      const auto end = std::min(words.find('*'), words.size());
      if (auto piece = squeezed(words.substr(0, end)); !piece.empty())
        pattern.pieces.push_back(std::move(piece));
      words.remove_prefix(std::min(end + 1, words.size()));
    }
    table.patterns.push_back(std::move(pattern));
  }
  return table;
}

// The catalogue's own sentences, as far as their particulars.
std::vector<Rule> our_rules() {
  constexpr std::size_t shortest = 16;  // bytes; less may be anybody's words
  std::vector<Rule> rules;
  for (const auto& kind : failure_catalogue()) {
    auto words = kind.sentence.substr(0, kind.sentence.find("{}"));
    while (!words.empty() && (words.back() == ' ' || words.back() == ':' || words.back() == '.'))
      words.remove_suffix(1);
    if (words.size() >= shortest) rules.push_back({words, Sign::told_by_us, kind.id});
  }
  return rules;
}

const std::array<Table, 7>& tables() {
  static const auto ours = our_rules();
  static const std::array<Table, 7> all{compiled(Dialect::charon, charon_rules()),
                                        compiled(Dialect::pluto, pluto_rules()),
                                        compiled(Dialect::xl2tpd, xl2tpd_rules()),
                                        compiled(Dialect::pppd, pppd_rules()),
                                        compiled(Dialect::cisco, cisco_rules()),
                                        compiled(Dialect::system, system_rules()),
                                        compiled(Dialect::system, ours)};
  return all;
}

bool fits(std::string_view text, const Pattern& pattern) {
  std::size_t at = 0;
  for (const auto& piece : pattern.pieces) {
    at = text.find(piece, at);
    if (at == std::string_view::npos) return false;
    at += piece.size();
  }
  return true;
}

// A daemon's own words are looked up in its own table; xl2tpd's pppd writes under xl2tpd's name too.
bool may_speak(Dialect speaker, Dialect dialect) {
  return speaker == Dialect::unknown || speaker == dialect || dialect == Dialect::system ||
         (speaker == Dialect::xl2tpd && dialect == Dialect::pppd);
}

}  // namespace

Match find_rule(const Statement& statement) {
  for (const auto& table : tables()) {
    if (!may_speak(statement.dialect, table.dialect)) continue;
    for (const auto& pattern : table.patterns)
      if (fits(statement.squeezed, pattern)) return {pattern.rule, table.dialect};
  }
  return {nullptr, statement.dialect};
}

}  // namespace l2tp::diagnosis
