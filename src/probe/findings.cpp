#include "probe/findings.h"

#include <algorithm>

namespace l2tp::probe {

Standing Findings::standing(const ike::Suite& suite) const {
  const auto found = suites.find(suite);
  return found == suites.end() ? Standing::not_asked : found->second;
}

std::size_t Findings::count(Standing standing) const {
  const auto asked = static_cast<std::size_t>(
      std::ranges::count_if(suites, [standing](const auto& entry) { return entry.second == standing; }));
  return standing == Standing::not_asked ? asked + number_of_suites - suites.size() : asked;
}

Verdict Findings::verdict() const {
  if (count(Standing::accepted) > 0) return Verdict::accepts;
  if (answered_ikev1) return Verdict::refuses;
  if (ikev2 == Reply::yes) return Verdict::only_ikev2;
  if (closed) return Verdict::closed;
  return unreachable ? Verdict::unreachable : Verdict::silent;
}

std::optional<ike::Suite> Findings::strongest(ike::Authentication authentication) const {
  std::optional<ike::Suite> best;
  for (const auto& [suite, standing] : suites)
    if (standing == Standing::accepted && suite.authentication == authentication &&
        (!best || ike::is_stronger(suite, *best)))
      best = suite;
  return best;
}

std::string ike_string(const ike::Suite& suite) {
  return strongswan_spelling(ike::proposal_of(suite)) + "!";
}

std::string esp_string(const ike::Suite& suite) {
  auto proposal = ike::proposal_of(suite);
  proposal.group.clear();
  return strongswan_spelling(proposal);
}

}  // namespace l2tp::probe
