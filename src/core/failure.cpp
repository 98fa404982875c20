#include "core/failure.h"

#include <algorithm>
#include <cstdlib>

#include "core/words.h"

namespace l2tp {

namespace {

constexpr FailureKind catalogue[] = {
    // Translators: in this sentence and all like it, {} is what was particular about the failure. Often it is
    // what a program says in English. Where there is none, the colon before it goes, too.
    {"settings-missing", Stage::settings, Reason::connect_failed, N_("The profile lacks {}."),
     N_("Add it to the connection."), "0a3df2bd8a5d4a5d9df0a7f6d5b5c101"},
    {"settings-invalid", Stage::settings, Reason::connect_failed, N_("The profile has a wrong value: {}."),
     N_("Correct the value."), "0a3df2bd8a5d4a5d9df0a7f6d5b5c102"},
    {"settings-unknown-key", Stage::settings, Reason::connect_failed,
     N_("The profile has an unknown key: {}."), N_("Remove the key, or correct its name."),
     "0a3df2bd8a5d4a5d9df0a7f6d5b5c103"},
    {"settings-no-agent", Stage::settings, Reason::connect_failed,
     N_("Nobody was there to be asked for the password: {}."),
     N_("Connect with nmcli --ask, or from a desktop that has this plugin's password dialog installed."),
     "0a3df2bd8a5d4a5d9df0a7f6d5b5c5d4"},
    {"settings-no-editor", Stage::settings, Reason::connect_failed,
     N_("The desktop cannot edit L2TP connections: {}."),
     N_("Install the plugin's editor for this desktop (NetworkManager-l2tp's is a package of its own, whose "
        "name ends in -gnome), or use nmcli."),
     "0a3df2bd8a5d4a5d9df0a7f6d5b5c5d5"},

    {"workspace-failed", Stage::workspace, Reason::connect_failed,
     N_("The run directory cannot be made: {}."),
     N_("See that /run/nm-l2tp is a directory that only root can write to, and that /run is not full."),
     "0a3df2bd8a5d4a5d9df0a7f6d5b5c201"},
    {"workspace-in-use", Stage::workspace, Reason::connect_failed,
     N_("Another process still runs this connection: {}."),
     N_("Wait until it has ended, then connect again."), "0a3df2bd8a5d4a5d9df0a7f6d5b5c202"},
    {"workspace-old-plugin", Stage::workspace, Reason::connect_failed,
     N_("It was NetworkManager-l2tp that gave up: {}."),
     N_("See the daemons' own lines before it for the cause, or use this plugin in its place."),
     "0a3df2bd8a5d4a5d9df0a7f6d5b5c5d6"},

    {"credentials-unreadable", Stage::credentials, Reason::connect_failed,
     N_("A certificate or key file cannot be read: {}."),
     N_("See that the file is there, and that the profile's user may read it."),
     "0a3df2bd8a5d4a5d9df0a7f6d5b5c901"},
    {"credentials-invalid", Stage::credentials, Reason::connect_failed,
     N_("A certificate or key file is not usable: {}."),
     N_("Choose another file: PEM, DER or PKCS#12 for certificates, and an RSA or EC key."),
     "0a3df2bd8a5d4a5d9df0a7f6d5b5c902"},
    {"credentials-passphrase", Stage::credentials, Reason::login_failed,
     N_("A private key cannot be decrypted: {}."),
     N_("Give the right passphrase (secret machine-certpass or user-certpass)."),
     "0a3df2bd8a5d4a5d9df0a7f6d5b5c903"},
    {"credentials-mismatch", Stage::credentials, Reason::connect_failed,
     N_("The private key is not that of the certificate: {}."),
     N_("Choose the key that belongs to the certificate."), "0a3df2bd8a5d4a5d9df0a7f6d5b5c904"},
    {"credentials-not-valid-now", Stage::credentials, Reason::connect_failed,
     N_("A certificate is not valid now: {}."),
     N_("Get a new certificate from whoever runs the server, or set this machine's clock."),
     "0a3df2bd8a5d4a5d9df0a7f6d5b5c905"},
    {"credentials-old-encryption", Stage::credentials, Reason::connect_failed,
     N_("A private key is encrypted in a way that this machine's OpenSSL cannot read: {}."),
     N_("Install OpenSSL's legacy provider (legacy.so), or encrypt the file anew."),
     "0a3df2bd8a5d4a5d9df0a7f6d5b5c906"},

    {"gateway-unresolved", Stage::resolve, Reason::connect_failed,
     N_("The gateway's name does not resolve: {}."), N_("Check the gateway's name and this machine's DNS."),
     "0a3df2bd8a5d4a5d9df0a7f6d5b5c301"},
    {"gateway-only-ipv6", Stage::resolve, Reason::connect_failed,
     N_("The gateway {} has only an IPv6 address, and xl2tpd speaks L2TP over IPv4 only."),
     N_("Use a gateway with an IPv4 address."), "0a3df2bd8a5d4a5d9df0a7f6d5b5c302"},
    {"gateway-unreachable", Stage::resolve, Reason::connect_failed,
     N_("There is no route to the gateway: {}."), N_("Check this machine's network connection."),
     "0a3df2bd8a5d4a5d9df0a7f6d5b5c303"},

    {"port-unavailable", Stage::port, Reason::connect_failed, N_("No UDP source port could be had: {}."),
     N_("See which program uses UDP port 1701 (ss -ulpn)."), "0a3df2bd8a5d4a5d9df0a7f6d5b5c401"},

    {"ipsec-daemon-missing", Stage::ipsec, Reason::connect_failed, N_("No IPsec daemon is there to use: {}."),
     N_("Install strongSwan with its VICI plugin (Debian: strongswan-charon and strongswan-swanctl), or "
        "Libreswan."),
     "0a3df2bd8a5d4a5d9df0a7f6d5b5c501"},
    {"ipsec-daemon-failed", Stage::ipsec, Reason::connect_failed, N_("The IPsec daemon did not start: {}."),
     N_("See the daemon's own lines in the journal."), "0a3df2bd8a5d4a5d9df0a7f6d5b5c503"},
    {"ipsec-daemon-lost", Stage::ipsec, Reason::connect_failed, N_("The IPsec daemon ended: {}."),
     N_("See the daemon's own lines in the journal, then connect again."),
     "0a3df2bd8a5d4a5d9df0a7f6d5b5c504"},
    {"ipsec-config-refused", Stage::ipsec, Reason::connect_failed,
     N_("The IPsec daemon refused the connection's configuration: {}."),
     N_("Correct the IPsec settings of the profile."), "0a3df2bd8a5d4a5d9df0a7f6d5b5c505"},
    {"ipsec-algorithms-missing", Stage::ipsec, Reason::connect_failed,
     N_("strongSwan on this machine has none of the phase 1 algorithms that the profile allows; it lacks "
        "{}."),
     N_("Name others in ipsec-ike, or install the strongSwan plugins that have them (Debian: "
        "libstrongswan-extra-plugins and libcharon-extra-plugins)."),
     "0a3df2bd8a5d4a5d9df0a7f6d5b5c5f0"},
    {"ipsec-guard-failed", Stage::ipsec, Reason::connect_failed,
     N_("The kernel refused the policy that keeps L2TP from leaving unencrypted: {}."),
     N_("See that the kernel has IPsec (XFRM)."), "0a3df2bd8a5d4a5d9df0a7f6d5b5c506"},
    {"ipsec-bypassed", Stage::ipsec, Reason::connect_failed,
     N_("A policy of this machine lets L2TP pass unencrypted: {}."),
     N_("Take the server out of that policy (ip xfrm policy; strongSwan's bypass-lan plugin or a passthrough "
        "connection)."),
     "0a3df2bd8a5d4a5d9df0a7f6d5b5c50b"},
    {"ipsec-silent", Stage::ipsec, Reason::connect_failed,
     N_("The server did not answer on IPsec's ports: {}."),
     N_("Check the gateway's address, and that UDP ports 500 and 4500 are open on the way. Some servers "
        "ignore a client that they have no connection for, and some old ones a long list of algorithms: set "
        "ipsec-ike to a short one that ends with '!'."),
     "0a3df2bd8a5d4a5d9df0a7f6d5b5c507"},
    {"ipsec-no-proposal", Stage::ipsec, Reason::connect_failed,
     N_("The server accepted none of the phase 1 algorithms offered: {}."),
     N_("Set ipsec-ike to what the server takes; nm-l2tp probe shows it. Some servers answer so, too, to a "
        "client or a version of IKE (ipsec-ikev2) that they have no connection for."),
     "0a3df2bd8a5d4a5d9df0a7f6d5b5c508"},
    {"ipsec-authentication", Stage::ipsec, Reason::login_failed,
     N_("The server refused our IPsec authentication: {}."),
     N_("Enter the pre-shared key again; if it is right, check the group name and the remote ID."),
     "0a3df2bd8a5d4a5d9df0a7f6d5b5c509"},
    {"ipsec-server-untrusted", Stage::ipsec, Reason::connect_failed,
     N_("The server's certificate is not trusted: {}."),
     N_("Set machine-ca to the CA certificate that issued the server's."),
     "0a3df2bd8a5d4a5d9df0a7f6d5b5c5c0"},
    {"ipsec-server-identity", Stage::ipsec, Reason::connect_failed,
     N_("The server proves another identity than the one expected: {}."),
     N_("If it is your server, set ipsec-remote-id to the identity that it shows; one behind NAT mostly "
        "names its private address."),
     "0a3df2bd8a5d4a5d9df0a7f6d5b5c5c1"},
    {"ipsec-failed", Stage::ipsec, Reason::connect_failed, N_("IPsec could not be established: {}."),
     N_("See the IPsec daemon's own lines in the journal."), "0a3df2bd8a5d4a5d9df0a7f6d5b5c50a"},
    {"ipsec-esp-lost", Stage::ipsec, Reason::connect_failed,
     N_("IPsec was negotiated, but not one ESP packet came back: {}."),
     N_("A firewall on the way may drop ESP: set ipsec-forceencaps to yes. Else see that the server runs "
        "L2TP."),
     "0a3df2bd8a5d4a5d9df0a7f6d5b5c5b0"},
    {"ipsec-sas-lost", Stage::ipsec, Reason::connect_failed,
     N_("The server's side of IPsec went away and could not be renewed: {}."),
     N_("See whether the server can be reached, then connect again."), "0a3df2bd8a5d4a5d9df0a7f6d5b5c50c"},
    {"ipsec-no-ikev1", Stage::ipsec, Reason::connect_failed,
     N_("The IPsec daemon of this machine cannot speak IKEv1, which the server needs: {}."),
     N_("Install an IPsec daemon that can (such as libreswan), or set ipsec-ikev2=yes if the server speaks "
        "IKEv2."),
     "0a3df2bd8a5d4a5d9df0a7f6d5b5c50d"},
    {"ipsec-daemon-unreachable", Stage::ipsec, Reason::connect_failed,
     N_("An IPsec daemon runs on this machine that takes no connections from NetworkManager: {}."),
     N_("Do what the message says, or stop that daemon."), "0a3df2bd8a5d4a5d9df0a7f6d5b5c502"},
    {"ipsec-choice-invalid", Stage::ipsec, Reason::connect_failed,
     N_("/etc/nm-l2tp.conf does not name an IPsec daemon: {}."),
     N_("Set ipsec-daemon to strongswan, strongswan-starter or libreswan, or take it out."),
     "0a3df2bd8a5d4a5d9df0a7f6d5b5c50e"},
    {"ipsec-ikev1-refused", Stage::ipsec, Reason::connect_failed,
     N_("The pluto that runs on this machine refuses IKEv1, which the server needs: {}."),
     N_("Put the line ikev1-policy=accept into the section `config setup` of /etc/ipsec.conf, then restart "
        "it."),
     "0a3df2bd8a5d4a5d9df0a7f6d5b5c5e0"},
    {"ipsec-secret-unread", Stage::ipsec, Reason::connect_failed,
     N_("The pluto that runs on this machine does not read our pre-shared key: {}."),
     N_("Put the line include /run/nm-l2tp/*/ipsec.secrets into /etc/ipsec.secrets."),
     "0a3df2bd8a5d4a5d9df0a7f6d5b5c5e1"},
    {"ipsec-no-algorithm", Stage::ipsec, Reason::connect_failed,
     N_("Libreswan knows none of the algorithms of {}."),
     N_("Set ipsec-ike or ipsec-esp to what Libreswan knows, or install strongSwan instead."),
     "0a3df2bd8a5d4a5d9df0a7f6d5b5c5e2"},
    {"ipsec-private-certificates", Stage::ipsec, Reason::connect_failed,
     N_("One user's own certificates are not handed to a charon that the system runs: {}."),
     N_("Make it a connection of all users (connection.permissions empty), or stop that charon."),
     "0a3df2bd8a5d4a5d9df0a7f6d5b5c5cf"},
    {"ipsec-credentials-refused", Stage::ipsec, Reason::connect_failed,
     N_("Libreswan could not be given the certificate and its key: {}."),
     N_("Install strongSwan with its VICI plugin, or use a pre-shared key."),
     "0a3df2bd8a5d4a5d9df0a7f6d5b5c5e3"},

    {"ipsec-nat-t-silent", Stage::ipsec, Reason::connect_failed,
     N_("The server answered on UDP port 500 and then fell silent on UDP port 4500: {}."),
     N_("Open UDP port 4500 to the server on every firewall and router on the way. If it is open, the "
        "pre-shared key may be wrong: many servers do not answer then."),
     "0a3df2bd8a5d4a5d9df0a7f6d5b5c540"},
    {"ipsec-no-esp-proposal", Stage::ipsec, Reason::connect_failed,
     N_("The server accepted none of the phase 2 algorithms offered: {}."),
     N_("Set ipsec-esp to what the server takes, and ipsec-pfs to what it demands: most servers of L2TP want "
        "none."),
     "0a3df2bd8a5d4a5d9df0a7f6d5b5c541"},
    {"ipsec-psk-wrong", Stage::ipsec, Reason::login_failed, N_("The pre-shared key seems to be wrong: {}."),
     N_("Enter it again, exactly as whoever runs the server gave it. If it is right, the server may not know "
        "the identity that this client sends (ipsec-group-name)."),
     "0a3df2bd8a5d4a5d9df0a7f6d5b5c542"},
    {"ipsec-identity-refused", Stage::ipsec, Reason::connect_failed,
     N_("The server has no connection for the identity that this client sends: {}."),
     N_("Set ipsec-group-name to the identity that the server expects of its clients, or take it out; and "
        "see that the server's connection is for main mode. The pre-shared key is right."),
     "0a3df2bd8a5d4a5d9df0a7f6d5b5c543"},
    {"ipsec-certificate-refused", Stage::ipsec, Reason::connect_failed,
     N_("The server refused this machine's certificate: {}."),
     N_("See that the certificate is issued by a CA that the server trusts, for an identity that it knows, "
        "and valid by the server's clock."),
     "0a3df2bd8a5d4a5d9df0a7f6d5b5c544"},
    {"ipsec-server-expired", Stage::ipsec, Reason::connect_failed,
     N_("The server's certificate is not valid now: {}."),
     N_("Whoever runs the server must renew its certificate; see also that this machine's clock is right."),
     "0a3df2bd8a5d4a5d9df0a7f6d5b5c545"},
    {"ipsec-selectors-refused", Stage::ipsec, Reason::connect_failed,
     N_("The server refused what the IPsec connection is to carry (UDP port 1701): {}."),
     N_("See that the server's phase 2 is for L2TP: transport mode, UDP 1701. Behind NAT, it must allow "
        "transport mode there, too."),
     "0a3df2bd8a5d4a5d9df0a7f6d5b5c546"},
    {"ipsec-phase2-unanswered", Stage::ipsec, Reason::connect_failed,
     N_("Phase 1 is up, but the server gave no usable answer to phase 2: {}."),
     N_("Set ipsec-esp and ipsec-pfs to what the server takes, and see that its phase 2 is for L2TP: "
        "transport mode, UDP 1701."),
     "0a3df2bd8a5d4a5d9df0a7f6d5b5c54c"},
    {"ipsec-pfs-mismatch", Stage::ipsec, Reason::connect_failed,
     N_("The server and the profile do not agree on perfect forward secrecy: {}."),
     N_("Change ipsec-pfs (no for most servers of L2TP), or the group in ipsec-esp."),
     "0a3df2bd8a5d4a5d9df0a7f6d5b5c547"},
    {"ipsec-daemon-forbidden", Stage::ipsec, Reason::connect_failed,
     N_("A security policy of this machine kept the IPsec daemon from its work: {}."),
     N_("See the denial in the kernel's log, and allow it in the AppArmor or SELinux policy; nm-l2tp doctor "
        "shows how."),
     "0a3df2bd8a5d4a5d9df0a7f6d5b5c548"},
    {"ipsec-dead-peer", Stage::ipsec, Reason::connect_failed,
     N_("The server no longer answers IPsec's signs of life: {}."),
     N_("See whether the server and the network on the way are up, then connect again."),
     "0a3df2bd8a5d4a5d9df0a7f6d5b5c549"},
    {"ipsec-ended-by-server", Stage::ipsec, Reason::connect_failed,
     N_("The server ended the IPsec connection: {}."),
     N_("See the server's log, or whether it limits sessions to one per user."),
     "0a3df2bd8a5d4a5d9df0a7f6d5b5c54a"},
    {"ipsec-aggressive-mode", Stage::ipsec, Reason::connect_failed,
     N_("The server wants aggressive mode, which gives the pre-shared key away to whoever listens: {}."),
     N_("Set the server to main mode."), "0a3df2bd8a5d4a5d9df0a7f6d5b5c54b"},
    {"ipsec-aggressive-refused", Stage::ipsec, Reason::connect_failed,
     N_("The client asks for aggressive mode, and the server refuses it: {}."),
     N_("Set the client to main mode; aggressive mode gives the pre-shared key away to whoever listens."),
     "0a3df2bd8a5d4a5d9df0a7f6d5b5c5d2"},
    {"ipsec-address-refused", Stage::ipsec, Reason::connect_failed,
     N_("The server has no IPsec connection for the address that the client comes from: {}."),
     N_("Whoever runs the server must set its connection's remote address to the client's, or to any."),
     "0a3df2bd8a5d4a5d9df0a7f6d5b5c5d0"},
    {"ipsec-server-address", Stage::ipsec, Reason::connect_failed,
     N_("The server's IPsec is not bound to the address that the client dialled: {}."),
     N_("Use the address that the server's IPsec is bound to as the gateway, or have the server changed."),
     "0a3df2bd8a5d4a5d9df0a7f6d5b5c5d1"},
    {"ipsec-server-no-ikev1", Stage::ipsec, Reason::connect_failed,
     N_("The server does not speak the version of IKE that was asked for: {}."),
     N_("L2TP servers speak IKEv1 (ipsec-ikev2=no); set ipsec-ikev2 to yes only if yours does not."),
     "0a3df2bd8a5d4a5d9df0a7f6d5b5c5d3"},

    {"l2tp-daemon-missing", Stage::l2tp, Reason::connect_failed, N_("xl2tpd could not be run: {}."),
     N_("Install xl2tpd."), "0a3df2bd8a5d4a5d9df0a7f6d5b5c601"},
    {"l2tp-daemon-lost", Stage::l2tp, Reason::connect_failed, N_("xl2tpd ended: {}."),
     N_("See xl2tpd's own lines in the journal."), "0a3df2bd8a5d4a5d9df0a7f6d5b5c602"},
    {"l2tp-silent", Stage::l2tp, Reason::connect_failed, N_("The server did not answer L2TP: {}."),
     N_("Check that the server runs L2TP, and that it accepts our source port. Many take it only inside of "
        "IPsec: see ipsec-enabled."),
     "0a3df2bd8a5d4a5d9df0a7f6d5b5c603"},
    {"l2tp-refused", Stage::l2tp, Reason::connect_failed, N_("The server ended the L2TP tunnel: {}."),
     N_("See the server's log."), "0a3df2bd8a5d4a5d9df0a7f6d5b5c604"},
    {"l2tp-failed", Stage::l2tp, Reason::connect_failed, N_("The L2TP tunnel could not be set up: {}."),
     N_("See the journal."), "0a3df2bd8a5d4a5d9df0a7f6d5b5c605"},

    {"l2tp-call-refused", Stage::l2tp, Reason::connect_failed, N_("The server refused the L2TP call: {}."),
     N_("See the server's log."), "0a3df2bd8a5d4a5d9df0a7f6d5b5c606"},
    {"l2tp-kernel-missing", Stage::l2tp, Reason::connect_failed,
     N_("This machine's kernel has no L2TP or PPP: {}."),
     N_("Install the kernel's module (Fedora: kernel-modules-extra), take it off the blacklist in "
        "/etc/modprobe.d, or restart into the kernel that is installed."),
     "0a3df2bd8a5d4a5d9df0a7f6d5b5c607"},
    {"l2tp-clear-refused", Stage::l2tp, Reason::connect_failed,
     N_("The server takes L2TP only inside of IPsec: {}."),
     N_("Set ipsec-enabled to yes and give the pre-shared key or a certificate."),
     "0a3df2bd8a5d4a5d9df0a7f6d5b5c608"},
    {"l2tp-ended", Stage::l2tp, Reason::connect_failed, N_("The server ended the L2TP session: {}."),
     N_("Connect again; see the server's log if it happens often."), "0a3df2bd8a5d4a5d9df0a7f6d5b5c609"},
    {"l2tp-lost", Stage::l2tp, Reason::connect_failed,
     N_("The server stopped answering L2TP while the tunnel was up: {}."),
     N_("If it comes a minute after each connect, the route to the server goes into the tunnel (see: ip "
        "route get SERVER). Else see whether the server and the network on the way are up."),
     "0a3df2bd8a5d4a5d9df0a7f6d5b5c640"},
    {"l2tp-authentication", Stage::l2tp, Reason::connect_failed,
     N_("The L2TP tunnel's own authentication failed: {}."),
     N_("Have the server's tunnel authentication turned off: clients of L2TP/IPsec have no secret for it."),
     "0a3df2bd8a5d4a5d9df0a7f6d5b5c641"},
    {"l2tp-daemon-forbidden", Stage::l2tp, Reason::connect_failed,
     N_("A security policy of this machine kept xl2tpd or pppd from its work: {}."),
     N_("See the denial in the kernel's log, and allow it in the AppArmor or SELinux policy; nm-l2tp doctor "
        "shows how."),
     "0a3df2bd8a5d4a5d9df0a7f6d5b5c642"},

    {"ppp-not-started", Stage::ppp, Reason::connect_failed, N_("pppd did not start: {}."),
     N_("See that pppd is installed and that its version matches nm-l2tp's plugin."),
     "0a3df2bd8a5d4a5d9df0a7f6d5b5c701"},
    {"ppp-login-refused", Stage::ppp, Reason::login_failed,
     N_("The server refused the user name or password: {}."),
     N_("Check the user name, the NT domain and the password."), "0a3df2bd8a5d4a5d9df0a7f6d5b5c702"},
    {"ppp-certificate-refused", Stage::ppp, Reason::connect_failed,
     N_("The server and we did not agree on EAP-TLS: it refused the user's certificate, or its own is not "
        "trusted."),
     N_("Check user-cert, user-ca and the user name; pppd's own lines in the journal tell more."),
     "0a3df2bd8a5d4a5d9df0a7f6d5b5c7c0"},
    {"ppp-negotiation-failed", Stage::ppp, Reason::connect_failed, N_("PPP could not be negotiated: {}."),
     N_("Check the PPP options of the profile."), "0a3df2bd8a5d4a5d9df0a7f6d5b5c703"},
    {"ppp-silent", Stage::ppp, Reason::connect_failed, N_("The server stopped answering PPP: {}."),
     N_("See the server's log."), "0a3df2bd8a5d4a5d9df0a7f6d5b5c704"},
    {"ppp-unanswered", Stage::ppp, Reason::connect_failed,
     N_("The server set the tunnel up, but does not speak PPP in it: {}."),
     N_("It may still hold a tunnel of ours that was cut off: set ephemeral-port to yes, or wait a minute. "
        "Else see its log."),
     "0a3df2bd8a5d4a5d9df0a7f6d5b5c7b0"},
    {"ppp-ended", Stage::ppp, Reason::connect_failed, N_("The PPP session ended: {}."),
     N_("Connect again; see the server's log if it happens often."), "0a3df2bd8a5d4a5d9df0a7f6d5b5c705"},

    {"ppp-method-refused", Stage::ppp, Reason::connect_failed,
     N_("The server wants to log the user in by a method that the profile refuses: {}."),
     N_("Allow the method in the PPP settings (refuse-...), or have the server changed."),
     "0a3df2bd8a5d4a5d9df0a7f6d5b5c740"},
    {"ppp-password-expired", Stage::ppp, Reason::login_failed, N_("The user's password has expired: {}."),
     N_("Change the password where the server takes it from, then connect again."),
     "0a3df2bd8a5d4a5d9df0a7f6d5b5c741"},
    {"ppp-account-disabled", Stage::ppp, Reason::login_failed, N_("The user's account is disabled: {}."),
     N_("Ask whoever runs the server to enable it."), "0a3df2bd8a5d4a5d9df0a7f6d5b5c742"},
    {"ppp-no-dial-in", Stage::ppp, Reason::login_failed, N_("The user may not dial in: {}."),
     N_("Ask whoever runs the server to give the account the permission for remote access."),
     "0a3df2bd8a5d4a5d9df0a7f6d5b5c743"},
    {"ppp-restricted-hours", Stage::ppp, Reason::login_failed,
     N_("The user may not log in at this time: {}."),
     N_("Try again in the hours that are allowed, or ask whoever runs the server."),
     "0a3df2bd8a5d4a5d9df0a7f6d5b5c744"},
    {"ppp-no-password", Stage::ppp, Reason::login_failed, N_("pppd has no password for this server: {}."),
     N_("Enter the user's password; a pppd run by hand needs it in /etc/ppp/chap-secrets."),
     "0a3df2bd8a5d4a5d9df0a7f6d5b5c7d0"},
    {"ppp-server-unproven", Stage::ppp, Reason::connect_failed,
     N_("The server did not prove that it knows the password: {}."),
     N_("Make sure that this is your server; then see its log."), "0a3df2bd8a5d4a5d9df0a7f6d5b5c7d1"},
    {"ppp-mppe-unavailable", Stage::ppp, Reason::connect_failed,
     N_("The profile requires MPPE, and it could not be had: {}."),
     N_("Take require-mppe out (IPsec encrypts already), or let the server offer MPPE with MS-CHAP."),
     "0a3df2bd8a5d4a5d9df0a7f6d5b5c745"},
    {"ppp-mppe-wanted", Stage::ppp, Reason::connect_failed,
     N_("The server requires MPPE, and the profile does not allow it: {}."),
     N_("Set require-mppe to yes, with a log-in by MS-CHAP; or, with IPsec, have the server not ask for it."),
     "0a3df2bd8a5d4a5d9df0a7f6d5b5c74a"},
    {"ppp-no-address", Stage::ppp, Reason::bad_ip_config, N_("The server gave no IP address: {}."),
     N_("See the server's address pool."), "0a3df2bd8a5d4a5d9df0a7f6d5b5c746"},
    {"ppp-echo-lost", Stage::ppp, Reason::connect_failed,
     N_("The server no longer answers PPP's echo requests: {}."),
     N_("See whether the server and the network on the way are up, then connect again."),
     "0a3df2bd8a5d4a5d9df0a7f6d5b5c747"},
    {"ppp-ended-by-server", Stage::ppp, Reason::connect_failed, N_("The server ended the PPP session: {}."),
     N_("See the server's log; many end sessions after a time, or when the same user logs in again."),
     "0a3df2bd8a5d4a5d9df0a7f6d5b5c748"},
    {"ppp-idle", Stage::ppp, Reason::connect_failed, N_("The session ended because nothing was sent: {}."),
     N_("Connect again when it is needed, or have the idle time changed."),
     "0a3df2bd8a5d4a5d9df0a7f6d5b5c749"},

    {"handover-failed", Stage::handover, Reason::bad_ip_config,
     N_("NetworkManager was not given a usable address: {}."), N_("See the server's address pool."),
     "0a3df2bd8a5d4a5d9df0a7f6d5b5c801"},
    {"handover-route-in-tunnel", Stage::handover, Reason::connect_failed,
     N_("The route to the server goes into its own tunnel: {}."),
     N_("Take the route that covers the server's own address out of the connection's IPv4 routes, or do not "
        "set ipv4.auto-route-ext-gw to no."),
     "0a3df2bd8a5d4a5d9df0a7f6d5b5c802"},
};

// Without a detail the colon before its place goes, too: a French one has a space, a Chinese one its own
// width.
std::string with_detail(std::string sentence, const std::string& detail) {
  auto place = sentence.find("{}");
  if (place == std::string::npos) return sentence;
  sentence.replace(place, 2, detail);
  if (!detail.empty()) return sentence;
  for (const std::string_view mark : {" ", "\u00a0", "\u202f", ":", "\uff1a", " ", "\u00a0", "\u202f"}) {
    if (!std::string_view{sentence}.substr(0, place).ends_with(mark)) continue;
    place -= mark.size();
    sentence.erase(place, mark.size());
  }
  return sentence;
}

}  // namespace

std::string_view to_string(Stage stage) {
  switch (stage) {
    case Stage::settings:
      return "settings";
    case Stage::workspace:
      return "workspace";
    case Stage::credentials:
      return "credentials";
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

const FailureKind* find_failure_kind(std::string_view id) {
  const auto* entry = std::find_if(std::begin(catalogue), std::end(catalogue),
                                   [id](const FailureKind& kind) { return kind.id == id; });
  return entry == std::end(catalogue) ? nullptr : entry;
}

const FailureKind& failure_kind(std::string_view id) {
  const auto* entry = find_failure_kind(id);
  if (entry == nullptr) std::abort();
  return *entry;
}

std::string Failure::sentence() const {
  return with_detail(std::string{kind->sentence}, detail);
}

std::string translated_sentence(const Failure& failure) {
  return with_detail(translated(failure.kind->sentence), failure.detail);
}

std::string translated_advice(const Failure& failure) {
  return translated(failure.kind->advice);
}

std::optional<Failure> failure_said_by(std::string_view sentence) {
  for (const auto& kind : catalogue) {
    Failure failure{&kind, {}};
    if (failure.sentence() == sentence) return failure;
    const auto place = kind.sentence.find("{}");
    if (place == std::string_view::npos || !sentence.starts_with(kind.sentence.substr(0, place))) continue;
    const auto after = kind.sentence.substr(place + 2);
    if (!sentence.ends_with(after) || sentence.size() < place + after.size()) continue;
    failure.detail = sentence.substr(place, sentence.size() - place - after.size());
    return failure;
  }
  return std::nullopt;
}

Failure failure(std::string_view id, std::string detail) {
  return {&failure_kind(id), std::move(detail)};
}

}  // namespace l2tp
