// KeptDaemon together with the real keeper program, and a shell script as the daemon that is kept.

#include "service/ipsec/kept_daemon.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/socket.h>
#include <sys/un.h>

#include <csignal>

#include "fakes/child.h"
#include "fakes/main_loop.h"
#include "fakes/temporary_dir.h"

namespace l2tp {
namespace {

using namespace std::chrono_literals;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::StartsWith;

std::vector<std::string> lines_of(const std::string& path) {
  std::vector<std::string> lines;
  std::ifstream file{path};
  for (std::string line; std::getline(file, line);) lines.push_back(line);
  return lines;
}

class KeptDaemonTest : public testing::Test {
 protected:
  // The daemon tells its log when it starts and when it was asked to end. `at_term`: what it does then.
  void write_daemon(const std::string& at_term) {
    write_file(script_, "trap 'echo asked >>" + log_ + "; " + at_term + "' TERM\necho $$ >" + pid_file_ +
                            "\necho started >>" + log_ + "\nwhile :; do sleep 0.01; done\n");
  }

  void SetUp() override { write_daemon("exit 0"); }
  void TearDown() override {
    if (const auto pid = daemon(); pid > 0 && !is_gone(pid)) kill(pid, SIGKILL);
  }

  std::unique_ptr<KeptDaemon> join() {
    std::unique_ptr<KeptDaemon> kept;
    const auto error = KeptDaemon::join(directory_, {{"/bin/sh", script_}, {}}, kept);
    EXPECT_FALSE(error) << *error;
    return kept;
  }

  // Joins, and waits until the daemon has said so for the `count`th time.
  std::unique_ptr<KeptDaemon> join_and_wait(std::size_t count = 1) {
    auto kept = join();
    EXPECT_TRUE(run_until([this, count] {
      const auto lines = lines_of(log_);
      return static_cast<std::size_t>(std::count(lines.begin(), lines.end(), "started")) == count &&
             std::filesystem::exists(socket_);
    }));
    return kept;
  }

  static bool leave(KeptDaemon& kept, Milliseconds patience = 5s) {
    auto left = std::make_shared<bool>(false);
    kept.leave([left] { *left = true; });
    return run_until([left] { return *left; }, patience);
  }

  [[nodiscard]] pid_t daemon() const {
    const auto text = content_of(pid_file_);
    return text.ends_with("\n") ? std::stoi(text) : 0;
  }

  // The parent of the daemon.
  [[nodiscard]] pid_t keeper() const {
    std::ifstream stat{"/proc/" + std::to_string(daemon()) + "/stat"};
    std::string pid, name, state;
    pid_t parent = 0;
    stat >> pid >> name >> state >> parent;
    return parent;
  }

  TemporaryDir temporary_;
  std::string directory_ = temporary_.path("base/charon");
  std::string socket_ = directory_ + "/keeper.sock";
  std::string script_ = temporary_.path("daemon");
  std::string log_ = temporary_.path("log");
  std::string pid_file_ = temporary_.path("pid");
};

TEST_F(KeptDaemonTest, TheFirstUserStartsTheDaemon) {
  EXPECT_FALSE(KeptDaemon::runs(directory_));
  const auto user = join_and_wait();
  EXPECT_TRUE(KeptDaemon::runs(directory_));
  EXPECT_TRUE(is_alive(daemon()));
  EXPECT_FALSE(user->ended());
}

TEST_F(KeptDaemonTest, AUserKnowsWhenItIsTakenIn) {
  const auto first = join();
  EXPECT_FALSE(first->ready());
  EXPECT_TRUE(run_until([&first] { return first->ready(); }));
  const auto second = join();
  EXPECT_FALSE(second->ready());
  EXPECT_TRUE(run_until([&second] { return second->ready(); }));
  EXPECT_TRUE(leave(*first));
  EXPECT_TRUE(leave(*second));
}

TEST_F(KeptDaemonTest, TheLastUserEndsItAndIsToldWhenItHasEnded) {
  write_daemon("sleep 0.2; echo ended >>" + log_ + "; exit 0");
  const auto user = join_and_wait();
  EXPECT_TRUE(leave(*user));
  EXPECT_THAT(lines_of(log_), ElementsAre("started", "asked", "ended"));
  EXPECT_TRUE(comes_true([this] { return !std::filesystem::exists(directory_); }));
  EXPECT_FALSE(KeptDaemon::runs(directory_));
}

TEST_F(KeptDaemonTest, ASecondUserJoinsTheSameDaemon) {
  const auto one = join_and_wait();
  const auto two = join();
  EXPECT_TRUE(leave(*one));
  run_for(50ms);
  EXPECT_THAT(lines_of(log_), ElementsAre("started")) << "the other one needs it";
  EXPECT_FALSE(two->ended());
  EXPECT_TRUE(leave(*two));
  EXPECT_THAT(lines_of(log_), ElementsAre("started", "asked"));
}

TEST_F(KeptDaemonTest, ManyUsersMayLeaveAtOnce) {
  std::vector<std::unique_ptr<KeptDaemon>> users;
  users.push_back(join_and_wait());
  for (int i = 0; i < 5; ++i) users.push_back(join());
  int left = 0;
  for (const auto& user : users) user->leave([&left] { ++left; });
  EXPECT_TRUE(run_until([&left] { return left == 6; }));
  EXPECT_TRUE(is_gone(daemon()));
}

TEST_F(KeptDaemonTest, AnyUserMayHaveTheDaemonReadItsConfigurationAgain) {
  write_file(script_, "trap 'echo again >>" + log_ + "' HUP\n" + content_of(script_));
  const auto one = join_and_wait();
  const auto two = join();
  EXPECT_TRUE(run_until([&two] { return two->ready(); }));
  two->reload();
  EXPECT_TRUE(run_until([this] { return lines_of(log_).size() == 2; }));
  EXPECT_THAT(lines_of(log_), ElementsAre("started", "again"));
  EXPECT_TRUE(leave(*two));
  EXPECT_TRUE(is_alive(daemon())) << "a wish is no goodbye";
  EXPECT_TRUE(leave(*one));
}

// starter, for one, runs charon.
TEST_F(KeptDaemonTest, WhatAKilledDaemonRanEndsToo) {
  const auto grandchild_file = temporary_.path("grandchild");
  write_file(script_, "setsid sleep 1000 & echo $! >" + grandchild_file + "\n" + content_of(script_));
  const auto user = join_and_wait();
  const pid_t grandchild = std::stoi(content_of(grandchild_file));
  EXPECT_TRUE(is_alive(grandchild));
  kill(daemon(), SIGKILL);
  EXPECT_TRUE(run_until([&user] { return user->ended(); }));
  EXPECT_TRUE(is_gone(grandchild));
  EXPECT_TRUE(comes_true([this] { return !std::filesystem::exists(directory_); }));
}

TEST_F(KeptDaemonTest, AUserThatIsKilledHasLeft) {
  Child user{[this] {
    join().release();
    comes_true([this] { return std::filesystem::exists(log_) && std::filesystem::exists(socket_); });
  }};
  const auto pid = daemon();
  EXPECT_TRUE(is_alive(pid));
  user.kill();
  EXPECT_TRUE(comes_true([pid] { return is_gone(pid); }));
  EXPECT_THAT(lines_of(log_), ElementsAre("started", "asked"));
  EXPECT_TRUE(comes_true([this] { return !std::filesystem::exists(directory_); }));
}

TEST_F(KeptDaemonTest, TheDaemonOutlivesTheUserThatStartedIt) {
  Child first{[this] {
    join().release();
    comes_true([this] { return std::filesystem::exists(log_) && std::filesystem::exists(socket_); });
  }};
  const auto second = join();
  run_for(20ms);
  first.kill();
  run_for(100ms);
  EXPECT_TRUE(is_alive(daemon()));
  EXPECT_FALSE(second->ended());
  EXPECT_TRUE(leave(*second));
  EXPECT_TRUE(is_gone(daemon()));
}

TEST_F(KeptDaemonTest, ADaemonThatDiesIsNoticed) {
  const auto user = join_and_wait();
  kill(daemon(), SIGKILL);
  EXPECT_TRUE(run_until([&user] { return user->ended(); }));
  EXPECT_TRUE(comes_true([this] { return !std::filesystem::exists(directory_); }));
  EXPECT_TRUE(leave(*user)) << "there is nothing to wait for";
}

TEST_F(KeptDaemonTest, ADaemonThatCannotBeRunIsNoticed) {
  std::unique_ptr<KeptDaemon> user;
  ASSERT_FALSE(KeptDaemon::join(directory_, {{"/no/such/daemon"}, {}}, user));
  EXPECT_TRUE(run_until([&user] { return user->ended(); }));
}

TEST_F(KeptDaemonTest, AKeeperThatIsKilledTakesTheDaemonAlong) {
  const auto user = join_and_wait();
  kill(keeper(), SIGKILL);
  EXPECT_TRUE(run_until([&user] { return user->ended(); }));
  EXPECT_TRUE(comes_true([this] { return is_gone(daemon()); }));
  EXPECT_THAT(lines_of(log_), ElementsAre("started", "asked"));
  EXPECT_FALSE(KeptDaemon::runs(directory_));
}

TEST_F(KeptDaemonTest, AKeeperThatIsKilledIsReplaced) {
  join_and_wait();
  kill(keeper(), SIGKILL);
  EXPECT_TRUE(comes_true([this] { return is_gone(daemon()); }));
  const auto user = join_and_wait(2);
  EXPECT_TRUE(leave(*user));
}

TEST_F(KeptDaemonTest, AKeeperThatIsAskedToEndEndsTheDaemon) {
  const auto user = join_and_wait();
  kill(keeper(), SIGTERM);
  EXPECT_TRUE(run_until([&user] { return user->ended(); }));
  EXPECT_TRUE(is_gone(daemon()));
  EXPECT_TRUE(comes_true([this] { return !std::filesystem::exists(directory_); }));
}

TEST_F(KeptDaemonTest, ADaemonThatDoesNotListenIsKilled) {
  write_daemon(":");
  const auto user = join_and_wait();
  EXPECT_TRUE(leave(*user));
  EXPECT_TRUE(is_gone(daemon()));
  EXPECT_TRUE(comes_true([this] { return !KeptDaemon::runs(directory_); }));
}

TEST_F(KeptDaemonTest, WhoComesWhileItEndsGetsANewOneAndNeverTwoRun) {
  write_daemon("sleep 0.3; echo ended >>" + log_ + "; exit 0");
  const auto first = join_and_wait();
  bool left = false;
  first->leave([&left] { left = true; });
  ASSERT_TRUE(run_until([this] { return lines_of(log_).back() == "asked"; }));
  const auto second = join();
  ASSERT_TRUE(run_until([this] { return lines_of(log_).size() == 4; }));
  EXPECT_THAT(lines_of(log_), ElementsAre("started", "asked", "ended", "started"));
  EXPECT_TRUE(left);
  EXPECT_FALSE(second->ended());
  EXPECT_TRUE(is_alive(daemon()));
  EXPECT_TRUE(leave(*second));
}

// One leaves and another comes while the keeper does not look: it learns of both at once.
TEST_F(KeptDaemonTest, WhoLeavesIsNotHeldByWhoComes) {
  const auto first = join_and_wait();
  const auto the_keeper = keeper();
  kill(the_keeper, SIGSTOP);
  ASSERT_TRUE(comes_true([the_keeper] { return process_state(the_keeper) == 'T'; }));
  bool left = false;
  first->leave([&left] { left = true; });
  const auto second = join();
  kill(the_keeper, SIGCONT);
  EXPECT_TRUE(run_until([&left] { return left; }, 2s));
  EXPECT_FALSE(second->ended());
  EXPECT_TRUE(is_alive(daemon()));
  EXPECT_TRUE(leave(*second));
  EXPECT_TRUE(is_gone(daemon()));
}

TEST_F(KeptDaemonTest, TheDaemonInheritsNothingOfItsUsers) {
  write_file(script_, "ls -l /proc/$$/fd >" + temporary_.path("fds") + "\nreadlink /proc/$$/fd/0 >" +
                          temporary_.path("stdin") + "\necho $$ >" + pid_file_ + "\necho started >>" + log_ +
                          "\nwhile :; do sleep 0.01; done\n");
  const auto user = join_and_wait();
  EXPECT_EQ(content_of(temporary_.path("stdin")), "/dev/null\n");
  EXPECT_EQ(content_of(temporary_.path("fds")).find("socket:"), std::string::npos)
      << content_of(temporary_.path("fds"));
}

TEST_F(KeptDaemonTest, TheDaemonGetsItsEnvironment) {
  write_file(script_, "echo $STRONGSWAN_CONF >" + log_ + "\n");
  std::unique_ptr<KeptDaemon> user;
  ASSERT_FALSE(
      KeptDaemon::join(directory_, {{"/bin/sh", script_}, {{"STRONGSWAN_CONF", "/etc/charon.conf"}}}, user));
  EXPECT_TRUE(comes_true([this] { return content_of(log_) == "/etc/charon.conf\n"; }));
}

TEST_F(KeptDaemonTest, AUserMayGoWithoutAWord) {
  { const auto user = join_and_wait(); }
  EXPECT_TRUE(comes_true([this] { return is_gone(daemon()); }));
}

TEST_F(KeptDaemonTest, ADirectoryThatIsNotOursIsRefused) {
  std::filesystem::create_directories(directory_);
  std::filesystem::permissions(directory_, std::filesystem::perms::all);
  const auto user = join();
  EXPECT_TRUE(run_until([&user] { return user->ended(); }));
  EXPECT_FALSE(std::filesystem::exists(log_));
}

}  // namespace
}  // namespace l2tp
