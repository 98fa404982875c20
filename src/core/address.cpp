#include "core/address.h"

#include <arpa/inet.h>
#include <netinet/in.h>

#include <bit>

namespace l2tp {

namespace {

// inet_pton wants a terminated string; a text with a zero byte in it is no address, whatever stands before
// that byte.
bool convert(int family, std::string_view text, void* address) {
  if (text.size() >= INET6_ADDRSTRLEN || text.find('\0') != std::string_view::npos) return false;
  return inet_pton(family, std::string(text).c_str(), address) == 1;
}

}  // namespace

std::optional<Ipv4Address> Ipv4Address::parse(std::string_view text) {
  std::array<std::uint8_t, 4> bytes{};
  if (!convert(AF_INET, text, bytes.data())) return std::nullopt;
  return Ipv4Address(bytes);
}

Ipv4Address Ipv4Address::from_network_order(std::uint32_t value) {
  return Ipv4Address(std::bit_cast<std::array<std::uint8_t, 4>>(value));
}

std::uint32_t Ipv4Address::network_order() const {
  return std::bit_cast<std::uint32_t>(bytes_);
}

std::string Ipv4Address::to_string() const {
  std::string text = std::to_string(bytes_[0]);
  for (std::size_t index = 1; index < bytes_.size(); ++index) text += "." + std::to_string(bytes_[index]);
  return text;
}

bool is_ipv6_literal(std::string_view text) {
  in6_addr address{};
  return convert(AF_INET6, text, &address);
}

}  // namespace l2tp
