// The file that exporting writes: NetworkManager-l2tp's own format, a GKeyFile whose [vpn] holds the
// profile's keys with "true" and "false" for "yes" and "no".
//
//   #org.freedesktop.NetworkManager.l2tp
//   [connection] id
//   [vpn]        all keys of vpn.data, and here user-name, persistent and timeout of the setting
//   [vpn-secrets] the secrets, only where they were asked for
//   [ip4] [ip6]  method, addresses, gateway, dns, dns-search, routes ("10.0.0.0/8 via 10.1.1.1 metric 5"),
//                ignore-auto-routes, ignore-auto-dns, never-default, may-fail; [ip4] also dhcp-send-hostname
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "core/glib.h"
#include "core/result.h"
#include "libnm/libnm.h"

namespace l2tp {

struct UnrefRoute {
  void operator()(NMIPRoute* route) const { nm_ip_route_unref(route); }
};
using Route = std::unique_ptr<NMIPRoute, UnrefRoute>;

// "10.0.0.0/8", "10.0.0.0/8 via 10.1.1.1 metric 5"; `family` is AF_INET or AF_INET6. Nothing: it is no route
// of it.
Route route_of(const std::string& line, int family);

// The connection as text of that format.
std::string own_file_of(NMConnection* connection, bool with_secrets);

bool looks_like_own_file(std::string_view text);

struct OwnFile {
  ObjectRef<NMConnection> connection;  // without a UUID: whoever adds it gives it one
  std::vector<std::string> notes;      // what the file says and the connection does not
};

// The error is a sentence: what is missing, or a value that cannot be.
Result<OwnFile, std::string> read_own_file(std::string_view text);

}  // namespace l2tp
