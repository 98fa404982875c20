// nm-l2tp-service: NetworkManager's VPN service for L2TP/IPsec. NetworkManager starts it, one process per
// connection.

#include <gio/gio.h>
#include <glib-unix.h>

#include <csignal>
#include <cstdio>
#include <memory>
#include <string>

#include "libnm/profile.h"
#include "service/service.h"
#include "service/system/journal.h"

namespace {

using l2tp::Service;

struct MainLoop {
  MainLoop() : loop(g_main_loop_new(nullptr, FALSE)) {}
  MainLoop(const MainLoop&) = delete;
  MainLoop& operator=(const MainLoop&) = delete;
  ~MainLoop() { g_main_loop_unref(loop); }
  GMainLoop* loop;
};

struct Arguments {
  std::string bus_name = l2tp::service_type;
  bool debug = false;
  bool persist = false;
};

bool parse(int& argc, char**& argv, Arguments& arguments) {
  gboolean debug = FALSE;
  gboolean persist = FALSE;
  char* bus_name = nullptr;
  const GOptionEntry entries[] = {
      {"bus-name", 0, G_OPTION_FLAG_NONE, G_OPTION_ARG_STRING, &bus_name, "Serve this name on the system bus",
       "NAME"},
      {"debug", 0, G_OPTION_FLAG_NONE, G_OPTION_ARG_NONE, &debug, "Log everything but secrets", nullptr},
      {"persist", 0, G_OPTION_FLAG_NONE, G_OPTION_ARG_NONE, &persist, "Stay after a disconnect", nullptr},
      {}};
  GOptionContext* context = g_option_context_new(nullptr);
  g_option_context_set_summary(context, "NetworkManager's VPN service for L2TP/IPsec.");
  g_option_context_add_main_entries(context, entries, nullptr);
  GError* raw = nullptr;
  const bool parsed = g_option_context_parse(context, &argc, &argv, &raw) != FALSE;
  const l2tp::ErrorPtr error{raw};
  g_option_context_free(context);
  const l2tp::CharPtr name{bus_name};
  if (!parsed) std::fprintf(stderr, "nm-l2tp-service: %s\n", error->message);
  if (name) arguments.bus_name = name.get();
  arguments.debug = debug != FALSE;
  arguments.persist = persist != FALSE;
  return parsed;
}

gboolean on_signal(gpointer service) {
  static_cast<Service*>(service)->shut_down();
  return G_SOURCE_CONTINUE;
}

}  // namespace

int main(int argc, char** argv) {
  Arguments arguments;
  if (!parse(argc, argv, arguments)) return 2;
  l2tp::journal::set_up(arguments.debug);

  // One that comes early waits for our own handlers: libnm's call GLib from signal context, and do not quit.
  sigset_t ends;
  sigemptyset(&ends);
  for (const int signal : {SIGTERM, SIGINT}) sigaddset(&ends, signal);
  sigprocmask(SIG_BLOCK, &ends, nullptr);

  const MainLoop main_loop;
  auto service = Service::create({.bus_name = arguments.bus_name, .persist = arguments.persist},
                                 [&main_loop] { g_main_loop_quit(main_loop.loop); });
  if (!service) {
    l2tp::journal::log(l2tp::journal::Level::error,
                       "cannot serve " + arguments.bus_name + ": " + service.error());
    return 1;
  }
  for (const int signal : {SIGTERM, SIGINT}) g_unix_signal_add(signal, on_signal, service.value().get());
  sigprocmask(SIG_UNBLOCK, &ends, nullptr);
  g_main_loop_run(main_loop.loop);
  return 0;
}
