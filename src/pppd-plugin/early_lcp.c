#include "early_lcp.h"

#include <string.h>
#include <sys/socket.h>

#include "pppd_api.h"
#include "witness.h"

// A server repeats its request every few seconds, so that more than one waits only when this machine is very
// slow.
enum { max_packets = 4, max_descriptor = 64, listen_ms = 200 };

enum { header_size = 4 };  // address, control, protocol
static const unsigned char address_control[2] = {0xff, 0x03};
static const unsigned char lcp_header[header_size] = {0xff, 0x03, 0xc0, 0x21};

static struct Packet {
  unsigned char bytes[1504];
  int size;
} packets[max_packets];
static int packet_count;

// xl2tpd hands over exactly one such descriptor.
static int session_socket(void) {
  for (int fd = 0; fd < max_descriptor; fd++) {
    int domain = 0;
    socklen_t size = sizeof domain;
    if (getsockopt(fd, SOL_SOCKET, SO_DOMAIN, &domain, &size) == 0 && domain == AF_PPPOX) return fd;
  }
  return -1;
}

// The kernel strips address and control since long, older ones did not: both become a frame with them.
static int receive(int fd, struct Packet* packet) {
  unsigned char* payload = packet->bytes + sizeof address_control;
  size_t capacity = sizeof packet->bytes - sizeof address_control;
  ssize_t size = recv(fd, payload, capacity, MSG_DONTWAIT);
  if (size < 0) return 0;
  packet->size = (int)size;
  if (size >= 2 && memcmp(payload, address_control, sizeof address_control) == 0) {
    memmove(packet->bytes, payload, (size_t)size);
  } else {
    memcpy(packet->bytes, address_control, sizeof address_control);
    packet->size += (int)sizeof address_control;
  }
  return 1;
}

static int is_lcp(const struct Packet* packet) {
  return packet->size > header_size && memcmp(packet->bytes, lcp_header, header_size) == 0;
}

void early_lcp_prepare(void) {
  set_listen_time(listen_ms);
  int fd = session_socket();
  if (fd < 0) return;
  for (int reads = 0; reads < 4 * max_packets && packet_count < max_packets; reads++) {
    if (!receive(fd, &packets[packet_count])) return;
    if (is_lcp(&packets[packet_count])) packet_count++;
  }
}

static void deliver(void* unused) {
  (void)unused;
  int count = packet_count;
  packet_count = 0;
  for (int i = 0; i < count; i++) {
    dump_packet("rcvd", packets[i].bytes, packets[i].size);
    witness_packet(0, packets[i].bytes, packets[i].size);
    lcp_protent.input(0, packets[i].bytes + header_size, packets[i].size - header_size);
  }
}

void early_lcp_deliver(void) {
  if (packet_count) ppp_timeout(deliver, NULL, 0, 0);
}
