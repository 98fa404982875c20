#include "service/ipsec/selection.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "fakes/temporary_dir.h"

namespace l2tp {
namespace {

using testing::AllOf;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using Presence = DaemonState::Presence;

DaemonState state(Presence presence, bool ikev1 = true, const std::string& detail = {}) {
  return {.presence = presence, .ikev1 = ikev1, .detail = detail};
}

class SelectionTest : public testing::Test {
 protected:
  // The chosen one's name, or the failure.
  std::string chosen(bool ikev1 = true, std::string_view forced = {}) {
    const std::vector<DaemonChoice> choices{
        {"strongswan", strongswan}, {"starter", starter}, {"libreswan", libreswan}};
    passed_over.clear();
    const auto index = choose_daemon(choices, ikev1, forced, passed_over);
    if (!index) return std::string{index.error().kind->id} + ": " + index.error().sentence();
    return std::string{choices[index.value()].name};
  }

  DaemonState strongswan = state(Presence::absent, true, "it is not installed");
  DaemonState starter = state(Presence::absent);
  DaemonState libreswan = state(Presence::absent);
  std::vector<std::string> passed_over;
};

TEST_F(SelectionTest, TheFirstThatIsInstalledServes) {
  libreswan = state(Presence::installed);
  EXPECT_EQ(chosen(), "libreswan");
  strongswan = state(Presence::installed);
  EXPECT_EQ(chosen(), "strongswan");
  EXPECT_THAT(passed_over, IsEmpty());
}

TEST_F(SelectionTest, OneThatRunsServesBecauseItHasThePort) {
  strongswan = state(Presence::installed);
  libreswan = state(Presence::running);
  EXPECT_EQ(chosen(), "libreswan");
}

TEST_F(SelectionTest, OurOwnThatRunsServesEveryConnection) {
  strongswan = state(Presence::unreachable, true, "its socket is the starter's");
  starter = state(Presence::ours);
  EXPECT_EQ(chosen(), "starter");
}

TEST_F(SelectionTest, OneThatRunsAndTakesNoConnectionsIsNamedWithItsRemedy) {
  strongswan = state(Presence::installed);
  starter = state(Presence::unreachable, true, "install strongswan-swanctl");
  EXPECT_THAT(chosen(),
              AllOf(HasSubstr("ipsec-daemon-unreachable"), HasSubstr("install strongswan-swanctl")));
}

TEST_F(SelectionTest, ADaemonWithoutIkev1IsPassedOverForOneThatHasIt) {
  strongswan = state(Presence::installed, false);
  libreswan = state(Presence::installed);
  EXPECT_EQ(chosen(), "libreswan");
  EXPECT_THAT(passed_over, ElementsAre("strongswan cannot speak IKEv1"));
}

TEST_F(SelectionTest, ADaemonWithoutIkev1ServesIkev2) {
  strongswan = state(Presence::installed, false);
  libreswan = state(Presence::installed);
  EXPECT_EQ(chosen(false), "strongswan");
}

TEST_F(SelectionTest, Ikev1MissingEverywhereIsNamed) {
  strongswan = state(Presence::installed, false, "strongSwan 6.1 was built without it");
  EXPECT_THAT(chosen(), AllOf(HasSubstr("ipsec-no-ikev1"), HasSubstr("strongSwan 6.1 was built without it")));
}

TEST_F(SelectionTest, ARunningDaemonWithoutIkev1IsNamedThoughAnotherIsInstalled) {
  strongswan = state(Presence::installed);
  libreswan = state(Presence::running, false, "set ikev1-policy=accept");
  EXPECT_THAT(chosen(), AllOf(HasSubstr("ipsec-no-ikev1"), HasSubstr("set ikev1-policy=accept")));
}

TEST_F(SelectionTest, NothingInstalledIsMissing) {
  EXPECT_THAT(chosen(), AllOf(HasSubstr("ipsec-daemon-missing"), HasSubstr("it is not installed")));
}

TEST_F(SelectionTest, TheAdministratorsChoiceIsTheOnlyOne) {
  strongswan = state(Presence::installed);
  libreswan = state(Presence::installed);
  EXPECT_EQ(chosen(true, "libreswan"), "libreswan");
  EXPECT_THAT(chosen(true, "starter"), HasSubstr("ipsec-daemon-missing"));
  strongswan = state(Presence::running);
  EXPECT_THAT(chosen(true, "libreswan"),
              AllOf(HasSubstr("ipsec-daemon-unreachable"), HasSubstr("/etc/nm-l2tp.conf wants libreswan")));
}

class ForcedDaemonTest : public testing::Test {
 protected:
  std::string forced(const std::string& text) {
    write_file(dir_.path("conf"), text);
    const auto name = forced_daemon(dir_.path("conf"));
    return name ? name.value() : "wrong: " + name.error();
  }
  TemporaryDir dir_;
};

TEST_F(ForcedDaemonTest, ItIsReadFromTheFile) {
  EXPECT_EQ(forced("[main]\nipsec-daemon=strongswan\n"), "strongswan");
  EXPECT_EQ(forced("# nothing\n"), "");
  EXPECT_EQ(forced("[main]\nother=1\n"), "");
}

TEST_F(ForcedDaemonTest, NoFileIsNoChoice) {
  const auto name = forced_daemon(dir_.path("none"));
  ASSERT_TRUE(name);
  EXPECT_EQ(name.value(), "");
}

TEST_F(ForcedDaemonTest, AWrongNameAndAWrongFileAreNamed) {
  EXPECT_THAT(forced("[main]\nipsec-daemon=swan\n"), HasSubstr("ipsec-daemon is 'swan'"));
  EXPECT_THAT(forced("ipsec-daemon\n"), HasSubstr("wrong: "));
}

}  // namespace
}  // namespace l2tp
