#include "core/charon_algorithms.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace l2tp {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;
using vici::Section;

Section plugins(std::initializer_list<const char*> names) {
  Section section;
  for (const auto* name : names) section.value(name, "openssl");
  return section;
}

// What strongSwan 5.9 of Debian 12 answers, without the names that no test needs.
Section answer(const char* group_type = "dh") {
  Section algorithms;
  algorithms
      .section("encryption", plugins({"AES_CBC", "AES_CTR", "CAMELLIA_CBC", "CAMELLIA_CTR", "CAST_CBC",
                                      "BLOWFISH_CBC", "3DES_CBC", "DES_CBC", "NULL"}))
      .section("integrity", plugins({"HMAC_MD5_96", "HMAC_SHA1_96", "HMAC_SHA1_160", "HMAC_SHA2_256_128",
                                     "HMAC_SHA2_384_192", "HMAC_SHA2_512_256", "AES_XCBC_96"}))
      .section("aead", plugins({"AES_GCM_8", "AES_GCM_12", "AES_GCM_16", "AES_CCM_8", "AES_CCM_16",
                                "CAMELLIA_CCM_8", "CHACHA20_POLY1305"}))
      .section("prf", plugins({"PRF_HMAC_MD5", "PRF_HMAC_SHA1", "PRF_HMAC_SHA2_256", "PRF_HMAC_SHA2_384",
                               "PRF_HMAC_SHA2_512", "PRF_AES128_XCBC"}))
      .section(group_type, plugins({"MODP_768", "MODP_1024", "MODP_1536", "MODP_2048", "MODP_3072",
                                    "MODP_4096", "MODP_2048_256", "MODP_1024_160", "ECP_256", "ECP_384",
                                    "ECP_521", "ECP_256_BP", "CURVE_25519", "CURVE_448"}));
  return algorithms;
}

std::vector<std::string> missing(const char* text, const Section& algorithms = answer()) {
  std::vector<std::string> words;
  const auto list = parse_proposals(text, Phase::one);
  if (!list) return {"refused: " + list.error()};
  for (const auto& proposal : list.value().proposals)
    for (auto& word : missing_in_charon(proposal, algorithms)) words.push_back(std::move(word));
  return words;
}

TEST(CharonAlgorithmsTest, EverythingThatIsOfferedByDefaultIsRecognised) {
  for (const auto& proposal : default_proposals(Phase::one))
    EXPECT_THAT(missing_in_charon(proposal, answer()), IsEmpty()) << strongswan_spelling(proposal);
}

TEST(CharonAlgorithmsTest, EveryFormOfNameIsRecognised) {
  for (const auto* text :
       {"des-md5-modp768", "cast128-sha1_160-modp1024s160", "blowfish256-sha512-modp2048s256",
        "camellia192-sha384-ecp256bp", "aes192ctr-sha256-curve25519", "aes128gcm8-prfsha1-ecp521",
        "camellia256ccm8-prfmd5-curve448", "chacha20poly1305-prfsha512-ecp384", "aes256-aesxcbc-modp4096",
        "aes128ccm16-prfaesxcbc-modp3072", "aes256-sha256-prfsha384-ecp256"})
    EXPECT_THAT(missing(text), IsEmpty()) << text;
}

TEST(CharonAlgorithmsTest, WhatCharonLacksIsNamedAsTheUserSpelledIt) {
  EXPECT_THAT(missing("twofish256-sha1-modp1024"), ElementsAre("twofish256"));
  EXPECT_THAT(missing("serpent128-aescmac-ecp224"), ElementsAre("serpent128", "aescmac", "ecp224"));
  EXPECT_THAT(missing("aes256ccm12-prfaescmac-modp2048"), ElementsAre("aes256ccm12", "prfaescmac"));
  EXPECT_THAT(missing("camellia128ccm16-prfsha256-modp6144"), ElementsAre("camellia128ccm16", "modp6144"));
  EXPECT_THAT(missing("aes256-sha256-modp2048s224"), ElementsAre("modp2048s224"));
}

TEST(CharonAlgorithmsTest, AnIntegrityAlgorithmWithoutItsPrfIsLacking) {
  Section algorithms;
  algorithms.section("prf", plugins({"PRF_HMAC_SHA1"}));
  EXPECT_THAT(missing("aes256-sha256-modp2048", algorithms), ElementsAre("sha256"));
  EXPECT_THAT(missing("aes256-sha256-prfsha1-modp2048", algorithms), IsEmpty());
}

// strongSwan 6 calls groups key exchanges.
TEST(CharonAlgorithmsTest, GroupsAreFoundUnderTheirNewNameToo) {
  EXPECT_THAT(missing("aes256-sha256-modp2048", answer("ke")), IsEmpty());
  EXPECT_THAT(missing("aes256-sha256-modp8192", answer("ke")), ElementsAre("modp8192"));
}

TEST(CharonAlgorithmsTest, OfWhatTheAnswerDoesNotSpeakNothingIsMissing) {
  EXPECT_THAT(missing("twofish256-aescmac-ecp224", {}), IsEmpty());
}

}  // namespace
}  // namespace l2tp
