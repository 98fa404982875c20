#include "service/attempts.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace l2tp {
namespace {

using namespace std::chrono_literals;

Profile profile() {
  Profile profile;
  profile.secrets["password"] = Secret{"old password"};
  profile.secrets["ipsec-psk"] = Secret{"old key"};
  return profile;
}

Profile answer(const std::string& secret, const std::string& value) {
  Profile answer;
  answer.secrets[secret] = Secret{value};
  return answer;
}

std::string_view password(const Attempts& attempts) {
  return attempts.profile().secrets.at("password").view();
}

const Failure wrong_password = failure("ppp-login-refused");
const Failure wrong_key = failure("ipsec-psk-wrong");
const Failure unanswered = failure("ppp-unanswered");

TEST(AttemptsTest, TheRefusedSecretIsAskedFor) {
  Attempts attempts{profile(), true, 0s};
  EXPECT_EQ(attempts.ask_again(wrong_key), "ipsec-psk");
  EXPECT_EQ(attempts.ask_again(wrong_password), "password");
  EXPECT_EQ(attempts.questions(), 2);
}

TEST(AttemptsTest, NobodyIsAskedWhoIsNotThere) {
  Attempts attempts{profile(), false, 0s};
  EXPECT_EQ(attempts.ask_again(wrong_password), "");
}

TEST(AttemptsTest, WhatNoSecretMendsIsNoQuestion) {
  Attempts attempts{profile(), true, 0s};
  for (const auto* id : {"ipsec-silent", "ppp-account-disabled", "ppp-no-dial-in", "ppp-restricted-hours"})
    EXPECT_EQ(attempts.ask_again(failure(id)), "") << id;
  EXPECT_EQ(attempts.questions(), 0);
}

TEST(AttemptsTest, AKeyThatTheProfileDoesNotHoldIsNotAskedFor) {
  Profile with_certificate = profile();
  with_certificate.secrets.erase("ipsec-psk");
  Attempts attempts{std::move(with_certificate), true, 0s};
  EXPECT_EQ(attempts.ask_again(failure("ipsec-authentication")), "");
  EXPECT_EQ(attempts.questions(), 0);
}

TEST(AttemptsTest, AThirdQuestionIsTheLast) {
  Attempts attempts{profile(), true, 0s};
  for (const auto* word : {"1", "2", "3"}) {
    EXPECT_EQ(attempts.ask_again(wrong_password), "password");
    EXPECT_TRUE(attempts.take_answer(answer("password", word), 1s));
  }
  EXPECT_EQ(attempts.ask_again(wrong_password), "");
}

TEST(AttemptsTest, AnAnswerIsTakenAndTheOtherSecretsStay) {
  Attempts attempts{profile(), true, 0s};
  attempts.ask_again(wrong_key);
  EXPECT_TRUE(attempts.take_answer(answer("ipsec-psk", "new key"), 1s));
  EXPECT_EQ(attempts.profile().secrets.at("ipsec-psk").view(), "new key");
  EXPECT_EQ(password(attempts), "old password") << "NetworkManager may have forgotten it";
}

TEST(AttemptsTest, AnAnswerMayChangeOtherSecretsToo) {
  Attempts attempts{profile(), true, 0s};
  attempts.ask_again(wrong_key);
  auto both = answer("ipsec-psk", "new key");
  both.secrets["password"] = Secret{"new password"};
  EXPECT_TRUE(attempts.take_answer(both, 1s));
  EXPECT_EQ(password(attempts), "new password");
}

TEST(AttemptsTest, TheRefusedSecretIsNoAnswer) {
  Attempts attempts{profile(), true, 0s};
  attempts.ask_again(wrong_password);
  EXPECT_FALSE(attempts.take_answer(answer("password", "old password"), 1s));
  EXPECT_FALSE(attempts.take_answer(answer("password", ""), 1s));
  EXPECT_FALSE(attempts.take_answer(answer("ipsec-psk", "new key"), 1s)) << "that was not the question";
}

TEST(AttemptsTest, AnOldKeyAmongTheDataIsNoAnswerEither) {
  auto old = profile();
  old.secrets.erase("ipsec-psk");
  old.data["ipsec-psk"] = "old key";
  Attempts attempts{std::move(old), true, 0s};
  attempts.ask_again(wrong_key);
  EXPECT_FALSE(attempts.take_answer(answer("ipsec-psk", "old key"), 1s));
  EXPECT_TRUE(attempts.take_answer(answer("ipsec-psk", "new key"), 1s));
}

TEST(AttemptsTest, AnUnansweredPppIsTriedOnceFromAnotherPort) {
  Attempts attempts{profile(), false, 0s};
  EXPECT_FALSE(attempts.try_another_port(wrong_password, 0s, 1s));
  EXPECT_TRUE(attempts.try_another_port(unanswered, 0s, 10s));
  EXPECT_EQ(attempts.profile().data.at("ephemeral-port"), "yes");
  EXPECT_FALSE(attempts.try_another_port(unanswered, 0s, 20s));
}

TEST(AttemptsTest, TooLateThereIsNoOtherPortUnlessAnAnswerCameSince) {
  Attempts attempts{profile(), true, 0s};
  EXPECT_FALSE(attempts.try_another_port(unanswered, 0s, 26s));
  attempts.ask_again(wrong_password);
  EXPECT_TRUE(attempts.take_answer(answer("password", "new password"), 60s));
  EXPECT_TRUE(attempts.try_another_port(unanswered, 0s, 70s));
}

TEST(AttemptsTest, TheOtherPortHasWhatTheFirstLeftOfTheTimeout) {
  Attempts attempts{profile(), true, 100s};
  EXPECT_EQ(attempts.left_of(30s, 110s), 20s);
  EXPECT_EQ(attempts.left_of(0s, 110s), 0s) << "nothing said";
  EXPECT_FALSE(attempts.try_another_port(unanswered, 12s, 110s)) << "2 s are none";
  EXPECT_TRUE(attempts.try_another_port(unanswered, 13s, 110s));
  attempts.ask_again(wrong_password);
  EXPECT_TRUE(attempts.take_answer(answer("password", "new password"), 160s));
  EXPECT_EQ(attempts.left_of(30s, 160s), 30s);
}

}  // namespace
}  // namespace l2tp
