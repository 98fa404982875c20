#include "core/failure.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <set>

namespace l2tp {
namespace {

using testing::EndsWith;
using testing::MatchesRegex;
using testing::Not;
using testing::StartsWith;

std::size_t places_for_detail(std::string_view sentence) {
  std::size_t count = 0;
  for (auto at = sentence.find("{}"); at != std::string_view::npos; at = sentence.find("{}", at + 2)) ++count;
  return count;
}

TEST(FailureCatalogueTest, IdsAreUniqueAndPlain) {
  std::set<std::string_view> ids;
  for (const FailureKind& kind : failure_catalogue()) {
    EXPECT_TRUE(ids.insert(kind.id).second) << kind.id;
    EXPECT_THAT(std::string(kind.id), MatchesRegex("[a-z0-9]+(-[a-z0-9]+)+"));
  }
}

TEST(FailureCatalogueTest, AnIdBeginsWithItsStageUnlessItNamesTheThingThatFailed) {
  for (const FailureKind& kind : failure_catalogue()) {
    const std::string first_word =
        kind.stage == Stage::resolve ? "gateway" : std::string(to_string(kind.stage));
    EXPECT_THAT(std::string(kind.id), StartsWith(first_word + "-"));
  }
}

TEST(FailureCatalogueTest, MessageIdsAreUniqueAnd128BitsOfHex) {
  std::set<std::string_view> ids;
  for (const FailureKind& kind : failure_catalogue()) {
    EXPECT_TRUE(ids.insert(kind.message_id).second) << kind.id;
    EXPECT_EQ(kind.message_id.size(), 32U) << kind.id;
    EXPECT_EQ(kind.message_id.find_first_not_of("0123456789abcdef"), std::string_view::npos) << kind.id;
  }
}

TEST(FailureCatalogueTest, SentencesAndAdviceAreWholeSentences) {
  for (const FailureKind& kind : failure_catalogue()) {
    for (const std::string& text : {std::string(kind.sentence), std::string(kind.advice)}) {
      ASSERT_FALSE(text.empty()) << kind.id;
      EXPECT_THAT(text, EndsWith(".")) << kind.id;
      EXPECT_THAT(text, Not(EndsWith(".."))) << kind.id;
      EXPECT_FALSE(text.front() >= 'a' && text.front() <= 'z' && !text.starts_with("xl2tpd") &&
                   !text.starts_with("pppd") && !text.starts_with("strongSwan"))
          << kind.id << ": " << text;
    }
    EXPECT_LE(places_for_detail(kind.sentence), 1U) << kind.id;
    EXPECT_EQ(places_for_detail(kind.advice), 0U) << kind.id;
  }
}

TEST(FailureCatalogueTest, EveryStageCanFail) {
  std::set<Stage> stages;
  for (const FailureKind& kind : failure_catalogue()) stages.insert(kind.stage);
  for (const Stage stage : {Stage::settings, Stage::workspace, Stage::resolve, Stage::port, Stage::ipsec,
                            Stage::l2tp, Stage::ppp, Stage::handover})
    EXPECT_TRUE(stages.contains(stage)) << to_string(stage);
}

TEST(FailureCatalogueTest, NoFailureIsCalledUnknown) {
  for (const FailureKind& kind : failure_catalogue()) {
    if (kind.id == "settings-unknown-key") continue;
    EXPECT_EQ(kind.id.find("unknown"), std::string_view::npos);
  }
}

TEST(FailureCatalogueTest, ARefusedLoginIsALoginFailure) {
  EXPECT_EQ(failure_kind("ppp-login-refused").reason, Reason::login_failed);
}

TEST(FailureCatalogueTest, EachEntryIsFoundByItsId) {
  for (const FailureKind& kind : failure_catalogue()) EXPECT_EQ(&failure_kind(kind.id), &kind);
}

TEST(FailureCatalogueDeathTest, AnIdThatIsNotThereEndsTheProgram) {
  EXPECT_DEATH(failure_kind("no-such-failure"), "");
  EXPECT_DEATH(failure_kind(""), "");
}

TEST(FailureTest, TheDetailTakesItsPlaceInTheSentence) {
  EXPECT_EQ(failure("settings-missing", "the gateway").sentence(), "The profile lacks the gateway.");
}

TEST(FailureTest, ASentenceWithoutAPlaceStandsAlone) {
  EXPECT_EQ(failure("ppp-certificate-refused", "ignored").sentence(),
            "The server and we did not agree on EAP-TLS: it refused the user's certificate, or its own is "
            "not trusted.");
}

TEST(FailureTest, WithoutADetailTheSentenceEndsBeforeItsPlace) {
  EXPECT_EQ(failure("ppp-login-refused").sentence(), "The server refused the user name or password.");
  EXPECT_EQ(failure("ppp-login-refused", "it says no").sentence(),
            "The server refused the user name or password: it says no.");
}

TEST(FailureTest, BracesInTheDetailStayWhatTheyAre) {
  EXPECT_EQ(failure("settings-missing", "{} and {}").sentence(), "The profile lacks {} and {}.");
}

TEST(FailureTest, ASentenceIsRecognisedAsItsFailure) {
  for (const FailureKind& kind : failure_catalogue()) {
    const bool has_place = places_for_detail(kind.sentence) > 0;
    for (const std::string detail : {"", "it says: no."}) {
      const auto said = failure_said_by(failure(kind.id, detail).sentence());
      ASSERT_TRUE(said) << kind.id;
      EXPECT_EQ(said->kind->id, kind.id);
      EXPECT_EQ(said->detail, has_place ? detail : "");
    }
  }
}

TEST(FailureTest, WhatTheCatalogueDoesNotSayIsNoFailure) {
  EXPECT_FALSE(failure_said_by(""));
  EXPECT_FALSE(failure_said_by("Enter the password."));
  EXPECT_FALSE(failure_said_by("The gateway "));
  EXPECT_FALSE(failure_said_by("The profile lacks"));
}

}  // namespace
}  // namespace l2tp
