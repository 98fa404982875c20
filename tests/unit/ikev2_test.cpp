#include "core/ike/ikev2.h"

#include <gtest/gtest.h>

#include <random>

#include "core/ike/ikev1.h"
#include "fakes/fake_responder.h"

namespace l2tp::ike {
namespace {

const Cookie cookie{1, 2, 3, 4, 5, 6, 7, 8};

TEST(Ikev2QuestionTest, ExchangesKeysInAGroupThatItDoesNotPropose) {
  const auto bytes = ikev2_question(cookie, Bytes(32, 1));
  const auto header = read_header(bytes);
  ASSERT_TRUE(header);
  EXPECT_EQ(header->version, 0x20);
  EXPECT_EQ(header->exchange, 34);  // IKE_SA_INIT
  EXPECT_EQ(header->flags, 0x08);   // from the initiator
  const auto payloads = read_payloads(bytes, header->first_payload);
  ASSERT_TRUE(payloads);
  ASSERT_EQ(payloads->size(), 3u);
  const auto sa = (*payloads)[0].body, exchanged = (*payloads)[1].body;
  EXPECT_EQ((*payloads)[0].type, 33);
  EXPECT_EQ((*payloads)[1].type, 34);
  EXPECT_EQ((*payloads)[2].type, 40);
  const auto group = number16_at(exchanged, 0);
  EXPECT_EQ(group, 1);
  EXPECT_EQ(exchanged.size(), 4u + 96u);

  std::size_t count = 0, groups = 0;
  for (std::size_t at = 8; at < sa.size(); at += number16_at(sa, at + 2), ++count)
    if (sa[at + 4] == 4) {
      ++groups;
      EXPECT_NE(number16_at(sa, at + 6), group);
    }
  EXPECT_EQ(count, sa[7]);
  EXPECT_EQ(groups, 8u);
}

TEST(Ikev2AnswerTest, ReadsThatAnotherGroupIsWanted) {
  FakeResponder server;
  const auto answer = read_ikev2_answer(*server.answer(ikev2_question(cookie, Bytes(32, 1))));
  ASSERT_TRUE(answer);
  EXPECT_EQ(answer->initiator, cookie);
  EXPECT_EQ(answer->notification, 17);
  EXPECT_FALSE(answer->accepted);
}

TEST(Ikev2AnswerTest, ReadsThatACookieIsWanted) {
  FakeResponder server;
  auto reply = *server.answer(ikev2_question(cookie, Bytes(32, 1)));
  reply[header_size + 6] = 16390 >> 8;
  reply[header_size + 7] = 16390 & 0xff;
  EXPECT_EQ(read_ikev2_answer(reply)->notification, 16390);
}

TEST(Ikev2AnswerTest, IsNoRequestAndNoOtherVersion) {
  EXPECT_FALSE(read_ikev2_answer(ikev2_question(cookie, Bytes(32, 1))));
  EXPECT_FALSE(
      read_ikev2_answer(main_mode_question(cookie, suites_of(Group::modp1024, Authentication::psk))));
}

TEST(Ikev2AnswerTest, SurvivesDamagedMessages) {
  auto whole = ikev2_question(cookie, Bytes(32, 1));
  whole[19] = 0x20;
  ASSERT_TRUE(read_ikev2_answer(whole)->accepted);
  for (std::size_t size = 0; size < whole.size(); ++size)
    EXPECT_FALSE(read_ikev2_answer(View{whole}.first(size))) << size;
  std::mt19937 chance{5};
  for (int round = 0; round < 20'000; ++round) {
    auto damaged = whole;
    for (auto damages = chance() % 6 + 1; damages > 0; --damages)
      damaged[16 + chance() % (damaged.size() - 16)] = static_cast<std::uint8_t>(chance());
    const auto answer = read_ikev2_answer(damaged);
    EXPECT_TRUE(!answer || answer->initiator == cookie);
  }
}

}  // namespace
}  // namespace l2tp::ike
