#include "core/render/ipsec_conf.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <functional>

namespace l2tp::render {
namespace {

using testing::AllOf;
using testing::EndsWith;
using testing::HasSubstr;
using testing::Not;
using testing::StartsWith;

const Endpoints endpoints{Ipv4Address{{192, 0, 2, 7}}, Ipv4Address{{203, 0, 113, 9}}, 1701};
constexpr const char* name = "nm-l2tp-UUID";

IpsecSettings with(const std::function<void(IpsecSettings&)>& change) {
  IpsecSettings ipsec;
  ipsec.psk = Secret{"sesame"};
  change(ipsec);
  return ipsec;
}

IpsecSettings settings() {
  return with([](auto&) {});
}

IpsecSettings with_certificates(const std::function<void(IpsecSettings&)>& change) {
  auto ipsec = with(change);
  ipsec.certificate_files.emplace();
  return ipsec;
}

IpsecFiles certificate_files() {
  return {.certificate = "/run/charon.nm-l2tp-UUID.cert",
          .private_key = "/run/charon.nm-l2tp-UUID.key",
          .passphrase = Secret{"0123abcd"},
          .authorities = {"/run/charon.nm-l2tp-UUID.ca0", "/run/charon.nm-l2tp-UUID.ca1"}};
}

std::string conf(const IpsecSettings& ipsec, const Endpoints& where = endpoints,
                 const IpsecFiles& files = {}) {
  const auto rendered = ipsec_conf(name, "instance", ipsec, where, files);
  EXPECT_TRUE(rendered) << rendered.error();
  return rendered ? rendered.value() : "";
}

std::string refusal(const IpsecSettings& ipsec) {
  const auto rendered = ipsec_conf(name, "instance", ipsec, endpoints, {});
  EXPECT_FALSE(rendered);
  return rendered ? "" : rendered.error();
}

std::string secret(const IpsecSettings& ipsec) {
  const auto line = ipsec_secret(ipsec, endpoints, certificate_files());
  EXPECT_TRUE(line);
  return line ? std::string{line.value().view()} : "";
}

// The value of `key`, still quoted; empty if it is not set.
std::string value(const std::string& text, const std::string& key) {
  const auto begin = text.find("\n  " + key + "=");
  if (begin == std::string::npos) return {};
  const auto start = begin + key.size() + 4;
  return text.substr(start, text.find('\n', start) - start);
}

ProposalList proposals(const char* text, Phase phase) {
  return parse_proposals(text, phase).value();
}

TEST(IpsecConfTest, ItIsOneSectionOfThatName) {
  const auto text = conf(settings());
  EXPECT_THAT(text, AllOf(StartsWith("conn \"nm-l2tp-UUID\"\n"), EndsWith("\"\n")));
  EXPECT_EQ(text.find("conn", 4), std::string::npos);
}

TEST(IpsecConfTest, TheVersionIsAlwaysSaid) {
  EXPECT_EQ(value(conf(settings()), "keyexchange"), "\"ikev1\"");
  EXPECT_EQ(value(conf(with([](auto& ipsec) { ipsec.ikev2 = true; })), "keyexchange"), "\"ikev2\"");
}

TEST(IpsecConfTest, TransportModeProtectsExactlyTheL2tpFlow) {
  const auto text = conf(settings());
  EXPECT_EQ(value(text, "type"), "\"transport\"");
  EXPECT_EQ(value(text, "left"), "\"192.0.2.7\"");
  EXPECT_EQ(value(text, "right"), "\"203.0.113.9\"");
  EXPECT_EQ(value(text, "leftprotoport"), "\"udp/1701\"");
  EXPECT_EQ(value(text, "rightprotoport"), "\"udp/1701\"");
}

TEST(IpsecConfTest, AnotherSourcePortIsOursOnly) {
  auto where = endpoints;
  where.source_port = 54321;
  const auto text = conf(settings(), where);
  EXPECT_EQ(value(text, "leftprotoport"), "\"udp/54321\"");
  EXPECT_EQ(value(text, "rightprotoport"), "\"udp/1701\"");
}

TEST(IpsecConfTest, ThePolicyIsThereFromTheMomentTheConnectionIsAdded) {
  EXPECT_EQ(value(conf(settings()), "auto"), "\"route\"");
}

TEST(IpsecConfTest, OneAttemptHasOneResult) {
  EXPECT_EQ(value(conf(settings()), "keyingtries"), "\"1\"");
}

TEST(IpsecConfTest, BothSidesProveThemselvesByTheKeyWhichIsNotThere) {
  const auto text = conf(settings());
  EXPECT_EQ(value(text, "leftauth"), "\"psk\"");
  EXPECT_EQ(value(text, "rightauth"), "\"psk\"");
  EXPECT_THAT(text, AllOf(Not(HasSubstr("sesame")), Not(HasSubstr("736573616d65"))));
}

TEST(IpsecConfTest, TheServerMayBeAnybodyUnlessTheProfileNamesIt) {
  EXPECT_EQ(value(conf(settings()), "rightid"), "\"%any\"");
  EXPECT_EQ(value(conf(with([](auto& ipsec) { ipsec.remote_id = "@vpn.example"; })), "rightid"),
            "\"@vpn.example\"");
}

TEST(IpsecConfTest, TheGroupNameIsOurIdentity) {
  EXPECT_EQ(value(conf(settings()), "leftid"), "");
  EXPECT_EQ(value(conf(with([](auto& ipsec) { ipsec.group_name = "staff"; })), "leftid"), "\"staff\"");
}

TEST(IpsecConfTest, AnIdentityStaysWithinItsQuotes) {
  const auto text = conf(with([](auto& ipsec) {
    ipsec.group_name = R"(a"b\)";
    ipsec.remote_id = "x # y = z";
  }));
  EXPECT_EQ(value(text, "leftid"), R"("a\"b\\")");
  EXPECT_EQ(value(text, "rightid"), "\"x # y = z\"");
}

TEST(IpsecConfTest, AnIdentityThatCannotBeSaidIsRefusedByName) {
  for (const std::string identity : {"%foo", "%", "a\nconn b", "\x7f"}) {
    EXPECT_THAT(refusal(with([&](auto& ipsec) { ipsec.remote_id = identity; })),
                HasSubstr("ipsec-remote-id"));
    EXPECT_THAT(refusal(with([&](auto& ipsec) { ipsec.group_name = identity; })),
                HasSubstr("ipsec-group-name"));
  }
  EXPECT_THAT(refusal(with([](auto& ipsec) {
                ipsec.remote_id = std::string{"a\0b", 3};
              })),
              HasSubstr(R"('a\x00b')"));
}

TEST(IpsecConfTest, WithoutAStringTheDefaultsAreOfferedAndNoOthers) {
  const auto text = conf(settings());
  EXPECT_THAT(value(text, "ike"), AllOf(StartsWith("\"aes"), EndsWith(",3des-sha1-modp1024!\"")));
  EXPECT_THAT(value(text, "esp"), EndsWith("!\""));
}

TEST(IpsecConfTest, AListWithoutAMarkStandsBeforeTheDefaults) {
  const auto text = conf(with([](auto& ipsec) {
    ipsec.phase1 = proposals("aes192-sha512-modp4096", Phase::one);
    ipsec.phase2 = proposals("aes192-sha512", Phase::two);
  }));
  EXPECT_THAT(value(text, "ike"),
              AllOf(StartsWith("\"aes192-sha512-modp4096,"), EndsWith(",3des-sha1-modp1024!\"")));
  EXPECT_THAT(value(text, "esp"), AllOf(StartsWith("\"aes192-sha512,"), EndsWith("!\"")));
}

TEST(IpsecConfTest, AListWithAMarkStandsAlone) {
  const auto text = conf(with([](auto& ipsec) {
    ipsec.phase1 = proposals("3des-sha1-modp1024!", Phase::one);
    ipsec.phase2 = proposals("aes128-sha1,3des-sha1!", Phase::two);
  }));
  EXPECT_EQ(value(text, "ike"), "\"3des-sha1-modp1024!\"");
  EXPECT_EQ(value(text, "esp"), "\"aes128-sha1,3des-sha1!\"");
}

TEST(IpsecConfTest, WithIkev2TheDaemonsOwnListStandsBehind) {
  const auto plain = conf(with([](auto& ipsec) { ipsec.ikev2 = true; }));
  EXPECT_EQ(value(plain, "ike"), "");
  EXPECT_EQ(value(plain, "esp"), "");
  const auto own = conf(with([](auto& ipsec) {
    ipsec.ikev2 = true;
    ipsec.phase1 = proposals("aes256-sha256-modp2048", Phase::one);
    ipsec.phase2 = proposals("aes256gcm16!", Phase::two);
  }));
  EXPECT_EQ(value(own, "ike"), "\"aes256-sha256-modp2048\"");
  EXPECT_EQ(value(own, "esp"), "\"aes256gcm16!\"");
}

TEST(IpsecConfTest, WithoutPfsNoGroupIsOfferedInPhase2) {
  const auto text = conf(with([](auto& ipsec) {
    ipsec.phase1 = proposals("aes256-sha256-modp2048!", Phase::one);
    ipsec.phase2 = proposals("aes256-sha256-modp2048!", Phase::two);
    ipsec.pfs = false;
  }));
  EXPECT_EQ(value(text, "ike"), "\"aes256-sha256-modp2048!\"");
  EXPECT_EQ(value(text, "esp"), "\"aes256-sha256!\"");
}

TEST(IpsecConfTest, DeadPeersAreDetectedUnlessTheProfileSaysNo) {
  const auto text = conf(settings());
  EXPECT_EQ(value(text, "dpdaction"), "\"clear\"");
  EXPECT_EQ(value(text, "dpddelay"), "\"30s\"");
  EXPECT_EQ(value(text, "dpdtimeout"), "\"90s\"");
  const auto off = conf(with([](auto& ipsec) { ipsec.dpd_delay = 0; }));
  for (const auto* key : {"dpdaction", "dpddelay", "dpdtimeout"}) EXPECT_EQ(value(off, key), "") << key;
}

int seconds(const std::string& time) {
  EXPECT_THAT(time, EndsWith("s\""));
  return std::stoi(time.substr(1));
}

TEST(IpsecConfTest, LifetimesAreLeftToTheDaemonUnlessTheProfileSetsThem) {
  for (const auto* key : {"ikelifetime", "lifetime", "margintime", "rekeyfuzz"})
    EXPECT_EQ(value(conf(settings()), key), "") << key;
}

TEST(IpsecConfTest, WhatTheProfileSetsIsRenewedBeforeItEnds) {
  for (const std::uint32_t lifetime : {2U, 9U, 20U, 600U, 3600U, 2592000U}) {
    const auto first = conf(with([lifetime](auto& ipsec) { ipsec.phase1_lifetime = lifetime; }));
    EXPECT_EQ(seconds(value(first, "ikelifetime")), static_cast<int>(lifetime));
    EXPECT_EQ(value(first, "lifetime"), "");
    const auto second = conf(with([lifetime](auto& ipsec) { ipsec.phase2_lifetime = lifetime; }));
    EXPECT_EQ(seconds(value(second, "lifetime")), static_cast<int>(lifetime));
    EXPECT_EQ(value(second, "ikelifetime"), "");
    for (const auto& text : {first, second}) {
      EXPECT_GE(seconds(value(text, "margintime")), 1);
      EXPECT_LE(seconds(value(text, "margintime")), static_cast<int>(lifetime / 2));
      EXPECT_EQ(value(text, "rekeyfuzz"), "\"0%\"");
    }
  }
}

TEST(IpsecConfTest, OneMarginServesBothLifetimes) {
  const auto text = conf(with([](auto& ipsec) {
    ipsec.phase1_lifetime = 28800;
    ipsec.phase2_lifetime = 20;
  }));
  EXPECT_EQ(value(text, "margintime"), "\"2s\"");
}

TEST(IpsecConfTest, EncapsulationIsForcedOrForbiddenOnlyIfTheProfileSaysSo) {
  EXPECT_EQ(value(conf(settings()), "forceencaps"), "");
  EXPECT_EQ(value(conf(with([](auto& ipsec) { ipsec.force_encapsulation = true; })), "forceencaps"),
            "\"yes\"");
  EXPECT_EQ(value(conf(with([](auto& ipsec) { ipsec.force_encapsulation = false; })), "forceencaps"),
            "\"no\"");
}

TEST(IpsecConfTest, IpCompressionIsOfferedOnlyIfTheProfileSaysSo) {
  EXPECT_EQ(value(conf(settings()), "compress"), "");
  EXPECT_EQ(value(conf(with([](auto& ipsec) { ipsec.compression = true; })), "compress"), "\"yes\"");
}

// charon and starter look at nothing but the values, least of all at the name.
TEST(IpsecConfTest, TwoActivationsAreNeverEqual) {
  const auto body = [](const char* instance) {
    const auto text = ipsec_conf(name, instance, settings(), endpoints, {}).value();
    return text.substr(text.find('\n'));
  };
  EXPECT_EQ(body("one"), body("one"));
  EXPECT_NE(body("one"), body("two"));
}

TEST(IpsecConfTest, WithCertificatesOursIsShownAndTheServersIsAskedFor) {
  const auto text = conf(with_certificates([](auto&) {}), endpoints, certificate_files());
  EXPECT_EQ(value(text, "leftauth"), "\"pubkey\"");
  EXPECT_EQ(value(text, "rightauth"), "\"pubkey\"");
  EXPECT_EQ(value(text, "leftcert"), "\"/run/charon.nm-l2tp-UUID.cert\"");
  EXPECT_EQ(value(text, "leftsendcert"), "\"always\"");
}

TEST(IpsecConfTest, TheServerWithACertificateIsTheOneThatTheProfileNames) {
  const auto text = conf(with_certificates([](auto& ipsec) { ipsec.remote_id = "O=Lab, CN=server"; }),
                         endpoints, certificate_files());
  EXPECT_EQ(value(text, "rightid"), "\"O=Lab, CN=server\"");
}

TEST(IpsecConfTest, EachAuthorityHasASectionOfItsOwnName) {
  const auto text = conf(with_certificates([](auto&) {}), endpoints, certificate_files());
  EXPECT_THAT(text, StartsWith("ca \"nm-l2tp-UUID-0\"\n  cacert=\"/run/charon.nm-l2tp-UUID.ca0\"\n"));
  EXPECT_THAT(text, HasSubstr("\nca \"nm-l2tp-UUID-1\"\n  cacert=\"/run/charon.nm-l2tp-UUID.ca1\"\n"));
}

TEST(IpsecSecretTest, TheKeyIsItsBytesWhateverTheyAre) {
  EXPECT_EQ(secret(with([](auto& ipsec) {
              ipsec.psk = Secret{std::string{"\0\xff k\n\"", 6}};
            })),
            "203.0.113.9 : PSK 0x00ff206b0a22\n");
}

TEST(IpsecSecretTest, ItIsForThisServerOnly) {
  EXPECT_THAT(secret(settings()), StartsWith("203.0.113.9 : PSK 0x"));
  const auto named = with([](auto& ipsec) {
    ipsec.remote_id = "vpn.example";
    ipsec.group_name = "staff";
  });
  EXPECT_THAT(secret(named), StartsWith("203.0.113.9 \"vpn.example\" : PSK 0x"));
}

TEST(IpsecSecretTest, AnybodyIsNoOwner) {
  EXPECT_THAT(secret(with([](auto& ipsec) { ipsec.remote_id = "%any"; })),
              StartsWith("203.0.113.9 : PSK 0x"));
}

TEST(IpsecSecretTest, WithIkev2ItIsForThisServerAndUs) {
  EXPECT_THAT(secret(with([](auto& ipsec) { ipsec.ikev2 = true; })),
              StartsWith("203.0.113.9 \"192.0.2.7\" : PSK 0x"));
  EXPECT_THAT(secret(with([](auto& ipsec) {
                ipsec.ikev2 = true;
                ipsec.group_name = "staff";
              })),
              StartsWith("203.0.113.9 \"staff\" : PSK 0x"));
}

TEST(IpsecSecretTest, AnOwnerStandsInQuotesThatItDoesNotHold) {
  EXPECT_THAT(secret(with([](auto& ipsec) { ipsec.remote_id = "a\"b"; })), HasSubstr(" 'a\"b' : PSK"));
  for (const std::string id : {"a\"b'c", "a : PSK b"}) {
    const auto ipsec = with([&id](auto& changed) { changed.remote_id = id; });
    const auto line = ipsec_secret(ipsec, endpoints, {});
    ASSERT_FALSE(line);
    EXPECT_THAT(line.error(), HasSubstr(id));
  }
}

TEST(IpsecSecretTest, WithACertificateItNamesTheKeysFileAndItsPassphrase) {
  EXPECT_EQ(secret(with_certificates([](auto&) {})),
            ": PKCS8 \"/run/charon.nm-l2tp-UUID.key\" \"0123abcd\"\n");
}

}  // namespace
}  // namespace l2tp::render
