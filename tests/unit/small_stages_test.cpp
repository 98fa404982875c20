// The stages that answer within their start: resolve (for addresses) and port.

#include <arpa/inet.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/socket.h>

#include "fakes/main_loop.h"
#include "machine/fd.h"
#include "service/stages/port.h"
#include "service/stages/resolve.h"

namespace l2tp {
namespace {

using namespace std::chrono_literals;
using testing::HasSubstr;

const Ipv4Address loopback{{127, 0, 0, 1}};

Activation activation(const std::function<void(Settings&)>& change = [](Settings&) {}) {
  Settings settings;
  settings.uuid = "UUID";
  change(settings);
  return Activation{std::move(settings)};
}

// How a stage's start ends.
std::string outcome(StageBase& stage) {
  std::string result;
  stage.start(
      [&result](const std::optional<Failure>& failure) {
        result = failure ? std::string{failure->kind->id} : "up";
      },
      [](const Failure&) {});
  run_until([&result] { return !result.empty(); });
  return result;
}

Activation with_gateway(const std::string& gateway) {
  return activation([&gateway](Settings& settings) { settings.gateway = gateway; });
}

TEST(ResolveStageTest, AnAddressIsItselfAndOursIsTheOneTowardsIt) {
  auto activation = with_gateway("127.0.0.9");
  ResolveStage stage{activation};
  EXPECT_EQ(outcome(stage), "up");
  EXPECT_EQ(activation.endpoints.gateway, (Ipv4Address{{127, 0, 0, 9}}));
  EXPECT_EQ(activation.endpoints.local, loopback);
}

TEST(ResolveStageTest, AnAddressWithoutARouteIsUnreachable) {
  auto activation = with_gateway("203.0.113.9");
  ResolveStage stage{activation};
  EXPECT_EQ(outcome(stage), "gateway-unreachable");
}

TEST(ResolveStageTest, AnIpv6AddressIsNamedAsWhatXl2tpdCannotDo) {
  auto activation = with_gateway("2001:db8::1");
  ResolveStage stage{activation};
  EXPECT_EQ(outcome(stage), "gateway-only-ipv6");
}

TEST(ResolveStageTest, AStoppedLookUpIsNotAnswered) {
  auto activation = with_gateway("somewhere.example");
  ResolveStage stage{activation};
  int answers = 0;
  stage.start([&answers](const std::optional<Failure>&) { ++answers; }, [](const Failure&) {});
  bool stopped = false;
  stage.stop([&stopped] { stopped = true; });
  EXPECT_TRUE(stopped);
  run_for(100ms);
  EXPECT_EQ(answers, 0);
}

Activation on_loopback(bool ephemeral = false) {
  auto made = activation([ephemeral](Settings& settings) { settings.ephemeral_port = ephemeral; });
  made.endpoints.local = loopback;
  return made;
}

Fd bound_to_1701() {
  Fd fd{socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0)};
  sockaddr_in name{};
  name.sin_family = AF_INET;
  name.sin_port = htons(1701);
  EXPECT_EQ(bind(fd.get(), reinterpret_cast<sockaddr*>(&name), sizeof name), 0);
  return fd;
}

TEST(PortStageTest, AFree1701IsUsed) {
  auto activation = on_loopback();
  PortStage stage{activation};
  EXPECT_EQ(outcome(stage), "up");
  EXPECT_EQ(activation.endpoints.source_port, 1701);
}

TEST(PortStageTest, ThePortIsHeldUntilTheStageStops) {
  auto activation = on_loopback();
  PortStage stage{activation};
  ASSERT_EQ(outcome(stage), "up");
  EXPECT_FALSE(hold_udp_port(loopback, 1701));
  stage.stop([] {});
  EXPECT_TRUE(hold_udp_port(loopback, 1701));
}

TEST(PortStageTest, ATaken1701IsPassedByAndItsOwnerNamed) {
  const auto holder = bound_to_1701();
  auto activation = on_loopback();
  PortStage stage{activation};
  testing::internal::CaptureStderr();
  EXPECT_EQ(outcome(stage), "up");
  const auto log = testing::internal::GetCapturedStderr();
  EXPECT_NE(activation.endpoints.source_port, 1701);
  EXPECT_GT(activation.endpoints.source_port, 1024);
  EXPECT_THAT(log, HasSubstr("UDP port 1701 is held by small_stages"));
  EXPECT_THAT(log, HasSubstr("process " + std::to_string(getpid())));
}

TEST(PortStageTest, AnotherPortIsUsedAtOnceIfTheProfileAsksForIt) {
  auto activation = on_loopback(true);
  PortStage stage{activation};
  EXPECT_EQ(outcome(stage), "up");
  EXPECT_NE(activation.endpoints.source_port, 1701);
}

TEST(PortStageTest, WithoutAnyPortItFails) {
  auto activation = on_loopback(true);
  activation.endpoints.local = Ipv4Address{{203, 0, 113, 9}};
  PortStage stage{activation};
  EXPECT_EQ(outcome(stage), "port-unavailable");
}

}  // namespace
}  // namespace l2tp
