#include "core/ike_attempt.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <memory>

namespace l2tp {
namespace {

using testing::Contains;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::Not;

using Lines = std::vector<std::string>;

// What charon says up to the moment at which the server has taken our proposal and our half of the keys.
const Lines main_mode{"initiating Main Mode IKE_SA nm-l2tp-1[1] to 198.51.100.1",
                      "generating ID_PROT request 0 [ SA V V V V V ]",
                      "sending packet: from 192.0.2.2[500] to 198.51.100.1[500] (712 bytes)",
                      "received packet: from 198.51.100.1[500] to 192.0.2.2[500] (160 bytes)",
                      "parsed ID_PROT response 0 [ SA V V V V ]",
                      "received NAT-T (RFC 3947) vendor ID",
                      "selected proposal: IKE:AES_CBC_256/HMAC_SHA2_256_128/PRF_HMAC_SHA2_256/MODP_2048",
                      "generating ID_PROT request 0 [ KE No NAT-D NAT-D ]",
                      "sending packet: from 192.0.2.2[500] to 198.51.100.1[500] (396 bytes)",
                      "received packet: from 198.51.100.1[500] to 192.0.2.2[500] (396 bytes)",
                      "parsed ID_PROT response 0 [ KE No NAT-D NAT-D ]",
                      "no shared key found for '192.0.2.2'[192.0.2.2] - '%any'[198.51.100.1]"};
const Lines authentication{"generating ID_PROT request 0 [ ID HASH ]",
                           "sending packet: from 192.0.2.2[500] to 198.51.100.1[500] (92 bytes)"};
const Lines phase_2{
    "parsed ID_PROT response 0 [ ID HASH ]",
    "IKE_SA nm-l2tp-1[1] established between 192.0.2.2[192.0.2.2]...198.51.100.1[198.51.100.1]",
    "generating QUICK_MODE request 3901905104 [ HASH SA No ID ID ]",
    "sending packet: from 192.0.2.2[500] to 198.51.100.1[500] (188 bytes)"};

IkeOffer offer() {
  IkeOffer offer;
  offer.phase1 = {"aes256-sha256-modp2048", "3des-sha1-modp1024"};
  offer.phase2 = {"aes192-sha1"};
  return offer;
}
IkeOffer with_certificates() {
  auto offer = l2tp::offer();
  offer.certificates = true;
  return offer;
}
IkeOffer with_ikev2() {
  auto offer = l2tp::offer();
  offer.ikev2 = true;
  return offer;
}

class IkeAttemptTest : public testing::Test {
 protected:
  void charon(const IkeOffer& what, std::initializer_list<Lines> parts) {
    attempt_ = std::make_unique<CharonAttempt>(what);
    take(parts);
  }
  void pluto(const IkeOffer& what, std::initializer_list<Lines> parts) {
    attempt_ = std::make_unique<PlutoAttempt>(what);
    take(parts);
  }
  void take(std::initializer_list<Lines> parts) {
    for (const auto& part : parts)
      for (const auto& line : part) attempt_->take(line);
  }
  std::string told() { return attempt_->told() ? std::string{attempt_->told()->kind->id} : "none"; }
  std::string detail() { return attempt_->told() ? attempt_->told()->detail : ""; }
  std::string silence(bool answers_on_4500 = false) {
    return std::string{attempt_->unanswered(answers_on_4500, "18 s").kind->id};
  }

  std::unique_ptr<IkeAttempt> attempt_;
};

TEST_F(IkeAttemptTest, ARefusedProposalNamesWhatWasOffered) {
  charon(offer(), {{"generating ID_PROT request 0 [ SA V V V V V ]",
                    "parsed INFORMATIONAL_V1 request 2237299575 [ N(NO_PROP) ]",
                    "received NO_PROPOSAL_CHOSEN error notify"}});
  EXPECT_EQ(told(), "ipsec-no-proposal");
  EXPECT_EQ(detail(), "it answered NO_PROPOSAL_CHOSEN to aes256-sha256-modp2048, 3des-sha1-modp1024");
}

TEST_F(IkeAttemptTest, TheSameWordInPhaseTwoIsOfPhaseTwo) {
  charon(offer(), {main_mode,
                   authentication,
                   phase_2,
                   {"parsed INFORMATIONAL_V1 request 3790310676 [ HASH N(NO_PROP) ]",
                    "received NO_PROPOSAL_CHOSEN error notify"}});
  EXPECT_EQ(told(), "ipsec-no-esp-proposal");
  EXPECT_EQ(detail(), "it answered NO_PROPOSAL_CHOSEN to aes192-sha1");
}

TEST_F(IkeAttemptTest, AProfileThatForcesPfsIsToldSo) {
  auto forced = offer();
  forced.pfs = true;
  charon(forced, {main_mode, authentication, phase_2, {"received NO_PROPOSAL_CHOSEN error notify"}});
  EXPECT_THAT(detail(), HasSubstr("the profile demands perfect forward secrecy"));
}

TEST_F(IkeAttemptTest, InIkev2PhaseTwoIsRefusedTogetherWithTheAuthentication) {
  charon(with_ikev2(), {{"generating IKE_AUTH request 1 [ IDi AUTH N(USE_TRANSP) SA TSi TSr N(MULT_AUTH) ]",
                         "parsed IKE_AUTH response 1 [ IDr AUTH N(NO_PROP) ]",
                         "received NO_PROPOSAL_CHOSEN notify, no CHILD_SA built"}});
  EXPECT_EQ(told(), "ipsec-no-esp-proposal");
  charon(with_ikev2(), {{"generating IKE_AUTH request 1 [ IDi AUTH N(USE_TRANSP) SA TSi TSr N(MULT_AUTH) ]",
                         "received TS_UNACCEPTABLE notify, no CHILD_SA built"}});
  EXPECT_EQ(told(), "ipsec-selectors-refused");
}

TEST_F(IkeAttemptTest, AnIdThatIsRefusedIsOursInPhaseOneAndTheFlowInPhaseTwo) {
  charon(offer(), {main_mode, authentication, {"received INVALID_ID_INFORMATION error notify"}});
  EXPECT_EQ(told(), "ipsec-identity-refused");
  charon(offer(), {main_mode,
                   authentication,
                   phase_2,
                   {"parsed INFORMATIONAL_V1 request 2483563992 [ HASH N(INVAL_ID) ]",
                    "received INVALID_ID_INFORMATION error notify"}});
  EXPECT_EQ(told(), "ipsec-selectors-refused");
}

// In main mode the pre-shared key encrypts both ways.
TEST_F(IkeAttemptTest, ARefusalThatCouldBeReadIsNotTheKeys) {
  charon(offer(), {main_mode,
                   authentication,
                   {"parsed INFORMATIONAL_V1 request 2298287715 [ HASH N(AUTH_FAILED) ]",
                    "received AUTHENTICATION_FAILED error notify"}});
  EXPECT_EQ(told(), "ipsec-identity-refused");
  EXPECT_EQ(detail(), "it answered AUTHENTICATION_FAILED to this machine's address");
}

TEST_F(IkeAttemptTest, InIkev2ARefusalMayBeTheKeysOrTheIdentitys) {
  charon(with_ikev2(),
         {{"generating IKE_AUTH request 1 [ IDi AUTH N(USE_TRANSP) SA TSi TSr N(MULT_AUTH) ]",
           "parsed IKE_AUTH response 1 [ N(AUTH_FAILED) ]", "received AUTHENTICATION_FAILED notify error"}});
  EXPECT_EQ(told(), "ipsec-authentication");
  EXPECT_EQ(attempt_->told()->kind->reason, Reason::login_failed);
}

TEST_F(IkeAttemptTest, ACertificateIsRefusedAsOne) {
  charon(with_certificates(), {main_mode,
                               {"generating ID_PROT request 0 [ ID CERT SIG CERTREQ ]",
                                "received AUTHENTICATION_FAILED error notify"}});
  EXPECT_EQ(told(), "ipsec-certificate-refused");
  EXPECT_EQ(attempt_->told()->kind->reason, Reason::connect_failed);
}

TEST_F(IkeAttemptTest, WhatCannotBeDecryptedRightAfterTheKeyWasUsedPutsItInDoubt) {
  charon(offer(), {main_mode,
                   authentication,
                   {"received packet: from 198.51.100.1[500] to 192.0.2.2[500] (92 bytes)",
                    "invalid HASH_V1 payload length, decryption failed?", "could not decrypt payloads",
                    "message parsing failed", "ignore malformed INFORMATIONAL request"}});
  EXPECT_EQ(told(), "none");
  EXPECT_TRUE(attempt_->key_is_in_doubt());
  EXPECT_TRUE(attempt_->undecryptable());
  EXPECT_EQ(silence(), "ipsec-psk-wrong");
  EXPECT_EQ(attempt_->gave_up("failed").kind->reason, Reason::login_failed);
}

TEST_F(IkeAttemptTest, TheSameAtAnotherTimeIsAStrayPacket) {
  charon(offer(), {main_mode, {"could not decrypt payloads"}});
  EXPECT_FALSE(attempt_->undecryptable());
  charon(offer(), {main_mode, authentication, phase_2, {"could not decrypt payloads"}});
  EXPECT_FALSE(attempt_->undecryptable());
}

// As Libreswan's server does: it asks again for what it cannot decrypt.
TEST_F(IkeAttemptTest, AServerThatRepeatsItselfInsteadOfAnsweringTheKeyHasAnother) {
  charon(offer(), {main_mode,
                   authentication,
                   {"received packet: from 198.51.100.1[500] to 192.0.2.2[500] (268 bytes)",
                    "received retransmit of response with ID 0, but next request already sent",
                    "sending retransmit 1 of request message ID 0, seq 3"}});
  EXPECT_TRUE(attempt_->key_is_in_doubt());
  EXPECT_EQ(attempt_->repetitions(), 1);
  EXPECT_EQ(silence(), "ipsec-psk-wrong");
}

TEST_F(IkeAttemptTest, SilenceOnPort4500IsTheKeysOnlyIfTheServerHearsThere) {
  charon(offer(), {main_mode,
                   {"generating ID_PROT request 0 [ ID HASH ]",
                    "sending packet: from 192.0.2.2[4500] to 198.51.100.1[4500] (92 bytes)",
                    "sending retransmit 1 of request message ID 0, seq 3"}});
  EXPECT_TRUE(attempt_->uses_port_4500());
  EXPECT_EQ(silence(false), "ipsec-nat-t-silent");
  EXPECT_EQ(silence(true), "ipsec-psk-wrong");
}

TEST_F(IkeAttemptTest, SilenceMeansWhatWasAsked) {
  charon(offer(), {{"generating ID_PROT request 0 [ SA V V V V V ]"}});
  EXPECT_EQ(silence(), "ipsec-silent");
  charon(offer(), {main_mode});
  EXPECT_EQ(silence(), "ipsec-silent");
  charon(with_certificates(), {main_mode, {"generating ID_PROT request 0 [ ID CERT SIG CERTREQ ]"}});
  EXPECT_EQ(silence(), "ipsec-silent");
  EXPECT_FALSE(attempt_->key_is_in_doubt());
  charon(offer(), {main_mode, authentication, phase_2});
  EXPECT_EQ(silence(), "ipsec-phase2-unanswered");
}

TEST_F(IkeAttemptTest, ACharonThatGivesUpSaysWhatItWaitedFor) {
  charon(offer(), {main_mode, authentication, phase_2, {"giving up after 5 retransmits"}});
  EXPECT_EQ(told(), "ipsec-phase2-unanswered");
}

TEST_F(IkeAttemptTest, AServersCertificateOfAnotherTimeIsWorthMoreThanItsConsequence) {
  charon(with_certificates(),
         {main_mode,
          {"received end entity cert \"O=Lab, CN=late\"",
           "subject certificate invalid (valid from Nov 21 15:52:33 2026 to Nov 20 15:52:33 2026)",
           "no trusted RSA public key found for 'O=Lab, CN=late'"}});
  EXPECT_EQ(told(), "ipsec-server-expired");
}

TEST_F(IkeAttemptTest, WithoutAReasonTheDaemonsOwnWordsAreIt) {
  charon(offer(), {main_mode});
  const auto failure = attempt_->gave_up("establishing CHILD_SA 'x' failed");
  EXPECT_EQ(failure.kind->id, "ipsec-failed");
  EXPECT_EQ(failure.detail, "establishing CHILD_SA 'x' failed");
}

TEST_F(IkeAttemptTest, TheEvidenceIsTheNewestLinesWithoutWhatProvesNothing) {
  charon(offer(), {main_mode, authentication, {"received AUTHENTICATION_FAILED error notify"}});
  const auto& evidence = attempt_->told()->evidence;
  EXPECT_EQ(evidence.size(), 8U);
  EXPECT_EQ(evidence.back(), "received AUTHENTICATION_FAILED error notify");
  EXPECT_THAT(evidence, Not(Contains(HasSubstr("vendor ID"))));
  EXPECT_THAT(evidence, Not(Contains(HasSubstr("no shared key found"))));
}

TEST_F(IkeAttemptTest, ALongLineIsCutInTheEvidence) {
  charon(offer(), {{std::string(5000, 'x'), "received NO_PROPOSAL_CHOSEN error notify"}});
  EXPECT_EQ(attempt_->told()->evidence.front().size(), 300U);
}

// --- pluto, as whack 4.10 repeats it

const Lines plutos_main_mode{R"("c" #1: initiating IKEv1 Main Mode connection)",
                             R"("c" #1: sent Main Mode request)", R"("c" #1: sent Main Mode I2)",
                             R"("c" #1: sent Main Mode I3)"};

TEST_F(IkeAttemptTest, PlutoTellsPhaseOneFromPhaseTwo) {
  pluto(offer(),
        {{R"("c" #1: sent Main Mode request)",
          R"("c" #1: ignoring informational payload NO_PROPOSAL_CHOSEN, msgid=00000000, length=28)"}});
  EXPECT_EQ(told(), "ipsec-no-proposal");
  pluto(offer(), {plutos_main_mode,
                  {R"("c" #1: IKE SA established {auth=PRESHARED_KEY cipher=AES_CBC_256 group=MODP2048})",
                   R"("c" #2: sent Quick Mode request)",
                   R"("c" #1: received and ignored notification payload: NO_PROPOSAL_CHOSEN)"}});
  EXPECT_EQ(told(), "ipsec-no-esp-proposal");
  pluto(with_ikev2(), {{R"("c" #1: sent IKE_AUTH request {cipher=AES_CBC_256 group=MODP2048})",
                        R"("c" #2: IKE_AUTH response rejected Child SA with TS_UNACCEPTABLE)"}});
  EXPECT_EQ(told(), "ipsec-selectors-refused");
}

TEST_F(IkeAttemptTest, PlutoShowsAWrongKeyAsWhatCannotBeRead) {
  pluto(offer(), {plutos_main_mode,
                  {R"("c" #1: 42726-byte length of ISAKMP Hash Payload is larger than can fit)",
                   R"("c" #1: malformed payload in packet)"}});
  EXPECT_TRUE(attempt_->undecryptable());
  EXPECT_EQ(silence(), "ipsec-psk-wrong");
}

TEST_F(IkeAttemptTest, WhatCouldNotBeReadIsForgottenOnceTheServerHasAnswered) {
  pluto(offer(), {plutos_main_mode,
                  {R"("c" #1: malformed payload in packet)",
                   R"("c" #1: IKE SA established {auth=PRESHARED_KEY cipher=AES_CBC_256 group=MODP2048})",
                   R"("c" #2: sent Quick Mode request)"}});
  EXPECT_FALSE(attempt_->undecryptable());
  EXPECT_EQ(silence(), "ipsec-phase2-unanswered");
}

TEST_F(IkeAttemptTest, PlutoKnowsAServerOfAnotherNameFromAWrongKey) {
  pluto(offer(),
        {plutos_main_mode,
         {R"("c" #1: we require IKEv1 peer to have ID '198.51.100.7', but peer declares '192.168.1.1')"}});
  EXPECT_EQ(told(), "ipsec-server-identity");
}

TEST_F(IkeAttemptTest, PlutoSilentAfterTheKeyIsInDoubt) {
  pluto(offer(),
        {plutos_main_mode, {R"("c" #1: STATE_MAIN_I3: retransmission; will wait 0.5 seconds for response)"}});
  EXPECT_TRUE(attempt_->key_is_in_doubt());
  EXPECT_EQ(attempt_->repetitions(), 1);
  EXPECT_EQ(silence(), "ipsec-psk-wrong");
  attempt_->take(R"(#1: "c":4500 STATE_MAIN_I3 (sent Main Mode I3); RETRANSMIT in 0s; idle;)");
  EXPECT_EQ(silence(), "ipsec-nat-t-silent");
}

TEST_F(IkeAttemptTest, HowLongTheKeyIsIsNoEvidence) {
  pluto(
      offer(),
      {{R"("c" #1: WARNING: connection c PSK length of 14 bytes is too short for HMAC_SHA2_256 PRF in FIPS mode (16 bytes required))",
        R"("c" #1: sent Main Mode request)",
        R"("c" #1: ignoring informational payload NO_PROPOSAL_CHOSEN, msgid=00000000, length=28)"}});
  EXPECT_THAT(attempt_->told()->evidence, Not(Contains(HasSubstr("PSK length"))));
}

}  // namespace
}  // namespace l2tp
