// A forked child that plays another process, until it is killed.
#pragma once

#include <fcntl.h>
#include <poll.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <functional>
#include <string>

namespace l2tp {

class Child {
 public:
  // Returns when the child has done `what`. Then it does what `goes_on` says: nothing, for ever, unless the
  // test wants more.
  explicit Child(const std::function<void()>& what, const std::function<void()>& goes_on = pause_for_ever) {
    std::array<int, 2> ready{};
    if (pipe2(ready.data(), O_CLOEXEC) != 0) std::abort();
    pid_ = fork();
    if (pid_ == 0) {
      prctl(PR_SET_PDEATHSIG, SIGKILL);
      what();
      close(ready[1]);
      goes_on();
      _exit(0);
    }
    close(ready[1]);
    char byte = 0;
    (void)!read(ready[0], &byte, 1);  // until the child closes its end
    close(ready[0]);
  }
  Child(const Child&) = delete;
  Child& operator=(const Child&) = delete;
  ~Child() { kill(); }

  [[nodiscard]] pid_t pid() const { return pid_; }

  void kill() {
    if (pid_ <= 0) return;
    ::kill(pid_, SIGKILL);
    waitpid(pid_, nullptr, 0);
    pid_ = 0;
  }

 private:
  static void pause_for_ever() {
    while (true) pause();
  }

  pid_t pid_ = 0;
};

inline bool is_alive(pid_t pid) {
  return pid > 0 && ::kill(pid, 0) == 0;
}

// The letter of proc(5): 'R', 'S', 'T' (stopped), 'Z', ...; 0 if there is no such process.
inline char process_state(pid_t pid) {
  const std::string path = "/proc/" + std::to_string(pid) + "/stat";
  FILE* file = fopen(path.c_str(), "r");
  if (file == nullptr) return 0;
  char state = 0;
  const bool read = fscanf(file, "%*d (%*[^)]) %c", &state) == 1;
  fclose(file);
  return read ? state : '\0';
}

// True once no process `pid` is left; a zombie that somebody else must bury counts as gone.
inline bool is_gone(pid_t pid) {
  const char state = process_state(pid);
  return state == 0 || state == 'Z';
}

inline bool comes_true(const std::function<bool()>& condition, int patience_ms = 5000) {
  for (int waited = 0; waited < patience_ms; waited += 5) {
    if (condition()) return true;
    poll(nullptr, 0, 5);
  }
  return condition();
}

}  // namespace l2tp
