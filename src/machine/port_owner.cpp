#include "machine/port_owner.h"

#include <arpa/inet.h>
#include <sys/socket.h>

#include <charconv>
#include <filesystem>
#include <fstream>
#include <set>
#include <sstream>

#include "machine/processes.h"

namespace l2tp {

namespace {

namespace fs = std::filesystem;

// Inodes of the sockets that /proc/net/udp lists for this port (proc(5): local_address is
// "HEXADDRESS:HEXPORT").
std::set<std::string> socket_inodes(const std::string& table, std::uint16_t port) {
  std::set<std::string> inodes;
  std::ifstream lines{table};
  std::string line;
  std::getline(lines, line);  // the heading
  while (std::getline(lines, line)) {
    std::istringstream fields{line};
    std::string slot, local, remote, state, queues, timer, retransmits, uid, timeout, inode;
    fields >> slot >> local >> remote >> state >> queues >> timer >> retransmits >> uid >> timeout >> inode;
    unsigned found = 0;
    const auto colon = local.find(':');
    if (colon == std::string::npos) continue;
    std::from_chars(local.data() + colon + 1, local.data() + local.size(), found, 16);
    if (found == port) inodes.insert("socket:[" + inode + "]");
  }
  return inodes;
}

bool holds(const fs::path& process, const std::set<std::string>& sockets) {
  std::error_code error;
  for (const auto& entry : fs::directory_iterator{process / "fd", error})
    if (sockets.contains(fs::read_symlink(entry.path(), error).string())) return true;
  return false;
}

std::string first_line(const fs::path& file) {
  std::ifstream stream{file};
  std::string line;
  std::getline(stream, line);
  return line;
}

// The last element of the control group's path that names a unit of the system's: in his own slice a user
// names groups as he likes. cgroups(7): "ID:CONTROLLERS:PATH", where the path may hold colons too.
std::string unit_of(const fs::path& process) {
  const auto group = first_line(process / "cgroup");
  const auto start = group.find(":/", group.find(':') + 1);
  if (start == std::string::npos) return {};
  const auto path = group.substr(start + 1);
  if (!path.starts_with("/system.slice/")) return {};
  std::string unit;
  for (const auto& part : fs::path{path})
    if (const auto kind = part.extension(); kind == ".service" || kind == ".scope") unit = part.string();
  return unit;
}

}  // namespace

std::string PortOwner::words() const {
  if (pid == 0) return "the kernel, or a process out of sight";
  std::string text = command + " (process " + std::to_string(pid);
  if (!unit.empty()) text += ", " + unit;
  return text + ")";
}

std::optional<PortOwner> udp_port_owner(std::uint16_t port, const std::string& root) {
  auto sockets = socket_inodes(root + "/proc/net/udp", port);
  sockets.merge(socket_inodes(root + "/proc/net/udp6", port));
  if (sockets.empty()) return std::nullopt;

  for (const int pid : process_ids(root)) {
    const auto process = fs::path{root + "/proc"} / std::to_string(pid);
    if (holds(process, sockets)) return PortOwner{pid, process_name(pid, root), unit_of(process)};
  }
  return PortOwner{};
}

std::optional<HeldPort> hold_udp_port(const Ipv4Address& address, std::uint16_t port) {
  // Without SO_REUSEADDR: xl2tpd sets it, and would share the port with another xl2tpd, each stealing the
  // other's packets.
  HeldPort held{0, Fd{socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0)}};
  sockaddr_in name{};
  name.sin_family = AF_INET;
  name.sin_port = htons(port);
  name.sin_addr.s_addr = address.network_order();
  socklen_t size = sizeof name;
  auto* generic = reinterpret_cast<sockaddr*>(&name);
  if (!held.socket || bind(held.socket.get(), generic, size) != 0 ||
      getsockname(held.socket.get(), generic, &size) != 0)
    return std::nullopt;
  held.number = ntohs(name.sin_port);
  return held;
}

void offer_udp_port(const HeldPort& port) {
  const int yes = 1;
  setsockopt(port.socket.get(), SOL_SOCKET, SO_REUSEADDR, &yes, sizeof yes);
}

}  // namespace l2tp
