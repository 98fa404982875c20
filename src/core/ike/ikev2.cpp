#include "core/ike/ikev2.h"

#include <array>
#include <span>

#include "core/ike/ikev1.h"

namespace l2tp::ike {

namespace {

constexpr std::uint8_t ikev2 = 0x20, sa_init = 34, initiator_flag = 0x08, response_flag = 0x20;

// Payload types: RFC 7296, 3.2.
enum : std::uint8_t { sa = 33, ke = 34, nonce_data = 40, notify = 41, vendor = 43 };
constexpr std::uint16_t least_status = 16384, cookie = 16390;  // RFC 7296, 3.10.1

// Transform types and numbers: RFC 7296, 3.3.2.
struct Transform {
  std::uint8_t type;
  std::uint16_t number, key_bits;
};
constexpr std::array transforms{
    Transform{1, 12, 256}, Transform{1, 12, 128}, Transform{1, 3, 0},  // AES-CBC, 3DES
    Transform{2, 5, 0},    Transform{2, 6, 0},    Transform{2, 2, 0},  // PRF: SHA-2, SHA-1
    Transform{3, 12, 0},   Transform{3, 13, 0},   Transform{3, 2, 0},  // HMAC: SHA-2, SHA-1
    Transform{4, 14, 0},   Transform{4, 15, 0},   Transform{4, 16, 0}, Transform{4, 5, 0},  // groups
    Transform{4, 2, 0},    Transform{4, 19, 0},   Transform{4, 20, 0}, Transform{4, 21, 0}};

OwnedPayload sa_payload() {
  Writer all;
  for (std::size_t i = 0; i < transforms.size(); ++i) {
    const auto& one = transforms[i];
    all.byte(i + 1 < transforms.size() ? 3 : 0);
    all.byte(0);
    all.number16(one.key_bits == 0 ? 8 : 12);
    all.byte(one.type);
    all.byte(0);
    all.number16(one.number);
    if (one.key_bits == 0) continue;
    all.number16(0x8000 | 14);  // the attribute "key length", in two bytes
    all.number16(one.key_bits);
  }
  const Bytes body = all.take();
  Writer writer;
  writer.byte(0);
  writer.byte(0);
  writer.number16(8 + body.size());
  writer.byte(1);  // the proposal's number
  writer.byte(1);  // for IKE
  writer.byte(0);  // no SPI
  writer.byte(static_cast<std::uint8_t>(transforms.size()));
  writer.append(body);
  return {sa, writer.take()};
}

// Group 1, which is not among the transforms.
OwnedPayload key_exchange_payload() {
  Writer writer;
  writer.number16(static_cast<std::size_t>(Group::modp768));
  writer.number16(0);
  writer.append(public_value(Group::modp768));
  return {ke, writer.take()};
}

}  // namespace

Bytes ikev2_question(const Cookie& initiator, View nonce) {
  return message({.initiator = initiator, .version = ikev2, .exchange = sa_init, .flags = initiator_flag},
                 {sa_payload(), key_exchange_payload(), {nonce_data, Bytes(nonce.begin(), nonce.end())}});
}

std::optional<Ikev2Answer> read_ikev2_answer(View bytes) {
  const auto header = read_header(bytes);
  if (!header || header->version >> 4 != ikev2 >> 4 || (header->flags & response_flag) == 0) return {};
  const auto payloads = read_payloads(bytes, header->first_payload);
  if (!payloads) return {};
  Ikev2Answer answer{.initiator = header->initiator, .responder = header->responder};
  for (const auto& payload : *payloads) {
    if (payload.type == sa) {
      answer.accepted = true;
    } else if (payload.type == notify && answer.notification == 0 && payload.body.size() >= 4) {
      const auto type = number16_at(payload.body, 2);
      if (type < least_status || type == cookie) answer.notification = type;
    } else if (payload.type == vendor) {
      answer.vendor_ids.emplace_back(payload.body.begin(), payload.body.end());
    }
  }
  return answer;
}

}  // namespace l2tp::ike
