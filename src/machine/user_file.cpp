#include "machine/user_file.h"

#include <fcntl.h>
#include <glib-unix.h>
#include <grp.h>
#include <poll.h>
#include <pwd.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <csignal>
#include <cstring>
#include <optional>
#include <utility>
#include <vector>

#include "core/credential_reader.h"
#include "core/glib.h"
#include "machine/fd.h"

namespace l2tp {

namespace {

// What the child says before the content: 0, an errno, or this.
constexpr int not_regular = -1;

struct User {
  uid_t uid = 0;
  gid_t gid = 0;
  std::vector<gid_t> groups;
};

Result<User, std::string> find_user(const std::string& name) {
  passwd entry{};
  passwd* found = nullptr;
  std::array<char, 16384> buffer{};
  getpwnam_r(name.c_str(), &entry, buffer.data(), buffer.size(), &found);
  if (found == nullptr) return Unexpected{"the profile's user " + name + " does not exist"};
  User user{entry.pw_uid, entry.pw_gid, std::vector<gid_t>(64)};
  int count = static_cast<int>(user.groups.size());
  while (getgrouplist(name.c_str(), user.gid, user.groups.data(), &count) < 0)
    user.groups.resize(static_cast<std::size_t>(count));
  user.groups.resize(static_cast<std::size_t>(count));
  return user;
}

// --- In the child. This process may have had several threads: only async-signal-safe calls from here on, and
// the bare system calls, for the C library's own tell all threads.

std::array<char, largest_credential_file + 1> child_buffer;

// Where the kernel has two sets of them, these take 16 bits for a user.
#ifdef SYS_setgroups32
constexpr long set_groups = SYS_setgroups32, set_group = SYS_setresgid32, set_user = SYS_setresuid32;
#else
constexpr long set_groups = SYS_setgroups, set_group = SYS_setresgid, set_user = SYS_setresuid;
#endif

int become(const User& user) {
  const bool ours_already = user.uid == geteuid();
  if (!ours_already && (syscall(set_groups, user.groups.size(), user.groups.data()) != 0 ||
                        syscall(set_group, user.gid, user.gid, user.gid) != 0 ||
                        syscall(set_user, user.uid, user.uid, user.uid) != 0))
    return errno;
  if (!ours_already && (getuid() != user.uid || getgid() != user.gid)) return EPERM;
  prctl(PR_SET_DUMPABLE, 0);  // the memory is a copy of a root process's
  if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0) return errno;
  prctl(PR_SET_PDEATHSIG, SIGKILL);  // after the change of user, which forgets it
  return 0;
}

int read_into_buffer(const char* path, std::size_t& size) {
  const int fd = open(path, O_RDONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
  if (fd < 0) return errno;
  struct stat status {};
  if (fstat(fd, &status) != 0) return errno;
  if (!S_ISREG(status.st_mode)) return not_regular;
  while (size < child_buffer.size()) {
    const auto got = ::read(fd, child_buffer.data() + size, child_buffer.size() - size);
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) return errno;
    if (got == 0) return 0;
    size += static_cast<std::size_t>(got);
  }
  return EFBIG;
}

void write_all(int fd, const char* bytes, std::size_t size) {
  while (size > 0) {
    const auto written = ::write(fd, bytes, size);
    if (written < 0 && errno == EINTR) continue;
    if (written <= 0) return;
    bytes += written;
    size -= static_cast<std::size_t>(written);
  }
}

[[noreturn]] void run_child(int out, pid_t parent, const char* path, const User& user) {
  // Everything else that is open, above all the locks.
  if (out > 0 && syscall(SYS_close_range, 0, static_cast<unsigned>(out) - 1, 0) != 0) _exit(1);
  if (syscall(SYS_close_range, static_cast<unsigned>(out) + 1, ~0U, 0) != 0) _exit(1);
  std::size_t size = 0;
  int status = become(user);
  if (getppid() != parent) _exit(1);
  if (status == 0) status = read_into_buffer(path, size);
  write_all(out, reinterpret_cast<const char*>(&status), sizeof status);
  if (status == 0) write_all(out, child_buffer.data(), size);
  _exit(0);
}

// --- In the parent

struct Child {
  pid_t pid = 0;
  Fd output;
};

Result<Child, std::string> start_child(const std::string& path, const std::string& owner) {
  User user{geteuid(), getegid(), {}};
  if (!owner.empty()) {
    auto found = find_user(owner);
    if (!found) return Unexpected{found.error()};
    user = std::move(found.value());
  }
  int ends[2];
  if (pipe2(ends, O_CLOEXEC) != 0) return Unexpected{std::string{std::strerror(errno)}};
  Child child{.output = Fd{ends[0]}};
  const Fd input{ends[1]};
  const pid_t parent = getpid();
  child.pid = fork();
  if (child.pid < 0) return Unexpected{std::string{std::strerror(errno)}};
  if (child.pid == 0) run_child(input.get(), parent, path.c_str(), user);
  fcntl(child.output.get(), F_SETFL, O_NONBLOCK);
  return child;
}

// What comes through the pipe. The storage never moves, so that it can be wiped.
class Answer {
 public:
  Answer() { bytes_.reserve(sizeof(int) + largest_credential_file + 1); }
  Answer(const Answer&) = delete;
  Answer& operator=(const Answer&) = delete;
  ~Answer() { explicit_bzero(bytes_.data(), bytes_.size()); }

  // Takes what is there; true at the end.
  bool take(int fd) {
    while (bytes_.size() < bytes_.capacity()) {
      const auto before = bytes_.size();
      bytes_.resize(bytes_.capacity());
      const auto got = ::read(fd, bytes_.data() + before, bytes_.size() - before);
      bytes_.resize(before + (got > 0 ? static_cast<std::size_t>(got) : 0));
      if (got == 0) return true;
      if (got < 0 && errno == EINTR) continue;
      if (got < 0) return errno != EAGAIN;
    }
    return true;
  }

  [[nodiscard]] Result<Secret, std::string> result() const {
    int status = 0;
    if (bytes_.size() < sizeof status) return Unexpected{std::string{"the process that reads it was killed"}};
    std::memcpy(&status, bytes_.data(), sizeof status);
    if (status == not_regular) return Unexpected{std::string{"it is not a regular file"}};
    if (status != 0) return Unexpected{std::string{std::strerror(status)}};
    return Secret{{bytes_.data() + sizeof status, bytes_.size() - sizeof status}};
  }

 private:
  std::vector<char> bytes_;
};

// One that waits for a dead file server does not even die at once; the main loop takes it when it does.
void abandon(pid_t pid) {
  kill(pid, SIGKILL);
  g_child_watch_add(
      pid, [](GPid, gint, gpointer) {}, nullptr);
}

class Reading final : public UserFile {
 public:
  Reading(Child child, Done done) : child_(std::move(child)), done_(std::move(done)) {
    readable_ = Source{
        g_unix_fd_add(child_.output.get(), static_cast<GIOCondition>(G_IO_IN | G_IO_HUP), on_readable, this)};
  }
  ~Reading() override {
    if (child_.pid > 0) abandon(child_.pid);
  }

 private:
  static gboolean on_readable(gint fd, GIOCondition, gpointer self) {
    auto* reading = static_cast<Reading*>(self);
    if (!reading->answer_.take(fd)) return TRUE;
    reading->readable_.forget();
    abandon(std::exchange(reading->child_.pid, 0));
    const auto done = std::exchange(reading->done_, {});
    done(reading->answer_.result());
    return FALSE;
  }

  Child child_;
  Done done_;
  Answer answer_;
  Source readable_;
};

// Never begun: it is said later all the same, as with the others.
class Refusal final : public UserFile {
 public:
  Refusal(std::string why, Done done) : why_(std::move(why)), done_(std::move(done)) {
    turn_ = Source{g_idle_add(on_turn, this)};
  }

 private:
  static gboolean on_turn(gpointer self) {
    auto* refusal = static_cast<Refusal*>(self);
    refusal->turn_.forget();
    const auto done = std::exchange(refusal->done_, {});
    done(Unexpected{std::string{refusal->why_}});  // may end this object
    return G_SOURCE_REMOVE;
  }

  std::string why_;
  Done done_;
  Source turn_;
};

}  // namespace

std::unique_ptr<UserFile> UserFile::read(const std::string& path, const std::string& owner, Done done) {
  auto child = start_child(path, owner);
  if (!child) return std::make_unique<Refusal>(child.error(), std::move(done));
  return std::make_unique<Reading>(std::move(child.value()), std::move(done));
}

Result<Secret, std::string> read_user_file(const std::string& path, const std::string& owner,
                                           std::chrono::milliseconds patience) {
  auto child = start_child(path, owner);
  if (!child) return Unexpected{child.error()};
  using Clock = std::chrono::steady_clock;
  const auto end = Clock::now() + patience;
  Answer answer;
  while (true) {
    const auto left = std::chrono::duration_cast<std::chrono::milliseconds>(end - Clock::now());
    pollfd output{.fd = child.value().output.get(), .events = POLLIN, .revents = 0};
    if (left.count() <= 0 || poll(&output, 1, static_cast<int>(left.count())) == 0) {
      abandon(child.value().pid);
      return Unexpected{std::string{"it does not answer"}};
    }
    if (!answer.take(output.fd)) continue;
    abandon(child.value().pid);
    return answer.result();
  }
}

}  // namespace l2tp
