#include "doctor/fake_machine.h"

namespace l2tp::doctor {
namespace {

auto check(const FakeMachine& fake, const char* id) {
  static Group group{""};
  group = check_ppp(fake.machine);
  return found(group, id);
}

TEST(PppCheckTest, WhatIsInstalledSaysItsVersion) {
  FakeMachine fake;
  EXPECT_THAT(check(fake, "xl2tpd"), Is(Level::ok, "xl2tpd 1.3.18"));
  EXPECT_THAT(check(fake, "pppd"), Is(Level::ok, "pppd " PPPD_VERSION));
  EXPECT_THAT(check(fake, "pppd-plugin"), Is(Level::ok));
}

TEST(PppCheckTest, WhatIsMissingIsToBeInstalled) {
  FakeMachine fake;
  fake.remove("/usr/sbin/xl2tpd");
  fake.remove("/usr/sbin/pppd");
  EXPECT_THAT(check(fake, "xl2tpd"), Is(Level::error, "not installed", "sudo apt install xl2tpd"));
  EXPECT_THAT(check(fake, "pppd"), Is(Level::error, "not installed", "sudo apt install ppp"));
  fake.file("/usr/sbin/xl2tpd");
  chmod((fake.machine.root + "/usr/sbin/xl2tpd").c_str(), 0644);
  EXPECT_THAT(check(fake, "xl2tpd"), Is(Level::error));
}

TEST(PppCheckTest, AnXl2tpdThatCrashesIsToBeUpdated) {
  FakeMachine fake;
  fake.outputs["xl2tpd"] = "xl2tpd version:  xl2tpd-1.3.6\n";
  EXPECT_THAT(check(fake, "xl2tpd"), Is(Level::warning, "1.3.6 crashes"));
  fake.outputs["xl2tpd"] = "xl2tpd version:  xl2tpd-1.3.10\n";
  EXPECT_THAT(check(fake, "xl2tpd"), Is(Level::ok));
}

TEST(PppCheckTest, APluginForAnotherPppdIsAnError) {
  FakeMachine fake;
  fake.outputs["pppd"] = "pppd version 9.9.9\n";
  EXPECT_THAT(check(fake, "pppd-plugin"),
              Is(Level::error, "built for pppd " PPPD_VERSION ", and pppd 9.9.9"));
  fake.remove(PPPD_PLUGIN);
  EXPECT_THAT(check(fake, "pppd-plugin"), Is(Level::error, "is missing"));
}

TEST(PppCheckTest, APppdThatOnlyRootMayRunIsNotChecked) {
  FakeMachine fake;
  fake.outputs.erase("pppd");
  fake.machine.privileged = false;
  EXPECT_THAT(check(fake, "pppd"), Is(Level::ok, "pppd is installed"));
  EXPECT_THAT(check(fake, "pppd-plugin"), Is(Level::unchecked, "to others than root"));
}

}  // namespace
}  // namespace l2tp::doctor
