#include "service/system/foreign_process.h"

#include <glib-unix.h>

extern "C" {
#include <sys/pidfd.h>  // glibc 2.36 does not say it itself
}

#include <csignal>
#include <filesystem>
#include <fstream>

namespace l2tp {

namespace {

namespace fs = std::filesystem;

// Others may name our files too, such as the pager of somebody who reads them.
bool is_daemon_of_ours(int pid) {
  std::error_code error;
  const auto program = fs::read_symlink("/proc/" + std::to_string(pid) + "/exe", error).filename().string();
  return program.starts_with("xl2tpd") ||
         program.starts_with("pppd");  // " (deleted)" follows after an upgrade
}

}  // namespace

std::unique_ptr<ForeignProcess> ForeignProcess::open(int pid) {
  Fd pidfd{pidfd_open(pid, 0)};
  if (!pidfd) return nullptr;
  return std::make_unique<ForeignProcess>(pid, std::move(pidfd));
}

void ForeignProcess::send(int signal) const {
  pidfd_send_signal(pidfd_.get(), signal, nullptr, 0);
}

void ForeignProcess::terminate(Milliseconds grace, std::function<void()> ended) {
  watch(std::move(ended));
  killer_ = clock_.after(grace, [this] { send(SIGKILL); });
  send(SIGTERM);
}

void ForeignProcess::watch(std::function<void()> ended) {
  ended_ = std::move(ended);
  watch_ = Source{g_unix_fd_add(pidfd_.get(), G_IO_IN, on_ended, this)};
}

gboolean ForeignProcess::on_ended(int, GIOCondition, gpointer self) {
  auto* process = static_cast<ForeignProcess*>(self);
  process->watch_.forget();
  process->killer_.reset();
  const auto ended = std::move(process->ended_);
  ended();  // may end this object
  return G_SOURCE_REMOVE;
}

bool kill_processes_of(const std::string& directory) {
  bool found = false;
  for (const int pid : process_ids()) {
    if (pid == getpid()) continue;
    // Held before it is judged, so that what is judged is what is killed.
    const auto process = ForeignProcess::open(pid);
    if (!process || !is_daemon_of_ours(pid) || command_line(pid).find(directory + "/") == std::string::npos)
      continue;
    found = true;
    process->send(SIGKILL);
    remove_pppd_pid_file(pid);
  }
  return found;
}

void remove_pppd_pid_file(int pid) {
  std::error_code error;
  for (const auto& entry : fs::directory_iterator{"/run", error}) {
    const auto name = entry.path().filename().string();
    if (!name.starts_with("ppp") || !name.ends_with(".pid")) continue;
    int named = 0;
    std::ifstream{entry.path()} >> named;
    if (named == pid) fs::remove(entry.path(), error);
  }
}

}  // namespace l2tp
