// The service's end of the private socket to pppd's plugin: one connection, from the one pppd of this
// activation.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/glib.h"
#include "core/result.h"
#include "core/secret.h"
#include "service/activation.h"

namespace l2tp {

class PppLink {
 public:
  // Whether IPv6CP is worth waiting for once IPCP is up.
  enum class Ipv6 { off, pending, up };

  struct Handlers {
    std::function<void(int pid)> connected;
    std::function<void(std::string_view phase)> phase;
    std::function<void()> answered;  // the server has received something of ours
    std::function<void(bool from_us, std::string_view packet)> packet;  // from its protocol's number on
    std::function<void(Ipv6)> ip4_up;  // `result()` holds what was negotiated
    std::function<void()> ip6_up;      // likewise
    std::function<void()> ip6_refused;
    std::function<void(std::uint32_t status)> exiting;
    std::function<void()> closed;
  };

  // Listens at `path`. The error is in words.
  static Result<std::shared_ptr<PppLink>, std::string> listen(const std::string& path, std::string user,
                                                              Secret password);

  PppLink(const PppLink&) = delete;
  PppLink& operator=(const PppLink&) = delete;
  ~PppLink();

  // What happened before the handlers are set is told at once.
  void set_handlers(Handlers handlers);
  [[nodiscard]] const PppResult& result() const { return result_; }
  // The pppd at the other end; 0: none has come.
  [[nodiscard]] int pid() const { return pid_; }

 private:
  using Event = std::function<void(const Handlers&)>;

  PppLink(std::string user, Secret password) : user_(std::move(user)), password_(std::move(password)) {}

  static gboolean on_new_connection(GDBusServer* server, GDBusConnection* connection, gpointer self);
  static gboolean on_authorize(GDBusAuthObserver* observer, GIOStream* stream, GCredentials* credentials,
                               gpointer self);
  static void on_call(GDBusConnection* connection, const gchar* sender, const gchar* path,
                      const gchar* interface, const gchar* method, GVariant* parameters,
                      GDBusMethodInvocation* invocation, gpointer self);
  static void on_closed(GDBusConnection* connection, gboolean vanished, GError* error, gpointer self);
  bool accept(GDBusConnection* connection);
  void call(std::string_view method, GVariant* parameters, GDBusMethodInvocation* invocation);
  void tell(const Event& event);
  void take_ip4(GVariant* config);
  void take_ip6(GVariant* config);

  std::string user_;
  Secret password_;
  PppResult result_;
  int pid_ = 0;
  std::shared_ptr<const Handlers> handlers_;
  std::vector<Event> untold_;  // what happened before there were handlers
  ObjectRef<GDBusServer> server_;
  ObjectRef<GDBusConnection> connection_;
  guint registration_ = 0;
  SignalHandler new_connection_;
  SignalHandler closed_;
};

}  // namespace l2tp
