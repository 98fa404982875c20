#include "auth-dialog/form.h"

#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <memory>

#include "core/glib.h"
#include "core/wording.h"
#include "core/words.h"

namespace l2tp {

namespace {

constexpr const char* ui = "VPN Plugin UI";  // the form's own group
constexpr std::string_view message_tag = "x-vpn-message:";

struct Words {
  std::string_view key;
  const char* label;
  const char* mnemonic;
};

constexpr std::array vocabulary{
    Words{"password", N_("Password"), N_("_Password")},
    Words{"ipsec-psk", N_("Pre-shared key"), N_("Pre-shared _key")},
    Words{"user-certpass", N_("User key's password"), N_("_User key's password")},
    Words{"machine-certpass", N_("Machine key's password"), N_("_Machine key's password")},
};

// What is missing, each time as a whole sentence: languages join two things in more ways than with an "and".
struct Need {
  std::string_view first;
  std::string_view second;
  const char* sentence;
};

constexpr std::array needs{
    Need{"", "", N_("The VPN connection {0} needs nothing more.")},
    Need{"password", "", N_("The VPN connection {0} needs the password.")},
    Need{"ipsec-psk", "", N_("The VPN connection {0} needs the pre-shared key.")},
    Need{"user-certpass", "", N_("The VPN connection {0} needs the password of the user's private key.")},
    Need{"machine-certpass", "",
         N_("The VPN connection {0} needs the password of the machine's private key.")},
    Need{"ipsec-psk", "password", N_("The VPN connection {0} needs the pre-shared key and the password.")},
    Need{"ipsec-psk", "user-certpass",
         N_("The VPN connection {0} needs the pre-shared key and the password of the user's private key.")},
    Need{"machine-certpass", "password",
         N_("The VPN connection {0} needs the password of the machine's private key and the password.")},
    Need{"machine-certpass", "user-certpass",
         N_("The VPN connection {0} needs the passwords of the machine's and of the user's private key.")},
};

const Words& words_for(std::string_view key) {
  return *std::find_if(vocabulary.begin(), vocabulary.end() - 1,
                       [key](const Words& words) { return words.key == key; });
}

bool names_a_secret(const std::string& hint) {
  return std::any_of(vocabulary.begin(), vocabulary.end(),
                     [&hint](const Words& words) { return words.key == hint; });
}

bool is_hinted(const Request& request, std::string_view secret) {
  return std::find(request.hints.begin(), request.hints.end(), secret) != request.hints.end();
}

// NMSettingSecretFlags.
constexpr unsigned agent_owned = 1, not_saved = 2;

unsigned flags_of(const Profile& profile, std::string_view secret) {
  const auto flags = profile.data.find(std::string{secret} + "-flags");
  const bool digit = flags != profile.data.end() && flags->second.size() == 1 && flags->second[0] >= '0' &&
                     flags->second[0] <= '7';
  return digit ? static_cast<unsigned>(flags->second[0] - '0') : 0;
}

// A key that this user can't read (root can, and connects) may have a passphrase or not. It is asked for if
// the profile says that one is kept somewhere else than in the system, or if nothing else is missing: then
// it must be this that made the service ask.
std::vector<SecretUse> uses_of(const Request& request, const Profile& profile, const LookAtKey& look_at_key) {
  const auto looking = [&](bool in_doubt) {
    return used_secrets(profile, [&, in_doubt](const std::string& path, std::string_view secret) {
      if (is_hinted(request, secret)) return true;
      const auto seen = look_at_key(path);
      const bool kept_elsewhere = (flags_of(profile, secret) & (agent_owned | not_saved)) != 0;
      return seen == KeyFile::encrypted || (seen == KeyFile::unreadable && (in_doubt || kept_elsewhere));
    });
  };
  auto uses = looking(false);
  const bool complete =
      std::none_of(uses.begin(), uses.end(), [](const SecretUse& use) { return use.missing() || !use.kept; });
  return complete && !request.from_keyring ? looking(true) : uses;
}

bool is_asked(const SecretUse& use, const Request& request, bool hinted) {
  if (!request.interaction) return false;
  if (hinted) return is_hinted(request, use.key);
  return use.missing() || (use.required && (request.again || !use.kept));
}

std::string message_in(const std::vector<std::string>& hints) {
  const auto hint = std::find_if(hints.begin(), hints.end(),
                                 [](const std::string& one) { return one.starts_with(message_tag); });
  return hint == hints.end() ? std::string{} : harmless(std::string_view{*hint}.substr(message_tag.size()));
}

std::string need_of(const Form& form, const std::string& name) {
  std::array<std::string_view, 2> asked;  // a connection never uses more than two
  std::size_t count = 0;
  for (const auto& entry : form.entries)
    if (entry.ask && count < asked.size()) asked[count++] = entry.key;
  const auto need = std::find_if(needs.begin(), needs.end() - 1, [&asked](const Need& one) {
    return one.first == asked[0] && one.second == asked[1];
  });
  return fill(translated(need->sentence), {in_quotes(name)});
}

struct FreeKeyFile {
  void operator()(GKeyFile* file) const { g_key_file_free(file); }
};

}  // namespace

bool Form::asks() const {
  return std::any_of(entries.begin(), entries.end(), [](const Entry& entry) { return entry.ask; });
}

std::string label_with_mnemonic(std::string_view secret) {
  return translated(words_for(secret).mnemonic);
}

std::vector<std::string> kept_by_agent(const Request& request, const Profile& profile) {
  std::vector<std::string> kept;
  if (request.again) return kept;
  for (const auto& words : vocabulary) {
    const auto given = profile.secrets.find(std::string{words.key});
    if (given != profile.secrets.end() && !given->second.empty()) continue;
    if (is_hinted(request, words.key)) continue;
    if ((flags_of(profile, words.key) & (agent_owned | not_saved)) == agent_owned)
      kept.emplace_back(words.key);
  }
  return kept;
}

Form make_form(const Request& request, const Profile& profile, const LookAtKey& look_at_key) {
  const bool hinted = std::any_of(request.hints.begin(), request.hints.end(), names_a_secret);
  Form form;
  form.title = fill(_("Authentication required by VPN {0}"), {in_quotes(request.name)});
  for (const auto& use : uses_of(request, profile, look_at_key)) {
    const bool ask = is_asked(use, request, hinted);
    const auto stored = profile.secrets.find(std::string{use.key});
    const bool known = !ask && stored != profile.secrets.end() && !stored->second.empty();
    if (!ask && !known) continue;
    form.entries.push_back({.key = use.key,
                            .label = translated(words_for(use.key).label),
                            .value = known ? stored->second.copy() : Secret{},
                            .ask = ask});
  }
  form.description = message_in(request.hints);
  if (form.description.empty()) form.description = need_of(form, request.name);
  return form;
}

// GNOME Shell wants all of these in each group, and throws without them; nmcli wants the form's own group
// first.
Secret to_key_file(const Form& form) {
  const std::unique_ptr<GKeyFile, FreeKeyFile> file{g_key_file_new()};
  g_key_file_set_integer(file.get(), ui, "Version", 2);
  g_key_file_set_string(file.get(), ui, "Title", form.title.c_str());
  g_key_file_set_string(file.get(), ui, "Description", form.description.c_str());
  for (const auto& entry : form.entries) {
    const std::string group{entry.key};
    std::string value{entry.value.view()};
    g_key_file_set_string(file.get(), group.c_str(), "Label", entry.label.c_str());
    g_key_file_set_string(file.get(), group.c_str(), "Value", value.c_str());
    g_key_file_set_boolean(file.get(), group.c_str(), "IsSecret", TRUE);
    g_key_file_set_boolean(file.get(), group.c_str(), "ShouldAsk", entry.ask ? TRUE : FALSE);
    explicit_bzero(value.data(), value.size());
  }
  gsize size = 0;
  char* data = g_key_file_to_data(file.get(), &size, nullptr);
  Secret text{{data, size}};
  explicit_bzero(data, size);
  g_free(data);
  return text;
}

Secret to_lines(const Form& form) {
  constexpr std::string_view end = "\n\n";
  // A value of several lines would be taken for the next keys.
  const auto said = [](const Form::Entry& entry) {
    return !entry.ask && entry.value.view().find('\n') == std::string_view::npos;
  };
  std::size_t size = end.size();
  for (const auto& entry : form.entries)
    if (said(entry)) size += entry.key.size() + entry.value.view().size() + end.size();
  std::string lines;
  lines.reserve(size);  // growing would leave secrets behind
  for (const auto& entry : form.entries) {
    if (!said(entry)) continue;
    lines.append(entry.key).append("\n");
    lines.append(entry.value.view()).append("\n");
  }
  lines.append(end);
  Secret text{lines};
  explicit_bzero(lines.data(), lines.size());
  return text;
}

std::optional<Form> form_in_key_file(std::string_view text) {
  const std::unique_ptr<GKeyFile, FreeKeyFile> file{g_key_file_new()};
  if (g_key_file_load_from_data(file.get(), text.data(), text.size(), G_KEY_FILE_NONE, nullptr) == FALSE)
    return std::nullopt;
  const auto value = [&file](const char* key) {
    const CharPtr found{g_key_file_get_string(file.get(), ui, key, nullptr)};
    return std::string{found ? found.get() : ""};
  };
  Form form{.title = value("Title"), .description = value("Description"), .entries = {}};
  const Strings groups{g_key_file_get_groups(file.get(), nullptr)};
  for (char** group = groups.get(); *group != nullptr; ++group) {
    const auto words = std::find_if(vocabulary.begin(), vocabulary.end(),
                                    [group](const Words& one) { return one.key == *group; });
    if (words == vocabulary.end() ||
        g_key_file_get_boolean(file.get(), *group, "ShouldAsk", nullptr) == FALSE)
      continue;
    form.entries.push_back({.key = words->key, .label = translated(words->label), .value = {}, .ask = true});
  }
  if (form.entries.empty()) return std::nullopt;
  return form;
}

bool take_answers(Form& form, std::string_view lines) {
  const auto next_line = [&lines] {
    const auto line = lines.substr(0, lines.find('\n'));
    lines.remove_prefix(std::min(lines.size(), line.size() + 1));
    return line;
  };
  while (!lines.empty()) {
    const auto key = next_line();
    const auto value = next_line();
    for (auto& entry : form.entries) {
      if (!entry.ask || entry.key != key || value.empty()) continue;
      entry.value = Secret{value};
      entry.ask = false;
    }
  }
  return !form.asks();
}

bool write_all(int fd, const Secret& text) {
  auto rest = text.view();
  while (!rest.empty()) {
    const auto written = write(fd, rest.data(), rest.size());
    if (written < 0 && errno == EINTR) continue;
    if (written <= 0) return false;
    rest.remove_prefix(static_cast<std::size_t>(written));
  }
  return true;
}

}  // namespace l2tp
