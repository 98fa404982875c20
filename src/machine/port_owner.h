// Who holds a UDP port on this machine: the process and its systemd unit, not only "busy".
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "core/address.h"
#include "machine/fd.h"

namespace l2tp {

struct PortOwner {
  int pid = 0;          // 0: a socket of the kernel, or of a process that we cannot see
  std::string command;  // "xl2tpd"
  std::string unit;     // "xl2tpd.service"; empty where there is none

  [[nodiscard]] std::string words() const;  // "xl2tpd (process 812, xl2tpd.service)"
};

// The first process found with a UDP socket bound to `port`; nothing if none is.
std::optional<PortOwner> udp_port_owner(std::uint16_t port, const std::string& root = {});

// A port that nobody else can bind for as long as its socket lives.
struct HeldPort {
  std::uint16_t number = 0;
  Fd socket;
};

// Takes `port` (0: any) on `address`; nothing, with errno set, if it cannot be had.
std::optional<HeldPort> hold_udp_port(const Ipv4Address& address, std::uint16_t port);

// From now on a program that asks for it by SO_REUSEADDR can bind the port too. Everybody else still cannot.
void offer_udp_port(const HeldPort& port);

}  // namespace l2tp
