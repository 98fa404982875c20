// The kernel modules of the fast data path, asked for by name, so that a blacklist of their aliases does not
// matter.
#pragma once

#include <functional>
#include <memory>

#include "service/system/child_process.h"

namespace l2tp {

class KernelModules {
 public:
  // True if the kernel has PPP over L2TP now.
  static bool have_l2tp_ppp();

  // Runs modprobe(8) if it is needed, and calls `done` once; without the module the tunnel works through a
  // pty.
  void load(std::function<void()> done);

 private:
  MainLoopClock clock_;
  std::unique_ptr<ChildProcess> modprobe_;
  std::unique_ptr<Clock::Timer> patience_;
};

}  // namespace l2tp
