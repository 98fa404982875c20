#include "network_manager.h"

#include <algorithm>

#include "fakes/main_loop.h"

namespace l2tp {

namespace {

constexpr const char* path = "/org/freedesktop/NetworkManager/VPN/Plugin";
constexpr const char* interface = "org.freedesktop.NetworkManager.VPN.Plugin";
constexpr std::string_view error_prefix = "org.freedesktop.NetworkManager.VPN.Error.";

GVariant* strings(const std::map<std::string, std::string>& map) {
  GVariantBuilder builder;
  g_variant_builder_init(&builder, G_VARIANT_TYPE("a{ss}"));
  for (const auto& [key, value] : map) g_variant_builder_add(&builder, "{ss}", key.c_str(), value.c_str());
  return g_variant_builder_end(&builder);
}

GVariant* ip(const std::string& method) {
  GVariantBuilder builder;
  g_variant_builder_init(&builder, G_VARIANT_TYPE_VARDICT);
  g_variant_builder_add(&builder, "{sv}", "method", g_variant_new_string(method.c_str()));
  return g_variant_builder_end(&builder);
}

// NMVpnServiceState
std::string state_name(guint32 state) {
  static constexpr const char* names[] = {"unknown", "init",     "shutdown", "starting",
                                          "started", "stopping", "stopped"};
  return state < std::size(names) ? names[state] : "?";
}

// NMVpnPluginFailure
std::string failure_name(guint32 failure) {
  static constexpr const char* names[] = {"login-failed", "connect-failed", "bad-ip-config"};
  return failure < std::size(names) ? names[failure] : "?";
}

}  // namespace

GVariant* ConnectionProfile::build() const {
  GVariantBuilder connection;
  g_variant_builder_init(&connection, G_VARIANT_TYPE_VARDICT);
  g_variant_builder_add(&connection, "{sv}", "id", g_variant_new_string("office"));
  g_variant_builder_add(&connection, "{sv}", "uuid", g_variant_new_string(uuid.c_str()));
  g_variant_builder_add(&connection, "{sv}", "type", g_variant_new_string("vpn"));

  GVariantBuilder vpn;
  g_variant_builder_init(&vpn, G_VARIANT_TYPE_VARDICT);
  g_variant_builder_add(&vpn, "{sv}", "service-type",
                        g_variant_new_string("org.freedesktop.NetworkManager.l2tp"));
  if (!user_name.empty())
    g_variant_builder_add(&vpn, "{sv}", "user-name", g_variant_new_string(user_name.c_str()));
  g_variant_builder_add(&vpn, "{sv}", "data", strings(data));
  g_variant_builder_add(&vpn, "{sv}", "secrets", strings(secrets));

  GVariantBuilder whole;
  g_variant_builder_init(&whole, G_VARIANT_TYPE("a{sa{sv}}"));
  g_variant_builder_add(&whole, "{s@a{sv}}", "connection", g_variant_builder_end(&connection));
  g_variant_builder_add(&whole, "{s@a{sv}}", "vpn", g_variant_builder_end(&vpn));
  g_variant_builder_add(&whole, "{s@a{sv}}", "ipv4", ip("auto"));
  g_variant_builder_add(&whole, "{s@a{sv}}", "ipv6", ip(ipv6_method));
  return g_variant_builder_end(&whole);
}

NetworkManager::NetworkManager(const SystemBus& bus, std::string service_name)
    : connection_(bus.connect()), service_(std::move(service_name)) {
  const VariantPtr answer{g_dbus_connection_call_sync(
      connection_.get(), "org.freedesktop.DBus", "/org/freedesktop/DBus", "org.freedesktop.DBus",
      "RequestName", g_variant_new("(su)", "org.freedesktop.NetworkManager", 4U /* do not queue */), nullptr,
      G_DBUS_CALL_FLAGS_NONE, -1, nullptr, nullptr)};
  subscription_ =
      g_dbus_connection_signal_subscribe(connection_.get(), service_.c_str(), interface, nullptr, path,
                                         nullptr, G_DBUS_SIGNAL_FLAGS_NONE, on_signal, this, nullptr);
}

void NetworkManager::vanish() {
  if (!connection_) return;
  g_dbus_connection_signal_unsubscribe(connection_.get(), subscription_);
  g_dbus_connection_close_sync(connection_.get(), nullptr, nullptr);
  connection_.reset();
}

int NetworkManager::service_pid() const {
  const VariantPtr answer{g_dbus_connection_call_sync(
      connection_.get(), "org.freedesktop.DBus", "/org/freedesktop/DBus", "org.freedesktop.DBus",
      "GetConnectionUnixProcessID", g_variant_new("(s)", service_.c_str()), nullptr, G_DBUS_CALL_FLAGS_NONE,
      -1, nullptr, nullptr)};
  guint32 pid = 0;
  if (answer) g_variant_get(answer.get(), "(u)", &pid);
  return static_cast<int>(pid);
}

bool NetworkManager::sees_service() const {
  return run_until([this] { return service_pid() != 0; });
}

NetworkManager::Reply NetworkManager::call(const char* method, GVariant* arguments) {
  struct Answer {
    VariantPtr value;
    ErrorPtr error;
    bool there = false;
  } answer;
  const auto on_answer = [](GObject* source, GAsyncResult* result, gpointer data) {
    auto* to = static_cast<Answer*>(data);
    GError* error = nullptr;
    to->value.reset(g_dbus_connection_call_finish(G_DBUS_CONNECTION(source), result, &error));
    to->error.reset(error);
    to->there = true;
  };
  const MainLoopClock clock;
  const auto asked = clock.now();
  // NetworkManager gives every call 10 s.
  g_dbus_connection_call(connection_.get(), service_.c_str(), path, interface, method, arguments, nullptr,
                         G_DBUS_CALL_FLAGS_NONE, 10000, nullptr, on_answer, &answer);
  run_until([&answer] { return answer.there; }, Milliseconds{11000});

  Reply reply;
  reply.took = clock.now() - asked;
  reply.ok = answer.value != nullptr;
  if (answer.value && g_variant_is_of_type(answer.value.get(), G_VARIANT_TYPE("(s)"))) {
    const char* text = nullptr;
    g_variant_get(answer.value.get(), "(&s)", &text);
    reply.text = text;
  }
  if (answer.error) {
    const CharPtr name{g_dbus_error_get_remote_error(answer.error.get())};
    reply.error = name ? name.get() : "";
    if (reply.error.starts_with(error_prefix)) reply.error.erase(0, error_prefix.size());
    g_dbus_error_strip_remote_error(answer.error.get());
    reply.message = answer.error->message;
  }
  return reply;
}

bool NetworkManager::hears(const std::string& signal, Milliseconds patience) const {
  return run_until([this, &signal] { return position(signal) < heard_.size(); }, patience);
}

std::size_t NetworkManager::position(const std::string& signal) const {
  return static_cast<std::size_t>(std::find(heard_.begin(), heard_.end(), signal) - heard_.begin());
}

std::string NetworkManager::kept_failure() const {
  std::string kept = "none";
  for (const auto& signal : heard_) {
    if (signal == "StateChanged stopped") break;
    if (signal.starts_with("Failure ")) kept = signal.substr(8);
  }
  return kept;
}

std::string NetworkManager::value(const std::string& signal, const char* key) const {
  const auto found = dictionaries_.find(signal);
  if (found == dictionaries_.end()) return "no such signal";
  const VariantPtr value{g_variant_lookup_value(found->second.get(), key, nullptr)};
  if (!value) return "none";
  const CharPtr text{g_variant_print(value.get(), TRUE)};
  return text.get();
}

void NetworkManager::on_signal(GDBusConnection*, const char*, const char*, const char*, const char* signal,
                               GVariant* parameters, gpointer self) {
  auto* manager = static_cast<NetworkManager*>(self);
  const std::string name = signal;
  guint32 number = 0;
  if (g_variant_is_of_type(parameters, G_VARIANT_TYPE("(u)"))) g_variant_get(parameters, "(u)", &number);
  if (name == "StateChanged") {
    manager->heard_.push_back(name + " " + state_name(number));
  } else if (name == "Failure") {
    manager->heard_.push_back(name + " " + failure_name(number));
  } else {
    manager->heard_.push_back(name);
  }
  if (g_variant_is_of_type(parameters, G_VARIANT_TYPE("(sas)"))) {
    const char* message = nullptr;
    char** secrets = nullptr;
    g_variant_get(parameters, "(&s^as)", &message, &secrets);
    const CharPtr names{g_strjoinv(",", secrets)};
    g_strfreev(secrets);
    manager->question_ = message;
    manager->asked_for_ = names.get();
  }
  if (g_variant_is_of_type(parameters, G_VARIANT_TYPE("(a{sv})")))
    manager->dictionaries_[name].reset(g_variant_get_child_value(parameters, 0));
}

}  // namespace l2tp
