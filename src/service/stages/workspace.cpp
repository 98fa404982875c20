#include "service/stages/workspace.h"

#include <unistd.h>

#include <cerrno>
#include <cstring>

namespace l2tp {

namespace {

// A predecessor of this connection that is still unwinding lets go within its own bounds.
constexpr Milliseconds retry_time{20};

}  // namespace

Failure WorkspaceStage::timed_out() const {
  return failure("workspace-in-use", std::string{run_base} + "/" + activation_.settings.uuid + " is locked");
}

void WorkspaceStage::start(Started started, Lost) {
  started_ = std::move(started);
  sweep_.start([this] { claim(); });
}

void WorkspaceStage::claim() {
  const std::string path = std::string{run_base} + "/" + activation_.settings.uuid;
  auto lock = lock_directory(path);
  if (lock) {
    auto dir = std::make_unique<RunDir>(path, std::move(lock.value()));
    if (dir->empty()) {
      activation_.run_dir = std::move(dir);
      return started_(std::nullopt);
    }
    dir->keep();  // its owner died while we waited: what it left is to be swept first
    dir.reset();
    retry_ = clock_.after(Milliseconds{0}, [this] { sweep_.start([this] { claim(); }); });
    return;
  }
  if (lock.error() == LockError::failed)
    return started_(failure("workspace-failed", path + ": " + std::strerror(errno)));
  retry_ = clock_.after(retry_time, [this] { claim(); });
}

void WorkspaceStage::stop(Stopped stopped) {
  sweep_.cancel();
  retry_.reset();
  activation_.run_dir.reset();
  rmdir(run_base);  // if it is empty
  stopped();
}

}  // namespace l2tp
