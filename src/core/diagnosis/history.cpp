#include "core/diagnosis/history.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <utility>

#include "core/diagnosis/proposals.h"
#include "core/diagnosis/server_view.h"
#include "core/log_reader.h"
#include "core/wording.h"

namespace l2tp::diagnosis {

namespace {

constexpr std::size_t most_lines = 6;  // of one finding
constexpr std::size_t most_problems =
    64;  // distinct ones; a log has few, and hostile ones are not worth more

bool holds(std::string_view text, std::string_view words) {
  return text.find(words) != std::string_view::npos;
}

// The milestone that shows that a failure is over.
Milestone mended_by(const FailureKind& kind) {
  constexpr std::array phase2{"ipsec-no-esp-proposal", "ipsec-selectors-refused", "ipsec-pfs-mismatch",
                              "ipsec-server-address", "ipsec-failed"};
  constexpr std::array login{"ppp-login-refused",   "ppp-password-expired", "ppp-account-disabled",
                             "ppp-no-dial-in",      "ppp-restricted-hours", "ppp-no-password",
                             "ppp-server-unproven", "ppp-method-refused",   "ppp-certificate-refused"};
  const auto is_one_of = [&kind](const auto& ids) {
    return std::find(ids.begin(), ids.end(), kind.id) != ids.end();
  };
  switch (kind.stage) {
    case Stage::port:
      return Milestone::tunnel;
    case Stage::l2tp:
      return kind.id == "l2tp-call-refused" ? Milestone::call : Milestone::tunnel;
    case Stage::ppp:
      return is_one_of(login) ? Milestone::login : Milestone::ppp;
    case Stage::handover:
      return Milestone::ppp;
    case Stage::ipsec:
      if (kind.id == "ipsec-no-proposal") return Milestone::proposal;
      return is_one_of(phase2) ? Milestone::phase2 : Milestone::phase1;
    default:
      return Milestone::phase1;
  }
}

// What stands behind `words`, which are compared without blanks and case; empty if they are not there.
std::string_view after(std::string_view text, std::string_view words) {
  for (std::size_t begin = 0; begin < text.size(); ++begin) {
    std::size_t at = begin, word = 0;
    while (at < text.size() && word < words.size()) {
      const char c = text[at] >= 'A' && text[at] <= 'Z' ? static_cast<char>(text[at] - 'A' + 'a') : text[at];
      if (words[word] == ' ') {
        ++word;
      } else if (c == words[word]) {
        ++word, ++at;
      } else if ((c == ' ' || c == '\t') && at > begin) {
        ++at;
      } else {
        break;
      }
    }
    if (word == words.size()) return text.substr(at);
  }
  return {};
}

// The text inside of the last pair of these brackets, or nothing.
std::string_view inside_last(std::string_view text, char open, char close) {
  const auto end = text.rfind(close);
  if (end == std::string_view::npos) return {};
  const auto begin = text.rfind(open, end);
  return begin == std::string_view::npos ? std::string_view{} : text.substr(begin + 1, end - begin - 1);
}
std::string_view inside_first(std::string_view text, char open, char close) {
  const auto begin = text.find(open);
  if (begin == std::string_view::npos) return {};
  const auto end = text.find(close, begin + 1);
  return end == std::string_view::npos ? std::string_view{} : text.substr(begin + 1, end - begin - 1);
}

// The number behind `word`, or `otherwise`.
int number_after(std::string_view text, std::string_view word, int otherwise) {
  const auto at = text.find(word);
  if (at == std::string_view::npos) return otherwise;
  int number = otherwise;
  std::from_chars(text.data() + at + word.size(), text.data() + text.size(), number);
  return number;
}

// pppd's exit status (pppd(8), EXIT STATUS) -> what it means; an empty id: no failure.
struct PppdExit {
  int status;
  std::string_view id;
  std::string_view detail;
};
constexpr PppdExit pppd_exits[] = {
    {0, "", ""},
    {2, "ppp-not-started", "its options were refused"},
    {3, "ppp-not-started", "it may not run as this user"},
    {4, "l2tp-kernel-missing", "pppd found no PPP"},
    {5, "", ""},
    {10, "ppp-negotiation-failed", "no network protocol came up"},
    {12, "ppp-idle", "pppd's own idle time was over"},
    {13, "ppp-ended", "its time was over"},
    {15, "ppp-echo-lost", "its answers to echo requests stayed away"},
    {16, "ppp-ended", "the line went away"},
    {17, "ppp-negotiation-failed", "our own packets came back"},
    {19, "ppp-login-refused", ""},
};

}  // namespace

void History::begin(Side side, bool aggressive) {
  settle();
  ++number_of_attempt_;
  attempt_ = {};
  attempt_.aggressive = aggressive;
  ended_by_us_ = false;
  see_side(side);
}

// What was found before the log said whose it is was found on that side, too.
void History::see_side(Side side) {
  if (!side_known_)
    for (auto& problem : problems_) problem.finding.side = side;
  side_ = side;
  side_known_ = true;
}

void History::reach(Milestone milestone) {
  attempt_.reached = std::max(attempt_.reached, milestone);
  attempt_.unanswered.clear();
  attempt_.silence_id.clear();
  attempt_.negotiation = {};
  ended_by_us_ = false;
  if (milestone > furthest_) {
    furthest_ = milestone;
    furthest_line_ = statement_->line;
  }
  for (auto& problem : problems_)
    if (problem.finding.mended_by == 0 && mended_by(*problem.finding.kind) <= milestone)
      problem.finding.mended_by = statement_->line;
}

void History::hear(bool on_4500) {
  attempt_.heard = true;
  if (on_4500) attempt_.heard_on_4500 = true;
  attempt_.unanswered.clear();
}

// True if a failure before it in the same attempt, or IPsec's for what runs in it, explains it.
bool History::is_explained(const FailureKind& kind) const {
  return std::any_of(problems_.begin(), problems_.end(), [&](const Problem& problem) {
    const auto& other = *problem.finding.kind;
    if (problem.finding.mended_by != 0 || other.id == kind.id) return false;
    return problem.attempt == number_of_attempt_ ||
           (other.stage <= Stage::ipsec && kind.stage > Stage::ipsec);
  });
}

void History::add(std::string_view id, std::string detail, Side side, std::string_view advice,
                  bool consequence) {
  const auto& kind = failure_kind(id);
  if (consequence && is_explained(kind)) return;
  if (!consequence)  // it is what the consequences seen so far came from
    std::erase_if(problems_, [&](const Problem& problem) {
      return problem.consequence && problem.attempt == number_of_attempt_ && problem.finding.kind->id != id &&
             problem.finding.mended_by == 0 && problem.finding.kind->stage >= kind.stage;
    });

  auto known = std::find_if(problems_.begin(), problems_.end(), [&](const Problem& problem) {
    return problem.finding.kind->id == id && problem.finding.mended_by == 0 &&
           (problem.finding.side == side || problem.attempt == number_of_attempt_);
  });
  if (known == problems_.end()) {
    if (problems_.size() >= most_problems) return;
    problems_.push_back({{&kind, side, {}, {}, {}, {}}, number_of_attempt_, consequence});
    known = problems_.end() - 1;
  } else if (consequence || !known->consequence) {
    if (known->finding.detail.empty()) known->finding.detail = std::move(detail);
    detail.clear();
  }
  auto& finding = known->finding;
  known->attempt = number_of_attempt_;
  known->consequence = known->consequence && consequence;
  if (!detail.empty()) finding.detail = std::move(detail);
  if (!advice.empty()) finding.advice = advice;

  if (statement_ == nullptr) return;
  const bool listed = !finding.lines.empty() && finding.lines.back().number == statement_->line &&
                      finding.lines.back().text == statement_->text;
  if (listed) return;
  if (finding.lines.size() < most_lines)
    finding.lines.push_back({statement_->line, statement_->text});
  else
    ++finding.more_lines;
}

void History::take_failure(const Rule& rule, bool at_server, bool consequence) {
  if (at_server && !side_known_) see_side(Side::server);
  auto detail = rule.detail.empty() ? message_of(statement_->text) : std::string{rule.detail};
  if (at_server && rule.id == "ipsec-selectors-refused" && !attempt_.selectors.empty())
    detail = "it asks for " + attempt_.selectors;
  add(rule.id, std::move(detail), at_server ? Side::server : side_, rule.advice, consequence);
}

void History::take_own(const Rule& rule) {
  std::string detail;
  if (const auto at = statement_->text.find(rule.words); at != std::string::npos) {
    auto rest = std::string_view{statement_->text}.substr(at + rule.words.size());
    while (rest.starts_with(':') || rest.starts_with(' ')) rest.remove_prefix(1);
    if (rest.starts_with('.')) rest = {};
    detail = rest.substr(0, std::min(rest.find(". "), rest.size()));
    while (detail.ends_with('.')) detail.pop_back();
  }
  follow(rule.id, std::move(detail));
}

void History::take_certificate(bool expired) {
  const auto message = message_of(statement_->text);
  if (side_ == Side::server) return add("ipsec-certificate-refused", message);
  add(expired ? "ipsec-server-expired" : "ipsec-server-untrusted", message);
}

void History::take_identity() {
  std::string_view text = statement_->text;
  const auto first = inside_first(text, '\'', '\'');
  if (!first.empty()) text.remove_prefix(text.find('\'') + first.size() + 2);
  const auto second = inside_first(text, '\'', '\'');
  if (first.empty() || second.empty()) return add("ipsec-server-identity", message_of(statement_->text));
  const bool declared_last = holds(statement_->squeezed, "declares");
  const auto shown = declared_last ? second : first;
  const auto expected = declared_last ? first : second;
  add("ipsec-server-identity", in_quotes(shown) + ", not " + in_quotes(expected));
}

void History::take_authentication_refused() {
  if (attempt_.aggressive)
    return add("ipsec-aggressive-refused", "it answered AUTHENTICATION_FAILED; or the key is wrong");
  if (attempt_.certificates) return add("ipsec-certificate-refused", "it answered AUTHENTICATION_FAILED");
  add("ipsec-identity-refused", attempt_.notice_is_protected
                                    ? "it answered AUTHENTICATION_FAILED, encrypted: the keys agree"
                                    : "it answered AUTHENTICATION_FAILED");
}

// charon and pluto name what differs; Cisco's sentence is about the part that was listed before it.
void History::take_difference(const Rule& rule) {
  auto& negotiation = attempt_.negotiation;
  if (negotiation.lines.size() < most_lines)
    negotiation.lines.push_back({statement_->line, statement_->text});
  std::string words{rule.detail};
  if (rule.detail.empty() && rule.words.starts_with("oakley")) words = message_of(statement_->text);
  if (rule.words == "does not match policy") {
    using Part = std::pair<std::string_view, std::string_view>;
    for (const auto& [sign, name] :
         {Part{"hash", "hash"}, Part{"encryption", "encryption"}, Part{"diffie-hellman", "group"},
          Part{"keylength", "keylength"}, Part{"authentication", "auth"}}) {
      if (!holds(statement_->squeezed, sign)) continue;
      words = name;
      for (const auto& part : negotiation.parts)
        if (part.find(name) != std::string::npos) words = part + " is offered, and the policy has another";
      break;
    }
  } else if (holds(rule.words, "mismatched attribute")) {
    words = message_of(statement_->text);
  }
  constexpr std::size_t most = 4;
  auto& differing = negotiation.differing;
  if (!words.empty() && differing.size() < most &&
      std::find(differing.begin(), differing.end(), words) == differing.end())
    differing.push_back(std::move(words));
}

// The negotiation failed here: says of what, as exactly as the lines do.
void History::refuse_here(int phase) {
  if (!side_known_) see_side(Side::server);
  auto negotiation = std::exchange(attempt_.negotiation, {});
  if (const auto named = phase_of(negotiation.offered); named != 0) phase = named;
  if (phase == 0) phase = attempt_.phase2_begun || has_reached(Milestone::phase1) ? 2 : 1;

  bool only_group = negotiation.differing.size() == 1 && negotiation.differing.front() == "group";
  std::string detail;
  const auto exact = differences(negotiation.offered, negotiation.configured);
  if (!exact.empty()) only_group = exact.size() == 1 && exact.front().kind == "group";
  for (const auto& one : exact) detail += (detail.empty() ? "" : "; ") + one.words;
  if (detail.empty() && !negotiation.differing.empty()) {
    for (const auto& one : negotiation.differing) detail += (detail.empty() ? "" : "; ") + one;
    if (!holds(detail, " ")) detail = "they have no " + detail + " in common";
  }
  const bool known = detail.empty();
  if (known) detail = "it fits none of the proposals configured here";

  const std::string_view id = phase == 1   ? "ipsec-no-proposal"
                              : only_group ? "ipsec-pfs-mismatch"
                                           : "ipsec-no-esp-proposal";
  // "no proposal found" after a list that said more is the same refusal.
  const bool told = known && std::any_of(problems_.begin(), problems_.end(), [&](const Problem& problem) {
                      const auto other = problem.finding.kind->id;
                      return problem.attempt == number_of_attempt_ && problem.finding.mended_by == 0 &&
                             (other == "ipsec-no-proposal" || other == "ipsec-no-esp-proposal" ||
                              other == "ipsec-pfs-mismatch" || other == "ipsec-address-refused");
                    });
  if (told) return;
  const auto* last = std::exchange(statement_, nullptr);
  add(id, std::move(detail), side_);
  if (auto found = std::find_if(problems_.begin(), problems_.end(),
                                [&](const Problem& problem) {
                                  return problem.finding.kind->id == id && problem.finding.side == side_ &&
                                         problem.finding.mended_by == 0;
                                });
      found != problems_.end()) {
    auto& lines = found->finding.lines;
    for (auto& line : negotiation.lines) {
      if (lines.size() < most_lines)
        lines.push_back(std::move(line));
      else
        ++found->finding.more_lines;
    }
  }
  statement_ = last;
  if (statement_ != nullptr) add(id, {}, side_);
}

void History::refuse_there() {
  attempt_.negotiation = {};
  attempt_.unanswered.clear();
  const bool phase2 = attempt_.phase2_begun || attempt_.notice_is_protected || has_reached(Milestone::phase1);
  const std::string answer =
      side_ == Side::server ? "the client answered NO_PROPOSAL_CHOSEN" : "it answered NO_PROPOSAL_CHOSEN";
  if (!phase2) return add("ipsec-no-proposal", answer);
  if (!attempt_.pfs) return add("ipsec-no-esp-proposal", answer);
  add("ipsec-pfs-mismatch",
      answer + " to a proposal with PFS; if it has the same group, the other algorithms differ");
}

void History::give_up() {
  const auto unanswered = std::exchange(attempt_.unanswered, {});
  std::string id{"ipsec-silent"};
  std::string detail{"no answer to the first message"};
  if (!attempt_.silence_id.empty()) {
    id = attempt_.silence_id;
    detail = attempt_.silence_detail;
  } else if (has_reached(Milestone::phase2)) {
    id = "ipsec-dead-peer";
    detail = "it was there, and fell silent";
  } else if (attempt_.phase2_begun || has_reached(Milestone::phase1)) {
    id = "ipsec-no-esp-proposal";
    detail = "phase 1 is up, but it does not answer the proposal for phase 2";
  } else if (attempt_.heard && attempt_.asked_on_4500 && !attempt_.heard_on_4500) {
    id = "ipsec-nat-t-silent";
    detail = "nothing came back from there";
  } else if (attempt_.heard) {
    id = "ipsec-authentication";
    detail = "it does not answer what the pre-shared key encrypted";
  }
  const auto* last = statement_;
  for (const auto& line : unanswered) {
    const Statement repeated{line.number, line.text, {}, Dialect::unknown};
    statement_ = &repeated;
    follow(id, detail);
  }
  statement_ = last;
  if (statement_ != nullptr) follow(id, std::move(detail));
}

// Phase 1 up and at once deleted: the other side did not like what it saw.
void History::take_deletion() {
  if (live_ike_sas_ > 0) --live_ike_sas_;
  if (ended_by_us_ || !has_reached(Milestone::phase1)) return;
  if (has_reached(Milestone::phase2)) {
    if (side_ == Side::client && live_ike_sas_ == 0) follow("ipsec-ended-by-server", "it deleted the IKE_SA");
    return;
  }
  if (side_ == Side::server && attempt_.certificates)
    return add("ipsec-server-untrusted", "it deleted the IKE_SA as soon as it was up");
  follow("ipsec-ended-by-server", "the IKE_SA was deleted before phase 2 was up");
}

void History::take_l2tp_end(bool call) {
  if (ended_by_us_) return;
  const bool was_up = has_reached(Milestone::call);
  if (was_up && side_ == Side::server) return;  // the client hung up
  const std::string_view text = statement_->text;
  const auto reason = inside_last(text.substr(0, text.find(", Local:")), '(', ')');
  auto detail = reason.empty() ? message_of(statement_->text) : "it says " + in_quotes(reason);
  if (!call) return follow("l2tp-refused", std::move(detail));
  follow(was_up ? "ppp-ended-by-server" : "l2tp-call-refused", std::move(detail));
}

void History::take_pppd_exit() {
  if (ended_by_us_) return;
  const auto status = number_after(statement_->squeezed, "withcode", -1);
  if (status == 11)  // the peer failed to prove who it is
    return add("ppp-login-refused", {}, Side::server, {}, true);
  for (const auto& exit : pppd_exits) {
    if (exit.status != status) continue;
    const bool hung_up_by_client = status == 16 && side_ == Side::server;
    if (!exit.id.empty() && !hung_up_by_client) follow(exit.id, std::string{exit.detail});
    return;
  }
  follow("ppp-ended",
         status < 0 ? message_of(statement_->text) : "pppd exited with " + std::to_string(status));
}

void History::take_lcp_end() {
  if (ended_by_us_) return;
  const bool was_up = has_reached(Milestone::ppp);
  const auto reason = inside_first(statement_->text, '(', ')');
  // A client that hangs up says so, and pppd as a server may say nothing else by which to know it.
  const bool hung_up = side_ == Side::server || (!side_known_ && squeezed(reason) == "userrequest");
  if (was_up && hung_up) return;
  auto detail = reason.empty() ? "without a reason" : "it says " + in_quotes(reason);
  if (was_up) return follow("ppp-ended-by-server", std::move(detail));
  if (holds(squeezed(reason), "mppe")) return add("ppp-mppe-unavailable", std::move(detail));
  follow("ppp-negotiation-failed", "the other side ended it, " + std::move(detail));
}

// An attempt is over: a proposal that did not fit, and a message that nobody answered, count as failures,
// though no line said so in the end.
void History::settle() {
  const auto* last = std::exchange(statement_, nullptr);
  if (attempt_.negotiation.failing()) refuse_here(0);
  if (!attempt_.unanswered.empty()) give_up();
  statement_ = last;
}

void History::take(const Statement& statement) {
  const auto [rule, dialect] = find_rule(statement);
  if (statement.dialect != Dialect::unknown) dialects_.insert(statement.dialect);
  if (rule == nullptr) return;
  if (dialect != Dialect::system) dialects_.insert(dialect);
  statement_ = &statement;
  const auto line = LogLine{statement.line, statement.text};

  switch (rule->sign) {
    case Sign::nothing:
      break;
    case Sign::client_begins:
      begin(Side::client, false);
      break;
    case Sign::client_begins_aggressively:
      begin(Side::client, true);
      break;
    case Sign::server_begins:
      begin(Side::server, false);
      break;
    case Sign::client_writes:
      see_side(Side::client);
      break;
    case Sign::server_writes_of_certificates:
      attempt_.certificates = true;
      [[fallthrough]];
    case Sign::server_writes:
      see_side(Side::server);
      if (const auto client = after(statement.text, "configs matching"); !client.empty())
        attempt_.client = client;
      if (const auto selectors = after(statement.text, "looking for a child config for");
          !selectors.empty()) {
        attempt_.selectors = message_of(selectors);
        attempt_.phase2_begun = true;
      }
      break;
    case Sign::with_certificates:
      attempt_.certificates = true;
      break;
    case Sign::phase2_begins_with_pfs:
      attempt_.pfs = true;
      [[fallthrough]];
    case Sign::phase2_begins:
      attempt_.phase2_begun = true;
      break;
    case Sign::protected_notice:
      attempt_.notice_is_protected = true;
      break;
    case Sign::plain_notice:
      attempt_.notice_is_protected = false;
      break;
    case Sign::asked_on_4500:
      attempt_.asked_on_4500 = true;
      break;
    case Sign::asked:
      break;
    case Sign::heard_on_4500:
      hear(true);
      break;
    case Sign::heard:
      hear(false);
      break;
    case Sign::l2tp_begins:
      see_side(Side::client);
      ended_by_us_ = false;
      if (has_reached(Milestone::tunnel)) {
        ++number_of_attempt_;
        attempt_.reached = Milestone::phase2;
      }
      break;
    case Sign::we_end:
      ended_by_us_ = true;
      break;

    case Sign::offer_begins:
      attempt_.negotiation.parts.clear();
      break;
    case Sign::offer_part: {
      constexpr std::size_t most = 16;
      auto part = message_of(statement.text);
      if (attempt_.negotiation.parts.size() < most) attempt_.negotiation.parts.push_back(std::move(part));
      break;
    }
    case Sign::offer:
      attempt_.negotiation.offered = after(statement.text, "received proposals:");
      if (attempt_.negotiation.lines.size() < most_lines) attempt_.negotiation.lines.push_back(line);
      break;
    case Sign::configured:
      attempt_.negotiation.configured = after(statement.text, "configured proposals:");
      if (attempt_.negotiation.lines.size() < most_lines) attempt_.negotiation.lines.push_back(line);
      break;
    case Sign::part_differs:
      take_difference(*rule);
      break;
    case Sign::refused_here:
      refuse_here(0);
      break;
    case Sign::refused_here_in_phase1:
      refuse_here(1);
      break;
    case Sign::refused_here_in_phase2:
      refuse_here(2);
      break;
    case Sign::refused_there:
      refuse_there();
      break;
    case Sign::accepted:
      reach(Milestone::proposal);
      break;

    case Sign::phase1_up:
      ++live_ike_sas_;
      reach(Milestone::phase1);
      break;
    case Sign::phase2_up:
      reach(Milestone::phase2);
      break;
    case Sign::tunnel_up_at_server:
      see_side(Side::server);
      [[fallthrough]];
    case Sign::tunnel_up:
      reach(Milestone::tunnel);
      break;
    case Sign::call_up_at_server:
      see_side(Side::server);
      [[fallthrough]];
    case Sign::call_up:
      reach(Milestone::call);
      break;
    case Sign::authenticated_at_server:
      see_side(Side::server);
      reach(Milestone::login);
      break;
    case Sign::authenticated:
      if (!side_known_) see_side(Side::client);
      reach(Milestone::login);
      break;
    case Sign::ppp_up:
      reach(Milestone::ppp);
      break;

    case Sign::unreadable_at_server:
      see_side(Side::server);
      [[fallthrough]];
    case Sign::unreadable:
      if (has_reached(Milestone::phase1)) break;  // a stray packet
      if (attempt_.certificates)
        follow("ipsec-failed", message_of(statement.text));
      else
        add("ipsec-psk-wrong", "what the other side encrypts cannot be read");
      break;
    case Sign::authentication_refused:
      take_authentication_refused();
      break;
    case Sign::certificate_not_trusted:
      take_certificate(false);
      break;
    case Sign::certificate_expired:
      take_certificate(true);
      break;
    case Sign::identity_differs:
      take_identity();
      break;
    case Sign::peer_unknown_by_identity: {
      see_side(Side::server);
      const auto identity = inside_last(attempt_.client, '[', ']');
      add("ipsec-identity-refused",
          identity.empty() ? message_of(statement.text) : "it calls itself " + in_quotes(identity));
      break;
    }
    case Sign::key_missing:
      // charon looks for a key of the identities first ('a'[1.2.3.4] - 'b'[...]), then for one of the
      // addresses: only the second counts.
      if (holds(statement.squeezed, "'[")) break;
      add("ipsec-config-refused", side_ == Side::server ? "there is no pre-shared key for the client"
                                                        : "there is no pre-shared key for this server");
      break;
    case Sign::pluto_waits:
      if (const auto wait = read_pluto_wait(statement.text)) {
        attempt_.silence_id = wait->failure.kind->id;
        attempt_.silence_detail = wait->failure.detail;
      }
      [[fallthrough]];
    case Sign::repeats:
      // IKEv1's messages are numbered: the second and third of phase 1 follow an answer.
      if (number_after(statement.squeezed, "seq", 1) > 1) attempt_.heard = true;
      if (attempt_.unanswered.size() < most_lines) attempt_.unanswered.push_back(line);
      break;
    case Sign::gives_up:
      give_up();
      break;
    case Sign::peer_deletes:
      take_deletion();
      break;
    case Sign::l2tp_gives_up:
      if (ended_by_us_) break;
      if (has_reached(Milestone::call))
        follow("l2tp-lost", "its requests were repeated in vain");
      else
        follow("l2tp-silent", has_reached(Milestone::tunnel) ? "the tunnel is up, but no call came about"
                                                             : "the request was repeated in vain");
      break;
    case Sign::tunnel_closed:
      take_l2tp_end(false);
      break;
    case Sign::call_closed:
      take_l2tp_end(true);
      break;
    case Sign::pppd_exits:
      take_pppd_exit();
      break;
    case Sign::lcp_ended_by_peer:
      take_lcp_end();
      break;
    case Sign::line_hangs_up:
      if (ended_by_us_ || (has_reached(Milestone::ppp) && side_ == Side::server)) break;
      if (has_reached(Milestone::ppp))
        follow("ppp-ended", "the line went away");
      else
        follow("ppp-negotiation-failed", "the L2TP call went away under it");
      break;

    case Sign::failure:
      take_failure(*rule, false, false);
      break;
    case Sign::failure_at_server:
      take_failure(*rule, true, false);
      break;
    case Sign::told_by_us:
      take_own(*rule);
      break;
    case Sign::consequence:
      take_failure(*rule, false, true);
      break;
    case Sign::consequence_at_server:
      take_failure(*rule, true, true);
      break;
  }
  statement_ = nullptr;
}

// What went wrong and was mended several times over is told once, as it was the last time.
void History::join_repeated() {
  std::vector<Problem> joined;
  for (auto& problem : problems_) {
    auto& finding = problem.finding;
    const auto earlier = std::find_if(joined.begin(), joined.end(), [&finding](const Problem& one) {
      return one.finding.kind == finding.kind && one.finding.side == finding.side;
    });
    if (earlier != joined.end()) {
      finding.more_lines += earlier->finding.lines.size() + earlier->finding.more_lines;
      joined.erase(earlier);
    }
    joined.push_back(std::move(problem));
  }
  problems_ = std::move(joined);
}

LogDiagnosis History::diagnosis() {
  settle();
  join_repeated();

  LogDiagnosis diagnosis{};
  diagnosis.furthest = furthest_;
  diagnosis.furthest_line = furthest_line_;
  for (const auto dialect : dialects_) diagnosis.dialects.emplace_back(to_string(dialect));
  for (auto& [finding, attempt, consequence] : problems_) {
    const auto* view = finding.side == Side::server ? server_view(finding.kind->id) : nullptr;
    finding.sentence = view != nullptr ? view->sentence : finding.kind->sentence;
    if (const auto place = finding.sentence.find(": {}");
        finding.detail.empty() && place != std::string::npos)
      finding.sentence.erase(place, 4);
    if (const auto place = finding.sentence.find("{}"); place != std::string::npos)
      finding.sentence.replace(place, 2, finding.detail);
    if (finding.advice.empty()) finding.advice = view != nullptr ? view->advice : finding.kind->advice;
    diagnosis.findings.push_back(std::move(finding));
  }
  std::stable_sort(diagnosis.findings.begin(), diagnosis.findings.end(),
                   [](const Finding& one, const Finding& other) {
                     const auto first = [](const Finding& finding) {
                       return finding.lines.empty() ? std::size_t{0} : finding.lines.front().number;
                     };
                     return first(one) < first(other);
                   });
  const bool failed = std::any_of(diagnosis.findings.begin(), diagnosis.findings.end(),
                                  [](const Finding& finding) { return finding.mended_by == 0; });
  diagnosis.verdict = failed                           ? Verdict::failed
                      : !diagnosis.findings.empty()    ? Verdict::recovered
                      : furthest_ > Milestone::nothing ? Verdict::healthy
                                                       : Verdict::unknown;
  return diagnosis;
}

}  // namespace l2tp::diagnosis
