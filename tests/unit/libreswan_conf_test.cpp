#include "core/render/libreswan_conf.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <functional>

namespace l2tp::render {
namespace {

using testing::AllOf;
using testing::Contains;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;
using testing::SizeIs;
using testing::StartsWith;

const Endpoints endpoints{Ipv4Address{{192, 0, 2, 7}}, Ipv4Address{{203, 0, 113, 9}}, 54321};
constexpr const char* name = "nm-l2tp-UUID";

using Change = std::function<void(IpsecSettings&)>;

IpsecSettings with(const Change& change) {
  IpsecSettings ipsec;
  ipsec.psk = Secret{"sesame"};
  change(ipsec);
  return ipsec;
}

Result<std::string, std::string> rendered(const Change& change = [](IpsecSettings&) {}) {
  return libreswan_conn(name, with(change), endpoints, "vpn.example.com", {});
}

std::string conn(const Change& change = [](IpsecSettings&) {}) {
  const auto text = rendered(change);
  EXPECT_TRUE(text);
  return text ? text.value() : text.error();
}

std::string secrets(const Change& change = [](IpsecSettings&) {}) {
  const auto text = libreswan_secrets(with(change), endpoints);
  return text ? std::string{text.value().view()} : text.error();
}

ProposalList proposals(const char* text, Phase phase) {
  return parse_proposals(text, phase).value();
}

TEST(LibreswanConfTest, TheFlowIsExactlyTheTunnels) {
  EXPECT_THAT(conn(), AllOf(StartsWith("conn nm-l2tp-UUID\n"), HasSubstr("\n  type=transport\n"),
                            HasSubstr("\n  left=192.0.2.7\n  leftprotoport=udp/54321\n"),
                            HasSubstr("\n  right=203.0.113.9\n  rightprotoport=udp/1701\n"),
                            HasSubstr("\n  authby=secret\n"), HasSubstr("\n  leftupdown=%disabled\n")));
}

TEST(LibreswanConfTest, WhoeverKnowsTheKeyIsTheServerUnlessTheProfileNamesOne) {
  EXPECT_THAT(conn(), HasSubstr("\n  rightid=%any\n"));
  EXPECT_THAT(conn([](auto& ipsec) { ipsec.remote_id = "%any"; }), HasSubstr("\n  rightid=%any\n"));
  EXPECT_THAT(conn([](auto& ipsec) { ipsec.remote_id = "10.0.0.1"; }),
              HasSubstr("\n  rightid=\"10.0.0.1\"\n"));
}

TEST(LibreswanConfTest, ABareNameIsNotLookedUp) {
  EXPECT_THAT(conn([](auto& ipsec) { ipsec.group_name = "staff"; }), HasSubstr("\n  leftid=\"@staff\"\n"));
  EXPECT_THAT(conn([](auto& ipsec) { ipsec.group_name = "@staff"; }), HasSubstr("\n  leftid=\"@staff\"\n"));
  EXPECT_THAT(conn([](auto& ipsec) { ipsec.group_name = "a@b.example"; }),
              HasSubstr("\n  leftid=\"a@b.example\"\n"));
  EXPECT_THAT(conn([](auto& ipsec) { ipsec.group_name = "CN=a, O=b"; }),
              HasSubstr("\n  leftid=\"CN=a, O=b\"\n"));
}

TEST(LibreswanConfTest, AnIdentityThatWouldBreakOutOfItsLineIsRefusedByName) {
  for (const auto* hostile :
       {"a\"\n  leftupdown=/tmp/x", "a\nb", "a\"b", "a\\", "\x01", "", "%fromcert", "%cert", "{x", "a\x80"}) {
    const auto text = rendered([&](auto& ipsec) { ipsec.group_name = hostile; });
    ASSERT_FALSE(text) << text.value();
    EXPECT_THAT(text.error(), HasSubstr("Libreswan cannot be told the identity '"));
    EXPECT_FALSE(rendered([&](auto& ipsec) { ipsec.remote_id = hostile; })) << hostile;
    EXPECT_FALSE(libreswan_secrets(with([&](auto& ipsec) { ipsec.group_name = hostile; }), endpoints))
        << hostile;
  }
}

TEST(LibreswanConfTest, TheKeyIsItsBytesForTheseTwoAlone) {
  EXPECT_EQ(secrets(), "\"192.0.2.7\" 203.0.113.9 : PSK 0x736573616d65\n");
  EXPECT_EQ(secrets([](auto& ipsec) {
              ipsec.psk = Secret{std::string_view{"\0\"\n\xff", 4}};
              ipsec.group_name = "staff";
              ipsec.remote_id = "@gw";
            }),
            "\"@staff\" 203.0.113.9 \"@gw\" : PSK 0x00220aff\n");
  EXPECT_THAT(secrets([](auto& ipsec) { ipsec.remote_id = "%any"; }), Not(HasSubstr("%any")));
}

TEST(LibreswanConfTest, DeadPeerDetectionIsAsTheProfileSays) {
  EXPECT_THAT(conn(), HasSubstr("\n  dpddelay=30s\n  dpdtimeout=90s\n"));
  EXPECT_THAT(conn([](auto& ipsec) { ipsec.dpd_delay = 0; }), Not(HasSubstr("dpd")));
  EXPECT_THAT(conn([](auto& ipsec) { ipsec.ikev2 = true; }),
              AllOf(HasSubstr("dpddelay=30s"), Not(HasSubstr("dpdtimeout"))));
}

TEST(LibreswanConfTest, LifetimesAreRenewedInTime) {
  EXPECT_THAT(conn(), Not(HasSubstr("rekey")));
  EXPECT_THAT(conn([](auto& ipsec) {
                ipsec.phase1_lifetime = 3600;
                ipsec.phase2_lifetime = 20;
              }),
              AllOf(HasSubstr("\n  ikelifetime=3600s\n"), HasSubstr("\n  salifetime=20s\n"),
                    HasSubstr("\n  rekeymargin=2s\n"), HasSubstr("\n  rekeyfuzz=0%\n")));
  EXPECT_THAT(conn([](auto& ipsec) { ipsec.phase1_lifetime = 5; }), HasSubstr("\n  rekeymargin=1s\n"));
}

TEST(LibreswanConfTest, SwitchesAreSaidAsTheyAreSet) {
  EXPECT_THAT(conn(), AllOf(HasSubstr("\n  compress=no\n"), HasSubstr("\n  pfs=no\n"),
                            Not(HasSubstr("encapsulation"))));
  EXPECT_THAT(conn([](auto& ipsec) {
                ipsec.compression = true;
                ipsec.pfs = true;
                ipsec.force_encapsulation = true;
              }),
              AllOf(HasSubstr("\n  compress=yes\n"), HasSubstr("\n  pfs=yes\n"),
                    HasSubstr("\n  encapsulation=yes\n")));
}

TEST(LibreswanConfTest, AGroupInPhaseTwoAsksForPfsUnlessTheProfileForbidsIt) {
  const auto grouped = proposals("aes256-sha256-modp2048", Phase::two);
  EXPECT_THAT(conn([&](auto& ipsec) { ipsec.phase2 = grouped; }), HasSubstr("\n  pfs=yes\n"));
  const auto forbidden = with([&](auto& ipsec) {
    ipsec.phase2 = grouped;
    ipsec.pfs = false;
  });
  EXPECT_FALSE(libreswan_pfs(forbidden));
  EXPECT_THAT(libreswan_proposals(forbidden, Phase::two), ElementsAre("aes256-sha2_256"));
}

TEST(LibreswanConfTest, AListStandsAloneWhetherItHasAnExclamationMarkOrNot) {
  for (const auto* text : {"aes128-sha1-modp2048!", "aes128-sha1-modp2048"}) {
    const auto ipsec = with([&](auto& settings) { settings.phase1 = proposals(text, Phase::one); });
    EXPECT_THAT(libreswan_proposals(ipsec, Phase::one), ElementsAre("aes128-sha1-modp2048"));
  }
}

TEST(LibreswanConfTest, WithoutAListOurOwnIsOfferedToIkev1Only) {
  EXPECT_THAT(libreswan_proposals({}, Phase::one), SizeIs(default_proposals(Phase::one).size()));
  EXPECT_THAT(libreswan_proposals({}, Phase::one), Contains("3des-sha1-modp1024"));
  const auto ikev2 = with([](auto& ipsec) { ipsec.ikev2 = true; });
  EXPECT_THAT(libreswan_proposals(ikev2, Phase::one), IsEmpty());
}

TEST(LibreswanConfTest, TheAnswersOfTheDaemonCompleteTheFile) {
  const LibreswanAnswers answers{IkeVersionKeyword::keyexchange, {"a", "b"}, {"c"}};
  EXPECT_EQ(libreswan_conf("conn x\n", answers, false), "conn x\n  keyexchange=ikev1\n  ike=a,b\n  esp=c\n");
  EXPECT_EQ(libreswan_conf("conn x\n", answers, true), "conn x\n  keyexchange=ikev2\n  ike=a,b\n  esp=c\n");
  EXPECT_EQ(libreswan_conf("conn x\n", {IkeVersionKeyword::ikev2, {}, {}}, false), "conn x\n  ikev2=no\n");
  EXPECT_EQ(libreswan_conf("conn x\n", {IkeVersionKeyword::ikev2, {}, {}}, true), "conn x\n  ikev2=yes\n");
}

TEST(LibreswanConfTest, AServersCertificateMustHoldTheGatewaysName) {
  const auto text = [](const Change& change) {
    return libreswan_conn(name, with(change), endpoints, "vpn.example.com", "ours").value();
  };
  EXPECT_THAT(text([](auto&) {}), HasSubstr("\n  rightid=\"@vpn.example.com\"\n"));
  EXPECT_THAT(text([](auto& ipsec) { ipsec.remote_id = "@other"; }), HasSubstr("\n  rightid=\"@other\"\n"));
  EXPECT_THAT(text([](auto& ipsec) { ipsec.remote_id = "%any"; }), HasSubstr("\n  rightid=%any\n"));
}

}  // namespace
}  // namespace l2tp::render
