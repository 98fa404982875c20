// Which of a machine's IPsec daemons serves a connection: by what is installed, what runs, and what the
// administrator wants.
#pragma once

#include <array>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "core/failure.h"
#include "core/result.h"

namespace l2tp {

// What ipsec-daemon in /etc/nm-l2tp.conf calls them, in the order in which they are preferred where several
// could be started.
inline constexpr std::array<std::string_view, 3> ipsec_daemon_names{"strongswan", "strongswan-starter",
                                                                    "libreswan"};

// What a machine has of one daemon, at this moment.
struct DaemonState {
  enum class Presence {
    absent,       // not installed
    installed,    // could be started by us
    ours,         // runs already, as our own
    running,      // runs already, and takes connections from us
    unreachable,  // runs already, and doesn't: nor could another one be started beside it
  };
  Presence presence = Presence::absent;
  bool ikev1 = true;   // it can speak IKEv1 to a server
  std::string detail;  // what is missing, or in the way: part of a sentence, with the remedy
};

// A backend as the choice sees it.
struct DaemonChoice {
  std::string_view name;
  DaemonState state;
};

// The index of the daemon to use. One that runs already has UDP port 500, so that no other could be started
// beside it; else the first of `choices` that is installed and speaks the version wanted. `forced`: only that
// one. `passed_over` gets a sentence for each one that would have come first but can't.
Result<std::size_t, Failure> choose_daemon(std::span<const DaemonChoice> choices, bool ikev1_wanted,
                                           std::string_view forced, std::vector<std::string>& passed_over);

// The administrator's choice: the value of ipsec-daemon in section [main] of a key file; empty if there is no
// such file, section or key. The error names what is wrong.
Result<std::string, std::string> forced_daemon(const std::string& path);
inline constexpr const char* configuration_file = "/etc/nm-l2tp.conf";

}  // namespace l2tp
