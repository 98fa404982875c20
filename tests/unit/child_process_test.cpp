#include "service/system/child_process.h"

#include <fcntl.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/socket.h>

#include <csignal>

#include "fakes/child.h"
#include "fakes/main_loop.h"
#include "fakes/temporary_dir.h"
#include "machine/fd.h"

namespace l2tp {
namespace {

using namespace std::chrono_literals;
using testing::AllOf;
using testing::Each;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::SizeIs;

class ChildProcessTest : public testing::Test {
 protected:
  ChildProcess::Handlers handlers() {
    return {.line = [this](std::string_view line) { lines_.emplace_back(line); },
            .exited =
                [this](Exit exit) {
                  lines_at_exit_ = lines_.size();
                  ends_.push_back(exit.words());
                }};
  }

  void run(ChildProcess::Command command) {
    auto child = ChildProcess::spawn(command, handlers());
    ASSERT_TRUE(child) << child.error();
    child_ = std::move(child.value());
  }

  void run_shell(const std::string& script) { run({.argv = {"sh", "-c", script}, .environment = {}}); }
  bool ends() {
    return run_until([this] { return !ends_.empty(); });
  }
  bool says(const std::string& line) {
    return run_until([this, &line] { return std::find(lines_.begin(), lines_.end(), line) != lines_.end(); });
  }

  std::unique_ptr<ChildProcess> child_;
  std::vector<std::string> lines_;
  std::vector<std::string> ends_;
  std::size_t lines_at_exit_ = 0;
};

TEST_F(ChildProcessTest, ItsLinesComeWithoutTheirNewlines) {
  run_shell("echo one; echo two >&2; printf 'th'; sleep 0.05; printf 'ree\\n\\nfive\\n'");
  ASSERT_TRUE(ends());
  EXPECT_THAT(lines_, ElementsAre("one", "two", "three", "", "five"));
}

TEST_F(ChildProcessTest, WhatItSaidLastIsHeardBeforeItsEnd) {
  run_shell("i=0; while [ $i -lt 2000 ]; do i=$((i+1)); echo line $i; done; exit 3");
  ASSERT_TRUE(ends());
  EXPECT_EQ(lines_at_exit_, 2000U);
  EXPECT_EQ(lines_.back(), "line 2000");
}

TEST_F(ChildProcessTest, ALineWithoutEndIsNotHoarded) {
  run_shell("head -c 200000 /dev/zero | tr '\\0' x; echo; echo after");
  ASSERT_TRUE(ends());
  ASSERT_THAT(lines_, testing::Not(IsEmpty()));
  EXPECT_EQ(lines_.back(), "after");
  for (const auto& line : lines_) EXPECT_LE(line.size(), 8192U);
}

TEST_F(ChildProcessTest, ItsEndIsToldOnceInWords) {
  run_shell("exit 7");
  ASSERT_TRUE(ends());
  run_for(100ms);
  EXPECT_THAT(ends_, ElementsAre("exit status 7"));
}

TEST_F(ChildProcessTest, ASignalIsToldAsOne) {
  run_shell("kill -KILL $$");
  ASSERT_TRUE(ends());
  EXPECT_THAT(ends_, ElementsAre("signal 9"));
}

TEST_F(ChildProcessTest, AProgramThatIsNotThereIsAnError) {
  const auto child = ChildProcess::spawn({.argv = {"no-such-program"}, .environment = {}}, handlers());
  ASSERT_FALSE(child);
  EXPECT_THAT(child.error(), AllOf(HasSubstr("no-such-program"), HasSubstr("No such file")));
}

TEST_F(ChildProcessTest, WordsAreNotReadByAShell) {
  run({.argv = {"printf", "%s\\n", "$HOME; `id` \"'*", ""}, .environment = {}});
  ASSERT_TRUE(ends());
  EXPECT_THAT(lines_, ElementsAre("$HOME; `id` \"'*", ""));
}

TEST_F(ChildProcessTest, TheEnvironmentIsAddedTo) {
  run({.argv = {"sh", "-c", "echo $ADDED; echo ${PATH:+kept}"}, .environment = {{"ADDED", "this"}}});
  ASSERT_TRUE(ends());
  EXPECT_THAT(lines_, ElementsAre("this", "kept"));
}

TEST_F(ChildProcessTest, ItReadsNothingUnlessItIsGivenSomething) {
  run({.argv = {"cat"}, .environment = {}});
  EXPECT_TRUE(ends());
}

TEST_F(ChildProcessTest, ItReadsWhatItIsGiven) {
  std::array<int, 2> pair{};
  ASSERT_EQ(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair.data()), 0);
  Fd ours{pair[0]};
  const Fd theirs{pair[1]};
  run({.argv = {"cat"}, .environment = {}, .stdin_fd = theirs.get()});
  ASSERT_EQ(write(ours.get(), "hello\n", 6), 6);
  EXPECT_TRUE(says("hello"));
  shutdown(ours.get(), SHUT_WR);
  EXPECT_TRUE(ends());
}

TEST_F(ChildProcessTest, NoOtherDescriptorOfOursReachesIt) {
  const Fd secret{open("/dev/null", O_RDONLY | O_CLOEXEC)};
  run_shell("ls /proc/$$/fd");
  ASSERT_TRUE(ends());
  EXPECT_THAT(lines_, ElementsAre("0", "1", "2"));
}

TEST_F(ChildProcessTest, ItEndsByTheSignalItIsSent) {
  run_shell("trap 'echo asked; exit 4' INT; echo ready; while :; do sleep 0.01; done");
  ASSERT_TRUE(says("ready"));
  child_->terminate(SIGINT, 5s);
  ASSERT_TRUE(ends());
  EXPECT_THAT(ends_, ElementsAre("exit status 4"));
  EXPECT_EQ(lines_.back(), "asked");
}

TEST_F(ChildProcessTest, ItIsKilledIfItDoesNotListen) {
  run_shell("trap '' TERM; echo ready; while :; do sleep 0.01; done");
  ASSERT_TRUE(says("ready"));
  const auto asked = MainLoopClock{}.now();
  child_->terminate(SIGTERM, 100ms);
  ASSERT_TRUE(ends());
  EXPECT_THAT(ends_, ElementsAre("signal 9"));
  EXPECT_GE(MainLoopClock{}.now() - asked, 99ms);
}

TEST_F(ChildProcessTest, AGrandchildThatHoldsTheOutputDoesNotHideTheEnd) {
  run_shell("sleep 30 & echo $!; exit 5");
  ASSERT_TRUE(run_until([this] { return !ends_.empty(); }, 5s));
  EXPECT_THAT(ends_, ElementsAre("exit status 5"));
  kill(std::stoi(lines_.at(0)), SIGKILL);
}

TEST_F(ChildProcessTest, TheEndIsToldEvenIfItIsAskedForJustThen) {
  run_shell("sleep 30 & echo $!; exit 5");
  ASSERT_TRUE(run_until([this] { return !lines_.empty(); }));
  ASSERT_TRUE(comes_true([this] { return is_gone(child_->pid()); }));
  run_for(10ms);  // its end is known, but not yet told: somebody else holds its output
  child_->terminate(SIGTERM, 300ms);
  EXPECT_TRUE(run_until([this] { return !ends_.empty(); }, 2s));
  kill(std::stoi(lines_.at(0)), SIGKILL);
}

TEST_F(ChildProcessTest, AskingForTheEndAfterTheEndIsNothing) {
  run_shell("exit 5");
  ASSERT_TRUE(ends());
  child_->terminate(SIGTERM, 10ms);
  run_for(50ms);
  EXPECT_THAT(ends_, SizeIs(1));
}

TEST_F(ChildProcessTest, ItGoesWithTheObject) {
  run_shell("trap '' TERM; echo ready; while :; do sleep 0.01; done");
  ASSERT_TRUE(says("ready"));
  const int pid = child_->pid();
  child_.reset();
  EXPECT_TRUE(run_until([pid] { return is_gone(pid); }));
  run_for(20ms);
  EXPECT_THAT(ends_, IsEmpty()) << "nobody is left to be told";
}

TEST_F(ChildProcessTest, ItStaysIfItIsNotTiedToUs) {
  run({.argv = {"sleep", "30"}, .environment = {}, .dies_with_us = false});
  const int pid = child_->pid();
  child_.reset();
  run_for(50ms);
  EXPECT_FALSE(is_gone(pid));
  kill(pid, SIGKILL);
}

TEST_F(ChildProcessTest, ItMayGoWithinItsOwnEnd) {
  auto child =
      ChildProcess::spawn({.argv = {"true"}, .environment = {}}, {.line = {}, .exited = [this](Exit exit) {
                                                                    ends_.push_back(exit.words());
                                                                    child_.reset();
                                                                  }});
  ASSERT_TRUE(child);
  child_ = std::move(child.value());
  EXPECT_TRUE(ends());
}

TEST_F(ChildProcessTest, ItMayGoWithinALine) {
  auto child = ChildProcess::spawn(
      {.argv = {"sh", "-c", "printf 'one\\ntwo\\nthree\\n'; sleep 30"}, .environment = {}},
      {.line =
           [this](std::string_view line) {
             lines_.emplace_back(line);
             child_.reset();
           },
       .exited = {}});
  ASSERT_TRUE(child);
  child_ = std::move(child.value());
  ASSERT_TRUE(run_until([this] { return !lines_.empty(); }));
  run_for(50ms);
  EXPECT_THAT(lines_, ElementsAre("one"));
}

// What a child of a process that is killed does: told by the file it writes.
std::string fate_of_orphan(bool dies_with_us) {
  const TemporaryDir temporary;
  const auto file = temporary.path("log");
  const std::string script =
      "trap 'echo ended >>" + file + "; exit' TERM; echo $$ >" + file + "; while :; do sleep 0.01; done";
  int orphan = 0;
  {
    const Child parent{[&] {
      auto child = ChildProcess::spawn(
          {.argv = {"sh", "-c", script}, .environment = {}, .dies_with_us = dies_with_us}, {});
      if (!child) _exit(1);
      child.value().release();
    }};
    if (!comes_true([&file] { return content_of(file).ends_with("\n"); })) return "it never ran";
    orphan = std::stoi(content_of(file));
  }
  if (!comes_true([orphan] { return is_gone(orphan); }, dies_with_us ? 5000 : 200)) {
    kill(orphan, SIGKILL);
    return "lives on";
  }
  return content_of(file).ends_with("ended\n") ? "ended by SIGTERM" : "killed";
}

TEST(OrphanTest, AChildEndsWithUsEvenIfWeAreKilled) {
  EXPECT_EQ(fate_of_orphan(true), "ended by SIGTERM");
}

TEST(OrphanTest, AChildThatIsNotTiedToUsLivesOn) {
  EXPECT_EQ(fate_of_orphan(false), "lives on");
}

}  // namespace
}  // namespace l2tp
