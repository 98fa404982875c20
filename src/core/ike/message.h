// What IKEv1 (RFC 2408, RFC 2409) and IKEv2 (RFC 7296) have in common on the wire: a header of 28 bytes, then
// payloads, each of which names the next one's type and its own length. All numbers are big-endian.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <span>
#include <vector>

namespace l2tp::ike {

using Bytes = std::vector<std::uint8_t>;
using View = std::span<const std::uint8_t>;
using Cookie = std::array<std::uint8_t, 8>;  // a side's half of an exchange's name; SPI in IKEv2

constexpr std::size_t header_size = 28;  // bytes

struct Header {
  Cookie initiator{};
  Cookie responder{};  // zero in the first message
  std::uint8_t first_payload = 0;
  std::uint8_t version = 0;  // 0x10: IKEv1, 0x20: IKEv2
  std::uint8_t exchange = 0;
  std::uint8_t flags = 0;
  std::uint32_t message_id = 0;
};

struct Payload {
  std::uint8_t type = 0;
  View body;  // without the generic header; points into the message
};

// A message is put together from its end: each payload is told the type of the one behind it.
class Writer {
 public:
  void byte(std::uint8_t value) { bytes_.push_back(value); }
  void number16(std::size_t value);
  void number32(std::uint32_t value);
  void append(View bytes) { bytes_.insert(bytes_.end(), bytes.begin(), bytes.end()); }
  [[nodiscard]] Bytes take() { return std::move(bytes_); }

 private:
  Bytes bytes_;
};

struct OwnedPayload {
  std::uint8_t type = 0;
  Bytes body;
};

// The whole message; `header.first_payload` is taken from `payloads`.
Bytes message(const Header& header, const std::vector<OwnedPayload>& payloads);

// Nothing if the bytes are no IKE message: too short, or the length in it is more than there is.
std::optional<Header> read_header(View bytes);

// The payloads behind the header; nothing if one does not fit in the message, or if there are more than 64.
// To be called with what `read_header` has taken, and only if it is not encrypted.
std::optional<std::vector<Payload>> read_payloads(View bytes, std::uint8_t first_payload);

// Big-endian numbers at `at`, where they must be.
std::uint16_t number16_at(View bytes, std::size_t at);
std::uint32_t number32_at(View bytes, std::size_t at);

}  // namespace l2tp::ike
