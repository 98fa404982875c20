// Denials of AppArmor and SELinux against our children, as the kernel has logged them since it started.
#include <algorithm>
#include <array>
#include <map>
#include <regex>
#include <set>

#include "core/wording.h"
#include "doctor/checks.h"

namespace l2tp::doctor {

namespace {

constexpr std::array programs{"charon", "charon-systemd",  "starter",       "stroke", "swanctl",
                              "pluto",  "addconn",         "whack",         "xl2tpd", "pppd",
                              "ipsec",  "nm-l2tp-service", "nm-l2tp-keeper"};

bool is_ours(std::string_view path) {
  const auto name = path.substr(path.rfind('/') + 1);
  return std::any_of(programs.begin(), programs.end(), [name](std::string_view one) {
    // The kernel keeps 15 bytes of a name.
    return name == one || (one.size() > 15 && name == one.substr(0, 15));
  });
}

// NAME=VALUE or NAME="VALUE" in an audit record; empty if it is not there.
std::string field(const std::string& line, const std::string& name) {
  for (auto at = line.find(name + "="); at != std::string::npos; at = line.find(name + "=", at + 1)) {
    if (at > 0 && line[at - 1] != ' ') continue;
    auto value = line.substr(at + name.size() + 1);
    if (value.starts_with('"')) return value.substr(1, value.find('"', 1) - 1);
    return value.substr(0, value.find_first_of(" \n"));
  }
  return {};
}

struct Denials {
  // What was denied -> how often. In the order of their words, each once.
  std::map<std::string, unsigned> apparmor, selinux;
  std::string profile;             // of the last of AppArmor's
  std::set<std::string> confined;  // the programs of SELinux's
};

void read_denial(const std::string& line, Denials& denials) {
  if (line.find("apparmor=\"DENIED\"") != std::string::npos) {
    const auto profile = field(line, "profile");
    if (!is_ours(profile) && !is_ours(field(line, "comm"))) return;
    const auto what = field(line, "name").empty() ? field(line, "capname") : field(line, "name");
    ++denials.apparmor[in_quotes(profile) + " may not " + field(line, "operation") + " " + in_quotes(what)];
    denials.profile = profile;
  } else if (line.find("avc:  denied  {") != std::string::npos) {
    const auto comm = field(line, "comm");
    if (comm.find('/') != std::string::npos || !is_ours(comm)) return;
    denials.confined.insert(comm);
    const auto open = line.find('{'), close = line.find('}', open);
    const auto right = close == std::string::npos ? "" : line.substr(open + 1, close - open - 1);
    const auto what = field(line, "name").empty() ? field(line, "tclass") : field(line, "name");
    ++denials.selinux[in_quotes(comm) + " was denied {" + right + "} on " + in_quotes(what)];
  }
}

std::string summary(const std::map<std::string, unsigned>& kinds) {
  constexpr std::size_t most = 3;
  std::string text;
  std::size_t shown = 0;
  for (const auto& [words, count] : kinds) {
    if (shown++ == most) break;
    text += (text.empty() ? "" : "; ") + words + (count > 1 ? " (" + std::to_string(count) + " times)" : "");
  }
  if (kinds.size() > most) text += "; and " + std::to_string(kinds.size() - most) + " more";
  return text;
}

// "/usr/lib/ipsec/charon" -> "usr.lib.ipsec.charon": the file where AppArmor's users add their own rules.
std::string local_file(const std::string& profile) {
  if (!profile.starts_with('/') ||
      profile.find_first_not_of("abcdefghijklmnopqrstuvwxyz"
                                "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789/._-") != std::string::npos)
    return {};
  auto name = profile.substr(1);
  std::replace(name.begin(), name.end(), '/', '.');
  return name;
}

std::string apparmor_remedy(const Denials& denials) {
  const auto file = local_file(denials.profile);
  if (file.empty())
    return "Allow it in the profile in /etc/apparmor.d, and load that: sudo apparmor_parser -r FILE";
  return "Allow it by a rule in /etc/apparmor.d/local/" + file +
         ", then: sudo apparmor_parser -r /etc/apparmor.d/" + file;
}

// Of our programs' denials alone: others' would be allowed along with them.
std::string selinux_remedy(const Denials& denials) {
  std::string searches;
  for (const auto& program : denials.confined)
    searches += (searches.empty() ? "" : "; ") + ("sudo ausearch -m avc -ts boot -c " + program);
  if (denials.confined.size() > 1) searches = "{ " + searches + "; }";
  return "Allow it: " + searches +
         " | audit2allow -M nm-l2tp-local, read in nm-l2tp-local.te what that would allow, then: sudo "
         "semodule -i nm-l2tp-local.pp";
}

std::string enforced_profiles(const std::string& text) {
  std::string names;
  for (const auto& line : lines_of(text)) {
    const auto name = line.substr(0, line.rfind(" ("));
    if (line.ends_with("(enforce)") && is_ours(name)) names += (names.empty() ? "" : ", ") + name;
  }
  return names;
}

}  // namespace

Group check_security(const Machine& machine) {
  Group group{"AppArmor and SELinux"};
  const bool apparmor =
      machine.read("/sys/module/apparmor/parameters/enabled").value_or("N").starts_with('Y');
  const bool selinux = machine.read("/sys/fs/selinux/enforce").value_or("0").starts_with('1');
  if (!apparmor && !selinux) {
    group.ok("security-denials", "Neither of them is enforced.");
    return group;
  }
  if (!machine.privileged) {
    group.unchecked("security-denials", "what " + std::string{apparmor ? "AppArmor" : "SELinux"} +
                                            " denied our programs: needs root");
    return group;
  }

  // The audit daemon takes the records away from the kernel's log.
  Denials denials;
  bool seen = false;
  for (const char* log : {"/dev/kmsg", "/var/log/audit/audit.log"}) {
    const auto text = machine.read(log);
    seen = seen || text.has_value();
    for (const auto& line : lines_of(text.value_or(""))) read_denial(line, denials);
  }
  if (!seen) {
    group.unchecked("security-denials", "what was denied our programs: the kernel's log cannot be read");
    return group;
  }
  if (!denials.apparmor.empty())
    group.warning("security-denials", "AppArmor: " + summary(denials.apparmor) + ".",
                  apparmor_remedy(denials));
  if (!denials.selinux.empty())
    group.warning("security-denials", "SELinux: " + summary(denials.selinux) + ".", selinux_remedy(denials));
  if (denials.apparmor.empty() && denials.selinux.empty())
    group.ok("security-denials", "No denial of our programs is logged.");

  const auto enforced =
      enforced_profiles(machine.read("/sys/kernel/security/apparmor/profiles").value_or(""));
  if (!enforced.empty()) group.ok("security-profiles", "AppArmor confines " + enforced + ".");
  return group;
}

}  // namespace l2tp::doctor
