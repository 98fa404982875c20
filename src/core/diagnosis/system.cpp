// What the rest of a machine says around a connection: kernel, audit, desktop, NetworkManager and
// NetworkManager-l2tp.
#include "core/diagnosis/rules.h"

namespace l2tp::diagnosis {

namespace {

constexpr std::string_view apparmor_advice =
    "Allow it in the profile under /etc/apparmor.d/local, or switch that profile to complain mode "
    "(aa-complain).";
constexpr std::string_view selinux_advice =
    "Update the policy (selinux-policy), or build a module from the program's denials (ausearch -m avc -c "
    "PROGRAM | audit2allow -M NAME) and read NAME.te before you load it.";

constexpr Rule system_table[] = {
    // Our own service, in the journal.
    {"ipsec is up after", Sign::phase2_up},
    {"l2tp is up after", Sign::call_up},
    {"ppp is up after", Sign::ppp_up},
    {"nothing is left state=ended", Sign::we_end},

    {"apparmor=\"denied\"*charon", Sign::failure, "ipsec-daemon-forbidden", {}, apparmor_advice},
    {"apparmor=\"denied\"*stroke", Sign::failure, "ipsec-daemon-forbidden", {}, apparmor_advice},
    {"apparmor=\"denied\"*swanctl", Sign::failure, "ipsec-daemon-forbidden", {}, apparmor_advice},
    {"apparmor=\"denied\"*pluto", Sign::failure, "ipsec-daemon-forbidden", {}, apparmor_advice},
    {"apparmor=\"denied\"*xl2tpd", Sign::failure, "l2tp-daemon-forbidden", {}, apparmor_advice},
    {"apparmor=\"denied\"*pppd", Sign::failure, "l2tp-daemon-forbidden", {}, apparmor_advice},
    {"avc: denied*comm=\"charon", Sign::failure, "ipsec-daemon-forbidden", {}, selinux_advice},
    {"avc: denied*comm=\"starter", Sign::failure, "ipsec-daemon-forbidden", {}, selinux_advice},
    {"avc: denied*comm=\"pluto", Sign::failure, "ipsec-daemon-forbidden", {}, selinux_advice},
    {"avc: denied*ipsec_t", Sign::failure, "ipsec-daemon-forbidden", {}, selinux_advice},
    {"avc: denied*l2tpd_t", Sign::failure, "l2tp-daemon-forbidden", {}, selinux_advice},
    {"avc: denied*comm=\"xl2tpd", Sign::failure, "l2tp-daemon-forbidden", {}, selinux_advice},
    {"avc: denied*pppd_t", Sign::failure, "l2tp-daemon-forbidden", {}, selinux_advice},

    {"cannot find authentication binary", Sign::failure, "settings-no-agent",
     "the desktop does not find the password dialog",
     "Log out and in again, or restart; if that does not help, install this plugin's password dialog anew."},
    {"no agents were available for this request", Sign::failure, "settings-no-agent",
     "no secret agent was running"},
    {"error while reading vpn plugin output keyfile", Sign::failure, "settings-no-agent",
     "the answer of the plugin's password dialog was not understood"},
    {"could not load editor vpn plugin for*l2tp", Sign::failure, "settings-no-editor",
     "the plugin's editor is not there"},
    {"missing plugin file*vpn-plugin-l2tp", Sign::failure, "settings-no-editor",
     "the plugin's editor is not there"},
    {"the 'l2tp' plugin only supports a single active connection", Sign::failure, "workspace-old-plugin",
     "it runs one connection at a time"},
    {"could not find the ipsec binary", Sign::failure, "ipsec-daemon-missing", "there is no ipsec program"},
    {"could not find the xl2tpd binary", Sign::failure, "l2tp-daemon-missing", "it is not installed"},
    {"could not find the pppd binary", Sign::failure, "ppp-not-started", "it is not installed"},
    {"didn't initialize our dbus module", Sign::consequence, "ppp-not-started",
     "its plugin was never heard of"},
    {"could not establish ipsec", Sign::consequence, "ipsec-failed",
     "NetworkManager-l2tp says no more; see the daemon's own lines"},
    {"timeout trying to establish ipsec connection", Sign::consequence, "ipsec-failed",
     "NetworkManager-l2tp waited 16 s for it"},
    {"failed to connect: 'timeout was reached'", Sign::consequence, "workspace-old-plugin",
     "it did not answer NetworkManager within 10 s"},
    {"message recipient disconnected from message bus without replying", Sign::consequence,
     "workspace-old-plugin", "its service died"},
    {"module l2tp_ppp not found", Sign::failure, "l2tp-kernel-missing", "there is no module l2tp_ppp"},
    {"module pppol2tp not found", Sign::failure, "l2tp-kernel-missing", "there is no module pppol2tp"},
};

}  // namespace

std::span<const Rule> system_rules() {
  return system_table;
}

}  // namespace l2tp::diagnosis
