#include <array>
#include <cstdio>

#include "core/wording.h"
#include "doctor/checks.h"
#include "doctor/distribution.h"

namespace l2tp::doctor {

namespace {

// The word behind `mark` in what a program printed; empty if it is not there.
std::string word_behind(const std::string& text, const std::string& mark) {
  const auto at = text.find(mark);
  if (at == std::string::npos) return {};
  const auto rest = text.substr(at + mark.size());
  return rest.substr(0, rest.find_first_of(" \n"));
}

void report_pppd(const Machine& machine, Group& group) {
  const auto pppd =
      machine.first_of({"/usr/sbin/pppd", "/usr/bin/pppd", "/sbin/pppd", "/usr/local/sbin/pppd"});
  if (pppd.empty())
    return group.error("pppd", "pppd is not installed.", how_to_install(machine, Software::pppd));
  const auto text = machine.run({machine.root + pppd, "--version"});
  const auto version = text ? word_behind(*text, "pppd version ") : std::string{};
  group.ok("pppd", "pppd" + (version.empty() ? "" : " " + version) + " is installed.");

  constexpr const char* id = "pppd-plugin";
  if (!machine.exists(PPPD_PLUGIN))
    return group.error(id, "nm-l2tp's plugin for pppd (" PPPD_PLUGIN ") is missing.",
                       "Install nm-l2tp again.");
  if (version.empty())
    return group.unchecked(id, "whether pppd takes our plugin, which is for " PPPD_VERSION
                               ": pppd does not say its version" +
                                   std::string{machine.privileged ? "" : " to others than root"});
  if (version != PPPD_VERSION)
    return group.error(id,
                       "nm-l2tp's plugin was built for pppd " PPPD_VERSION ", and pppd " + version +
                           " is installed, which refuses it.",
                       "Install the nm-l2tp that was built for this pppd, or build it anew.");
  group.ok(id, "Its plugin for pppd is of the same version.");
}

void report_xl2tpd(const Machine& machine, Group& group) {
  const auto xl2tpd = machine.first_of({"/usr/sbin/xl2tpd", "/usr/bin/xl2tpd", "/usr/local/sbin/xl2tpd"});
  if (xl2tpd.empty() || !machine.is_executable(xl2tpd))
    return group.error("xl2tpd", "xl2tpd is not installed.", how_to_install(machine, Software::xl2tpd));
  const auto version = word_behind(machine.run({machine.root + xl2tpd, "--version"}).value_or(""), "xl2tpd-");
  unsigned major = 0, minor = 0, patch = 0;
  const bool known = std::sscanf(version.c_str(), "%u.%u.%u", &major, &minor, &patch) == 3;
  if (known && std::array{major, minor, patch} <= std::array{1U, 3U, 6U})
    return group.warning("xl2tpd",
                         "xl2tpd " + version + " crashes when it ends a session, which 1.3.7 mends.",
                         "Update xl2tpd with the distribution.");
  group.ok("xl2tpd", "xl2tpd" + (version.empty() ? "" : " " + version) + " is installed.");
}

}  // namespace

Group check_ppp(const Machine& machine) {
  Group group{"L2TP and PPP"};
  report_xl2tpd(machine, group);
  report_pppd(machine, group);
  return group;
}

}  // namespace l2tp::doctor
