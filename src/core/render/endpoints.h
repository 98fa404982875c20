// Where one tunnel runs.
#pragma once

#include <cstdint>

#include "core/address.h"

namespace l2tp::render {

inline constexpr std::uint16_t l2tp_port = 1701;  // UDP; RFC 2661, 8.1

struct Endpoints {
  Ipv4Address local;    // ours, as the route to the gateway chooses it
  Ipv4Address gateway;  // the server's; its port is l2tp_port
  std::uint16_t source_port = l2tp_port;

  bool operator==(const Endpoints&) const = default;
};

}  // namespace l2tp::render
