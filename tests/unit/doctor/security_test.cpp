#include "doctor/fake_machine.h"

namespace l2tp::doctor {
namespace {

auto check(const FakeMachine& fake, const char* id = "security-denials") {
  static Group group{""};
  group = check_security(fake.machine);
  return found(group, id);
}

constexpr const char* apparmor = "/sys/module/apparmor/parameters/enabled";

TEST(SecurityCheckTest, WithoutEitherThereIsNothingToSee) {
  FakeMachine fake;
  EXPECT_THAT(check(fake), Is(Level::ok, "Neither"));
  fake.file(apparmor, "N\n");
  fake.file("/sys/fs/selinux/enforce", "0");
  EXPECT_THAT(check(fake), Is(Level::ok, "Neither"));
}

TEST(SecurityCheckTest, OnlyRootSeesDenials) {
  FakeMachine fake;
  fake.file(apparmor, "Y\n");
  fake.file("/dev/kmsg", "");
  EXPECT_THAT(check(fake), Is(Level::ok, "No denial"));
  fake.machine.privileged = false;
  EXPECT_THAT(check(fake), Is(Level::unchecked, "AppArmor denied our programs: needs root"));
}

TEST(SecurityCheckTest, ALogThatCannotBeReadIsSaid) {
  FakeMachine fake;
  fake.file("/sys/fs/selinux/enforce", "1");
  EXPECT_THAT(check(fake), Is(Level::unchecked, "cannot be read"));
}

TEST(SecurityCheckTest, AnAppArmorDenialOfCharonIsShownWithItsProfile) {
  FakeMachine fake;
  fake.file(apparmor, "Y\n");
  const std::string line =
      "5,1034,81234567,-;audit: type=1400 audit(1700000000.123:42): apparmor=\"DENIED\" operation=\"open\" "
      "class=\"file\" "
      "profile=\"/usr/lib/ipsec/charon\" name=\"/run/x/secret\" pid=812 comm=\"charon\" "
      "requested_mask=\"r\"\n";
  fake.file("/dev/kmsg", "6,1,0,-;Linux version\n" + line + line);
  EXPECT_THAT(check(fake),
              Is(Level::warning, "'/usr/lib/ipsec/charon' may not open '/run/x/secret' (2 times)",
                 "/etc/apparmor.d/local/usr.lib.ipsec.charon"));
}

TEST(SecurityCheckTest, OthersDenialsAreNotOurs) {
  FakeMachine fake;
  fake.file(apparmor, "Y\n");
  fake.file(
      "/dev/kmsg",
      "5,1,1,-;audit: apparmor=\"DENIED\" operation=\"open\" profile=\"/usr/sbin/cupsd\" name=\"/x\" "
      "comm=\"cupsd\"\n"
      "5,1,1,-;audit: apparmor=\"ALLOWED\" operation=\"open\" profile=\"/usr/sbin/xl2tpd\" name=\"/x\"\n");
  EXPECT_THAT(check(fake), Is(Level::ok));
}

TEST(SecurityCheckTest, AnSelinuxDenialIsFoundInTheAuditLog) {
  FakeMachine fake;
  fake.file("/sys/fs/selinux/enforce", "1");
  fake.file("/var/log/audit/audit.log",
            "type=AVC msg=audit(1700000000.1:99): avc:  denied  { create } for  pid=900 comm=\"xl2tpd\" "
            "scontext=system_u:system_r:l2tpd_t:s0 tcontext=system_u:system_r:l2tpd_t:s0 "
            "tclass=netlink_generic_socket permissive=0\n");
  EXPECT_THAT(check(fake),
              Is(Level::warning, "'xl2tpd' was denied { create } on 'netlink_generic_socket'",
                 "sudo ausearch -m avc -ts boot -c xl2tpd | audit2allow -M nm-l2tp-local, read in "
                 "nm-l2tp-local.te"));
}

TEST(SecurityCheckTest, OnlyOurProgramsDenialsAreToBeAllowed) {
  FakeMachine fake;
  fake.file("/sys/fs/selinux/enforce", "1");
  std::string log;
  for (const std::string comm : {"pppd", "httpd", "charon", "$(reboot)/pppd", "pppd"})
    log += "type=AVC msg=audit(1700000000.1:99): avc:  denied  { read } for  pid=900 comm=\"" + comm +
           "\" name=\"x\" tclass=file permissive=0\n";
  fake.file("/var/log/audit/audit.log", log);
  const auto* finding = check(fake);
  EXPECT_THAT(finding,
              Is(Level::warning, "'pppd' was denied { read } on 'x' (2 times)",
                 "{ sudo ausearch -m avc -ts boot -c charon; sudo ausearch -m avc -ts boot -c pppd; } | "
                 "audit2allow"));
  EXPECT_EQ(finding->remedy.find("httpd"), std::string::npos);
  EXPECT_EQ(finding->remedy.find("reboot"), std::string::npos);
}

TEST(SecurityCheckTest, AHostileNameIsQuoted) {
  FakeMachine fake;
  fake.file(apparmor, "Y\n");
  fake.file("/dev/kmsg",
            "5,1,1,-;apparmor=\"DENIED\" operation=\"open\" profile=\"pppd; rm -rf\" name=\"\033[2J\" "
            "comm=\"pppd\"\n");
  EXPECT_THAT(check(fake), Is(Level::warning, "'\\x1b[2J'", "FILE"));
}

TEST(SecurityCheckTest, EnforcedProfilesAreNamed) {
  FakeMachine fake;
  fake.file(apparmor, "Y\n");
  fake.file("/dev/kmsg", "");
  EXPECT_EQ(check(fake, "security-profiles"), nullptr);
  fake.file("/sys/kernel/security/apparmor/profiles",
            "/usr/lib/ipsec/charon (enforce)\n/usr/sbin/cupsd (enforce)\n/usr/lib/ipsec/stroke (complain)\n");
  EXPECT_THAT(check(fake, "security-profiles"), Is(Level::ok, "confines /usr/lib/ipsec/charon."));
}

}  // namespace
}  // namespace l2tp::doctor
