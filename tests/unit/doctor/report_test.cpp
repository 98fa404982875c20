#include <array>
#include <sstream>

#include "cli/command.h"
#include "cli/doctor.h"
#include "core/json.h"
#include "doctor/fake_machine.h"

namespace l2tp::cli {
namespace {

using doctor::Group;
using testing::EndsWith;
using testing::HasSubstr;
using testing::Not;

std::vector<Group> groups_with(doctor::Level level) {
  Group group{"Ports"};
  group.ok("port-500", "UDP port 500 is free.");
  if (level == doctor::Level::warning) group.warning("port-1701", "It is held.", "Stop it.");
  if (level == doctor::Level::error) group.error("port-4500", "It is held.", "Stop it.");
  if (level == doctor::Level::unchecked) group.unchecked("port-4500", "who holds it: needs root");
  return {group};
}

TEST(DoctorReportTest, OnlyAnErrorIsTrouble) {
  EXPECT_EQ(exit_status(groups_with(doctor::Level::ok)), success);
  EXPECT_EQ(exit_status(groups_with(doctor::Level::warning)), success);
  EXPECT_EQ(exit_status(groups_with(doctor::Level::unchecked)), success);
  EXPECT_EQ(exit_status(groups_with(doctor::Level::error)), found_trouble);
}

TEST(DoctorReportTest, TroubleComesWithItsIdAndRemedyAndTheLastLineCounts) {
  EXPECT_EQ(report(groups_with(doctor::Level::error)),
            "Ports\n"
            " ok          UDP port 500 is free.\n"
            " error       It is held. [port-4500]\n"
            "             -> Stop it.\n"
            "\n"
            "1 error, 0 warnings, 1 ok\n");
  EXPECT_THAT(
      report(groups_with(doctor::Level::unchecked)),
      EndsWith(" not checked who holds it: needs root\n\n0 errors, 0 warnings, 1 ok, 1 not checked\n"));
}

TEST(DoctorReportTest, AStrangersWordsAreHarmlessInBoth) {
  Group group{"Connection '\033[2J'"};
  group.warning("x", "named \033[31m\xff", "Remove \033.");
  for (const auto& text : {report({group}), report_json({group})}) {
    EXPECT_THAT(text, Not(HasSubstr("\033")));
    EXPECT_THAT(text, HasSubstr("x1b"));
  }
}

TEST(DoctorReportTest, JsonHasEveryFindingWithItsRemedy) {
  const auto text = report_json(groups_with(doctor::Level::error));
  const ObjectRef<JsonParser> parser{json_parser_new()};
  ASSERT_TRUE(json_parser_load_from_data(parser.get(), text.c_str(), -1, nullptr)) << text;
  auto* root = json_node_get_object(json_parser_get_root(parser.get()));
  EXPECT_EQ(json_object_get_int_member(root, "errors"), 1);
  EXPECT_EQ(json_object_get_int_member(root, "warnings"), 0);
  EXPECT_EQ(json_object_get_int_member(root, "not-checked"), 0);
  auto* findings = json_object_get_array_member(root, "findings");
  ASSERT_EQ(json_array_get_length(findings), 2U);
  auto* good = json_array_get_object_element(findings, 0);
  EXPECT_FALSE(json_object_has_member(good, "remedy"));
  auto* bad = json_array_get_object_element(findings, 1);
  EXPECT_STREQ(json_object_get_string_member(bad, "group"), "Ports");
  EXPECT_STREQ(json_object_get_string_member(bad, "id"), "port-4500");
  EXPECT_STREQ(json_object_get_string_member(bad, "level"), "error");
  EXPECT_STREQ(json_object_get_string_member(bad, "remedy"), "Stop it.");
}

TEST(DoctorReportTest, WrongUsageIsToldByItsStatus) {
  std::string option = "--all", json = "--json", name = "a", other = "b", empty;
  for (auto arguments : {std::vector{option.data()}, std::vector{json.data(), json.data()},
                         std::vector{name.data(), other.data()}, std::vector{empty.data()}})
    EXPECT_EQ(doctor(arguments), wrong_usage);
}

}  // namespace
}  // namespace l2tp::cli
