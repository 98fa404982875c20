// Who holds a UDP port on this machine: the process and its systemd unit, not only "busy".
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "core/address.h"

namespace l2tp {

struct PortOwner {
  int pid = 0;          // 0: a socket of the kernel, or of a process that we cannot see
  std::string command;  // "xl2tpd"
  std::string unit;     // "xl2tpd.service"; empty where there is none

  [[nodiscard]] std::string words() const;  // "xl2tpd (process 812, xl2tpd.service)"
};

// The first process found with a UDP socket bound to `port`; nothing if none is.
std::optional<PortOwner> udp_port_owner(std::uint16_t port);

// Whether `port` (0: any) can be bound on `address` now: the port, or nothing with errno set.
std::optional<std::uint16_t> free_udp_port(const Ipv4Address& address, std::uint16_t port);

}  // namespace l2tp
