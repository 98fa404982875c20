#include "core/words.h"

#include <gtest/gtest.h>

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

}  // namespace
}  // namespace l2tp
