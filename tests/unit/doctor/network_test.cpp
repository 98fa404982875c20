#include "doctor/fake_machine.h"

namespace l2tp::doctor {
namespace {

auto check(const FakeMachine& fake, const char* id = "network-manager") {
  static Group group{""};
  group = check_network(fake.machine);
  return found(group, id);
}

constexpr const char* device_state = "org.freedesktop.NetworkManager.Device.State";

TEST(NetworkCheckTest, NetworkManagerManagesTheWayOut) {
  FakeMachine fake;
  EXPECT_THAT(check(fake, "network-route"), Is(Level::ok, "eth0"));
  EXPECT_THAT(check(fake), Is(Level::ok, "manages eth0"));
}

TEST(NetworkCheckTest, TheBestDefaultRouteCounts) {
  FakeMachine fake;
  fake.file("/proc/net/route",
            "Iface Destination Gateway Flags RefCnt Use Metric Mask MTU Window IRTT\n"
            "wlan0 00000000 010200C0 0003 0 0 600 00000000 0 0 0\n"
            "eth1 00000000 010200C0 0003 0 0 100 00000000 0 0 0\n"
            "eth2 00000000 010200C0 0003 0 0 200 00000000 0 0 0\n");
  EXPECT_THAT(check(fake, "network-route"), Is(Level::ok, "eth1"));
}

TEST(NetworkCheckTest, WithoutADefaultRouteThereIsNothingToStandOn) {
  FakeMachine fake;
  fake.file("/proc/net/route", "Iface Destination\n");
  EXPECT_THAT(check(fake, "network-route"), Is(Level::warning, "no IPv4 default route"));
}

TEST(NetworkCheckTest, AnotherManagerOfTheLinkIsNamed) {
  for (const auto& [program, name, remedy] : {std::tuple{"wickedd", "wicked", "disable --now wicked"},
                                              {"connmand", "ConnMan", "disable --now connman"}}) {
    FakeMachine fake;
    fake.process(700, program);
    EXPECT_THAT(check(fake), Is(Level::warning, std::string{name} + " runs beside", remedy));
    fake.says(device_state, "uint32 10");
    EXPECT_THAT(check(fake), Is(Level::error, std::string{name} + " manages eth0", remedy));
    fake.is_silent(device_state);
    EXPECT_THAT(check(fake), Is(Level::error, name));
  }
}

TEST(NetworkCheckTest, NetworkdIsKnownByItsStateOfTheLink) {
  FakeMachine fake;
  fake.file("/sys/class/net/eth0/ifindex", "2\n");
  fake.file("/run/systemd/netif/links/2", "ADMIN_STATE=unmanaged\n");
  fake.says(device_state, "uint32 10");
  EXPECT_THAT(check(fake),
              Is(Level::error, "NetworkManager does not manage eth0", "nmcli device set eth0 managed yes"));
  fake.file("/run/systemd/netif/links/2", "ADMIN_STATE=configured\n");
  EXPECT_THAT(check(fake), Is(Level::error, "systemd-networkd manages eth0"));
}

TEST(NetworkCheckTest, IfupdownIsKnownByItsFile) {
  FakeMachine fake;
  fake.file("/etc/network/interfaces", "source /etc/network/interfaces.d/*\n");
  fake.file("/etc/network/interfaces.d/eth0", "auto eth0\niface eth0 inet dhcp\n");
  EXPECT_THAT(check(fake), Is(Level::ok));
  fake.says(device_state, "uint32 10");
  EXPECT_THAT(check(fake), Is(Level::error, "ifupdown manages eth0", "/etc/network/interfaces"));
}

TEST(NetworkCheckTest, ASilentNetworkManagerIsNotCalledGood) {
  FakeMachine fake;
  fake.is_silent(device_state);
  EXPECT_THAT(check(fake), Is(Level::unchecked));
}

}  // namespace
}  // namespace l2tp::doctor
