#include "core/log_reader.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>

namespace l2tp {
namespace {

using testing::AllOf;
using testing::HasSubstr;
using testing::Not;

std::string id(const std::optional<Failure>& failure) {
  return failure ? std::string{failure->kind->id} : "none";
}

std::string charon(std::string_view line) {
  return id(read_charon_line(line));
}
std::string xl2tpd(std::string_view line) {
  return id(read_xl2tpd_line(line));
}

// --- charon: lines as its control-log events carry them

TEST(CharonLogTest, ARefusedProposalIsNamed) {
  EXPECT_EQ(charon("received NO_PROPOSAL_CHOSEN error notify"), "ipsec-no-proposal");
  EXPECT_EQ(charon("received NO_PROPOSAL_CHOSEN notify error"), "ipsec-no-proposal");
}

TEST(CharonLogTest, RefusedAuthenticationIsNamed) {
  EXPECT_EQ(charon("received AUTHENTICATION_FAILED error notify"), "ipsec-authentication");
  EXPECT_EQ(charon("received AUTHENTICATION_FAILED notify error"), "ipsec-authentication");
}

TEST(CharonLogTest, AServerOfAnotherNameIsNamed) {
  const auto failure = read_charon_line("05[IKE] IDir 'Zentrale' does not match to '198.51.100.75'");
  ASSERT_TRUE(failure);
  EXPECT_EQ(failure->kind->id, "ipsec-server-identity");
  EXPECT_EQ(failure->detail, "'Zentrale', not '198.51.100.75'");
  EXPECT_EQ(read_charon_line("IDir 'a' b' does not match to 'c'")->detail, "'a' b', not 'c'");
  EXPECT_FALSE(read_charon_line("IDir 'a'"));
}

TEST(CharonLogTest, AServerThatCannotReadUsHasAnotherKey) {
  EXPECT_EQ(charon("received INVALID_KEY_INFORMATION error notify"), "ipsec-authentication");
  EXPECT_EQ(charon("received PAYLOAD_MALFORMED error notify"), "ipsec-authentication");
}

TEST(CharonLogTest, AMissingKeyIsOurOwnFault) {
  EXPECT_EQ(charon("no shared key found for 192.0.2.7 - 203.0.113.9"), "ipsec-config-refused");
  EXPECT_EQ(charon("no shared key found for '192.0.2.7' - '%any'"), "ipsec-config-refused");
}

TEST(CharonLogTest, AKeyNotFoundByIdentityIsStillLookedForByAddress) {
  EXPECT_EQ(charon("no shared key found for '192.0.2.7'[192.0.2.7] - '%any'[203.0.113.9]"), "none");
}

TEST(CharonLogTest, ACertificateThatNobodyVouchesForIsNotTrusted) {
  for (const auto* line : {"no issuer certificate found for \"O=Lab, CN=server\"",
                           "no trusted RSA public key found for 'O=Lab, CN=server'",
                           "no trusted ECDSA public key found for 'vpn.example.com'"})
    EXPECT_EQ(charon(line), "ipsec-server-untrusted") << line;
}

TEST(CharonLogTest, ACertificateOfAnotherTimeIsNotValidNow) {
  EXPECT_EQ(charon("subject certificate invalid (valid from Nov 21 15:52:33 2026 to Nov 20 15:52:33 2026)"),
            "ipsec-server-expired");
}

TEST(CharonLogTest, EachRefusalOfTheServersIsNamed) {
  EXPECT_EQ(charon("received INVALID_ID_INFORMATION error notify"), "ipsec-identity-refused");
  EXPECT_EQ(charon("received TS_UNACCEPTABLE notify, no CHILD_SA built"), "ipsec-selectors-refused");
  EXPECT_EQ(charon("received INVALID_CERT_AUTHORITY error notify"), "ipsec-certificate-refused");
  EXPECT_EQ(charon("received UNSUPPORTED_EXCHANGE_TYPE error notify"), "ipsec-aggressive-mode");
  EXPECT_EQ(charon("received INITIAL_CONTACT notify"), "none");
  EXPECT_EQ(charon("no private key found for 'nobody'"), "ipsec-config-refused");
}

TEST(CharonLogTest, WhyAConnectionThatWasUpGoesIsRead) {
  const auto why = [](std::string_view line) { return id(read_charon_loss(line)); };
  EXPECT_EQ(why("received DELETE for IKE_SA nm-l2tp-1[1]"), "ipsec-ended-by-server");
  EXPECT_EQ(why("received DELETE for ESP CHILD_SA with SPI c62d9ee8"), "ipsec-ended-by-server");
  EXPECT_EQ(why("DPD check timed out, enforcing DPD action"), "ipsec-dead-peer");
  EXPECT_EQ(why("giving up after 5 retransmits"), "ipsec-dead-peer");
  EXPECT_EQ(why("sending DPD request"), "none");
}

TEST(CharonLogTest, AServerThatIsSomebodyElseIsNamed) {
  EXPECT_EQ(charon("IDir 'O=Lab, CN=server' does not match to 'vpn.example.com'"), "ipsec-server-identity");
  EXPECT_EQ(charon("constraint check failed: identity 'vpn.example.com' required "), "ipsec-server-identity");
}

TEST(CharonLogTest, ASilentServerIsSilent) {
  EXPECT_EQ(charon("giving up after 5 retransmits"), "ipsec-silent");
  EXPECT_EQ(charon("peer not responding, trying again (2/3)"), "ipsec-silent");
}

TEST(CharonLogTest, OrdinaryLinesAreNoFailure) {
  for (const auto* line :
       {"", "initiating Main Mode IKE_SA nm-l2tp-1[1] to 203.0.113.9",
        "generating ID_PROT request 0 [ SA V V V V V ]",
        "sending packet: from 192.0.2.7[500] to 203.0.113.9[500] (180 bytes)",
        "sending retransmit 1 of request message ID 0, seq 1", "received NAT-T (RFC 3947) vendor ID",
        "selected proposal: IKE:AES_CBC_256/HMAC_SHA2_256_128/PRF_HMAC_SHA2_256/MODP_2048",
        "IKE_SA nm-l2tp-1[1] established between 192.0.2.7[192.0.2.7]...203.0.113.9[203.0.113.9]",
        "generating QUICK_MODE request 1845212352 [ HASH SA No ID ID NAT-OA NAT-OA ]",
        "CHILD_SA nm-l2tp-1{1} established with SPIs c1ae6bd2_i cf0f1f3b_o and TS 192.0.2.7/32[udp/l2f] === "
        "203.0.113.9/32[udp/l2f]",
        "received INITIAL_CONTACT notify", "received DELETE for IKE_SA nm-l2tp-1[1]"}) {
    EXPECT_EQ(charon(line), "none") << line;
    EXPECT_FALSE(is_charon_decryption_trouble(line)) << line;
  }
}

TEST(CharonLogTest, WhatCannotBeDecryptedIsTroubleButNotYetAFailure) {
  for (const auto* line : {"invalid HASH_V1 payload length, decryption failed?", "could not decrypt payloads",
                           "ignore malformed INFORMATIONAL request"}) {
    EXPECT_TRUE(is_charon_decryption_trouble(line)) << line;
    EXPECT_EQ(charon(line), "none") << line;
  }
}

// --- pluto: lines as whack repeats them, of Libreswan 4.10 and 5.2

std::string pluto(std::string_view line) {
  return id(read_pluto_line(line));
}

TEST(PlutoLogTest, ARefusedProposalIsNamed) {
  EXPECT_EQ(pluto("\"c\" #4: received and ignored notification payload: NO_PROPOSAL_CHOSEN"),
            "ipsec-no-proposal");
  EXPECT_EQ(pluto("\"c\" #15: ignoring IKE_SA_INIT response containing NO_PROPOSAL_CHOSEN notification "
                  "(Message ID 0; "
                  "message payloads N, missing SA,KE,Ni)"),
            "ipsec-no-proposal");
  EXPECT_EQ(pluto("\"c\" #17: IKE_AUTH response rejected Child SA with NO_PROPOSAL_CHOSEN"),
            "ipsec-no-proposal");
}

TEST(PlutoLogTest, WhatPlutoItselfRefusesIsNotTheServersWord) {
  EXPECT_EQ(pluto("\"c\" #3: sending notification NO_PROPOSAL_CHOSEN to 198.51.100.1:500"), "none");
}

TEST(PlutoLogTest, WhyAConnectionThatWasUpGoesIsRead) {
  const auto why = [](std::string_view line) { return id(read_pluto_loss(line)); };
  EXPECT_EQ(why("\"c\" #1: received Delete SA payload: self-deleting ISAKMP State #1"),
            "ipsec-ended-by-server");
  EXPECT_EQ(why("\"c\" #4: DPD action - putting connection into hold"), "ipsec-dead-peer");
  EXPECT_EQ(why("\"c\" #4: deleting state (STATE_MAIN_I4) aged 6.089528s and sending notification"), "none");
}

TEST(PlutoLogTest, RefusedAuthenticationIsNamed) {
  EXPECT_EQ(pluto("\"c\" #11: IKE SA authentication request rejected by peer: AUTHENTICATION_FAILED"),
            "ipsec-authentication");
  EXPECT_EQ(pluto("\"c\" #1: received and ignored notification payload: INVALID_HASH_INFORMATION"),
            "ipsec-authentication");
}

TEST(PlutoLogTest, AServerOfAnotherNameIsNoWrongKey) {
  const auto read = read_pluto_line(
      "\"c\" #1: we require IKEv1 peer to have ID '198.51.100.7', but peer declares '192.168.1.1'");
  EXPECT_EQ(id(read), "ipsec-server-identity");
  EXPECT_EQ(read->detail, "we require IKEv1 peer to have ID '198.51.100.7', but peer declares '192.168.1.1'");
  EXPECT_EQ(pluto("\"c\" #1: Peer ID '192.168.1.1' mismatched on first found connection"),
            "ipsec-server-identity");
}

TEST(PlutoLogTest, AMissingKeyIsOurs) {
  EXPECT_EQ(pluto("\"c\" #3: Can't authenticate: no preshared key found for `192.0.2.2' and `198.51.100.1'.  "
                  "Attribute "
                  "OAKLEY_AUTHENTICATION_METHOD"),
            "ipsec-config-refused");
}

TEST(PlutoLogTest, ProgressIsNoFailure) {
  for (const auto* line : {"\"c\" #1: initiating IKEv1 Main Mode connection", "\"c\" #1: sent Main Mode I3",
                           "\"c\" #1: Peer ID is ID_IPV4_ADDR: '198.51.100.1'",
                           "\"c\": terminating SAs using this connection"}) {
    EXPECT_EQ(pluto(line), "none") << line;
    EXPECT_FALSE(is_pluto_decryption_trouble(line)) << line;
    EXPECT_FALSE(read_pluto_wait(line)) << line;
  }
}

TEST(PlutoLogTest, WhatCannotBeReadIsTroubleNotYetAFailure) {
  for (const auto* line : {"\"c\" #3: 8082-byte length of ISAKMP Hash Payload is larger than can fit",
                           "\"c\" #3: malformed payload in packet"}) {
    EXPECT_EQ(pluto(line), "none") << line;
    EXPECT_TRUE(is_pluto_decryption_trouble(line)) << line;
  }
}

TEST(PlutoLogTest, SilenceMeansWhatTheServerWasAsked) {
  const auto meaning = [](const std::string& state) {
    const auto wait =
        read_pluto_wait("\"c\" #3: " + state + ": retransmission; will wait 0.5 seconds for response");
    return wait ? std::string{wait->failure.kind->id} : "none";
  };
  EXPECT_EQ(meaning("STATE_MAIN_I1"), "ipsec-silent");
  EXPECT_EQ(meaning("STATE_MAIN_I3"), "ipsec-authentication");
  EXPECT_EQ(meaning("STATE_QUICK_I1"), "ipsec-phase2-unanswered");
  EXPECT_EQ(meaning("STATE_V2_PARENT_I1"), "ipsec-silent");
  EXPECT_EQ(meaning("IKE_SA_INIT_I"), "ipsec-silent");
  EXPECT_EQ(meaning("IKE_AUTH_I"), "ipsec-authentication");
  EXPECT_EQ(meaning("STATE_OF_LATER"), "none");
}

TEST(PlutoLogTest, TheWaitIsReadInSeconds) {
  const auto wait =
      read_pluto_wait("\"c\" #3: STATE_MAIN_I3: retransmission; will wait 0.5 seconds for response");
  ASSERT_TRUE(wait);
  EXPECT_DOUBLE_EQ(wait->seconds, 0.5);
  EXPECT_TRUE(wait->server_has_spoken);
}

TEST(PlutoLogTest, WhatWasNegotiatedIsRead) {
  PlutoAlgorithms algorithms;
  read_pluto_algorithms(
      "\"c\" #1: IKE SA established {auth=PRESHARED_KEY cipher=AES_CBC_256 integ=HMAC_SHA2_256 "
      "group=MODP2048}",
      algorithms);
  read_pluto_algorithms(
      "\"c\" #2: IPsec SA established transport mode {ESP=>0xc8bf5f8d <0xa5e582e3 "
      "xfrm=AES_CBC_256-HMAC_SHA2_256_128 "
      "DPD=active}",
      algorithms);
  EXPECT_EQ(algorithms.ike, "cipher=AES_CBC_256 integ=HMAC_SHA2_256 group=MODP2048");
  EXPECT_EQ(algorithms.esp, "AES_CBC_256-HMAC_SHA2_256_128");
}

// --- xl2tpd: lines as it writes them with -D

TEST(Xl2tpdLogTest, ProgressIsSeen) {
  EXPECT_EQ(read_xl2tpd_progress(
                "xl2tpd[50]: Connection established to 203.0.113.9, 1701.  Local: 60172, Remote: 3171 "
                "(ref=0/0)."),
            L2tpProgress::tunnel_up);
  EXPECT_EQ(
      read_xl2tpd_progress(
          "xl2tpd[50]: Call established with 203.0.113.9, Local: 43124, Remote: 38112, Serial: 1 (ref=0/0)"),
      L2tpProgress::call_up);
}

TEST(Xl2tpdLogTest, ItsPortIsBoundWhenItListens) {
  EXPECT_EQ(read_xl2tpd_progress("xl2tpd[50]: Listening on IP address 192.0.2.7, port 1701"),
            L2tpProgress::listening);
}

TEST(Xl2tpdLogTest, WhatPppdSaysIsNotXl2tpds) {
  EXPECT_TRUE(is_xl2tpd_line("xl2tpd[50]: Connecting to host 203.0.113.9, port 1701"));
  for (const auto* line : {"", "Remote message: xl2tpd[50]: Maximum retries exceeded",
                           "CHAP authentication succeeded: Connection closed to x"})
    EXPECT_FALSE(is_xl2tpd_line(line)) << line;
}

TEST(Xl2tpdLogTest, OrdinaryLinesAreNeitherProgressNorFailure) {
  for (const auto* line :
       {"", "xl2tpd[50]: Not looking for kernel SAref support.",
        "xl2tpd[50]: L2TP kernel support not detected (try modprobing l2tp_ppp and pppol2tp)",
        "xl2tpd[50]: xl2tpd version xl2tpd-1.3.18 started on vm PID:50",
        "xl2tpd[50]: Connecting to host 203.0.113.9, port 1701", "xl2tpd[50]: Calling on tunnel 60172",
        "xl2tpd[50]: start_pppd: I'm running: ", "xl2tpd[50]: death_handler: Fatal signal 2 received"}) {
    EXPECT_EQ(xl2tpd(line), "none") << line;
    EXPECT_FALSE(read_xl2tpd_progress(line)) << line;
  }
}

TEST(Xl2tpdLogTest, EachFailureIsNamed) {
  EXPECT_EQ(xl2tpd("xl2tpd[50]: Maximum retries exceeded for tunnel 62667.  Closing."), "l2tp-silent");
  EXPECT_EQ(xl2tpd("xl2tpd[50]: control_finish: Connection closed to 203.0.113.9, port 1701 (No connection), "
                   "Local: 1, "
                   "Remote: 2"),
            "l2tp-refused");
  EXPECT_EQ(xl2tpd("xl2tpd[50]: init_network: Unable to bind socket: Address already in use. Terminating."),
            "port-unavailable");
  EXPECT_EQ(xl2tpd("xl2tpd[50]: start_pppd: unable to allocate pty, abandoning!"), "l2tp-failed");
  EXPECT_EQ(xl2tpd("xl2tpd[50]: connect_pppol2tp: Unable to connect PPPoL2TP socket. 107 Transport endpoint "
                   "is not connected"),
            "l2tp-failed");
}

TEST(Xl2tpdLogTest, WithoutAResultTheDetailIsTheLine) {
  const auto failure =
      read_xl2tpd_line("xl2tpd[50]: control_finish: Connection closed to 203.0.113.9, port 1701 (Goodbye!)");
  ASSERT_TRUE(failure);
  EXPECT_EQ(failure->detail, "'Connection closed to 203.0.113.9, port 1701 (Goodbye!)'");
}

// What xl2tpd writes of a StopCCN (`closed` names a port) or a CDN (a serial).
std::string refusal(const std::string& result, const std::string& closed) {
  const auto read = read_l2tp_result("xl2tpd[50]: result_code_avp: peer closing for reason " + result);
  const auto failure =
      read_xl2tpd_line("xl2tpd[50]: control_finish: Connection closed to 203.0.113.9, " + closed, read);
  return read && failure ? std::string{failure->kind->id} + ": " + failure->detail : "none";
}

TEST(Xl2tpdLogTest, AResultIsToldInWords) {
  const auto tunnel = "port 1701 (x), Local: 1, Remote: 2", call = "serial 1 (x)";
  EXPECT_EQ(refusal("1 (Call disconnected due to loss of carrier), error = 0 (Goodbye!)", tunnel),
            "l2tp-refused: result 1 (it clears the tunnel); the server says 'Goodbye!'");
  EXPECT_EQ(refusal("2 (General error--Error Code indicates the problem), error = 4 ()", tunnel),
            "l2tp-refused: result 2 (a general error), error 4 (it has no resources left)");
  EXPECT_EQ(refusal("4 (Requester is not authorized), error = -1 ()", tunnel),
            "l2tp-refused: result 4 (this client is not authorised)");
  EXPECT_EQ(refusal("3 (Call disconnected for administrative reasons), error = 0 (by (root))", call),
            "l2tp-call-refused: result 3 (by its administrator); the server says 'by (root)'");
  EXPECT_EQ(refusal("2 (Call disconnected for the reason), error = 99 ()", call),
            "l2tp-call-refused: result 2 (an error), error 99");
  EXPECT_EQ(refusal("4 (Call failed (temporary condition)), error = 0 ()", call),
            "l2tp-call-refused: result 4 (it has no capacity now)");
  EXPECT_EQ(refusal("10 (x), error = 0 (\x1b[2J)", call),
            "l2tp-call-refused: result 10 (it took too long); the server says '\\x1b[2J'");
}

TEST(Xl2tpdLogTest, WhatAServerCallsItselfIsNotXl2tpdsOwnWord) {
  for (const auto* name :
       {"Call established with x", "Connection established to x", "Maximum retries exceeded",
        "Connection closed to x, port 1 (y)", "]: Call established with x"}) {
    const auto line = "xl2tpd[50]: hostname_avp: peer reports hostname '" + std::string{name} + "'";
    EXPECT_FALSE(read_xl2tpd_progress(line)) << line;
    EXPECT_EQ(xl2tpd(line), "none") << line;
  }
  EXPECT_FALSE(
      read_l2tp_result("xl2tpd[50]: hostname_avp: peer reports hostname 'result_code_avp: peer closing for "
                       "reason 1 (x), error = 0 (y)'"));
}

TEST(Xl2tpdLogTest, PppdsStatusIsRead) {
  EXPECT_EQ(read_pppd_status("xl2tpd[50]: child_handler : pppd exited for call 38112 with code 4"), 4);
  EXPECT_EQ(read_pppd_status("xl2tpd[50]: child_handler : pppd exited for call 38112 with code 127"), 127);
  for (const auto* line : {"", "xl2tpd[50]: pppd exited for call 38112", " with code 4",
                           "xl2tpd[50]: pppd exited for call 38112 with code x"})
    EXPECT_EQ(read_pppd_status(line), std::nullopt) << line;
}

TEST(Xl2tpdLogTest, ALineWithoutPrefixesStaysWhole) {
  const auto failure = read_xl2tpd_line("Unable to bind socket: Address already in use");
  ASSERT_TRUE(failure);
  EXPECT_EQ(failure->detail, "Unable to bind socket: Address already in use");
}

}  // namespace
}  // namespace l2tp
