#include "doctor/fake_machine.h"

namespace l2tp::doctor {
namespace {

auto check(const FakeMachine& fake, const char* id, const Connection* connection = nullptr) {
  static Group group{""};
  group = check_desktop(fake.machine, connection);
  return found(group, id);
}

void name_file_with(FakeMachine& fake, const std::string& more) {
  fake.file(
      "/usr/lib/NetworkManager/VPN/nm-l2tp-service.name",
      "[VPN Connection]\nname=l2tp\nservice=org.freedesktop.NetworkManager.l2tp\nprogram=" SERVICE_PROGRAM
      "\n" +
          more);
}

TEST(DesktopCheckTest, WithoutADesktopNothingIsMissing) {
  FakeMachine fake;
  for (const char* id : {"desktop-editor", "desktop-auth-dialog", "desktop-agent"})
    EXPECT_THAT(check(fake, id), Is(Level::ok)) << id;
}

TEST(DesktopCheckTest, ADesktopWantsAnEditorAndADialog) {
  FakeMachine fake;
  fake.machine.desktop = "ubuntu:GNOME";
  EXPECT_THAT(check(fake, "desktop-editor"), Is(Level::warning, "no editor", "nmcli"));
  EXPECT_THAT(check(fake, "desktop-auth-dialog"), Is(Level::warning, "no secrets dialog", "nmcli --ask"));

  name_file_with(
      fake,
      "[libnm]\nplugin=libnm-vpn-plugin-l2tp.so\n[GNOME]\nauth-dialog=/usr/libexec/nm-l2tp-auth-dialog\n");
  EXPECT_THAT(check(fake, "desktop-editor"), Is(Level::error, "libnm-vpn-plugin-l2tp.so) is missing"));
  EXPECT_THAT(check(fake, "desktop-auth-dialog"), Is(Level::error, "nm-l2tp-auth-dialog) is missing"));

  fake.file("/usr/lib/x86_64-linux-gnu/NetworkManager/libnm-vpn-plugin-l2tp.so");
  fake.program("/usr/libexec/nm-l2tp-auth-dialog");
  EXPECT_THAT(check(fake, "desktop-editor"), Is(Level::ok));
  EXPECT_THAT(check(fake, "desktop-auth-dialog"), Is(Level::ok));
}

TEST(DesktopCheckTest, UnderSudoTheDesktopIsKnownByItsPrograms) {
  FakeMachine fake;
  fake.process(900, "plasmashell");
  EXPECT_THAT(check(fake, "desktop-editor"), Is(Level::warning, "Plasma's form"));
  fake.remove("/proc/900");
  fake.process(901, "xfce4-session");
  EXPECT_THAT(check(fake, "desktop-editor"), Is(Level::warning, "no editor for 'XFCE'"));
}

TEST(DesktopCheckTest, PlasmaHasFormsOfItsOwn) {
  FakeMachine fake;
  fake.machine.desktop = "KDE";
  EXPECT_THAT(check(fake, "desktop-editor"), Is(Level::warning, "Plasma's form", "plasma-nm"));
  fake.file("/usr/lib64/qt6/plugins/plasma/network/vpn/plasmanetworkmanagement_l2tpui.so");
  EXPECT_THAT(check(fake, "desktop-editor"), Is(Level::ok));
}

TEST(DesktopCheckTest, ADesktopWantsSomebodyWhoAsks) {
  FakeMachine fake;
  fake.machine.desktop = "sway";
  EXPECT_THAT(check(fake, "desktop-agent"), Is(Level::warning, "No program that asks", "nm-applet"));
  fake.process(900, "nm-applet");
  EXPECT_THAT(check(fake, "desktop-agent"), Is(Level::ok));
}

TEST(DesktopCheckTest, AnotherUsersAgentDoesNotAskUs) {
  FakeMachine fake;
  fake.machine.desktop = "GNOME";
  fake.process(900, "gnome-shell");
  fake.machine.uid = 4711;
  EXPECT_THAT(check(fake, "desktop-agent"), Is(Level::warning));
}

TEST(DesktopCheckTest, AProfileWhoseSecretsAreAskedForWantsAnAgent) {
  FakeMachine fake;
  Connection connection;
  EXPECT_THAT(check(fake, "desktop-agent", &connection), Is(Level::ok));
  for (const char* flags : {"1", "2"}) {
    connection.profile.data["ipsec-psk-flags"] = flags;
    EXPECT_THAT(check(fake, "desktop-agent", &connection), Is(Level::warning, "secrets are asked for"));
  }
  connection.profile.data["ipsec-psk-flags"] = "0";
  EXPECT_THAT(check(fake, "desktop-agent", &connection), Is(Level::ok));
}

}  // namespace
}  // namespace l2tp::doctor
