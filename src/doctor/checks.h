// What doctor looks at: one group of findings per matter, each in a file of its own.
#pragma once

#include <string>
#include <vector>

#include "core/settings.h"
#include "doctor/finding.h"
#include "doctor/machine.h"
#include "machine/ipsec_choice.h"

namespace l2tp::doctor {

// A connection as NetworkManager knows it, without its secrets.
struct Connection {
  std::string name;
  Profile profile;
  std::vector<std::string> search_domains;
  struct Route {
    std::string destination;
    unsigned prefix = 0;  // bits
  };
  std::vector<Route> ipv4_routes;
  bool routes_gateway = true;  // NetworkManager adds a route to the gateway (ipv4.auto-route-ext-gw)
};

Group check_network_manager(const Machine& machine);
Group check_ipsec_daemon(const Machine& machine);
Group check_kernel(const Machine& machine);
Group check_ports(const Machine& machine);
Group check_security(const Machine& machine);
Group check_ppp(const Machine& machine);
// `connection` may be nullptr in these.
Group check_desktop(const Machine& machine, const Connection* connection);
Group check_dns(const Machine& machine, const Connection* connection);
Group check_network(const Machine& machine);
Group check_connection(const Machine& machine, const Connection& connection);

// The connection with this UUID or name, or why it is not to be had.
Result<Connection, std::string> find_connection(const Machine& machine, const std::string& name);

// All that can be asked of a machine, and of one connection if `name` is not empty.
std::vector<Group> examine(const Machine& machine, const std::string& name);

// What the machine has of each IPsec daemon, in the order of preference.
std::vector<DaemonChoice> ipsec_daemons(const Machine& machine);

// The paths of the .name files of NetworkManager's VPN plugins.
std::vector<std::string> name_files(const Machine& machine);

}  // namespace l2tp::doctor
