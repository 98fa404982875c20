// One question in IKEv2 (RFC 7296): is it spoken there?
#pragma once

#include <optional>

#include "core/ike/message.h"

namespace l2tp::ike {

// An IKE_SA_INIT request whose key exchange is of a group that it does not propose. A responder has to say so
// (RFC 7296, 1.2: INVALID_KE_PAYLOAD), or that no proposal suits it, and keeps nothing of it; one that
// demands a cookie first keeps nothing either.
Bytes ikev2_question(const Cookie& initiator, View nonce);

struct Ikev2Answer {
  Cookie initiator{};
  Cookie responder{};
  bool accepted = false;           // it made an IKE_SA of it, after all
  std::uint16_t notification = 0;  // its first notification that is an error or COOKIE; 0: none
  std::vector<Bytes> vendor_ids;
};

// Nothing if the bytes are no whole, well-formed response of IKEv2.
std::optional<Ikev2Answer> read_ikev2_answer(View bytes);

}  // namespace l2tp::ike
