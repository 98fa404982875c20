#include "doctor/fake_machine.h"

namespace l2tp::doctor {
namespace {

auto check(const FakeMachine& fake, const char* id) {
  static Group group{""};
  group = check_kernel(fake.machine);
  return found(group, id);
}

TEST(KernelCheckTest, ModulesMayBeLoadableLoadedOrBuiltIn) {
  FakeMachine fake;
  for (const char* id : {"kernel-modules", "kernel-ppp", "kernel-l2tp", "kernel-ipsec", "kernel-blacklist"})
    EXPECT_THAT(check(fake, id), Is(Level::ok)) << id;
  EXPECT_THAT(check(fake, "kernel-l2tp"), Is(Level::ok, "can load L2TP"));
  fake.file("/proc/modules", "l2tp_ppp 1 0 - Live 0x0\nl2tp_netlink 1 0 - Live 0x0\n");
  EXPECT_THAT(check(fake, "kernel-l2tp"), Is(Level::ok, "has L2TP"));
}

TEST(KernelCheckTest, AModuleThatIsMissingIsNamedWithItsPackage) {
  FakeMachine fake;
  fake.file("/lib/modules/6.1.0-test/modules.dep", "kernel/net/ipv4/esp4.ko.xz:\n");
  EXPECT_THAT(check(fake, "kernel-ppp"), Is(Level::error, "has no ppp_generic"));
  EXPECT_THAT(check(fake, "kernel-l2tp"), Is(Level::warning, "has no l2tp_ppp, l2tp_netlink; xl2tpd then"));
  fake.file("/etc/os-release", "ID=fedora\n");
  EXPECT_THAT(check(fake, "kernel-l2tp"), Is(Level::warning, "", "sudo dnf install kernel-modules-extra"));
  fake.file("/etc/os-release", "ID=ubuntu\nID_LIKE=debian\n");
  EXPECT_THAT(check(fake, "kernel-l2tp"), Is(Level::warning, "", "linux-modules-extra-6.1.0-test"));
}

TEST(KernelCheckTest, AKernelThatWasUpdatedWantsARestart) {
  FakeMachine fake;
  fake.machine.kernel = "6.0.9-old";
  EXPECT_THAT(check(fake, "kernel-modules"), Is(Level::error, "6.0.9-old", "Restart the machine"));
  EXPECT_THAT(check(fake, "kernel-ppp"), Is(Level::unchecked));
}

TEST(KernelCheckTest, WhereThereAreNoModulesNothingIsCalledMissing) {
  FakeMachine fake;
  fake.remove("/lib/modules");
  EXPECT_THAT(check(fake, "kernel-modules"), Is(Level::unchecked));
  EXPECT_THAT(check(fake, "kernel-l2tp"), Is(Level::unchecked));
  fake.file("/proc/net/pppol2tp");
  EXPECT_THAT(check(fake, "kernel-l2tp"), Is(Level::ok));
}

TEST(KernelCheckTest, TheFrameworkOfIpsecIsNoProofOfItsModules) {
  FakeMachine fake;
  fake.file("/proc/net/xfrm_stat");
  fake.machine.kernel = "6.0.9-old";
  EXPECT_THAT(check(fake, "kernel-ipsec"), Is(Level::unchecked, "xfrm_user, esp4"));
  fake.file("/sys/class/ppp/ppp/dev");
  EXPECT_THAT(check(fake, "kernel-ppp"), Is(Level::ok, "has PPP"));
  fake.file("/proc/modules", "xfrm_user 1 0 - Live 0x0\nesp4 1 0 - Live 0x0\n");
  EXPECT_THAT(check(fake, "kernel-ipsec"), Is(Level::ok, "has IPsec"));
}

TEST(KernelCheckTest, AModuleThatIsNeverToBeLoadedIsFoundWithItsFile) {
  FakeMachine fake;
  fake.file("/etc/modprobe.d/hardening.conf", "# no rare protocols\ninstall l2tp-ppp /bin/false\n");
  EXPECT_THAT(check(fake, "kernel-blacklist"),
              Is(Level::warning, "l2tp_ppp is not to be loaded, as /etc/modprobe.d/hardening.conf",
                 "Take the line about l2tp_ppp out of /etc/modprobe.d/hardening.conf"));
  fake.file("/etc/modprobe.d/hardening.conf", "install esp4 /usr/bin/true\n");
  EXPECT_THAT(check(fake, "kernel-blacklist"), Is(Level::error, "esp4"));
}

TEST(KernelCheckTest, WhatAModuleNeedsMustBeLoadableToo) {
  FakeMachine fake;
  fake.file("/usr/lib/modprobe.d/x.conf", "install l2tp_core /bin/false\n");
  EXPECT_THAT(check(fake, "kernel-blacklist"), Is(Level::warning, "l2tp_core"));
}

TEST(KernelCheckTest, FedorasBlacklistDoesNotMatterForWeLoadByName) {
  FakeMachine fake;
  fake.file("/etc/modprobe.d/l2tp_ppp-blacklist.conf", "blacklist l2tp_ppp\n");
  fake.file("/etc/modprobe.d/l2tp_netlink-blacklist.conf", "blacklist l2tp_netlink\n");
  EXPECT_THAT(check(fake, "kernel-blacklist"), Is(Level::ok));
}

TEST(KernelCheckTest, ABlacklistMattersForWhatTheKernelLoadsByItself) {
  FakeMachine fake;
  fake.file("/run/modprobe.d/x.conf", "blacklist esp4\n");
  EXPECT_THAT(check(fake, "kernel-blacklist"),
              Is(Level::error, "esp4 is not to be loaded, as /run/modprobe.d"));
  fake.file("/proc/modules", "esp4 1 0 - Live 0x0\n");
  EXPECT_THAT(check(fake, "kernel-blacklist"), Is(Level::warning, "until the next start"));
}

TEST(KernelCheckTest, TheFirstFolderOverridesAFileOfTheSameName) {
  FakeMachine fake;
  fake.file("/usr/lib/modprobe.d/x.conf", "install esp4 /bin/false\n");
  EXPECT_THAT(check(fake, "kernel-blacklist"), Is(Level::error));
  fake.file("/etc/modprobe.d/x.conf", "# empty\n");
  EXPECT_THAT(check(fake, "kernel-blacklist"), Is(Level::ok));
}

TEST(KernelCheckTest, TheKernelsCommandLineForbidsToo) {
  FakeMachine fake;
  fake.file("/proc/cmdline", "root=/dev/sda1 module_blacklist=pcspkr,ppp_generic quiet\n");
  EXPECT_THAT(check(fake, "kernel-blacklist"),
              Is(Level::error, "ppp_generic is not to be loaded, as the kernel's"));
  fake.file("/proc/cmdline", "modprobe.blacklist=ppp_generic\n");
  EXPECT_THAT(check(fake, "kernel-blacklist"), Is(Level::ok));
}

TEST(KernelCheckTest, AnInstallLineThatInstallsIsFine) {
  FakeMachine fake;
  fake.file("/etc/modprobe.d/x.conf", "install esp4 /sbin/modprobe --ignore-install esp4 && logger esp4\n");
  EXPECT_THAT(check(fake, "kernel-blacklist"), Is(Level::ok));
}

}  // namespace
}  // namespace l2tp::doctor
