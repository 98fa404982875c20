// What of strongSwan is installed on a machine, wherever its distribution put it.
#pragma once

#include <array>
#include <string>

namespace l2tp::strongswan {

// The IKE daemon: charon, or charon-systemd where a distribution has only that (it runs as well as any
// without systemd). Its path without `root`; empty: none.
std::string find_charon(const std::string& root = {});

// Starter, with charon beside it: it runs no other. Its path without `root`; empty: none.
std::string find_starter(const std::string& root = {});

// Where distributions let the system's charon listen for VICI.
inline constexpr std::array<const char*, 2> system_vici_sockets{"/run/charon.vici",
                                                                "/run/strongswan/charon.vici"};

// True if charon's plugin `name` ("vici", "stroke") is installed, or built in.
bool has_plugin(const std::string& name, const std::string& root = {});

// True unless libcharon was built without IKEv1, as it is by default since 6.1: it then lacks main mode.
bool speaks_ikev1(const std::string& root = {});

// True if a charon runs, as its own pid file tells; it would not let a second one start.
bool charon_runs(const std::string& root = {});

// Removes that file when no charon runs: a killed one leaves it.
void remove_stale_pid_file();

}  // namespace l2tp::strongswan
