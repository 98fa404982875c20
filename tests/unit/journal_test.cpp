#include "service/system/journal.h"

#include <fcntl.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/wait.h>
#include <unistd.h>

#include <functional>

#include "fakes/temporary_dir.h"

namespace l2tp {
namespace {

using journal::Level;
using testing::EndsWith;
using testing::HasSubstr;
using testing::MatchesRegex;

// What a fresh process with this NM_VPN_LOG_LEVEL (null: none) writes to its standard error.
std::string log_of(const char* level, bool debug, const std::function<void()>& what) {
  const TemporaryDir temporary;
  const auto path = temporary.path("stderr");
  const pid_t pid = fork();
  if (pid == 0) {
    const int file = open(path.c_str(), O_WRONLY | O_CREAT, 0600);
    dup2(file, STDERR_FILENO);
    if (level == nullptr)
      unsetenv("NM_VPN_LOG_LEVEL");
    else
      setenv("NM_VPN_LOG_LEVEL", level, 1);
    journal::set_up(debug);
    what();
    _exit(0);
  }
  int status = 0;
  waitpid(pid, &status, 0);
  EXPECT_EQ(status, 0);
  return content_of(path);
}

void one_line_of_each() {
  for (const auto level : {Level::error, Level::warning, Level::notice, Level::info, Level::debug})
    journal::log(level, "m");
}

std::string levels_shown(const char* level, bool debug = false) {
  const auto log = log_of(level, debug, one_line_of_each);
  std::string shown;
  for (const auto* name : {"error", "warning", "notice", "info", "debug"})
    if (log.find(std::string{"] "} + name + ": m\n") != std::string::npos) shown += name[0];
  return shown;
}

TEST(JournalTest, ALineSaysWhoAndHowGrave) {
  EXPECT_THAT(log_of(nullptr, false, [] { journal::log(Level::warning, "UDP port 1701 is held"); }),
              MatchesRegex(R"(nm-l2tp\[[0-9]+\] warning: UDP port 1701 is held)"
                           "\n"));
}

TEST(JournalTest, FieldsStandBehindTheText) {
  EXPECT_THAT(log_of(nullptr, false,
                     [] {
                       journal::log(
                           Level::notice, "ipsec is up",
                           {{"NM_L2TP_STAGE", "ipsec"}, {"NM_L2TP_MS", "310"}, {"MESSAGE_ID", "0a3d"}});
                     }),
              EndsWith("notice: ipsec is up stage=ipsec ms=310 message_id=0a3d\n"));
}

TEST(JournalTest, NobodysTerminalObeysWhatAStrangerSaid) {
  // ESC, C1's CSI, the mark that turns the direction of writing, and a byte that is no UTF-8.
  EXPECT_THAT(
      log_of(nullptr, false, [] { journal::log(Level::error, "a\x1b[2J\xc2\x9b\xe2\x80\xae\xff é"); }),
      EndsWith("error: a\\x1b[2J\\xc2\\x9b\\xe2\\x80\\xae\\xff é\n"));
}

TEST(JournalTest, WithoutAWishNoticesAndWorseAreShown) {
  EXPECT_EQ(levels_shown(nullptr), "ewn");
}

TEST(JournalTest, NetworkManagersLevelDecides) {
  EXPECT_EQ(levels_shown("3"), "e");
  EXPECT_EQ(levels_shown("4"), "ew");
  EXPECT_EQ(levels_shown("5"), "ewn");
  EXPECT_EQ(levels_shown("6"), "ewni");
  EXPECT_EQ(levels_shown("7"), "ewnid");
  EXPECT_EQ(levels_shown("99"), "ewnid");
}

TEST(JournalTest, ZeroIsNoWish) {
  EXPECT_EQ(levels_shown("0"), "ewn");
}

TEST(JournalTest, WhatIsNoLevelIsNoWish) {
  for (const auto* text : {"", "debug", "7x", "-1", " 7", "99999999999999999999"})
    EXPECT_EQ(levels_shown(text), "ewn") << text;
}

TEST(JournalTest, DebugShowsAllWhateverTheLevel) {
  EXPECT_EQ(levels_shown("3", true), "ewnid");
  EXPECT_EQ(levels_shown(nullptr, true), "ewnid");
}

TEST(JournalTest, WhatIsShownCanBeAskedFor) {
  const auto log = log_of("6", false, [] {
    journal::log(Level::error, journal::shows(Level::info) ? "info" : "no info");
    journal::log(Level::error, journal::shows(Level::debug) ? "debug" : "no debug");
  });
  EXPECT_THAT(log, HasSubstr(": info\n"));
  EXPECT_THAT(log, HasSubstr(": no debug\n"));
}

TEST(JournalTest, ALogThatCannotBeWrittenStopsNothing) {
  EXPECT_EQ(log_of(nullptr, false,
                   [] {
                     close(STDERR_FILENO);
                     journal::log(Level::error, "m");
                   }),
            "");
}

}  // namespace
}  // namespace l2tp
