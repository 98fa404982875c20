#include "core/proposal.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <map>
#include <random>

namespace l2tp {
namespace {

using testing::AllOf;
using testing::Contains;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::SizeIs;

std::vector<std::string> spellings(const std::vector<Proposal>& proposals) {
  std::vector<std::string> result;
  for (const Proposal& proposal : proposals) result.push_back(strongswan_spelling(proposal));
  return result;
}

// What a string becomes, in strongSwan's spelling; a refusal shows as its reason.
std::vector<std::string> read(std::string_view text, Phase phase) {
  const auto list = parse_proposals(text, phase);
  if (!list) return {"refused: " + list.error()};
  return spellings(list.value().proposals);
}

std::vector<std::string> phase1(std::string_view text) {
  return read(text, Phase::one);
}
std::vector<std::string> phase2(std::string_view text) {
  return read(text, Phase::two);
}

std::string refusal(std::string_view text, Phase phase) {
  const auto list = parse_proposals(text, phase);
  return list ? "accepted" : list.error();
}

TEST(ProposalTest, AStrongswanStringStaysWhatItIs) {
  EXPECT_THAT(phase1("aes256-sha256-modp2048,3des-sha1-modp1024"),
              ElementsAre("aes256-sha256-modp2048", "3des-sha1-modp1024"));
  EXPECT_THAT(phase2("aes256gcm16,aes128-sha1-ecp384"), ElementsAre("aes256gcm16", "aes128-sha1-ecp384"));
}

TEST(ProposalTest, EachPartIsKnownForWhatItIs) {
  const auto list = parse_proposals("aes256-sha1-prfsha256-modp2048", Phase::one);
  ASSERT_TRUE(list);
  EXPECT_THAT(list.value().proposals, ElementsAre(Proposal{"aes256", "sha1", "prfsha256", "modp2048"}));
}

TEST(ProposalTest, ALibreswanStringIsTranslated) {
  EXPECT_THAT(phase1("AES_CBC_256-HMAC_SHA2_256-MODP2048"), ElementsAre("aes256-sha256-modp2048"));
  EXPECT_THAT(phase1("aes256-sha2_256;modp2048"), ElementsAre("aes256-sha256-modp2048"));
  EXPECT_THAT(phase1("aes-sha1;dh2"), ElementsAre("aes128-sha1-modp1024"));
  EXPECT_THAT(phase1("aes256-sha1-ecp_384"), ElementsAre("aes256-sha1-ecp384"));
  EXPECT_THAT(phase2("aes_gcm256-null"), ElementsAre("aes256gcm16"));
  EXPECT_THAT(phase2("aes_gcm_c_256-none"), ElementsAre("aes256gcm16"));
  EXPECT_THAT(phase2("chacha20_poly1305"), ElementsAre("chacha20poly1305"));
}

TEST(ProposalTest, EverySpellingOfACipherIsOneCipher) {
  const std::map<std::string, std::vector<std::string>> ciphers{
      {"aes128", {"aes", "aes128", "AES128", "aes_cbc", "aes-128", "aes_128", "aes-cbc-128", "aes128cbc"}},
      {"aes256", {"aes256", "aes_256", "aes-256", "aes_cbc256", "aes-cbc-256"}},
      {"aes192ctr", {"aes192ctr", "aes_ctr192", "aes_ctr_192", "aes-ctr-192"}},
      {"aes128gcm16",
       {"aes128gcm16", "aes128gcm", "aes128gcm128", "aes_gcm", "aes-gcm", "aes_gcm128", "aes_gcm_c",
        "aes_gcm_16", "aes_gcm_16_128"}},
      {"aes256gcm16",
       {"aes256gcm16", "aes256gcm", "aes256gcm128", "aes_gcm256", "aes-gcm-256", "aes_gcm_16_256"}},
      {"aes256gcm12", {"aes256gcm12", "aes256gcm96", "aes_gcm_b_256", "aes_gcm_12_256"}},
      {"aes256gcm8", {"aes256gcm8", "aes256gcm64", "aes_gcm_a_256"}},
      {"aes256ccm16", {"aes256ccm", "aes_ccm256", "aes_ccm_c_256"}},
      {"aes128gmac", {"aes128gmac", "aes_gmac", "null_auth_aes_gmac"}},
      {"camellia256", {"camellia256", "camellia_cbc_256"}},
      {"camellia128ccm8", {"camellia128ccm8", "camellia128ccm64"}},
      {"3des", {"3des", "3DES", "3des_cbc"}},
      {"des", {"des"}},
      {"null", {"null"}},
      {"serpent256", {"serpent256"}},
      {"twofish128", {"twofish"}},
      {"blowfish128", {"blowfish"}},
      {"cast128", {"cast128"}},
  };
  for (const auto& [cipher, words] : ciphers) {
    for (const std::string& word : words) {
      const auto list = parse_proposals(word + "-sha1", Phase::two);
      ASSERT_TRUE(list) << word << ": " << list.error();
      EXPECT_THAT(list.value().proposals, ElementsAre(testing::Field(&Proposal::encryption, cipher))) << word;
    }
  }
}

TEST(ProposalTest, EverySpellingOfAnIntegrityAlgorithmIsOneAlgorithm) {
  const std::map<std::string, std::vector<std::string>> algorithms{
      {"md5", {"md5", "MD5", "hmac_md5"}},
      {"sha1", {"sha", "sha1", "SHA1", "hmac_sha1", "sha-1"}},
      {"sha256", {"sha2", "sha256", "sha2_256", "SHA2_256", "sha2-256", "hmac_sha2_256", "sha2_256_128"}},
      {"sha384", {"sha384", "sha2_384"}},
      {"sha512", {"sha512", "sha2_512"}},
      {"sha256_96", {"sha256_96", "sha2_256_96", "sha2_256_truncbug"}},
      {"sha1_160", {"sha1_160"}},
      {"md5_128", {"md5_128"}},
      {"aesxcbc", {"aesxcbc", "aes_xcbc", "aes_xcbc_96"}},
      {"aescmac", {"aescmac", "aes_cmac"}},
      {"camelliaxcbc", {"camelliaxcbc"}},
  };
  for (const auto& [algorithm, words] : algorithms) {
    for (const std::string& word : words)
      EXPECT_THAT(phase2("aes256-" + word), ElementsAre("aes256-" + algorithm)) << word;
  }
}

TEST(ProposalTest, EverySpellingOfAGroupIsOneGroup) {
  const std::map<std::string, std::vector<std::string>> groups{
      {"modp768", {"modp768", "dh1"}},
      {"modp1024", {"modp1024", "MODP_1024", "dh2", "DH2", "dh_2"}},
      {"modp1536", {"modp1536", "dh5"}},
      {"modp2048", {"modp2048", "dh14"}},
      {"modp3072", {"modp3072", "dh15"}},
      {"modp4096", {"modp4096", "dh16"}},
      {"modp6144", {"modp6144", "dh17"}},
      {"modp8192", {"modp8192", "dh18"}},
      {"ecp256", {"ecp256", "ecp_256", "dh19"}},
      {"ecp384", {"ecp384", "ecp_384", "dh20"}},
      {"ecp521", {"ecp521", "ecp_521", "dh21"}},
      {"modp1024s160", {"modp1024s160", "dh22"}},
      {"modp2048s224", {"modp2048s224", "dh23"}},
      {"modp2048s256", {"modp2048s256", "dh24"}},
      {"ecp192", {"ecp192", "dh25"}},
      {"ecp224", {"ecp224", "dh26"}},
      {"ecp224bp", {"ecp224bp", "dh27"}},
      {"ecp256bp", {"ecp256bp", "dh28"}},
      {"ecp384bp", {"ecp384bp", "dh29"}},
      {"ecp512bp", {"ecp512bp", "dh30"}},
      {"curve25519", {"curve25519", "x25519", "dh31"}},
      {"curve448", {"curve448", "x448", "dh32"}},
  };
  for (const auto& [group, words] : groups) {
    for (const std::string& word : words) {
      EXPECT_THAT(phase1("aes256-sha1-" + word), ElementsAre("aes256-sha1-" + group)) << word;
      EXPECT_THAT(phase2("aes256-sha1-" + word), ElementsAre("aes256-sha1-" + group)) << word;
    }
  }
}

TEST(ProposalTest, SpacesAroundCommasAndACommaTooManyDoNoHarm) {
  EXPECT_THAT(phase2("  aes256-sha1 , aes128-sha1,  "), ElementsAre("aes256-sha1", "aes128-sha1"));
}

TEST(ProposalTest, ARepeatedProposalIsHeldOnce) {
  EXPECT_THAT(phase2("aes256-sha1,AES256-SHA"), ElementsAre("aes256-sha1"));
}

TEST(ProposalTest, AnExclamationMarkAtTheEndMakesTheListStrict) {
  EXPECT_FALSE(parse_proposals("aes256-sha1", Phase::two).value().strict);
  for (const std::string text : {"aes256-sha1!", "aes256-sha1 !", " aes256-sha1 ! "}) {
    const auto list = parse_proposals(text, Phase::two);
    ASSERT_TRUE(list) << text;
    EXPECT_TRUE(list.value().strict) << text;
    EXPECT_THAT(spellings(list.value().proposals), ElementsAre("aes256-sha1")) << text;
  }
}

TEST(ProposalTest, AnExclamationMarkElsewhereIsRefused) {
  for (const std::string text : {"!aes256-sha1", "aes256!-sha1", "aes256-sha1!,aes128-sha1", "aes256-sha1!!"})
    EXPECT_EQ(refusal(text, Phase::two), "'!' may stand at the very end only") << text;
}

TEST(ProposalTest, AlternativesBecomeProposalsOfTheirOwn) {
  EXPECT_THAT(phase2("aes256+aes128-sha2_256+sha1"),
              ElementsAre("aes256-sha256", "aes256-sha1", "aes128-sha256", "aes128-sha1"));
  EXPECT_THAT(phase1("aes256-aes128-sha256-modp2048-ecp384"),
              ElementsAre("aes256-sha256-modp2048", "aes256-sha256-ecp384", "aes128-sha256-modp2048",
                          "aes128-sha256-ecp384"));
  EXPECT_THAT(phase2("aes256gcm16+aes256-sha256"), ElementsAre("aes256gcm16", "aes256-sha256"));
}

TEST(ProposalTest, AlternativesMayNotMultiplyWithoutEnd) {
  std::string text = "aes";
  for (int count = 0; count < 20; ++count) text += "+aes";
  for (int count = 0; count < 20; ++count) text += "-sha1";
  EXPECT_THAT(refusal(text, Phase::two), HasSubstr("stands for more than 255 proposals"));

  std::string list;
  for (const std::string cipher : {"aes128", "aes192", "aes256", "3des", "camellia128", "camellia256"}) {
    for (const std::string hash : {"sha1", "md5", "sha256", "sha384", "sha512"})
      list +=
          cipher + "-" + hash + "-modp2048-modp1024-modp1536-modp3072-modp4096-modp768-ecp256-ecp384-ecp521,";
  }
  EXPECT_EQ(refusal(list, Phase::one), "the list stands for more than 255 proposals");
}

TEST(ProposalTest, Phase1WithoutAGroupGetsLibreswansDefaultGroups) {
  EXPECT_THAT(phase1("aes256-sha2_256"), ElementsAre("aes256-sha256-modp2048", "aes256-sha256-modp1536"));
}

TEST(ProposalTest, Phase2WithoutAGroupHasNoPfs) {
  EXPECT_THAT(phase2("aes256-sha1"), ElementsAre("aes256-sha1"));
  EXPECT_THAT(phase2("aes256-sha1-none"), ElementsAre("aes256-sha1"));
  EXPECT_THAT(phase2("aes256-sha1-modp2048-none"), ElementsAre("aes256-sha1-modp2048", "aes256-sha1"));
  EXPECT_THAT(phase2("aes256-sha1-modpnone"), ElementsAre("aes256-sha1"));
  EXPECT_THAT(phase2("aes256-sha1;dh0"), ElementsAre("aes256-sha1"));
}

TEST(ProposalTest, ExtendedSequenceNumbersAreLeftToTheDaemon) {
  EXPECT_THAT(phase2("aes256-sha256-esn,aes128-sha256-noesn"), ElementsAre("aes256-sha256", "aes128-sha256"));
  EXPECT_EQ(refusal("aes256-sha256-modp2048-esn", Phase::one), "'esn' has no place in phase 1");
}

TEST(ProposalTest, AnAeadCipherInPhase1NeedsAPrf) {
  EXPECT_THAT(phase1("aes256gcm16-prfsha384-ecp384"), ElementsAre("aes256gcm16-prfsha384-ecp384"));
  EXPECT_THAT(phase1("aes256gcm16-prfsha2_384-ecp384"), ElementsAre("aes256gcm16-prfsha384-ecp384"));
  EXPECT_THAT(phase1("aes_gcm256-sha2_256;dh14"), ElementsAre("aes256gcm16-prfsha256-modp2048"));
  EXPECT_THAT(phase1("aes_gcm256-none-sha2_512-dh14"), ElementsAre("aes256gcm16-prfsha512-modp2048"));
  EXPECT_EQ(refusal("aes256gcm16-modp2048", Phase::one),
            "'aes256gcm16-modp2048' names no PRF, such as 'prfsha256'");
}

TEST(ProposalTest, AnAeadCipherInPhase2DropsAnIntegrityAlgorithm) {
  EXPECT_THAT(phase2("aes256gcm16-sha256"), ElementsAre("aes256gcm16"));
}

TEST(ProposalTest, AnUnknownWordIsNamedWithTheNearestKnownOne) {
  EXPECT_EQ(refusal("aes256-sha256-modp999", Phase::one),
            "'modp999' is not a known group (did you mean 'modp2048'?)");
  EXPECT_EQ(refusal("aes256-sha256-modp2408", Phase::one),
            "'modp2408' is not a known group (did you mean 'modp2048'?)");
  EXPECT_EQ(refusal("aes265-sha1", Phase::two),
            "'aes265' is not a known encryption algorithm (did you mean 'aes256'?)");
  EXPECT_EQ(refusal("aes256-hsa256", Phase::two),
            "'hsa256' is not a known integrity algorithm (did you mean 'sha256'?)");
  EXPECT_EQ(refusal("aes256gcm16-prfsha25-ecp384", Phase::one),
            "'prfsha25' is not a known PRF (did you mean 'prfsha256'?)");
  EXPECT_EQ(refusal("rot13-sha1", Phase::two), "'rot13' is not a known algorithm");
}

TEST(ProposalTest, AWordOfTheOtherPhaseIsNamed) {
  EXPECT_EQ(refusal("null-sha1-modp1024", Phase::one), "'null' has no place in phase 1");
  EXPECT_EQ(refusal("aes256-sha1-none", Phase::one), "'none' has no place in phase 1");
  EXPECT_EQ(refusal("aes256-sha1-modpnone", Phase::one), "'modpnone' has no place in phase 1");
  EXPECT_EQ(refusal("aes256-prfsha1", Phase::two), "'prfsha1' has no place in phase 2");
}

TEST(ProposalTest, AMissingPartIsNamed) {
  EXPECT_EQ(refusal("sha1-modp1024", Phase::one),
            "'sha1-modp1024' names no encryption algorithm, such as 'aes256'");
  EXPECT_EQ(refusal("aes256-modp1024", Phase::one),
            "'aes256-modp1024' names no integrity algorithm, such as 'sha256'");
  EXPECT_EQ(refusal("aes256", Phase::two), "'aes256' names no integrity algorithm, such as 'sha256'");
  EXPECT_EQ(refusal("aes256-none", Phase::two),
            "'aes256-none' names no integrity algorithm, such as 'sha256'");
  EXPECT_EQ(refusal("aes256gcm16+aes256", Phase::two),
            "'aes256gcm16+aes256' names no integrity algorithm, such as 'sha256'");
  for (const std::string text : {"", " ", "!", " ! ", ",", ", ,!"})
    EXPECT_EQ(refusal(text, Phase::one), "it names no algorithm") << text;
  for (const std::string text : {"aes256--sha1", "-aes256", "aes256-", "aes256+-sha1", "aes256;"})
    EXPECT_EQ(refusal(text, Phase::two), "'" + text + "' lacks a word before or after a '-', '+' or ';'");
}

TEST(ProposalTest, WhatIsQuotedIsSafeToShow) {
  EXPECT_EQ(refusal("a\n\x1b[31m\x7f\xff-sha1", Phase::two),
            "'a\\x0a\\x1b[31m\\x7f\\xff' is not a known algorithm");
  EXPECT_EQ(refusal(std::string(300, 'q') + "-sha1", Phase::two),
            "'" + std::string(64, 'q') + "...' is not a known algorithm");
}

TEST(ProposalTest, RandomBytesAreReadOrRefusedButNeverCrash) {
  std::mt19937 random(2);
  const std::vector<std::string> pieces{"aes", "256", "-",   "-",    "+",    ";",    ",",    "!",    " ",
                                        "gcm", "_",   "16",  "sha1", "sha2", "modp", "2048", "none", "null",
                                        "dh",  "14",  "prf", "\n",   "3des", "esn",  "\xc3"};
  for (int round = 0; round < 5000; ++round) {
    std::string text;
    for (auto count = random() % 12; count > 0; --count)
      text +=
          random() % 8 == 0 ? std::string(1, static_cast<char>(random())) : pieces[random() % pieces.size()];
    for (const Phase phase : {Phase::one, Phase::two}) {
      const auto list = parse_proposals(text, phase);
      if (!list) {
        EXPECT_FALSE(list.error().empty());
        EXPECT_EQ(list.error().find('\n'), std::string::npos);
        continue;
      }
      // What was read is read again as the same, unless it is the other phase's.
      for (const Proposal& proposal : list.value().proposals)
        EXPECT_THAT(read(strongswan_spelling(proposal), phase), ElementsAre(strongswan_spelling(proposal)))
            << text;
    }
  }
}

TEST(DefaultProposalsTest, TheFirstIsStrongAndTheLastIsWhatOldServersTake) {
  for (const Phase phase : {Phase::one, Phase::two}) {
    EXPECT_FALSE(is_weak(default_proposals(phase).front()));
    EXPECT_TRUE(is_weak(default_proposals(phase).back()));
  }
  EXPECT_EQ(strongswan_spelling(default_proposals(Phase::one).back()), "3des-sha1-modp1024");
  EXPECT_EQ(strongswan_spelling(default_proposals(Phase::two).back()), "3des-sha1");
}

TEST(DefaultProposalsTest, EverythingThatNetworkManagerL2tpOfferedIsStillOffered) {
  for (const std::string offered :
       {"aes256-sha256-modp2048", "aes256-sha256-modp1536", "aes256-sha256-modp1024", "aes256-sha1-modp2048",
        "aes256-sha1-modp1536", "aes256-sha1-modp1024", "aes256-sha1-ecp384", "aes128-sha1-modp1024",
        "aes128-sha1-ecp256", "3des-sha1-modp2048", "3des-sha1-modp1024"})
    EXPECT_THAT(spellings(default_proposals(Phase::one)), Contains(offered));
  EXPECT_THAT(spellings(default_proposals(Phase::two)),
              AllOf(Contains("aes256-sha1"), Contains("aes128-sha1"), Contains("3des-sha1")));
}

TEST(DefaultProposalsTest, Phase1HasNoAeadCipherBecauseIkev1HasNone) {
  for (const Proposal& proposal : default_proposals(Phase::one)) EXPECT_FALSE(proposal.integrity.empty());
}

TEST(DefaultProposalsTest, Phase2AsksForNoPfs) {
  for (const Proposal& proposal : default_proposals(Phase::two)) EXPECT_THAT(proposal.group, IsEmpty());
}

TEST(EffectiveProposalsTest, AListIsOfferedBeforeTheDefaults) {
  const auto list = parse_proposals("camellia256-sha512-modp4096", Phase::one);
  ASSERT_TRUE(list);
  const auto offered = effective_proposals(list.value(), Phase::one);
  EXPECT_EQ(strongswan_spelling(offered.front()), "camellia256-sha512-modp4096");
  EXPECT_THAT(offered, SizeIs(1 + default_proposals(Phase::one).size()));
}

TEST(EffectiveProposalsTest, ADefaultThatTheListHoldsIsNotOfferedTwice) {
  const auto list = parse_proposals("3des-sha1", Phase::two);
  ASSERT_TRUE(list);
  const auto offered = effective_proposals(list.value(), Phase::two);
  EXPECT_EQ(strongswan_spelling(offered.front()), "3des-sha1");
  EXPECT_THAT(offered, SizeIs(default_proposals(Phase::two).size()));
}

TEST(EffectiveProposalsTest, AStrictListIsOfferedAlone) {
  const auto list = parse_proposals("3des-sha1!", Phase::two);
  ASSERT_TRUE(list);
  EXPECT_THAT(spellings(effective_proposals(list.value(), Phase::two)), ElementsAre("3des-sha1"));
}

TEST(WeakProposalTest, OneWeakPartIsEnough) {
  for (const std::string text :
       {"3des-sha256-modp2048", "des-sha256-modp2048", "aes256-sha1-modp2048", "aes256-md5-modp2048",
        "aes256-sha256-modp1536", "aes256-sha256-modp1024", "aes256-sha256-modp768",
        "aes256-sha256-modp1024s160", "aes256-sha256-ecp192", "aes256-sha256-prfsha1-modp2048",
        "blowfish-sha256-modp2048"})
    EXPECT_TRUE(is_weak(parse_proposals(text, Phase::one).value().proposals.front())) << text;
  for (const std::string text : {"null-sha256", "aes256gmac"})
    EXPECT_TRUE(is_weak(parse_proposals(text, Phase::two).value().proposals.front())) << text;
}

TEST(WeakProposalTest, ModernSuitesAreNotWeak) {
  for (const std::string text : {"aes256-sha256-modp2048", "aes128-sha256-ecp256",
                                 "aes256gcm16-prfsha384-ecp384", "chacha20poly1305-prfsha256-x25519"})
    EXPECT_FALSE(is_weak(parse_proposals(text, Phase::one).value().proposals.front())) << text;
  EXPECT_FALSE(is_weak(parse_proposals("aes256gcm16", Phase::two).value().proposals.front()));
}

// --- Libreswan's spelling; tests/lab asks its own parser

std::string libreswan(const char* text, Phase phase) {
  return libreswan_spelling(parse_proposals(text, phase).value().proposals.front(), phase);
}

TEST(LibreswanSpellingTest, HashesAndGroupsHaveNamesThatAllVersionsKnow) {
  EXPECT_EQ(libreswan("aes256-sha256-modp2048", Phase::one), "aes256-sha2_256-modp2048");
  EXPECT_EQ(libreswan("aes192-sha384-ecp384", Phase::one), "aes192-sha2_384-dh20");
  EXPECT_EQ(libreswan("aes128-sha512-curve25519", Phase::one), "aes128-sha2_512-dh31");
  EXPECT_EQ(libreswan("3des-sha1-modp1024", Phase::one), "3des-sha1-modp1024");
  EXPECT_EQ(libreswan("3des-md5", Phase::two), "3des-md5");
}

TEST(LibreswanSpellingTest, TheModeStandsBeforeTheBitsOfTheKey) {
  EXPECT_EQ(libreswan("aes256gcm16", Phase::two), "aes_gcm_c_256");
  EXPECT_EQ(libreswan("aes128gcm8", Phase::two), "aes_gcm_a_128");
  EXPECT_EQ(libreswan("aes192ccm12", Phase::two), "aes_ccm_b_192");
  EXPECT_EQ(libreswan("aes256ctr-sha1", Phase::two), "aes_ctr_256-sha1");
  EXPECT_EQ(libreswan("aes128gmac", Phase::two), "aes_gmac_128");
  EXPECT_EQ(libreswan("chacha20poly1305", Phase::two), "chacha20_poly1305");
  EXPECT_EQ(libreswan("null-sha1", Phase::two), "null-sha1");
}

TEST(LibreswanSpellingTest, OnlyAnAeadCipherHasAPrfOfItsOwn) {
  EXPECT_EQ(libreswan("aes256gcm16-prfsha256-modp2048", Phase::one), "aes_gcm_c_256-sha2_256-modp2048");
  EXPECT_EQ(libreswan("aes256-sha256-prfsha256-modp2048", Phase::one), "aes256-sha2_256-modp2048");
}

TEST(LibreswanSpellingTest, WhatItSaysIsReadAsTheSameProposal) {
  for (const auto phase : {Phase::one, Phase::two})
    for (const auto& proposal : default_proposals(phase)) {
      const auto text = libreswan_spelling(proposal, phase);
      const auto read = parse_proposals(text, phase);
      ASSERT_TRUE(read) << text;
      EXPECT_EQ(read.value().proposals.front(), proposal) << text;
    }
}

}  // namespace
}  // namespace l2tp
