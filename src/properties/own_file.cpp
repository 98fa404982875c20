#include "properties/own_file.h"

#include <algorithm>
#include <cstring>
#include <optional>

#include "core/settings.h"
#include "core/wording.h"
#include "core/words.h"
#include "libnm/profile.h"

namespace l2tp {

Route route_of(const std::string& line, int family) {
  const Strings words{g_strsplit(line.c_str(), " ", -1)};
  const auto word = [&words](std::size_t index) {
    return index < g_strv_length(words.get()) ? std::string{words.get()[index]} : std::string{};
  };
  const auto network = word(0);
  const auto slash = network.find('/');
  if (slash == std::string::npos) return nullptr;
  guint64 prefix = 0, metric = 0;
  const guint64 widest = family == AF_INET ? 32 : 128;
  if (g_ascii_string_to_unsigned(network.c_str() + slash + 1, 10, 0, widest, &prefix, nullptr) == FALSE)
    return nullptr;
  std::optional<std::string> hop;
  gint64 given_metric = -1;
  for (std::size_t at = 1; !word(at).empty(); at += 2) {
    if (word(at) == "via" && !word(at + 1).empty()) {
      hop = word(at + 1);
    } else if (word(at) == "metric" && g_ascii_string_to_unsigned(word(at + 1).c_str(), 10, 0, G_MAXUINT32,
                                                                  &metric, nullptr) != FALSE) {
      // The established plugin wrote "none" (-1) as an unsigned number of 32 bits.
      given_metric = metric == G_MAXUINT32 ? -1 : static_cast<gint64>(metric);
    } else {
      return nullptr;
    }
  }
  return Route{nm_ip_route_new(family, network.substr(0, slash).c_str(), static_cast<guint>(prefix),
                               hop ? hop->c_str() : nullptr, given_metric, nullptr)};
}

namespace {

struct FreeKeyFile {
  void operator()(GKeyFile* file) const { g_key_file_unref(file); }
};
using KeyFile = std::unique_ptr<GKeyFile, FreeKeyFile>;

struct UnrefAddress {
  void operator()(NMIPAddress* address) const { nm_ip_address_unref(address); }
};
using Address = std::unique_ptr<NMIPAddress, UnrefAddress>;

std::string text(const char* value) {
  return value == nullptr ? std::string{} : std::string{value};
}

bool is_boolean(std::string_view name) {
  const auto* key = find_key(name);
  return key != nullptr && key->kind == KeyKind::boolean;
}

// --- writing
// ---------------------------------------------------------------------------------------------------

// A secret in the old form, among vpn.data: it goes where secrets go.
bool is_secret(std::string_view name) {
  const auto* key = find_key(name);
  return key != nullptr && key->secret;
}

void write_item(const char* name, const char* value, gpointer file) {
  auto* key_file = static_cast<GKeyFile*>(file);
  if (is_secret(name)) return;
  const auto word = text(value);
  if (is_boolean(name) && (word == "yes" || word == "no"))
    g_key_file_set_boolean(key_file, "vpn", name, word == "yes" ? TRUE : FALSE);
  else
    g_key_file_set_string(key_file, "vpn", name, word.c_str());
}

void write_secret(const char* name, const char* value, gpointer file) {
  g_key_file_set_string(static_cast<GKeyFile*>(file), "vpn-secrets", name, value);
}

void write_old_secret(const char* name, const char* value, gpointer file) {
  auto* key_file = static_cast<GKeyFile*>(file);
  if (is_secret(name) && g_key_file_has_key(key_file, "vpn-secrets", name, nullptr) == FALSE)
    g_key_file_set_string(key_file, "vpn-secrets", name, value);
}

void write_list(GKeyFile* file, const char* group, const char* name, const std::vector<std::string>& values) {
  if (values.empty()) return;
  std::vector<const char*> list;
  list.reserve(values.size());
  for (const auto& value : values) list.push_back(value.c_str());
  g_key_file_set_string_list(file, group, name, list.data(), list.size());
}

std::string route_text(NMIPRoute* route) {
  auto line = text(nm_ip_route_get_dest(route)) + "/" + std::to_string(nm_ip_route_get_prefix(route));
  if (const auto* hop = nm_ip_route_get_next_hop(route); hop != nullptr) line += " via " + text(hop);
  if (const auto metric = nm_ip_route_get_metric(route); metric >= 0)
    line += " metric " + std::to_string(metric);
  return line;
}

void write_ip(GKeyFile* file, const char* group, NMSettingIPConfig* ip) {
  g_key_file_set_string(file, group, "method", nm_setting_ip_config_get_method(ip));
  std::vector<std::string> addresses, dns, search, routes;
  for (guint i = 0; i < nm_setting_ip_config_get_num_addresses(ip); ++i) {
    auto* address = nm_setting_ip_config_get_address(ip, static_cast<int>(i));
    addresses.push_back(text(nm_ip_address_get_address(address)) + "/" +
                        std::to_string(nm_ip_address_get_prefix(address)));
  }
  for (guint i = 0; i < nm_setting_ip_config_get_num_dns(ip); ++i)
    dns.push_back(text(nm_setting_ip_config_get_dns(ip, static_cast<int>(i))));
  for (guint i = 0; i < nm_setting_ip_config_get_num_dns_searches(ip); ++i)
    search.push_back(text(nm_setting_ip_config_get_dns_search(ip, static_cast<int>(i))));
  for (guint i = 0; i < nm_setting_ip_config_get_num_routes(ip); ++i)
    routes.push_back(route_text(nm_setting_ip_config_get_route(ip, static_cast<int>(i))));
  write_list(file, group, "addresses", addresses);
  if (const auto* gateway = nm_setting_ip_config_get_gateway(ip); gateway != nullptr)
    g_key_file_set_string(file, group, "gateway", gateway);
  write_list(file, group, "dns", dns);
  write_list(file, group, "dns-search", search);
  write_list(file, group, "routes", routes);
  g_key_file_set_boolean(file, group, "ignore-auto-routes", nm_setting_ip_config_get_ignore_auto_routes(ip));
  g_key_file_set_boolean(file, group, "ignore-auto-dns", nm_setting_ip_config_get_ignore_auto_dns(ip));
  if (NM_IS_SETTING_IP4_CONFIG(ip)) {
    gboolean sends_hostname = TRUE;  // by its name: libnm 1.52 deprecates the function
    g_object_get(ip, NM_SETTING_IP_CONFIG_DHCP_SEND_HOSTNAME, &sends_hostname, nullptr);
    g_key_file_set_boolean(file, group, "dhcp-send-hostname", sends_hostname);
  }
  g_key_file_set_boolean(file, group, "never-default", nm_setting_ip_config_get_never_default(ip));
  g_key_file_set_boolean(file, group, "may-fail", nm_setting_ip_config_get_may_fail(ip));
}

// --- reading
// ---------------------------------------------------------------------------------------------------

std::optional<std::string> value_of(GKeyFile* file, const char* group, const char* name) {
  const CharPtr value{g_key_file_get_string(file, group, name, nullptr)};
  if (!value) return std::nullopt;
  return std::string{value.get()};
}

std::vector<std::string> list_of(GKeyFile* file, const char* group, const char* name) {
  std::vector<std::string> list;
  const Strings values{g_key_file_get_string_list(file, group, name, nullptr, nullptr)};
  for (char** value = values.get(); value != nullptr && *value != nullptr; ++value) {
    if (**value != '\0') list.emplace_back(*value);
  }
  return list;
}

bool is_true(GKeyFile* file, const char* group, const char* name, bool fallback = false) {
  const auto value = value_of(file, group, name);
  if (value == "true" || value == "yes" || value == "1") return true;
  if (value == "false" || value == "no" || value == "0") return false;
  return fallback;
}

// Importing and reading vary in the names of these groups, by version of the established plugin.
const char* ip_group(GKeyFile* file, bool ipv6) {
  for (const auto* name : {ipv6 ? "ip6" : "ip4", ipv6 ? "ipv6" : "ipv4"}) {
    if (g_key_file_has_group(file, name) != FALSE) return name;
  }
  return nullptr;
}

Address address_of(const std::string& line, int family) {
  const auto slash = line.find('/');
  guint64 prefix = 0;
  if (slash == std::string::npos ||
      g_ascii_string_to_unsigned(line.c_str() + slash + 1, 10, 1, family == AF_INET ? 32 : 128, &prefix,
                                 nullptr) == FALSE)
    return nullptr;
  return Address{
      nm_ip_address_new(family, line.substr(0, slash).c_str(), static_cast<guint>(prefix), nullptr)};
}

using Wrong = std::optional<std::string>;

Wrong read_ip(GKeyFile* file, const char* group, NMSettingIPConfig* ip, int family) {
  const auto method = value_of(file, group, "method");
  if (!method) return fill(_("The file's group [{0}] has no method."), {group});
  g_object_set(ip, NM_SETTING_IP_CONFIG_METHOD, method->c_str(), NM_SETTING_IP_CONFIG_IGNORE_AUTO_ROUTES,
               is_true(file, group, "ignore-auto-routes") ? TRUE : FALSE,
               NM_SETTING_IP_CONFIG_IGNORE_AUTO_DNS, is_true(file, group, "ignore-auto-dns") ? TRUE : FALSE,
               NM_SETTING_IP_CONFIG_NEVER_DEFAULT, is_true(file, group, "never-default") ? TRUE : FALSE,
               NM_SETTING_IP_CONFIG_MAY_FAIL, is_true(file, group, "may-fail", true) ? TRUE : FALSE,
               NM_SETTING_IP_CONFIG_DHCP_SEND_HOSTNAME,
               is_true(file, group, "dhcp-send-hostname", true) ? TRUE : FALSE, nullptr);
  for (const auto& line : list_of(file, group, "addresses")) {
    const auto address = address_of(line, family);
    if (!address) return fill(_("{0} is no address with a prefix."), {in_quotes(line)});
    nm_setting_ip_config_add_address(ip, address.get());
  }
  if (const auto gateway = value_of(file, group, "gateway")) {
    if (nm_utils_ipaddr_valid(family, gateway->c_str()) == FALSE)
      return fill(_("{0} is no gateway."), {in_quotes(*gateway)});
    g_object_set(ip, NM_SETTING_IP_CONFIG_GATEWAY, gateway->c_str(), nullptr);
  }
  for (const auto& server : list_of(file, group, "dns")) {
    if (nm_utils_ipaddr_valid(family, server.c_str()) == FALSE)
      return fill(_("{0} is no DNS server."), {in_quotes(server)});
    nm_setting_ip_config_add_dns(ip, server.c_str());
  }
  for (const auto& domain : list_of(file, group, "dns-search"))
    nm_setting_ip_config_add_dns_search(ip, domain.c_str());
  for (const auto& line : list_of(file, group, "routes")) {
    const auto route = route_of(line, family);
    if (!route) return fill(_("{0} is no route."), {in_quotes(line)});
    nm_setting_ip_config_add_route(ip, route.get());
  }
  return std::nullopt;
}

constexpr const char* of_the_setting[] = {"user-name", "persistent", "timeout"};

void read_vpn(GKeyFile* file, NMSettingVpn* vpn, std::vector<std::string>& notes) {
  g_object_set(vpn, NM_SETTING_VPN_SERVICE_TYPE, service_type, nullptr);
  const Strings names{g_key_file_get_keys(file, "vpn", nullptr, nullptr)};
  for (char** name = names.get(); name != nullptr && *name != nullptr; ++name) {
    const std::string key{*name};
    if (std::find(std::begin(of_the_setting), std::end(of_the_setting), key) != std::end(of_the_setting))
      continue;
    if (find_key(key) == nullptr) {
      notes.push_back(fill(_("The key {0} is not known, and was left out."), {in_quotes(key)}));
      continue;
    }
    auto value = value_of(file, "vpn", *name).value_or("");
    // What is neither stays as it is, to be refused by name: no word may turn encryption off unseen.
    if (is_boolean(key) && (value == "true" || value == "1")) value = "yes";
    if (is_boolean(key) && (value == "false" || value == "0")) value = "no";
    if (is_secret(key))
      nm_setting_vpn_add_secret(vpn, *name, value.c_str());
    else
      nm_setting_vpn_add_data_item(vpn, *name, value.c_str());
  }
  if (const auto user = value_of(file, "vpn", "user-name"))
    g_object_set(vpn, NM_SETTING_VPN_USER_NAME, user->c_str(), nullptr);
  if (is_true(file, "vpn", "persistent")) g_object_set(vpn, NM_SETTING_VPN_PERSISTENT, TRUE, nullptr);
  guint64 timeout = 0;
  if (const auto given = value_of(file, "vpn", "timeout");
      given && g_ascii_string_to_unsigned(given->c_str(), 10, 0, G_MAXUINT32, &timeout, nullptr) != FALSE)
    g_object_set(vpn, NM_SETTING_VPN_TIMEOUT, static_cast<guint>(timeout), nullptr);

  const Strings secrets{g_key_file_get_keys(file, "vpn-secrets", nullptr, nullptr)};
  for (char** name = secrets.get(); name != nullptr && *name != nullptr; ++name) {
    const auto* key = find_key(*name);
    if (key != nullptr && key->secret)
      nm_setting_vpn_add_secret(vpn, *name, value_of(file, "vpn-secrets", *name).value_or("").c_str());
  }
}

KeyFile parsed(std::string_view content, std::string& why) {
  GError* raw = nullptr;
  KeyFile file{g_key_file_new()};
  const bool loaded =
      g_key_file_load_from_data(file.get(), content.data(), content.size(), G_KEY_FILE_NONE, &raw) != FALSE;
  const ErrorPtr error{raw};
  if (loaded) return file;
  why = harmless(error->message);  // it quotes the file
  return nullptr;
}

}  // namespace

std::string own_file_of(NMConnection* connection, bool with_secrets) {
  const KeyFile file{g_key_file_new()};
  g_key_file_set_comment(file.get(), nullptr, nullptr, service_type, nullptr);
  g_key_file_set_string(file.get(), "connection", "id", text(nm_connection_get_id(connection)).c_str());
  if (auto* vpn = nm_connection_get_setting_vpn(connection); vpn != nullptr) {
    nm_setting_vpn_foreach_data_item(vpn, write_item, file.get());
    if (const auto* user = nm_setting_vpn_get_user_name(vpn); user != nullptr)
      g_key_file_set_string(file.get(), "vpn", "user-name", user);
    if (nm_setting_vpn_get_persistent(vpn) != FALSE)
      g_key_file_set_boolean(file.get(), "vpn", "persistent", TRUE);
    if (const auto timeout = nm_setting_vpn_get_timeout(vpn); timeout != 0)
      g_key_file_set_uint64(file.get(), "vpn", "timeout", timeout);
    if (with_secrets) {
      nm_setting_vpn_foreach_secret(vpn, write_secret, file.get());
      nm_setting_vpn_foreach_data_item(vpn, write_old_secret, file.get());
    }
  }
  if (auto* ipv4 = nm_connection_get_setting_ip4_config(connection); ipv4 != nullptr)
    write_ip(file.get(), "ip4", ipv4);
  if (auto* ipv6 = nm_connection_get_setting_ip6_config(connection); ipv6 != nullptr)
    write_ip(file.get(), "ip6", ipv6);
  gsize length = 0;
  const CharPtr content{g_key_file_to_data(file.get(), &length, nullptr)};
  return {content.get(), length};
}

bool looks_like_own_file(std::string_view content) {
  std::string ignored;
  const auto file = parsed(content, ignored);
  return file && g_key_file_has_group(file.get(), "vpn") != FALSE &&
         g_key_file_has_group(file.get(), "connection") != FALSE &&
         g_key_file_has_key(file.get(), "vpn", "gateway", nullptr) != FALSE;
}

Result<OwnFile, std::string> read_own_file(std::string_view content) {
  if (g_utf8_validate(content.data(), static_cast<gssize>(content.size()), nullptr) == FALSE)
    return Unexpected{std::string{_("The file cannot be read: it is no text in UTF-8.")}};
  std::string why;
  const auto file = parsed(content, why);
  if (!file) return Unexpected{fill(_("The file cannot be read: {0}"), {why})};

  OwnFile read;
  read.connection.reset(nm_simple_connection_new());
  auto* connection = read.connection.get();
  auto* general = nm_setting_connection_new();
  g_object_set(general, NM_SETTING_CONNECTION_ID,
               value_of(file.get(), "connection", "id").value_or("").c_str(), NM_SETTING_CONNECTION_TYPE,
               NM_SETTING_VPN_SETTING_NAME, nullptr);
  nm_connection_add_setting(connection, general);
  auto* vpn = nm_setting_vpn_new();
  nm_connection_add_setting(connection, vpn);
  read_vpn(file.get(), NM_SETTING_VPN(vpn), read.notes);

  for (const bool ipv6 : {false, true}) {
    auto* setting = ipv6 ? nm_setting_ip6_config_new() : nm_setting_ip4_config_new();
    nm_connection_add_setting(connection, setting);
    if (const auto* group = ip_group(file.get(), ipv6)) {
      if (auto wrong = read_ip(file.get(), group, NM_SETTING_IP_CONFIG(setting), ipv6 ? AF_INET6 : AF_INET))
        return Unexpected{*wrong};
    } else {
      g_object_set(setting, NM_SETTING_IP_CONFIG_METHOD, "auto", nullptr);
    }
  }
  return read;
}

}  // namespace l2tp
