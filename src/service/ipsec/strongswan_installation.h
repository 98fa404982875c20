// What of strongSwan is installed on this machine, wherever its distribution put it.
#pragma once

#include <string>

namespace l2tp::strongswan {

// The IKE daemon: charon, or charon-systemd where a distribution has only that (it runs as well as any
// without systemd). Empty: none.
std::string find_charon();

// True if charon's plugin `name` ("vici", "stroke") is installed, or built in.
bool has_plugin(const std::string& name);

// True unless libcharon was built without IKEv1, as it is by default since 6.1: it then lacks main mode.
bool speaks_ikev1();

// True if a charon runs, as its own pid file tells; it would not let a second one start.
bool charon_runs();

// Removes that file when no charon runs: a killed one leaves it.
void remove_stale_pid_file();

}  // namespace l2tp::strongswan
