// Which IPsec daemon serves a connection: chosen for each attempt by what is installed and what runs.
#pragma once

#include <functional>
#include <memory>
#include <span>
#include <string>
#include <string_view>

#include "core/failure.h"
#include "core/result.h"
#include "machine/ipsec_choice.h"
#include "service/ipsec/daemon.h"
#include "service/system/clock.h"

namespace l2tp {

// Something under way that nobody needs to ask about; it stops where it is when the last owner lets go.
using Errand = std::shared_ptr<void>;

// One daemon that we know how to use.
struct IpsecBackend {
  std::string_view name;  // what ipsec-daemon in /etc/nm-l2tp.conf calls it
  DaemonState (*state)();
  std::unique_ptr<IpsecDaemon> (*make)(Clock& clock);
  // Takes a connection that a dead service left out of the daemon, if it runs: its name there, and the dead
  // service's run directory. `done` comes once, and not from an errand that was let go.
  Errand (*sweep)(Clock& clock, const std::string& name, const std::string& directory,
                  const std::function<void()>& done);
};

// All of them, in the order in which they are preferred where several could be started.
std::span<const IpsecBackend> ipsec_backends();

// The above, done for this machine.
Result<std::unique_ptr<IpsecDaemon>, Failure> select_daemon(const IpsecSettings& ipsec, Clock& clock);

}  // namespace l2tp
