#include "core/ike/message.h"

#include <algorithm>

namespace l2tp::ike {

namespace {

constexpr std::size_t generic_header_size = 4, most_payloads = 64;

}  // namespace

void Writer::number16(std::size_t value) {
  byte(static_cast<std::uint8_t>(value >> 8));
  byte(static_cast<std::uint8_t>(value));
}

void Writer::number32(std::uint32_t value) {
  number16(value >> 16);
  number16(value & 0xffff);
}

std::uint16_t number16_at(View bytes, std::size_t at) {
  return static_cast<std::uint16_t>(bytes[at] << 8 | bytes[at + 1]);
}

std::uint32_t number32_at(View bytes, std::size_t at) {
  return static_cast<std::uint32_t>(number16_at(bytes, at)) << 16 | number16_at(bytes, at + 2);
}

Bytes message(const Header& header, const std::vector<OwnedPayload>& payloads) {
  std::size_t size = header_size;
  for (const auto& payload : payloads) size += generic_header_size + payload.body.size();

  Writer writer;
  writer.append(header.initiator);
  writer.append(header.responder);
  writer.byte(payloads.empty() ? 0 : payloads.front().type);
  writer.byte(header.version);
  writer.byte(header.exchange);
  writer.byte(header.flags);
  writer.number32(header.message_id);
  writer.number32(static_cast<std::uint32_t>(size));
  for (std::size_t i = 0; i < payloads.size(); ++i) {
    writer.byte(i + 1 < payloads.size() ? payloads[i + 1].type : 0);
    writer.byte(0);
    writer.number16(generic_header_size + payloads[i].body.size());
    writer.append(payloads[i].body);
  }
  return writer.take();
}

std::optional<Header> read_header(View bytes) {
  if (bytes.size() < header_size) return {};
  const auto length = number32_at(bytes, 24);
  if (length < header_size || length > bytes.size()) return {};
  Header header;
  std::copy_n(bytes.begin(), 8, header.initiator.begin());
  std::copy_n(bytes.begin() + 8, 8, header.responder.begin());
  header.first_payload = bytes[16];
  header.version = bytes[17];
  header.exchange = bytes[18];
  header.flags = bytes[19];
  header.message_id = number32_at(bytes, 20);
  return header;
}

std::optional<std::vector<Payload>> read_payloads(View bytes, std::uint8_t first_payload) {
  std::vector<Payload> payloads;
  View rest = bytes.subspan(header_size, number32_at(bytes, 24) - header_size);
  for (auto type = first_payload; type != 0;) {
    if (rest.size() < generic_header_size || payloads.size() == most_payloads) return {};
    const std::size_t length = number16_at(rest, 2);
    if (length < generic_header_size || length > rest.size()) return {};
    payloads.push_back({type, rest.subspan(generic_header_size, length - generic_header_size)});
    type = rest[0];
    rest = rest.subspan(length);
  }
  return payloads;
}

}  // namespace l2tp::ike
