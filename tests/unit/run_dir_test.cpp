#include "service/system/run_dir.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/resource.h>
#include <sys/stat.h>

#include "fakes/child.h"
#include "fakes/temporary_dir.h"

namespace l2tp {
namespace {

namespace fs = std::filesystem;
using testing::AllOf;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::StartsWith;

std::unique_ptr<RunDir> make(const std::string& path) {
  return std::make_unique<RunDir>(path, std::move(lock_directory(path).value()));
}

class RunDirTest : public testing::Test {
 protected:
  TemporaryDir temporary_;
  std::unique_ptr<RunDir> dir_ = make(temporary_.path("UUID"));
};

TEST_F(RunDirTest, AFileIsWrittenForUsAlone) {
  umask(0);
  const auto path = dir_->write("name", "content\n");
  umask(022);
  ASSERT_TRUE(path) << path.error();
  EXPECT_EQ(path.value(), dir_->path() + "/name");
  EXPECT_EQ(content_of(path.value()), "content\n");
  struct stat status {};
  ASSERT_EQ(stat(path.value().c_str(), &status), 0);
  EXPECT_EQ(status.st_mode & 07777U, 0600U);
}

TEST_F(RunDirTest, AnyBytesComeBack) {
  const std::string bytes("a\0b\n\xff", 5);
  ASSERT_TRUE(dir_->write("name", bytes));
  EXPECT_EQ(dir_->read("name"), bytes);
}

TEST_F(RunDirTest, WhatIsNotThereReadsEmpty) {
  EXPECT_EQ(dir_->read("name"), "");
}

TEST_F(RunDirTest, AFileThatIsThereIsNotWrittenAgain) {
  ASSERT_TRUE(dir_->write("name", "first"));
  const auto again = dir_->write("name", "second");
  ASSERT_FALSE(again);
  EXPECT_THAT(again.error(), AllOf(HasSubstr(dir_->path() + "/name"), HasSubstr("exists")));
  EXPECT_EQ(dir_->read("name"), "first");
}

TEST_F(RunDirTest, ALinkIsNotFollowed) {
  const auto target = temporary_.path("target");
  fs::create_symlink(target, dir_->file("to-nothing"));
  EXPECT_FALSE(dir_->write("to-nothing", "x"));
  EXPECT_FALSE(fs::exists(target));
  write_file(target, "theirs");
  EXPECT_FALSE(dir_->write("to-nothing", "x"));
  EXPECT_EQ(content_of(target), "theirs");
}

TEST_F(RunDirTest, AShortWriteIsAnError) {
  struct rlimit old {};
  getrlimit(RLIMIT_FSIZE, &old);
  const struct rlimit small { 4, old.rlim_max };
  std::signal(SIGXFSZ, SIG_IGN);
  setrlimit(RLIMIT_FSIZE, &small);
  const auto result = dir_->write("name", "longer than four bytes");
  setrlimit(RLIMIT_FSIZE, &old);
  std::signal(SIGXFSZ, SIG_DFL);
  ASSERT_FALSE(result);
  EXPECT_THAT(result.error(), HasSubstr("too large"));
}

TEST_F(RunDirTest, ItIsEmptyUntilSomethingIsInIt) {
  EXPECT_TRUE(dir_->empty());
  ASSERT_TRUE(dir_->write("one", ""));
  EXPECT_FALSE(dir_->empty());
}

TEST_F(RunDirTest, WhatIsKeptStaysForWhoeverLocksItNext) {
  ASSERT_TRUE(dir_->write("flow", "a b c"));
  dir_->keep();
  const auto path = dir_->path();
  dir_.reset();
  EXPECT_EQ(content_of(path + "/flow"), "a b c");
  dir_ = make(path);
  dir_->keep();
  dir_->keep(false);
  dir_.reset();
  EXPECT_FALSE(fs::exists(path));
}

TEST_F(RunDirTest, AllOfItGoesWithItsOwner) {
  ASSERT_TRUE(dir_->write("one", ""));
  fs::create_directories(dir_->file("two/three"));
  const auto path = dir_->path();
  dir_.reset();
  EXPECT_FALSE(fs::exists(path));
}

TEST_F(RunDirTest, ALinkGoesButNotWhatItMeans) {
  fs::create_directory(temporary_.path("theirs"));
  write_file(temporary_.path("theirs/file"), "theirs");
  fs::create_directory_symlink(temporary_.path("theirs"), dir_->file("link"));
  dir_.reset();
  EXPECT_EQ(content_of(temporary_.path("theirs/file")), "theirs");
}

// These look at /run/nm-l2tp, which is a namespace's own.
class AbandonedRunDirTest : public testing::Test {
 protected:
  AbandonedRunDirTest() { fs::remove_all(run_base); }

  static std::vector<std::string> abandoned() {
    std::vector<std::string> names;
    for (const auto& dir : abandoned_run_dirs()) names.push_back(fs::path{dir->path()}.filename().string());
    std::sort(names.begin(), names.end());
    return names;
  }

  std::string base_ = run_base;
};

TEST_F(AbandonedRunDirTest, WithoutTheBaseThereIsNone) {
  EXPECT_THAT(abandoned(), IsEmpty());
}

TEST_F(AbandonedRunDirTest, OneIsInUseWhileItsOwnerLives) {
  Child owner{[this] { make(base_ + "/UUID").release(); }};
  EXPECT_THAT(abandoned(), IsEmpty());
  EXPECT_TRUE(fs::exists(base_ + "/UUID"));
  owner.kill();
  EXPECT_THAT(abandoned(), ElementsAre("UUID"));
}

TEST_F(AbandonedRunDirTest, OneIsFoundWithAllThatItsOwnerLeft) {
  Child{[this] { (void)make(base_ + "/UUID").release()->write("flow", "a b c"); }}.kill();
  const auto found = abandoned_run_dirs();
  ASSERT_EQ(found.size(), 1U);
  EXPECT_EQ(found.front()->read("flow"), "a b c");
}

TEST_F(AbandonedRunDirTest, OneIsFoundOnceOnly) {
  Child{[this] { make(base_ + "/UUID").release(); }}.kill();
  const auto held = abandoned_run_dirs();
  EXPECT_THAT(abandoned(), IsEmpty()) << "its finder holds it";
}

TEST_F(AbandonedRunDirTest, WhatIsNotOurOwnIsLeftAlone) {
  fs::create_directories(base_ + "/open");
  chmod((base_ + "/open").c_str(), 0755);
  write_file(base_ + "/file", "");
  fs::create_directory("/run/elsewhere");
  chmod("/run/elsewhere", 0700);
  fs::create_directory_symlink("/run/elsewhere", base_ + "/link");
  EXPECT_THAT(abandoned(), IsEmpty());
  EXPECT_TRUE(fs::exists(base_ + "/open"));
  EXPECT_TRUE(fs::exists(base_ + "/file"));
  EXPECT_TRUE(fs::exists("/run/elsewhere"));
}

}  // namespace
}  // namespace l2tp
