// What the lines of each dialect mean, as tables. A table knows no order of events: what the signs make of a
// whole log is history.cpp's.
#pragma once

#include <span>
#include <string_view>

#include "core/diagnosis/statement.h"

namespace l2tp::diagnosis {

// What a statement is a sign of, in words that all dialects share.
enum class Sign {
  nothing,  // looks like trouble and is none
  // Whose log it is, and what is going on
  client_begins,
  client_begins_aggressively,
  server_begins,
  client_writes,
  server_writes,
  server_writes_of_certificates,
  with_certificates,
  phase2_begins,
  phase2_begins_with_pfs,
  protected_notice,  // the notification that follows was encrypted: the keys agree
  plain_notice,
  asked_on_4500,
  asked,
  heard_on_4500,
  heard,
  l2tp_begins,
  we_end,  // somebody on this machine ended it: no failure
  // Algorithms
  offer_begins,
  offer_part,  // Cisco's lines: `detail` is what they name
  offer,
  configured,
  part_differs,  // `detail`: what of the proposal
  refused_here,
  refused_here_in_phase1,
  refused_here_in_phase2,
  refused_there,
  accepted,
  // Progress
  phase1_up,
  phase2_up,
  tunnel_up,
  tunnel_up_at_server,
  call_up,
  call_up_at_server,
  authenticated,
  authenticated_at_server,
  ppp_up,
  // Trouble whose meaning depends on what came before
  unreadable,
  unreadable_at_server,
  authentication_refused,
  certificate_not_trusted,
  certificate_expired,
  identity_differs,
  peer_unknown_by_identity,
  key_missing,
  pluto_waits,
  repeats,
  gives_up,
  peer_deletes,
  l2tp_gives_up,
  tunnel_closed,
  call_closed,
  pppd_exits,
  lcp_ended_by_peer,
  line_hangs_up,
  // Trouble that has one meaning: `id`, and `detail` or the line itself
  failure,
  failure_at_server,
  told_by_us,   // a failure in the catalogue's own words, as the journal has it
  consequence,  // a failure only if nothing before it explains it
  consequence_at_server,
};

struct Rule {
  std::string_view words;  // lower case; blanks do not count, '*' is anything
  Sign sign;
  std::string_view id{};      // of the catalogue
  std::string_view detail{};  // empty: the line itself
  std::string_view advice{};  // instead of the catalogue's
};

// The first rule that fits is a line's meaning.
std::span<const Rule> charon_rules();
std::span<const Rule> pluto_rules();
std::span<const Rule> xl2tpd_rules();
std::span<const Rule> pppd_rules();
std::span<const Rule> cisco_rules();
std::span<const Rule> system_rules();

// The rule that fits, or nullptr; what nobody's prefix names is compared with all tables.
struct Match {
  const Rule* rule;
  Dialect dialect;
};
Match find_rule(const Statement& statement);

}  // namespace l2tp::diagnosis
