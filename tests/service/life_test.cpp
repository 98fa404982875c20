// The service as a process: how it begins, what it takes, how it ends.

#include <csignal>

#include "service_fixture.h"

namespace l2tp {
namespace {

using namespace std::chrono_literals;
using testing::AllOf;
using testing::AnyOf;
using testing::HasSubstr;
using testing::Not;

class ServiceLifeTest : public ServiceFixture {};

TEST_F(ServiceLifeTest, ItServesTheNameItIsGiven) {
  start();
  EXPECT_EQ(manager_.service_pid(), service_->pid());
}

TEST_F(ServiceLifeTest, WithoutANameItServesTheServices) {
  service_ = std::make_unique<ServiceProcess>(bus_, ServiceProcess::Options{.arguments = {}});
  const NetworkManager other{bus_, "org.freedesktop.NetworkManager.l2tp"};
  EXPECT_TRUE(other.sees_service());
}

TEST_F(ServiceLifeTest, ANameOfAnotherServiceIsNotGivenToIt) {
  service_ = std::make_unique<ServiceProcess>(
      bus_, ServiceProcess::Options{.arguments = {"--bus-name", "org.example.other"}});
  EXPECT_THAT(service_->end(), Not("it runs"));
  EXPECT_NE(service_->end(), "exit status 0");
}

TEST_F(ServiceLifeTest, HelpIsGivenWithoutABus) {
  service_ = std::make_unique<ServiceProcess>(bus_, ServiceProcess::Options{.arguments = {"--help"}});
  EXPECT_EQ(service_->end(), "exit status 0");
  EXPECT_THAT(service_->output(),
              AllOf(HasSubstr("--bus-name"), HasSubstr("--debug"), HasSubstr("--persist")));
}

TEST_F(ServiceLifeTest, AnUnknownOptionIsRefused) {
  service_ =
      std::make_unique<ServiceProcess>(bus_, ServiceProcess::Options{.arguments = {"--no-such-option"}});
  EXPECT_EQ(service_->end(), "exit status 2");
  EXPECT_THAT(service_->output(), HasSubstr("--no-such-option"));
}

TEST_F(ServiceLifeTest, ItEndsWhenItIsAskedTo) {
  for (const int signal : {SIGTERM, SIGINT}) {
    start();
    service_->send(signal);
    EXPECT_EQ(service_->end(), "exit status 0") << signal;
    run_until([this] { return manager_.service_pid() == 0; });
  }
}

TEST_F(ServiceLifeTest, ItEndsWhenItIsAskedToHoweverEarly) {
  for (int milliseconds = 0; milliseconds < 30; milliseconds += 2) {
    service_ = std::make_unique<ServiceProcess>(bus_, ServiceProcess::Options{});
    run_for(Milliseconds{milliseconds});
    service_->send(SIGTERM);
    EXPECT_THAT(service_->end(), AnyOf("exit status 0", "signal 15")) << milliseconds;
  }
}

TEST_F(ServiceLifeTest, ItTakesLittleMemoryWhileIdle) {
  start();
  manager_.need_secrets(plain());
  const auto kilobytes = service_->resident_kilobytes();
  std::cout << "resident memory of the idle service: " << kilobytes << " KiB\n";
  RecordProperty("resident_kilobytes", static_cast<int>(kilobytes));
  EXPECT_LT(kilobytes, sanitized ? 200U * 1024 : 20U * 1024);
}

TEST_F(ServiceLifeTest, OnlyRootMayTalkToIt) {
  if (geteuid() != 0) GTEST_SKIP() << "not root";
  start();
  const auto said = [this](const std::string& user) {
    std::string lines;
    bool ended = false;
    const auto child = ChildProcess::spawn(
        {.argv = {"setpriv", "--reuid=" + user, "--regid=" + user, "--clear-groups", "dbus-send",
                  "--bus=" + bus_.address(), "--print-reply", std::string{"--dest="} + first_bus_name,
                  "/org/freedesktop/NetworkManager/VPN/Plugin",
                  "org.freedesktop.NetworkManager.VPN.Plugin.Disconnect"},
         .environment = {}},
        {.line = [&lines](std::string_view line) { lines.append(line).append("\n"); },
         .exited = [&ended](Exit) { ended = true; }});
    EXPECT_TRUE(child);
    run_until([&ended] { return ended; });
    return lines;
  };
  EXPECT_THAT(said("65534"), HasSubstr("AccessDenied"));
  EXPECT_THAT(said("0"), Not(HasSubstr("AccessDenied")));
}

TEST_F(ServiceLifeTest, ItEndsWhenNetworkManagerLeavesTheBus) {
  start_with("up");
  ASSERT_TRUE(manager_.connect(plain()).ok);
  ASSERT_TRUE(manager_.hears("StateChanged started"));
  manager_.vanish();
  expect_a_clean_exit();
}

TEST_F(ServiceLifeTest, ItEndsWhenNetworkManagerLeavesWhileItConnects) {
  start();
  ASSERT_TRUE(manager_.connect(plain()).ok);
  run_until([] { return std::filesystem::exists("/run/nm-l2tp"); });
  manager_.vanish();
  expect_a_clean_exit();
}

TEST_F(ServiceLifeTest, ItEndsWhenNetworkManagerLeavesBeforeItConnects) {
  start();
  run_for(20ms);
  manager_.vanish();
  EXPECT_EQ(service_->end(), "exit status 0");
}

TEST_F(ServiceLifeTest, ItEndsWithItsConnection) {
  start_with("up");
  manager_.connect(plain());
  ASSERT_TRUE(manager_.hears("StateChanged started"));
  EXPECT_TRUE(manager_.disconnect().ok);
  expect_a_clean_exit();
}

TEST_F(ServiceLifeTest, ItStaysIfItIsToPersist) {
  start({.arguments = {"--bus-name", first_bus_name, "--persist"}, .l2tp = "up"});
  for (int round = 0; round < 2; ++round) {
    manager_.forget();
    ASSERT_TRUE(run_until([this] { return manager_.connect(plain()).ok; }))
        << round << ": " << service_->output();
    ASSERT_TRUE(manager_.hears("StateChanged started"));
    ASSERT_TRUE(manager_.disconnect().ok);
    ASSERT_TRUE(manager_.hears("StateChanged stopped"));
    EXPECT_TRUE(run_until([] { return nothing_is_left(); }));
  }
  EXPECT_FALSE(service_->has_ended());
  service_->send(SIGTERM);
  expect_a_clean_exit();
}

TEST_F(ServiceLifeTest, AskedToEndItEndsItsConnectionFirst) {
  start_with("up");
  manager_.connect(plain());
  ASSERT_TRUE(manager_.hears("StateChanged started"));
  service_->send(SIGTERM);
  EXPECT_TRUE(manager_.hears("StateChanged stopped"));
  expect_a_clean_exit();
}

TEST_F(ServiceLifeTest, ItsChildrenEndEvenIfItIsKilled) {
  start_with("up");
  manager_.connect(plain());
  ASSERT_TRUE(manager_.hears("StateChanged started"));
  const auto xl2tpd = std::stoi(content_of("/run/nm-l2tp/" + plain().uuid + "/xl2tpd.pid"));
  ASSERT_TRUE(run_until([] { return std::filesystem::exists("/run/fake-pppd.pid"); }));
  const auto pppd = std::stoi(content_of("/run/fake-pppd.pid"));
  service_->send(SIGKILL);
  service_->end();
  EXPECT_TRUE(comes_true([=] { return is_gone(xl2tpd) && is_gone(pppd); }, 2000));
}

TEST_F(ServiceLifeTest, WhatAKilledOneLeftIsClearedUpByTheNext) {
  start_with("up");
  auto other = plain();
  other.uuid = "7c1f7e0c-6c0f-4b3e-9d55-a2f3e5d0a111";
  manager_.connect(other);
  ASSERT_TRUE(manager_.hears("StateChanged started"));
  service_->send(SIGKILL);
  service_->end();
  EXPECT_FALSE(nothing_is_left());
  run_until([this] { return manager_.service_pid() == 0; });

  manager_.forget();
  start_with("up");
  manager_.connect(plain());
  ASSERT_TRUE(manager_.hears("StateChanged started")) << service_->output();
  EXPECT_FALSE(std::filesystem::exists("/run/nm-l2tp/" + other.uuid));
  manager_.disconnect();
  expect_a_clean_exit();
}

TEST_F(ServiceLifeTest, TwoConnectionsRunBesideEachOther) {
  constexpr const char* second_name = "org.freedesktop.NetworkManager.l2tp.Connection_2";
  start_with("up");
  ServiceProcess second{bus_, {.arguments = {"--bus-name", second_name}, .l2tp = "up"}};
  NetworkManager second_manager{bus_, second_name};
  ASSERT_TRUE(second_manager.sees_service());
  auto other = plain();
  other.uuid = "7c1f7e0c-6c0f-4b3e-9d55-a2f3e5d0a111";
  manager_.connect(plain());
  second_manager.connect(other);
  EXPECT_TRUE(manager_.hears("StateChanged started"));
  EXPECT_TRUE(second_manager.hears("StateChanged started"));

  manager_.disconnect();
  EXPECT_EQ(service_->end(), "exit status 0");
  EXPECT_FALSE(second.has_ended());
  EXPECT_TRUE(std::filesystem::exists("/run/nm-l2tp/" + other.uuid));
  second_manager.disconnect();
  EXPECT_EQ(second.end(), "exit status 0");
  EXPECT_TRUE(nothing_is_left());
}

TEST_F(ServiceLifeTest, TheSameConnectionWaitsForTheOneThatStillEnds) {
  start_with("stubborn");
  manager_.connect(plain());
  ASSERT_TRUE(manager_.hears("StateChanged started"));
  constexpr const char* second_name = "org.freedesktop.NetworkManager.l2tp.Connection_2";
  ServiceProcess second{bus_, {.arguments = {"--bus-name", second_name}, .l2tp = "up"}};
  NetworkManager second_manager{bus_, second_name};
  ASSERT_TRUE(second_manager.sees_service());
  manager_.disconnect();
  second_manager.connect(plain());
  EXPECT_TRUE(second_manager.hears("StateChanged started")) << second.output();
  EXPECT_EQ(service_->end(), "exit status 0");
  EXPECT_TRUE(std::filesystem::exists("/run/nm-l2tp/" + plain().uuid))
      << "the first one must not take the second one's";
  second_manager.disconnect();
  EXPECT_EQ(second.end(), "exit status 0");
  EXPECT_TRUE(nothing_is_left());
}

}  // namespace
}  // namespace l2tp
