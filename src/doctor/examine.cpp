#include <optional>

#include "core/wording.h"
#include "doctor/checks.h"

namespace l2tp::doctor {

std::vector<Group> examine(const Machine& machine, const std::string& name) {
  std::optional<Connection> connection;
  Group unknown{"Connection " + in_quotes(name)};
  if (!name.empty()) {
    auto found = find_connection(machine, name);
    if (found)
      connection = std::move(found.value());
    else
      unknown.error("connection-known", found.error() + ".",
                    "nmcli connection shows their names; one user's own are seen by that user and by root.");
  }
  const auto* chosen = connection ? &*connection : nullptr;

  std::vector<Group> groups;
  groups.push_back(check_network_manager(machine));
  groups.push_back(check_ipsec_daemon(machine));
  groups.push_back(check_ppp(machine));
  groups.push_back(check_kernel(machine));
  groups.push_back(check_ports(machine));
  groups.push_back(check_security(machine));
  groups.push_back(check_network(machine));
  groups.push_back(check_dns(machine, chosen));
  groups.push_back(check_desktop(machine, chosen));
  if (connection)
    groups.push_back(check_connection(machine, *connection));
  else if (!name.empty())
    groups.push_back(std::move(unknown));
  return groups;
}

}  // namespace l2tp::doctor
