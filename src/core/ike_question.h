// A question to a server whether it hears IKE on UDP port 4500, where a firewall may let nothing through.
//
// It is the first message of an IKEv1 main mode (RFC 2408, 2409), which servers answer on that port as they
// do on 500 (RFC 3947, 4), if only with a refusal.
#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <string_view>

namespace l2tp {

using IkeCookie = std::array<std::uint8_t, 8>;  // random, never all zero

// The datagram for port 4500. It offers algorithms that most servers take, with a pre-shared key.
std::string ike_question(const IkeCookie& cookie);

// True if `datagram`, from port 4500, answers the question with this cookie.
bool answers_ike_question(std::string_view datagram, const IkeCookie& cookie);

}  // namespace l2tp
