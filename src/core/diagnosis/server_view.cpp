#include "core/diagnosis/server_view.h"

#include <algorithm>
#include <iterator>

namespace l2tp::diagnosis {

namespace {

constexpr ServerView views[] = {
    {"ipsec-no-proposal", "This server and the client have no phase 1 algorithms in common: {}.",
     "Give both sides one proposal in common: add what the client offers to the server's phase 1 (IKE) "
     "proposals, or change the client's (ipsec-ike)."},
    {"ipsec-no-esp-proposal", "This server and the client have no phase 2 algorithms in common: {}.",
     "Give both sides one proposal in common: add what the client offers to the server's phase 2 (ESP) "
     "proposals, or change the client's (ipsec-esp)."},
    {"ipsec-pfs-mismatch", "The client and this server do not agree on perfect forward secrecy: {}.",
     "Set the same PFS group on both sides, or none (most clients of L2TP ask for none)."},
    {"ipsec-psk-wrong", "The client's pre-shared key is not the one that this server has for it: {}.",
     "Compare the pre-shared key of both sides; see also that no other, more specific entry of the server's "
     "secrets matches this client."},
    {"ipsec-identity-refused", "This server has no connection for the identity that the client sends: {}.",
     "Set the peer identifier of the server's connection to that identity (behind NAT a client mostly sends "
     "its private address), or to any."},
    {"ipsec-certificate-refused", "This server does not accept the client's certificate or key: {}.",
     "See that the server trusts the CA that issued the client's certificate, or has the client's public "
     "key, "
     "and that the certificate is valid now."},
    {"ipsec-server-untrusted", "The client does not accept this server's certificate or key: {}.",
     "Give the client the CA that issued the server's certificate, or the server's public key."},
    {"ipsec-server-identity", "The other side proves another identity than the one expected: {}.",
     "Set the expected peer identifier to the one that it sends; behind NAT that is mostly its private "
     "address."},
    {"ipsec-aggressive-refused", "The client asks for aggressive mode, and this server refuses it: {}.",
     "Set the client to main mode. Do not allow aggressive mode here: it gives the pre-shared key away."},
    {"ipsec-address-refused",
     "This server has no connection for the addresses or the method that the client comes with: {}.",
     "Set the remote gateway of the server's connection to the client's address, or to any; see that the "
     "connection is loaded, and that it is for IKEv1 and this kind of authentication."},
    {"ipsec-server-address", "The client dialled an address that this server's IPsec is not bound to: {}.",
     "Bind IPsec to that address (Cisco: crypto map NAME local-address INTERFACE), or tell the client the "
     "other one."},
    {"ipsec-selectors-refused",
     "What the client wants to send through IPsec is not what this server is set to: {}.",
     "Make phase 2 of both sides the same: for L2TP, transport mode, UDP port 1701 of both addresses (any "
     "port of a client behind NAT); for tunnels, the same subnets."},
    {"ipsec-silent", "The client fell silent: {}.",
     "See whether the server's answers reach the client (UDP ports 500 and 4500 on every firewall), and "
     "whether both have the same pre-shared key."},
    {"ipsec-server-no-ikev1", "This server does not speak the version of IKE that the client asks for: {}.",
     "Allow IKEv1 at the server: L2TP clients use it."},
    {"ipsec-ended-by-server", "The client ended the IPsec connection: {}.", "See the client's log."},
    {"ipsec-dead-peer", "The client no longer answers IPsec's signs of life: {}.",
     "It mostly went away without a goodbye; nothing to do, unless it happens to many clients."},
    {"ipsec-config-refused", "This server's IPsec configuration does not serve the client: {}.",
     "Correct the server's connection and its secrets (ipsec.secrets; Cisco: crypto isakmp key)."},
    {"ipsec-authentication", "The client's IPsec authentication failed: {}.",
     "Compare the pre-shared key, the identities and the certificates of both sides."},
    {"ipsec-failed", "IPsec with the client could not be established: {}.", "See the client's log, too."},
    {"l2tp-clear-refused", "This server takes L2TP only inside of IPsec: {}.",
     "Turn IPsec on at the client."},
    {"l2tp-silent", "The client did not answer L2TP: {}.",
     "See whether the server's answers go back through IPsec: both sides' policies must cover UDP 1701."},
    {"l2tp-lost", "The client stopped answering L2TP while the tunnel was up: {}.",
     "It mostly went away without a goodbye; nothing to do, unless it happens to many clients."},
    {"l2tp-refused", "The L2TP tunnel was refused or ended: {}.", "See the client's log."},
    {"l2tp-authentication", "The L2TP tunnel's own authentication failed: {}.",
     "Turn it off: clients of L2TP/IPsec have no secret for it."},
    {"ppp-login-refused", "This server refused the client's user name or password.",
     "See that the user is in /etc/ppp/chap-secrets (or RADIUS) with the server's name, and compare the "
     "password."},
    {"ppp-method-refused", "The client refuses every way to log in that this server requires: {}.",
     "Let the server require a method that the client has: MS-CHAPv2 for most (require-mschap-v2)."},
    {"ppp-mppe-unavailable", "MPPE is required on one side, and could not be had: {}.",
     "Take require-mppe out at the server (IPsec encrypts already), and see that both sides use MS-CHAPv2."},
    {"ppp-no-address", "The client got no IP address: {}.",
     "See the server's address pool (xl2tpd.conf: ip range), and the addresses allowed to the user in "
     "chap-secrets."},
    {"ppp-echo-lost", "The client no longer answers PPP's echo requests: {}.",
     "It mostly went away without a goodbye; nothing to do, unless it happens to many clients."},
    {"ppp-silent", "The client stopped answering PPP: {}.", "See the client's log."},
    {"ppp-unanswered", "The client set the tunnel up, but does not speak PPP in it: {}.",
     "See the client's log: its pppd may not have started."},
    {"ppp-negotiation-failed", "PPP with the client could not be negotiated: {}.",
     "Compare the PPP options of both sides."},
};

}  // namespace

const ServerView* server_view(std::string_view id) {
  const auto* view =
      std::find_if(std::begin(views), std::end(views), [id](const ServerView& one) { return one.id == id; });
  return view == std::end(views) ? nullptr : view;
}

}  // namespace l2tp::diagnosis
