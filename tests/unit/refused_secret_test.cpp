#include "core/refused_secret.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <map>
#include <set>
#include <string>

#include "core/settings.h"

namespace l2tp {
namespace {

TEST(RefusedSecretTest, EachLoginFailureHasItsSecretOrNone) {
  const std::map<std::string_view, std::string_view> expected{
      {"ipsec-authentication", "ipsec-psk"},
      {"ipsec-psk-wrong", "ipsec-psk"},
      {"ppp-login-refused", "password"},
      {"ppp-password-expired", "password"},
      {"ppp-account-disabled", ""},
      {"ppp-no-password", ""},
      {"ppp-no-dial-in", ""},
      {"ppp-restricted-hours", ""},
      {"credentials-passphrase", ""}};  // says itself which of the two
  std::set<std::string_view> seen;
  for (const auto& kind : failure_catalogue()) {
    const auto secret = refused_secret(failure(kind.id));
    const auto known = expected.find(kind.id);
    if (kind.reason != Reason::login_failed) {
      EXPECT_EQ(secret, "") << kind.id << " is no login failure";
    } else {
      ASSERT_NE(known, expected.end()) << kind.id << ": is it worth asking again?";
      EXPECT_EQ(secret, known->second) << kind.id;
      seen.insert(kind.id);
    }
  }
  EXPECT_EQ(seen.size(), expected.size());
}

TEST(RefusedSecretTest, AFailureMayNameTheSecretItself) {
  auto passphrase = failure("credentials-passphrase");
  passphrase.secret = "machine-certpass";
  EXPECT_EQ(refused_secret(passphrase), "machine-certpass");
}

}  // namespace
}  // namespace l2tp
