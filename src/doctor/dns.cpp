#include <algorithm>
#include <filesystem>

#include "core/wording.h"
#include "doctor/checks.h"

namespace l2tp::doctor {

namespace {

bool is_local(std::string name) {
  if (name.ends_with('.')) name.pop_back();
  name = lower(std::move(name));
  return name == "local" || name.ends_with(".local");
}

// Where a link points to; empty if it is none.
std::string target_of(const Machine& machine, const std::string& path) {
  std::error_code error;
  return std::filesystem::read_symlink(machine.root + path, error).string();
}

std::string manager_property(const Machine& machine, const char* property) {
  const auto value = machine.network_manager_property("/org/freedesktop/NetworkManager/DnsManager",
                                                      "org.freedesktop.NetworkManager.DnsManager", property);
  if (!value || g_variant_is_of_type(value.get(), G_VARIANT_TYPE_STRING) == FALSE) return {};
  return g_variant_get_string(value.get(), nullptr);
}

void report_mode(const Machine& machine, Group& group) {
  constexpr const char* id = "dns-mode";
  const auto mode = manager_property(machine, "Mode");
  const auto writer = manager_property(machine, "RcManager");
  if (mode.empty()) return group.unchecked(id, "how NetworkManager sets DNS up: it does not say");
  // With systemd-resolved, who writes /etc/resolv.conf does not matter.
  if (mode == "none" || (writer == "unmanaged" && mode == "default"))
    return group.warning(
        id, "NetworkManager leaves DNS alone, so that a VPN's DNS servers are not used.",
        "Take dns=none and rc-manager=unmanaged out of /etc/NetworkManager/NetworkManager.conf, "
        "then: sudo systemctl restart NetworkManager");
  group.ok(id, "NetworkManager sets DNS up (" + mode + ").");
}

void report_resolved(const Machine& machine, Group& group) {
  constexpr const char* id = "dns-resolved";
  const bool runs = !machine.processes("systemd-resolve").empty();  // the kernel keeps 15 bytes of a name
  const auto target = target_of(machine, "/etc/resolv.conf");
  const bool points_there = target.find("systemd/resolve/") != std::string::npos;
  if (points_there && !runs)
    return group.error(id, "/etc/resolv.conf is systemd-resolved's, which does not run: no name resolves.",
                       "sudo systemctl enable --now systemd-resolved");
  if (!runs) return group.ok(id, "systemd-resolved does not run.");
  if (!points_there && manager_property(machine, "Mode") == "systemd-resolved")
    return group.warning(
        id,
        "NetworkManager gives DNS servers to systemd-resolved, but /etc/resolv.conf is not its "
        "own: most programs do not see a VPN's servers.",
        "sudo ln -sf ../run/systemd/resolve/stub-resolv.conf /etc/resolv.conf");
  group.ok(id, "systemd-resolved runs, and is asked.");
}

// Whether multicast DNS alone answers for .local: nsswitch.conf(5) stops at it.
bool multicast_has_the_word(const Machine& machine) {
  for (const auto& line : lines_of(machine.read("/etc/nsswitch.conf").value_or(""))) {
    if (!line.starts_with("hosts:")) continue;
    const auto text = line.substr(0, line.find('#'));
    const auto multicast = text.find("mdns");
    const auto stop = text.find("[NOTFOUND=return]", multicast == std::string::npos ? 0 : multicast);
    auto unicast = text.find(" dns");
    if (unicast == std::string::npos) unicast = text.size();
    return multicast != std::string::npos && stop != std::string::npos && stop < unicast;
  }
  return false;
}

// The domains in which names are looked for, on this machine and in the connection.
std::vector<std::string> local_domains(const Machine& machine, const Connection* connection) {
  std::vector<std::string> domains;
  for (const auto& line : lines_of(machine.read("/etc/resolv.conf").value_or(""))) {
    const auto words = words_of(line);
    if (words.empty() || (words.front() != "search" && words.front() != "domain")) continue;
    domains.insert(domains.end(), words.begin() + 1, words.end());
  }
  if (connection != nullptr) {
    domains.insert(domains.end(), connection->search_domains.begin(), connection->search_domains.end());
    if (const auto gateway = connection->profile.data.find("gateway");
        gateway != connection->profile.data.end())
      domains.push_back(gateway->second);
  }
  std::erase_if(domains, [](const std::string& domain) { return !is_local(domain); });
  return domains;
}

void report_local(const Machine& machine, const Connection* connection, Group& group) {
  constexpr const char* id = "dns-local";
  const auto domains = local_domains(machine, connection);
  if (domains.empty()) return group.ok(id, "No name that ends in .local is in use.");
  if (multicast_has_the_word(machine))
    return group.warning(id,
                         "Names in " + in_quotes(domains.front()) +
                             " are asked of multicast DNS alone, and never of a DNS server.",
                         "Put dns before mdns4_minimal in the line `hosts:` of /etc/nsswitch.conf.");
  group.ok(id, "Names in " + in_quotes(domains.front()) + " are asked of DNS servers, too.");
}

}  // namespace

Group check_dns(const Machine& machine, const Connection* connection) {
  Group group{"DNS"};
  report_mode(machine, group);
  report_resolved(machine, group);
  report_local(machine, connection, group);
  return group;
}

}  // namespace l2tp::doctor
