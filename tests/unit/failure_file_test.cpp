#include "service/failure_file.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/resource.h>
#include <sys/stat.h>

#include <csignal>

#include "fakes/temporary_dir.h"

namespace l2tp {
namespace {

namespace fs = std::filesystem;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Optional;

constexpr const char* uuid = "6f1c2a30-0b52-4d3e-9f00-0123456789ab";

class FailureFileTest : public testing::Test {
 protected:
  [[nodiscard]] FailureFile file(const std::string& owner = {}) const { return {uuid, owner, dir_}; }
  [[nodiscard]] std::string path() const { return dir_ + "/" + uuid + ".json"; }
  [[nodiscard]] FailureRecord kept() const { return failure_record_from_json(content_of(path())).value(); }

  static FailureRecord record() {
    FailureRecord record;
    record.uuid = uuid;
    record.time = 1700000000;
    record.failure = {&failure_kind("ppp-login-refused"), "it said 'no'", {"one line", "another"}};
    return record;
  }
  static struct stat status_of(const std::string& path) {
    struct stat status {};
    EXPECT_EQ(lstat(path.c_str(), &status), 0) << path;
    return status;
  }
  [[nodiscard]] std::vector<std::string> names() const {
    std::vector<std::string> names;
    for (const auto& entry : fs::directory_iterator{dir_}) names.push_back(entry.path().filename().string());
    return names;
  }

  TemporaryDir temporary_;
  std::string dir_ = temporary_.path("failures");
};

TEST_F(FailureFileTest, WhatIsKeptIsReadBack) {
  EXPECT_EQ(file().keep(record()), std::nullopt);
  EXPECT_EQ(to_json(kept()), to_json(record()));
  EXPECT_THAT(names(), ElementsAre(std::string{uuid} + ".json"));
}

TEST_F(FailureFileTest, TheLastFailureIsTheOneThatStays) {
  EXPECT_EQ(file().keep(record()), std::nullopt);
  auto second = record();
  second.failure = failure("gateway-unresolved", "vpn.example.org");
  EXPECT_EQ(file().keep(second), std::nullopt);
  EXPECT_EQ(kept().failure.kind->id, "gateway-unresolved");
}

TEST_F(FailureFileTest, TheRecordOfEverybodysConnectionIsForEverybody) {
  umask(077);
  EXPECT_EQ(file().keep(record()), std::nullopt);
  umask(022);
  EXPECT_EQ(status_of(path()).st_mode & 07777U, 0644U);
  EXPECT_EQ(status_of(dir_).st_mode & 07777U, 0755U);
}

TEST_F(FailureFileTest, TheRecordOfOneUsersConnectionIsForThatUserAlone) {
  if (geteuid() != 0) GTEST_SKIP() << "not root";
  EXPECT_EQ(file("nobody").keep(record()), std::nullopt);
  EXPECT_EQ(status_of(path()).st_mode & 07777U, 0400U);
  EXPECT_EQ(status_of(path()).st_uid, 65534U);
}

TEST_F(FailureFileTest, AnUnknownUsersRecordIsForNobody) {
  EXPECT_THAT(file("no-such-user").keep(record()), Optional(HasSubstr("no-such-user")));
  EXPECT_FALSE(fs::exists(path()));
}

TEST_F(FailureFileTest, OnlyAUuidBecomesAPath) {
  for (const std::string name :
       {"", "UUID", "../../../../../../../../../../etc/abcd", "6f1c2a30-0b52-4d3e-9f00-0123456789a/",
        "6f1c2a30-0b52-4d3e-9f00-0123456789abc", "6f1c2a3000b52-4d3e-9f00-0123456789ab"}) {
    const FailureFile file{name, "", dir_};
    EXPECT_THAT(file.keep(record()), Optional(HasSubstr("UUID"))) << name;
    EXPECT_FALSE(fs::exists(dir_)) << name;
  }
}

TEST_F(FailureFileTest, ADirectoryThatOthersCanWriteToIsNotUsed) {
  fs::create_directory(dir_);
  for (const mode_t mode : {0777, 01777, 0775}) {
    chmod(dir_.c_str(), mode);
    EXPECT_THAT(file().keep(record()), Optional(HasSubstr("others"))) << mode;
    EXPECT_THAT(names(), IsEmpty());
  }
}

TEST_F(FailureFileTest, ADirectoryOfSomebodyElseIsNotUsed) {
  if (geteuid() != 0) GTEST_SKIP() << "not root";
  fs::create_directory(dir_);
  ASSERT_EQ(chown(dir_.c_str(), 65534, 65534), 0);
  EXPECT_THAT(file().keep(record()), Optional(HasSubstr("others")));
  EXPECT_THAT(names(), IsEmpty());
}

TEST_F(FailureFileTest, ALinkInThePlaceOfTheDirectoryIsNotFollowed) {
  fs::create_directory(temporary_.path("theirs"));
  fs::create_directory_symlink(temporary_.path("theirs"), dir_);
  EXPECT_NE(file().keep(record()), std::nullopt);
  EXPECT_TRUE(fs::is_empty(temporary_.path("theirs")));
}

TEST_F(FailureFileTest, ALinkInThePlaceOfTheRecordIsReplacedAndNotFollowed) {
  fs::create_directory(dir_);
  write_file(temporary_.path("theirs"), "theirs");
  fs::create_symlink(temporary_.path("theirs"), path());
  EXPECT_EQ(file().came_up(1700000009), std::nullopt);
  EXPECT_EQ(file().keep(record()), std::nullopt);
  EXPECT_EQ(content_of(temporary_.path("theirs")), "theirs");
  EXPECT_TRUE(S_ISREG(status_of(path()).st_mode));
}

TEST_F(FailureFileTest, WhatAKilledServiceLeftIsInNobodysWay) {
  fs::create_directory(dir_);
  write_file(temporary_.path("theirs"), "theirs");
  fs::create_symlink(temporary_.path("theirs"), dir_ + "/." + uuid + ".json.new");
  EXPECT_EQ(file().keep(record()), std::nullopt);
  EXPECT_EQ(content_of(temporary_.path("theirs")), "theirs");
  EXPECT_THAT(names(), ElementsAre(std::string{uuid} + ".json"));
}

TEST_F(FailureFileTest, AHalfWrittenRecordDoesNotReplaceAWholeOne) {
  EXPECT_EQ(file().keep(record()), std::nullopt);
  struct rlimit old {};
  getrlimit(RLIMIT_FSIZE, &old);
  const struct rlimit small { 4, old.rlim_max };
  std::signal(SIGXFSZ, SIG_IGN);
  setrlimit(RLIMIT_FSIZE, &small);
  const auto trouble = file().keep(record());
  setrlimit(RLIMIT_FSIZE, &old);
  std::signal(SIGXFSZ, SIG_DFL);
  EXPECT_THAT(trouble, Optional(HasSubstr("too large")));
  EXPECT_EQ(to_json(kept()), to_json(record()));
  EXPECT_THAT(names(), ElementsAre(std::string{uuid} + ".json"));
}

TEST_F(FailureFileTest, ALaterSuccessIsAddedToTheRecord) {
  EXPECT_EQ(file().keep(record()), std::nullopt);
  EXPECT_EQ(file().came_up(1700000042), std::nullopt);
  auto expected = record();
  expected.up_since = 1700000042;
  EXPECT_EQ(to_json(kept()), to_json(expected));
}

TEST_F(FailureFileTest, ASuccessWithoutAFailureBeforeItLeavesNothing) {
  EXPECT_EQ(file().came_up(1700000042), std::nullopt);
  EXPECT_FALSE(fs::exists(dir_));
}

TEST_F(FailureFileTest, WhatIsNoRecordStaysAsItIs) {
  fs::create_directory(dir_);
  write_file(path(), "{}");
  EXPECT_NE(file().came_up(1700000042), std::nullopt);
  EXPECT_EQ(content_of(path()), "{}");
}

}  // namespace
}  // namespace l2tp
