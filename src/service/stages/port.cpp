#include "service/stages/port.h"

#include <cerrno>
#include <cstring>

#include "service/system/journal.h"
#include "service/system/port_owner.h"

namespace l2tp {

void PortStage::start(Started started, Lost) {
  auto& endpoints = activation_.endpoints;
  endpoints.source_port = render::l2tp_port;
  if (!activation_.settings.ephemeral_port) {
    if (free_udp_port(endpoints.local, render::l2tp_port)) return started(std::nullopt);
    const auto owner = udp_port_owner(render::l2tp_port);
    journal::log(journal::Level::warning,
                 "UDP port 1701 is held by " +
                     (owner ? owner->words() : std::string{"somebody who just left"}) +
                     "; using another source port, which some servers refuse",
                 {{"NM_L2TP_UUID", activation_.settings.uuid}});
  }
  const auto port = free_udp_port(endpoints.local, 0);
  if (!port) return started(failure("port-unavailable", std::strerror(errno)));
  endpoints.source_port = *port;
  started(std::nullopt);
}

}  // namespace l2tp
