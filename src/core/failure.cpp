#include "core/failure.h"

#include <algorithm>
#include <cstdlib>

namespace l2tp {

namespace {

constexpr FailureKind catalogue[] = {
    {"settings-missing", Stage::settings, Reason::connect_failed, "The profile lacks {}.",
     "Add it to the connection.", "0a3df2bd8a5d4a5d9df0a7f6d5b5c101"},
    {"settings-invalid", Stage::settings, Reason::connect_failed, "The profile has a wrong value: {}.",
     "Correct the value.", "0a3df2bd8a5d4a5d9df0a7f6d5b5c102"},
    {"settings-unknown-key", Stage::settings, Reason::connect_failed, "The profile has an unknown key: {}.",
     "Remove the key, or correct its name.", "0a3df2bd8a5d4a5d9df0a7f6d5b5c103"},
    {"settings-not-supported", Stage::settings, Reason::connect_failed,
     "The profile asks for what this version cannot do yet: {}.", "Remove the key, or choose another method.",
     "0a3df2bd8a5d4a5d9df0a7f6d5b5c104"},

    {"workspace-failed", Stage::workspace, Reason::connect_failed, "The run directory cannot be made: {}.",
     "See that /run/nm-l2tp is a directory that only root can write to, and that /run is not full.",
     "0a3df2bd8a5d4a5d9df0a7f6d5b5c201"},
    {"workspace-in-use", Stage::workspace, Reason::connect_failed,
     "Another process still runs this connection: {}.", "Wait until it has ended, then connect again.",
     "0a3df2bd8a5d4a5d9df0a7f6d5b5c202"},

    {"gateway-unresolved", Stage::resolve, Reason::connect_failed, "The gateway's name does not resolve: {}.",
     "Check the gateway's name and this machine's DNS.", "0a3df2bd8a5d4a5d9df0a7f6d5b5c301"},
    {"gateway-only-ipv6", Stage::resolve, Reason::connect_failed,
     "The gateway {} has only an IPv6 address, and xl2tpd speaks L2TP over IPv4 only.",
     "Use a gateway with an IPv4 address.", "0a3df2bd8a5d4a5d9df0a7f6d5b5c302"},
    {"gateway-unreachable", Stage::resolve, Reason::connect_failed, "There is no route to the gateway: {}.",
     "Check this machine's network connection.", "0a3df2bd8a5d4a5d9df0a7f6d5b5c303"},

    {"port-unavailable", Stage::port, Reason::connect_failed, "No UDP source port could be had: {}.",
     "See which program uses UDP port 1701 (ss -ulpn).", "0a3df2bd8a5d4a5d9df0a7f6d5b5c401"},

    {"ipsec-daemon-missing", Stage::ipsec, Reason::connect_failed,
     "strongSwan's charon is not installed: {}.",
     "Install strongSwan with its VICI plugin (Debian: strongswan-charon and strongswan-swanctl).",
     "0a3df2bd8a5d4a5d9df0a7f6d5b5c501"},
    {"ipsec-daemon-without-vici", Stage::ipsec, Reason::connect_failed,
     "A charon runs on this machine, but its VICI socket does not answer: {}.",
     "Install strongSwan's VICI plugin (Debian: strongswan-swanctl) and restart that charon, or stop it.",
     "0a3df2bd8a5d4a5d9df0a7f6d5b5c502"},
    {"ipsec-daemon-failed", Stage::ipsec, Reason::connect_failed, "strongSwan's charon did not start: {}.",
     "See charon's own lines in the journal.", "0a3df2bd8a5d4a5d9df0a7f6d5b5c503"},
    {"ipsec-daemon-lost", Stage::ipsec, Reason::connect_failed, "The IPsec daemon ended: {}.",
     "See charon's own lines in the journal, then connect again.", "0a3df2bd8a5d4a5d9df0a7f6d5b5c504"},
    {"ipsec-config-refused", Stage::ipsec, Reason::connect_failed,
     "The IPsec daemon refused the connection's configuration: {}.",
     "Correct the IPsec settings of the profile.", "0a3df2bd8a5d4a5d9df0a7f6d5b5c505"},
    {"ipsec-guard-failed", Stage::ipsec, Reason::connect_failed,
     "The kernel refused the policy that keeps L2TP from leaving unencrypted: {}.",
     "See that the kernel has IPsec (XFRM).", "0a3df2bd8a5d4a5d9df0a7f6d5b5c506"},
    {"ipsec-bypassed", Stage::ipsec, Reason::connect_failed,
     "A policy of this machine lets L2TP pass unencrypted: {}.",
     "Take the server out of that policy (ip xfrm policy; strongSwan's bypass-lan plugin or a passthrough "
     "connection).",
     "0a3df2bd8a5d4a5d9df0a7f6d5b5c50b"},
    {"ipsec-silent", Stage::ipsec, Reason::connect_failed, "The server did not answer on IPsec's ports: {}.",
     "Check the gateway's address, and that UDP ports 500 and 4500 are open on the way.",
     "0a3df2bd8a5d4a5d9df0a7f6d5b5c507"},
    {"ipsec-no-proposal", Stage::ipsec, Reason::connect_failed,
     "The server accepted none of the algorithms offered: {}.",
     "Set ipsec-ike and ipsec-esp to what the server takes.", "0a3df2bd8a5d4a5d9df0a7f6d5b5c508"},
    {"ipsec-authentication", Stage::ipsec, Reason::connect_failed,
     "The server refused our IPsec authentication: {}.",
     "Check the pre-shared key, the group name and the remote ID.", "0a3df2bd8a5d4a5d9df0a7f6d5b5c509"},
    {"ipsec-failed", Stage::ipsec, Reason::connect_failed, "IPsec could not be established: {}.",
     "See the IPsec daemon's own lines in the journal.", "0a3df2bd8a5d4a5d9df0a7f6d5b5c50a"},

    {"l2tp-daemon-missing", Stage::l2tp, Reason::connect_failed, "xl2tpd could not be run: {}.",
     "Install xl2tpd.", "0a3df2bd8a5d4a5d9df0a7f6d5b5c601"},
    {"l2tp-daemon-lost", Stage::l2tp, Reason::connect_failed, "xl2tpd ended: {}.",
     "See xl2tpd's own lines in the journal.", "0a3df2bd8a5d4a5d9df0a7f6d5b5c602"},
    {"l2tp-silent", Stage::l2tp, Reason::connect_failed, "The server did not answer L2TP: {}.",
     "Check that the server runs L2TP, and that it accepts our source port.",
     "0a3df2bd8a5d4a5d9df0a7f6d5b5c603"},
    {"l2tp-refused", Stage::l2tp, Reason::connect_failed, "The server ended the L2TP tunnel: {}.",
     "See the server's log.", "0a3df2bd8a5d4a5d9df0a7f6d5b5c604"},
    {"l2tp-failed", Stage::l2tp, Reason::connect_failed, "The L2TP tunnel could not be set up: {}.",
     "See the journal.", "0a3df2bd8a5d4a5d9df0a7f6d5b5c605"},

    {"ppp-not-started", Stage::ppp, Reason::connect_failed, "pppd did not start: {}.",
     "See that pppd is installed and that its version matches nm-l2tp's plugin.",
     "0a3df2bd8a5d4a5d9df0a7f6d5b5c701"},
    {"ppp-login-refused", Stage::ppp, Reason::login_failed, "The server refused the user name or password.",
     "Check the user name, the NT domain and the password.", "0a3df2bd8a5d4a5d9df0a7f6d5b5c702"},
    {"ppp-negotiation-failed", Stage::ppp, Reason::connect_failed, "PPP could not be negotiated: {}.",
     "Check the PPP options of the profile.", "0a3df2bd8a5d4a5d9df0a7f6d5b5c703"},
    {"ppp-silent", Stage::ppp, Reason::connect_failed, "The server stopped answering PPP: {}.",
     "See the server's log.", "0a3df2bd8a5d4a5d9df0a7f6d5b5c704"},
    {"ppp-ended", Stage::ppp, Reason::connect_failed, "The PPP session ended: {}.",
     "Connect again; see the server's log if it happens often.", "0a3df2bd8a5d4a5d9df0a7f6d5b5c705"},

    {"handover-failed", Stage::handover, Reason::bad_ip_config,
     "NetworkManager was not given a usable address: {}.", "See the server's address pool.",
     "0a3df2bd8a5d4a5d9df0a7f6d5b5c801"},
};

}  // namespace

std::string_view to_string(Stage stage) {
  switch (stage) {
    case Stage::settings:
      return "settings";
    case Stage::workspace:
      return "workspace";
    case Stage::resolve:
      return "resolve";
    case Stage::port:
      return "port";
    case Stage::ipsec:
      return "ipsec";
    case Stage::l2tp:
      return "l2tp";
    case Stage::ppp:
      return "ppp";
    case Stage::handover:
      return "handover";
  }
  return "unknown";
}

std::span<const FailureKind> failure_catalogue() {
  return catalogue;
}

const FailureKind& failure_kind(std::string_view id) {
  const auto* entry = std::find_if(std::begin(catalogue), std::end(catalogue),
                                   [id](const FailureKind& kind) { return kind.id == id; });
  if (entry == std::end(catalogue)) std::abort();
  return *entry;
}

std::string Failure::sentence() const {
  std::string text{kind->sentence};
  if (const auto place = text.find("{}"); place != std::string::npos) text.replace(place, 2, detail);
  return text;
}

Failure failure(std::string_view id, std::string detail) {
  return {&failure_kind(id), std::move(detail)};
}

}  // namespace l2tp
