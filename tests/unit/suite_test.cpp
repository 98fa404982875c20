#include "core/ike/suite.h"

#include <gtest/gtest.h>

#include <set>

namespace l2tp::ike {
namespace {

constexpr auto psk = Authentication::psk;

TEST(SuiteTest, IsSpeltSoThatAProfileTakesIt) {
  std::set<std::string> spellings;
  for (const auto group : all_groups)
    for (const auto& suite : suites_of(group, psk)) {
      const auto spelling = strongswan_spelling(proposal_of(suite));
      const auto list = parse_proposals(spelling, Phase::one);
      ASSERT_TRUE(list) << spelling;
      EXPECT_EQ(list.value().proposals, std::vector{proposal_of(suite)});
      spellings.insert(spelling);
    }
  EXPECT_EQ(spellings.size(), 180u);
}

TEST(SuiteTest, IsAsStrongAsItsWeakestPart) {
  const Suite strong{Encryption::aes256, Hash::sha384, Group::ecp384, psk};
  const Suite usual{Encryption::aes256, Hash::sha256, Group::modp2048, psk};
  const Suite weak_group{Encryption::aes256, Hash::sha512, Group::modp1024, psk};
  const Suite weak_hash{Encryption::aes128, Hash::sha1, Group::modp2048, psk};
  const Suite oldest{Encryption::triple_des, Hash::md5, Group::modp768, psk};
  EXPECT_TRUE(is_stronger(strong, usual));
  EXPECT_TRUE(is_stronger(usual, weak_group));
  EXPECT_TRUE(is_stronger(usual, weak_hash));
  EXPECT_TRUE(is_stronger(weak_group, oldest));
  EXPECT_FALSE(is_stronger(usual, usual));
}

TEST(SuiteTest, StandsInItsGroupBehindStrongerOnes) {
  const auto suites = suites_of(Group::modp2048, psk);
  EXPECT_EQ(suites.front(), (Suite{Encryption::aes256, Hash::sha512, Group::modp2048, psk}));
  EXPECT_EQ(suites.back(), (Suite{Encryption::triple_des, Hash::md5, Group::modp2048, psk}));
}

}  // namespace
}  // namespace l2tp::ike
