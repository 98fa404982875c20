// The messages of IKEv1 that ask a server what it accepts, and what it answers: RFC 2408 (ISAKMP), RFC 2407
// (its use for IPsec), RFC 2409 (main and aggressive mode).
#pragma once

#include <optional>
#include <span>
#include <string_view>

#include "core/ike/message.h"
#include "core/ike/suite.h"

namespace l2tp::ike {

// RFC 2408, 3.14.1.
constexpr std::uint16_t no_proposal_chosen = 14;
constexpr std::uint16_t least_status_notify = 16384;  // below it, a notification is an error

// The first message of main mode: one proposal with a transform for each of `suites` (at most 255; 36 bytes
// each), and the vendor IDs of NAT traversal (RFC 3947), fragmentation and dead peer detection (RFC 3706).
Bytes main_mode_question(const Cookie& initiator, std::span<const Suite> suites);

// The first message of aggressive mode: `suites` are all of one group. The public value is the group's own
// generator or a small power of it, for the exchange never goes on; `nonce` is 8 to 256 bytes, `identity` an
// FQDN.
Bytes aggressive_mode_question(const Cookie& initiator, std::span<const Suite> suites, View nonce,
                               std::string_view identity);

// Tells the responder that we do not go on: an Informational exchange in clear (RFC 2409, 5.7) with an error
// notification for the exchange of these cookies.
Bytes farewell(const Cookie& initiator, const Cookie& responder, std::uint32_t message_id);

// A public value that any responder takes as one of the group's.
Bytes public_value(Group group);

struct Answer {
  enum class Kind { chosen, refused, other };  // an SA payload; an error notification; anything else

  Cookie initiator{};
  Cookie responder{};
  Kind kind = Kind::other;
  std::uint8_t exchange = 0;
  std::optional<Suite> suite;      // chosen: what; nothing if it is none that we know
  std::uint16_t notification = 0;  // refused: its type
  std::vector<Bytes> vendor_ids;
};

// Nothing if the bytes are no whole, well-formed message of IKEv1.
std::optional<Answer> read_ikev1_answer(View bytes);

// Exchange types: RFC 2408, 3.1.
constexpr std::uint8_t main_mode = 2, aggressive_mode = 4, informational = 5;

}  // namespace l2tp::ike
