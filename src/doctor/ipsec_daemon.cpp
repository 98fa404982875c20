#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <regex>
#include <sstream>

#include "core/wording.h"
#include "doctor/checks.h"
#include "doctor/distribution.h"
#include "machine/libreswan.h"
#include "machine/processes.h"
#include "machine/strongswan.h"

namespace l2tp::doctor {

namespace {

using Presence = DaemonState::Presence;

constexpr std::string_view our_secrets = "/run/nm-l2tp/*/ipsec.secrets";

// The first thing in `text` that looks like a version; empty if nothing does.
std::string version_in(const std::optional<std::string>& text) {
  static const std::regex pattern{"[0-9]+\\.[0-9]+[0-9A-Za-z.]*"};
  std::smatch match;
  return text && std::regex_search(*text, match, pattern) ? match.str() : std::string{};
}

std::string with_version(const std::string& name, const std::string& version) {
  return version.empty() ? name : name + " " + version;
}

// --- strongSwan

// charon-systemd has no --version: it would start.
std::string strongswan_version(const Machine& machine, const std::string& charon) {
  if (charon.ends_with("/charon")) return version_in(machine.run({machine.root + charon, "--version"}));
  const auto swanctl = machine.first_of({"/usr/sbin/swanctl", "/usr/bin/swanctl"});
  return swanctl.empty() ? std::string{} : version_in(machine.run({machine.root + swanctl, "--version"}));
}

constexpr std::string_view own_vici_socket = "/run/charon.nm-l2tp.vici";
constexpr std::string_view own_stroke_socket = "/run/charon.nm-l2tp.ctl";

// A process has that socket: charon leaves the file when it ends. May stand there as /var/run.
bool is_live(const Machine& machine, std::string_view socket) {
  const auto lines = lines_of(machine.read("/proc/net/unix").value_or(""));
  return std::any_of(lines.begin(), lines.end(), [&](const std::string& line) {
    const auto words = words_of(line);
    constexpr std::size_t path = 7;  // unix(7)
    return words.size() == path + 1 && (words[path] == socket || words[path] == "/var" + std::string{socket});
  });
}

bool has_system_socket(const Machine& machine) {
  return std::any_of(strongswan::system_vici_sockets.begin(), strongswan::system_vici_sockets.end(),
                     [&](const char* path) { return is_live(machine, path); });
}

// charon-systemd writes no pid file.
bool charon_runs(const Machine& machine) {
  return strongswan::charon_runs(machine.root) || !machine.processes("charon").empty() ||
         !machine.processes("charon-systemd").empty();
}

DaemonState vici_state(const Machine& machine) {
  DaemonState state{Presence::installed, strongswan::speaks_ikev1(machine.root), {}};
  if (has_system_socket(machine)) {
    state.presence = Presence::running;
  } else if (is_live(machine, own_vici_socket)) {
    state.presence = Presence::ours;
  } else if (strongswan::find_charon(machine.root).empty()) {
    state.presence = Presence::absent;
    state.detail = "strongSwan's charon is not installed";
  } else if (!strongswan::has_plugin("vici", machine.root)) {
    state.presence = Presence::absent;
    state.detail = "strongSwan's VICI plugin is not installed";
  } else if (charon_runs(machine) && !is_live(machine, own_stroke_socket)) {
    state.presence = Presence::unreachable;
    state.detail = "a charon runs without its VICI socket, although its VICI plugin is installed";
  }
  return state;
}

DaemonState starter_state(const Machine& machine) {
  DaemonState state{Presence::installed, strongswan::speaks_ikev1(machine.root), {}};
  if (strongswan::find_starter(machine.root).empty() || !strongswan::has_plugin("stroke", machine.root)) {
    state.presence = Presence::absent;
    state.detail = "strongSwan's starter is not installed";
  } else if (is_live(machine, own_stroke_socket)) {
    state.presence = Presence::ours;
  } else if (charon_runs(machine)) {
    state.presence = Presence::unreachable;
    state.detail = "strongSwan's charon runs without its VICI plugin";
  }
  return state;
}

void report_strongswan(const Machine& machine, bool is_wanted, Group& group) {
  const auto charon = strongswan::find_charon(machine.root);
  if (charon.empty()) return group.ok("ipsec-strongswan", "strongSwan is not installed.");
  const auto name = with_version("strongSwan", strongswan_version(machine, charon));
  const bool starter =
      !strongswan::find_starter(machine.root).empty() && strongswan::has_plugin("stroke", machine.root);
  if (strongswan::has_plugin("vici", machine.root))
    group.ok("ipsec-strongswan", name + " is installed, with VICI.");
  else if (starter)
    group.ok("ipsec-strongswan", name + " is installed, without VICI but with starter.");
  else
    group.warning("ipsec-strongswan",
                  name + " is installed without its VICI plugin and without starter, so it cannot be used.",
                  how_to_install(machine, Software::strongswan));

  if (strongswan::speaks_ikev1(machine.root))
    group.ok("ipsec-strongswan-ikev1", "strongSwan speaks IKEv1.");
  else
    group.add(is_wanted ? Level::error : Level::warning, "ipsec-strongswan-ikev1",
              name + " was built without IKEv1, which nearly every L2TP server needs.",
              how_to_install(machine, Software::libreswan));
}

// --- Libreswan

// Only root's: anybody may call a program so, and what a pluto was told is read with our rights.
std::vector<int> plutos(const Machine& machine) {
  auto pids = machine.processes("pluto");
  std::erase_if(pids, [&](int pid) {
    struct stat status {};
    return stat((machine.root + "/proc/" + std::to_string(pid)).c_str(), &status) != 0 ||
           (status.st_uid != 0 && status.st_uid != geteuid());
  });
  return pids;
}

// A pluto whose directory is not ours.
bool system_pluto_runs(const Machine& machine) {
  const auto pids = plutos(machine);
  return std::any_of(pids.begin(), pids.end(), [&](int pid) {
    return command_line(pid, machine.root).find("/run/nm-l2tp/") == std::string::npos;
  });
}

// What the system's pluto was told by `option`; `usual` if nothing.
std::string pluto_option(const Machine& machine, const std::string& option, std::string usual) {
  for (const int pid : plutos(machine)) {
    std::istringstream arguments{command_line(pid, machine.root)};
    for (std::string argument; std::getline(arguments, argument, '\0');)
      if (argument == option && std::getline(arguments, argument, '\0')) return argument;
  }
  return usual;
}

bool own_pluto_runs(const Machine& machine) {
  return !plutos(machine).empty() && !system_pluto_runs(machine);
}

enum class Policy { unknown, accepts, refuses };

// What pluto's own reader makes of its configuration and its defaults; older ones say a number.
Policy ikev1_policy(const Machine& machine, const std::string& programs) {
  const auto configuration = machine.root + pluto_option(machine, "--config", "/etc/ipsec.conf");
  const auto text =
      machine.run({machine.root + programs + "/addconn", "--config", configuration, "--configsetup"});
  static const std::regex pattern{"ikev1[_-]policy='?([a-z0-9]+)"};
  std::smatch match;
  if (!text || !std::regex_search(*text, match, pattern)) return Policy::unknown;
  return match[1] == "accept" || match[1] == "0" ? Policy::accepts : Policy::refuses;
}

DaemonState libreswan_state(const Machine& machine) {
  DaemonState state{Presence::installed, true, {}};
  const auto programs = libreswan::find_programs(machine.root);
  if (programs.empty()) {
    state.presence = Presence::absent;
    state.detail = "Libreswan's pluto is not installed";
  } else if (own_pluto_runs(machine)) {
    state.presence = Presence::ours;
  } else if (system_pluto_runs(machine)) {
    state.presence = machine.exists("/run/pluto/pluto.ctl") ? Presence::running : Presence::unreachable;
    if (state.presence == Presence::unreachable)
      state.detail = "a pluto runs whose control socket (/run/pluto/pluto.ctl) is not there";
    else if (ikev1_policy(machine, programs) == Policy::refuses)
      state.ikev1 = false;
  }
  return state;
}

void report_libreswan(const Machine& machine, Group& group) {
  const auto programs = libreswan::find_programs(machine.root);
  if (programs.empty()) return group.ok("ipsec-libreswan", "Libreswan is not installed.");
  const auto text = machine.run({machine.root + programs + "/pluto", "--version"});
  const auto name = with_version("Libreswan", version_in(text));
  if (text && text->find("IKEv2") != std::string::npos && text->find("IKEv1") == std::string::npos)
    group.warning("ipsec-libreswan", name + " was built without IKEv1.",
                  how_to_install(machine, Software::strongswan));
  else
    group.ok("ipsec-libreswan", name + " is installed.");
}

// Whether a line of a file of secrets includes what `path` is a part of; ipsec.secrets(5).
bool includes(const std::string& text, std::string_view path) {
  const auto lines = lines_of(text);
  return std::any_of(lines.begin(), lines.end(), [&](const std::string& line) {
    const auto words = words_of(line);
    return words.size() > 1 && words[0] == "include" && words[1].find(path) != std::string::npos;
  });
}

// Whether a file of secrets, or one that it includes from /etc/ipsec.d, includes ours.
bool includes_our_secrets(const Machine& machine, const std::string& text) {
  if (includes(text, our_secrets)) return true;
  if (!includes(text, "/etc/ipsec.d/")) return false;
  const auto others = machine.list("/etc/ipsec.d");
  return std::any_of(others.begin(), others.end(), [&](const std::string& path) {
    const auto content = path.ends_with(".secrets") ? machine.read(path) : std::nullopt;
    return content && includes(*content, our_secrets);
  });
}

// A pluto of our own has a configuration of our own.
void report_system_pluto(const Machine& machine, Group& group) {
  if (!system_pluto_runs(machine)) return;
  constexpr const char* policy_id = "ipsec-pluto-ikev1";
  switch (ikev1_policy(machine, libreswan::find_programs(machine.root))) {
    case Policy::accepts:
      group.ok(policy_id, "The pluto that runs accepts IKEv1.");
      break;
    case Policy::refuses:
      group.error(
          policy_id, "The pluto that runs refuses IKEv1.",
          "Put the line ikev1-policy=accept into the section `config setup` of /etc/ipsec.conf, then: "
          "sudo systemctl restart ipsec");
      break;
    case Policy::unknown:
      group.unchecked(policy_id,
                      "whether the pluto that runs accepts IKEv1: its configuration cannot be read");
  }

  constexpr const char* secrets_id = "ipsec-pluto-secrets";
  const auto secrets = machine.read(pluto_option(machine, "--secretsfile", "/etc/ipsec.secrets"));
  if (!secrets && !machine.privileged)
    group.unchecked(secrets_id, "whether the pluto that runs reads our pre-shared keys: needs root");
  else if (secrets && includes_our_secrets(machine, *secrets))
    group.ok(secrets_id, "The pluto that runs reads our pre-shared keys.");
  else
    group.error(secrets_id, "The pluto that runs does not read our pre-shared keys.",
                "Put this line into /etc/ipsec.secrets: include " + std::string{our_secrets});
}

// --- the choice

void report_choice(const Machine& machine, const std::vector<DaemonChoice>& daemons, Group& group) {
  const auto forced = forced_daemon(machine.root + configuration_file);
  if (!forced)
    return group.error("ipsec-choice",
                       "/etc/nm-l2tp.conf does not name an IPsec daemon: " + forced.error() + ".",
                       "Set ipsec-daemon to strongswan, strongswan-starter or libreswan, or take it out.");
  std::vector<std::string> passed_over;
  const auto chosen = choose_daemon(daemons, true, forced.value(), passed_over);
  if (chosen) {
    const auto& daemon = daemons[chosen.value()];
    std::string sentence = "A connection uses " + std::string{daemon.name};
    if (daemon.state.presence == Presence::running) sentence += ", which runs already";
    if (!forced.value().empty()) sentence += ", as /etc/nm-l2tp.conf wants";
    return group.ok("ipsec-choice", sentence + ".");
  }
  std::string remedy{chosen.error().kind->advice};
  if (chosen.error().kind->id == "ipsec-daemon-missing" && forced.value().empty())
    remedy = how_to_install(machine, Software::strongswan);
  else if (chosen.error().kind->id == "ipsec-daemon-missing")
    remedy = "Install " + forced.value() + ", or take ipsec-daemon out of /etc/nm-l2tp.conf.";
  else if (chosen.error().detail.find("VICI plugin") != std::string::npos)
    remedy = how_to_install(machine, Software::strongswan) +
             " and restart that charon (sudo ipsec restart), or "
             "stop it.";
  group.error("ipsec-choice", chosen.error().sentence(), remedy);
}

}  // namespace

std::vector<DaemonChoice> ipsec_daemons(const Machine& machine) {
  return {{ipsec_daemon_names[0], vici_state(machine)},
          {ipsec_daemon_names[1], starter_state(machine)},
          {ipsec_daemon_names[2], libreswan_state(machine)}};
}

Group check_ipsec_daemon(const Machine& machine) {
  Group group{"IPsec daemon"};
  const auto daemons = ipsec_daemons(machine);
  report_strongswan(machine, daemons[2].state.presence == Presence::absent, group);
  report_libreswan(machine, group);
  report_system_pluto(machine, group);
  report_choice(machine, daemons, group);
  return group;
}

}  // namespace l2tp::doctor
