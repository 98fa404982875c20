#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/socket.h>
#include <sys/un.h>

#include <chrono>

#include "doctor/machine.h"
#include "fakes/temporary_dir.h"
#include "machine/fd.h"

namespace l2tp::doctor {
namespace {

using Clock = std::chrono::steady_clock;
using testing::Optional;

std::string slow_program(const TemporaryDir& directory) {
  auto path = directory.path("slow");
  write_file(path, "#!/bin/sh\necho begun\nexec sleep 30\n");
  std::filesystem::permissions(path, std::filesystem::perms::owner_all);
  return path;
}

TEST(ThisMachineTest, AProgramsWordsAreHeard) {
  const auto machine = this_machine();
  EXPECT_THAT(machine.run({"/bin/sh", "-c", "echo out; echo err >&2"}), Optional(std::string{"out\nerr\n"}));
  EXPECT_EQ(machine.run({"/no/such/program"}), std::nullopt);
}

TEST(ThisMachineTest, WhatWasAskedOnceIsNotAskedAgain) {
  const TemporaryDir directory;
  const auto machine = this_machine();
  for (int i = 0; i < 2; ++i)
    EXPECT_THAT(machine.run({"/bin/sh", "-c", "echo x >>" + directory.path("count") + "; echo told"}),
                Optional(std::string{"told\n"}));
  EXPECT_EQ(content_of(directory.path("count")), "x\n");
}

TEST(ThisMachineTest, AProgramThatHangsIsEndedInTime) {
  const TemporaryDir directory;
  const auto machine = this_machine();
  const auto began = Clock::now();
  EXPECT_EQ(machine.run({slow_program(directory)}), std::nullopt);
  EXPECT_LT(Clock::now() - began, std::chrono::milliseconds{1500});
}

TEST(ThisMachineTest, ManySlowThingsTogetherTakeNoMoreThanTwoSeconds) {
  const TemporaryDir directory;
  const auto machine = this_machine();
  const auto began = Clock::now();
  for (int i = 0; i < 5; ++i)
    EXPECT_EQ(machine.run({slow_program(directory), std::to_string(i)}), std::nullopt);
  EXPECT_LT(Clock::now() - began, std::chrono::milliseconds{2500});
}

// A bus that takes connections and never says a word.
class SilentBus {
 public:
  SilentBus() : socket_(socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
    sockaddr_un name{};
    name.sun_family = AF_UNIX;
    const auto path = directory_.path("bus");
    path.copy(name.sun_path, sizeof name.sun_path - 1);
    EXPECT_EQ(bind(socket_.get(), reinterpret_cast<sockaddr*>(&name), sizeof name), 0);
    EXPECT_EQ(listen(socket_.get(), 4), 0);
    setenv("DBUS_SYSTEM_BUS_ADDRESS", ("unix:path=" + path).c_str(), 1);
  }
  SilentBus(const SilentBus&) = delete;
  SilentBus& operator=(const SilentBus&) = delete;
  ~SilentBus() { unsetenv("DBUS_SYSTEM_BUS_ADDRESS"); }

 private:
  TemporaryDir directory_;
  Fd socket_;
};

TEST(ThisMachineTest, ABusThatHangsCostsOneSecondOnce) {
  const SilentBus bus;
  const auto machine = this_machine();
  const auto began = Clock::now();
  for (int i = 0; i < 5; ++i)
    EXPECT_EQ(machine.network_manager_property("/org/freedesktop/NetworkManager",
                                               "org.freedesktop.NetworkManager", "Version"),
              nullptr);
  EXPECT_LT(Clock::now() - began, std::chrono::milliseconds{1500});
}

TEST(ThisMachineTest, AnAddressResolvesToItself) {
  const auto machine = this_machine();
  const auto four = machine.resolve("192.0.2.1");
  ASSERT_TRUE(four);
  EXPECT_THAT(four.value().ipv4, testing::ElementsAre(Ipv4Address{{192, 0, 2, 1}}));
  EXPECT_FALSE(four.value().ipv6);
  const auto six = machine.resolve("2001:db8::1");
  ASSERT_TRUE(six);
  EXPECT_TRUE(six.value().ipv6);
}

TEST(ThisMachineTest, TheRunningKernelAndOurselvesAreThere) {
  const auto machine = this_machine();
  EXPECT_EQ(machine.kernel + "\n", machine.read("/proc/sys/kernel/osrelease"));
  EXPECT_THAT(machine.libnm, testing::StartsWith("1."));
  EXPECT_EQ(machine.privileged, geteuid() == 0);
  EXPECT_FALSE(machine.read("/proc"));
  EXPECT_TRUE(machine.exists("/proc/self"));
}

}  // namespace
}  // namespace l2tp::doctor
