#include "doctor/fake_machine.h"

namespace l2tp::doctor {
namespace {

auto check(const FakeMachine& fake, const char* id, const Connection* connection = nullptr) {
  static Group group{""};
  group = check_dns(fake.machine, connection);
  return found(group, id);
}

constexpr const char* mode = "org.freedesktop.NetworkManager.DnsManager.Mode";
constexpr const char* writer = "org.freedesktop.NetworkManager.DnsManager.RcManager";

TEST(DnsCheckTest, NetworkManagerMustBeAllowedToSetDnsUp) {
  FakeMachine fake;
  EXPECT_THAT(check(fake, "dns-mode"), Is(Level::ok, "default"));
  fake.says(mode, "'none'");
  EXPECT_THAT(check(fake, "dns-mode"), Is(Level::warning, "leaves DNS alone", "dns=none"));
  fake.says(mode, "'default'");
  fake.says(writer, "'unmanaged'");
  EXPECT_THAT(check(fake, "dns-mode"), Is(Level::warning));
  fake.says(mode, "'systemd-resolved'");
  EXPECT_THAT(check(fake, "dns-mode"), Is(Level::ok));
  fake.is_silent(mode);
  EXPECT_THAT(check(fake, "dns-mode"), Is(Level::unchecked));
}

TEST(DnsCheckTest, AResolvConfOfADeadResolvedResolvesNothing) {
  FakeMachine fake;
  EXPECT_THAT(check(fake, "dns-resolved"), Is(Level::ok, "does not run"));
  fake.link("/etc/resolv.conf", "../run/systemd/resolve/stub-resolv.conf");
  EXPECT_THAT(check(fake, "dns-resolved"), Is(Level::error, "does not run", "enable --now systemd-resolved"));
  fake.process(200, "systemd-resolved");
  EXPECT_THAT(check(fake, "dns-resolved"), Is(Level::ok, "is asked"));
}

TEST(DnsCheckTest, AResolvedThatNobodyAsksIsAWarning) {
  FakeMachine fake;
  fake.process(200, "systemd-resolved");
  EXPECT_THAT(check(fake, "dns-resolved"), Is(Level::ok));
  fake.says(mode, "'systemd-resolved'");
  EXPECT_THAT(check(fake, "dns-resolved"), Is(Level::warning, "is not its own", "stub-resolv.conf"));
}

TEST(DnsCheckTest, LocalNamesGoToMulticastOnlyIfNsswitchSaysSo) {
  FakeMachine fake;
  EXPECT_THAT(check(fake, "dns-local"), Is(Level::ok, "No name"));
  fake.file("/etc/resolv.conf", "search corp.local\nnameserver 192.0.2.53\n");
  EXPECT_THAT(check(fake, "dns-local"), Is(Level::warning, "'corp.local'", "/etc/nsswitch.conf"));
  fake.file("/etc/nsswitch.conf", "hosts: files dns mdns4_minimal [NOTFOUND=return]\n");
  EXPECT_THAT(check(fake, "dns-local"), Is(Level::ok, "of DNS servers, too"));
  fake.file("/etc/nsswitch.conf", "hosts: files dns\n");
  EXPECT_THAT(check(fake, "dns-local"), Is(Level::ok));
}

TEST(DnsCheckTest, AConnectionsDomainsAndGatewayCountToo) {
  FakeMachine fake;
  Connection connection;
  connection.profile.data["gateway"] = "vpn.example.com";
  EXPECT_THAT(check(fake, "dns-local", &connection), Is(Level::ok));
  connection.search_domains = {"ad.CORP.Local."};
  EXPECT_THAT(check(fake, "dns-local", &connection), Is(Level::warning, "ad.CORP.Local."));
  connection.search_domains.clear();
  connection.profile.data["gateway"] = "vpn.local";
  EXPECT_THAT(check(fake, "dns-local", &connection), Is(Level::warning, "vpn.local"));
}

}  // namespace
}  // namespace l2tp::doctor
