// Whether NetworkManager manages the link to the outside, for a VPN stands on a connection of its own.
#include <algorithm>
#include <limits>

#include "core/wording.h"
#include "doctor/checks.h"
#include "doctor/distribution.h"

namespace l2tp::doctor {

namespace {

// The link of the best IPv4 default route (proc(5): /proc/net/route); empty: there is none.
std::string default_link(const Machine& machine) {
  std::string link;
  unsigned long best = std::numeric_limits<unsigned long>::max();
  for (const auto& line : lines_of(machine.read("/proc/net/route").value_or(""))) {
    // Iface Destination Gateway Flags RefCnt Use Metric Mask ...
    const auto words = words_of(line);
    if (words.size() < 8 || words[1] != "00000000" || words[7] != "00000000") continue;
    const auto metric = std::strtoul(words[6].c_str(), nullptr, 10);
    if (!link.empty() && metric >= best) continue;
    link = words[0];
    best = metric;
  }
  return link;
}

struct Manager {
  std::string name;
  std::string remedy;
};

constexpr const char* start_ours = "sudo systemctl enable --now NetworkManager";

bool networkd_has(const Machine& machine, const std::string& link) {
  auto index = machine.read("/sys/class/net/" + link + "/ifindex").value_or("");
  index.erase(std::find(index.begin(), index.end(), '\n'), index.end());
  const auto state = machine.read("/run/systemd/netif/links/" + index);
  return state && state->find("ADMIN_STATE=configured") != std::string::npos;
}

bool ifupdown_has(const Machine& machine, const std::string& link) {
  auto paths = machine.list("/etc/network/interfaces.d");
  paths.emplace_back("/etc/network/interfaces");
  for (const auto& path : paths)
    for (const auto& line : lines_of(machine.read(path).value_or("")))
      if (const auto words = words_of(line); words.size() >= 2 && words[0] == "iface" && words[1] == link)
        return true;
  return false;
}

// Who else has the link.
Manager other_manager(const Machine& machine, const std::string& link) {
  if (!machine.processes("wickedd").empty())
    return {"wicked", std::string{"sudo systemctl disable --now wicked && "} + start_ours};
  if (!machine.processes("connmand").empty())
    return {"ConnMan", std::string{"sudo systemctl disable --now connman && "} + start_ours};
  if (networkd_has(machine, link))
    return {"systemd-networkd",
            "Take " + link +
                " out of systemd-networkd's configuration (/etc/systemd/network; with netplan: "
                "renderer: NetworkManager)."};
  if (ifupdown_has(machine, link))
    return {"ifupdown", "Take " + link +
                            " out of /etc/network/interfaces, then: sudo systemctl restart "
                            "NetworkManager"};
  return {};
}

enum class Managed { unknown, no, yes };

Managed is_managed(const Machine& machine, const std::string& link) {
  constexpr guint32 unmanaged = 10;  // NM_DEVICE_STATE_UNMANAGED
  const auto reply = machine.call({"org.freedesktop.NetworkManager", "/org/freedesktop/NetworkManager",
                                   "org.freedesktop.NetworkManager", "GetDeviceByIpIface",
                                   g_variant_new("(s)", link.c_str())});
  if (!reply || g_variant_is_of_type(reply.value().get(), G_VARIANT_TYPE("(o)")) == FALSE)
    return Managed::unknown;
  const VariantPtr child{g_variant_get_child_value(reply.value().get(), 0)};
  const std::string path{std::string_view{g_variant_get_string(child.get(), nullptr)}};
  const auto state = machine.network_manager_property(path, "org.freedesktop.NetworkManager.Device", "State");
  if (!state || g_variant_is_of_type(state.get(), G_VARIANT_TYPE_UINT32) == FALSE) return Managed::unknown;
  return g_variant_get_uint32(state.get()) > unmanaged ? Managed::yes : Managed::no;
}

}  // namespace

Group check_network(const Machine& machine) {
  constexpr const char* id = "network-manager";
  Group group{"Network"};
  const auto link = default_link(machine);
  if (link.empty()) {
    group.warning("network-route", "There is no IPv4 default route: a VPN needs a connection to stand on.",
                  "Connect this machine to a network first (nmcli device).");
    return group;
  }
  group.ok("network-route", "The way out is " + link + ".");

  const auto managed = is_managed(machine, link);
  const auto other = other_manager(machine, link);
  if (managed == Managed::yes && other.name != "wicked" && other.name != "ConnMan")
    group.ok(id, "NetworkManager manages " + link + ".");
  else if (managed == Managed::yes)
    group.warning(id, other.name + " runs beside NetworkManager, and both manage links.", other.remedy);
  else if (!other.name.empty())
    group.error(id,
                "Not NetworkManager but " + other.name + " manages " + link +
                    ", and a VPN stands only on what NetworkManager manages.",
                other.remedy);
  else if (managed == Managed::no)
    group.error(id, "NetworkManager does not manage " + link + ", and a VPN stands only on what it manages.",
                "sudo nmcli device set " + link + " managed yes");
  else
    group.unchecked(id, "whether NetworkManager manages " + link + ": it does not say");
  return group;
}

}  // namespace l2tp::doctor
