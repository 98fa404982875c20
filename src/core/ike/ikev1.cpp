#include "core/ike/ikev1.h"

#include <openssl/ec.h>
#include <openssl/obj_mac.h>

#include <array>
#include <memory>

#include "core/ike/vendor_ids.h"

namespace l2tp::ike {

namespace {

constexpr std::uint8_t ikev1 = 0x10, encrypted_flag = 0x01;

// Payload types: RFC 2408, 3.1.
enum : std::uint8_t {
  security_association = 1,
  key_exchange = 4,
  identification = 5,
  nonce_payload = 10,
  notification = 11,
  vendor_id = 13
};

constexpr std::uint32_t ipsec_doi = 1, identity_only = 1;             // RFC 2407, 4.1 and 4.2.1
constexpr std::uint8_t protocol_isakmp = 1, transform_key_ike = 1;    // RFC 2407, 4.4.1 and 4.4.2
constexpr std::uint8_t last = 0, another_transform = 3, id_fqdn = 2;  // RFC 2408, 3.6; RFC 2407, 4.6.2.1

// Attributes: RFC 2409, appendix A. Their values here all fit in two bytes, so the first bit is set (RFC
// 2408, 3.3).
enum Attribute : std::uint16_t {
  encryption = 1,
  hash = 2,
  authentication_method = 3,
  group_description = 4,
  life_type = 11,
  life_duration = 12,
  key_length = 14
};
constexpr std::uint16_t short_form = 0x8000, life_in_seconds = 1;
constexpr std::uint16_t eight_hours = 28800;  // s; what most clients say

void put(Writer& writer, Attribute attribute, std::uint16_t value) {
  writer.number16(short_form | attribute);
  writer.number16(value);
}

Bytes transform(const Suite& suite, std::size_t number, bool is_last) {
  Writer attributes;
  put(attributes, encryption, number_of(suite.encryption));
  put(attributes, hash, static_cast<std::uint16_t>(suite.hash));
  put(attributes, authentication_method, static_cast<std::uint16_t>(suite.authentication));
  put(attributes, group_description, static_cast<std::uint16_t>(suite.group));
  if (const auto bits = key_bits_of(suite.encryption); bits != 0) put(attributes, key_length, bits);
  put(attributes, life_type, life_in_seconds);
  put(attributes, life_duration, eight_hours);
  const Bytes body = attributes.take();

  Writer writer;
  writer.byte(is_last ? last : another_transform);
  writer.byte(0);
  writer.number16(8 + body.size());
  writer.byte(static_cast<std::uint8_t>(number));
  writer.byte(transform_key_ike);
  writer.number16(0);
  writer.append(body);
  return writer.take();
}

OwnedPayload sa_payload(std::span<const Suite> suites) {
  Writer transforms;
  for (std::size_t i = 0; i < suites.size(); ++i)
    transforms.append(transform(suites[i], i + 1, i + 1 == suites.size()));
  const Bytes body = transforms.take();

  Writer writer;
  writer.number32(ipsec_doi);
  writer.number32(identity_only);
  writer.byte(last);
  writer.byte(0);
  writer.number16(8 + body.size());
  writer.byte(1);  // the proposal's number
  writer.byte(protocol_isakmp);
  writer.byte(0);  // no SPI: the cookies are it
  writer.byte(static_cast<std::uint8_t>(suites.size()));
  writer.append(body);
  return {security_association, writer.take()};
}

void add_vendor_ids(std::vector<OwnedPayload>& payloads) {
  for (const auto& id : ids_of_a_client()) payloads.push_back({vendor_id, id});
}

// The transform that an SA payload of the responder holds: exactly one is left in it.
std::optional<Suite> chosen_suite(View sa) {
  constexpr std::size_t proposal_at = 8, transform_header = 8;
  if (sa.size() < proposal_at + 8) return {};
  const std::size_t spi_size = sa[proposal_at + 6];
  const std::size_t transform_at = proposal_at + 8 + spi_size;
  if (sa.size() < transform_at + transform_header) return {};
  const std::size_t length = number16_at(sa, transform_at + 2);
  if (length < transform_header || transform_at + length > sa.size()) return {};

  std::array<std::uint16_t, key_length + 1> values{};
  View rest = sa.subspan(transform_at + transform_header, length - transform_header);
  while (rest.size() >= 4) {
    const std::uint16_t type = number16_at(rest, 0), value = number16_at(rest, 2);
    const bool is_short = (type & short_form) != 0;
    const std::size_t size = is_short ? 4 : 4 + std::size_t{value};
    if (size > rest.size()) return {};
    const std::size_t number = type & ~short_form;
    if (is_short && number < values.size()) values[number] = value;
    rest = rest.subspan(size);
  }

  // A key length that is not said is the algorithm's shortest.
  if (values[encryption] == number_of(Encryption::aes128) && values[key_length] == 0)
    values[key_length] = 128;
  for (const auto one : all_encryptions)
    for (const auto digest : all_hashes)
      for (const auto group : all_groups)
        for (const auto method : all_authentications)
          if (number_of(one) == values[encryption] && key_bits_of(one) == values[key_length] &&
              static_cast<std::uint16_t>(digest) == values[hash] &&
              static_cast<std::uint16_t>(group) == values[group_description] &&
              static_cast<std::uint16_t>(method) == values[authentication_method])
            return Suite{one, digest, group, method};
  return {};
}

// RFC 2408, 3.14: DOI, protocol, size of SPI, type.
std::optional<std::uint16_t> notification_type(View body) {
  if (body.size() < 8) return {};
  return number16_at(body, 6);
}

std::size_t modp_size(Group group) {  // bytes
  switch (group) {
    case Group::modp768:
      return 96;
    case Group::modp1024:
      return 128;
    case Group::modp1536:
      return 192;
    case Group::modp3072:
      return 384;
    case Group::modp4096:
      return 512;
    default:
      return 256;
  }
}

// RFC 5903: the coordinates of a point, here of the curve's generator.
Bytes generator_of(int curve) {
  const std::unique_ptr<EC_GROUP, decltype(&EC_GROUP_free)> group{EC_GROUP_new_by_curve_name(curve),
                                                                  EC_GROUP_free};
  const auto* point = EC_GROUP_get0_generator(group.get());
  Bytes bytes(EC_POINT_point2oct(group.get(), point, POINT_CONVERSION_UNCOMPRESSED, nullptr, 0, nullptr));
  EC_POINT_point2oct(group.get(), point, POINT_CONVERSION_UNCOMPRESSED, bytes.data(), bytes.size(), nullptr);
  bytes.erase(bytes.begin());  // the form of what follows
  return bytes;
}

}  // namespace

Bytes public_value(Group group) {
  switch (group) {
    case Group::ecp256:
      return generator_of(NID_X9_62_prime256v1);
    case Group::ecp384:
      return generator_of(NID_secp384r1);
    case Group::ecp521:
      return generator_of(NID_secp521r1);
    default:
      break;
  }
  // Two is the generator (RFC 2409, 6; RFC 3526), and a power of two is one bit: g^x with x = 8 * size - 16.
  Bytes value(modp_size(group));
  value[1] = 1;
  return value;
}

Bytes main_mode_question(const Cookie& initiator, std::span<const Suite> suites) {
  std::vector<OwnedPayload> payloads{sa_payload(suites)};
  add_vendor_ids(payloads);
  return message({.initiator = initiator, .version = ikev1, .exchange = main_mode}, payloads);
}

Bytes aggressive_mode_question(const Cookie& initiator, std::span<const Suite> suites, View nonce,
                               std::string_view identity) {
  Bytes id{id_fqdn, 0, 0, 0};  // any protocol, any port
  id.insert(id.end(), identity.begin(), identity.end());
  std::vector<OwnedPayload> payloads{sa_payload(suites),
                                     {key_exchange, public_value(suites.front().group)},
                                     {nonce_payload, Bytes(nonce.begin(), nonce.end())},
                                     {identification, id}};
  add_vendor_ids(payloads);
  return message({.initiator = initiator, .version = ikev1, .exchange = aggressive_mode}, payloads);
}

Bytes farewell(const Cookie& initiator, const Cookie& responder, std::uint32_t message_id) {
  Writer writer;
  writer.number32(ipsec_doi);
  writer.byte(protocol_isakmp);
  writer.byte(2 * sizeof(Cookie));
  writer.number16(no_proposal_chosen);
  writer.append(initiator);
  writer.append(responder);
  return message({.initiator = initiator,
                  .responder = responder,
                  .version = ikev1,
                  .exchange = informational,
                  .message_id = message_id},
                 {{notification, writer.take()}});
}

std::optional<Answer> read_ikev1_answer(View bytes) {
  const auto header = read_header(bytes);
  if (!header || header->version >> 4 != ikev1 >> 4) return {};
  Answer answer{.initiator = header->initiator, .responder = header->responder, .exchange = header->exchange};
  if ((header->flags & encrypted_flag) != 0) return answer;
  const auto payloads = read_payloads(bytes, header->first_payload);
  if (!payloads) return {};
  for (const auto& payload : *payloads) {
    // What has no responder's cookie is nobody's choice, but a question: maybe our own, from a port 500 to
    // itself.
    if (payload.type == security_association && header->exchange != informational &&
        header->responder != Cookie{}) {
      answer.kind = Answer::Kind::chosen;
      answer.suite = chosen_suite(payload.body);
    } else if (payload.type == notification && answer.kind == Answer::Kind::other) {
      const auto type = notification_type(payload.body);
      if (!type || *type >= least_status_notify) continue;
      answer.kind = Answer::Kind::refused;
      answer.notification = *type;
    } else if (payload.type == vendor_id) {
      answer.vendor_ids.emplace_back(payload.body.begin(), payload.body.end());
    }
  }
  return answer;
}

}  // namespace l2tp::ike
