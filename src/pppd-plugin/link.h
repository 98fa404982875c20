// The private D-Bus connection from pppd to the service: org.freedesktop.NetworkManager.l2tp.PppLink (see
// src/ppp-link). Nothing here knows pppd, and no header of GLib is needed to include this one: pppd 2.4 has
// its own `bool`. Except `link_open`, all of it is to be called in the process that opened the link; in a
// forked child, and while there is no link, the reports do nothing.
#pragma once

#include <stddef.h>
#include <stdint.h>

enum { link_name_size = 256, link_max_servers = 2 };

// Each ends with NUL and holds at most 255 bytes before it.
struct Credentials {
  char user[link_name_size];
  char password[link_name_size];
};

// What IPCP settled. Addresses are in network byte order; `peer` is 0 when there is none to tell.
struct Ip4Link {
  const char* interface;
  uint32_t address;
  uint32_t peer;
  uint32_t dns[link_max_servers];
  size_t dns_count;
  uint32_t wins[link_max_servers];
  size_t wins_count;
  uint32_t mtu;      // bytes
  const char* ipv6;  // "up", "pending" or "off"
};

// What IPv6CP settled: the interface identifiers, 8 bytes each; `peer_id` is null when the server has none.
struct Ip6Link {
  const char* interface;
  const uint8_t* own_id;
  const uint8_t* peer_id;
  uint32_t mtu;  // bytes
};

// Connects to the service's socket. From then on, this process gets SIGTERM when the service closes the
// connection or dies. Waits 5 s at most. Returns null, or what went wrong (valid until the next call into the
// link).
__attribute__((warn_unused_result)) const char* link_open(const char* socket_path);

// Asks for the name and password. Waits 5 s at most. Returns null, or what went wrong, and then no
// credentials.
__attribute__((warn_unused_result)) const char* link_get_credentials(struct Credentials* credentials);

// Reports: sent in the order of the calls, without waiting.
void link_report_phase(const char* phase);
void link_report_answered(void);
void link_report_packet(int from_us, const unsigned char* packet, size_t size);
void link_report_ip4_up(const struct Ip4Link* ip4);
void link_report_ip6_up(const struct Ip6Link* ip6);
void link_report_ip6_refused(void);

// Reports the end and waits until the service has taken it, 2 s at most.
void link_report_exit(uint32_t status);
