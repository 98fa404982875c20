// The service's counterpart in pppd: our plugin, as far as D-Bus sees it.
#pragma once

#include <string>

#include "fakes/main_loop.h"

namespace l2tp {

class FakePppd {
 public:
  explicit FakePppd(const std::string& socket_path) : connection_(connect_to(socket_path)) {
    if (connection_) g_dbus_connection_set_exit_on_close(connection_.get(), FALSE);
  }
  FakePppd(const FakePppd&) = delete;
  FakePppd& operator=(const FakePppd&) = delete;
  ~FakePppd() { hang_up(); }

  [[nodiscard]] bool connected() const {
    return connection_ && g_dbus_connection_is_closed(connection_.get()) == FALSE;
  }

  void hang_up() {
    if (connection_) g_dbus_connection_close_sync(connection_.get(), nullptr, nullptr);
  }

  // The answer, or nothing if it was an error.
  VariantPtr call(const char* method, GVariant* arguments = nullptr) {
    Answer<GVariant> answer;
    const auto on_answer = [](GObject* source, GAsyncResult* result, gpointer to) {
      static_cast<Answer<GVariant>*>(to)->take(
          g_dbus_connection_call_finish(G_DBUS_CONNECTION(source), result, nullptr));
    };
    g_dbus_connection_call(connection_.get(), nullptr, "/org/freedesktop/NetworkManager/l2tp/PppLink",
                           "org.freedesktop.NetworkManager.l2tp.PppLink", method, arguments, nullptr,
                           G_DBUS_CALL_FLAGS_NONE, 5000, nullptr, on_answer, &answer);
    return VariantPtr{answer.await()};
  }

  // `arguments` in GVariant's text form.
  bool tell(const char* method, const char* arguments) {
    return call(method, g_variant_new_parsed(arguments)) != nullptr;
  }

 private:
  template <typename T>
  struct Answer {
    void take(T* arrived) {
      value = arrived;
      there = true;
    }
    T* await() {
      run_until([this] { return there; });
      return value;
    }
    T* value = nullptr;
    bool there = false;
  };

  // Not the blocking call: the service answers from our own main loop.
  static GDBusConnection* connect_to(const std::string& path) {
    Answer<GDBusConnection> answer;
    const auto on_answer = [](GObject*, GAsyncResult* result, gpointer to) {
      static_cast<Answer<GDBusConnection>*>(to)->take(
          g_dbus_connection_new_for_address_finish(result, nullptr));
    };
    g_dbus_connection_new_for_address(("unix:path=" + path).c_str(),
                                      G_DBUS_CONNECTION_FLAGS_AUTHENTICATION_CLIENT, nullptr, nullptr,
                                      on_answer, &answer);
    return answer.await();
  }

  ObjectRef<GDBusConnection> connection_;
};

}  // namespace l2tp
