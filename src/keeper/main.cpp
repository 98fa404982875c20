// nm-l2tp-keeper DIRECTORY PROGRAM [ARGUMENT...]: runs PROGRAM for as long as anyone is connected.
//
// What PROGRAM runs itself ends with it, also when it is killed.
//
// Standard input is the first user's end of a socket pair; later users connect to DIRECTORY/keeper.sock. A
// user leaves by sending a zero byte and shutting its end down; it sees its connection closed when it may go.
// A byte of 1 has PROGRAM get SIGHUP.
// When the last one has left, PROGRAM is ended, DIRECTORY is removed with all that is in it, and this process
// exits. A last user that dies instead leaves children that still say goodbye to their servers, through
// PROGRAM's tunnels: it is ended a moment later. If PROGRAM ends by itself, so does this process. If this
// process is killed, PROGRAM gets SIGTERM.
//
// Exit status: 0 all is ended; 1 another keeper holds DIRECTORY, or it cannot be made; 127 PROGRAM cannot be
// run.

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <string>
#include <system_error>
#include <vector>

#include "machine/fd.h"
#include "service/system/locked_dir.h"

namespace {

using l2tp::Fd;

constexpr int end_time = 1500;    // ms that the program has to end by itself
constexpr int linger_time = 500;  // ms that a dead user's children have to say goodbye
constexpr char reload_wish = 1;   // what a user sends
constexpr int lock_wait = 3000;   // ms in which a keeper that is just ending may still end

int complain(const char* what) {
  std::fprintf(stderr, "nm-l2tp-keeper: %s: %s\n", what, std::strerror(errno));
  return 1;
}

// Waits for the directory's lock only while a former keeper ends.
l2tp::Result<Fd, l2tp::LockError> lock(const std::string& directory) {
  for (int waited = 0;; waited += 10) {
    auto locked = l2tp::lock_directory(directory);
    if (locked || waited >= lock_wait || locked.error() != l2tp::LockError::in_use) return locked;
    poll(nullptr, 0, 10);
  }
}

Fd listen_at(const std::string& path) {
  sockaddr_un name{};
  name.sun_family = AF_UNIX;
  if (path.size() >= sizeof name.sun_path) {
    errno = ENAMETOOLONG;
    return {};
  }
  path.copy(name.sun_path, path.size());
  unlink(path.c_str());  // a dead keeper's: we hold the lock
  Fd fd{socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0)};
  if (fd &&
      (bind(fd.get(), reinterpret_cast<sockaddr*>(&name), sizeof name) != 0 || listen(fd.get(), 16) != 0))
    fd.reset();
  return fd;
}

Fd watch_signals() {
  sigset_t set;
  sigemptyset(&set);
  for (const int number : {SIGCHLD, SIGTERM, SIGINT, SIGHUP}) sigaddset(&set, number);
  sigprocmask(SIG_BLOCK, &set, nullptr);
  return Fd{signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK)};
}

pid_t run(char** argv) {
  const pid_t parent = getpid();
  const pid_t pid = fork();
  if (pid != 0) return pid;
  prctl(PR_SET_PDEATHSIG, SIGTERM);
  if (getppid() != parent) _exit(1);
  sigset_t none;
  sigemptyset(&none);
  sigprocmask(SIG_SETMASK, &none, nullptr);
  const int null = open("/dev/null", O_RDONLY);
  if (null >= 0) dup2(null, STDIN_FILENO);
  execv(argv[0], argv);
  std::fprintf(stderr, "nm-l2tp-keeper: %s: %s\n", argv[0], std::strerror(errno));
  _exit(127);
}

// The processes whose parent we are.
std::vector<pid_t> children() {
  std::vector<pid_t> pids;
  std::error_code ignored;
  for (const auto& entry : std::filesystem::directory_iterator{"/proc", ignored}) {
    // proc(5): "PID (NAME) STATE PARENT ..."; a name may hold anything.
    std::ifstream file{entry.path() / "stat"};
    std::string line;
    std::getline(file, line);
    const auto end = line.rfind(") ");
    if (end == std::string::npos || line.size() < end + 5) continue;
    if (std::strtol(line.c_str() + end + 4, nullptr, 10) == getpid())
      pids.push_back(static_cast<pid_t>(std::strtol(line.c_str(), nullptr, 10)));
  }
  return pids;
}

// Tells a user that PROGRAM runs, and will run for as long as it stays.
void welcome(const Fd& user) {
  const char byte = 0;
  send(user.get(), &byte, 1, MSG_NOSIGNAL | MSG_DONTWAIT);
}

struct User {
  Fd socket;
  bool said_goodbye = false;
};

class Keeper {
 public:
  Keeper(pid_t program, Fd listener, Fd signals)
      : program_(program), listener_(std::move(listener)), signals_(std::move(signals)) {
    users_.push_back({Fd{fcntl(STDIN_FILENO, F_DUPFD_CLOEXEC, 3)}});
    close(STDIN_FILENO);
    welcome(users_.front().socket);
  }

  // Until the program and all that it ran have ended; the program's exit status.
  int keep() {
    while (program_ > 0) turn();
    end_orphans();
    return status_;
  }

 private:
  enum class State { serving, lingering, ending };

  void turn() {
    // A closed listener is passed over.
    std::vector<pollfd> waiting{{signals_.get(), POLLIN, 0}, {listener_.get(), POLLIN, 0}};
    for (const auto& user : users_) waiting.push_back({user.socket.get(), POLLIN, 0});
    if (poll(waiting.data(), waiting.size(), patience_) == 0) time_is_over();
    if ((waiting[0].revents & POLLIN) != 0) take_signals();

    // From the back, so that the indices stay true.
    for (auto i = users_.size(); i-- > 0;)
      if (waiting[i + 2].revents != 0) hear(i);
    if ((waiting[1].revents & POLLIN) != 0) admit();
  }

  void time_is_over() {
    if (state_ == State::lingering) return end_program();
    if (state_ == State::ending) kill(program_, SIGKILL);
  }

  void admit() {
    Fd user{accept4(listener_.get(), nullptr, nullptr, SOCK_CLOEXEC | SOCK_NONBLOCK)};
    if (!user) return;
    welcome(user);
    users_.push_back({std::move(user)});
    state_ = State::serving;
    patience_ = -1;
  }

  void hear(std::size_t index) {
    auto& user = users_[index];
    char byte = 0;
    if (recv(user.socket.get(), &byte, 1, MSG_DONTWAIT) > 0) {
      if (byte == reload_wish) return reload_program();
      user.said_goodbye = true;
      return;
    }
    const bool orderly = user.said_goodbye;
    if (users_.size() == 1)
      last_ = std::move(user.socket);  // closed by our own end: then it knows that the program is gone
    users_.erase(users_.begin() + static_cast<std::ptrdiff_t>(index));
    if (!users_.empty()) return;
    if (orderly) return end_program();
    state_ = State::lingering;
    patience_ = linger_time;
  }

  void take_signals() {
    signalfd_siginfo info{};
    while (read(signals_.get(), &info, sizeof info) == static_cast<ssize_t>(sizeof info))
      if (info.ssi_signo != SIGCHLD) end_program();
    int status = 0;
    // Orphans of the program are children of ours.
    for (pid_t ended = 0; (ended = waitpid(-1, &status, WNOHANG)) > 0;) {
      if (ended != program_) continue;
      program_ = 0;
      status_ = WIFEXITED(status) ? WEXITSTATUS(status) : 0;
    }
  }

  void reload_program() const {
    if (state_ != State::ending && program_ > 0) kill(program_, SIGHUP);
  }

  void end_program() {
    if (state_ == State::ending || program_ <= 0) return;
    state_ = State::ending;
    patience_ = end_time;
    listener_.reset();  // who comes now is refused, and starts a keeper that waits for our lock
    kill(program_, SIGTERM);
  }

  // A program that was killed could not end what it ran; as orphans they have become our children.
  void end_orphans() {
    listener_.reset();
    for (const int signal : {SIGTERM, SIGKILL}) {
      const auto orphans = children();
      if (orphans.empty()) return;
      for (const pid_t pid : orphans) kill(pid, signal);
      for (int waited = 0; waited < end_time && !children().empty(); waited += 20) {
        pollfd waiting{signals_.get(), POLLIN, 0};
        poll(&waiting, 1, 20);
        take_signals();
      }
    }
  }

  pid_t program_;
  Fd listener_;
  Fd signals_;
  std::vector<User> users_;
  Fd last_;
  State state_ = State::serving;
  int patience_ = -1;  // ms; -1: for ever
  int status_ = 0;
};

}  // namespace

int main(int argc, char** argv) {
  if (argc < 3) {
    std::fputs("usage: nm-l2tp-keeper DIRECTORY PROGRAM [ARGUMENT...]\n", stderr);
    return 1;
  }
  const std::string directory = argv[1];
  const auto locked = lock(directory);
  if (!locked) return complain(argv[1]);
  const std::string socket = directory + "/keeper.sock";
  Fd listener = listen_at(socket);
  if (!listener) return complain(socket.c_str());
  Fd signals = watch_signals();

  prctl(PR_SET_CHILD_SUBREAPER, 1);
  const pid_t program = run(argv + 2);
  if (program < 0) return complain(argv[2]);
  Keeper keeper{program, std::move(listener), std::move(signals)};
  const int status = keeper.keep();
  // Before the last user is told, by the end of its socket, that all is over.
  std::error_code ignored;
  std::filesystem::remove_all(directory, ignored);
  rmdir(directory.substr(0, directory.rfind('/')).c_str());  // if no connection is left
  return status;
}
