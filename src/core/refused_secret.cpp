#include "core/refused_secret.h"

#include <algorithm>
#include <array>

namespace l2tp {

namespace {

struct Refutation {
  std::string_view failure;
  std::string_view secret;
};

// Not here: an account that is disabled, may not dial in, or not now. No password changes that.
// "credentials-passphrase" is of two secrets, and says itself of which.
constexpr std::array refutations{
    Refutation{"ipsec-authentication", "ipsec-psk"},
    Refutation{"ipsec-psk-wrong", "ipsec-psk"},
    Refutation{"ppp-login-refused", "password"},
    Refutation{"ppp-password-expired", "password"},
};

}  // namespace

std::string_view refused_secret(const Failure& failure) {
  if (!failure.secret.empty()) return failure.secret;
  const auto* refusal =
      std::find_if(refutations.begin(), refutations.end(),
                   [&failure](const Refutation& one) { return one.failure == failure.kind->id; });
  return refusal == refutations.end() ? std::string_view{} : refusal->secret;
}

}  // namespace l2tp
