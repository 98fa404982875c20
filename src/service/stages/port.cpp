#include "service/stages/port.h"

#include <cerrno>
#include <cstring>

#include "machine/port_owner.h"
#include "service/system/journal.h"

namespace l2tp {

void PortStage::start(Started started, Lost) {
  const auto& settings = activation_.settings;
  auto held =
      settings.ephemeral_port ? std::nullopt : hold_udp_port(activation_.endpoints.local, render::l2tp_port);
  if (!held && !settings.ephemeral_port) {
    if (errno != EADDRINUSE) return started(failure("port-unavailable", std::strerror(errno)));
    const auto owner = udp_port_owner(render::l2tp_port);
    activation_.port_holder = owner ? owner->words() : "somebody who just left";
    journal::log(journal::Level::warning,
                 "UDP port 1701 is held by " + activation_.port_holder +
                     "; using another source port, which some servers refuse",
                 {{"NM_L2TP_UUID", settings.uuid}});
  }
  if (!held) held = hold_udp_port(activation_.endpoints.local, 0);
  if (!held) return started(failure("port-unavailable", std::strerror(errno)));
  activation_.endpoints.source_port = held->number;
  activation_.held_port = std::move(*held);
  started(std::nullopt);
}

void PortStage::stop(Stopped stopped) {
  activation_.held_port = {};
  stopped();
}

}  // namespace l2tp
