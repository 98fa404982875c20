#include "link.h"

#include <errno.h>
#include <fcntl.h>
#include <gio/gio.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

static const char object_path[] = "/org/freedesktop/NetworkManager/l2tp/PppLink";
static const char interface_name[] = "org.freedesktop.NetworkManager.l2tp.PppLink";

enum { answer_timeout_s = 5, exit_timeout_ms = 2000 };

static GDBusConnection* connection;
static pid_t owner;

static const char* failed(GError* error) {
  static char text[256];
  g_strlcpy(text, error->message, sizeof text);
  g_error_free(error);
  return text;
}

static int is_ours(void) {
  return connection && getpid() == owner;
}

// --- the connection ---

static int connect_to(const char* path) {
  struct sockaddr_un address = {.sun_family = AF_UNIX};
  if (g_strlcpy(address.sun_path, path, sizeof address.sun_path) >= sizeof address.sun_path) {
    errno = ENAMETOOLONG;
    return -1;
  }
  int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
  if (fd >= 0 && connect(fd, (const struct sockaddr*)&address, sizeof address) == 0) return fd;
  int reason = errno;
  if (fd >= 0) close(fd);
  errno = reason;
  return -1;
}

static GDBusConnection* speak_dbus(int fd, GError** error) {
  GSocket* socket = g_socket_new_from_fd(fd, error);
  if (!socket) return NULL;
  g_socket_set_timeout(socket, answer_timeout_s);  // the handshake knows no other limit
  GSocketConnection* stream = g_socket_connection_factory_create_connection(socket);
  GDBusConnection* opened = g_dbus_connection_new_sync(
      G_IO_STREAM(stream), NULL, G_DBUS_CONNECTION_FLAGS_AUTHENTICATION_CLIENT, NULL, NULL, error);
  g_socket_set_timeout(socket, 0);
  g_object_unref(stream);
  g_object_unref(socket);
  return opened;
}

// pppd's own loop can't watch a descriptor for a plugin, and GDBus would tell of the close only through a
// main loop, which pppd has not. So a thread waits for the far end to go, and says it to pppd in the way that
// pppd knows.
static void* end_with_service(void* descriptor) {
  struct pollfd watched = {.fd = GPOINTER_TO_INT(descriptor), .events = POLLRDHUP};
  while (poll(&watched, 1, -1) < 0 && errno == EINTR) {
  }
  kill(getpid(), SIGTERM);
  return NULL;
}

static const char* watch(int fd) {
  pthread_t thread;
  int reason = pthread_create(&thread, NULL, end_with_service, GINT_TO_POINTER(fd));
  if (reason) return g_strerror(reason);
  pthread_detach(thread);
  return NULL;
}

static const char* open_connection(const char* socket_path) {
  int fd = connect_to(socket_path);
  if (fd < 0) return g_strerror(errno);
  int watched = fcntl(fd, F_DUPFD_CLOEXEC, 3);  // GDBus may close its own at any time
  if (watched < 0) return g_strerror(errno);
  GError* error = NULL;
  connection = speak_dbus(fd, &error);
  if (!connection) return failed(error);
  return watch(watched);
}

const char* link_open(const char* socket_path) {
  if (connection) return NULL;
  owner = getpid();
  // Signals are for pppd's own thread; the threads made here inherit this mask.
  sigset_t all, before;
  sigfillset(&all);
  pthread_sigmask(SIG_SETMASK, &all, &before);
  const char* problem = open_connection(socket_path);
  pthread_sigmask(SIG_SETMASK, &before, NULL);
  return problem;
}

// --- calls ---

static GVariant* call(const char* method, GVariant* arguments, const char* answer_type, int timeout_ms,
                      GError** error) {
  return g_dbus_connection_call_sync(connection, NULL, object_path, interface_name, method, arguments,
                                     G_VARIANT_TYPE(answer_type), G_DBUS_CALL_FLAGS_NONE, timeout_ms, NULL,
                                     error);
}

static void report(const char* method, GVariant* arguments) {
  if (!is_ours()) {
    if (arguments) g_variant_unref(g_variant_ref_sink(arguments));
    return;
  }
  g_dbus_connection_call(connection, NULL, object_path, interface_name, method, arguments, NULL,
                         G_DBUS_CALL_FLAGS_NONE, -1, NULL, NULL, NULL);
}

// Moves the bytes of one answer into `text` and wipes them where they were.
static int take_bytes(GVariant* answer, gsize index, char* text) {
  GVariant* child = g_variant_get_child_value(answer, index);
  gsize length = 0;
  void* bytes = (void*)g_variant_get_fixed_array(child, &length, 1);
  int fits = length < link_name_size && !memchr(bytes ? bytes : "", 0, length);
  if (fits && length) memcpy(text, bytes, length);
  if (fits) text[length] = 0;
  if (length) explicit_bzero(bytes, length);
  g_variant_unref(child);
  return fits;
}

const char* link_get_credentials(struct Credentials* credentials) {
  GError* error = NULL;
  GVariant* answer = call("GetCredentials", NULL, "(ayay)", answer_timeout_s * 1000, &error);
  if (!answer) return failed(error);
  int user_fits = take_bytes(answer, 0, credentials->user);
  int password_fits = take_bytes(answer, 1, credentials->password);
  g_variant_unref(answer);
  if (user_fits && password_fits) return NULL;
  explicit_bzero(credentials, sizeof *credentials);
  return "the name or the password is too long for PPP, or holds a zero byte";
}

void link_report_phase(const char* phase) {
  report("Phase", g_variant_new("(s)", phase));
}

void link_report_answered(void) {
  report("Answered", NULL);
}

void link_report_packet(int from_us, const unsigned char* packet, size_t size) {
  GVariant* bytes = g_variant_new_fixed_array(G_VARIANT_TYPE_BYTE, packet, size, 1);
  report("Packet", g_variant_new("(b@ay)", from_us, bytes));
}

static GVariant* servers(const uint32_t* addresses, size_t count) {
  return g_variant_new_fixed_array(G_VARIANT_TYPE_UINT32, addresses, count, sizeof *addresses);
}

void link_report_ip4_up(const struct Ip4Link* ip4) {
  GVariantBuilder config;
  g_variant_builder_init(&config, G_VARIANT_TYPE_VARDICT);
  g_variant_builder_add(&config, "{sv}", "interface", g_variant_new_string(ip4->interface));
  g_variant_builder_add(&config, "{sv}", "address", g_variant_new_uint32(ip4->address));
  if (ip4->peer) g_variant_builder_add(&config, "{sv}", "peer", g_variant_new_uint32(ip4->peer));
  g_variant_builder_add(&config, "{sv}", "dns", servers(ip4->dns, ip4->dns_count));
  g_variant_builder_add(&config, "{sv}", "wins", servers(ip4->wins, ip4->wins_count));
  g_variant_builder_add(&config, "{sv}", "mtu", g_variant_new_uint32(ip4->mtu));
  g_variant_builder_add(&config, "{sv}", "ipv6", g_variant_new_string(ip4->ipv6));
  report("Ip4Up", g_variant_new("(a{sv})", &config));
}

static GVariant* link_local(const uint8_t* interface_id) {
  uint8_t address[16] = {0xfe, 0x80};
  memcpy(address + 8, interface_id, 8);
  return g_variant_new_fixed_array(G_VARIANT_TYPE_BYTE, address, sizeof address, 1);
}

void link_report_ip6_up(const struct Ip6Link* ip6) {
  GVariantBuilder config;
  g_variant_builder_init(&config, G_VARIANT_TYPE_VARDICT);
  g_variant_builder_add(&config, "{sv}", "interface", g_variant_new_string(ip6->interface));
  g_variant_builder_add(&config, "{sv}", "address", link_local(ip6->own_id));
  if (ip6->peer_id) g_variant_builder_add(&config, "{sv}", "peer", link_local(ip6->peer_id));
  g_variant_builder_add(&config, "{sv}", "mtu", g_variant_new_uint32(ip6->mtu));
  report("Ip6Up", g_variant_new("(a{sv})", &config));
}

void link_report_ip6_refused(void) {
  report("Ip6Refused", NULL);
}

void link_report_exit(uint32_t status) {
  if (!is_ours()) return;
  GVariant* answer = call("Exiting", g_variant_new("(u)", status), "()", exit_timeout_ms, NULL);
  if (answer) g_variant_unref(answer);
}
