#include "doctor/fake_machine.h"

namespace l2tp::doctor {
namespace {

auto choice(const FakeMachine& fake) {
  static Group group{""};
  group = check_ipsec_daemon(fake.machine);
  return found(group, "ipsec-choice");
}
auto check(const FakeMachine& fake, const char* id) {
  static Group group{""};
  group = check_ipsec_daemon(fake.machine);
  return found(group, id);
}

TEST(IpsecDaemonCheckTest, StrongswanWithViciIsUsed) {
  FakeMachine fake;
  EXPECT_THAT(check(fake, "ipsec-strongswan"), Is(Level::ok, "strongSwan 5.9.8 is installed, with VICI"));
  EXPECT_THAT(choice(fake), Is(Level::ok, "uses strongswan."));
}

TEST(IpsecDaemonCheckTest, WithoutViciStarterIsUsed) {
  FakeMachine fake;
  fake.remove("/usr/lib/ipsec/plugins/libstrongswan-vici.so");
  EXPECT_THAT(check(fake, "ipsec-strongswan"), Is(Level::ok, "without VICI but with starter"));
  EXPECT_THAT(choice(fake), Is(Level::ok, "uses strongswan-starter"));
}

TEST(IpsecDaemonCheckTest, ACharonThatNobodyCanReachIsNotEnough) {
  FakeMachine fake;
  fake.remove("/usr/lib/ipsec/plugins/libstrongswan-vici.so");
  fake.remove("/usr/lib/ipsec/starter");
  EXPECT_THAT(check(fake, "ipsec-strongswan"),
              Is(Level::warning, "without its VICI plugin", "strongswan-swanctl"));
  EXPECT_THAT(choice(fake),
              Is(Level::error, "No IPsec daemon is there", "sudo apt install strongswan-charon"));
}

TEST(IpsecDaemonCheckTest, WithoutAnyDaemonOneIsToBeInstalled) {
  FakeMachine fake;
  fake.without_strongswan();
  EXPECT_THAT(check(fake, "ipsec-strongswan"), Is(Level::ok, "not installed"));
  EXPECT_THAT(check(fake, "ipsec-libreswan"), Is(Level::ok, "not installed"));
  fake.file("/etc/os-release", "ID=fedora\n");
  EXPECT_THAT(choice(fake), Is(Level::error, "No IPsec daemon is there", "sudo dnf install strongswan"));
}

TEST(IpsecDaemonCheckTest, AStrongswanWithoutIkev1IsAnErrorUnlessLibreswanIsThere) {
  FakeMachine fake;
  EXPECT_THAT(check(fake, "ipsec-strongswan-ikev1"), Is(Level::ok));
  fake.file("/usr/lib/ipsec/libcharon.so.0", "...");
  EXPECT_THAT(check(fake, "ipsec-strongswan-ikev1"), Is(Level::error, "without IKEv1", "install libreswan"));
  EXPECT_THAT(choice(fake), Is(Level::error, "cannot speak IKEv1"));
  fake.with_libreswan();
  EXPECT_THAT(check(fake, "ipsec-strongswan-ikev1"), Is(Level::warning));
  EXPECT_THAT(choice(fake), Is(Level::ok, "uses libreswan"));
}

TEST(IpsecDaemonCheckTest, ALibreswanWithoutIkev1IsSaid) {
  FakeMachine fake;
  fake.with_libreswan();
  EXPECT_THAT(check(fake, "ipsec-libreswan"), Is(Level::ok, "Libreswan 4.10"));
  fake.outputs["pluto"] = "Libreswan 5.9 IKEv2 XFRM\n";
  EXPECT_THAT(check(fake, "ipsec-libreswan"), Is(Level::warning, "Libreswan 5.9 was built without IKEv1"));
}

TEST(IpsecDaemonCheckTest, CharonSystemdIsNeverRun) {
  FakeMachine fake;
  fake.without_strongswan();
  fake.program("/usr/sbin/charon-systemd");
  fake.program("/usr/sbin/swanctl", "strongSwan 6.0.1 swanctl\n");
  fake.file("/usr/lib64/strongswan/plugins/libstrongswan-vici.so");
  fake.file("/usr/lib64/strongswan/plugins/libstrongswan-kernel-netlink.so");
  std::vector<std::string> ran;
  const auto run = fake.machine.run;
  fake.machine.run = [&](const std::vector<std::string>& argv) {
    ran.push_back(argv.front());
    return run(argv);
  };
  EXPECT_THAT(check(fake, "ipsec-strongswan"), Is(Level::ok, "strongSwan 6.0.1 is installed, with VICI"));
  EXPECT_THAT(ran, testing::Each(testing::Not(testing::HasSubstr("charon"))));
}

TEST(IpsecDaemonCheckTest, ASystemsCharonIsUsedByItsSocket) {
  FakeMachine fake;
  fake.charon_runs("/run/charon.vici");
  EXPECT_THAT(choice(fake), Is(Level::ok, "uses strongswan, which runs already"));
}

TEST(IpsecDaemonCheckTest, CharonSystemdRunsWithoutAPidFile) {
  FakeMachine fake;
  fake.process(400, "charon-systemd");
  EXPECT_THAT(choice(fake), Is(Level::error, "without its VICI socket"));
  fake.live_socket("/var/run/charon.vici");
  EXPECT_THAT(choice(fake), Is(Level::ok, "uses strongswan, which runs already"));
}

TEST(IpsecDaemonCheckTest, ASocketThatNoProcessHasIsNotACharons) {
  for (const char* left : {"/run/charon.vici", "/run/charon.nm-l2tp.vici", "/run/charon.nm-l2tp.ctl"}) {
    FakeMachine fake;
    fake.charon_runs();
    fake.file(left);
    EXPECT_THAT(choice(fake), Is(Level::error, "without its VICI socket")) << left;
    fake.remove("/proc/400");
    EXPECT_THAT(choice(fake), Is(Level::ok, "uses strongswan.")) << left;
  }
}

TEST(IpsecDaemonCheckTest, AnothersSocketIsNotCharons) {
  for (const char* path : {"/tmp/run/charon.vici", "@/run/charon.vici", "/tmp/x /run/charon.vici"}) {
    FakeMachine fake;
    fake.live_socket(path);
    EXPECT_THAT(choice(fake), Is(Level::ok, "uses strongswan.")) << path;
  }
}

TEST(IpsecDaemonCheckTest, TheSystemsCharonComesBeforeOurs) {
  FakeMachine fake;
  fake.charon_runs("/run/charon.vici");
  fake.file("/run/charon.nm-l2tp.vici");
  EXPECT_THAT(choice(fake), Is(Level::ok, "which runs already"));
  fake.live_socket("/run/charon.nm-l2tp.vici");
  EXPECT_THAT(choice(fake), Is(Level::ok, "which runs already"));
}

TEST(IpsecDaemonCheckTest, AContainersCharonIsNotTheSystems) {
  FakeMachine fake;
  fake.process(400, "charon-systemd");
  fake.file("/proc/self/net/unix");
  fake.file("/proc/400/net/unix");
  EXPECT_THAT(choice(fake), Is(Level::ok, "uses strongswan."));
}

TEST(IpsecDaemonCheckTest, ACharonThatOnlyStrokeReachesIsAnError) {
  FakeMachine fake;
  fake.remove("/usr/lib/ipsec/plugins/libstrongswan-vici.so");
  fake.charon_runs();
  EXPECT_THAT(choice(fake), Is(Level::error, "charon runs without its VICI plugin", "strongswan-swanctl"));
}

TEST(IpsecDaemonCheckTest, APidFileOfADeadCharonIsNone) {
  FakeMachine fake;
  fake.charon_runs();
  fake.remove("/proc/400");
  EXPECT_THAT(choice(fake), Is(Level::ok, "uses strongswan."));
}

TEST(IpsecDaemonCheckTest, OurOwnDaemonsAreNotInTheWay) {
  FakeMachine fake;
  fake.charon_runs("/run/charon.nm-l2tp.vici");
  EXPECT_THAT(choice(fake), Is(Level::ok, "uses strongswan."));
  FakeMachine starter;
  starter.remove("/usr/lib/ipsec/plugins/libstrongswan-vici.so");
  starter.charon_runs("/run/charon.nm-l2tp.ctl");
  EXPECT_THAT(choice(starter), Is(Level::ok, "uses strongswan-starter."));
  FakeMachine libreswan;
  libreswan.with_libreswan();
  libreswan.process(500, "pluto", "/usr/libexec/ipsec/pluto --rundir /run/nm-l2tp/pluto");
  EXPECT_THAT(choice(libreswan), Is(Level::ok, "uses libreswan."));
  EXPECT_EQ(check(libreswan, "ipsec-pluto-ikev1"), nullptr);
}

TEST(IpsecDaemonCheckTest, ARunningPlutoMustAcceptIkev1) {
  FakeMachine fake;
  fake.with_libreswan();
  fake.process(500, "pluto", "/usr/libexec/ipsec/pluto --leak-detective");
  fake.file("/run/pluto/pluto.ctl");
  EXPECT_THAT(check(fake, "ipsec-pluto-ikev1"), Is(Level::error, "refuses IKEv1", "ikev1-policy=accept"));
  EXPECT_THAT(choice(fake), Is(Level::error, "cannot speak IKEv1"));
  for (const char* words : {"export ikev1_policy='0'\n", "ikev1-policy='accept'\n"}) {
    fake.outputs["addconn"] = words;
    EXPECT_THAT(check(fake, "ipsec-pluto-ikev1"), Is(Level::ok));
  }
  EXPECT_THAT(choice(fake), Is(Level::ok, "uses libreswan, which runs already"));
  fake.outputs["addconn"] = "cannot load config";
  EXPECT_THAT(check(fake, "ipsec-pluto-ikev1"), Is(Level::unchecked));
}

TEST(IpsecDaemonCheckTest, ARunningPlutoMustReadOurSecrets) {
  FakeMachine fake;
  fake.with_libreswan();
  fake.process(500, "pluto");
  fake.file("/run/pluto/pluto.ctl");
  EXPECT_THAT(check(fake, "ipsec-pluto-secrets"),
              Is(Level::error, "does not read", "/run/nm-l2tp/*/ipsec.secrets"));
  fake.file("/etc/ipsec.secrets", "include /etc/ipsec.d/*.secrets\n");
  EXPECT_THAT(check(fake, "ipsec-pluto-secrets"), Is(Level::error));
  fake.file("/etc/ipsec.d/ours.secrets", "include /run/nm-l2tp/*/ipsec.secrets\n");
  EXPECT_THAT(check(fake, "ipsec-pluto-secrets"), Is(Level::ok));
  fake.file("/etc/ipsec.d/ours.secrets", "#include /run/nm-l2tp/*/ipsec.secrets\n");
  EXPECT_THAT(check(fake, "ipsec-pluto-secrets"), Is(Level::error));
  for (const char* comment :
       {"#include /run/nm-l2tp/*/ipsec.secrets\n", "  # include /run/nm-l2tp/*/ipsec.secrets\n",
        ": PSK \"include /run/nm-l2tp/*/ipsec.secrets\"\n"}) {
    fake.file("/etc/ipsec.secrets", comment);
    EXPECT_THAT(check(fake, "ipsec-pluto-secrets"), Is(Level::error)) << comment;
  }
  fake.file("/etc/ipsec.secrets", "  include  /run/nm-l2tp/*/ipsec.secrets # ours\n");
  EXPECT_THAT(check(fake, "ipsec-pluto-secrets"), Is(Level::ok));
  fake.remove("/etc/ipsec.secrets");
  fake.file("/opt/secrets", "include /run/nm-l2tp/*/ipsec.secrets\n");
  fake.process(500, "pluto", std::string("/pluto\0--secretsfile\0/opt/secrets\0", 35));
  EXPECT_THAT(check(fake, "ipsec-pluto-secrets"), Is(Level::ok));
  fake.process(500, "pluto");
  fake.machine.privileged = false;
  EXPECT_THAT(check(fake, "ipsec-pluto-secrets"), Is(Level::unchecked, "needs root"));
}

TEST(IpsecDaemonCheckTest, TheAdministratorsChoiceIsKept) {
  FakeMachine fake;
  fake.with_libreswan();
  fake.file("/etc/nm-l2tp.conf", "[main]\nipsec-daemon=libreswan\n");
  EXPECT_THAT(choice(fake), Is(Level::ok, "uses libreswan, as /etc/nm-l2tp.conf wants"));
  fake.file("/etc/nm-l2tp.conf", "[main]\nipsec-daemon=racoon\n");
  EXPECT_THAT(choice(fake), Is(Level::error, "racoon", "Set ipsec-daemon"));
  fake.remove("/usr/libexec/ipsec");
  fake.file("/etc/nm-l2tp.conf", "[main]\nipsec-daemon=libreswan\n");
  EXPECT_THAT(choice(fake), Is(Level::error, "pluto is not installed", "Install libreswan, or take"));
}

}  // namespace
}  // namespace l2tp::doctor
