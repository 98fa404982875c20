#include "service/stages/handover.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "fakes/fake_clock.h"
#include "libnm/libnm.h"
#include "service/system/route.h"

namespace l2tp {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

// The types and meanings are those of nm-vpn-dbus-interface.h: what has another type, NetworkManager passes
// over in silence.
class Sink final : public NetworkManagerSink {
 public:
  void config(VariantPtr config) override { take("config", std::move(config)); }
  void ip4_config(VariantPtr config) override { take("ip4", std::move(config)); }
  void ip6_config(VariantPtr config) override { take("ip6", std::move(config)); }

  // A value as GVariant's text form has it, with its type; "none" if it is not there.
  [[nodiscard]] std::string value(const std::string& dictionary, const char* key) const {
    const auto found = taken_.find(dictionary);
    if (found == taken_.end()) return "no such dictionary";
    const VariantPtr value{g_variant_lookup_value(found->second.get(), key, nullptr)};
    if (!value) return "none";
    const CharPtr text{g_variant_print(value.get(), TRUE)};
    return text.get();
  }

  std::vector<std::string> order;

 private:
  void take(const char* name, VariantPtr config) {
    order.emplace_back(name);
    EXPECT_STREQ(g_variant_get_type_string(config.get()), "a{sv}");
    taken_[name] = std::move(config);
  }

  std::map<std::string, VariantPtr> taken_;
};

Ipv4Address address(std::uint8_t last) {
  return Ipv4Address{{10, 0, 0, last}};
}

std::string on_the_wire(const Ipv4Address& address) {
  return "uint32 " + std::to_string(address.network_order());
}

class HandoverStageTest : public testing::Test {
 protected:
  HandoverStageTest() {
    activation_.endpoints.gateway = Ipv4Address{{203, 0, 113, 9}};
    auto& ppp = activation_.ppp;
    ppp.interface = "ppp3";
    ppp.mtu = 1360;
    ppp.ipv4 = true;
    ppp.address = address(5);
    ppp.peer = address(1);
    ppp.dns = {address(53), address(54)};
  }

  std::string hand_over() {
    HandoverStage stage{activation_, clock_, sink_};
    std::string result = "nothing";
    stage.start(
        [&result](const std::optional<Failure>& failure) {
          result = failure ? std::string{failure->kind->id} : "up";
        },
        [](const Failure&) {});
    return result;
  }

  // What is said of the tunnel in `time` after it was handed over.
  std::string said_after(Milliseconds time) {
    HandoverStage stage{activation_, clock_, sink_};
    std::string said = "nothing";
    stage.start([](const std::optional<Failure>&) {},
                [&said](const Failure& failure) { said = failure.sentence(); });
    clock_.advance(time);
    stage.stop([] {});
    return said;
  }

  FakeClock clock_;
  Activation activation_{Settings{}};
  Sink sink_;
};

TEST_F(HandoverStageTest, TheGeneralConfigurationComesFirst) {
  activation_.ppp.ipv6 = true;
  EXPECT_EQ(hand_over(), "up");
  EXPECT_THAT(sink_.order, ElementsAre("config", "ip4", "ip6"));
}

TEST_F(HandoverStageTest, TheTunnelIsNamedAndTheGatewayWithIt) {
  hand_over();
  EXPECT_EQ(sink_.value("config", "tundev"), "'ppp3'");
  EXPECT_EQ(sink_.value("config", "gateway"), on_the_wire(Ipv4Address{{203, 0, 113, 9}}));
  EXPECT_EQ(sink_.value("config", "mtu"), "uint32 1360");
}

TEST_F(HandoverStageTest, AnUnknownMtuIsNotSaid) {
  activation_.ppp.mtu = 0;
  hand_over();
  EXPECT_EQ(sink_.value("config", "mtu"), "none");
}

TEST_F(HandoverStageTest, EachFamilyIsThereIfItIs) {
  hand_over();
  EXPECT_EQ(sink_.value("config", "has-ip4"), "true");
  EXPECT_EQ(sink_.value("config", "has-ip6"), "false");
  EXPECT_THAT(sink_.order, ElementsAre("config", "ip4"));

  sink_.order.clear();
  activation_.ppp.ipv4 = false;
  activation_.ppp.ipv6 = true;
  hand_over();
  EXPECT_EQ(sink_.value("config", "has-ip4"), "false");
  EXPECT_EQ(sink_.value("config", "has-ip6"), "true");
  EXPECT_THAT(sink_.order, ElementsAre("config", "ip6"));
}

TEST_F(HandoverStageTest, Ipv4IsAHostAddressWithItsPeerAndItsServers) {
  activation_.ppp.wins = {address(60)};
  hand_over();
  EXPECT_EQ(sink_.value("ip4", "address"), on_the_wire(address(5)));
  EXPECT_EQ(sink_.value("ip4", "prefix"), "uint32 32");
  EXPECT_EQ(sink_.value("ip4", "ptp"), on_the_wire(address(1)));
  EXPECT_EQ(sink_.value("ip4", "dns"),
            "[" + on_the_wire(address(53)) + ", " + std::to_string(address(54).network_order()) + "]");
  EXPECT_EQ(sink_.value("ip4", "nbns"), "[" + on_the_wire(address(60)) + "]");
  EXPECT_EQ(sink_.value("ip4", "never-default"), "none");
}

TEST_F(HandoverStageTest, WhatWasNotNegotiatedIsNotSaid) {
  activation_.ppp.peer.reset();
  activation_.ppp.dns.clear();
  hand_over();
  for (const auto* key : {"ptp", "dns", "nbns"}) EXPECT_EQ(sink_.value("ip4", key), "none") << key;
}

TEST_F(HandoverStageTest, APeerThatIsTheGatewayIsNotSaid) {
  activation_.ppp.peer = activation_.endpoints.gateway;
  hand_over();
  EXPECT_EQ(sink_.value("ip4", "ptp"), "none") << "the tunnel would swallow itself";
}

TEST_F(HandoverStageTest, AProfileThatIsNeverTheDefaultSaysSo) {
  activation_.settings.ipv4_never_default = true;
  hand_over();
  EXPECT_EQ(sink_.value("ip4", "never-default"), "true");
}

TEST_F(HandoverStageTest, Ipv6IsALinkLocalAddressWithoutADefaultRoute) {
  activation_.ppp.ipv6 = true;
  activation_.ppp.address6 = {0xfe, 0x80, 0, 0, 0, 0, 0, 0, 1, 2, 3, 4, 5, 6, 7, 8};
  hand_over();
  EXPECT_EQ(sink_.value("ip6", "address"),
            "[byte 0xfe, 0x80, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x01, 0x02, 0x03, 0x04, 0x05, 0x06, 0x07, "
            "0x08]");
  EXPECT_EQ(sink_.value("ip6", "prefix"), "uint32 64");
  EXPECT_EQ(sink_.value("ip6", "never-default"), "true");
}

// The loopback plays the tunnel.
TEST_F(HandoverStageTest, ATunnelThatSwallowsItselfIsNamedWithinAMoment) {
  activation_.ppp.interface = "lo";
  activation_.endpoints.gateway = Ipv4Address{{127, 0, 0, 9}};
  EXPECT_EQ(said_after(Milliseconds{900}), "nothing") << "NetworkManager may still be setting its routes";
  EXPECT_EQ(said_after(Milliseconds{2100}),
            "The route to the server goes into its own tunnel: 127.0.0.9 goes by lo.");
}

TEST_F(HandoverStageTest, AServerThatIsReachedAnotherWayOrNotAtAllIsNotInTheTunnel) {
  activation_.endpoints.gateway = Ipv4Address{{127, 0, 0, 9}};
  EXPECT_EQ(said_after(Milliseconds{60000}), "nothing");
  activation_.ppp.interface = "lo";
  activation_.endpoints.gateway = Ipv4Address{{203, 0, 113, 9}};
  EXPECT_EQ(said_after(Milliseconds{60000}), "nothing");
  EXPECT_TRUE(clock_.idle());
}

TEST_F(HandoverStageTest, OnceOurAddressIsGoneTheTunnelIsNotToBlame) {
  activation_.ppp.interface = "lo";
  activation_.endpoints.gateway = Ipv4Address{{127, 0, 0, 9}};
  activation_.endpoints.local = Ipv4Address{{192, 0, 2, 77}};
  EXPECT_EQ(said_after(Milliseconds{60000}), "nothing");
}

TEST_F(HandoverStageTest, WithoutAnyAddressNothingIsHandedOver) {
  activation_.ppp.ipv4 = false;
  EXPECT_EQ(hand_over(), "handover-failed");
  EXPECT_THAT(sink_.order, IsEmpty());
}

}  // namespace
}  // namespace l2tp
