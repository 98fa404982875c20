// What pppd loads (`plugin .../nm-l2tp-pppd-plugin.so`): it fetches the name and password from the service,
// tells the service how the link comes up and ends, and puts right what pppd by itself does not do well for a
// VPN.

#include <arpa/inet.h>
#include <signal.h>
#include <stdint.h>
#include <string.h>
#include <sys/prctl.h>
#include <unistd.h>

#include "early_lcp.h"
#include "link.h"
#include "pppd_api.h"
#include "witness.h"

#define EXPORTED __attribute__((visibility("default")))

// pppd refuses a plugin that was made for another version.
EXPORTED const char pppd_version[] = PPPD_VERSION;

// pppd's status when a signal killed it: it then runs us inside the signal's handler, where we can't talk.
enum { exit_crashed = 127 };

// --- options ---

static char* socket_path;
static char* gateway_text;
static bool ask_for_servers;
static bool has_certificate;

static option_t options[] = {
    {.name = "nm-l2tp-socket",
     .type = o_string,
     .addr = &socket_path,
     .description = "socket of the service",
     .flags = OPT_PRIV},
    {.name = "nm-l2tp-gateway",
     .type = o_string,
     .addr = &gateway_text,
     .description = "public IPv4 address of the VPN gateway",
     .flags = OPT_PRIV},
    {.name = "nm-l2tp-dns",
     .type = o_bool,
     .addr = &ask_for_servers,
     .description = "ask the server for DNS and WINS servers",
     .flags = OPT_PRIV | 1},
    {.name = "nm-l2tp-certificate",
     .type = o_bool,
     .addr = &has_certificate,
     .description = "the user has a certificate, and no password",
     .flags = OPT_PRIV | 1},
    {.name = NULL},
};

// --- the link's life ---

// Kept while the link lives, because a server may ask for them again at any time.
static struct Credentials credentials;
static in_addr_t gateway;
static pid_t l2tp_daemon;

static int give_passphrase(char* key_file, char* passphrase) {
  (void)key_file;
  memcpy(passphrase, credentials.password, strlen(credentials.password) + 1);
  return 0;
}

static void use_certificate(void) {
  if (!&eaptls_passwd_hook) fatal("this pppd has no EAP-TLS");
  eaptls_passwd_hook = give_passphrase;
  chap_check_hook = NULL;
  chap_passwd_hook = NULL;
  pap_passwd_hook = NULL;
}

static void begin(void) {
  if (!socket_path) fatal("nm-l2tp-socket is not given");
  if (gateway_text && inet_pton(AF_INET, gateway_text, &gateway) != 1) {
    fatal("nm-l2tp-gateway: %s is not an IPv4 address", gateway_text);
  }
  const char* problem = link_open(socket_path);
  if (problem) fatal("no connection to the service at %s: %s", socket_path, problem);
  problem = link_get_credentials(&credentials);
  if (problem) fatal("no name and password from the service: %s", problem);
  set_user(credentials.user);
  if (has_certificate) use_certificate();
}

static const char* const phase_names[] = {
    [PHASE_DEAD] = "dead",           [PHASE_INITIALIZE] = "initialize", [PHASE_SERIALCONN] = "serialconn",
    [PHASE_DORMANT] = "dormant",     [PHASE_ESTABLISH] = "establish",   [PHASE_AUTHENTICATE] = "authenticate",
    [PHASE_CALLBACK] = "callback",   [PHASE_NETWORK] = "network",       [PHASE_RUNNING] = "running",
    [PHASE_TERMINATE] = "terminate", [PHASE_DISCONNECT] = "disconnect", [PHASE_HOLDOFF] = "holdoff",
    [PHASE_MASTER] = "master",
};

// pppd's status when it began to end; -1 before.
static int first_status = -1;

// Ending, pppd passes backwards through phases that it has been in; nobody wants to hear of those.
static void report_phase(int phase_entered) {
  if (phase_entered == PHASE_TERMINATE && first_status < 0) {
    first_status = (int)ppp_status();
    // Said at once: the server, having refused us, ends the tunnel, and that is not to be taken for the
    // reason.
    if (first_status == EXIT_AUTH_TOPEER_FAILED) link_report_exit(EXIT_AUTH_TOPEER_FAILED);
  }
  if (first_status < 0 || phase_entered >= PHASE_TERMINATE || phase_entered == PHASE_DEAD) {
    link_report_phase(phase_names[phase_entered]);
  }
}

// A server repeats its request also if it receives nothing.
static int is_lcp_request(const unsigned char* packet, int size) {
  // RFC 1662: all stations, unnumbered information, LCP. (pppd 2.5's headers have no names for them.)
  static const unsigned char start[] = {0xff, 0x03, 0xc0, 0x21, CONFREQ};
  return size >= (int)sizeof start && memcmp(packet, start, sizeof start) == 0;
}

static void on_received(unsigned char* packet, int size) {
  static int answered;
  witness_packet(0, packet, size);
  if (answered || is_lcp_request(packet, size)) return;
  answered = 1;
  link_report_answered();
}

static void on_sent(unsigned char* packet, int size) {
  witness_packet(1, packet, size);
}

// The server gets one second to confirm the end, and none when the L2TP daemon, which would carry the
// question, is gone. pppd would wait for six.
static void hurry_termination(void) {
  lcp_fsm[0].timeouttime = 1;
  lcp_fsm[0].maxtermtransmits = getppid() == l2tp_daemon ? 1 : 0;
}

static void on_phase(void* unused, int phase_entered) {
  (void)unused;
  if (phase_entered == PHASE_SERIALCONN) begin();
  if (phase_entered == PHASE_TERMINATE) hurry_termination();
  report_phase(phase_entered);
  if (phase_entered == PHASE_SERIALCONN) early_lcp_prepare();
  if (phase_entered == PHASE_ESTABLISH) early_lcp_deliver();
}

// When the server refuses the password, it also closes the L2TP session, and pppd's ending is overtaken by
// the signal or the hang-up that follows from this. The status that it began with is then the true one.
static int true_status(int exit_status) {
  int overtaken = exit_status == EXIT_USER_REQUEST || exit_status == EXIT_HANGUP;
  return overtaken && first_status > EXIT_OK ? first_status : exit_status;
}

static void on_exit_status(void* unused, int exit_status) {
  (void)unused;
  explicit_bzero(&credentials, sizeof credentials);
  if (exit_status != exit_crashed) link_report_exit((uint32_t)true_status(exit_status));
}

// --- authentication ---

static int has_secret(void) {
  return 1;
}

static int give_credentials(char* name, char* secret) {
  if (!secret) return 1;  // pppd asks first whether there is a password at all
  memcpy(name, credentials.user, strlen(credentials.user) + 1);
  memcpy(secret, credentials.password, strlen(credentials.password) + 1);
  return 1;
}

_Static_assert(sizeof credentials.user <= MAXNAMELEN, "pppd's buffer for the name");
_Static_assert(sizeof credentials.password <= MAXSECRETLEN, "pppd's buffer for the password");

// --- IPv6 ---

static enum { ipv6_pending, ipv6_up, ipv6_refused } ipv6_state;

static fsm_callbacks ipv6cp_callbacks;
static const fsm_callbacks* pppd_ipv6cp;
static void (*pppd_ipv6cp_protrej)(int);

static void on_ipv6_up(void* unused, int unused_too) {
  (void)unused;
  (void)unused_too;
  const eui64_t* peer = &ipv6cp_hisoptions[0].hisid;
  struct Ip6Link ip6 = {.interface = ppp_ifname(),
                        .own_id = ipv6cp_gotoptions[0].ourid.e8,
                        .peer_id = eui64_iszero(*peer) ? NULL : peer->e8,
                        .mtu = (uint32_t)ppp_get_mtu(ppp_ifunit())};
  ipv6_state = ipv6_up;
  link_report_ip6_up(&ip6);
}

static void give_up_ipv6(void) {
  if (ipv6_state != ipv6_pending) return;
  ipv6_state = ipv6_refused;
  link_report_ip6_refused();
}

static void on_ipv6cp_finished(fsm* f) {
  pppd_ipv6cp->finished(f);
  give_up_ipv6();
}

static void on_ipv6cp_rejected(int unit) {
  pppd_ipv6cp_protrej(unit);
  give_up_ipv6();
}

static const char* ipv6_text(void) {
  if (ipv6_state == ipv6_up) return "up";
  return ipv6cp_protent.enabled_flag && ipv6_state == ipv6_pending ? "pending" : "off";
}

// pppd tells a plugin when IPv6 is up, but not when it will never be.
static void watch_ipv6cp(void) {
  pppd_ipv6cp = ipv6cp_fsm[0].callbacks;
  ipv6cp_callbacks = *pppd_ipv6cp;
  ipv6cp_callbacks.finished = on_ipv6cp_finished;
  ipv6cp_fsm[0].callbacks = &ipv6cp_callbacks;
  pppd_ipv6cp_protrej = ipv6cp_protent.protrej;
  ipv6cp_protent.protrej = on_ipv6cp_rejected;
}

// --- IPv4 ---

static fsm_callbacks ipcp_callbacks;
static const fsm_callbacks* pppd_ipcp;

// Asked for here and not with `usepeerdns`, because that would make pppd write a resolv.conf.
static void reset_ipcp(fsm* f) {
  pppd_ipcp->resetci(f);
  if (!ask_for_servers) return;
  ipcp_options* ours = &ipcp_gotoptions[f->unit];
  ours->req_dns1 = ours->req_dns2 = 1;
  ask_for_wins(ours);
}

static int take_ipcp_nak(fsm* f, unsigned char* packet, int size, int treat_as_reject) {
  int accepted = pppd_ipcp->nakci(f, packet, size, treat_as_reject);
  if (accepted) drop_unanswered_wins(&ipcp_gotoptions[f->unit]);
  return accepted;
}

static void extend_ipcp(void) {
  pppd_ipcp = ipcp_fsm[0].callbacks;
  ipcp_callbacks = *pppd_ipcp;
  ipcp_callbacks.resetci = reset_ipcp;
  ipcp_callbacks.nakci = take_ipcp_nak;
  ipcp_fsm[0].callbacks = &ipcp_callbacks;
}

// pppd asks before it sets the peer's address, which makes the kernel add a route to it through the tunnel.
// Where that address is the gateway's own, the tunnel would swallow itself; where pppd made it up, it means
// nothing.
static int allow_peer_address(uint32_t address) {
  const in_addr_t made_up_by_pppd = htonl(0x0a404040u + (uint32_t)ppp_ifunit());
  if (address == gateway || address == made_up_by_pppd) ipcp_hisoptions[0].hisaddr = 0;
  return 1;
}

static size_t named_servers(const uint32_t* negotiated, uint32_t* named) {
  size_t count = 0;
  for (size_t i = 0; i < link_max_servers; i++) {
    int is_address = negotiated[i] != INADDR_ANY && negotiated[i] != INADDR_NONE;
    if (is_address && (count == 0 || named[0] != negotiated[i])) named[count++] = negotiated[i];
  }
  return count;
}

static void on_ip_up(void* unused, int unused_too) {
  (void)unused;
  (void)unused_too;
  const ipcp_options* ours = &ipcp_gotoptions[0];
  struct Ip4Link ip4 = {.interface = ppp_ifname(),
                        .address = ours->ouraddr,
                        .peer = ipcp_hisoptions[0].hisaddr,
                        .mtu = (uint32_t)ppp_get_mtu(ppp_ifunit()),
                        .ipv6 = ipv6_text()};
  ip4.dns_count = named_servers(ours->dnsaddr, ip4.dns);
  ip4.wins_count = named_servers(ours->winsaddr, ip4.wins);
  link_report_ip4_up(&ip4);
}

EXPORTED void plugin_init(void);

void plugin_init(void) {
  l2tp_daemon = getppid();
  prctl(PR_SET_PDEATHSIG, SIGTERM);  // without its L2TP daemon, this link is nothing
  ppp_add_options(options);
  ppp_add_notify(NF_PHASE_CHANGE, on_phase, NULL);
  ppp_add_notify(NF_IP_UP, on_ip_up, NULL);
  ppp_add_notify(NF_IPV6_UP, on_ipv6_up, NULL);
  ppp_add_notify(NF_EXIT, on_exit_status, NULL);
  snoop_recv_hook = on_received;
  snoop_send_hook = on_sent;
  chap_check_hook = has_secret;
  chap_passwd_hook = give_credentials;
  pap_passwd_hook = give_credentials;
  allowed_address_hook = allow_peer_address;
  watch_ipv6cp();
  extend_ipcp();
}
