#include <sys/stat.h>

#include <algorithm>
#include <array>
#include <cstdlib>

#include "core/wording.h"
#include "doctor/checks.h"
#include "doctor/key_file.h"

namespace l2tp::doctor {

namespace {

// NMSettingSecretFlags
constexpr unsigned agent_owned = 1, not_saved = 2;

// Who asks people for secrets on NetworkManager's behalf; it does not tell who they are.
constexpr std::array agents{"gnome-shell", "cinnamon", "nm-applet", "kded5", "kded6"};

// Whether the user runs such a program; root asks about everybody's.
bool user_runs(const Machine& machine, const char* name) {
  const auto pids = machine.processes(name);
  return std::any_of(pids.begin(), pids.end(), [&](int pid) {
    struct stat status {};
    return stat((machine.root + "/proc/" + std::to_string(pid)).c_str(), &status) == 0 &&
           (machine.uid == 0 || status.st_uid == machine.uid);
  });
}

bool agent_runs(const Machine& machine) {
  return std::any_of(agents.begin(), agents.end(),
                     [&](const char* name) { return user_runs(machine, name); });
}

// sudo takes the environment away, so that the desktop must be known by its programs.
std::string desktop_of(const Machine& machine) {
  if (!machine.desktop.empty()) return machine.desktop;
  for (const auto& [program, desktop] : {std::pair{"gnome-shell", "GNOME"},
                                         {"plasmashell", "KDE"},
                                         {"cinnamon", "X-Cinnamon"},
                                         {"xfce4-session", "XFCE"},
                                         {"mate-session", "MATE"}})
    if (user_runs(machine, program)) return desktop;
  return {};
}

// What our .name file says.
std::string name_file_value(const Machine& machine, const char* section, const char* key) {
  for (const auto& path : name_files(machine)) {
    const KeyFile file{machine.read(path).value_or("")};
    if (file.value("VPN Connection", "program") == SERVICE_PROGRAM) return file.value(section, key);
  }
  return {};
}

std::vector<std::string> library_folders(const Machine& machine) {
  std::vector<std::string> folders{"/usr/lib64", "/usr/lib"};
  for (const auto& folder : machine.list("/usr/lib"))
    if (folder.find("-linux-gnu") != std::string::npos) folders.push_back(folder);
  return folders;
}

// A file by its absolute path, or by its name in one of the folders where NetworkManager's plugins are.
bool plugin_exists(const Machine& machine, const std::string& file) {
  if (file.starts_with('/')) return machine.exists(file);
  const auto folders = library_folders(machine);
  return std::any_of(folders.begin(), folders.end(), [&](const std::string& folder) {
    return machine.exists(folder + "/NetworkManager/" + file);
  });
}

// Plasma has a form and a dialog of its own for L2TP.
void report_plasma(const Machine& machine, Group& group) {
  for (const auto& folder : library_folders(machine))
    for (const std::string qt : {"qt6", "qt5", "qt"})
      if (machine.exists(folder + "/" + qt + "/plugins/plasma/network/vpn/plasmanetworkmanagement_l2tpui.so"))
        return group.ok("desktop-editor", "Plasma's own form and secrets dialog for L2TP are installed.");
  group.warning("desktop-editor", "Plasma's form for L2TP is not installed.",
                "Install plasma-nm; some distributions have its L2TP part in a package of its own "
                "(plasma-nm-l2tp, plasma-nm5-l2tp).");
}

void report_part(const Machine& machine, Group& group, const char* id, const std::string& desktop,
                 const std::string& what, const std::string& file, const std::string& instead) {
  if (!file.empty() && plugin_exists(machine, file)) return group.ok(id, "The " + what + " is installed.");
  if (!file.empty())
    return group.error(id, "The " + what + " (" + file + ") is missing.", "Install nm-l2tp again.");
  if (desktop.empty()) return group.ok(id, "No desktop runs that wants the " + what + ".");
  group.warning(id, "This nm-l2tp has no " + what + " for " + in_quotes(desktop) + ".", instead);
}

unsigned flags_of(const Profile& profile, const char* secret) {
  const auto found = profile.data.find(std::string{secret} + "-flags");
  return found == profile.data.end()
             ? 0
             : static_cast<unsigned>(std::strtoul(found->second.c_str(), nullptr, 10));
}

// Whether somebody must be asked for a secret of the profile.
bool needs_agent(const Profile& profile) {
  constexpr std::array secrets{"password", "ipsec-psk", "user-certpass", "machine-certpass"};
  return std::any_of(secrets.begin(), secrets.end(), [&profile](const char* secret) {
    return (flags_of(profile, secret) & (agent_owned | not_saved)) != 0;
  });
}

void report_agent(const Machine& machine, const Connection* connection, Group& group) {
  constexpr const char* id = "desktop-agent";
  constexpr const char* remedy =
      "Connect with nmcli --ask, run nm-applet in the session, or have NetworkManager store the secret "
      "(password-flags=0, ipsec-psk-flags=0).";
  if (agent_runs(machine)) return group.ok(id, "A program that asks for secrets runs.");
  if (connection != nullptr && needs_agent(connection->profile))
    return group.warning(id, "The connection's secrets are asked for, and no program that asks runs.",
                         remedy);
  if (!desktop_of(machine).empty())
    return group.warning(id, "No program that asks for secrets runs in this desktop.", remedy);
  group.ok(id, "No desktop runs; nmcli --ask asks for secrets.");
}

}  // namespace

Group check_desktop(const Machine& machine, const Connection* connection) {
  Group group{"Desktop"};
  const auto desktop = desktop_of(machine);
  if (desktop.find("KDE") != std::string::npos) {
    report_plasma(machine, group);
  } else {
    report_part(machine, group, "desktop-editor", desktop, "editor",
                name_file_value(machine, "libnm", "plugin"), "Use nmcli to make and change connections.");
    report_part(machine, group, "desktop-auth-dialog", desktop, "secrets dialog",
                name_file_value(machine, "GNOME", "auth-dialog"),
                "Connect with nmcli --ask, or have NetworkManager store the secrets (password-flags=0).");
  }
  report_agent(machine, connection, group);
  return group;
}

}  // namespace l2tp::doctor
