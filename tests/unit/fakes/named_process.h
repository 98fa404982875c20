// A process that sleeps under the name of another program, with arguments of the test's choosing.
#pragma once

#include <string>

#include "fakes/child.h"
#include "fakes/temporary_dir.h"

namespace l2tp {

class NamedProcess {
 public:
  NamedProcess(const std::string& program, const std::string& first_argument) {
    const auto path = dir_.path(program);
    std::filesystem::copy("/bin/sleep", path);
    pid_ = fork();
    if (pid_ == 0) {
      prctl(PR_SET_PDEATHSIG, SIGKILL);
      execl(path.c_str(), first_argument.c_str(), "30", nullptr);
      _exit(1);
    }
    comes_true(
        [&] { return content_of("/proc/" + std::to_string(pid_) + "/cmdline").starts_with(first_argument); });
  }
  NamedProcess(const NamedProcess&) = delete;
  NamedProcess& operator=(const NamedProcess&) = delete;
  ~NamedProcess() {
    kill(pid_, SIGKILL);
    waitpid(pid_, nullptr, 0);
  }

  [[nodiscard]] pid_t pid() const { return pid_; }
  [[nodiscard]] bool ends() const {
    return comes_true([this] { return is_gone(pid_); });
  }

 private:
  TemporaryDir dir_;
  pid_t pid_ = 0;
};

}  // namespace l2tp
