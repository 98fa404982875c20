#include "service/system/locked_dir.h"

#include <gtest/gtest.h>
#include <sys/stat.h>

#include "fakes/child.h"
#include "fakes/temporary_dir.h"

namespace l2tp {
namespace {

namespace fs = std::filesystem;

std::string outcome(const Result<Fd, LockError>& result) {
  if (result) return "locked";
  return result.error() == LockError::in_use ? "in use" : std::string{"failed: "} + strerrorname_np(errno);
}

unsigned mode(const std::string& path) {
  struct stat status {};
  EXPECT_EQ(stat(path.c_str(), &status), 0) << path;
  return status.st_mode & 07777U;
}

class LockedDirTest : public testing::Test {
 protected:
  TemporaryDir temporary_;
  std::string base_ = temporary_.path("base");
  std::string path_ = base_ + "/UUID";
};

TEST_F(LockedDirTest, ItIsMadeWithItsParentForUsAlone) {
  umask(0);
  const auto lock = lock_directory(path_);
  umask(022);
  ASSERT_EQ(outcome(lock), "locked");
  EXPECT_EQ(mode(path_), 0700U);
  EXPECT_EQ(mode(base_), 0700U);
}

TEST_F(LockedDirTest, OneHoldsItAtATime) {
  auto first = lock_directory(path_);
  ASSERT_EQ(outcome(first), "locked");
  EXPECT_EQ(outcome(lock_directory(path_)), "in use");
  EXPECT_EQ(outcome(lock_existing_directory(path_)), "in use");
  first.value().reset();
  EXPECT_EQ(outcome(lock_directory(path_)), "locked");
}

TEST_F(LockedDirTest, TheLockEndsWithTheProcessThatHoldsIt) {
  Child holder{[this] { lock_directory(path_).value().release(); }};
  EXPECT_EQ(outcome(lock_directory(path_)), "in use");
  holder.kill();
  EXPECT_EQ(outcome(lock_existing_directory(path_)), "locked");
}

TEST_F(LockedDirTest, WhatIsNotThereIsMadeOnlyIfAsked) {
  EXPECT_EQ(outcome(lock_existing_directory(path_)), "failed: ENOENT");
  EXPECT_FALSE(fs::exists(base_));
}

TEST_F(LockedDirTest, ASymlinkIsRefused) {
  fs::create_directories(base_);
  fs::create_directory(temporary_.path("elsewhere"));
  fs::create_directory_symlink(temporary_.path("elsewhere"), path_);
  EXPECT_EQ(outcome(lock_directory(path_)), "failed: ENOTDIR");
  EXPECT_EQ(outcome(lock_existing_directory(path_)), "failed: ENOTDIR");
}

TEST_F(LockedDirTest, AFileIsRefused) {
  fs::create_directories(base_);
  write_file(path_, "");
  EXPECT_EQ(outcome(lock_directory(path_)), "failed: ENOTDIR");
}

TEST_F(LockedDirTest, ADirectoryThatOthersMayEnterIsRefused) {
  fs::create_directories(path_);
  for (const unsigned open_mode : {0755U, 0710U, 0701U, 0720U, 0777U}) {
    chmod(path_.c_str(), open_mode);
    EXPECT_EQ(outcome(lock_directory(path_)), "failed: EPERM") << std::oct << open_mode;
  }
  chmod(path_.c_str(), 0700);
  EXPECT_EQ(outcome(lock_directory(path_)), "locked");
}

TEST_F(LockedDirTest, SomebodyElsesDirectoryIsRefused) {
  fs::create_directories(path_);
  chmod(path_.c_str(), 0700);
  if (chown(path_.c_str(), 65534, 65534) != 0) GTEST_SKIP() << "not root";
  EXPECT_EQ(outcome(lock_directory(path_)), "failed: EPERM");
}

TEST_F(LockedDirTest, AParentThatCannotBeMadeIsAFailure) {
  EXPECT_EQ(outcome(lock_directory(base_ + "/no/such/parent/UUID")), "failed: ENOENT");
}

// One that removes the directory while it holds the lock, as every owner does at its end, must never leave
// another one with a lock on what is no longer there.
TEST_F(LockedDirTest, ALockIsAlwaysOnTheDirectoryThatTheNameMeans) {
  const Child rival{[] {},
                    [this] {
                      while (true)
                        if (const auto lock = lock_directory(path_)) rmdir(path_.c_str());
                    }};
  int locked = 0;
  const auto held = [this](const Fd& fd) {
    struct stat ours {
    }, named{};
    return fstat(fd.get(), &ours) == 0 && lstat(path_.c_str(), &named) == 0 && ours.st_ino == named.st_ino;
  };
  for (int round = 0; round < 3000; ++round) {
    const auto lock = lock_directory(path_);
    if (!lock) continue;
    ++locked;
    ASSERT_TRUE(held(lock.value()));
    rmdir(path_.c_str());
  }
  EXPECT_GT(locked, 0);
}

}  // namespace
}  // namespace l2tp
