#include "service/stages/workspace.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>

#include "fakes/child.h"
#include "fakes/fake_charon.h"
#include "fakes/fake_clock.h"
#include "fakes/main_loop.h"
#include "fakes/temporary_dir.h"

namespace l2tp {
namespace {

using namespace std::chrono_literals;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

namespace fs = std::filesystem;

class WorkspaceStageTest : public testing::Test {
 protected:
  WorkspaceStageTest() { fs::remove_all(run_base); }

  static Activation activation() {
    Settings settings;
    settings.uuid = "UUID";
    return Activation{std::move(settings)};
  }

  void start() {
    stage_.start(
        [this](const std::optional<Failure>& failure) {
          log_.push_back(failure ? std::string{failure->kind->id} : "up");
        },
        [this](const Failure&) { log_.emplace_back("lost"); });
  }
  void stop() {
    stage_.stop([this] { log_.emplace_back("stopped"); });
  }

  std::string path_ = std::string{run_base} + "/UUID";
  FakeClock clock_;
  Activation activation_ = activation();
  WorkspaceStage stage_{activation_, clock_};
  std::vector<std::string> log_;
};

TEST_F(WorkspaceStageTest, ItMakesTheRunDirectoryOfTheConnection) {
  start();
  EXPECT_THAT(log_, ElementsAre("up"));
  ASSERT_NE(activation_.run_dir, nullptr);
  EXPECT_EQ(activation_.run_dir->path(), path_);
}

TEST_F(WorkspaceStageTest, NothingIsLeftAfterTheEnd) {
  start();
  (void)activation_.run_dir->write("file", "content");
  stop();
  EXPECT_THAT(log_, ElementsAre("up", "stopped"));
  EXPECT_FALSE(fs::exists(run_base));
}

TEST_F(WorkspaceStageTest, TheBaseStaysForOthers) {
  const Child other{[] { lock_directory(std::string{run_base} + "/other").value().release(); }};
  start();
  stop();
  EXPECT_FALSE(fs::exists(path_));
  EXPECT_TRUE(fs::exists(std::string{run_base} + "/other"));
}

TEST_F(WorkspaceStageTest, APredecessorThatStillEndsIsWaitedFor) {
  Child predecessor{[this] { lock_directory(path_).value().release(); }};
  start();
  clock_.advance(1s);
  EXPECT_THAT(log_, IsEmpty());
  predecessor.kill();
  clock_.advance(100ms);
  EXPECT_THAT(log_, ElementsAre("up"));
}

TEST_F(WorkspaceStageTest, APredecessorThatNeverEndsIsNamed) {
  const Child predecessor{[this] { lock_directory(path_).value().release(); }};
  start();
  clock_.advance(stage_.deadline());
  EXPECT_THAT(log_, IsEmpty()) << "the deadline is the connection's";
  EXPECT_EQ(stage_.timed_out().kind->id, "workspace-in-use");
  EXPECT_THAT(stage_.timed_out().sentence(), HasSubstr(path_));
  stop();
  clock_.advance(1s);
  EXPECT_THAT(log_, ElementsAre("stopped"));
  EXPECT_TRUE(fs::exists(path_)) << "it is the other one's";
}

TEST_F(WorkspaceStageTest, AFileOfADeadPredecessorIsGone) {
  Child{[this] {
    (void)(new RunDir{path_, std::move(lock_directory(path_).value())})->write("xl2tpd.conf", "old");
  }}.kill();
  start();
  run_until([this] {
    clock_.settle();
    return !log_.empty();
  });
  EXPECT_THAT(log_, ElementsAre("up"));
  EXPECT_TRUE(activation_.run_dir->write("xl2tpd.conf", "new"));
}

TEST_F(WorkspaceStageTest, ADirectoryThatIsNotOursIsAFailure) {
  fs::create_directories(path_);
  chmod(path_.c_str(), 0777);
  start();
  EXPECT_THAT(log_, ElementsAre("workspace-failed"));
}

TEST_F(WorkspaceStageTest, AnEndDuringTheSweepMakesNothing) {
  FakeCharon charon{"/run/charon.vici"};
  charon.on("list-sas", [](FakeCharon::Client&, const vici::Section&) {});
  Child{[] { lock_directory(std::string{run_base} + "/dead").value().release(); }}.kill();
  start();
  ASSERT_TRUE(run_until([&charon] { return charon.was_asked("list-sas"); }));
  stop();
  EXPECT_THAT(log_, ElementsAre("stopped"));
  charon.client(0).succeed();
  for (int turn = 0; turn < 10; ++turn) {
    run_for(5ms);
    clock_.settle();
  }
  EXPECT_THAT(log_, ElementsAre("stopped"));
  EXPECT_EQ(activation_.run_dir, nullptr);
  EXPECT_FALSE(fs::exists(path_));
  EXPECT_TRUE(fs::exists(std::string{run_base} + "/dead")) << "the next start goes on with it";
  unlink("/run/charon.vici");
}

}  // namespace
}  // namespace l2tp
