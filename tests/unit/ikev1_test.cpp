#include "core/ike/ikev1.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <openssl/bn.h>
#include <openssl/ec.h>
#include <openssl/obj_mac.h>

#include <array>
#include <memory>
#include <random>

#include "fakes/fake_responder.h"

namespace l2tp::ike {
namespace {

using testing::ElementsAreArray;

constexpr Suite oldest{Encryption::triple_des, Hash::sha1, Group::modp1024, Authentication::psk};
constexpr Suite usual{Encryption::aes256, Hash::sha256, Group::modp2048, Authentication::psk};
const Cookie cookie{1, 2, 3, 4, 5, 6, 7, 8};

View without_header(const Bytes& bytes) {
  return View{bytes}.subspan(header_size);
}

TEST(Ikev1QuestionTest, IsWrittenAsTheRfcsSay) {
  const auto bytes = main_mode_question(cookie, std::array{usual, oldest});
  const auto header = read_header(bytes);
  ASSERT_TRUE(header);
  EXPECT_EQ(header->initiator, cookie);
  EXPECT_EQ(header->version, 0x10);
  EXPECT_EQ(header->exchange, main_mode);
  EXPECT_EQ(number32_at(bytes, 24), bytes.size());
  // clang-format off
  const Bytes sa{13, 0, 0, 88,                                // next: vendor ID
                 0, 0, 0, 1, 0, 0, 0, 1,                      // IPsec DOI, SIT_IDENTITY_ONLY
                 0, 0, 0, 76, 1, 1, 0, 2,                     // one proposal, ISAKMP, two transforms
                 3, 0, 0, 36, 1, 1, 0, 0,                     // the first, KEY_IKE
                 0x80, 1, 0, 7, 0x80, 2, 0, 4, 0x80, 3, 0, 1, // AES, SHA2-256 (4, not 5), PSK
                 0x80, 4, 0, 14, 0x80, 14, 1, 0,              // group 14, 256 bits
                 0x80, 11, 0, 1, 0x80, 12, 0x70, 0x80,        // 28800 seconds
                 0, 0, 0, 32, 2, 1, 0, 0,                     // the last
                 0x80, 1, 0, 5, 0x80, 2, 0, 2, 0x80, 3, 0, 1, // 3DES, SHA1, PSK
                 0x80, 4, 0, 2, 0x80, 11, 0, 1, 0x80, 12, 0x70, 0x80};
  // clang-format on
  EXPECT_THAT(without_header(bytes).first(sa.size()), ElementsAreArray(sa));
}

TEST(Ikev1QuestionTest, HoldsAllOfAGroupInOnePacketThatNoRouterCuts) {
  const auto suites = suites_of(Group::ecp521, Authentication::rsa);
  EXPECT_EQ(suites.size(), 20u);
  EXPECT_LE(main_mode_question(cookie, suites).size(), 1000u);
}

TEST(Ikev1QuestionTest, SaysInAggressiveModeWhoAsks) {
  const auto bytes = aggressive_mode_question(cookie, std::array{oldest}, Bytes(20, 7), "a.example");
  const auto header = read_header(bytes);
  ASSERT_TRUE(header);
  EXPECT_EQ(header->exchange, aggressive_mode);
  const auto payloads = read_payloads(bytes, header->first_payload);
  ASSERT_TRUE(payloads);
  ASSERT_GE(payloads->size(), 4u);
  EXPECT_EQ((*payloads)[0].type, 1);
  EXPECT_EQ((*payloads)[1].type, 4);
  EXPECT_EQ((*payloads)[1].body.size(), 128u);
  EXPECT_EQ((*payloads)[2].type, 10);
  EXPECT_EQ((*payloads)[3].type, 5);
  EXPECT_EQ(std::string((*payloads)[3].body.begin() + 4, (*payloads)[3].body.end()), "a.example");
}

TEST(Ikev1QuestionTest, HasAPublicValueOfEachGroup) {
  for (const auto& [group, size] :
       {std::pair{Group::modp768, 96}, std::pair{Group::modp1024, 128}, std::pair{Group::modp1536, 192},
        std::pair{Group::modp2048, 256}, std::pair{Group::modp3072, 384}, std::pair{Group::modp4096, 512}}) {
    const auto value = public_value(group);
    ASSERT_EQ(value.size(), static_cast<std::size_t>(size));
    EXPECT_EQ(value[0], 0) << "not less than the prime";
  }
}

TEST(Ikev1QuestionTest, HasAPointOfEachCurve) {
  for (const auto& [group, curve, size] :
       {std::tuple{Group::ecp256, NID_X9_62_prime256v1, 64}, std::tuple{Group::ecp384, NID_secp384r1, 96},
        std::tuple{Group::ecp521, NID_secp521r1, 132}}) {
    auto value = public_value(group);
    ASSERT_EQ(value.size(), static_cast<std::size_t>(size));
    value.insert(value.begin(), POINT_CONVERSION_UNCOMPRESSED);
    const std::unique_ptr<EC_GROUP, decltype(&EC_GROUP_free)> on{EC_GROUP_new_by_curve_name(curve),
                                                                 EC_GROUP_free};
    const std::unique_ptr<EC_POINT, decltype(&EC_POINT_free)> point{EC_POINT_new(on.get()), EC_POINT_free};
    EXPECT_EQ(EC_POINT_oct2point(on.get(), point.get(), value.data(), value.size(), nullptr), 1);
  }
}

TEST(Ikev1FarewellTest, IsAnErrorNotificationInClearForThatExchange) {
  const Cookie responder{9, 9, 9, 9, 9, 9, 9, 9};
  const auto bytes = farewell(cookie, responder, 5);
  const auto answer = read_ikev1_answer(bytes);
  ASSERT_TRUE(answer);
  EXPECT_EQ(answer->exchange, informational);
  EXPECT_EQ(answer->responder, responder);
  EXPECT_EQ(answer->kind, Answer::Kind::refused);
  EXPECT_EQ(answer->notification, no_proposal_chosen);
  EXPECT_EQ(read_header(bytes)->message_id, 5u);
  EXPECT_THAT(View{bytes}.last(16).first(8), ElementsAreArray(cookie));
}

TEST(Ikev1AnswerTest, ReadsEveryChoice) {
  FakeResponder server;
  server.most_half_open = 1000;
  std::uint8_t number = 0;
  for (const auto authentication : all_authentications)
    for (const auto group : all_groups)
      for (const auto& suite : suites_of(group, authentication)) {
        server.accepts = {suite};
        const Cookie mine{++number, static_cast<std::uint8_t>(group),
                          static_cast<std::uint8_t>(authentication)};
        const auto reply = server.answer(main_mode_question(mine, suites_of(group, authentication)));
        ASSERT_TRUE(reply);
        const auto answer = read_ikev1_answer(*reply);
        ASSERT_TRUE(answer);
        EXPECT_EQ(answer->kind, Answer::Kind::chosen);
        EXPECT_EQ(answer->initiator, mine);
        EXPECT_EQ(answer->suite, suite);
      }
}

// What charon 5.9.8 and pluto 4.10 sent, seen on the wire.
TEST(Ikev1AnswerTest, ReadsARefusalWithAndWithoutSpi) {
  Bytes pluto{1, 2, 3, 4, 5, 6, 7, 8,  0, 0, 0, 0,  0, 0, 0, 0, 11, 0x10, 5, 0,
              0, 0, 0, 0, 0, 0, 0, 40, 0, 0, 0, 12, 0, 0, 0, 1, 1,  0,    0, 14};
  const auto answer = read_ikev1_answer(pluto);
  ASSERT_TRUE(answer);
  EXPECT_EQ(answer->kind, Answer::Kind::refused);
  EXPECT_EQ(answer->notification, no_proposal_chosen);
  EXPECT_EQ(answer->responder, Cookie{});
}

TEST(Ikev1AnswerTest, IsNoRefusalIfTheNotificationIsNoError) {
  Bytes status{1, 2, 3, 4, 5, 6, 7, 8,  0, 0, 0, 0,  0, 0, 0, 0, 11, 0x10, 5,    0,
               0, 0, 0, 0, 0, 0, 0, 40, 0, 0, 0, 12, 0, 0, 0, 1, 1,  0,    0x60, 2};
  EXPECT_EQ(read_ikev1_answer(status)->kind, Answer::Kind::other);
}

TEST(Ikev1AnswerTest, DoesNotKnowAChoiceOutsideOfTheRegistryThatWeAsk) {
  auto reply = main_mode_question(cookie, std::array{oldest});
  EXPECT_EQ(read_ikev1_answer(reply)->kind, Answer::Kind::other) << "a question is no answer";
  reply[8] = 1;  // the responder's cookie
  ASSERT_EQ(read_ikev1_answer(reply)->suite, oldest);
  constexpr std::size_t encryption_at = header_size + 4 + 8 + 8 + 8 + 3;
  reply[encryption_at] = 3;  // Blowfish
  const auto answer = read_ikev1_answer(reply);
  ASSERT_TRUE(answer);
  EXPECT_EQ(answer->kind, Answer::Kind::chosen);
  EXPECT_FALSE(answer->suite);
}

TEST(Ikev1AnswerTest, LeavesEncryptedPayloadsAlone) {
  auto reply = main_mode_question(cookie, std::array{oldest});
  reply[8] = 1;
  reply[19] = 1;
  EXPECT_EQ(read_ikev1_answer(reply)->kind, Answer::Kind::other);
}

// Every prefix, every byte with every bit flipped, and thousands of messages with several damages: no read
// beyond the end (the sanitizers see to that), no loop, and the exchange's name stays what it is.
TEST(Ikev1AnswerTest, SurvivesDamagedMessages) {
  FakeResponder server;
  server.accepts = {usual};
  server.vendor_ids = {Bytes(16, 1), Bytes(20, 2), Bytes(4, 3)};
  const auto whole = *server.answer(main_mode_question(cookie, std::array{usual}));
  for (std::size_t size = 0; size < whole.size(); ++size)
    EXPECT_FALSE(read_ikev1_answer(View{whole}.first(size))) << size;

  int well_formed = 0;
  for (std::size_t at = 0; at < whole.size(); ++at)
    for (int bit = 0; bit < 8; ++bit) {
      auto damaged = whole;
      damaged[at] = static_cast<std::uint8_t>(damaged[at] ^ 1 << bit);
      well_formed += read_ikev1_answer(damaged).has_value() ? 1 : 0;
    }
  EXPECT_GT(well_formed, 0);
  EXPECT_LT(well_formed, static_cast<int>(8 * whole.size()));

  std::mt19937 chance{11};
  for (int round = 0; round < 20'000; ++round) {
    auto damaged = whole;
    for (auto damages = chance() % 6 + 1; damages > 0; --damages)
      damaged[16 + chance() % (damaged.size() - 16)] = static_cast<std::uint8_t>(chance());
    if (chance() % 4 == 0) damaged.resize(chance() % damaged.size());
    const auto answer = read_ikev1_answer(damaged);
    EXPECT_TRUE(!answer || answer->initiator == cookie);
  }
}

TEST(MessageTest, RefusesMorePayloadsThanAnyMessageHas) {
  std::vector<OwnedPayload> payloads(65, {13, {}});
  const auto bytes = message({.version = 0x10}, payloads);
  EXPECT_FALSE(read_payloads(bytes, 13));
  payloads.pop_back();
  EXPECT_TRUE(read_payloads(message({.version = 0x10}, payloads), 13));
}

}  // namespace
}  // namespace l2tp::ike
