// nm-l2tp-auth-dialog: which secrets a connection needs, for NetworkManager's clients (GNOME Shell,
// nm-applet, nmcli, ...). They start it as their user, write the profile to its standard input, and show the
// form that it prints. For a client that shows no form itself, nm-l2tp-auth-window does.

#include <fcntl.h>
#include <gio/gio.h>
#include <poll.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <clocale>
#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <optional>
#include <string>

#include "auth-dialog/ask_in_window.h"
#include "auth-dialog/form.h"
#include "auth-dialog/keyring.h"
#include "core/credential_reader.h"
#include "core/glib.h"
#include "core/wording.h"
#include "core/words.h"
#include "libnm/profile.h"

namespace {

using l2tp::KeyFile;
using l2tp::Profile;
using l2tp::Secret;

struct Arguments {
  l2tp::Request request;
  std::string uuid;
  std::string service;
  bool external_ui = false;
};

std::optional<Arguments> parse(int& argc, char**& argv) {
  char *uuid = nullptr, *name = nullptr, *service = nullptr, **hints = nullptr;
  gboolean interaction = FALSE, again = FALSE, external_ui = FALSE;
  // FILENAME: bytes as they come, for a name in UTF-8 is no text of the C locale.
  const GOptionEntry entries[] = {
      {"uuid", 'u', 0, G_OPTION_ARG_FILENAME, &uuid, _("UUID of the connection"), "UUID"},
      {"name", 'n', 0, G_OPTION_ARG_FILENAME, &name, _("Name of the connection"), "NAME"},
      {"service", 's', 0, G_OPTION_ARG_FILENAME, &service, _("Its VPN service"), "SERVICE"},
      {"allow-interaction", 'i', 0, G_OPTION_ARG_NONE, &interaction, _("The user may be asked"), nullptr},
      {"reprompt", 'r', 0, G_OPTION_ARG_NONE, &again, _("The secrets given are wrong: ask for all"), nullptr},
      {"hint", 't', 0, G_OPTION_ARG_FILENAME_ARRAY, &hints, _("A secret to ask for, or x-vpn-message:TEXT"),
       "HINT"},
      {"external-ui-mode", 0, 0, G_OPTION_ARG_NONE, &external_ui, _("Print a key file, and show nothing"),
       nullptr},
      {}};
  GOptionContext* context = g_option_context_new(nullptr);
  g_option_context_set_summary(context,
                               _("Tells NetworkManager's clients which secrets an L2TP connection needs."));
  g_option_context_add_main_entries(context, entries, nullptr);
  GError* raw = nullptr;
  const bool parsed = g_option_context_parse(context, &argc, &argv, &raw) != FALSE;
  const l2tp::ErrorPtr error{raw};
  g_option_context_free(context);
  if (!parsed) std::fprintf(stderr, "nm-l2tp-auth-dialog: %s\n", l2tp::harmless(error->message).c_str());

  Arguments arguments;
  arguments.request.name = name == nullptr ? "" : name;
  arguments.request.interaction = interaction != FALSE;
  arguments.request.again = again != FALSE;
  for (char** hint = hints; hint != nullptr && *hint != nullptr; ++hint)
    arguments.request.hints.emplace_back(*hint);
  arguments.uuid = uuid == nullptr ? "" : uuid;
  arguments.service = service == nullptr ? "" : service;
  arguments.external_ui = external_ui != FALSE;
  for (char* text : {uuid, name, service}) g_free(text);
  g_strfreev(hints);
  if (!parsed) return std::nullopt;
  return arguments;
}

void take_items(GHashTable* table, Profile& profile, bool secret) {
  GHashTableIter iterator;
  gpointer key = nullptr, value = nullptr;
  g_hash_table_iter_init(&iterator, table);
  while (g_hash_table_iter_next(&iterator, &key, &value) != FALSE) {
    const auto* name = static_cast<const char*>(key);
    const auto* text = static_cast<const char*>(value);
    if (secret)
      profile.secrets[name] = Secret{text};
    else
      profile.data[name] = text;
  }
}

// The profile as the caller writes it. Nothing: it wrote none.
std::optional<Profile> read_profile() {
  GHashTable *data = nullptr, *secrets = nullptr;
  if (nm_vpn_service_plugin_read_vpn_details(STDIN_FILENO, &data, &secrets) == FALSE) return std::nullopt;
  Profile profile;
  take_items(data, profile, false);
  take_items(secrets, profile, true);
  g_hash_table_unref(data);
  g_hash_table_unref(secrets);
  return profile;
}

// nmcli and nmtui take from the form what is to be asked, and nothing that is known: for them the keyring's
// secrets are missing.
bool caller_returns_what_is_known() {
  std::string name;
  std::getline(std::ifstream{"/proc/" + std::to_string(getppid()) + "/comm"}, name);
  return !name.starts_with("nmcli") && !name.starts_with("nmtui");
}

// Unlocking is a question in a window.
bool may_unlock(const l2tp::Request& request) {
  return request.interaction &&
         (std::getenv("DISPLAY") != nullptr || std::getenv("WAYLAND_DISPLAY") != nullptr);
}

void add_from_keyring(Profile& profile, Arguments& arguments) {
  const auto names = l2tp::kept_by_agent(arguments.request, profile);
  if (names.empty() || !caller_returns_what_is_known()) return;
  auto found = l2tp::find_in_keyring(arguments.uuid, names, may_unlock(arguments.request));
  arguments.request.from_keyring = !found.empty();
  for (auto& [name, secret] : found) profile.secrets.insert_or_assign(name, std::move(secret));
}

// As the user sees it; a FIFO or a device is not waited for.
KeyFile look_at_key(const std::string& path) {
  const int fd = path.empty() ? -1 : open(path.c_str(), O_RDONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
  if (fd < 0) return !path.empty() && errno == EACCES ? KeyFile::unreadable : KeyFile::open;
  struct stat status {};
  static std::array<char, l2tp::largest_credential_file> content;
  std::size_t size = 0;
  if (fstat(fd, &status) == 0 && S_ISREG(status.st_mode)) {
    while (size < content.size()) {
      const auto got = read(fd, content.data() + size, content.size() - size);
      if (got <= 0) break;
      size += static_cast<std::size_t>(got);
    }
  }
  close(fd);
  const bool encrypted = l2tp::needs_passphrase({content.data(), size});
  explicit_bzero(content.data(), size);
  return encrypted ? KeyFile::encrypted : KeyFile::open;
}

// A caller of the old kind reads for as long as we live, and says QUIT when it has all.
void wait_for_quit() {
  constexpr int patience = 20000;  // ms
  const auto end = g_get_monotonic_time() / 1000 + patience;
  std::string line;
  while (true) {
    const auto left = end - g_get_monotonic_time() / 1000;
    pollfd input{.fd = STDIN_FILENO, .events = POLLIN, .revents = 0};
    if (left <= 0 || poll(&input, 1, static_cast<int>(left)) <= 0) return;
    char letter = 0;
    if (read(STDIN_FILENO, &letter, 1) != 1) return;
    if (letter != '\n') {
      if (line.size() < 8) line += letter;
      continue;
    }
    if (line == "QUIT") return;
    line.clear();
  }
}

int fail(const std::string& sentence, int status) {
  std::fprintf(stderr, "nm-l2tp-auth-dialog: %s\n", sentence.c_str());
  return status;
}

}  // namespace

int main(int argc, char** argv) {
  std::setlocale(LC_ALL, "");
  l2tp::use_translations();
  auto arguments = parse(argc, argv);
  if (!arguments) return 2;
  if (arguments->service != l2tp::service_type)
    return fail(l2tp::fill(_("it serves {0} only"), {l2tp::service_type}), 2);
  auto profile = read_profile();
  if (!profile) return fail(_("no connection came through standard input"), 1);
  add_from_keyring(*profile, *arguments);

  auto form = make_form(arguments->request, *profile, look_at_key);
  if (arguments->external_ui) return l2tp::write_all(STDOUT_FILENO, to_key_file(form)) ? 0 : 1;
  if (form.asks()) {
    const auto asked = l2tp::ask_in_window(form);
    if (asked == l2tp::Asked::no_window)
      return fail(
          _("it has no window to ask in; a client that shows the form itself is needed (--external-ui-mode)"),
          1);
    if (asked == l2tp::Asked::cancelled) return 1;
  }
  if (!l2tp::write_all(STDOUT_FILENO, to_lines(form))) return 1;
  wait_for_quit();
  return 0;
}
