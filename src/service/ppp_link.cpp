#include "service/ppp_link.h"

#include <cstring>
#include <utility>

#include "ppp-link-interface.h"

namespace l2tp {

namespace {

constexpr const char* object_path = "/org/freedesktop/NetworkManager/l2tp/PppLink";

GVariant* bytes_variant(std::string_view bytes) {
  return g_variant_new_fixed_array(G_VARIANT_TYPE_BYTE, bytes.data(), bytes.size(), 1);
}

std::vector<Ipv4Address> addresses(GVariant* config, const char* key) {
  std::vector<Ipv4Address> list;
  const VariantPtr array{g_variant_lookup_value(config, key, G_VARIANT_TYPE("au"))};
  if (!array) return list;
  gsize count = 0;
  const auto* values = static_cast<const std::uint32_t*>(
      g_variant_get_fixed_array(array.get(), &count, sizeof(std::uint32_t)));
  for (gsize i = 0; i < count; ++i) list.push_back(Ipv4Address::from_network_order(values[i]));
  return list;
}

bool copy_address6(GVariant* config, const char* key, std::array<std::uint8_t, 16>& address) {
  const VariantPtr array{g_variant_lookup_value(config, key, G_VARIANT_TYPE_BYTESTRING)};
  gsize size = 0;
  const void* bytes = array ? g_variant_get_fixed_array(array.get(), &size, 1) : nullptr;
  if (size != address.size()) return false;
  std::memcpy(address.data(), bytes, size);
  return true;
}

std::pair<bool, std::string> packet_of(GVariant* arguments) {
  const VariantPtr from_us{g_variant_get_child_value(arguments, 0)};
  const VariantPtr array{g_variant_get_child_value(arguments, 1)};
  gsize size = 0;
  const auto* bytes = static_cast<const char*>(g_variant_get_fixed_array(array.get(), &size, 1));
  return {g_variant_get_boolean(from_us.get()) != FALSE, std::string{bytes == nullptr ? "" : bytes, size}};
}

void copy_common(GVariant* config, PppResult& result) {
  const char* interface = nullptr;
  if (g_variant_lookup(config, "interface", "&s", &interface) != FALSE) result.interface = interface;
  g_variant_lookup(config, "mtu", "u", &result.mtu);
}

}  // namespace

Result<std::shared_ptr<PppLink>, std::string> PppLink::listen(const std::string& path, std::string user,
                                                              Secret password) {
  const std::shared_ptr<PppLink> link{new PppLink{std::move(user), std::move(password)}};
  const ObjectRef<GDBusAuthObserver> observer{g_dbus_auth_observer_new()};
  g_signal_connect(observer.get(), "authorize-authenticated-peer", G_CALLBACK(on_authorize), nullptr);
  const CharPtr guid{g_dbus_generate_guid()};
  GError* raw = nullptr;
  link->server_.reset(g_dbus_server_new_sync(("unix:path=" + path).c_str(), G_DBUS_SERVER_FLAGS_NONE,
                                             guid.get(), observer.get(), nullptr, &raw));
  const ErrorPtr error{raw};
  if (!link->server_) return Unexpected{std::string{error->message}};
  link->new_connection_ = SignalHandler{
      link->server_.get(),
      g_signal_connect(link->server_.get(), "new-connection", G_CALLBACK(on_new_connection), link.get())};
  g_dbus_server_start(link->server_.get());
  return link;
}

PppLink::~PppLink() {
  closed_.reset();
  new_connection_.reset();
  if (connection_) {
    if (registration_ != 0) g_dbus_connection_unregister_object(connection_.get(), registration_);
    g_dbus_connection_close(connection_.get(), nullptr, nullptr, nullptr);
  }
  if (server_) g_dbus_server_stop(server_.get());
}

// What a handler does may end this link: nothing of it is touched afterwards.
void PppLink::set_handlers(Handlers handlers) {
  const auto listening = std::make_shared<const Handlers>(std::move(handlers));
  handlers_ = listening;
  for (const auto& event : std::exchange(untold_, {})) event(*listening);
}

void PppLink::tell(const Event& event) {
  if (const auto listening = handlers_)
    event(*listening);
  else
    untold_.push_back(event);
}

// The socket is in a directory that only root can enter; this is the second lock.
gboolean PppLink::on_authorize(GDBusAuthObserver*, GIOStream*, GCredentials* credentials, gpointer) {
  return credentials != nullptr && g_credentials_get_unix_user(credentials, nullptr) == geteuid() ? TRUE
                                                                                                  : FALSE;
}

gboolean PppLink::on_new_connection(GDBusServer*, GDBusConnection* connection, gpointer self) {
  return static_cast<PppLink*>(self)->accept(connection) ? TRUE : FALSE;
}

bool PppLink::accept(GDBusConnection* connection) {
  if (connection_) return false;  // one activation has one pppd

  static const GDBusInterfaceVTable vtable{on_call, nullptr, nullptr, {}};
  connection_ = share(connection);
  registration_ = g_dbus_connection_register_object(
      connection, object_path,
      const_cast<GDBusInterfaceInfo*>(&org_freedesktop_network_manager_l2tp_ppp_link_interface), &vtable,
      this, nullptr, nullptr);
  closed_ = SignalHandler{connection, g_signal_connect(connection, "closed", G_CALLBACK(on_closed), this)};
  if (auto* credentials = g_dbus_connection_get_peer_credentials(connection))
    pid_ = static_cast<int>(g_credentials_get_unix_pid(credentials, nullptr));
  tell([pid = pid_](const Handlers& to) {
    if (to.connected) to.connected(pid);
  });
  return true;
}

void PppLink::on_closed(GDBusConnection*, gboolean, GError*, gpointer self) {
  static_cast<PppLink*>(self)->tell([](const Handlers& to) {
    if (to.closed) to.closed();
  });
}

void PppLink::on_call(GDBusConnection*, const gchar*, const gchar*, const gchar*, const gchar* method,
                      GVariant* parameters, GDBusMethodInvocation* invocation, gpointer self) {
  static_cast<PppLink*>(self)->call(method, parameters, invocation);
}

void PppLink::call(std::string_view method, GVariant* parameters, GDBusMethodInvocation* invocation) {
  if (method == "GetCredentials") {
    GVariant* reply[] = {bytes_variant(user_), bytes_variant(password_.view())};
    g_dbus_method_invocation_return_value(invocation, g_variant_new_tuple(reply, 2));
    password_.wipe();  // one pppd asks once
    return;
  }
  // Answered before it is acted on: what a handler does may end this link.
  const VariantPtr arguments{g_variant_ref(parameters)};
  g_dbus_method_invocation_return_value(invocation, nullptr);

  if (method == "Phase") {
    const char* phase = nullptr;
    g_variant_get(arguments.get(), "(&s)", &phase);
    tell([phase = std::string{phase}](const Handlers& to) {
      if (to.phase) to.phase(phase);
    });
  } else if (method == "Answered") {
    tell([](const Handlers& to) {
      if (to.answered) to.answered();
    });
  } else if (method == "Packet") {
    tell([packet = packet_of(arguments.get())](const Handlers& to) {
      if (to.packet) to.packet(packet.first, packet.second);
    });
  } else if (method == "Ip4Up") {
    const VariantPtr config{g_variant_get_child_value(arguments.get(), 0)};
    take_ip4(config.get());
    const char* ipv6 = "off";
    g_variant_lookup(config.get(), "ipv6", "&s", &ipv6);
    const auto state = strcmp(ipv6, "up") == 0        ? Ipv6::up
                       : strcmp(ipv6, "pending") == 0 ? Ipv6::pending
                                                      : Ipv6::off;
    tell([state](const Handlers& to) {
      if (to.ip4_up) to.ip4_up(state);
    });
  } else if (method == "Ip6Up") {
    const VariantPtr config{g_variant_get_child_value(arguments.get(), 0)};
    take_ip6(config.get());
    tell([](const Handlers& to) {
      if (to.ip6_up) to.ip6_up();
    });
  } else if (method == "Ip6Refused") {
    tell([](const Handlers& to) {
      if (to.ip6_refused) to.ip6_refused();
    });
  } else if (method == "Exiting") {
    std::uint32_t status = 0;
    g_variant_get(arguments.get(), "(u)", &status);
    tell([status](const Handlers& to) {
      if (to.exiting) to.exiting(status);
    });
  }
}

void PppLink::take_ip4(GVariant* config) {
  copy_common(config, result_);
  std::uint32_t value = 0;
  if (g_variant_lookup(config, "address", "u", &value) == FALSE) return;
  result_.address = Ipv4Address::from_network_order(value);
  result_.ipv4 = !result_.address.unspecified();
  if (g_variant_lookup(config, "peer", "u", &value) != FALSE)
    result_.peer = Ipv4Address::from_network_order(value);
  result_.dns = addresses(config, "dns");
  result_.wins = addresses(config, "wins");
}

void PppLink::take_ip6(GVariant* config) {
  copy_common(config, result_);
  result_.ipv6 = copy_address6(config, "address", result_.address6);
  copy_address6(config, "peer", result_.peer6);
}

}  // namespace l2tp
