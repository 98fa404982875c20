// An IPv4 address as a value; parsed strictly, printed canonically.
#pragma once

#include <array>
#include <compare>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace l2tp {

class Ipv4Address {
 public:
  Ipv4Address() = default;
  explicit Ipv4Address(std::array<std::uint8_t, 4> bytes) : bytes_(bytes) {}

  // Dotted decimal only ("192.0.2.1"); nothing for anything else.
  static std::optional<Ipv4Address> parse(std::string_view text);

  // From and to the 32 bits as sockets and D-Bus carry them: network byte order in a native integer.
  static Ipv4Address from_network_order(std::uint32_t value);
  [[nodiscard]] std::uint32_t network_order() const;

  [[nodiscard]] std::string to_string() const;
  [[nodiscard]] bool unspecified() const { return bytes_ == std::array<std::uint8_t, 4>{}; }

  auto operator<=>(const Ipv4Address&) const = default;

 private:
  std::array<std::uint8_t, 4> bytes_{};
};

// True for an IPv6 literal without brackets ("2001:db8::1").
bool is_ipv6_literal(std::string_view text);

}  // namespace l2tp
