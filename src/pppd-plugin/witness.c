#include "witness.h"

#include <stddef.h>

#include "link.h"

// The protocols' numbers (RFC 1661, 1332, 1962, 1334, 1994, 3748).
enum { lcp = 0xc021, ipcp = 0x8021, ccp = 0x80fd, pap = 0xc023, chap = 0xc223, eap = 0xc227 };

// Codes of RFC 1661, then the refusals of the two others.
enum { configure_request = 1, terminate_request = 5, protocol_reject = 8, pap_nak = 3, chap_failure = 4 };
enum { eap_failure = 4 };

enum { address_control_size = 2, protocol_size = 2, header_size = 4 };  // header: code, identifier, length

static int smaller(int one, int other) {
  return one < other ? one : other;
}

// How much of a packet of `size` bytes, from its code on, may be told; 0: nothing.
static int harmless_size(int protocol, int code, int size) {
  switch (protocol) {
    case lcp:
      // It repeats what was rejected, which may have been a password.
      if (code == protocol_reject) return smaller(size, header_size + protocol_size);
      return code >= configure_request && code <= terminate_request ? size : 0;
    case ipcp:
    case ccp:
      return code >= configure_request && code <= terminate_request ? size : 0;
    case pap:
      return code == pap_nak ? size : 0;
    case chap:
      return code == chap_failure ? size : 0;
    case eap:
      return code <= eap_failure ? smaller(size, header_size + 1) : 0;  // up to the method's number
    default:
      return 0;
  }
}

void witness_packet(int from_us, const unsigned char* packet, int size) {
  const int start = address_control_size + protocol_size;
  if (size < start + header_size) return;
  int protocol = packet[address_control_size] << 8 | packet[address_control_size + 1];
  int told = harmless_size(protocol, packet[start], size - start);
  if (told == 0) return;
  link_report_packet(from_us, packet + address_control_size, (size_t)(protocol_size + told));
}
