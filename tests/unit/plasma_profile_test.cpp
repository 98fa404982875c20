// Profiles as Plasma's own form for L2TP writes them, and what it loses of those that others wrote.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>
#include <iterator>
#include <set>

#include "core/settings.h"

namespace l2tp {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;
using testing::Optional;

using Items = std::vector<std::pair<std::string, std::string>>;

// What the form writes whatever is chosen in it: the gateway, flags, yes or no about the port, and the sizes.
const Items always{
    {"gateway", "vpn.example.com"}, {"ephemeral-port", "no"}, {"mtu", "1400"}, {"mru", "1400"}};
const Items with_password{{"user", "alice"}, {"password-flags", "1"}};
const Items with_psk{{"ipsec-enabled", "yes"}, {"machine-auth-type", "psk"}, {"ipsec-psk-flags", "1"}};

Profile profile(const std::vector<Items>& parts, const Items& secrets) {
  Profile profile;
  profile.uuid = "7a1c6b1e-3b0e-4d5e-9a53-0d3a3d0f8a11";
  profile.vpn_user_name = "login";  // NetworkManager says who connects
  for (const auto& part : parts)
    for (const auto& [key, value] : part) profile.data[key] = value;
  for (const auto& [key, value] : secrets) profile.secrets[key] = Secret{value};
  return profile;
}

struct Row {
  const char* what;
  std::vector<Items> parts;  // beside `always`
  Items secrets;
  void (*expect)(const Settings&);
};

const std::vector<Row> rows{
    {"a new profile without IPsec",
     {with_password},
     {{"password", "x"}},
     [](const Settings& settings) {
       EXPECT_EQ(settings.gateway, "vpn.example.com");
       EXPECT_EQ(settings.user, "alice");
       EXPECT_EQ(settings.password.view(), "x");
       EXPECT_FALSE(settings.ephemeral_port);
       EXPECT_FALSE(settings.ipsec);
     }},
    {"any source port, and a domain",
     {with_password, {{"ephemeral-port", "yes"}, {"domain", "OFFICE"}}},
     {{"password", "x"}},
     [](const Settings& settings) {
       EXPECT_TRUE(settings.ephemeral_port);
       EXPECT_EQ(settings.user, "OFFICE\\alice");
     }},
    {"a pre-shared key",
     {with_password, with_psk},
     {{"password", "x"}, {"ipsec-psk", "secret key"}},
     [](const Settings& settings) {
       ASSERT_TRUE(settings.ipsec);
       EXPECT_EQ(settings.ipsec->psk.view(), "secret key");
       EXPECT_FALSE(settings.ipsec->pfs) << "nothing is said, so the daemon's own choice holds";
     }},
    {"a pre-shared key that somebody typed in base64",
     {with_password, with_psk},
     {{"password", "x"}, {"ipsec-psk", "0sYWJj"}},
     [](const Settings& settings) { EXPECT_EQ(settings.ipsec->psk.view(), "abc"); }},
    {"the server's identity under its old name",
     {with_password, with_psk, {{"ipsec-gateway-id", "@vpn.example.com"}}},
     {{"password", "x"}, {"ipsec-psk", "k"}},
     [](const Settings& settings) {
       EXPECT_THAT(settings.ipsec->remote_id, Optional(std::string{"@vpn.example.com"}));
     }},
    {"all of the IPsec page",
     {with_password,
      with_psk,
      {{"ipsec-ike", "aes256-sha256-modp2048!"},
       {"ipsec-esp", "aes256-sha256"},
       {"ipsec-ikelifetime", "10800"},
       {"ipsec-salifetime", "3600"},
       {"ipsec-forceencaps", "yes"},
       {"ipsec-ipcomp", "yes"},
       {"ipsec-ikev2", "yes"},
       {"ipsec-pfs", "no"}}},
     {{"password", "x"}, {"ipsec-psk", "k"}},
     [](const Settings& settings) {
       const auto& ipsec = *settings.ipsec;
       ASSERT_TRUE(ipsec.phase1 && ipsec.phase2);
       EXPECT_EQ(strongswan_spelling(ipsec.phase1->proposals.at(0)), "aes256-sha256-modp2048");
       EXPECT_EQ(strongswan_spelling(ipsec.phase2->proposals.at(0)), "aes256-sha256");
       EXPECT_THAT(ipsec.phase1_lifetime, Optional(10800U));
       EXPECT_THAT(ipsec.phase2_lifetime, Optional(3600U));
       EXPECT_THAT(ipsec.force_encapsulation, Optional(true));
       EXPECT_THAT(ipsec.compression, Optional(true));
       EXPECT_TRUE(ipsec.ikev2);
       EXPECT_THAT(ipsec.pfs, Optional(false));
     }},
    {"all of the PPP page",
     {with_password,
      {{"refuse-pap", "yes"},
       {"refuse-chap", "yes"},
       {"refuse-mschap", "yes"},
       {"refuse-eap", "yes"},
       {"require-mppe-128", "yes"},
       {"mppe-stateful", "yes"},
       {"nobsdcomp", "yes"},
       {"nodeflate", "yes"},
       {"no-vj-comp", "yes"},
       {"nopcomp", "yes"},
       {"noaccomp", "yes"},
       {"lcp-echo-failure", "5"},
       {"lcp-echo-interval", "30"},
       {"mrru", "1600"}}},
     {{"password", "x"}},
     [](const Settings& settings) {
       const auto& ppp = settings.ppp;
       EXPECT_TRUE(ppp.refuse_pap && ppp.refuse_chap && ppp.refuse_mschap && ppp.refuse_eap);
       EXPECT_FALSE(ppp.refuse_mschapv2);
       EXPECT_TRUE(ppp.require_mppe_128 && ppp.mppe_stateful);
       EXPECT_TRUE(ppp.no_bsd_compression && ppp.no_deflate && ppp.no_vj_compression &&
                   ppp.no_protocol_compression && ppp.no_address_compression);
       EXPECT_EQ(ppp.echo_failure, 5U);
       EXPECT_EQ(ppp.echo_interval, 30U);
       EXPECT_THAT(ppp.mrru, Optional(1600U));
     }},
    {"certificates on both pages, the files that were not chosen left empty",
     {{{"user-auth-type", "tls"},
       {"user-ca", ""},
       {"user-cert", "/home/alice/alice.p12"},
       {"user-key", ""},
       {"user-certpass-flags", "4"}},
      {{"ipsec-enabled", "yes"},
       {"machine-auth-type", "tls"},
       {"machine-ca", ""},
       {"machine-cert", "/etc/ssl/machine.pem"},
       {"machine-key", "/etc/ssl/machine.key"},
       {"machine-certpass-flags", "0"}}},
     {{"machine-certpass", "open"}},
     [](const Settings& settings) {
       ASSERT_TRUE(settings.user_certificate_files);
       EXPECT_EQ(settings.user, "login") << "the form names none beside a certificate";
       EXPECT_EQ(settings.user_certificate_files->authority, "");
       EXPECT_EQ(settings.user_certificate_files->key, "/home/alice/alice.p12");
       ASSERT_TRUE(settings.ipsec && settings.ipsec->certificate_files);
       EXPECT_EQ(settings.ipsec->certificate_files->authority, "");
       EXPECT_EQ(settings.ipsec->certificate_files->key, "/etc/ssl/machine.key");
       EXPECT_EQ(settings.ipsec->certificate_files->passphrase.view(), "open");
     }},
    {"a password's profile in which certificates were chosen before",
     {with_password, with_psk, {{"user-ca", ""}, {"user-cert", ""}, {"user-key", ""}, {"machine-ca", ""}}},
     {{"password", "x"}, {"ipsec-psk", "k"}},
     [](const Settings& settings) {
       EXPECT_FALSE(settings.user_certificate_files);
       EXPECT_FALSE(settings.ipsec->certificate_files);
     }},
    {"an old version's keys for a user's certificate",
     {{{"use-cert", "yes"},
       {"cert-pub", "/alice.pem"},
       {"cert-ca", "/ca.pem"},
       {"cert-key", "/alice.key"},
       {"user", "alice"}}},
     {},
     [](const Settings& settings) {
       ASSERT_TRUE(settings.user_certificate_files);
       EXPECT_EQ(settings.user_certificate_files->certificate, "/alice.pem");
       EXPECT_EQ(settings.user_certificate_files->authority, "/ca.pem");
       EXPECT_EQ(settings.user_certificate_files->key, "/alice.key");
     }},
    {"an old version's profile without a certificate",
     {with_password, {{"use-cert", "no"}, {"cert-pub", ""}, {"cert-ca", ""}, {"cert-key", ""}}},
     {{"password", "x"}},
     [](const Settings& settings) { EXPECT_FALSE(settings.user_certificate_files); }},
};

TEST(PlasmaProfileTest, WhatItsFormWritesIsTaken) {
  for (const auto& row : rows) {
    SCOPED_TRACE(row.what);
    auto parts = row.parts;
    parts.insert(parts.begin(), always);
    const auto settings = parse_settings(profile(parts, row.secrets));
    ASSERT_TRUE(settings) << settings.error().sentence();
    row.expect(settings.value());
  }
}

TEST(PlasmaProfileTest, NoSecretIsAskedForThatItsFormDidNotChoose) {
  const auto uses = [](const std::vector<Items>& parts) {
    std::vector<std::string> keys;
    for (const auto& use : used_secrets(profile(parts, {}), [](const std::string&, std::string_view) {
           return true;  // every key file is encrypted
         }))
      keys.emplace_back(use.key);
    return keys;
  };
  EXPECT_THAT(uses({always, with_password}), ElementsAre("password"));
  EXPECT_THAT(uses({always, with_password, with_psk}), ElementsAre("ipsec-psk", "password"));
  EXPECT_THAT(uses({always, {{"user-auth-type", "tls"}, {"user-cert", "/u.p12"}, {"user-key", ""}}}),
              ElementsAre("user-certpass"));
}

// --- What it loses

// The keys that it knows: it saves these, and leaves out whatever else the profile had.
const std::set<std::string_view> known_to_plasma{"gateway",
                                                 "user",
                                                 "domain",
                                                 "password-flags",
                                                 "user-auth-type",
                                                 "user-ca",
                                                 "user-cert",
                                                 "user-key",
                                                 "user-certpass-flags",
                                                 "ephemeral-port",
                                                 "ipsec-enabled",
                                                 "machine-auth-type",
                                                 "ipsec-psk-flags",
                                                 "machine-ca",
                                                 "machine-cert",
                                                 "machine-key",
                                                 "machine-certpass-flags",
                                                 "ipsec-gateway-id",
                                                 "ipsec-ike",
                                                 "ipsec-esp",
                                                 "ipsec-ikelifetime",
                                                 "ipsec-salifetime",
                                                 "ipsec-forceencaps",
                                                 "ipsec-ipcomp",
                                                 "ipsec-ikev2",
                                                 "ipsec-pfs",
                                                 "refuse-pap",
                                                 "refuse-chap",
                                                 "refuse-mschap",
                                                 "refuse-mschapv2",
                                                 "refuse-eap",
                                                 "require-mppe",
                                                 "require-mppe-40",
                                                 "require-mppe-128",
                                                 "mppe-stateful",
                                                 "nobsdcomp",
                                                 "nodeflate",
                                                 "no-vj-comp",
                                                 "nopcomp",
                                                 "noaccomp",
                                                 "lcp-echo-failure",
                                                 "lcp-echo-interval",
                                                 "mrru",
                                                 "mtu",
                                                 "mru"};

std::string section_about_plasma() {
  std::ifstream file{TEST_DATA "/../../../docs/known-issues.md"};
  const std::string text{std::istreambuf_iterator<char>{file}, {}};
  const auto begin = text.find("## Plasma's own form");
  return begin == std::string::npos ? "" : text.substr(begin, text.find("\n## ", begin) - begin);
}

TEST(PlasmaProfileTest, EveryKeyThatItsFormLosesIsNamedInTheDocuments) {
  const auto section = section_about_plasma();
  for (const auto& key : key_table()) {
    if (key.secret || known_to_plasma.contains(key.name)) continue;
    EXPECT_THAT(section, HasSubstr("`" + std::string{key.name} + "`"));
  }
  for (const auto name : known_to_plasma) EXPECT_NE(find_key(name), nullptr) << name;
}

TEST(PlasmaProfileTest, AProfileThatLostThemStillConnects) {
  auto full = profile({always,
                       with_password,
                       with_psk,
                       {{"ipsec-remote-id", "vpn.example.com"},
                        {"ipsec-group-name", "group"},
                        {"ipsec-dpd-delay", "10"},
                        {"xl2tpd-max-retries", "7"},
                        {"unit", "3"},
                        {"accomp", "yes"},
                        {"ipsec-force-udp-encaps", "yes"}}},
                      {{"password", "x"}, {"ipsec-psk", "0sYWJj"}});
  ASSERT_TRUE(parse_settings(full));
  auto saved = profile({}, {{"password", "x"}, {"ipsec-psk", "abc"}});
  for (const auto& [key, value] : full.data)
    if (known_to_plasma.contains(key)) saved.data[key] = value;
  saved.data["ipsec-gateway-id"] = full.data["ipsec-remote-id"];

  const auto before = parse_settings(full);
  const auto after = parse_settings(saved);
  ASSERT_TRUE(after) << after.error().sentence();
  EXPECT_EQ(after.value().ipsec->psk.view(), before.value().ipsec->psk.view());
  EXPECT_EQ(after.value().ipsec->remote_id, before.value().ipsec->remote_id);
  EXPECT_FALSE(after.value().ipsec->group_name);
  EXPECT_EQ(after.value().ipsec->dpd_delay, 30U);
}

}  // namespace
}  // namespace l2tp
