#include "core/wording.h"
#include "doctor/checks.h"
#include "libnm/profile.h"

namespace l2tp::doctor {

namespace {

constexpr const char* service = "org.freedesktop.NetworkManager";

struct FreeStrings {
  void operator()(const gchar** strings) const { g_free(strings); }
};

ObjectRef<NMConnection> connection_at(const Machine& machine, const char* path) {
  const auto reply =
      machine.call({service, path, "org.freedesktop.NetworkManager.Settings.Connection", "GetSettings"});
  if (!reply || g_variant_is_of_type(reply.value().get(), G_VARIANT_TYPE("(a{sa{sv}})")) == FALSE)
    return nullptr;
  const VariantPtr settings{g_variant_get_child_value(reply.value().get(), 0)};
  return ObjectRef<NMConnection>{nm_simple_connection_new_from_dbus(settings.get(), nullptr)};
}

std::string text(const char* value) {
  return value == nullptr ? std::string{} : std::string{value};
}

void take_domains(NMSettingIPConfig* config, Connection& connection) {
  for (guint i = 0; config != nullptr && i < nm_setting_ip_config_get_num_dns_searches(config); ++i)
    connection.search_domains.push_back(
        text(nm_setting_ip_config_get_dns_search(config, static_cast<int>(i))));
}

void take_routes(NMSettingIPConfig* config, Connection& connection) {
  if (config == nullptr) return;
  for (guint i = 0; i < nm_setting_ip_config_get_num_routes(config); ++i) {
    auto* route = nm_setting_ip_config_get_route(config, static_cast<int>(i));
    connection.ipv4_routes.push_back({text(nm_ip_route_get_dest(route)), nm_ip_route_get_prefix(route)});
  }
  connection.routes_gateway = nm_setting_ip_config_get_auto_route_ext_gw(config) != NM_TERNARY_FALSE;
}

Connection understood(NMConnection* from) {
  Connection connection;
  connection.name = text(nm_connection_get_id(from));
  connection.profile = profile_of(from);
  take_domains(nm_connection_get_setting_ip4_config(from), connection);
  take_domains(nm_connection_get_setting_ip6_config(from), connection);
  take_routes(nm_connection_get_setting_ip4_config(from), connection);
  return connection;
}

}  // namespace

Result<Connection, std::string> find_connection(const Machine& machine, const std::string& name) {
  const auto reply = machine.call({service, "/org/freedesktop/NetworkManager/Settings",
                                   "org.freedesktop.NetworkManager.Settings", "ListConnections"});
  if (!reply || g_variant_is_of_type(reply.value().get(), G_VARIANT_TYPE("(ao)")) == FALSE)
    return Unexpected{std::string{"NetworkManager does not tell its connections"}};
  const VariantPtr list{g_variant_get_child_value(reply.value().get(), 0)};
  const std::unique_ptr<const gchar* [], FreeStrings> paths { g_variant_get_objv(list.get(), nullptr) };

  ObjectRef<NMConnection> named;
  for (std::size_t i = 0; paths[i] != nullptr; ++i) {
    auto connection = connection_at(machine, paths[i]);
    if (!connection) continue;
    const bool is_it = text(nm_connection_get_uuid(connection.get())) == name;
    if (!is_it && text(nm_connection_get_id(connection.get())) != name) continue;
    named = std::move(connection);
    if (is_it || l2tp_setting(named.get()) != nullptr) break;
  }
  if (!named) return Unexpected{"NetworkManager has no connection " + in_quotes(name) + " that we may see"};
  if (l2tp_setting(named.get()) == nullptr) return Unexpected{in_quotes(name) + " is no L2TP connection"};
  return understood(named.get());
}

}  // namespace l2tp::doctor
