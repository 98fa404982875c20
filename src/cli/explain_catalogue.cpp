// nm-l2tp explain --catalogue: the page docs/failures.md.
#include <algorithm>
#include <array>
#include <iostream>
#include <string>

#include "cli/command.h"
#include "cli/explain.h"
#include "core/diagnosis/rules.h"
#include "core/diagnosis/server_view.h"
#include "core/failure.h"

namespace l2tp::cli {

namespace {

constexpr std::array stages{Stage::settings, Stage::workspace, Stage::credentials,
                            Stage::resolve,  Stage::port,      Stage::ipsec,
                            Stage::l2tp,     Stage::ppp,       Stage::handover};

std::string_view what_it_does(Stage stage) {
  switch (stage) {
    case Stage::settings:
      return "Before anything starts: the profile, and the desktop that asks for its secrets.";
    case Stage::workspace:
      return "The connection's own directory under /run is made and locked.";
    case Stage::credentials:
      return "With certificates: their files are read as the profile's user.";
    case Stage::resolve:
      return "The gateway's name becomes an address, and a route to it is looked for.";
    case Stage::port:
      return "A UDP source port is chosen: 1701, or a free one.";
    case Stage::ipsec:
      return "The IPsec daemon negotiates with the server: phase 1 (who are you, and which key), then phase "
             "2 "
             "(what "
             "is encrypted, and how).";
    case Stage::l2tp:
      return "xl2tpd sets up a tunnel to the server, and a call in it.";
    case Stage::ppp:
      return "pppd speaks PPP through that call: it logs the user in and gets an address.";
    case Stage::handover:
      return "NetworkManager is given the interface, its addresses, routes and DNS servers.";
  }
  return "";
}

std::string_view what_network_manager_hears(Reason reason) {
  switch (reason) {
    case Reason::login_failed:
      return "NetworkManager hears that the login failed, and asks for the secret again where somebody can "
             "answer.";
    case Reason::connect_failed:
      return "NetworkManager hears that the connection failed.";
    case Reason::bad_ip_config:
      return "NetworkManager hears that the IP configuration is not usable.";
  }
  return "";
}

// The sentence, with a mark where the particulars stand.
std::string in_general(std::string_view sentence) {
  std::string text{sentence};
  if (const auto place = text.find("{}"); place != std::string::npos) text.replace(place, 2, "…");
  return text;
}

// Signs whose meaning depends on the rest of a log, by what they mostly mean.
struct Meaning {
  diagnosis::Sign sign;
  std::string_view id;
};
constexpr Meaning meanings[] = {
    {diagnosis::Sign::refused_there, "ipsec-no-proposal"},
    {diagnosis::Sign::refused_here, "ipsec-no-proposal"},
    {diagnosis::Sign::refused_here_in_phase1, "ipsec-no-proposal"},
    {diagnosis::Sign::refused_here_in_phase2, "ipsec-no-esp-proposal"},
    {diagnosis::Sign::unreadable, "ipsec-psk-wrong"},
    {diagnosis::Sign::identity_differs, "ipsec-server-identity"},
    {diagnosis::Sign::authentication_refused, "ipsec-identity-refused"},
    {diagnosis::Sign::peer_unknown_by_identity, "ipsec-identity-refused"},
    {diagnosis::Sign::certificate_not_trusted, "ipsec-server-untrusted"},
    {diagnosis::Sign::certificate_expired, "ipsec-server-expired"},
    {diagnosis::Sign::key_missing, "ipsec-config-refused"},
    {diagnosis::Sign::gives_up, "ipsec-silent"},
    {diagnosis::Sign::l2tp_gives_up, "l2tp-silent"},
    {diagnosis::Sign::tunnel_closed, "l2tp-refused"},
    {diagnosis::Sign::call_closed, "l2tp-call-refused"},
    {diagnosis::Sign::lcp_ended_by_peer, "ppp-ended-by-server"},
};

std::string_view meaning_of(const diagnosis::Rule& rule) {
  for (const auto& [sign, id] : meanings)
    if (rule.sign == sign) return id;
  return rule.id;
}

// Some of the daemons' own words that tell of this failure, to be searched for; empty if there are none.
std::string words_in_logs(std::string_view id) {
  constexpr std::size_t most = 4;
  std::size_t found = 0;
  std::string words;
  for (const auto rules : {diagnosis::charon_rules(), diagnosis::pluto_rules(), diagnosis::xl2tpd_rules(),
                           diagnosis::pppd_rules(), diagnosis::cisco_rules(), diagnosis::system_rules()})
    for (const auto& rule : rules) {
      if (meaning_of(rule) != id || found == most) continue;
      std::string line{rule.words};
      for (auto at = line.find('*'); at != std::string::npos; at = line.find('*')) line.replace(at, 1, " … ");
      words += (found++ == 0 ? "`" : ", `") + line + "`";
    }
  return words;
}

// No stage of our own says these: they are found in logs of other programs, and of servers.
constexpr std::array only_in_logs{
    "settings-no-agent",     "settings-no-editor",    "workspace-old-plugin",  "ipsec-aggressive-refused",
    "ipsec-address-refused", "ipsec-server-address",  "ipsec-server-no-ikev1", "l2tp-lost",
    "l2tp-authentication",   "l2tp-daemon-forbidden", "ppp-no-password",       "ppp-server-unproven"};

void print_kind(const FailureKind& kind) {
  const bool only_in_log = std::find(only_in_logs.begin(), only_in_logs.end(), kind.id) != only_in_logs.end();
  std::cout << "### " << kind.id << "\n\n"
            << "| | |\n| --- | --- |\n"
            << "| What you see | " << in_general(kind.sentence) << " |\n"
            << "| What it means | Stage " << to_string(kind.stage) << ". "
            << (only_in_log ? "Found by `nm-l2tp explain --log`." : what_network_manager_hears(kind.reason))
            << " |\n"
            << "| What to do | " << kind.advice << " |\n";
  if (const auto* view = diagnosis::server_view(kind.id); view != nullptr)
    std::cout << "| In the server's log | " << in_general(view->sentence) << " " << view->advice << " |\n";
  if (const auto words = words_in_logs(kind.id); !words.empty())
    std::cout << "| Words in a log | " << words << " |\n";
  if (only_in_log)
    std::cout << "\n";
  else
    std::cout << "| In the journal | `MESSAGE_ID=" << kind.message_id << "` |\n\n";
}

}  // namespace

int explain_catalogue() {
  std::cout
      << "# When it fails\n\n"
         "Every failure has a name that stays the same, a sentence that says what happened, and advice. You "
         "meet them\n"
         "\n"
         "- in the window or in nmcli, as the reason of a failed activation,\n"
         "- in the journal, as one line with a `MESSAGE_ID` (`journalctl MESSAGE_ID=...`),\n"
         "- in `nm-l2tp explain`, which shows the last failure of a connection with the daemons' lines that "
         "prove it,\n"
         "- in `nm-l2tp explain --log FILE`, which reads any log: charon's, pluto's, xl2tpd's, pppd's, a "
         "Cisco's; also\n"
         "  the server's, and then it speaks to whoever runs the server.\n"
         "\n"
         "They are grouped by the stage of the connection in which they happen, in the order of the "
         "stages. \"…\" stands for the\n"
         "particulars. This page is made by `nm-l2tp explain --catalogue`; do not edit it.\n\n";
  for (const auto stage : stages) {
    std::cout << "## " << to_string(stage) << "\n\n" << what_it_does(stage) << "\n\n";
    for (const auto& kind : failure_catalogue())
      if (kind.stage == stage) print_kind(kind);
  }
  return success;
}

}  // namespace l2tp::cli
