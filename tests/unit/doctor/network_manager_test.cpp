#include "doctor/fake_machine.h"

namespace l2tp::doctor {
namespace {

constexpr const char* name_file = "/usr/lib/NetworkManager/VPN/nm-l2tp-service.name";

TEST(NetworkManagerCheckTest, OneThatRunsSaysItsVersion) {
  FakeMachine fake;
  EXPECT_THAT(found(check_network_manager(fake.machine), "nm-running"), Is(Level::ok, "1.42.4"));
}

TEST(NetworkManagerCheckTest, OneThatDoesNotRunIsToBeStarted) {
  FakeMachine fake;
  fake.is_silent("org.freedesktop.NetworkManager.Version");
  fake.remove("/proc/300");
  EXPECT_THAT(found(check_network_manager(fake.machine), "nm-running"),
              Is(Level::error, "does not run", "systemctl enable --now NetworkManager"));
}

TEST(NetworkManagerCheckTest, OneThatHangsIsToBeRestarted) {
  FakeMachine fake;
  fake.is_silent("org.freedesktop.NetworkManager.Version");
  EXPECT_THAT(found(check_network_manager(fake.machine), "nm-running"),
              Is(Level::error, "does not answer", "restart NetworkManager"));
}

TEST(NetworkManagerCheckTest, OneThatIsMissingIsInstalledAsTheDistributionDoesIt) {
  FakeMachine fake;
  fake.is_silent("org.freedesktop.NetworkManager.Version");
  fake.remove("/proc/300");
  fake.remove("/usr/sbin/NetworkManager");
  for (const auto& [release, command] :
       {std::pair{"ID=debian\n", "sudo apt install network-manager"},
        {"ID=linuxmint\nID_LIKE=\"ubuntu debian\"\n", "sudo apt install network-manager"},
        {"ID=fedora\n", "sudo dnf install NetworkManager"},
        {"ID=\"rocky\"\nID_LIKE=\"rhel centos fedora\"\n", "sudo dnf install NetworkManager"},
        {"ID=arch\n", "sudo pacman -S networkmanager"},
        {"ID=\"opensuse-leap\"\nID_LIKE=\"suse opensuse\"\n", "sudo zypper install NetworkManager"},
        {"ID=void\n", "Install NetworkManager."}}) {
    fake.file("/etc/os-release", release);
    EXPECT_THAT(found(check_network_manager(fake.machine), "nm-running"), Is(Level::error, "", command));
  }
}

TEST(NetworkManagerCheckTest, AnOldOneIsAnErrorAndOneNotRestartedAWarning) {
  FakeMachine fake;
  fake.says("org.freedesktop.NetworkManager.Version", "'1.6.2'");
  EXPECT_THAT(found(check_network_manager(fake.machine), "nm-version"), Is(Level::error, "1.42 or newer"));
  fake.says("org.freedesktop.NetworkManager.Version", "'1.52.1'");
  EXPECT_THAT(found(check_network_manager(fake.machine), "nm-version"),
              Is(Level::warning, "1.52.1 runs, but 1.42.4 is installed", "restart"));
  fake.says("org.freedesktop.NetworkManager.Version", "'1.42.4-2.fc38'");
  EXPECT_THAT(found(check_network_manager(fake.machine), "nm-version"), Is(Level::ok));
}

TEST(NetworkManagerCheckTest, WithoutANameFileThePluginIsUnknown) {
  FakeMachine fake;
  EXPECT_THAT(found(check_network_manager(fake.machine), "plugin-name-file"), Is(Level::ok));
  fake.remove(name_file);
  EXPECT_THAT(found(check_network_manager(fake.machine), "plugin-name-file"),
              Is(Level::error, SERVICE_PROGRAM));
}

TEST(NetworkManagerCheckTest, ANameFileThatOthersCanWriteIsIgnored) {
  FakeMachine fake;
  chmod((fake.machine.root + name_file).c_str(), 0666);
  EXPECT_THAT(found(check_network_manager(fake.machine), "plugin-name-file"),
              Is(Level::error, "can be written to by others", "sudo chmod 644"));
}

TEST(NetworkManagerCheckTest, TheEstablishedPluginBesideOursIsAConflict) {
  FakeMachine fake;
  EXPECT_THAT(found(check_network_manager(fake.machine), "plugin-conflict"), Is(Level::ok));
  fake.file("/etc/NetworkManager/VPN/other.name",
            "[VPN Connection]\nname=other\nservice=org.freedesktop.NetworkManager.other\nprogram=/other\n");
  EXPECT_THAT(found(check_network_manager(fake.machine), "plugin-conflict"), Is(Level::ok));
  fake.file("/etc/NetworkManager/VPN/established.name",
            "[VPN Connection]\nname=l2tp\nservice=org.freedesktop.NetworkManager.l2tp\n"
            "program=/usr/lib/NetworkManager/nm-l2tp-service\n");
  EXPECT_THAT(found(check_network_manager(fake.machine), "plugin-conflict"),
              Is(Level::error, "/etc/NetworkManager/VPN/established.name", "Remove"));
}

TEST(NetworkManagerCheckTest, PartsThatAreMissingAreNamed) {
  FakeMachine fake;
  EXPECT_THAT(found(check_network_manager(fake.machine), "plugin-programs"), Is(Level::ok));
  fake.remove(KEEPER_PROGRAM);
  chmod((fake.machine.root + SERVICE_PROGRAM).c_str(), 0644);
  EXPECT_THAT(found(check_network_manager(fake.machine), "plugin-programs"),
              Is(Level::error, SERVICE_PROGRAM ", " KEEPER_PROGRAM "."));
}

TEST(NetworkManagerCheckTest, TheEstablishedPluginsBusPolicyIsNotEnough) {
  FakeMachine fake;
  EXPECT_THAT(found(check_network_manager(fake.machine), "plugin-bus-policy"), Is(Level::ok));
  fake.file("/usr/share/dbus-1/system.d/nm-l2tp-service.conf",
            "<busconfig><allow own=\"org.freedesktop.NetworkManager.l2tp\"/></busconfig>");
  EXPECT_THAT(found(check_network_manager(fake.machine), "plugin-bus-policy"),
              Is(Level::error, "", "reload dbus"));
}

}  // namespace
}  // namespace l2tp::doctor
