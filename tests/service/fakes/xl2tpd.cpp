// Plays xl2tpd and the pppd that it runs: the lines of the one, the plugin's calls of the other. What happens
// is said by the environment variable FAKE_L2TP:
//
//   up             the tunnel and PPP come up with an IPv4 address
//   up6            IPv6 beside it
//   refuse-login   the server refuses the name or password
//   check-login    it takes only the password "geheim-pw"
//   no-pppd        the call is up, but no pppd comes
//   silent         the server does not answer
//   refuse         the server ends the tunnel
//   exit           xl2tpd ends by itself
//   stubborn       as up, but both are deaf to signals
//
// /run/fake-pppd.pid names the pppd that is up, /run/fake-pppd.user and .password what it was given.

#include <gio/gio.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <string>

namespace {

void write_file(const std::string& path, const std::string& content) {
  std::ofstream{path} << content;
}

void say(const std::string& line) {
  std::fprintf(stderr, "xl2tpd[%d]: %s\n", static_cast<int>(getpid()), line.c_str());
}

sigset_t ends() {
  sigset_t set;
  sigemptyset(&set);
  for (const int signal : {SIGTERM, SIGINT}) sigaddset(&set, signal);
  return set;
}

class Pppd {
 public:
  explicit Pppd(const std::string& socket) {
    GError* error = nullptr;
    link_ = g_dbus_connection_new_for_address_sync(("unix:path=" + socket).c_str(),
                                                   G_DBUS_CONNECTION_FLAGS_AUTHENTICATION_CLIENT, nullptr,
                                                   nullptr, &error);
    if (link_ == nullptr) {
      say(std::string{"the plugin found no service: "} + error->message);
      _exit(1);
    }
    g_dbus_connection_set_exit_on_close(link_, FALSE);
  }

  void run(const std::string& manner) {
    call("Phase", g_variant_new("(s)", "establish"));
    take_credentials();
    call("Phase", g_variant_new("(s)", "authenticate"));
    if (manner == "refuse-login" || (manner == "check-login" && password_ != "geheim-pw")) end(19);
    call("Phase", g_variant_new("(s)", "network"));
    call("Ip4Up", g_variant_new_parsed(
                      "({'interface': <'ppp0'>, 'address': <uint32 83886090>, 'peer': <uint32 16777226>, "
                      "'dns': <[uint32 889192458]>, 'mtu': <uint32 1400>, 'ipv6': <%s>},)",
                      manner == "up6" ? "pending" : "off"));
    if (manner == "up6")
      call("Ip6Up",
           g_variant_new_parsed(
               "({'interface': <'ppp0'>, 'address': <[byte 0xfe, 0x80, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, "
               "0, 1]>, 'mtu': <uint32 1400>},)"));
    write_file("/run/fake-pppd.pid", std::to_string(getpid()));
  }

  [[noreturn]] void end(unsigned status) {
    call("Exiting", g_variant_new("(u)", status));
    _exit(static_cast<int>(status));
  }

 private:
  void call(const char* method, GVariant* arguments) {
    GVariant* answer =
        g_dbus_connection_call_sync(link_, nullptr, "/org/freedesktop/NetworkManager/l2tp/PppLink",
                                    "org.freedesktop.NetworkManager.l2tp.PppLink", method, arguments, nullptr,
                                    G_DBUS_CALL_FLAGS_NONE, 2000, nullptr, nullptr);
    if (answer != nullptr) g_variant_unref(answer);
  }

  void take_credentials() {
    GVariant* answer =
        g_dbus_connection_call_sync(link_, nullptr, "/org/freedesktop/NetworkManager/l2tp/PppLink",
                                    "org.freedesktop.NetworkManager.l2tp.PppLink", "GetCredentials", nullptr,
                                    nullptr, G_DBUS_CALL_FLAGS_NONE, 2000, nullptr, nullptr);
    if (answer == nullptr) return;
    for (gsize i = 0; i < 2; ++i) {
      GVariant* bytes = g_variant_get_child_value(answer, i);
      gsize size = 0;
      const auto* data = static_cast<const char*>(g_variant_get_fixed_array(bytes, &size, 1));
      write_file(i == 0 ? "/run/fake-pppd.user" : "/run/fake-pppd.password", std::string{data, size});
      if (i == 1) password_.assign(data, size);
      g_variant_unref(bytes);
    }
    g_variant_unref(answer);
  }

  GDBusConnection* link_ = nullptr;
  std::string password_;
};

[[noreturn]] void run_pppd(const std::string& directory, const std::string& manner) {
  prctl(PR_SET_PDEATHSIG, SIGTERM);
  Pppd pppd{directory + "/pppd.sock"};
  pppd.run(manner);
  if (manner == "stubborn") {
    while (true) pause();
  }
  const auto set = ends();
  int signal = 0;
  sigwait(&set, &signal);
  pppd.end(5);
}

}  // namespace

int main(int argc, char** argv) {
  const std::string conf = argc > 3 ? argv[3] : "";  // -D -c CONF ...
  const std::string directory = conf.substr(0, conf.rfind('/'));
  const char* wish = std::getenv("FAKE_L2TP");
  const std::string manner = wish == nullptr ? "silent" : wish;

  const auto set = ends();
  sigprocmask(SIG_BLOCK, &set, nullptr);
  write_file(directory + "/xl2tpd.pid", std::to_string(getpid()));
  say("Listening on IP address 127.0.0.1, port 1701");
  say("Connecting to host 127.0.0.9, port 1701");
  if (manner == "exit") return 1;
  if (manner == "refuse")
    say("control_finish: Connection closed to 127.0.0.9, port 1701 (Goodbye), Local: 1, Remote: 2");

  pid_t pppd = 0;
  if (manner != "silent" && manner != "refuse") {
    say("Connection established to 127.0.0.9, 1701.  Local: 1, Remote: 2 (ref=0/0).");
    say("Call established with 127.0.0.9, Local: 3, Remote: 4, Serial: 1 (ref=0/0)");
    if (manner != "no-pppd") {
      pppd = fork();
      if (pppd == 0) run_pppd(directory, manner);
    }
  }
  if (manner == "stubborn") {
    while (true) pause();
  }
  int signal = 0;
  sigwait(&set, &signal);
  if (pppd > 0) kill(pppd, SIGTERM);
  return 1;
}
