#include "service/system/foreign_process.h"

#include <gtest/gtest.h>

#include <csignal>

#include "fakes/child.h"
#include "fakes/main_loop.h"
#include "fakes/named_process.h"
#include "fakes/temporary_dir.h"

namespace l2tp {
namespace {

using namespace std::chrono_literals;

TEST(ForeignProcessTest, OneThatIsNotThereIsNothing) {
  EXPECT_EQ(ForeignProcess::open(0x3fffffff), nullptr);
}

TEST(ForeignProcessTest, ItEndsBySigterm) {
  const Child other{[] { std::signal(SIGTERM, [](int) { _exit(0); }); }};
  const auto process = ForeignProcess::open(other.pid());
  ASSERT_NE(process, nullptr);
  EXPECT_EQ(process->pid(), other.pid());
  const auto asked = MainLoopClock{}.now();
  bool ended = false;
  process->terminate(5s, [&ended] { ended = true; });
  ASSERT_TRUE(run_until([&ended] { return ended; }));
  EXPECT_LT(MainLoopClock{}.now() - asked, 4s);
  EXPECT_TRUE(is_gone(other.pid()));
}

TEST(ForeignProcessTest, ItIsKilledIfItDoesNotListen) {
  const Child other{[] { std::signal(SIGTERM, SIG_IGN); }};
  const auto process = ForeignProcess::open(other.pid());
  const auto asked = MainLoopClock{}.now();
  bool ended = false;
  process->terminate(100ms, [&ended] { ended = true; });
  ASSERT_TRUE(run_until([&ended] { return ended; }));
  EXPECT_GE(MainLoopClock{}.now() - asked, 99ms);
  EXPECT_TRUE(is_gone(other.pid()));
}

TEST(ForeignProcessTest, OneThatIsAlreadyGoneEndsAtOnce) {
  Child other{[] {}};
  const auto process = ForeignProcess::open(other.pid());
  other.kill();
  bool ended = false;
  process->terminate(5s, [&ended] { ended = true; });
  EXPECT_TRUE(run_until([&ended] { return ended; }, 2s));
}

TEST(ForeignProcessTest, TheObjectMayGoWithinTheEnd) {
  const Child other{[] {}};
  auto process = ForeignProcess::open(other.pid());
  bool ended = false;
  process->terminate(5s, [&] {
    process.reset();
    ended = true;
  });
  EXPECT_TRUE(run_until([&ended] { return ended; }));
}

constexpr const char* directory = "/run/nm-l2tp/UUID";

TEST(KillProcessesOfTest, ADaemonThatNamesAFileOfTheDirectoryIsKilledAndNothingElse) {
  const NamedProcess pppd{"pppd", "pppd file /run/nm-l2tp/UUID/ppp-options"};
  const NamedProcess xl2tpd{"xl2tpd", "xl2tpd -c /run/nm-l2tp/UUID/xl2tpd.conf"};
  const NamedProcess neighbour{"pppd", "pppd file /run/nm-l2tp/UUID2/ppp-options"};
  const NamedProcess stranger{"pppd", "pppd file /etc/ppp/options"};
  const NamedProcess reader{"less", "less /run/nm-l2tp/UUID/ppp-options"};
  EXPECT_TRUE(kill_processes_of(directory));
  EXPECT_TRUE(pppd.ends());
  EXPECT_TRUE(xl2tpd.ends());
  run_for(20ms);
  for (const auto* process : {&neighbour, &stranger, &reader}) EXPECT_FALSE(is_gone(process->pid()));
}

TEST(KillProcessesOfTest, WhenTheyHaveEndedThereIsNoneLeft) {
  const NamedProcess pppd{"pppd", "pppd file /run/nm-l2tp/UUID/ppp-options"};
  EXPECT_TRUE(kill_processes_of(directory));
  ASSERT_TRUE(pppd.ends());
  EXPECT_FALSE(kill_processes_of(directory));
}

TEST(KillProcessesOfTest, ThePidFileOfAKilledPppdGoesToo) {
  const NamedProcess pppd{"pppd", "pppd file /run/nm-l2tp/UUID/ppp-options"};
  write_file("/run/ppp7.pid", std::to_string(pppd.pid()) + "\n");
  kill_processes_of(directory);
  EXPECT_FALSE(std::filesystem::exists("/run/ppp7.pid"));
}

TEST(RemovePppdPidFileTest, OnlyTheFileOfThisPppdGoes) {
  write_file("/run/ppp7.pid", "4711\n");
  write_file("/run/ppp8.pid", "4712\n");
  write_file("/run/other.pid", "4711\n");
  remove_pppd_pid_file(4711);
  EXPECT_FALSE(std::filesystem::exists("/run/ppp7.pid"));
  EXPECT_TRUE(std::filesystem::exists("/run/ppp8.pid"));
  EXPECT_TRUE(std::filesystem::exists("/run/other.pid"));
}

}  // namespace
}  // namespace l2tp
