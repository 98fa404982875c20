#include "doctor/fake_machine.h"

namespace l2tp::doctor {
namespace {

std::string troubles(const std::vector<Group>& groups) {
  std::string text;
  for (const auto& group : groups)
    for (const auto& finding : group.findings())
      if (finding.level != Level::ok) text += finding.id + ": " + finding.sentence + "\n";
  return text;
}

TEST(ExamineTest, AMachineThatLacksNothingHasOnlyGoodFindings) {
  FakeMachine fake;
  EXPECT_EQ(troubles(examine(fake.machine, "")), "");
}

TEST(ExamineTest, WithLibreswanAloneTooItLacksNothing) {
  FakeMachine fake;
  fake.without_strongswan();
  fake.with_libreswan();
  EXPECT_EQ(troubles(examine(fake.machine, "")), "");
}

TEST(ExamineTest, WhatIsWrongHasARemedyAndWhatIsGoodHasNone) {
  FakeMachine fake;
  fake.machine.root += "/nothing";
  fake.machine.desktop = "GNOME";
  int wrong = 0;
  for (const auto& group : examine(fake.machine, "")) {
    EXPECT_FALSE(group.findings().empty()) << group.title();
    for (const auto& finding : group.findings()) {
      const bool trouble = finding.level == Level::warning || finding.level == Level::error;
      wrong += trouble ? 1 : 0;
      EXPECT_EQ(finding.remedy.empty(), !trouble) << finding.id;
    }
  }
  EXPECT_GT(wrong, 8);
}

TEST(ExamineTest, AnUnknownConnectionIsAnError) {
  FakeMachine fake;
  fake.says("org.freedesktop.NetworkManager.Settings.ListConnections", "(@ao [],)");
  const auto groups = examine(fake.machine, "office");
  EXPECT_THAT(found(groups.back(), "connection-known"), Is(Level::error, "no connection 'office'", "nmcli"));
}

TEST(ExamineTest, AServiceThatDoesNotAnswerIsNoReasonToCallAnythingGood) {
  FakeMachine fake;
  fake.machine.call = [](const BusCall& call) -> Result<VariantPtr, std::string> {
    if (call.arguments != nullptr) g_variant_unref(g_variant_ref_sink(call.arguments));
    return Unexpected{std::string{"no answer in time"}};
  };
  const auto text = troubles(examine(fake.machine, "office"));
  for (const char* id : {"nm-running: ", "network-manager: ", "dns-mode: ", "connection-known: "})
    EXPECT_THAT(text, testing::HasSubstr(id));
}

}  // namespace
}  // namespace l2tp::doctor
