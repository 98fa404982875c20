// pppd's plugin interface under one spelling. The plugin is written in the names of pppd 2.5; where pppd
// is 2.4, this header gives 2.4's things those names.
#pragma once

#if __has_include(<pppd/pppdconf.h>)
#define PPPD_IS_2_5
#endif

#ifndef PPPD_IS_2_5
#define INET6 1  // 2.4 hides its IPv6 declarations otherwise
#endif

// pppd's headers need each other in this order.
// clang-format off
#include <pppd/pppd.h>
#include <pppd/eui64.h>
#include <pppd/fsm.h>
#include <pppd/ipcp.h>
#include <pppd/ipv6cp.h>
#include <pppd/lcp.h>
#include <pppd/upap.h>
// clang-format on

#ifdef PPPD_IS_2_5

#include <pppd/chap.h>
#include <pppd/eap.h>
#include <pppd/options.h>

// Weak: a pppd without EAP-TLS still loads the plugin.
extern eaptls_passwd_hook_fn* eaptls_passwd_hook __attribute__((weak));

// Exported by pppd, but in no public header. Weak: a pppd without it still loads the plugin.
extern int listen_time __attribute__((weak));

static inline void set_listen_time(int milliseconds) {
  if (&listen_time) listen_time = milliseconds;
}

// 2.5 does not let a plugin set the name; it comes from the option `user`.
static inline void set_user(const char* name) {
  (void)name;
}

static inline void ask_for_wins(ipcp_options* ours) {
  ours->req_wins1 = ours->req_wins2 = true;
}

static inline void drop_unanswered_wins(ipcp_options* ours) {
  (void)ours;
}

#else

#include <pppd/chap-new.h>

// Weak: a pppd without EAP-TLS still loads the plugin.
extern int (*eaptls_passwd_hook)(char* user, char* passwd) __attribute__((weak));

#define PPPD_VERSION VERSION
#define NF_PHASE_CHANGE &phasechange
#define NF_IP_UP &ip_up_notifier
#define NF_IPV6_UP &ipv6_up_notifier
#define NF_EXIT &exitnotify
#define ppp_add_notify(list, function, context) add_notifier(list, function, context)
#define ppp_add_options(list) add_options(list)
#define ppp_timeout(function, argument, seconds, microseconds) \
  timeout(function, argument, seconds, microseconds)
#define ppp_get_mtu(unit) netif_get_mtu(unit)
#define ppp_ifname() ifname
#define ppp_ifunit() ifunit
#define ppp_status() status

static inline void set_listen_time(int milliseconds) {
  listen_time = milliseconds;
}

static inline void set_user(const char* name) {
  strlcpy(user, name, MAXNAMELEN);
}

// 2.4 sends the WINS options only if it has an address to ask for, so it asks for one that nobody can have.
#define UNANSWERED_WINS 0xffffffffu

static inline void ask_for_wins(ipcp_options* ours) {
  ours->winsaddr[0] = ours->winsaddr[1] = UNANSWERED_WINS;
}

// 2.4 would repeat a question for ever that the server did not answer with an address.
static inline void drop_unanswered_wins(ipcp_options* ours) {
  for (int i = 0; i < 2; i++) {
    if (ours->winsaddr[i] == UNANSWERED_WINS) ours->winsaddr[i] = 0;
  }
}

#endif
