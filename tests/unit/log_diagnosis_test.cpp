#include "core/log_diagnosis.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <ctime>
#include <filesystem>
#include <fstream>
#include <functional>
#include <iterator>
#include <random>
#include <string>
#include <vector>

#include "core/diagnosis/rules.h"

namespace l2tp {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;
using testing::SizeIs;

std::string file(const std::string& name) {
  std::ifstream stream{std::string{TEST_DATA} + "/logs/" + name};
  return {std::istreambuf_iterator<char>(stream), {}};
}

// "healthy phase2", "failed ipsec-psk-wrong/server", "recovered ipsec-no-proposal/client ..."
std::string summary(std::string_view log) {
  const auto diagnosis = diagnose_log(log);
  std::string text{to_string(diagnosis.verdict)};
  if (diagnosis.verdict == Verdict::healthy) text += " " + std::string{to_string(diagnosis.furthest)};
  for (const auto& finding : diagnosis.findings)
    text += " " + std::string{finding.kind->id} + "/" + std::string{to_string(finding.side)};
  return text;
}

// --- What users' documents show: each log of the pfSense chapter, the Securepoint page, the Cisco test and
// the known-issues page, in its document's own lines, mangled as they are there.

struct Document {
  const char* file;
  const char* expected;
};
constexpr Document documents[] = {
    {"pfsense-healthy-initiator.txt", "healthy phase2"},
    {"pfsense-healthy-responder.txt", "healthy phase2"},
    {"pfsense-aggressive-initiator.txt", "failed ipsec-aggressive-refused/client"},
    {"pfsense-aggressive-responder.txt", "failed ipsec-aggressive-refused/server"},
    {"pfsense-identifier-initiator.txt", "failed ipsec-identity-refused/client"},
    {"pfsense-identifier-responder.txt", "failed ipsec-identity-refused/server"},
    {"pfsense-psk-initiator.txt", "failed ipsec-psk-wrong/client"},
    {"pfsense-psk-responder.txt", "failed ipsec-psk-wrong/server"},
    {"pfsense-phase1-encryption-initiator.txt", "failed ipsec-no-proposal/client"},
    {"pfsense-phase1-encryption-responder.txt", "failed ipsec-no-proposal/server"},
    {"pfsense-phase1-hash-initiator.txt", "failed ipsec-no-proposal/client"},
    {"pfsense-phase1-hash-responder.txt", "failed ipsec-no-proposal/server"},
    {"pfsense-phase1-group-initiator.txt", "failed ipsec-no-proposal/client"},
    {"pfsense-phase1-group-responder.txt", "failed ipsec-no-proposal/server"},
    {"pfsense-phase2-network-initiator.txt", "failed ipsec-selectors-refused/client"},
    {"pfsense-phase2-network-responder.txt", "failed ipsec-selectors-refused/server"},
    {"pfsense-phase2-encryption-initiator.txt", "failed ipsec-no-esp-proposal/client"},
    {"pfsense-phase2-encryption-responder.txt", "failed ipsec-no-esp-proposal/server"},
    {"pfsense-phase2-hash-initiator.txt", "failed ipsec-no-esp-proposal/client"},
    {"pfsense-phase2-hash-responder.txt", "failed ipsec-no-esp-proposal/server"},
    {"pfsense-pfs-initiator.txt", "failed ipsec-pfs-mismatch/client"},
    {"pfsense-pfs-responder.txt", "failed ipsec-pfs-mismatch/server"},
    {"pfsense-identifier-behind-nat-responder.txt", "failed ipsec-server-identity/server"},
    {"securepoint-healthy-phase1.txt", "healthy phase1"},
    {"securepoint-healthy-phase2.txt", "healthy phase2"},
    {"securepoint-proposal-initiator.txt", "failed ipsec-no-proposal/client"},
    {"securepoint-proposal-responder.txt", "failed ipsec-no-proposal/server"},
    {"securepoint-gateway-address-responder.txt", "failed ipsec-address-refused/server"},
    {"securepoint-id-initiator-initiator.txt", "failed ipsec-identity-refused/client"},
    {"securepoint-id-initiator-responder.txt", "failed ipsec-identity-refused/server"},
    {"securepoint-id-responder-initiator.txt", "failed ipsec-server-identity/client"},
    {"securepoint-psk-initiator.txt", "failed ipsec-psk-wrong/client"},
    {"securepoint-psk-responder.txt", "failed ipsec-psk-wrong/server"},
    {"securepoint-rsa-initiator-initiator.txt", "failed ipsec-certificate-refused/client"},
    {"securepoint-rsa-initiator-responder.txt", "failed ipsec-certificate-refused/server"},
    {"securepoint-rsa-responder-initiator.txt", "failed ipsec-server-untrusted/client"},
    {"securepoint-rsa-responder-responder.txt", "failed ipsec-server-untrusted/server"},
    {"securepoint-subnet-initiator.txt", "failed ipsec-selectors-refused/client"},
    {"securepoint-subnet-responder.txt", "failed ipsec-selectors-refused/server"},
    {"cisco-l2tp-in-clear.txt", "failed l2tp-clear-refused/server"},
    {"cisco-hash.txt", "failed ipsec-no-proposal/server"},
    {"cisco-group.txt", "failed ipsec-no-proposal/server"},
    {"cisco-healthy-phase1.txt", "healthy proposal"},
    {"cisco-local-address.txt", "failed ipsec-server-address/server"},
    {"cisco-proxy-identities.txt", "failed ipsec-selectors-refused/server"},
    {"known-issues-eap.txt", "failed ppp-login-refused/client"},
    {"known-issues-no-agent.txt", "failed settings-no-agent/client"},
    {"known-issues-no-editor.txt", "failed settings-no-editor/client"},
    {"linux-statusall.txt", "healthy phase2"},
};

TEST(DocumentTest, EachLogOfAUsersDocumentIsUnderstood) {
  for (const auto& document : documents)
    EXPECT_EQ(summary(file(document.file)), document.expected) << document.file;
}

TEST(DocumentTest, NoLogIsForgotten) {
  const std::filesystem::directory_iterator logs{std::string{TEST_DATA} + "/logs"};
  EXPECT_EQ(static_cast<std::size_t>(std::distance(begin(logs), end(logs))), std::size(documents));
}

std::string each_line(std::string_view log, const std::function<std::string(const std::string&)>& change) {
  std::string changed;
  while (!log.empty()) {
    const auto end = std::min(log.find('\n'), log.size());
    changed += change(std::string{log.substr(0, end)});
    log.remove_prefix(std::min(end + 1, log.size()));
  }
  return changed;
}

std::string replaced(std::string text, const std::string& what, const std::string& with) {
  for (auto at = text.find(what); at != std::string::npos; at = text.find(what, at + with.size()))
    text.replace(at, what.size(), with);
  return text;
}

struct Mangling {
  const char* name;
  std::string (*mangle)(const std::string& log);
};
const Mangling manglings[] = {
    {"CRLF", [](const std::string& log) { return replaced(log, "\n", "\r\n"); }},
    {"a mail's quote",
     [](const std::string& log) {
       return each_line(log, [](const std::string& line) { return "> > " + line + "\n"; });
     }},
    {"HTML",
     [](const std::string& log) {
       const auto escaped = replaced(replaced(replaced(log, "&", "&amp;"), "<", "&lt;"), "\"", "&quot;");
       return each_line(replaced(escaped, "'", "&#39;"),
                        [](const std::string& line) { return "<td>" + line + "</td><br/>"; });
     }},
    {"Markdown", [](const std::string& log) { return "```\n" + log + "```\n"; }},
    {"a Markdown table",
     [](const std::string& log) {
       return each_line(log, [](const std::string& line) { return "| " + line + " |\n"; });
     }},
    {"lower case",
     [](const std::string& log) {
       auto text = log;
       std::transform(text.begin(), text.end(), text.begin(),
                      [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c; });
       return text;
     }},
    {"doubled blanks", [](const std::string& log) { return replaced(log, " ", "  "); }},
    {"tabs and no-break spaces", [](const std::string& log) { return replaced(log, " ", "\u00a0\t"); }},
    {"a journal's prefix",
     [](const std::string& log) {
       return each_line(log,
                        [](const std::string& line) { return "Nov 21 10:00:01 gateway " + line + "\n"; });
     }},
    {"colours",
     [](const std::string& log) {
       return each_line(log, [](const std::string& line) { return "\033[1;31m" + line + "\033[0m\n"; });
     }},
    {"UTF-16",
     [](const std::string& log) {
       std::string wide = "\xff\xfe";
       for (const char c : log) wide += {c, '\0'};
       return wide;
     }},
};

TEST(DocumentTest, WhateverAMailOrAPageDidToTheLinesTheyAreUnderstood) {
  for (const auto& mangling : manglings)
    for (const auto& document : documents)
      EXPECT_EQ(summary(mangling.mangle(file(document.file))), document.expected)
          << document.file << " with " << mangling.name;
}

TEST(DocumentTest, WhatDiffersInTheProposalsIsNamed) {
  const auto sentence = [](const char* name) { return diagnose_log(file(name)).findings.at(0).sentence; };
  EXPECT_THAT(sentence("pfsense-phase1-encryption-responder.txt"),
              HasSubstr("encryption AES_CBC_128 is offered, AES_CBC_256 is configured"));
  EXPECT_THAT(sentence("pfsense-phase1-group-responder.txt"),
              HasSubstr("group MODP_8192 is offered, MODP_1024 is configured"));
  EXPECT_THAT(sentence("pfsense-pfs-responder.txt"),
              HasSubstr("group MODP_2048 is offered, none is configured"));
  EXPECT_THAT(sentence("cisco-hash.txt"), HasSubstr("hash SHA is offered, and the policy has another"));
  EXPECT_THAT(sentence("cisco-group.txt"), HasSubstr("group 2 is offered, and the policy has another"));
}

TEST(DocumentTest, TheProvingLinesAreThoseOfTheLog) {
  const auto diagnosis = diagnose_log(file("securepoint-psk-responder.txt"));
  const auto& lines = diagnosis.findings.at(0).lines;
  ASSERT_THAT(lines, SizeIs(2));
  EXPECT_EQ(lines[0].number, 6U);
  EXPECT_EQ(lines[0].text, "14[IKE] message parsing failed");
  EXPECT_EQ(lines[1].text, "14[IKE] ID_PROT request with message ID 0 processing failed");
}

TEST(DocumentTest, AServersLogSpeaksToWhoRunsTheServer) {
  const auto client = diagnose_log(file("securepoint-id-initiator-initiator.txt")).findings.at(0);
  const auto server = diagnose_log(file("securepoint-id-initiator-responder.txt")).findings.at(0);
  EXPECT_EQ(client.kind, server.kind);
  EXPECT_THAT(server.sentence,
              HasSubstr("This server has no connection for the identity that the client sends"));
  EXPECT_THAT(server.sentence, HasSubstr("'blubb'"));
  EXPECT_NE(client.advice, server.advice);
}

// --- The other daemons: what their own sources make them write

struct Log {
  const char* expected;
  const char* text;
};
constexpr Log logs[] = {
    // pluto, as initiator
    {"failed ipsec-no-proposal/client",
     "Nov 21 10:00:00 pc pluto[77]: \"c\" #1: initiating IKEv1 Main Mode connection\n"
     "Nov 21 10:00:00 pc pluto[77]: \"c\" #1: received and ignored notification payload: "
     "NO_PROPOSAL_CHOSEN\n"},
    {"failed ipsec-no-esp-proposal/client",
     "\"c\" #1: initiating IKEv1 Main Mode connection\n"
     "\"c\" #1: ISAKMP SA established {auth=PRESHARED_KEY cipher=AES_CBC_256 integ=HMAC_SHA1 "
     "group=MODP2048}\n"
     "\"c\" #2: initiating Quick Mode IKEv1+PSK+ENCRYPT+UP+IKE_FRAG_ALLOW {using isakmp#1 msgid:5e6d8e2a}\n"
     "\"c\" #1: ignoring informational payload NO_PROPOSAL_CHOSEN, msgid=00000000, length=12\n"},
    {"failed ipsec-pfs-mismatch/client",
     "\"c\" #2: initiating Quick Mode IKEv1+PSK+ENCRYPT+PFS+UP {using isakmp#1 msgid:5e6d8e2a}\n"
     "\"c\" #1: received and ignored notification payload: NO_PROPOSAL_CHOSEN\n"},
    {"failed ipsec-silent/client",
     "\"c\" #1: initiating IKEv1 Main Mode connection\n"
     "\"c\" #1: STATE_MAIN_I1: retransmission; will wait 0.5 seconds for response\n"
     "\"c\" #1: STATE_MAIN_I1: retransmission; will wait 1 seconds for response\n"
     "\"c\" #1: STATE_MAIN_I1: 60 second timeout exceeded after 7 retransmits.  No response (or no "
     "acceptable "
     "response) to our first IKEv1 message\n"},
    {"failed ipsec-authentication/client",
     "\"c\" #1: STATE_MAIN_I3: retransmission; will wait 0.5 seconds for response\n"
     "\"c\" #1: STATE_MAIN_I3: 60 second timeout exceeded after 7 retransmits.  Possible authentication "
     "failure: no acceptable response to our first encrypted message\n"},
    {"failed ipsec-no-esp-proposal/client",
     "\"c\" #2: STATE_QUICK_I1: 60 second timeout exceeded after 7 retransmits.  No acceptable response to "
     "our "
     "first Quick Mode message: perhaps peer likes no proposal\n"},
    {"failed ipsec-psk-wrong/client",
     "\"c\" #1: received and ignored notification payload: INVALID_HASH_INFORMATION\n"},
    {"failed ipsec-server-identity/client",
     "\"c\" #1: we require IKEv1 peer to have ID '198.51.100.7', but peer declares '192.168.1.1'\n"},
    {"failed ipsec-config-refused/client",
     "\"c\" #3: Can't authenticate: no preshared key found for `192.0.2.2' and `198.51.100.1'.\n"},
    {"failed ipsec-ikev1-refused/client",
     "\"c\": failed to add IKEv1 connection: global ikev1-policy does not allow IKEv1 connections\n"},
    {"failed ipsec-no-algorithm/client",
     "pluto[9]: \"c\": failed to add connection: IKE DH algorithm 'modp1024' is not supported\n"},
    {"failed ipsec-authentication/client",
     "\"c\" #11: IKE SA authentication request rejected by peer: AUTHENTICATION_FAILED\n"},
    {"healthy phase2",
     "\"c\" #1: ISAKMP SA established {auth=PRESHARED_KEY cipher=AES_CBC_256 integ=HMAC_SHA2_256}\n"
     "\"c\" #2: IPsec SA established transport mode {ESPinUDP=>0xc8bf5f8d <0xa5e582e3 xfrm=AES_CBC_256}\n"},
    // pluto, as responder
    {"failed ipsec-address-refused/server",
     "packet from 203.0.113.5:500: initial Main Mode message received on 198.51.100.1:500 but no connection "
     "has "
     "been authorized with policy PSK+IKEV1_ALLOW\n"},
    {"failed ipsec-no-proposal/server",
     "\"l2tp\"[1] 203.0.113.5 #1: responding to Main Mode from unknown peer 203.0.113.5:500\n"
     "\"l2tp\"[1] 203.0.113.5 #1: Oakley Transform [3DES_CBC (192), HMAC_SHA1, MODP1024] refused\n"
     "\"l2tp\"[1] 203.0.113.5 #1: no acceptable Oakley Transform\n"
     "\"l2tp\"[1] 203.0.113.5 #1: sending notification NO_PROPOSAL_CHOSEN to 203.0.113.5:500\n"},
    {"failed ipsec-psk-wrong/server",
     "\"l2tp\"[1] 203.0.113.5 #1: responding to Main Mode from unknown peer 203.0.113.5:500\n"
     "\"l2tp\"[1] 203.0.113.5 #1: probable authentication failure (mismatch of preshared secrets?): "
     "malformed "
     "payload in packet\n"},
    {"failed ipsec-selectors-refused/server",
     "\"l2tp\"[1] 203.0.113.5 #1: responding to Main Mode from unknown peer 203.0.113.5:500\n"
     "\"l2tp\"[1] 203.0.113.5 #1: ISAKMP SA established {auth=PRESHARED_KEY}\n"
     "\"l2tp\"[1] 203.0.113.5 #1: cannot respond to IPsec SA request because no connection is known for "
     "198.51.100.1:17/1701...203.0.113.5:17/1701\n"
     "\"l2tp\"[1] 203.0.113.5 #1: sending encrypted notification INVALID_ID_INFORMATION to "
     "203.0.113.5:4500\n"},
    {"failed ipsec-pfs-mismatch/server",
     "\"l2tp\"[1] 203.0.113.5 #1: responding to Main Mode from unknown peer 203.0.113.5:500\n"
     "\"l2tp\"[1] 203.0.113.5 #2: we require PFS but Quick I1 SA specifies no GROUP_DESCRIPTION\n"
     "\"l2tp\"[1] 203.0.113.5 #2: sending encrypted notification NO_PROPOSAL_CHOSEN to 203.0.113.5:4500\n"},

    // charon, beyond the documents
    {"failed ipsec-silent/client",
     "charon: 05[IKE] initiating Main Mode IKE_SA nm-l2tp-1[1] to 203.0.113.9\n"
     "charon: 05[NET] sending packet: from 192.0.2.7[500] to 203.0.113.9[500] (180 bytes)\n"
     "charon: 09[IKE] sending retransmit 1 of request message ID 0, seq 1\n"
     "charon: 11[IKE] giving up after 5 retransmits\n"
     "charon: 11[IKE] establishing IKE_SA failed, peer not responding\n"},
    {"failed ipsec-silent/client",
     "charon: 05[IKE] initiating Main Mode IKE_SA nm-l2tp-1[1] to 203.0.113.9\n"
     "charon: 09[IKE] sending retransmit 1 of request message ID 0, seq 1\n"
     "charon: 09[IKE] sending retransmit 2 of request message ID 0, seq 1\n"},
    {"failed ipsec-nat-t-silent/client",
     "charon: 05[IKE] initiating Main Mode IKE_SA nm-l2tp-1[1] to 203.0.113.9\n"
     "charon: 05[NET] sending packet: from 192.0.2.7[500] to 203.0.113.9[500] (180 bytes)\n"
     "charon: 06[NET] received packet: from 203.0.113.9[500] to 192.0.2.7[500] (160 bytes)\n"
     "charon: 06[IKE] local host is behind NAT, sending keep alives\n"
     "charon: 06[NET] sending packet: from 192.0.2.7[4500] to 203.0.113.9[4500] (108 bytes)\n"
     "charon: 09[IKE] sending retransmit 1 of request message ID 0, seq 3\n"
     "charon: 11[IKE] giving up after 5 retransmits\n"},
    {"failed ipsec-authentication/client",
     "charon: 09[IKE] sending retransmit 1 of request message ID 0, seq 3\n"
     "charon: 11[IKE] giving up after 5 retransmits\n"},
    {"failed ipsec-no-proposal/client",  // the silence comes of the refusal
     "charon: 05[IKE] initiating Main Mode IKE_SA a[1] to 203.0.113.9\n"
     "charon: 06[IKE] sending retransmit 1 of request message ID 0, seq 1\n"
     "charon: 07[IKE] received NO_PROPOSAL_CHOSEN error notify\n"
     "charon: 08[IKE] sending retransmit 2 of request message ID 0, seq 1\n"
     "charon: 09[IKE] giving up after 5 retransmits\n"
     "xl2tpd[50]: Maximum retries exceeded for tunnel 62667.  Closing.\n"},
    {"healthy phase2",  // one message was repeated, and then answered
     "charon: 05[IKE] initiating Main Mode IKE_SA a[1] to 203.0.113.9\n"
     "charon: 06[IKE] sending retransmit 1 of request message ID 0, seq 1\n"
     "charon: 07[NET] received packet: from 203.0.113.9[500] to 192.0.2.7[500] (160 bytes)\n"
     "charon: 07[IKE] IKE_SA a[1] established between 192.0.2.7[192.0.2.7]...203.0.113.9[203.0.113.9]\n"
     "charon: 08[IKE] CHILD_SA a{1} established with SPIs c1ae6bd2_i cf0f1f3b_o and TS 192.0.2.7/32[udp/l2f] "
     "=== 203.0.113.9/32[udp/l2f]\n"},
    {"failed ipsec-config-refused/client",
     "charon: 05[IKE] no shared key found for '192.168.1.5'[192.168.1.5] - '%any'[203.0.113.9]\n"
     "charon: 05[IKE] no shared key found for 192.168.1.5 - 203.0.113.9\n"},
    {"failed ipsec-server-expired/client",
     "charon: 05[IKE] initiating Main Mode IKE_SA a[1] to 203.0.113.9\n"
     "charon: 08[CFG] subject certificate invalid (valid from Jan 01 00:00:00 2020 to Jan 01 00:00:00 "
     "2021)\n"},
    {"failed ipsec-dead-peer/client",
     "charon: 08[IKE] CHILD_SA a{1} established with SPIs c1ae6bd2_i cf0f1f3b_o and TS a === b\n"
     "charon: 12[JOB] DPD check timed out, enforcing DPD action\n"},
    {"failed ipsec-silent/server",
     "charon: 05[IKE] 203.0.113.5 is initiating a Main Mode IKE_SA\n"
     "charon: 09[JOB] deleting half open IKE_SA with 203.0.113.5 after timeout\n"},
    {"failed ipsec-daemon-failed/client",
     "charon: 05[NET] no socket implementation registered, sending failed\n"},
    {"failed ipsec-config-refused/client", "charon: 00[CFG] line 3: expected record boundary in key\n"},

    // xl2tpd and pppd, as client
    {"healthy ppp",
     "Nov 21 10:00:01 pc xl2tpd[50]: Connecting to host 203.0.113.9, port 1701\n"
     "Nov 21 10:00:01 pc xl2tpd[50]: Connection established to 203.0.113.9, 1701.  Local: 60172, Remote: "
     "3171 "
     "(ref=0/0).\n"
     "Nov 21 10:00:01 pc xl2tpd[50]: Call established with 203.0.113.9, Local: 43124, Remote: 38112, Serial: "
     "1 "
     "(ref=0/0)\n"
     "Nov 21 10:00:02 pc pppd[60]: CHAP authentication succeeded: Access granted\n"
     "Nov 21 10:00:02 pc pppd[60]: local  IP address 10.0.0.2\n"
     "Nov 21 10:10:02 pc xl2tpd[50]: death_handler: Fatal signal 15 received\n"
     "Nov 21 10:10:02 pc pppd[60]: Terminating on signal 15\n"
     "Nov 21 10:10:02 pc pppd[60]: Modem hangup\n"},
    {"failed l2tp-silent/client",
     "xl2tpd[50]: Connecting to host 203.0.113.9, port 1701\n"
     "xl2tpd[50]: Maximum retries exceeded for tunnel 62667.  Closing.\n"
     "xl2tpd[50]: Connection 0 closed to 203.0.113.9, port 1701 (Timeout)\n"},
    {"failed l2tp-lost/client",
     "xl2tpd[50]: Call established with 203.0.113.9, Local: 43124, Remote: 38112, Serial: 1 (ref=0/0)\n"
     "pppd[60]: local  IP address 10.0.0.2\n"
     "xl2tpd[50]: Maximum retries exceeded for tunnel 60172.  Closing.\n"
     "xl2tpd[50]: Terminating pppd: sending TERM signal to pid 60\n"
     "pppd[60]: Terminating on signal 15\n"},
    {"failed l2tp-refused/client",
     "xl2tpd[50]: control_finish: Connection closed to 203.0.113.9, port 1701 (Requester is not authorized "
     "to "
     "establish a control channel), Local: 1, Remote: 2\n"},
    {"failed l2tp-call-refused/client",
     "xl2tpd[50]: Connection established to 203.0.113.9, 1701.  Local: 60172, Remote: 3171 (ref=0/0).\n"
     "xl2tpd[50]: control_finish: Connection closed to 203.0.113.9, serial 1 (No carrier)\n"},
    {"failed port-unavailable/client",
     "xl2tpd[50]: init_network: Unable to bind socket: Address already in use. Terminating.\n"},
    {"failed ppp-login-refused/client",
     "pppd[60]: MS-CHAP authentication failed: E=691 Authentication failure\n"
     "pppd[60]: CHAP authentication failed\n"
     "xl2tpd[50]: child_handler : pppd exited for call 38112 with code 19\n"},
    {"failed ppp-login-refused/client",
     "xl2tpd[50]: child_handler : pppd exited for call 38112 with code 19\n"},
    {"failed ppp-password-expired/client",
     "pppd[60]: MS-CHAP authentication failed: E=648 Password expired\npppd[60]: CHAP authentication "
     "failed\n"},
    {"failed ppp-account-disabled/client",
     "pppd[60]: MS-CHAP authentication failed: E=647 Account disabled\n"},
    {"failed ppp-no-dial-in/client", "pppd[60]: MS-CHAP authentication failed: E=649 No dialin permission\n"},
    {"failed ppp-restricted-hours/client",
     "pppd[60]: MS-CHAP authentication failed: E=646 Restricted logon hours\n"},
    {"failed ppp-login-refused/client",
     "pppd[60]: rcvd [LCP ConfReq id=0x1 <mru 1400> <auth chap MS-v2> <magic 0x1>]\n"
     "pppd[60]: rcvd [CHAP Failure id=0x1 \"E=691 R=1 C=00 V=3 M=MPPE required but no\"]\n"
     "pppd[60]: MS-CHAP authentication failed: Bad login\npppd[60]: CHAP authentication failed\n"},
    {"failed ppp-server-unproven/client", "pppd[60]: MS-CHAPv2 Success packet is badly formed.\n"},
    {"failed ppp-mppe-unavailable/client", "pppd[60]: MPPE required but peer negotiation failed\n"},
    {"failed ppp-method-refused/client", "pppd[60]: No auth is possible\n"},
    {"failed ppp-no-address/client", "pppd[60]: Could not determine local IP address\n"},
    {"failed ppp-unanswered/client", "pppd[60]: LCP: timeout sending Config-Requests\n"},
    {"failed ppp-echo-lost/client",
     "pppd[60]: local  IP address 10.0.0.2\npppd[60]: No response to 5 echo-requests\n"
     "pppd[60]: Serial link appears to be disconnected.\npppd[60]: Connection terminated.\n"
     "pppd[60]: Modem hangup\n"},
    {"failed ppp-ended-by-server/client",
     "pppd[60]: CHAP authentication succeeded\npppd[60]: local  IP address 10.0.0.2\n"
     "pppd[60]: LCP terminated by peer (User request)\n"},
    {"failed l2tp-kernel-missing/client", "pppd: Sorry - this system lacks PPP kernel support\n"},
    {"failed ppp-not-started/client",
     "pppd[60]: Plugin /usr/lib/pppd/2.4.7/nm-l2tp-pppd-plugin.so is for pppd version 2.4.7, this is "
     "2.4.9\n"},

    // xl2tpd and pppd, as server
    {"healthy ppp",
     "xl2tpd[9]: Connection established to 203.0.113.5, 1701.  Local: 1, Remote: 2 (ref=0/0).  LNS session "
     "is "
     "'default'\n"
     "xl2tpd[9]: Call established with 203.0.113.5, PID: 60, Local: 3, Remote: 4, Serial: 1\n"
     "pppd[60]: local  IP address 10.0.0.1\n"
     "xl2tpd[9]: control_finish: Connection closed to 203.0.113.5, serial 1 (Goodbye!)\n"
     "pppd[60]: Modem hangup\n"
     "xl2tpd[9]: child_handler : pppd exited for call 4 with code 16\n"},
    {"failed ppp-login-refused/server",
     "xl2tpd[9]: Call established with 203.0.113.5, PID: 60, Local: 3, Remote: 4, Serial: 1\n"
     "pppd[60]: Peer max failed CHAP authentication\n"},
    {"failed ppp-login-refused/server", "pppd[60]: No CHAP secret found for authenticating max\n"},
    {"failed l2tp-refused/server",
     "xl2tpd[9]: check_control: Denied connection to unauthorized peer 203.0.113.5\n"},

    {"healthy ppp",
     "PPPoL2TP options: lnsmode tid 12875 sid 50245 debugmask 0\n"
     "sent [CHAP Challenge id=0xb2 <93>, name = \"server\"]\n"
     "local  IP address 10.10.1.1\nremote IP address 10.10.1.2\n"
     "LCP terminated by peer (^L'M-zM-^_^@<M-Mt^@^@^BM-f)\nModem hangup\n"},
    {"healthy ppp", "local  IP address 10.10.1.1\nLCP terminated by peer (User request)\n"},

    // Cisco, beyond the document
    {"healthy phase2",
     "ISAKMP:(0):Checking ISAKMP transform 1 against priority 10 policy\n"
     "ISAKMP:(0):Hash algorithm offered does not match policy!\n"
     "ISAKMP:(0):atts are not acceptable. Next payload is 3\n"
     "ISAKMP:(0):Checking ISAKMP transform 2 against priority 10 policy\n"
     "ISAKMP:(0):atts are acceptable. Next payload is 0\n"
     "ISAKMP:(1001):SA has been authenticated with 12.1.1.1\n"
     "ISAKMP:(1001):Old State = IKE_QM_R_QM2  New State = IKE_QM_PHASE2_COMPLETE\n"},
    {"failed ipsec-psk-wrong/client",
     "%CRYPTO-4-IKMP_BAD_MESSAGE: IKE message from 203.0.113.5 failed its sanity check or is malformed\n"},
    {"failed ipsec-no-esp-proposal/server",
     "ISAKMP:(0): received packet from 203.0.113.5 dport 500 sport 500 Global (N) NEW SA\n"
     "IPSEC(ipsec_process_proposal): transform proposal not supported for identity: {esp-des esp-md5-hmac }\n"
     "ISAKMP:(1001): phase 2 SA policy not acceptable! (local 2.2.2.2 remote 12.1.1.1)\n"},
    {"failed ipsec-config-refused/server",
     "ISAKMP:(0): received packet from 203.0.113.5 dport 500 sport 500 Global (N) NEW SA\n"
     "ISAKMP:(0):No pre-shared key with 203.0.113.5!\n"},
    {"failed ipsec-silent/client",
     "ISAKMP:(0): beginning Main Mode exchange\nISAKMP:(0): retransmitting phase 1 MM_NO_STATE...\n"
     "ISAKMP:(0):deleting SA reason \"Death by retransmission P1\" state (I) MM_NO_STATE (peer "
     "203.0.113.5)\n"},

    // The machine around it, and NetworkManager-l2tp
    {"failed ipsec-daemon-forbidden/client",
     "kernel: audit: type=1400 audit(1.2:3): apparmor=\"DENIED\" operation=\"open\" "
     "profile=\"/usr/lib/ipsec/charon\" name=\"/run/nm-l2tp/x\" comm=\"charon\"\n"},
    {"failed l2tp-daemon-forbidden/client",
     "audit[1]: AVC avc:  denied  { create } for  pid=99 comm=\"xl2tpd\" "
     "scontext=system_u:system_r:l2tpd_t:s0 tclass=netlink_generic_socket\n"},
    {"failed ipsec-config-refused/client",
     "pluto[9]: cannot load config '/etc/ipsec.conf': /etc/ipsec.conf:14: syntax error, unexpected STRING\n"},
    {"failed ipsec-daemon-failed/client",
     "ipsec_starter[7]: charon is already running (/run/charon.pid exists) -- skipping daemon start\n"},
    {"failed settings-no-agent/client",
     "gnome-shell[1]: error while reading VPN plugin output keyfile: Key file contains line which is not a "
     "key\n"},
    {"failed workspace-old-plugin/client",
     "NetworkManager[845]: vpn[0x55]: failed to connect: 'Message recipient disconnected from message bus "
     "without replying'\n"},
    {"failed ipsec-daemon-missing/client",
     "NetworkManager[845]: <warn> vpn[0x55]: failed to connect: 'Could not find the ipsec binary. Is "
     "Libreswan "
     "or strongSwan installed?'\n"},
    {"failed ipsec-no-proposal/client",
     "NetworkManager[845]: initiating Main Mode IKE_SA 5dc5[1] to 203.0.113.9\n"
     "NetworkManager[845]: received NO_PROPOSAL_CHOSEN error notify\n"
     "nm-l2tp-service[99]: Could not establish IPsec connection.\n"
     "NetworkManager[845]: <error> vpn[0x55]: final secrets request failed to connect: 'Timeout was "
     "reached'\n"},
    {"healthy ppp",  // our own lines
     "nm-l2tp[944] notice: ipsec is up after 806 ms stage=ipsec state=up ms=806\n"
     "nm-l2tp[944] notice: l2tp is up after 180 ms stage=l2tp state=up ms=180\n"
     "nm-l2tp[944] notice: ppp is up after 1187 ms stage=ppp state=up ms=1187\n"
     "nm-l2tp[944] notice: disconnected; nothing is left state=ended\n"},
    {"failed ipsec-silent/client",  // our own line
     "nm-l2tp-service[99]: The server did not answer on IPsec's ports: no answer to the first message. Check "
     "the gateway's address.\n"},
};

TEST(LogDiagnosisTest, EachLogIsUnderstood) {
  for (const auto& log : logs) EXPECT_EQ(summary(log.text), log.expected) << log.text;
}

TEST(LogDiagnosisTest, NothingKnownIsNotCalledHealthy) {
  for (const auto* text : {"", "\n\n", "hello\n", "Lorem ipsum dolor\nsit amet\n",
                           "\x7f"
                           "ELF\x02\x01"}) {
    const auto diagnosis = diagnose_log(text);
    EXPECT_EQ(diagnosis.verdict, Verdict::unknown) << text;
    EXPECT_THAT(diagnosis.dialects, IsEmpty()) << text;
  }
}

TEST(LogDiagnosisTest, WhoseLinesWereSeenIsSaidAlsoWhenTheySayNothing) {
  const auto diagnosis = diagnose_log(
      "Nov 21 10:00:00 pc charon: 00[DMN] Starting IKE charon daemon\nxl2tpd[50]: Not looking for kernel "
      "SAref "
      "support.\n");
  EXPECT_EQ(diagnosis.verdict, Verdict::unknown);
  EXPECT_THAT(diagnosis.dialects, ElementsAre("charon", "xl2tpd"));
}

TEST(LogDiagnosisTest, ALaterSuccessMendsAFailure) {
  const auto diagnosis = diagnose_log(
      "charon: 05[IKE] initiating Main Mode IKE_SA a[1] to 203.0.113.9\n"
      "charon: 06[IKE] received NO_PROPOSAL_CHOSEN error notify\n"
      "charon: 07[IKE] initiating Main Mode IKE_SA a[2] to 203.0.113.9\n"
      "charon: 08[IKE] IKE_SA a[2] established between 192.0.2.7[a]...203.0.113.9[b]\n");
  EXPECT_EQ(diagnosis.verdict, Verdict::recovered);
  ASSERT_THAT(diagnosis.findings, SizeIs(1));
  EXPECT_EQ(diagnosis.findings[0].mended_by, 4U);
}

TEST(LogDiagnosisTest, WhatWorkedBeforeDoesNotMendAFailure) {
  const auto diagnosis = diagnose_log(
      "charon: 08[IKE] IKE_SA a[2] established between 192.0.2.7[a]...203.0.113.9[b]\n"
      "charon: 09[ENC] generating QUICK_MODE request 3 [ HASH SA No ID ID ]\n"
      "charon: 10[IKE] received NO_PROPOSAL_CHOSEN error notify\n");
  EXPECT_EQ(diagnosis.verdict, Verdict::failed);
  EXPECT_EQ(diagnosis.findings.at(0).kind->id, "ipsec-no-esp-proposal");
  EXPECT_EQ(diagnosis.furthest, Milestone::phase1);
}

TEST(LogDiagnosisTest, SeveralProblemsComeInOrderOfCause) {
  EXPECT_EQ(summary("charon: 05[IKE] initiating Main Mode IKE_SA a[1] to 203.0.113.9\n"
                    "charon: 06[IKE] IKE_SA a[1] established between 192.0.2.7[a]...203.0.113.9[b]\n"
                    "charon: 06[IKE] CHILD_SA a{1} established with SPIs 1_i 2_o and TS a === b\n"
                    "pppd[60]: MS-CHAP authentication failed: E=691 Authentication failure\n"
                    "charon: 07[IKE] initiating Main Mode IKE_SA a[2] to 203.0.113.9\n"
                    "charon: 08[IKE] received NO_PROPOSAL_CHOSEN error notify\n"
                    "xl2tpd[50]: Maximum retries exceeded for tunnel 1.  Closing.\n"),
            "failed ppp-login-refused/client ipsec-no-proposal/client");
}

TEST(LogDiagnosisTest, TheSameFailureIsToldOnce) {
  std::string log;
  for (int i = 0; i < 100; ++i) log += "pppd[60]: CHAP authentication failed\n";
  const auto diagnosis = diagnose_log(log);
  ASSERT_THAT(diagnosis.findings, SizeIs(1));
  EXPECT_THAT(diagnosis.findings[0].lines, SizeIs(6));
  EXPECT_EQ(diagnosis.findings[0].more_lines, 94U);
}

TEST(LogDiagnosisTest, WhatWasMendedAndCameAgainIsToldOnceWithItsLastLines) {
  const std::string once =
      "charon: 06[IKE] received NO_PROPOSAL_CHOSEN error notify\n"
      "charon: 08[IKE] IKE_SA a[2] established between 192.0.2.7[a]...203.0.113.9[b]\n"
      "charon: 09[IKE] initiating Main Mode IKE_SA a[3] to 203.0.113.9\n";
  const auto diagnosis = diagnose_log(once + once + once);
  EXPECT_EQ(diagnosis.verdict, Verdict::recovered);
  ASSERT_THAT(diagnosis.findings, SizeIs(1));
  EXPECT_EQ(diagnosis.findings[0].lines.at(0).number, 7U);
  EXPECT_EQ(diagnosis.findings[0].more_lines, 2U);
  EXPECT_EQ(diagnosis.findings[0].mended_by, 8U);
}

TEST(LogDiagnosisTest, AStrangersWordsAreNotTakenForADaemons) {
  EXPECT_EQ(summary("pppd[60]: Remote message: received NO_PROPOSAL_CHOSEN error notify\n"), "unknown");
}

TEST(RulesTest, EveryIdIsInTheCatalogue) {
  for (const auto rules : {diagnosis::charon_rules(), diagnosis::pluto_rules(), diagnosis::xl2tpd_rules(),
                           diagnosis::pppd_rules(), diagnosis::cisco_rules(), diagnosis::system_rules()})
    for (const auto& rule : rules) {
      const bool needed =
          rule.sign == diagnosis::Sign::failure || rule.sign == diagnosis::Sign::failure_at_server ||
          rule.sign == diagnosis::Sign::consequence || rule.sign == diagnosis::Sign::consequence_at_server;
      EXPECT_EQ(find_failure_kind(rule.id) != nullptr, needed) << rule.words;
    }
}

TEST(RulesTest, NoRuleHidesBehindAnother) {
  for (const auto rules : {diagnosis::charon_rules(), diagnosis::pluto_rules(), diagnosis::xl2tpd_rules(),
                           diagnosis::pppd_rules(), diagnosis::cisco_rules()})
    for (const auto& rule : rules) {
      std::string text{rule.words};
      std::replace(text.begin(), text.end(), '*', ' ');
      const diagnosis::Statement statement{1, text, diagnosis::squeezed(text), diagnosis::Dialect::unknown};
      const auto* found = diagnosis::find_rule(statement).rule;
      ASSERT_NE(found, nullptr) << rule.words;
      const bool of_this_table = found >= rules.data() && found < rules.data() + rules.size();
      if (of_this_table) {
        EXPECT_EQ(found->words, rule.words);
      }
    }
}

// --- Hostile input

std::string every_log() {
  std::string all;
  for (const auto& document : documents) all += file(document.file);
  for (const auto& log : logs) all += log.text;
  return all;
}

TEST(HostileLogTest, AnyBytesAreSurvived) {
  const auto all = every_log();
  std::mt19937 random{4711};  // NOLINT(cert-msc32-c,cert-msc51-cpp): the same rounds each time
  const auto below = [&random](std::size_t limit) {
    return std::uniform_int_distribution<std::size_t>{0, limit - 1}(random);
  };
  constexpr int rounds = 3000;
  for (int round = 0; round < rounds; ++round) {
    const auto begin = below(all.size());
    auto log = all.substr(begin, 1 + below(1500));
    for (auto changes = below(24); changes > 0; --changes) {
      const auto at = below(log.size());
      switch (below(5)) {
        case 0:
          log[at] = static_cast<char>(below(256));
          break;
        case 1:
          log.erase(at, below(16));
          break;
        case 2:
          log.insert(at, all.substr(below(all.size()), below(40)));
          break;
        case 3:
          std::swap(log[at], log[below(log.size())]);
          break;
        default:
          log.insert(at, 1, "\n'\"([<*&:"[below(9)]);
          break;
      }
      if (log.empty()) log = "x";
    }
    const auto diagnosis = diagnose_log(log);
    ASSERT_EQ(diagnosis.verdict == Verdict::failed || diagnosis.verdict == Verdict::recovered,
              !diagnosis.findings.empty());
    for (const auto& finding : diagnosis.findings) {
      ASSERT_THAT(finding.sentence, Not(HasSubstr("{}")));
      ASSERT_FALSE(finding.advice.empty());
      ASSERT_FALSE(finding.lines.empty()) << finding.kind->id << "\n" << log;
      ASSERT_LE(finding.mended_by, diagnosis.lines);
    }
  }
}

// Of the processor, not of the clock on the wall.
double seconds_for(const std::string& log) {
  const auto begin = std::clock();
  diagnose_log(log);
  return static_cast<double>(std::clock() - begin) / CLOCKS_PER_SEC;
}

// Eight times the input may take eight times as long, not sixty-four.
TEST(HostileLogTest, TheTimeGrowsAsTheLogDoes) {
  const auto repeated = [](const std::string& text, std::size_t size) {
    std::string log;
    while (log.size() < size) log += text;
    return log;
  };
  for (const auto* text : {"charon: 05[IKE] received proposals: IKE:", "' does not match to '", "IDir '",
                           "* ", "<br", "&amp;", "[", "(", "12[IKE] ", "*Oct 11 11:35:10.831: ", "\n",
                           "no acceptable ", "a", "charon:", "00000 ", ">"}) {
    constexpr std::size_t size = 100'000;  // bytes
    const auto small = std::max(seconds_for(repeated(text, size)), 0.002);
    EXPECT_LT(seconds_for(repeated(text, 8 * size)), 30 * small) << text;
  }
}

}  // namespace
}  // namespace l2tp
