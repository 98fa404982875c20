// Processes that are not our children: pppd, which xl2tpd runs, and those that a dead service left.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "core/glib.h"
#include "machine/fd.h"
#include "machine/processes.h"
#include "service/system/clock.h"

namespace l2tp {

// One process, held by a pidfd, so that a signal never reaches another one with a reused number.
class ForeignProcess {
 public:
  // Nothing if there is no such process.
  static std::unique_ptr<ForeignProcess> open(int pid);

  ForeignProcess(int pid, Fd pidfd) : pid_(pid), pidfd_(std::move(pidfd)) {}
  ForeignProcess(const ForeignProcess&) = delete;
  ForeignProcess& operator=(const ForeignProcess&) = delete;
  ~ForeignProcess() = default;

  [[nodiscard]] int pid() const { return pid_; }
  void send(int signal) const;
  // SIGTERM, and SIGKILL if it still lives after `grace`; `ended` is called once it has ended.
  void terminate(Milliseconds grace, std::function<void()> ended);
  // `ended` is called once it has ended, whoever ended it; not together with `terminate`.
  void watch(std::function<void()> ended);

 private:
  static gboolean on_ended(int fd, GIOCondition condition, gpointer self);

  int pid_;
  Fd pidfd_;
  MainLoopClock clock_;
  std::unique_ptr<Clock::Timer> killer_;
  std::function<void()> ended_;
  Source watch_;
};

// Kills every xl2tpd and pppd whose command line names a file below `directory`: proof that it belongs to
// that connection. True if there was one; it ends a moment later, so ask again.
bool kill_processes_of(const std::string& directory);

// Removes what a killed pppd leaves: the file /run/pppN.pid that still names `pid`.
void remove_pppd_pid_file(int pid);

}  // namespace l2tp
