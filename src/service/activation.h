// What the stages of one activation know together: each fills in its part, those above read it.
#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "core/render/endpoints.h"
#include "core/settings.h"
#include "service/last_lines.h"
#include "service/system/port_owner.h"
#include "service/system/run_dir.h"

namespace l2tp {

class PppLink;

// What PPP negotiated.
struct PppResult {
  std::string interface;
  std::uint32_t mtu = 0;  // bytes
  bool ipv4 = false;
  Ipv4Address address;
  std::optional<Ipv4Address> peer;
  std::vector<Ipv4Address> dns;
  std::vector<Ipv4Address> wins;
  bool ipv6 = false;
  std::array<std::uint8_t, 16> address6{};
  std::array<std::uint8_t, 16> peer6{};
};

// The name of connection `uuid` towards the IPsec daemon; the prefix tells ours from others'.
inline std::string name_for_daemon(const std::string& uuid) {
  return "nm-l2tp-" + uuid;
}

struct Activation {
  explicit Activation(Settings parsed) : settings(std::move(parsed)) {}

  [[nodiscard]] std::string name() const { return name_for_daemon(settings.uuid); }

  Settings settings;
  std::unique_ptr<RunDir> run_dir;     // workspace
  render::Endpoints endpoints;         // resolve (addresses) and port
  HeldPort held_port;                  // port, until xl2tpd has bound it
  std::string port_holder;             // port: who has 1701, where that is why we have another one
  LastLines xl2tpd_lines, pppd_lines;  // l2tp, whose child says both
  std::shared_ptr<PppLink> ppp_link;   // l2tp, whose child's child is pppd
  PppResult ppp;                       // ppp
};

}  // namespace l2tp
