#include "cli/probe_text.h"

#include <sstream>

#include "cli/output.h"
#include "core/json.h"
#include "core/wording.h"
#include "probe/verdict.h"

namespace l2tp::cli {

namespace {

using ike::Authentication;
using ike::Suite;
using probe::Findings;
using probe::Outcome;
using probe::Reply;
using probe::Standing;
using probe::Verdict;

constexpr std::array authentications = ike::all_authentications;

std::string seconds(probe::Milliseconds time) {
  std::ostringstream text;
  text.precision(1);
  text << std::fixed << static_cast<double>(time.count()) / 1000 << " s";
  return text.str();
}

std::string padded(std::string text, std::size_t width) {
  text.resize(std::max(text.size(), width), ' ');
  return text;
}

// The suite of PSK and that of RSA share a cell.
std::string cell(const Findings& findings, const Suite& suite) {
  std::string text;
  bool refused = true, asked = false;
  for (const auto authentication : authentications) {
    auto one = suite;
    one.authentication = authentication;
    const auto standing = findings.standing(one);
    if (standing == Standing::accepted) text += authentication == Authentication::psk ? 'P' : 'R';
    refused &= standing == Standing::refused || standing == Standing::unanswered;
    asked |= standing != Standing::not_asked;
  }
  if (!text.empty()) return text;
  return refused ? "." : asked ? ".?" : "?";
}

// Only rows that have more than refusals.
std::string table(const Findings& findings) {
  constexpr std::size_t first = 15, width = 10;
  std::string text = padded("", first);
  for (const auto group : ike::all_groups) text += padded(to_string(group), width);
  text += "\n";
  bool left_out = false;
  for (const auto encryption : ike::all_encryptions) {
    for (const auto hash : ike::all_hashes) {
      std::string row;
      bool worth_it = false;
      for (const auto group : ike::all_groups) {
        const Suite suite{encryption, hash, group, Authentication::psk};
        const auto content = cell(findings, suite);
        worth_it |= content != ".";
        const bool accepted = content[0] == 'P' || content[0] == 'R';
        const auto tone = !accepted ? Tone::faint : is_weak(proposal_of(suite)) ? Tone::warning : Tone::good;
        row += toned(tone, padded(content, width));
      }
      left_out |= !worth_it;
      if (worth_it) text += padded(to_string(encryption) + "-" + to_string(hash), first) + row + "\n";
    }
  }
  text += "P accepted with a pre-shared key, R with RSA certificates, . refused, ? not asked";
  return text + (left_out ? "; rows with refusals alone are left out\n" : "\n");
}

std::string joined(const auto& words) {
  std::string text;
  for (const auto& word : words) text += (text.empty() ? "" : ", ") + word;
  return text;
}

std::string in_words(Reply reply) {
  switch (reply) {
    case Reply::yes:
      return "answered";
    case Reply::refused:
      return "refused";
    case Reply::silent:
      return "no answer";
    case Reply::not_asked:
      break;
  }
  return "not asked";
}

std::string name_of(Verdict verdict) {
  switch (verdict) {
    case Verdict::accepts:
      return "accepts";
    case Verdict::refuses:
      return "refuses";
    case Verdict::only_ikev2:
      return "only-ikev2";
    case Verdict::silent:
      return "silent";
    case Verdict::closed:
      return "closed";
    case Verdict::unreachable:
      break;
  }
  return "unreachable";
}

// What a person at a terminal can do about silence.
std::string silence_advice(const Outcome& outcome) {
  if (outcome.findings.verdict() != Verdict::silent) return {};
  switch (outcome.from_port_500) {
    case Outcome::Port500::silent:
      return " Nothing came back to packets from port 500 either. A firewall on this side would look the "
             "same, "
             "and so would a server that ignores this address for a while: wait a minute before the next "
             "attempt.";
    case Outcome::Port500::forbidden:
      return " A few servers answer only packets that come from port 500: to try that, run this as root with "
             "--source-port 500.";
    case Outcome::Port500::taken:
      return " A few servers answer only packets that come from port 500, which another program has here: "
             "end "
             "it (an IPsec daemon, most likely), and run this as root with --source-port 500.";
    default:
      return {};
  }
}

std::string said_of(const Outcome& outcome) {
  return probe::verdict_text(outcome) + silence_advice(outcome);
}

// Why something was not asked; empty if everything was.
std::string gap_text(const Findings& findings) {
  const auto missing = findings.count(Standing::not_asked);
  if (missing == 0) return {};
  const auto what = "Not asked: " + std::to_string(missing) + " of " +
                    std::to_string(probe::number_of_suites) + " combinations, ";
  if (findings.stopped_by_half_open)
    return what +
           "for the server keeps each exchange that it accepted half open, and some servers then ignore an "
           "address for a while; the next real connection would suffer. With --patient the rest is asked "
           "slowly, as the server forgets.";
  if (findings.fell_silent)
    return what + "for the server has stopped answering. Wait a minute before you connect or ask again.";
  if (findings.out_of_time) return what + "for time was up. With --patient they are asked too.";
  return what + "for nobody answered.";
}

std::string weakness_text(const Suite& suite) {
  return is_weak(proposal_of(suite)) ? "  (weak: ask for a stronger one at the server)" : "";
}

void add_paste(std::ostringstream& text, const Findings& findings) {
  for (const auto authentication : authentications) {
    const auto best = findings.strongest(authentication);
    if (!best) continue;
    if (authentication == Authentication::rsa) {
      // The same is not said twice.
      auto same = *best;
      same.authentication = Authentication::psk;
      if (findings.strongest(Authentication::psk) == same) continue;
    }
    text << "\nStrongest with "
         << (authentication == Authentication::psk ? "a pre-shared key" : "RSA certificates") << ": "
         << toned(Tone::strong, strongswan_spelling(proposal_of(*best))) << weakness_text(*best) << "\n"
         << "  ipsec-ike = " << probe::ike_string(*best) << "\n"
         << "  ipsec-esp = " << probe::esp_string(*best) << "\n";
  }
  text << paragraph(
      "Phase 2 can't be asked for without logging in: ipsec-esp puts the same algorithms first and, "
      "having no \"!\", leaves the usual ones behind them.",
      2);
}

}  // namespace

std::string probe_text(const std::string& host, const Outcome& outcome) {
  const auto& findings = outcome.findings;
  std::ostringstream text;
  const bool good = findings.verdict() == Verdict::accepts;
  text << toned(Tone::strong, harmless(host)) << "\n\n"
       << toned(good ? Tone::good : Tone::bad, paragraph(said_of(outcome)));
  if (good) text << "\n" << table(findings);
  text << "\n";
  if (good || findings.answered_ikev1) {
    text << "IKEv1 main mode   answered\n";
    text << "aggressive mode   " << in_words(findings.aggressive) << "\n";
  }
  if (findings.aggressive == Reply::yes)
    text << toned(
        Tone::warning,
        paragraph("Whoever watches or pretends to be a client can take home a hash of the pre-shared "
                  "key from aggressive mode, and guess the key there. Switch it off at the server.",
                  18));
  if (good || findings.verdict() == Verdict::refuses || findings.ikev2 == Reply::yes)
    text << "IKEv2             " << in_words(findings.ikev2) << "\n";
  if (findings.answered_ikev1) {
    text << "NAT traversal     " << (findings.nat_traversal ? "yes" : "not announced") << "\n"
         << "fragmentation     " << (findings.fragmentation ? "yes" : "not announced") << "\n";
    if (!findings.vendors.empty()) text << "it calls itself   " << joined(findings.vendors) << "\n";
    if (!findings.other_ids.empty()) text << "unknown IDs       " << joined(findings.other_ids) << "\n";
  }
  if (findings.other_choice)
    text << toned(Tone::warning, "It chose what it was not offered: do not trust what it says.\n");
  if (good) add_paste(text, findings);
  const bool spoke = good || findings.answered_ikev1;
  if (const auto gap = gap_text(findings); spoke && !gap.empty())
    text << "\n" << toned(Tone::warning, paragraph(gap));
  if (findings.first_usable)
    text << "\nfirst answer after " << seconds(*findings.first_usable) << ", all after "
         << seconds(findings.taken) << "\n";
  return text.str();
}

std::string probe_json(const std::string& host, const Outcome& outcome) {
  const auto& findings = outcome.findings;
  const ObjectRef<JsonBuilder> owned{json_builder_new()};
  auto* builder = owned.get();
  const auto reply = [builder](const char* name, Reply value) { json::add(builder, name, in_words(value)); };
  json_builder_begin_object(builder);
  json::add(builder, "host", harmless(host));
  json::add(builder, "address", outcome.address);
  json::add(builder, "verdict", name_of(findings.verdict()));
  json::add(builder, "sentence", said_of(outcome));
  for (const auto& [name, standing] :
       {std::pair{"accepted", Standing::accepted}, std::pair{"unanswered", Standing::unanswered},
        std::pair{"not-asked", Standing::not_asked}}) {
    json_builder_set_member_name(builder, name);
    json_builder_begin_array(builder);
    for (const auto authentication : authentications)
      for (const auto group : ike::all_groups)
        for (const auto& suite : suites_of(group, authentication)) {
          if (findings.standing(suite) != standing) continue;
          json_builder_begin_object(builder);
          json::add(builder, "authentication", to_string(authentication));
          json::add(builder, "proposal", strongswan_spelling(proposal_of(suite)));
          json::add_boolean(builder, "weak", is_weak(proposal_of(suite)));
          json_builder_end_object(builder);
        }
    json_builder_end_array(builder);
  }
  json::add(builder, "not-asked-because", gap_text(findings));
  for (const auto& [name, authentication] :
       {std::pair{"psk", Authentication::psk}, std::pair{"rsa", Authentication::rsa}}) {
    const auto best = findings.strongest(authentication);
    if (!best) continue;
    json_builder_set_member_name(builder, name);
    json_builder_begin_object(builder);
    json::add(builder, "strongest", strongswan_spelling(proposal_of(*best)));
    json::add(builder, "ipsec-ike", probe::ike_string(*best));
    json::add(builder, "ipsec-esp", probe::esp_string(*best));
    json_builder_end_object(builder);
  }
  reply("ikev2", findings.ikev2);
  reply("aggressive-mode", findings.aggressive);
  json::add_boolean(builder, "nat-traversal", findings.nat_traversal);
  json::add_boolean(builder, "fragmentation", findings.fragmentation);
  json::add(builder, "vendors", std::vector<std::string>(findings.vendors.begin(), findings.vendors.end()));
  json::add(builder, "unknown-vendor-ids",
            std::vector<std::string>(findings.other_ids.begin(), findings.other_ids.end()));
  json::add_boolean(builder, "only-from-port-500", outcome.from_port_500 == Outcome::Port500::answers);
  if (findings.forgets) json::add_boolean(builder, "forgets-ended-exchanges", *findings.forgets);
  json::add(builder, "packets-sent", gint64{findings.sent});
  json::add(builder, "packets-answered", gint64{findings.received});
  if (findings.first_usable) json::add(builder, "first-usable-ms", gint64{findings.first_usable->count()});
  json::add(builder, "taken-ms", gint64{findings.taken.count()});
  json_builder_end_object(builder);
  return json::text_of(builder);
}

std::string progress_text(const Findings& findings) {
  const auto asked = probe::number_of_suites - findings.count(Standing::not_asked);
  return "asking: " + std::to_string(asked) + " of " + std::to_string(probe::number_of_suites) + ", " +
         std::to_string(findings.count(Standing::accepted)) + " accepted";
}

}  // namespace l2tp::cli
