#include "core/ppp_conversation.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace l2tp {
namespace {

using testing::AllOf;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;
using testing::SizeIs;

using From = PppConversation::From;

// "c021 01 07": hex digits, spaces as one likes.
std::string bytes(std::string_view hex) {
  std::string text;
  int high = -1;
  for (const char digit : hex) {
    if (digit == ' ') continue;
    const int value = digit <= '9' ? digit - '0' : digit - 'a' + 10;
    if (high >= 0) text += static_cast<char>(high * 16 + value);
    high = high >= 0 ? -1 : value;
  }
  return text;
}

// A packet of `protocol` with its length in its place.
std::string packet(std::string_view protocol, unsigned code, const std::string& content) {
  const auto length = content.size() + 4;
  std::string text = bytes(protocol);
  for (const auto byte : {code, 1U, static_cast<unsigned>(length >> 8), static_cast<unsigned>(length & 0xff)})
    text += static_cast<char>(byte);
  return text + content;
}

struct Packet {
  From from;
  std::string bytes;
};

// LCP's option Authentication-Protocol with these values.
constexpr const char *wants_pap = "0304c023", *wants_chap = "0305c22305", *wants_mschap = "0305c22380",
                     *wants_mschapv2 = "0305c22381", *wants_eap = "0304c227", *wants_spap = "0304c027";

Packet requested(const char* option) {
  return {From::server, packet("c021", 1, bytes("010405dc") + bytes(option))};
}
Packet acknowledged(const char* option) {
  return {From::us, packet("c021", 2, bytes(option))};
}
Packet countered(const char* option) {
  return {From::us, packet("c021", 3, bytes(option))};
}
Packet rejected(const char* option) {
  return {From::us, packet("c021", 4, bytes(option))};
}
Packet ends(From from, const std::string& reason) {
  return {from, packet("c021", 5, reason)};
}
Packet rejects_protocol(const char* protocol) {
  return {From::server, packet("c021", 8, bytes(protocol))};
}

PppConversation conversation(const std::vector<Packet>& packets) {
  PppConversation conversation;
  for (const auto& packet : packets) conversation.take(packet.from, packet.bytes);
  return conversation;
}

Settings settings(const std::function<void(PppSettings&)>& change = [](PppSettings&) {}) {
  Settings settings;
  change(settings.ppp);
  return settings;
}

std::string text(const std::optional<Failure>& failure) {
  return failure ? std::string{failure->kind->id} + ": " + failure->detail : "none";
}

std::string cause(const std::vector<Packet>& packets, const Settings& of = settings()) {
  return text(conversation(packets).cause(of));
}

std::string login(const std::vector<Packet>& packets, const Settings& of = settings()) {
  return text(conversation(packets).login_failure(of));
}

// --- The login

std::string chap_failure(const std::string& message) {
  return login(
      {requested(wants_mschapv2), acknowledged(wants_mschapv2), {From::server, packet("c223", 4, message)}});
}

TEST(PppLoginTest, TheCodesOfMsChapAreNamed) {
  EXPECT_EQ(chap_failure("E=691 R=1 C=5DF6E53D0C0A55F1B0A1D2CFA0B2A3B1 V=3 M=Access denied"),
            "ppp-login-refused: error 691 (name or password wrong); the server says 'Access denied'");
  EXPECT_EQ(chap_failure("E=646 R=0 C=5DF6E53D0C0A55F1B0A1D2CFA0B2A3B1 V=3"),
            "ppp-restricted-hours: error 646 (restricted log-in hours)");
  EXPECT_EQ(chap_failure("E=647 R=0"), "ppp-account-disabled: error 647 (account disabled)");
  EXPECT_EQ(chap_failure("E=648 R=0 C=00 V=3 M=Kennwort abgelaufen"),
            "ppp-password-expired: error 648 (password expired); the server says 'Kennwort abgelaufen'");
  EXPECT_EQ(chap_failure("E=649 R=0 V=3 M="), "ppp-no-dial-in: error 649 (no dial-in permission)");
  EXPECT_EQ(chap_failure("E=709 R=0 V=3"),
            "ppp-login-refused: error 709 (the password could not be changed)");
  EXPECT_EQ(chap_failure("E=999 R=0"), "ppp-login-refused: error 999");
}

TEST(PppLoginTest, OtherWordsAreTheServersOwn) {
  for (const auto* words : {"Authentication failed", "E=", "E=x", "e=691", "R=1 E=691"})
    EXPECT_EQ(chap_failure(words), "ppp-login-refused: the server says '" + std::string{words} + "'");
  EXPECT_EQ(chap_failure(""), "ppp-login-refused: ");
  EXPECT_EQ(login({}), "ppp-login-refused: ");
}

TEST(PppLoginTest, WithoutWordsTheSentenceIsWholeAllTheSame) {
  EXPECT_EQ(conversation({}).login_failure(settings()).sentence(),
            "The server refused the user name or password.");
}

TEST(PppLoginTest, PapHasAMessageToo) {
  const auto nak = [](const std::string& content) {
    return login({requested(wants_pap), acknowledged(wants_pap), {From::server, packet("c023", 3, content)}});
  };
  EXPECT_EQ(nak(std::string{"\x0f"} + "Login incorrect"),
            "ppp-login-refused: the server says 'Login incorrect'");
  EXPECT_EQ(nak(std::string{"\x05"} + "Login incorrect"), "ppp-login-refused: the server says 'Login'");
  EXPECT_EQ(nak(std::string{"\xff"} + "short"), "ppp-login-refused: the server says 'short'");
  EXPECT_EQ(nak(""), "ppp-login-refused: ");
}

TEST(PppLoginTest, WordsThatWouldHarmATerminalDoNotReachIt) {
  EXPECT_EQ(chap_failure("\x1b[2Jgone\n"), "ppp-login-refused: the server says '\\x1b[2Jgone\\x0a'");
  EXPECT_THAT(chap_failure(std::string(1000, 'x')), AllOf(HasSubstr("..."), SizeIs(testing::Lt(300U))));
}

TEST(PppLoginTest, WhatWeSendIsNoRefusal) {
  EXPECT_EQ(login({{From::us, packet("c223", 4, "E=648")}, {From::us, packet("c023", 3, "\x02no")}}),
            "ppp-login-refused: ");
}

// RFC 3748, 5: the type is the content's first byte; 3 is a Nak.
std::vector<Packet> eap(const char* type) {
  return {requested(wants_eap),
          acknowledged(wants_eap),
          {From::server, packet("c227", 1, bytes("01"))},
          {From::us, packet("c227", 2, bytes("01"))},
          {From::server, packet("c227", 1, bytes(type))},
          {From::us, packet("c227", 2, bytes("03"))}};
}

TEST(PppLoginTest, AnEapMethodThatPppdDoesNotHaveIsNotAWrongPassword) {
  EXPECT_THAT(login(eap("19")), AllOf(HasSubstr("ppp-method-refused"), HasSubstr("it wants EAP-PEAP")));
  EXPECT_THAT(login(eap("63")), HasSubstr("EAP method 99"));
  auto with_certificate = settings();
  with_certificate.user_certificate_files.emplace();
  EXPECT_THAT(login(eap("1a"), with_certificate),
              AllOf(HasSubstr("EAP-MSCHAPv2"), HasSubstr("only EAP-TLS")));
}

TEST(PppLoginTest, WhenTheServerThenBeginsAnotherOneThatIsTheOneItRefusedBy) {
  auto packets = eap("19");
  packets.push_back({From::server, packet("c227", 1, bytes("04"))});
  EXPECT_EQ(login(packets), "ppp-login-refused: ");
}

TEST(PppLoginTest, ACertificateIsNoPassword) {
  auto with_certificate = settings();
  with_certificate.user_certificate_files.emplace();
  EXPECT_EQ(login({requested(wants_eap), acknowledged(wants_eap)}, with_certificate),
            "ppp-certificate-refused: ");
}

// --- The method

TEST(PppMethodTest, EachIsNamed) {
  const std::pair<LoginMethod, const char*> names[] = {
      {{0xc023}, "PAP"},           {{0xc223, 5}, "CHAP"},
      {{0xc223, 0x80}, "MS-CHAP"}, {{0xc223, 0x81}, "MS-CHAPv2"},
      {{0xc227}, "EAP"},           {{0xc223, 6}, "CHAP algorithm 6"},
      {{0xc027}, "method 0xc027"}};
  for (const auto& [method, name] : names) EXPECT_EQ(method.name(), name);
}

const auto only_mschapv2 = settings(
    [](PppSettings& ppp) { ppp.refuse_eap = ppp.refuse_pap = ppp.refuse_chap = ppp.refuse_mschap = true; });

TEST(PppMethodTest, WhatTheServerWantsAndTheProfileAllowsAreBothNamed) {
  EXPECT_EQ(cause({requested(wants_pap), countered(wants_mschapv2), requested(wants_pap), rejected(wants_pap),
                   ends(From::server, "peer refused to authenticate")},
                  only_mschapv2),
            "ppp-method-refused: it wants PAP; the profile allows only MS-CHAPv2");
  EXPECT_EQ(cause({requested(wants_mschap), countered(wants_mschapv2), requested(wants_pap),
                   countered(wants_mschapv2), requested(wants_spap), rejected(wants_spap)},
                  only_mschapv2),
            "ppp-method-refused: it wants MS-CHAP, PAP and method 0xc027; the profile allows only MS-CHAPv2");
}

TEST(PppMethodTest, WhatOnlyPppdsOwnOptionsRefuseIsSaidSo) {
  EXPECT_THAT(cause({requested(wants_chap), rejected(wants_chap)}), HasSubstr("/etc/ppp/options"));
}

TEST(PppMethodTest, OnceTheyAgreeItIsNoDifference) {
  EXPECT_EQ(cause({requested(wants_pap), countered(wants_mschapv2), requested(wants_mschapv2),
                   acknowledged(wants_mschapv2)},
                  only_mschapv2),
            "none");
  EXPECT_EQ(cause({requested(wants_mschapv2)}), "none");
}

TEST(PppMethodTest, AServerMayOnlyThenSayThatItInsists) {
  // As pppd does with require-pap.
  EXPECT_EQ(cause({requested(wants_pap),
                   countered(wants_mschapv2),
                   requested("010405dc"),
                   {From::us, packet("c021", 2, bytes("010405dc"))},
                   ends(From::server, "peer refused to authenticate")},
                  only_mschapv2),
            "ppp-method-refused: it wants PAP; the profile allows only MS-CHAPv2");
}

TEST(PppMethodTest, AServerThatGivesInAndGoesOnIsNoDifference) {
  EXPECT_EQ(cause({requested(wants_pap),
                   rejected(wants_pap),
                   requested("010405dc"),
                   {From::us, packet("c021", 2, bytes("010405dc"))},
                   {From::server, packet("8021", 1, bytes("03060a0a0101"))},
                   ends(From::server, "User request")},
                  only_mschapv2),
            "ppp-ended-by-server: the server says 'User request'");
  EXPECT_EQ(cause({requested(wants_pap), rejected(wants_pap), rejects_protocol("8021")}, only_mschapv2),
            "ppp-no-address: it rejects IPCP");
}

// --- The end

TEST(PppEndTest, TheServersOwnWordsAreTold) {
  EXPECT_EQ(cause({ends(From::server, "User request")}),
            "ppp-ended-by-server: the server says 'User request'");
  EXPECT_EQ(cause({ends(From::server, "Connect time expired")}),
            "ppp-ended-by-server: the server says 'Connect time expired'");
  EXPECT_EQ(cause({ends(From::server, "")}), "ppp-ended-by-server: it gave no reason");
  EXPECT_EQ(cause({ends(From::server, bytes("07"))}), "ppp-ended-by-server: the server says '\\x07'");
}

TEST(PppEndTest, AnIdleSessionIsToldApart) {
  EXPECT_EQ(cause({ends(From::server, "Link inactive")}), "ppp-idle: the server says 'Link inactive'");
  EXPECT_EQ(cause({ends(From::server, "Idle Timeout")}), "ppp-idle: the server says 'Idle Timeout'");
}

TEST(PppEndTest, WindowsNumbersAreUnderstood) {
  EXPECT_EQ(cause({ends(From::server, bytes("778f7f03 003ccd74 000002e6"))}),
            "ppp-mppe-wanted: error 742 (no encryption that both sides have)");
  EXPECT_EQ(cause({ends(From::server, bytes("778f7f03 003ccd74 000002b3"))}),
            "ppp-login-refused: error 691 (name or password wrong)");
  EXPECT_EQ(cause({ends(From::server, bytes("778f7f03 003ccd74 00000310"))}),
            "ppp-ended-by-server: error 784");
}

TEST(PppEndTest, OurOwnEndIsNoCause) {
  EXPECT_EQ(cause({ends(From::us, "User request")}), "none");
  EXPECT_FALSE(conversation({ends(From::us, "User request")}).ended_by_server());
  EXPECT_TRUE(conversation({ends(From::server, "")}).ended_by_server());
}

// --- MPPE

const auto with_mppe = settings([](PppSettings& ppp) { ppp.require_mppe_128 = true; });

TEST(PppMppeTest, AServerWithoutItIsNamed) {
  EXPECT_EQ(cause({requested(wants_mschapv2), acknowledged(wants_mschapv2), rejects_protocol("80fd"),
                   ends(From::us, "MPPE required but peer negotiation failed")},
                  with_mppe),
            "ppp-mppe-unavailable: the server does not know it (it rejects CCP)");
  EXPECT_EQ(cause({requested(wants_chap), acknowledged(wants_chap),
                   ends(From::us, "MPPE required but not available")},
                  with_mppe),
            "ppp-mppe-unavailable: it needs a log-in by MS-CHAP, and the server's is by CHAP");
  EXPECT_EQ(cause({requested(wants_mschapv2), acknowledged(wants_mschapv2),
                   ends(From::us, "MPPE required but not available")},
                  with_mppe),
            "ppp-mppe-unavailable: pppd says 'MPPE required but not available'");
}

TEST(PppMppeTest, WhoRequiredItIsToldApart) {
  const std::vector<Packet> ended{ends(From::server, "MPPE required but peer refused")};
  EXPECT_EQ(cause(ended), "ppp-mppe-wanted: the server says 'MPPE required but peer refused'");
  EXPECT_EQ(cause(ended, with_mppe),
            "ppp-mppe-unavailable: the server says 'MPPE required but peer refused'");
  EXPECT_EQ(cause({ends(From::server, bytes("778f7f03 003ccd74 000002e6"))}, with_mppe),
            "ppp-mppe-unavailable: error 742 (no encryption that both sides have)");
}

// --- The address

TEST(PppAddressTest, WhyThereIsNoneIsNamed) {
  const auto last = ends(From::us, "No network protocols running");
  EXPECT_EQ(cause({rejects_protocol("8021")}), "ppp-no-address: it rejects IPCP");
  EXPECT_EQ(cause({{From::server, packet("8021", 4, bytes("030600000000"))}, last}),
            "ppp-no-address: it rejects our wish for one");
  EXPECT_EQ(cause({{From::server, packet("8021", 2, bytes("030600000000"))}, last}),
            "ppp-no-address: it takes 0.0.0.0 for ours");
  EXPECT_EQ(cause({{From::server, packet("8021", 5, "Could not determine remote IP address")}, last}),
            "ppp-no-address: it ended IPCP; the server says 'Could not determine remote IP address'");
}

TEST(PppAddressTest, AServerThatHasNoProtocolForUsSaysSo) {
  const auto ended = ends(From::server, "No network protocols running");
  EXPECT_EQ(cause({ended}), "ppp-no-address: the server says 'No network protocols running'");
  EXPECT_THAT(cause({{From::server, packet("8021", 2, bytes("03060a0a0102"))}, ended}),
              HasSubstr("ppp-ended-by-server"));
}

TEST(PppAddressTest, WhileTheLinkGoesOnOrWithoutIpv4ItIsNoFailure) {
  EXPECT_EQ(cause({{From::server, packet("8021", 4, bytes("030600000000"))}}), "none");
  EXPECT_EQ(cause({{From::server, packet("8021", 2, bytes("03060a0a0102"))},
                   ends(From::us, "No network protocols running")}),
            "none");
  auto without_ipv4 = settings();
  without_ipv4.ipv4 = false;
  EXPECT_EQ(cause({rejects_protocol("8021")}, without_ipv4), "none");
}

// --- What proves it, and what is hostile

TEST(PppEvidenceTest, TheTellingPacketsAreTheProof) {
  const auto failure = *conversation({requested(wants_pap), countered(wants_mschapv2), requested(wants_pap),
                                      ends(From::server, "peer refused to authenticate")})
                            .cause(only_mschapv2);
  EXPECT_THAT(failure.evidence,
              ElementsAre("from the server: LCP Configure-Request, log-in by PAP",
                          "to the server: LCP Configure-Nak, log-in by MS-CHAPv2",
                          "from the server: LCP Terminate-Request 'peer refused to authenticate'"));
}

TEST(PppEvidenceTest, AServerThatRepeatsItselfDoesNotFillIt) {
  PppConversation conversation;
  for (int i = 0; i < 1000; ++i) conversation.take(From::server, packet("c021", 5, std::to_string(i)));
  EXPECT_THAT(conversation.cause(settings())->evidence, SizeIs(8));
}

TEST(PppEvidenceTest, NothingIsLearntFromWhatIsCutShortOrMalformed) {
  for (const auto* hex : {"", "c0", "c021", "c021050100", "c02105010003", "c0210801000480", "c0210801000580",
                          "c021010100080301c023", "c02101010008030ac023", "c0210101000703", "c0210101000503",
                          "80210201000a03", "c2270101000403", "c22302010004", "ffffffffffffffffffff"}) {
    const auto read = conversation({{From::server, bytes(hex)}});
    EXPECT_EQ(text(read.cause(settings())), "none") << hex;
    EXPECT_FALSE(read.ended_by_server()) << hex;
    EXPECT_THAT(read.login_failure(settings()).evidence, IsEmpty()) << hex;
  }
}

TEST(PppEvidenceTest, ALengthThatIsTooLargeReadsNoFurtherThanThePacket) {
  EXPECT_EQ(cause({{From::server, bytes("c0210501ffff") + "bye"}}),
            "ppp-ended-by-server: the server says 'bye'");
}

}  // namespace
}  // namespace l2tp
