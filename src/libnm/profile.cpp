#include "libnm/profile.h"

#include <cstring>

namespace l2tp {

namespace {

std::string text(const char* value) {
  return value == nullptr ? std::string{} : std::string{value};
}

void take_item(const char* key, const char* value, gpointer profile) {
  static_cast<Profile*>(profile)->data[key] = text(value);
}

void take_secret(const char* key, const char* value, gpointer profile) {
  static_cast<Profile*>(profile)->secrets[key] = Secret{value == nullptr ? "" : value};
}

void take_ipv4(NMSettingIPConfig* ipv4, Profile& profile) {
  const auto method = text(nm_setting_ip_config_get_method(ipv4));
  profile.ipv4_enabled = method != NM_SETTING_IP4_CONFIG_METHOD_DISABLED;
  profile.ipv4_never_default = nm_setting_ip_config_get_never_default(ipv4) != FALSE;
  profile.ipv4_ignore_auto_dns = nm_setting_ip_config_get_ignore_auto_dns(ipv4) != FALSE;
  if (method != NM_SETTING_IP4_CONFIG_METHOD_MANUAL) return;
  for (guint i = 0; i < nm_setting_ip_config_get_num_addresses(ipv4); ++i)
    profile.ipv4_addresses.push_back(
        text(nm_ip_address_get_address(nm_setting_ip_config_get_address(ipv4, static_cast<int>(i)))));
  profile.ipv4_gateway = text(nm_setting_ip_config_get_gateway(ipv4));
}

void take_ipv6(NMSettingIPConfig* ipv6, Profile& profile) {
  const auto method = text(nm_setting_ip_config_get_method(ipv6));
  profile.ipv6_enabled =
      method != NM_SETTING_IP6_CONFIG_METHOD_IGNORE && method != NM_SETTING_IP6_CONFIG_METHOD_DISABLED;
  profile.ipv6_never_default = nm_setting_ip_config_get_never_default(ipv6) != FALSE;
}

// A profile of several users has no one whose files are meant; the first one it is, as in
// NetworkManager-l2tp.
void take_owner(NMSettingConnection* connection, Profile& profile) {
  for (guint i = 0; i < nm_setting_connection_get_num_permissions(connection) && profile.owner.empty(); ++i) {
    const char* type = nullptr;
    const char* name = nullptr;
    nm_setting_connection_get_permission(connection, i, &type, &name, nullptr);
    if (text(type) == "user") profile.owner = text(name);
  }
}

}  // namespace

NMSettingVpn* l2tp_setting(NMConnection* connection) {
  auto* vpn = nm_connection_get_setting_vpn(connection);
  return vpn != nullptr && text(nm_setting_vpn_get_service_type(vpn)) == service_type ? vpn : nullptr;
}

Profile profile_of(NMConnection* connection) {
  Profile profile;
  profile.uuid = text(nm_connection_get_uuid(connection));
  profile.name = text(nm_connection_get_id(connection));
  if (auto* setting = nm_connection_get_setting_connection(connection)) take_owner(setting, profile);
  if (auto* vpn = nm_connection_get_setting_vpn(connection)) {
    profile.vpn_user_name = text(nm_setting_vpn_get_user_name(vpn));
    profile.timeout = nm_setting_vpn_get_timeout(vpn);
    nm_setting_vpn_foreach_data_item(vpn, take_item, &profile);
    nm_setting_vpn_foreach_secret(vpn, take_secret, &profile);
  }
  if (auto* ipv4 = nm_connection_get_setting_ip4_config(connection)) take_ipv4(ipv4, profile);
  if (auto* ipv6 = nm_connection_get_setting_ip6_config(connection)) take_ipv6(ipv6, profile);
  return profile;
}

}  // namespace l2tp
