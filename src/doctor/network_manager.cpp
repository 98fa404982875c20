#include <sys/stat.h>

#include <array>
#include <cstdio>
#include <filesystem>

#include "core/wording.h"
#include "doctor/checks.h"
#include "doctor/distribution.h"
#include "doctor/key_file.h"
#include "libnm/profile.h"

namespace l2tp::doctor {

namespace {

constexpr const char* reinstall = "Install nm-l2tp again.";

void check_daemon(const Machine& machine, Group& group) {
  const auto version = machine.network_manager_property("/org/freedesktop/NetworkManager",
                                                        "org.freedesktop.NetworkManager", "Version");
  if (!version || g_variant_is_of_type(version.get(), G_VARIANT_TYPE_STRING) == FALSE) {
    if (!machine.processes("NetworkManager").empty())
      group.error("nm-running", "NetworkManager runs, but does not answer on D-Bus.",
                  "sudo systemctl restart NetworkManager");
    else if (machine.first_of({"/usr/sbin/NetworkManager", "/usr/bin/NetworkManager"}).empty())
      group.error("nm-running", "NetworkManager is not installed.",
                  how_to_install(machine, Software::network_manager));
    else
      group.error("nm-running", "NetworkManager does not run.", "sudo systemctl enable --now NetworkManager");
    return;
  }
  const std::string text{g_variant_get_string(version.get(), nullptr)};
  group.ok("nm-running", "NetworkManager " + text + " runs.");

  unsigned major = 0, minor = 0;
  const bool known = std::sscanf(text.c_str(), "%u.%u", &major, &minor) == 2;
  if (known && (major < 1 || (major == 1 && minor < 42)))
    group.error("nm-version", "nm-l2tp wants NetworkManager 1.42 or newer.",
                "Update NetworkManager with the distribution.");
  else if (text != machine.libnm && !text.starts_with(machine.libnm + "-"))
    group.warning("nm-version",
                  "NetworkManager " + text + " runs, but " + machine.libnm +
                      " is installed: it was updated and not restarted.",
                  "sudo systemctl restart NetworkManager");
  else
    group.ok("nm-version", "nm-l2tp " VERSION " with libnm " + machine.libnm + ".");
}

// NetworkManager leaves out files that others than root could have changed.
bool writable_by_others(const Machine& machine, const std::string& path) {
  struct stat status {};
  return stat((machine.root + path).c_str(), &status) == 0 && (status.st_mode & (S_IWGRP | S_IWOTH)) != 0;
}

void check_name_files(const Machine& machine, Group& group) {
  std::string ours, another;
  for (const auto& path : name_files(machine)) {
    const auto text = machine.read(path);
    if (!text) continue;
    const KeyFile file{*text};
    if (file.value("VPN Connection", "service") != service_type) continue;
    (file.value("VPN Connection", "program") == SERVICE_PROGRAM ? ours : another) = path;
  }
  if (ours.empty())
    group.error("plugin-name-file",
                "NetworkManager does not know of nm-l2tp: no file in its VPN folders names " SERVICE_PROGRAM
                ".",
                reinstall);
  else if (writable_by_others(machine, ours))
    group.error("plugin-name-file",
                ours + " can be written to by others than root, so that NetworkManager ignores it.",
                "sudo chmod 644 " + ours);
  else
    group.ok("plugin-name-file", "NetworkManager knows of the plugin (" + ours + ").");

  if (another.empty())
    group.ok("plugin-conflict", "No other plugin serves L2TP.");
  else
    group.error(
        "plugin-conflict",
        "Another L2TP plugin is installed (" + another + "), and NetworkManager uses only one of them.",
        "Remove the package of that file (network-manager-l2tp, NetworkManager-l2tp), or this one.");
}

void check_programs(const Machine& machine, Group& group) {
  std::string missing;
  for (const char* program : {SERVICE_PROGRAM, KEEPER_PROGRAM, PLUTO_PROGRAM})
    if (!machine.is_executable(program)) missing += (missing.empty() ? "" : ", ") + std::string{program};
  if (!machine.exists(CHARON_CONF) && !machine.is_hidden(CHARON_CONF))
    missing += std::string{missing.empty() ? "" : ", "} + CHARON_CONF;
  if (missing.empty())
    group.ok("plugin-programs", "The service and its helpers are installed.");
  else
    group.error("plugin-programs", "Parts of nm-l2tp are missing: " + missing + ".", reinstall);
}

void check_bus_policy(const Machine& machine, Group& group) {
  constexpr std::string_view permission = "own_prefix=\"org.freedesktop.NetworkManager.l2tp\"";
  for (const std::string folder : {"/usr/share/dbus-1/system.d", "/etc/dbus-1/system.d"})
    for (const auto& path : machine.list(folder)) {
      const auto text = path.ends_with(".conf") ? machine.read(path) : std::nullopt;
      if (text && text->find(permission) != std::string::npos)
        return group.ok("plugin-bus-policy", "D-Bus lets the service have its names.");
    }
  group.error("plugin-bus-policy", "No policy lets the service have its names on D-Bus.",
              "Install nm-l2tp again, then have D-Bus read it: sudo systemctl reload dbus");
}

}  // namespace

std::vector<std::string> name_files(const Machine& machine) {
  std::vector<std::string> paths;
  for (const std::string folder : {"/usr/lib/NetworkManager/VPN", "/etc/NetworkManager/VPN"})
    for (const auto& path : machine.list(folder))
      if (path.ends_with(".name") && !std::filesystem::path{path}.filename().string().starts_with("."))
        paths.push_back(path);
  return paths;
}

Group check_network_manager(const Machine& machine) {
  Group group{"NetworkManager and the plugin"};
  check_daemon(machine, group);
  check_name_files(machine, group);
  check_programs(machine, group);
  check_bus_policy(machine, group);
  return group;
}

}  // namespace l2tp::doctor
