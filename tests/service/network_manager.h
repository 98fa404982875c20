// NetworkManager, as far as its VPN plugins see it: it calls the plugin's methods and listens to its signals.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "service/system/clock.h"
#include "system_bus.h"

namespace l2tp {

// A connection as NetworkManager hands it over (a{sa{sv}}).
struct ConnectionProfile {
  std::string uuid = "2f3ac9a5-1f04-4b40-9b0e-2b2fbb1e9c11";
  std::string user_name;
  std::map<std::string, std::string> data;
  std::map<std::string, std::string> secrets;
  std::string ipv6_method = "auto";

  [[nodiscard]] GVariant* build() const;
};

class NetworkManager {
 public:
  struct Reply {
    bool ok = false;
    std::string error;    // the D-Bus error's name without its prefix ("BadArguments")
    std::string message;  // of the error
    std::string text;     // the answer, if it is one string
    Milliseconds took{};
  };

  NetworkManager(const SystemBus& bus, std::string service_name);
  NetworkManager(const NetworkManager&) = delete;
  NetworkManager& operator=(const NetworkManager&) = delete;
  ~NetworkManager() { vanish(); }

  // Waits until the service owns its name.
  [[nodiscard]] bool sees_service() const;
  // The process that owns the name; 0: nobody.
  [[nodiscard]] int service_pid() const;

  Reply connect(const ConnectionProfile& profile) {
    return call("Connect", g_variant_new("(@a{sa{sv}})", profile.build()));
  }
  Reply connect_interactive(const ConnectionProfile& profile) {
    return call("ConnectInteractive",
                g_variant_new("(@a{sa{sv}}@a{sv})", profile.build(), g_variant_new_parsed("@a{sv} {}")));
  }
  Reply new_secrets(const ConnectionProfile& profile) {
    return call("NewSecrets", g_variant_new("(@a{sa{sv}})", profile.build()));
  }
  Reply need_secrets(const ConnectionProfile& profile) {
    return call("NeedSecrets", g_variant_new("(@a{sa{sv}})", profile.build()));
  }
  Reply disconnect() { return call("Disconnect", nullptr); }
  Reply call(const char* method, GVariant* arguments);

  // The signals so far: "StateChanged starting", "Failure login-failed", "Config", ...
  [[nodiscard]] const std::vector<std::string>& heard() const { return heard_; }
  bool hears(const std::string& signal, Milliseconds patience = Milliseconds{10000}) const;
  [[nodiscard]] std::size_t position(const std::string& signal) const;
  // The last Failure before "StateChanged stopped": the one that NetworkManager keeps.
  [[nodiscard]] std::string kept_failure() const;
  // A value of the last Config, Ip4Config or Ip6Config, in GVariant's text form; "none" if it is not there.
  [[nodiscard]] std::string value(const std::string& signal, const char* key) const;
  // What the last SecretsRequired said, and the secrets that it named, joined by commas.
  [[nodiscard]] const std::string& question() const { return question_; }
  [[nodiscard]] const std::string& asked_for() const { return asked_for_; }
  void forget() { heard_.clear(); }

  // Leaves the bus, as a NetworkManager that is killed does.
  void vanish();

 private:
  static void on_signal(GDBusConnection* connection, const char* sender, const char* path,
                        const char* interface, const char* signal, GVariant* parameters, gpointer self);

  ObjectRef<GDBusConnection> connection_;
  std::string service_;
  guint subscription_ = 0;
  std::vector<std::string> heard_;
  std::map<std::string, VariantPtr> dictionaries_;
  std::string question_;
  std::string asked_for_;
};

}  // namespace l2tp
