#include "core/words.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <clocale>
#include <cstdlib>

#include "core/failure.h"
#include "core/proposal.h"

namespace l2tp {
namespace {

TEST(Words, ValuesStandWhereTheSentenceWantsThem) {
  EXPECT_EQ(fill("{1} is not {0}", {"a group", "modp999"}), "modp999 is not a group");
  EXPECT_EQ(fill("{0}{0}", {"x"}), "xx");
}

TEST(Words, AValueIsNeverReadAsASentence) {
  EXPECT_EQ(fill("{0} and {1}", {"{1}", "{0}"}), "{1} and {0}");
}

TEST(Words, APlaceWithoutAValueStays) {
  EXPECT_EQ(fill("{3} {", {"x"}), "{3} {");
  EXPECT_EQ(fill("{}", {"x"}), "{}");
}

TEST(Words, WithoutALanguageATextIsItself) {
  EXPECT_EQ(translated("The gateway is missing."), "The gateway is missing.");
  EXPECT_EQ(translated(""), "");
}

// The translations of this build, in one language.
class InLanguage {
 public:
  explicit InLanguage(const char* language) {
    bindtextdomain(GETTEXT_PACKAGE, TRANSLATIONS);
    bind_textdomain_codeset(GETTEXT_PACKAGE, "UTF-8");
    setenv("LANGUAGE", language, 1);
    setlocale(LC_ALL, "C.UTF-8");
  }
  ~InLanguage() {
    setlocale(LC_ALL, "C");
    unsetenv("LANGUAGE");
  }
  InLanguage(const InLanguage&) = delete;
  InLanguage& operator=(const InLanguage&) = delete;
};

class InEachLanguage : public testing::TestWithParam<const char*> {};

TEST_P(InEachLanguage, AFailureIsSaidWithItsDetailAndWithout) {
  const InLanguage language{GetParam()};
  for (const FailureKind& kind : failure_catalogue()) {
    const auto detailed = failure(kind.id, "no answer");
    EXPECT_NE(translated_sentence(detailed), detailed.sentence());
    EXPECT_NE(translated_advice(detailed), kind.advice);
    if (kind.sentence.find(": {}") == std::string_view::npos) continue;
    EXPECT_THAT(translated_sentence(detailed), testing::HasSubstr("no answer"));
    const auto alone = translated_sentence(failure(kind.id));
    for (const char* rest : {"{}", ":.", "\uff1a\u3002", " .", "\u00a0.", " \u3002"})
      EXPECT_THAT(alone, testing::Not(testing::HasSubstr(rest)));
  }
}

TEST_P(InEachLanguage, AWrongWordAndTheOneThatWasMeantAreNamed) {
  const InLanguage language{GetParam()};
  const auto list = parse_proposals("aes256-sha256-modp999", Phase::one);
  ASSERT_FALSE(list);
  EXPECT_THAT(list.error(), testing::AllOf(testing::HasSubstr("modp999"), testing::HasSubstr("modp2048"),
                                           testing::Not(testing::HasSubstr("is not a known"))));
}

INSTANTIATE_TEST_SUITE_P(Words, InEachLanguage, testing::Values("de", "es", "fr", "ja", "ru", "zh_CN"),
                         [](const auto& language) { return std::string{language.param}; });

}  // namespace
}  // namespace l2tp
