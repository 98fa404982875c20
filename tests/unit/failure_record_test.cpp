#include "core/failure_record.h"

#include "core/wording.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace l2tp {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

FailureRecord an_example() {
  FailureRecord record;
  record.uuid = "0e4f9a2c-5c4b-4a3e-9d55-1f0a3d6a1b11";
  record.time = 1795000000;
  record.failure = {
      &failure_kind("ipsec-silent"), "198.51.100.7, \"quoted\"", {"first line", "second \\ line"}};
  record.was_up = true;
  record.up_since = 1795000100;
  return record;
}

TEST(FailureRecordTest, ComesBackAsItWas) {
  const auto written = an_example();
  const auto read = failure_record_from_json(to_json(written));
  ASSERT_TRUE(read) << read.error();
  EXPECT_EQ(read.value().uuid, written.uuid);
  EXPECT_EQ(read.value().time, written.time);
  EXPECT_EQ(read.value().failure.kind, written.failure.kind);
  EXPECT_EQ(read.value().failure.detail, written.failure.detail);
  EXPECT_THAT(read.value().failure.evidence, ElementsAre("first line", "second \\ line"));
  EXPECT_TRUE(read.value().was_up);
  EXPECT_EQ(read.value().up_since, written.up_since);
}

TEST(FailureRecordTest, TellsTheSentenceToProgramsThatDoNotKnowTheCatalogue) {
  const auto json = to_json(an_example());
  EXPECT_THAT(json, HasSubstr("\"reason\" : \"connect-failed\""));
  EXPECT_THAT(json, HasSubstr("\"stage\" : \"ipsec\""));
  EXPECT_THAT(json, HasSubstr("198.51.100.7, \\\"quoted\\\""));
}

TEST(FailureRecordTest, BytesOfAStrangerThatAreNoTextDoNotSpoilIt) {
  auto record = an_example();
  record.failure.detail = "it said '\xff\xfe'";
  record.failure.evidence = {"caf\xe9 \x1b[31m"};
  const auto read = failure_record_from_json(to_json(record));
  ASSERT_TRUE(read) << read.error();
  EXPECT_THAT(read.value().failure.detail, HasSubstr("it said '"));
  EXPECT_THAT(read.value().failure.evidence, ElementsAre(HasSubstr("caf")));
}

TEST(FailureRecordTest, WhatIsNoRecordIsRefusedWithASentence) {
  for (const char* text : {"", "nonsense", "[]", "{}", R"({"id": 5})", R"({"id": "of-a-later-version"})"}) {
    const auto read = failure_record_from_json(text);
    EXPECT_FALSE(read) << text;
    if (!read) {
      EXPECT_FALSE(read.error().empty()) << text;
    }
  }
}

TEST(FailureRecordTest, WhatIsRefusedIsQuotedWithoutHarm) {
  for (const char* text : {"\"\x01\x01\"\"\x1b[31m", R"({"id": "\u001b[31m"})"}) {
    const auto read = failure_record_from_json(text);
    ASSERT_FALSE(read) << text;
    EXPECT_EQ(read.error(), harmless(read.error()));
  }
}

TEST(FailureRecordTest, WhatIsNestedTooDeeplyIsNotEvenParsed) {
  const auto error = [](const std::string& text) {
    const auto read = failure_record_from_json(text);
    return read ? std::string{} : read.error();
  };
  const std::string deep(60000, '[');
  EXPECT_EQ(error(deep), "It is nested too deeply.");
  EXPECT_EQ(error(R"({"id": "a \" quote", "x": )" + deep), "It is nested too deeply.");
  for (const auto* hidden : {R"(/* " */)", "// \"\n", R"('"')", "# \"\n"})
    EXPECT_EQ(error(hidden + deep), "It is no JSON.") << hidden;
}

TEST(FailureRecordTest, BracketsInWordsAreNoNesting) {
  auto record = an_example();
  record.failure.detail = R"(it's a \" // # )" + std::string(50, '[');
  const auto read = failure_record_from_json(to_json(record));
  ASSERT_TRUE(read) << read.error();
  EXPECT_EQ(read.value().failure.detail, record.failure.detail);
}

TEST(FailureRecordTest, MembersOfAWrongTypeAreAsIfTheyWereNotThere) {
  const auto read = failure_record_from_json(
      R"({"id": "ipsec-silent", "time": "now", "evidence": [1, "a line", null], "uuid": []})");
  ASSERT_TRUE(read) << read.error();
  EXPECT_EQ(read.value().time, 0);
  EXPECT_THAT(read.value().failure.evidence, ElementsAre("a line"));
}

}  // namespace
}  // namespace l2tp
