#include "properties/import_file.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <optional>

#include "core/settings.h"
#include "core/wording.h"
#include "core/words.h"
#include "import/import.h"
#include "libnm/profile.h"

namespace l2tp {

namespace {

// The error is a sentence.
Result<std::string, std::string> content_of(const std::string& path) {
  const auto why = [&path](const char* reason) {
    // Translators: {0} is the file's path, {1} why it cannot be read, as the system says it.
    return Unexpected{fill(_("{0} cannot be read: {1}."), {path, reason})};
  };
  // Not blocked by a FIFO that somebody chose.
  const int fd = open(path.c_str(), O_RDONLY | O_NONBLOCK | O_CLOEXEC | O_NOCTTY);
  if (fd < 0) return why(std::strerror(errno));
  std::string content;
  struct stat status {};
  const char* trouble = nullptr;
  if (fstat(fd, &status) != 0)
    trouble = std::strerror(errno);
  else if (!S_ISREG(status.st_mode))
    trouble = _("it is no regular file");
  std::array<char, 65536> chunk{};
  while (trouble == nullptr && content.size() <= import::largest_file) {
    const auto got = read(fd, chunk.data(), chunk.size());
    if (got < 0) trouble = std::strerror(errno);
    if (got <= 0) break;
    content.append(chunk.data(), static_cast<std::size_t>(got));
  }
  close(fd);
  if (trouble != nullptr) return why(trouble);
  if (content.size() > import::largest_file) return why(_("it is too large for a VPN connection"));
  return content;
}

std::string base_name(const std::string& path) {
  const auto start = path.rfind('/') + 1;
  const auto name = path.substr(start);
  return name.substr(0, std::max<std::size_t>(name.rfind('.'), 1));
}

void add_ip(NMConnection* connection, const import::Imported& imported, bool ipv6) {
  auto* setting = ipv6 ? nm_setting_ip6_config_new() : nm_setting_ip4_config_new();
  nm_connection_add_setting(connection, setting);
  auto* ip = NM_SETTING_IP_CONFIG(setting);
  const int family = ipv6 ? AF_INET6 : AF_INET;
  g_object_set(setting, NM_SETTING_IP_CONFIG_METHOD, "auto", NM_SETTING_IP_CONFIG_NEVER_DEFAULT,
               imported.never_default ? TRUE : FALSE, nullptr);
  for (const auto& server : imported.dns) {
    if (nm_utils_ipaddr_valid(family, server.c_str()) != FALSE)
      nm_setting_ip_config_add_dns(ip, server.c_str());
  }
  if (!ipv6) {
    for (const auto& domain : imported.dns_search) nm_setting_ip_config_add_dns_search(ip, domain.c_str());
  }
  for (const auto& line : imported.routes) {
    if (const auto route = route_of(line, family)) nm_setting_ip_config_add_route(ip, route.get());
  }
}

// A pre-shared key as a profile holds it: text, or "0s" and base64 for bytes that are none, or that would be
// taken for that form.
std::string spelt(std::string_view key) {
  const bool is_text = std::none_of(key.begin(), key.end(),
                                    [](char letter) {
                                      const auto byte = static_cast<unsigned char>(letter);
                                      return byte < 0x20 || byte == 0x7f;
                                    }) &&
                       g_utf8_validate(key.data(), static_cast<gssize>(key.size()), nullptr) != FALSE;
  if (is_text && !key.starts_with("0s")) return std::string{key};
  const CharPtr base64{g_base64_encode(reinterpret_cast<const guchar*>(key.data()), key.size())};
  return "0s" + std::string{base64.get()};
}

bool is_address(const std::string& text) {
  return nm_utils_ipaddr_valid(AF_INET, text.c_str()) != FALSE ||
         nm_utils_ipaddr_valid(AF_INET6, text.c_str()) != FALSE;
}

OwnFile connection_of(import::Imported imported) {
  OwnFile result;
  result.notes = std::move(imported.notes);
  for (const auto& server : imported.dns)
    if (!is_address(server))
      result.notes.push_back(fill(_("The DNS server {0} is no address."), {in_quotes(server)}));
  for (const auto& route : imported.routes)
    if (!route_of(route, AF_INET) && !route_of(route, AF_INET6))
      result.notes.push_back(fill(_("The route {0} is no network, and was left out."), {in_quotes(route)}));
  result.connection.reset(nm_simple_connection_new());
  auto* connection = result.connection.get();
  auto* general = nm_setting_connection_new();
  g_object_set(general, NM_SETTING_CONNECTION_ID, imported.name.c_str(), NM_SETTING_CONNECTION_TYPE,
               NM_SETTING_VPN_SETTING_NAME, nullptr);
  nm_connection_add_setting(connection, general);
  auto* vpn = nm_setting_vpn_new();
  g_object_set(vpn, NM_SETTING_VPN_SERVICE_TYPE, service_type, nullptr);
  for (const auto& [key, value] : imported.data) {
    if (!value.empty()) nm_setting_vpn_add_data_item(NM_SETTING_VPN(vpn), key.c_str(), value.c_str());
  }
  for (const auto& [key, secret] : imported.secrets) {
    const auto text = key == "ipsec-psk" ? spelt(secret.view()) : std::string{secret.view()};
    nm_setting_vpn_add_secret(NM_SETTING_VPN(vpn), key.c_str(), text.c_str());
  }
  nm_connection_add_setting(connection, vpn);
  add_ip(connection, imported, false);
  add_ip(connection, imported, true);
  return result;
}

// What connecting would say of the values; a secret that is missing is none of it.
std::optional<std::string> complaint_about(NMConnection* connection) {
  auto profile = profile_of(connection);
  if (profile.uuid.empty()) profile.uuid = "00000000-0000-4000-8000-000000000000";
  const auto settings = parse_settings(profile);
  if (settings || settings.error().kind->id == "settings-missing") return std::nullopt;
  return translated_sentence(settings.error());
}

}  // namespace

Result<OwnFile, std::string> import_file(const std::string& path) {
  const auto content = content_of(path);
  if (!content) return Unexpected{content.error()};
  const auto read_beside = [&path](const std::string& name) -> std::optional<std::string> {
    const bool absolute = name.starts_with("/");
    auto beside = content_of(absolute ? name : path.substr(0, path.rfind('/') + 1) + name);
    if (!beside) return std::nullopt;
    return std::move(beside.value());
  };

  OwnFile result;
  if (looks_like_own_file(content.value())) {
    auto own = read_own_file(content.value());
    if (!own) return own;
    result = std::move(own.value());
  } else {
    auto foreign = import::import_foreign(content.value(), read_beside);
    if (!foreign) return Unexpected{foreign.error()};
    result = connection_of(std::move(foreign.value()));
  }
  if (auto wrong = complaint_about(result.connection.get())) return Unexpected{*wrong};
  auto* general = nm_connection_get_setting_connection(result.connection.get());
  const auto* id = nm_setting_connection_get_id(general);
  if (id == nullptr || *id == '\0')
    g_object_set(general, NM_SETTING_CONNECTION_ID, base_name(path).c_str(), nullptr);
  return result;
}

}  // namespace l2tp
