#include <algorithm>

#include "doctor/checks.h"
#include "machine/port_owner.h"
#include "machine/processes.h"

namespace l2tp::doctor {

namespace {

constexpr std::string_view network_manager = "NetworkManager.service";

bool is_ike_daemon(const std::string& name) {
  return name == "pluto" || name.starts_with("charon");
}

// Ours works in a connection's run directory.
bool is_ours(const Machine& machine, int pid) {
  return command_line(pid, machine.root).find("/run/nm-l2tp/") != std::string::npos;
}

// What may be switched off by its name: the machine needs the others for more than this port, and the name is
// pasted into a root's shell.
bool may_be_disabled(const std::string& unit) {
  return unit.ends_with(".service") && !unit.starts_with('-') &&
         unit.find_first_not_of("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789@._:-") ==
             std::string::npos &&
         unit != network_manager && !unit.starts_with("dbus") && !unit.starts_with("systemd-") &&
         !unit.starts_with("user@");
}

std::string how_to_stop(const PortOwner& owner) {
  if (owner.unit == network_manager) return "End the VPN connection that uses it: nmcli connection down NAME";
  if (may_be_disabled(owner.unit)) return "sudo systemctl disable --now " + owner.unit;
  return "Stop that program: sudo kill " + std::to_string(owner.pid);
}

void report_ike_port(const Machine& machine, std::uint16_t port, Group& group) {
  const auto id = "port-" + std::to_string(port);
  const auto name = "UDP port " + std::to_string(port);
  const auto owner = udp_port_owner(port, machine.root);
  if (!owner) return group.ok(id, name + " is free.");
  if (owner->pid == 0 && !machine.privileged)
    return group.unchecked(id, "who holds " + name + ": needs root");
  if (is_ike_daemon(owner->command)) return group.ok(id, name + " is held by " + owner->words() + ".");
  if (owner->pid == 0)
    return group.warning(id, name + " is held by " + owner->words() + ".",
                         "See who uses it (sudo ss -ulpn), in containers too.");
  group.error(id, name + " is held by " + owner->words() + ", so that no IPsec daemon can use it.",
              how_to_stop(*owner));
}

// A connection takes another port then, which is allowed (RFC 3193, section 4), but not by every server.
void report_l2tp_port(const Machine& machine, Group& group) {
  constexpr const char* id = "port-1701";
  const auto owner = udp_port_owner(1701, machine.root);
  if (!owner) return group.ok(id, "UDP port 1701 is free.");
  if (owner->pid == 0 && !machine.privileged)
    return group.unchecked(id, "who holds UDP port 1701: needs root");
  if (owner->pid == 0)
    return group.warning(id, "UDP port 1701 is held by " + owner->words() + "; some servers refuse another.",
                         "See who uses it (sudo ss -ulpn), in containers too.");
  if (is_ours(machine, owner->pid)) return group.ok(id, "UDP port 1701 is held by a connection of ours.");
  group.warning(id,
                "UDP port 1701 is held by " + owner->words() +
                    ", so that connections use another one, which some servers refuse.",
                how_to_stop(*owner));
}

void report_l2tp_service(const Machine& machine, Group& group) {
  constexpr const char* id = "xl2tpd-service";
  const auto daemons = machine.processes("xl2tpd");
  const bool runs =
      std::any_of(daemons.begin(), daemons.end(), [&](int pid) { return !is_ours(machine, pid); });
  const bool starts = machine.exists("/etc/systemd/system/multi-user.target.wants/xl2tpd.service");
  if (!runs && !starts) return group.ok(id, "The system's own xl2tpd is off.");
  group.warning(id,
                runs ? "The system's own xl2tpd runs; it takes UDP port 1701 from connections."
                     : "The system's own xl2tpd starts with the machine; it then takes UDP port 1701.",
                "sudo systemctl disable --now xl2tpd");
}

}  // namespace

Group check_ports(const Machine& machine) {
  Group group{"Ports"};
  report_ike_port(machine, 500, group);
  report_ike_port(machine, 4500, group);
  report_l2tp_port(machine, group);
  report_l2tp_service(machine, group);
  return group;
}

}  // namespace l2tp::doctor
