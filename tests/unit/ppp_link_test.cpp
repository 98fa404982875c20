#include "service/ppp_link.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>

#include "fakes/child.h"
#include "fakes/fake_pppd.h"
#include "fakes/main_loop.h"
#include "fakes/temporary_dir.h"
#include "machine/fd.h"

namespace l2tp {
namespace {

using namespace std::chrono_literals;
using testing::AnyOf;
using testing::ElementsAre;
using testing::IsEmpty;
using testing::StartsWith;

// What D-Bus's authentication by peer credentials says to another user: "OK" and our guid, or anything else.
std::string greeting_for_another_user(const std::string& path) {
  const Fd socket{::socket(AF_UNIX, SOCK_STREAM, 0)};
  sockaddr_un name{};
  name.sun_family = AF_UNIX;
  path.copy(name.sun_path, sizeof name.sun_path - 1);
  if (setuid(65534) != 0) return "we stay root";
  if (connect(socket.get(), reinterpret_cast<sockaddr*>(&name), sizeof name) != 0)
    return "no way to the socket";
  const std::string hello{"\0AUTH EXTERNAL 3635353334\r\nBEGIN\r\n", 34};
  if (write(socket.get(), hello.data(), hello.size()) < 0) return "closed";
  char answer[256];
  const auto size = read(socket.get(), answer, sizeof answer);
  return size <= 0 ? "closed" : std::string{answer, static_cast<std::size_t>(size)};
}

std::string bytes_of(GVariant* tuple, gsize index) {
  const VariantPtr array{g_variant_get_child_value(tuple, index)};
  gsize size = 0;
  const auto* bytes = static_cast<const char*>(g_variant_get_fixed_array(array.get(), &size, 1));
  return {bytes, size};
}

Ipv4Address address(std::uint8_t last) {
  return Ipv4Address{{10, 0, 0, last}};
}
guint32 on_the_wire(std::uint8_t last) {
  return address(last).network_order();
}

GVariant* ip4(const char* ipv6 = "off") {
  const guint32 dns[] = {on_the_wire(53), on_the_wire(54)};
  GVariantBuilder config;
  g_variant_builder_init(&config, G_VARIANT_TYPE_VARDICT);
  g_variant_builder_add(&config, "{sv}", "interface", g_variant_new_string("ppp3"));
  g_variant_builder_add(&config, "{sv}", "address", g_variant_new_uint32(on_the_wire(5)));
  g_variant_builder_add(&config, "{sv}", "peer", g_variant_new_uint32(on_the_wire(1)));
  g_variant_builder_add(&config, "{sv}", "dns",
                        g_variant_new_fixed_array(G_VARIANT_TYPE_UINT32, dns, 2, sizeof *dns));
  g_variant_builder_add(&config, "{sv}", "wins",
                        g_variant_new_fixed_array(G_VARIANT_TYPE_UINT32, dns, 1, sizeof *dns));
  g_variant_builder_add(&config, "{sv}", "mtu", g_variant_new_uint32(1360));
  g_variant_builder_add(&config, "{sv}", "ipv6", g_variant_new_string(ipv6));
  return g_variant_new("(a{sv})", &config);
}

constexpr const char* ip6 =
    "({'interface': <'ppp3'>, 'address': <[byte 0xfe, 0x80, 0, 0, 0, 0, 0, 0, 1, 2, 3, 4, 5, 6, 7, 8]>, "
    "'peer': <[byte 0xfe, 0x80, 0, 0, 0, 0, 0, 0, 8, 7, 6, 5, 4, 3, 2, 1]>, 'mtu': <uint32 1280>},)";

class PppLinkTest : public testing::Test {
 protected:
  void SetUp() override { listen("anna", "geheim"); }

  void listen(const std::string& user, const std::string& password) {
    link_.reset();
    auto link = PppLink::listen(path_, user, Secret{password});
    ASSERT_TRUE(link) << link.error();
    link_ = link.value();
  }

  PppLink::Handlers handlers() {
    return {.connected = [this](int pid) { log_.push_back("connected " + std::to_string(pid == getpid())); },
            .phase = [this](std::string_view phase) { log_.push_back("phase " + std::string{phase}); },
            .ip4_up =
                [this](PppLink::Ipv6 ipv6) {
                  log_.emplace_back(ipv6 == PppLink::Ipv6::up        ? "ip4 ipv6-up"
                                    : ipv6 == PppLink::Ipv6::pending ? "ip4 ipv6-pending"
                                                                     : "ip4");
                },
            .ip6_up = [this] { log_.emplace_back("ip6"); },
            .ip6_refused = [this] { log_.emplace_back("ip6 refused"); },
            .exiting = [this](std::uint32_t status) { log_.push_back("exiting " + std::to_string(status)); },
            .closed = [this] { log_.emplace_back("closed"); }};
  }

  TemporaryDir temporary_;
  std::string path_ = temporary_.path("pppd.sock");
  std::shared_ptr<PppLink> link_;
  std::vector<std::string> log_;
};

TEST_F(PppLinkTest, PppdGetsTheNameAndPassword) {
  FakePppd pppd{path_};
  const auto answer = pppd.call("GetCredentials");
  ASSERT_NE(answer, nullptr);
  EXPECT_STREQ(g_variant_get_type_string(answer.get()), "(ayay)");
  EXPECT_EQ(bytes_of(answer.get(), 0), "anna");
  EXPECT_EQ(bytes_of(answer.get(), 1), "geheim");
}

TEST_F(PppLinkTest, AnyBytesArriveAsTheyAre) {
  std::string all;
  for (int byte = 1; byte < 256; ++byte) all += static_cast<char>(byte);
  listen("EXAMPLE\\m\xfcller \"", all);
  FakePppd pppd{path_};
  const auto answer = pppd.call("GetCredentials");
  ASSERT_NE(answer, nullptr);
  EXPECT_EQ(bytes_of(answer.get(), 0), "EXAMPLE\\m\xfcller \"");
  EXPECT_EQ(bytes_of(answer.get(), 1), all);
}

TEST_F(PppLinkTest, AnEmptyPasswordIsOne) {
  listen("anna", "");
  FakePppd pppd{path_};
  const auto answer = pppd.call("GetCredentials");
  ASSERT_NE(answer, nullptr);
  EXPECT_EQ(bytes_of(answer.get(), 1), "");
}

TEST_F(PppLinkTest, ThePasswordIsHandedOutOnce) {
  FakePppd pppd{path_};
  pppd.call("GetCredentials");
  const auto again = pppd.call("GetCredentials");
  ASSERT_NE(again, nullptr);
  EXPECT_EQ(bytes_of(again.get(), 0), "anna");
  EXPECT_EQ(bytes_of(again.get(), 1), "") << "we keep no copy";
}

TEST_F(PppLinkTest, EachReportIsHandedOn) {
  link_->set_handlers(handlers());
  FakePppd pppd{path_};
  EXPECT_TRUE(pppd.tell("Phase", "('establish',)"));
  EXPECT_TRUE(pppd.tell("Phase", "('network',)"));
  EXPECT_NE(pppd.call("Ip4Up", ip4("pending")), nullptr);
  EXPECT_TRUE(pppd.tell("Ip6Up", ip6));
  EXPECT_NE(pppd.call("Ip6Refused"), nullptr);
  EXPECT_TRUE(pppd.tell("Exiting", "(uint32 19,)"));
  pppd.hang_up();
  run_until([this] { return log_.back() == "closed"; });
  EXPECT_THAT(log_, ElementsAre("connected 1", "phase establish", "phase network", "ip4 ipv6-pending", "ip6",
                                "ip6 refused", "exiting 19", "closed"));
}

TEST_F(PppLinkTest, WhatIpcpSettledIsKept) {
  FakePppd pppd{path_};
  ASSERT_NE(pppd.call("Ip4Up", ip4()), nullptr);
  const auto& result = link_->result();
  EXPECT_TRUE(result.ipv4);
  EXPECT_FALSE(result.ipv6);
  EXPECT_EQ(result.interface, "ppp3");
  EXPECT_EQ(result.mtu, 1360U);
  EXPECT_EQ(result.address, address(5));
  EXPECT_EQ(result.peer, address(1));
  EXPECT_THAT(result.dns, ElementsAre(address(53), address(54)));
  EXPECT_THAT(result.wins, ElementsAre(address(53)));
}

TEST_F(PppLinkTest, WhatIpv6cpSettledIsKeptBesideIt) {
  FakePppd pppd{path_};
  ASSERT_NE(pppd.call("Ip4Up", ip4("pending")), nullptr);
  ASSERT_TRUE(pppd.tell("Ip6Up", ip6));
  const auto& result = link_->result();
  EXPECT_TRUE(result.ipv4);
  EXPECT_TRUE(result.ipv6);
  EXPECT_EQ(result.address6,
            (std::array<std::uint8_t, 16>{0xfe, 0x80, 0, 0, 0, 0, 0, 0, 1, 2, 3, 4, 5, 6, 7, 8}));
  EXPECT_EQ(result.peer6,
            (std::array<std::uint8_t, 16>{0xfe, 0x80, 0, 0, 0, 0, 0, 0, 8, 7, 6, 5, 4, 3, 2, 1}));
}

TEST_F(PppLinkTest, WhatWasNotNegotiatedIsNotThere) {
  FakePppd pppd{path_};
  ASSERT_TRUE(pppd.tell("Ip4Up", "({'interface': <'ppp0'>, 'address': <uint32 16777226>},)"));
  const auto& result = link_->result();
  EXPECT_TRUE(result.ipv4);
  EXPECT_FALSE(result.peer);
  EXPECT_THAT(result.dns, IsEmpty());
  EXPECT_THAT(result.wins, IsEmpty());
}

TEST_F(PppLinkTest, NoAddressIsNoIpv4) {
  FakePppd pppd{path_};
  ASSERT_TRUE(pppd.tell("Ip4Up", "({'interface': <'ppp0'>, 'address': <uint32 0>},)"));
  EXPECT_FALSE(link_->result().ipv4);
  ASSERT_TRUE(pppd.tell("Ip4Up", "({'interface': <'ppp0'>},)"));
  EXPECT_FALSE(link_->result().ipv4);
}

TEST_F(PppLinkTest, ValuesOfAWrongTypeAreNotThere) {
  FakePppd pppd{path_};
  ASSERT_TRUE(
      pppd.tell("Ip4Up", "({'interface': <5>, 'address': <'x'>, 'dns': <'y'>, 'mtu': <'z'>, 'ipv6': <7>},)"));
  ASSERT_TRUE(pppd.tell("Ip6Up", "({'interface': <'ppp0'>, 'address': <[byte 0xfe, 0x80]>},)"));
  EXPECT_FALSE(link_->result().ipv4);
  EXPECT_FALSE(link_->result().ipv6);
}

TEST_F(PppLinkTest, ACallThatTheInterfaceDoesNotHaveIsAnError) {
  FakePppd pppd{path_};
  EXPECT_EQ(pppd.call("NoSuchMethod"), nullptr);
  EXPECT_FALSE(pppd.tell("Exiting", "('nineteen',)"));
  EXPECT_NE(pppd.call("GetCredentials"), nullptr) << "and breaks nothing";
}

TEST_F(PppLinkTest, WhatHappenedBeforeAnybodyListenedIsToldAtOnceAndInOrder) {
  FakePppd pppd{path_};
  pppd.tell("Phase", "('network',)");
  pppd.call("Ip4Up", ip4());
  pppd.tell("Exiting", "(uint32 16,)");
  pppd.hang_up();
  run_for(50ms);
  link_->set_handlers(handlers());
  run_for(10ms);
  EXPECT_THAT(log_, ElementsAre("connected 1", "phase network", "ip4", "exiting 16", "closed"));
}

TEST_F(PppLinkTest, OneActivationHasOnePppd) {
  link_->set_handlers(handlers());
  FakePppd first{path_};
  ASSERT_NE(first.call("GetCredentials"), nullptr);
  FakePppd second{path_};
  EXPECT_TRUE(run_until([&second] { return !second.connected(); }, 2s));
  EXPECT_NE(first.call("GetCredentials"), nullptr);
  EXPECT_THAT(log_, ElementsAre("connected 1"));
}

TEST_F(PppLinkTest, AnotherUserGetsNoConnection) {
  if (geteuid() != 0) GTEST_SKIP() << "not root";
  chmod(temporary_.path().c_str(), 0755);
  chmod(path_.c_str(), 0777);
  const auto said = temporary_.path("said");
  write_file(said, "");
  chmod(said.c_str(), 0666);
  const Child stranger{[] {}, [this, &said] { write_file(said, greeting_for_another_user(path_) + "\n"); }};
  ASSERT_TRUE(run_until([&said] { return !content_of(said).empty(); }));
  EXPECT_THAT(content_of(said), AnyOf(StartsWith("REJECTED"), StartsWith("closed")));
}

TEST_F(PppLinkTest, PppdSeesTheEndOfTheLink) {
  FakePppd pppd{path_};
  ASSERT_NE(pppd.call("GetCredentials"), nullptr);
  link_.reset();
  EXPECT_TRUE(run_until([&pppd] { return !pppd.connected(); }));
}

TEST_F(PppLinkTest, TheLinkMayGoWithinAReport) {
  link_->set_handlers({.connected = {},
                       .phase = {},
                       .ip4_up = {},
                       .ip6_up = {},
                       .ip6_refused = {},
                       .exiting = [this](std::uint32_t) { link_.reset(); },
                       .closed = {}});
  FakePppd pppd{path_};
  pppd.tell("Exiting", "(uint32 0,)");
  EXPECT_EQ(link_, nullptr);
}

TEST(PppLinkListenTest, APlaceThatCannotBeListenedAtIsAnError) {
  const auto link = PppLink::listen("/no/such/place", "anna", Secret{});
  ASSERT_FALSE(link);
  EXPECT_NE(link.error(), "");
}

}  // namespace
}  // namespace l2tp
