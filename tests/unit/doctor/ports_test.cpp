#include "doctor/fake_machine.h"

namespace l2tp::doctor {
namespace {

auto check(const FakeMachine& fake, const char* id) {
  static Group group{""};
  group = check_ports(fake.machine);
  return found(group, id);
}

TEST(PortsCheckTest, FreePortsAreFine) {
  FakeMachine fake;
  for (const char* id : {"port-500", "port-4500", "port-1701", "xl2tpd-service"})
    EXPECT_THAT(check(fake, id), Is(Level::ok)) << id;
}

TEST(PortsCheckTest, AnIkeDaemonMayHoldItsPorts) {
  FakeMachine fake;
  fake.process(400, "charon-systemd");
  fake.socket(500, 400, "strongswan.service");
  EXPECT_THAT(check(fake, "port-500"), Is(Level::ok, "charon-systemd (process 400, strongswan.service)"));
  EXPECT_THAT(check(fake, "port-4500"), Is(Level::ok, "free"));
}

TEST(PortsCheckTest, AnotherProgramOnPort500IsInTheWay) {
  FakeMachine fake;
  fake.process(400, "racoon");
  fake.socket(500, 400, "racoon.service");
  EXPECT_THAT(check(fake, "port-500"),
              Is(Level::error, "racoon", "sudo systemctl disable --now racoon.service"));
}

TEST(PortsCheckTest, AnotherProgramOnPort4500WithoutAUnitIsToBeStopped) {
  FakeMachine fake;
  fake.process(401, "iked");
  fake.socket(4500, 401);
  EXPECT_THAT(check(fake, "port-4500"), Is(Level::error, "iked (process 401)", "sudo kill 401"));
}

TEST(PortsCheckTest, NetworkManagerIsNotSwitchedOffForAVpnOfIts) {
  FakeMachine fake;
  fake.process(812, "xl2tpd", "/usr/sbin/xl2tpd -D -c /run/nm-l2tp-2f3ac9a5/xl2tpd.conf");
  fake.socket(1701, 812, "NetworkManager.service");
  const auto* finding = check(fake, "port-1701");
  EXPECT_THAT(finding, Is(Level::warning, "NetworkManager.service", "nmcli connection down NAME"));
  EXPECT_EQ(finding->remedy.find("systemctl"), std::string::npos);
}

TEST(PortsCheckTest, AUnitThatIsNotToBeSwitchedOffOrNotFitForAShellIsNotNamedInACommand) {
  for (const char* unit : {"dbus-broker.service", "systemd-networkd.service", "user@1000.service",
                           "x;reboot;.service", "--now.service", "x y.service", "session-2.scope"}) {
    FakeMachine fake;
    fake.process(401, "iked");
    fake.socket(500, 401, unit);
    const auto* finding = check(fake, "port-500");
    EXPECT_THAT(finding, Is(Level::error, unit, "sudo kill 401")) << unit;
    EXPECT_EQ(finding->remedy.find("systemctl"), std::string::npos) << unit;
  }
}

TEST(PortsCheckTest, AUnitThatAUserNamedIsNone) {
  const std::string slice = "/user.slice/user-1000.slice/user@1000.service/app.slice/";
  for (const char* group : {"x;reboot;.service", "ssh.service", "x:/system.slice/ssh.service"}) {
    FakeMachine fake;
    fake.process(401, "iked");
    fake.socket(500, 401);
    fake.cgroup(401, slice + group);
    EXPECT_THAT(check(fake, "port-500"), Is(Level::error, "iked (process 401),", "sudo kill 401")) << group;
  }
}

TEST(PortsCheckTest, AServiceWithAnInstanceIsNamed) {
  FakeMachine fake;
  fake.process(401, "iked");
  fake.socket(500, 401, "system-iked.slice/iked@a:b.service");
  EXPECT_THAT(check(fake, "port-500"), Is(Level::error, "", "disable --now iked@a:b.service"));
}

TEST(PortsCheckTest, Port1701TakenIsAWarningForAConnectionTakesAnother) {
  FakeMachine fake;
  fake.process(812, "xl2tpd", "/usr/sbin/xl2tpd");
  fake.socket(1701, 812, "xl2tpd.service");
  EXPECT_THAT(check(fake, "port-1701"),
              Is(Level::warning, "xl2tpd (process 812", "disable --now xl2tpd.service"));
  EXPECT_THAT(check(fake, "xl2tpd-service"), Is(Level::warning, "runs", "disable --now xl2tpd"));
}

TEST(PortsCheckTest, OurOwnXl2tpdIsNoTrouble) {
  FakeMachine fake;
  fake.process(812, "xl2tpd", "xl2tpd -D -c /run/nm-l2tp/2f3ac9a5/xl2tpd.conf");
  fake.socket(1701, 812);
  EXPECT_THAT(check(fake, "port-1701"), Is(Level::ok, "a connection of ours"));
  EXPECT_THAT(check(fake, "xl2tpd-service"), Is(Level::ok));
}

TEST(PortsCheckTest, AContainersXl2tpdIsNotTheSystems) {
  FakeMachine fake;
  fake.process(812, "xl2tpd", "/usr/sbin/xl2tpd");
  fake.file("/proc/self/net/unix");
  fake.link("/proc/812/net", "../self/net");
  EXPECT_THAT(check(fake, "xl2tpd-service"), Is(Level::warning));
  fake.remove("/proc/812/net");
  fake.file("/proc/812/net/unix");
  EXPECT_THAT(check(fake, "xl2tpd-service"), Is(Level::ok));
}

TEST(PortsCheckTest, AnXl2tpdThatStartsWithTheMachineIsSaid) {
  FakeMachine fake;
  fake.file("/etc/systemd/system/multi-user.target.wants/xl2tpd.service");
  EXPECT_THAT(check(fake, "xl2tpd-service"), Is(Level::warning, "starts with the machine"));
}

TEST(PortsCheckTest, WithoutRootAnUnseenOwnerIsNotChecked) {
  FakeMachine fake;
  for (const int port : {500, 1701}) fake.socket(port, 0);
  fake.machine.privileged = false;
  EXPECT_THAT(check(fake, "port-500"), Is(Level::unchecked, "needs root"));
  EXPECT_THAT(check(fake, "port-1701"), Is(Level::unchecked, "needs root"));
  fake.machine.privileged = true;
  EXPECT_THAT(check(fake, "port-500"), Is(Level::warning, "the kernel, or a process out of sight"));
  EXPECT_THAT(check(fake, "port-1701"), Is(Level::warning, "the kernel, or a process out of sight"));
}

}  // namespace
}  // namespace l2tp::doctor
