#include "machine/ipsec_choice.h"

#include <algorithm>
#include <memory>

#include "core/glib.h"

namespace l2tp {

namespace {

using Presence = DaemonState::Presence;

bool is_known(std::string_view name) {
  return std::find(ipsec_daemon_names.begin(), ipsec_daemon_names.end(), name) != ipsec_daemon_names.end();
}

std::string words(const DaemonChoice& choice) {
  std::string text{choice.name};
  if (!choice.state.detail.empty()) text += ": " + choice.state.detail;
  return text;
}

}  // namespace

Result<std::size_t, Failure> choose_daemon(std::span<const DaemonChoice> choices, bool ikev1_wanted,
                                           std::string_view forced, std::vector<std::string>& passed_over) {
  const auto allowed = [&](const DaemonChoice& choice) { return forced.empty() || choice.name == forced; };
  const auto speaks = [&](const DaemonChoice& choice) { return choice.state.ikev1 || !ikev1_wanted; };

  // What runs already has UDP port 500, so that there is no choice.
  for (const auto presence : {Presence::ours, Presence::running, Presence::unreachable}) {
    const auto found = std::find_if(choices.begin(), choices.end(), [&](const DaemonChoice& choice) {
      return choice.state.presence == presence;
    });
    if (found == choices.end()) continue;
    if (presence == Presence::unreachable)
      return Unexpected{failure("ipsec-daemon-unreachable", found->state.detail)};
    if (!allowed(*found))
      return Unexpected{failure(
          "ipsec-daemon-unreachable",
          std::string{found->name} + " runs already, but /etc/nm-l2tp.conf wants " + std::string{forced})};
    if (!speaks(*found)) return Unexpected{failure("ipsec-no-ikev1", words(*found))};
    return static_cast<std::size_t>(found - choices.begin());
  }

  std::string without_ikev1;
  for (std::size_t i = 0; i < choices.size(); ++i) {
    const auto& choice = choices[i];
    if (choice.state.presence != Presence::installed || !allowed(choice)) continue;
    if (speaks(choice)) return i;
    passed_over.push_back(std::string{choice.name} + " cannot speak IKEv1");
    without_ikev1 += (without_ikev1.empty() ? "" : "; ") + words(choice);
  }
  if (!without_ikev1.empty()) return Unexpected{failure("ipsec-no-ikev1", without_ikev1)};

  std::string missing;
  for (const auto& choice : choices)
    if (allowed(choice)) missing += (missing.empty() ? "" : "; ") + words(choice);
  return Unexpected{failure("ipsec-daemon-missing", missing)};
}

Result<std::string, std::string> forced_daemon(const std::string& path) {
  struct Free {
    void operator()(GKeyFile* file) const { g_key_file_free(file); }
  };
  const std::unique_ptr<GKeyFile, Free> file{g_key_file_new()};
  GError* raw = nullptr;
  if (g_key_file_load_from_file(file.get(), path.c_str(), G_KEY_FILE_NONE, &raw) == FALSE) {
    const ErrorPtr error{raw};
    if (g_error_matches(error.get(), G_FILE_ERROR, G_FILE_ERROR_NOENT) != FALSE) return std::string{};
    return Unexpected{std::string{error->message}};
  }
  const CharPtr name{g_key_file_get_string(file.get(), "main", "ipsec-daemon", nullptr)};
  if (!name) return std::string{};
  const std::string wanted{name.get()};
  if (!is_known(wanted)) return Unexpected{"ipsec-daemon is '" + wanted + "'"};
  return wanted;
}

}  // namespace l2tp
