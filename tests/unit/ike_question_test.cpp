#include "core/ike_question.h"

#include <gtest/gtest.h>

namespace l2tp {
namespace {

constexpr IkeCookie cookie{1, 2, 3, 4, 5, 6, 7, 8};

std::size_t number(std::string_view bytes, std::size_t at, int width) {
  std::size_t value = 0;
  for (int i = 0; i < width; ++i)
    value = value << 8 | static_cast<unsigned char>(bytes[at + static_cast<std::size_t>(i)]);
  return value;
}

TEST(IkeQuestionTest, ItIsTheFirstMessageOfAMainModeBehindTheMarker) {
  const auto bytes = ike_question(cookie);
  EXPECT_EQ(number(bytes, 0, 4), 0U);  // no ESP
  EXPECT_EQ(number(bytes, 4, 8), 0x0102030405060708U);
  EXPECT_EQ(number(bytes, 12, 8), 0U);           // the server's cookie
  EXPECT_EQ(number(bytes, 20, 4), 0x01100200U);  // SA, 1.0, main mode, no flags
  EXPECT_EQ(number(bytes, 28, 4), bytes.size() - 4);
}

TEST(IkeQuestionTest, ItsLengthsAgree) {
  const auto bytes = ike_question(cookie);
  constexpr std::size_t sa = 32;
  EXPECT_EQ(number(bytes, sa + 2, 2), bytes.size() - sa);
  constexpr std::size_t proposal = sa + 12;
  EXPECT_EQ(number(bytes, proposal + 2, 2), bytes.size() - proposal);
  const auto transforms = number(bytes, proposal + 7, 1);
  std::size_t at = proposal + 8;
  for (std::size_t i = 1; i <= transforms; ++i) {
    EXPECT_EQ(number(bytes, at, 1), i == transforms ? 0U : 3U);
    EXPECT_EQ(number(bytes, at + 4, 1), i);
    at += number(bytes, at + 2, 2);
  }
  EXPECT_EQ(at, bytes.size());
}

TEST(IkeQuestionTest, OnlyAnAnswerToThisQuestionIsOne) {
  auto answer = ike_question(cookie);
  EXPECT_TRUE(answers_ike_question(answer, cookie));
  EXPECT_FALSE(answers_ike_question(answer, {8, 7, 6, 5, 4, 3, 2, 1}));
  EXPECT_FALSE(answers_ike_question(answer.substr(4), cookie));
  EXPECT_FALSE(answers_ike_question(answer.substr(0, 31), cookie));
  EXPECT_FALSE(answers_ike_question({}, cookie));
}

}  // namespace
}  // namespace l2tp
