#include "system_bus.h"

#include <gtest/gtest.h>

#include "fakes/main_loop.h"
#include "fakes/temporary_dir.h"

namespace l2tp {

SystemBus::SystemBus() {
  write_file(
      "/run/test-bus.conf",
      "<!DOCTYPE busconfig PUBLIC '-//freedesktop//DTD D-BUS Bus Configuration 1.0//EN' "
      "'http://www.freedesktop.org/standards/dbus/1.0/busconfig.dtd'>\n"
      "<busconfig><type>system</type><listen>" +
          address_ +
          "</listen><auth>EXTERNAL</auth>"
          "<policy context='default'><allow user='*'/><deny own='*'/><deny send_type='method_call'/>"
          "<allow send_type='signal'/><allow send_requested_reply='true' send_type='method_return'/>"
          "<allow send_requested_reply='true' send_type='error'/><allow receive_type='method_call'/>"
          "<allow receive_type='method_return'/><allow receive_type='error'/><allow receive_type='signal'/>"
          "<allow send_destination='org.freedesktop.DBus' send_interface='org.freedesktop.DBus'/></policy>"
          // NetworkManager's own policy says this.
          "<policy user='root'><allow own='org.freedesktop.NetworkManager'/><allow "
          "send_interface='org.freedesktop.NetworkManager.VPN.Plugin'/></policy>"
          "<include>" BUS_POLICY "</include></busconfig>\n");
  bool ready = false;
  auto daemon = ChildProcess::spawn({.argv = {"dbus-daemon", "--nofork", "--nopidfile", "--nosyslog",
                                              "--print-address", "--config-file=/run/test-bus.conf"},
                                     .environment = {}},
                                    {.line =
                                         [&ready](std::string_view line) {
                                           if (line.starts_with("unix:")) ready = true;
                                         },
                                     .exited = {}});
  if (!daemon) throw std::runtime_error{daemon.error()};
  daemon_ = std::move(daemon.value());
  if (!run_until([&ready] { return ready; })) throw std::runtime_error{"no bus"};
}

ObjectRef<GDBusConnection> SystemBus::connect() const {
  GError* raw = nullptr;
  ObjectRef<GDBusConnection> connection{g_dbus_connection_new_for_address_sync(
      address_.c_str(),
      static_cast<GDBusConnectionFlags>(G_DBUS_CONNECTION_FLAGS_AUTHENTICATION_CLIENT |
                                        G_DBUS_CONNECTION_FLAGS_MESSAGE_BUS_CONNECTION),
      nullptr, nullptr, &raw)};
  const ErrorPtr error{raw};
  if (!connection) throw std::runtime_error{error->message};
  g_dbus_connection_set_exit_on_close(connection.get(), FALSE);
  return connection;
}

}  // namespace l2tp
