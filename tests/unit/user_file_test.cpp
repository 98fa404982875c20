#include "machine/user_file.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <pwd.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>

#include "core/credential_reader.h"
#include "fakes/main_loop.h"
#include "fakes/temporary_dir.h"

namespace l2tp {
namespace {

using testing::HasSubstr;

constexpr const char* somebody = "nobody";  // a user that every machine has, and who owns nothing
constexpr Milliseconds patience{2000};

class UserFileTest : public testing::Test {
 protected:
  void SetUp() override {
    if (geteuid() != 0) GTEST_SKIP() << "needs root";
    chmod(dir_.path().c_str(), 0755);
  }

  std::string file(const std::string& name, const std::string& content, mode_t mode, bool his) {
    const auto path = dir_.path(name);
    write_file(path, content);
    chmod(path.c_str(), mode);
    if (his) give(path);
    return path;
  }
  static void give(const std::string& path) {
    const passwd* entry = getpwnam(somebody);
    ASSERT_EQ(lchown(path.c_str(), entry->pw_uid, entry->pw_gid), 0);
  }

  // What both ways of reading say.
  static std::string read(const std::string& path, const std::string& owner) {
    const auto now = read_user_file(path, owner, patience);
    std::string later = "nothing";
    bool done = false;
    const auto reading = UserFile::read(path, owner, [&](const Result<Secret, std::string>& content) {
      later = content ? std::string{content.value().view()} : "error: " + content.error();
      done = true;
    });
    run_until([&] { return done; });
    EXPECT_EQ(now ? std::string{now.value().view()} : "error: " + now.error(), later);
    return later;
  }

  TemporaryDir dir_;
};

TEST_F(UserFileTest, AFileOfHisIsRead) {
  EXPECT_EQ(read(file("key", std::string{"a\0b\n", 4}, 0600, true), somebody), (std::string{"a\0b\n", 4}));
  EXPECT_EQ(read(file("empty", "", 0600, true), somebody), "");
}

TEST_F(UserFileTest, AFileOfRootsIsRefusedThoughWeAreRoot) {
  const auto path = file("secret", "of root's", 0600, false);
  EXPECT_EQ(read(path, somebody), "error: Permission denied");
  EXPECT_EQ(read("/etc/shadow", somebody), "error: Permission denied");
  EXPECT_EQ(read(path, ""), "of root's") << "a system's profile is root's own";
}

TEST_F(UserFileTest, ALinkOpensNoMoreThanItsTarget) {
  const auto target = file("secret", "of root's", 0600, false);
  const auto link = dir_.path("link");
  ASSERT_EQ(symlink(target.c_str(), link.c_str()), 0);
  give(link);
  EXPECT_EQ(read(link, somebody), "error: Permission denied");

  const auto own = dir_.path("own");
  ASSERT_EQ(symlink(file("key", "his", 0600, true).c_str(), own.c_str()), 0);
  EXPECT_EQ(read(own, somebody), "his");
}

TEST_F(UserFileTest, AFolderThatHeMayNotEnterHidesTheFile) {
  ASSERT_EQ(mkdir(dir_.path("locked").c_str(), 0700), 0);
  EXPECT_EQ(read(file("locked/key", "k", 0644, true), somebody), "error: Permission denied");
}

TEST_F(UserFileTest, RootsGroupsAreNotHis) {
  const auto path = file("group", "of the group root", 0640, false);
  EXPECT_EQ(read(path, somebody), "error: Permission denied");
}

TEST_F(UserFileTest, WhatIsNoRegularFileIsNotWaitedFor) {
  ASSERT_EQ(mkfifo(dir_.path("fifo").c_str(), 0666), 0);
  give(dir_.path("fifo"));
  EXPECT_EQ(read(dir_.path("fifo"), somebody), "error: it is not a regular file");
  EXPECT_EQ(read("/dev/zero", somebody), "error: it is not a regular file");
  EXPECT_EQ(read(dir_.path(), somebody), "error: it is not a regular file");
}

TEST_F(UserFileTest, ALargeFileIsRefused) {
  EXPECT_EQ(read(file("fits", std::string(largest_credential_file, 'x'), 0644, true), somebody).size(),
            largest_credential_file);
  EXPECT_EQ(read(file("large", std::string(largest_credential_file + 1, 'x'), 0644, true), somebody),
            "error: File too large");
}

TEST_F(UserFileTest, AnUnknownUserAndAMissingFileAreSaid) {
  EXPECT_THAT(read("/etc/passwd", "no-such-user"), HasSubstr("no-such-user does not exist"));
  EXPECT_EQ(read(dir_.path("missing"), somebody), "error: No such file or directory");
}

TEST_F(UserFileTest, OneThatGoesBeforeItsAnswerLeavesNoProcess) {
  const auto path = file("key", "k", 0644, true);
  for (int i = 0; i < 5; ++i) UserFile::read(path, somebody, [](auto) { FAIL() << "it had gone"; });
  EXPECT_TRUE(run_until([] {
    siginfo_t any{};
    return waitid(P_ALL, 0, &any, WEXITED | WNOHANG | WNOWAIT) < 0 && errno == ECHILD;
  }));
}

}  // namespace
}  // namespace l2tp
