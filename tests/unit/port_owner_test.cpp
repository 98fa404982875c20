#include "machine/port_owner.h"

#include <arpa/inet.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <netinet/in.h>
#include <sys/prctl.h>
#include <sys/socket.h>

#include <cerrno>

#include "fakes/child.h"
#include "machine/fd.h"

namespace l2tp {
namespace {

const Ipv4Address loopback{{127, 0, 0, 1}};

Fd bound(int family, std::uint16_t port) {
  Fd fd{socket(family, SOCK_DGRAM | SOCK_CLOEXEC, 0)};
  const int on = 1;
  setsockopt(fd.get(), SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
  if (family == AF_INET6) {
    setsockopt(fd.get(), IPPROTO_IPV6, IPV6_V6ONLY, &on, sizeof on);
    sockaddr_in6 name{};
    name.sin6_family = AF_INET6;
    name.sin6_port = htons(port);
    EXPECT_EQ(bind(fd.get(), reinterpret_cast<sockaddr*>(&name), sizeof name), 0) << strerror(errno);
  } else {
    sockaddr_in name{};
    name.sin_family = AF_INET;
    name.sin_port = htons(port);
    EXPECT_EQ(bind(fd.get(), reinterpret_cast<sockaddr*>(&name), sizeof name), 0) << strerror(errno);
  }
  return fd;
}

std::string own_name() {
  char name[16];
  prctl(PR_GET_NAME, name);
  return name;
}

TEST(PortOwnerTest, AFreePortHasNoOwner) {
  EXPECT_FALSE(udp_port_owner(1701));
}

TEST(PortOwnerTest, WeFindOurselves) {
  const auto fd = bound(AF_INET, 1701);
  const auto owner = udp_port_owner(1701);
  ASSERT_TRUE(owner);
  EXPECT_EQ(owner->pid, getpid());
  EXPECT_EQ(owner->command, own_name());
}

TEST(PortOwnerTest, AnIpv6SocketIsAnOwnerToo) {
  const auto fd = bound(AF_INET6, 1701);
  const auto owner = udp_port_owner(1701);
  ASSERT_TRUE(owner);
  EXPECT_EQ(owner->pid, getpid());
}

TEST(PortOwnerTest, AnotherProcessIsFound) {
  const Child holder{[] {
    prctl(PR_SET_NAME, "xl2tpd");
    bound(AF_INET, 1701).release();
  }};
  const auto owner = udp_port_owner(1701);
  ASSERT_TRUE(owner);
  EXPECT_EQ(owner->pid, holder.pid());
  EXPECT_EQ(owner->command, "xl2tpd");
}

TEST(PortOwnerTest, AnotherPortIsNotTheirs) {
  const auto fd = bound(AF_INET, 1702);
  EXPECT_FALSE(udp_port_owner(1701));
  EXPECT_TRUE(udp_port_owner(1702));
}

TEST(PortOwnerTest, TheWordsNameProcessAndUnit) {
  EXPECT_EQ((PortOwner{812, "xl2tpd", "xl2tpd.service"}.words()), "xl2tpd (process 812, xl2tpd.service)");
  EXPECT_EQ((PortOwner{812, "xl2tpd", ""}.words()), "xl2tpd (process 812)");
  EXPECT_EQ(PortOwner{}.words(), "the kernel, or a process out of sight");
}

// As xl2tpd binds its port.
bool can_be_shared(std::uint16_t port) {
  const Fd fd{socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0)};
  const int on = 1;
  setsockopt(fd.get(), SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
  sockaddr_in name{};
  name.sin_family = AF_INET;
  name.sin_port = htons(port);
  name.sin_addr.s_addr = loopback.network_order();
  return bind(fd.get(), reinterpret_cast<sockaddr*>(&name), sizeof name) == 0;
}

TEST(HoldUdpPortTest, AFreePortCanBeHeldAndIsThenNobodyElses) {
  const auto held = hold_udp_port(loopback, 1701);
  ASSERT_TRUE(held);
  EXPECT_EQ(held->number, 1701);
  EXPECT_FALSE(hold_udp_port(loopback, 1701));
  EXPECT_FALSE(can_be_shared(1701));
}

TEST(HoldUdpPortTest, ItIsFreeAgainWhenItIsLetGo) {
  { const auto held = hold_udp_port(loopback, 1701); }
  EXPECT_TRUE(hold_udp_port(loopback, 1701));
}

TEST(HoldUdpPortTest, WhenItIsOfferedOneThatAsksForItMayShareIt) {
  const auto held = hold_udp_port(loopback, 1701);
  ASSERT_TRUE(held);
  offer_udp_port(*held);
  EXPECT_TRUE(can_be_shared(1701));
  EXPECT_FALSE(hold_udp_port(loopback, 1701)) << "but not one like us";
}

TEST(HoldUdpPortTest, ATakenPortIsNotFreeEvenIfItsOwnerWouldShareIt) {
  const auto fd = bound(AF_INET, 1701);
  EXPECT_FALSE(hold_udp_port(loopback, 1701));
  EXPECT_EQ(errno, EADDRINUSE);
}

TEST(HoldUdpPortTest, AnyPortIsAnEphemeralOne) {
  const auto held = hold_udp_port(loopback, 0);
  ASSERT_TRUE(held);
  EXPECT_GT(held->number, 1024);
}

TEST(HoldUdpPortTest, AnAddressThatIsNotOursHasNoPort) {
  EXPECT_FALSE(hold_udp_port(Ipv4Address{{192, 0, 2, 1}}, 0));
  EXPECT_EQ(errno, EADDRNOTAVAIL);
}

}  // namespace
}  // namespace l2tp
