// The VPN service towards NetworkManager: D-Bus in, D-Bus out, nothing else.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>

#include "core/glib.h"
#include "core/result.h"
#include "libnm/libnm.h"
#include "service/activation.h"
#include "service/attempts.h"
#include "service/connection.h"
#include "service/network_manager.h"
#include "service/system/clock.h"

namespace l2tp {

class Service final : private Connection::Observer, private NetworkManagerSink {
 public:
  struct Options {
    std::string bus_name;
    bool persist = false;  // stay after a disconnect, and when the caller leaves the bus
  };

  // Owns `bus_name` on the system bus and serves it; `quit` is called when the process has nothing more to
  // do. The error is in words.
  static Result<std::unique_ptr<Service>, std::string> create(const Options& options,
                                                              std::function<void()> quit);

  Service(const Service&) = delete;
  Service& operator=(const Service&) = delete;
  ~Service() override;

  // Ends what is active, then quits.
  void shut_down();

 private:
  friend struct PluginClass;
  Service(bool persist, std::function<void()> quit) : persist_(persist), quit_(std::move(quit)) {}

  // NMVpnServicePlugin's virtual functions.
  bool connect(NMConnection* connection, bool interactive, GError** error);
  void new_secrets(NMConnection* connection);
  void disconnect();

  void stage_up(Stage stage, Milliseconds took) override;
  void up(Milliseconds took) override;
  void failing(const Failure& failure) override;
  void ended(const std::optional<Failure>& failure) override;

  void config(VariantPtr config) override;
  void ip4_config(VariantPtr config) override;
  void ip6_config(VariantPtr config) override;

  void begin(Settings settings, Milliseconds timeout);
  bool try_again();
  bool ask_again(const Failure& failure);
  void take_answer(const Profile& answer);
  void give_up();
  void watch_network_manager();
  void quit_if_idle();

  bool persist_;
  std::function<void()> quit_;
  bool quitting_ = false;
  MainLoopClock clock_;
  ObjectRef<NMVpnServicePlugin> plugin_;
  SignalHandler quit_signal_;
  guint network_manager_watch_ = 0;
  bool network_manager_seen_ = false;
  std::unique_ptr<Activation> activation_;
  std::unique_ptr<Connection> connection_;
  std::optional<Failure> failure_;
  std::optional<Attempts> attempts_;        // until one is up, or none is to follow
  std::unique_ptr<Clock::Timer> question_;  // while the user is asked, and until the answer is taken
  std::unique_ptr<Clock::Timer> turn_;
  bool was_up_ = false;  // the activation, before it failed
  Milliseconds stage_began_{};
};

}  // namespace l2tp
