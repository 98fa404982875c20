#include "core/settings.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <map>
#include <random>
#include <set>

#include "core/wording.h"

namespace l2tp {
namespace {

using testing::AllOf;
using testing::Contains;
using testing::ElementsAre;
using testing::EndsWith;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;
using testing::Optional;
using testing::SizeIs;

using Items = std::vector<std::pair<std::string, std::string>>;

void set(Profile& profile, const Items& items) {
  for (const auto& [name, value] : items) profile.data[name] = value;
}

// A profile with what every profile needs, and `items` beside it.
Profile plain(const Items& items = {}) {
  Profile profile;
  profile.uuid = "7a1c6b1e-3b0e-4d5e-9a53-0d3a3d0f8a11";
  set(profile, {{"gateway", "vpn.example.com"}, {"user", "alice"}});
  profile.secrets["password"] = Secret("opensesame");
  set(profile, items);
  return profile;
}

// The same with IPsec.
Profile protected_by_ipsec(const Items& items = {}) {
  Profile profile = plain({{"ipsec-enabled", "yes"}});
  profile.secrets["ipsec-psk"] = Secret("topsecretkey");
  set(profile, items);
  return profile;
}

Settings accepted(const Profile& profile) {
  auto settings = parse_settings(profile);
  if (!settings) {
    ADD_FAILURE() << settings.error().sentence();
    return {};
  }
  return std::move(settings.value());
}

IpsecSettings accepted_ipsec(const Profile& profile) {
  Settings settings = accepted(profile);
  EXPECT_TRUE(settings.ipsec.has_value());
  return settings.ipsec ? std::move(*settings.ipsec) : IpsecSettings{};
}

// "id: sentence" of the refusal.
std::string refusal(const Profile& profile) {
  const auto settings = parse_settings(profile);
  if (settings) return "accepted";
  return std::string(settings.error().kind->id) + ": " + settings.error().sentence();
}

std::string invalid(const std::string& detail) {
  return "settings-invalid: The profile has a wrong value: " + detail + ".";
}
std::string unknown(const std::string& detail) {
  return "settings-unknown-key: The profile has an unknown key: " + detail + ".";
}
std::string missing(const std::string& detail) {
  return "settings-missing: The profile lacks " + detail + ".";
}

std::vector<std::string> spellings(const std::optional<ProposalList>& list) {
  std::vector<std::string> result;
  if (!list) return result;
  for (const Proposal& proposal : list->proposals) result.push_back(strongswan_spelling(proposal));
  return result;
}

// --- The table
// --------------------------------------------------------------------------------------------------

TEST(KeyTableTest, EveryKeyOfNetworkManagerL2tpIsThere) {
  for (const std::string name : {"gateway",
                                 "user-auth-type",
                                 "user",
                                 "domain",
                                 "ephemeral-port",
                                 "user-ca",
                                 "user-cert",
                                 "user-key",
                                 "xl2tpd-max-retries",
                                 "ipcp-peer-ip",
                                 "unit",
                                 "refuse-eap",
                                 "refuse-pap",
                                 "refuse-chap",
                                 "refuse-mschap",
                                 "refuse-mschapv2",
                                 "require-mppe",
                                 "require-mppe-40",
                                 "require-mppe-128",
                                 "mppe-stateful",
                                 "nobsdcomp",
                                 "nodeflate",
                                 "no-vj-comp",
                                 "nopcomp",
                                 "noaccomp",
                                 "mrru",
                                 "mtu",
                                 "mru",
                                 "lcp-echo-failure",
                                 "lcp-echo-interval",
                                 "ipsec-enabled",
                                 "machine-auth-type",
                                 "machine-ca",
                                 "machine-cert",
                                 "machine-key",
                                 "ipsec-remote-id",
                                 "ipsec-gateway-id",
                                 "ipsec-group-name",
                                 "ipsec-ike",
                                 "ipsec-esp",
                                 "ipsec-ikelifetime",
                                 "ipsec-salifetime",
                                 "ipsec-forceencaps",
                                 "ipsec-ipcomp",
                                 "ipsec-ikev2",
                                 "ipsec-pfs",
                                 "password",
                                 "user-certpass",
                                 "ipsec-psk",
                                 "machine-certpass",
                                 "no-secret",
                                 "password-flags",
                                 "user-certpass-flags",
                                 "ipsec-psk-flags",
                                 "machine-certpass-flags",
                                 "use-cert",
                                 "cert-pub",
                                 "cert-ca",
                                 "cert-key",
                                 "ipsec-force-udp-encaps",
                                 "accomp",
                                 "name"}) {
    const Key* key = find_key(name);
    ASSERT_NE(key, nullptr) << name;
    EXPECT_EQ(key->name, name);
  }
  EXPECT_THAT(key_table(), SizeIs(62 + 1));  // and one of our own: ipsec-dpd-delay
}

TEST(KeyTableTest, NoKeyIsThereTwice) {
  std::set<std::string_view> names;
  for (const Key& key : key_table()) EXPECT_TRUE(names.insert(key.name).second) << key.name;
}

TEST(KeyTableTest, EveryKeyIsExplainedInOneSentence) {
  for (const Key& key : key_table()) {
    EXPECT_THAT(std::string(key.text), EndsWith(".")) << key.name;
    EXPECT_FALSE(key.fallback.empty()) << key.name;
    EXPECT_EQ(key.kind == KeyKind::choice, !key.choices.empty()) << key.name;
    EXPECT_LE(key.minimum, key.maximum) << key.name;
  }
}

TEST(KeyTableTest, EverySecretHasItsFlags) {
  for (const Key& key : key_table()) {
    if (!key.secret || key.name == "no-secret") continue;
    const Key* flags = find_key(std::string(key.name) + "-flags");
    ASSERT_NE(flags, nullptr) << key.name;
    EXPECT_EQ(flags->kind, KeyKind::flags);
    EXPECT_FALSE(flags->secret);
  }
}

TEST(KeyTableTest, AnOldFormNamesTheKeyThatReplacedIt) {
  for (const Key& key : key_table()) {
    if (key.replaced_by.empty() || key.replaced_by == "nothing") continue;
    const Key* replacement = find_key(key.replaced_by);
    ASSERT_NE(replacement, nullptr) << key.name;
    EXPECT_TRUE(replacement->replaced_by.empty()) << key.name;
  }
}

TEST(KeyTableTest, ANameThatIsNotThereIsNotFound) {
  EXPECT_EQ(find_key(""), nullptr);
  EXPECT_EQ(find_key("Gateway"), nullptr);
  EXPECT_EQ(find_key("gateway "), nullptr);
}

TEST(NearestKeyTest, AMisspeltKeyIsRecognised) {
  EXPECT_EQ(nearest_key("gatway"), "gateway");
  EXPECT_EQ(nearest_key("getaway"), "gateway");
  EXPECT_EQ(nearest_key("Gateway"), "gateway");
  EXPECT_EQ(nearest_key("mtx"), "mtu");
  EXPECT_EQ(nearest_key("refuse-mschap-v2"), "refuse-mschapv2");
  EXPECT_EQ(nearest_key("ipsec_enabled"), "ipsec-enabled");
  EXPECT_EQ(nearest_key("lcp-echo-intervall"), "lcp-echo-interval");
}

TEST(NearestKeyTest, APartOfAKeyIsRecognised) {
  EXPECT_EQ(nearest_key("psk"), "ipsec-psk");
  EXPECT_EQ(nearest_key("esp"), "ipsec-esp");
  EXPECT_EQ(nearest_key("remote-id"), "ipsec-remote-id");
  EXPECT_EQ(nearest_key("username"), "user");
}

TEST(NearestKeyTest, WhatIsLikeNothingHasNoSuggestion) {
  EXPECT_EQ(nearest_key("xyzzy-plugh"), "");
  EXPECT_EQ(nearest_key(""), "");
  EXPECT_EQ(nearest_key(std::string(1000, 'g')), "");
}

TEST(NearestKeyTest, AnOldFormIsNeverSuggested) {
  EXPECT_EQ(nearest_key("ipsec-gateway-i"), "gateway");
  EXPECT_EQ(nearest_key("accom"), "noaccomp");
}

// --- Names
// ------------------------------------------------------------------------------------------------------

TEST(UnknownKeyTest, TheNearestKnownKeyIsNamed) {
  EXPECT_EQ(refusal(plain({{"gatway", "vpn.example.com"}})), unknown("'gatway' (did you mean 'gateway'?)"));
}

TEST(UnknownKeyTest, AKeyLikeNothingIsNamedAlone) {
  EXPECT_EQ(refusal(plain({{"xyzzy-plugh", "1"}})), unknown("'xyzzy-plugh'"));
  EXPECT_EQ(refusal(plain({{"", "1"}})), unknown("''"));
}

TEST(UnknownKeyTest, ItsNameIsShownHarmlessly) {
  EXPECT_EQ(refusal(plain({{"evil\nplugin /tmp/x.so", "1"}})), unknown("'evil\\x0aplugin /tmp/x.so'"));
}

TEST(UnknownKeyTest, AnUnknownSecretIsNamedWithTheNearestSecret) {
  Profile profile = plain();
  profile.secrets["pasword"] = Secret("hunter2");
  EXPECT_EQ(refusal(profile), unknown("the secret 'pasword' (did you mean 'password'?)"));

  Profile other = plain();
  other.secrets["psk"] = Secret("hunter2");
  EXPECT_EQ(refusal(other), unknown("the secret 'psk' (did you mean 'ipsec-psk'?)"));
}

TEST(MisplacedKeyTest, ASecretAmongTheDataIsRefusedWithoutItsValue) {
  EXPECT_EQ(refusal(plain({{"password", "hunter2"}})),
            invalid("password is a secret, and must be in vpn.secrets, not in vpn.data"));
}

TEST(MisplacedKeyTest, ADataItemAmongTheSecretsIsRefused) {
  Profile profile = plain();
  profile.secrets["mtu"] = Secret("1400");
  EXPECT_EQ(refusal(profile), invalid("mtu is no secret, and must be in vpn.data"));
}

// --- Types
// ------------------------------------------------------------------------------------------------------

TEST(NumberTest, ANumberWithATailIsRefused) {
  EXPECT_EQ(refusal(plain({{"mtu", "1400 foo"}})),
            invalid("mtu is '1400 foo', but must be a whole number from 128 to 16384"));
}

TEST(NumberTest, WhatIsNoDecimalNumberIsRefused) {
  for (const std::string value : {"", " ", "abc", "-5", "+5", " 1400", "1400 ", "1400\n", "0x578", "1.4e3",
                                  "1400.0", "127", "16385", "4294968696", "99999999999999999999"})
    EXPECT_EQ(refusal(plain({{"mtu", value}})),
              invalid("mtu is " + in_quotes(value) + ", but must be a whole number from 128 to 16384"));
}

TEST(NumberTest, EveryNumberTakesItsBoundsAndNothingBeyond) {
  for (const Key& key : key_table()) {
    if (key.kind != KeyKind::number && key.kind != KeyKind::flags) continue;
    const std::string name{key.name};
    EXPECT_EQ(refusal(plain({{name, std::to_string(key.minimum)}})), "accepted");
    EXPECT_EQ(refusal(plain({{name, std::to_string(key.maximum)}})), "accepted");
    EXPECT_THAT(
        refusal(plain({{name, std::to_string(std::uint64_t{key.maximum} + 1)}})),
        HasSubstr(name + " is '" + std::to_string(std::uint64_t{key.maximum} + 1) + "', but must be"));
    EXPECT_THAT(refusal(plain({{name, "abc"}})),
                HasSubstr(name + " is 'abc', but must be a whole number from"));
  }
}

TEST(NumberTest, NoNumberThatAnEditorWritesIsRefused) {
  for (const auto& [name, value] : Items{{"mtu", "576"},
                                         {"mtu", "1500"},
                                         {"mru", "576"},
                                         {"mru", "1500"},
                                         {"mrru", "1500"},
                                         {"mrru", "4500"},
                                         {"lcp-echo-failure", "5"},
                                         {"lcp-echo-interval", "30"},
                                         {"ipsec-ikelifetime", "0"},
                                         {"ipsec-ikelifetime", "86400"},
                                         {"ipsec-salifetime", "86400"},
                                         {"password-flags", "1"}})
    EXPECT_EQ(refusal(plain({{name, value}})), "accepted") << name << "=" << value;
}

TEST(BooleanTest, OnlyYesAndNoAreTaken) {
  for (const Key& key : key_table()) {
    if (key.kind != KeyKind::boolean) continue;
    const std::string name{key.name};
    EXPECT_EQ(refusal(plain({{name, "no"}})), "accepted") << name;
    for (const std::string value : {"", "Yes", "true", "1", "yes ", "yes\n"})
      EXPECT_EQ(refusal(plain({{name, value}})),
                invalid(name + " is " + in_quotes(value) + ", but must be 'yes' or 'no'"));
  }
}

TEST(ChoiceTest, AnotherWordIsRefused) {
  EXPECT_EQ(refusal(plain({{"user-auth-type", "otp"}})),
            invalid("user-auth-type is 'otp', but must be 'password' or 'tls'"));
  EXPECT_EQ(refusal(plain({{"machine-auth-type", "xauth"}})),
            invalid("machine-auth-type is 'xauth', but must be 'psk' or 'tls'"));
  EXPECT_EQ(refusal(protected_by_ipsec({{"user-auth-type", "password"}, {"machine-auth-type", "psk"}})),
            "accepted");
}

TEST(TextTest, AControlCharacterIsRefusedInEveryText) {
  for (const Key& key : key_table()) {
    if (key.secret || key.kind == KeyKind::boolean || key.kind == KeyKind::choice) continue;
    const std::string name{key.name};
    for (const std::string& value : {std::string("/a\nb"), std::string("/a\0b", 4), std::string("/a\tb\x7f")})
      EXPECT_THAT(refusal(plain({{name, value}})),
                  HasSubstr(name + " is " + in_quotes(value) + ", but must"));
  }
  EXPECT_EQ(refusal(plain({{"ipsec-remote-id", "@a\nleftupdown=/tmp/x"}})),
            invalid("ipsec-remote-id is '@a\\x0aleftupdown=/tmp/x', but must not hold a control character"));
}

TEST(TextTest, ATooLongTextIsCutInTheSentence) {
  EXPECT_EQ(
      refusal(plain({{"ipsec-group-name", std::string(1025, 'g')}})),
      invalid("ipsec-group-name is '" + std::string(64, 'g') + "...', but must have at most 1024 bytes"));
}

TEST(PathTest, ARelativePathIsRefused) {
  EXPECT_EQ(refusal(plain({{"user-ca", "ca.pem"}})),
            invalid("user-ca is 'ca.pem', but must be the absolute path of a file"));
}

TEST(PathTest, AnEmptyPathIsAsNone) {
  const Settings settings = accepted(protected_by_ipsec({{"user-ca", ""},
                                                         {"user-cert", ""},
                                                         {"user-key", ""},
                                                         {"machine-ca", ""},
                                                         {"machine-cert", ""},
                                                         {"machine-key", ""}}));
  EXPECT_THAT(settings.notes, IsEmpty());
}

TEST(TextTest, AnEmptyTextIsAsNone) {
  const IpsecSettings ipsec = accepted_ipsec(protected_by_ipsec({{"ipsec-remote-id", ""},
                                                                 {"ipsec-gateway-id", ""},
                                                                 {"ipsec-group-name", ""},
                                                                 {"ipsec-ike", ""},
                                                                 {"ipsec-esp", ""}}));
  EXPECT_FALSE(ipsec.remote_id);
  EXPECT_FALSE(ipsec.group_name);
  EXPECT_FALSE(ipsec.phase1);
  EXPECT_FALSE(ipsec.phase2);
}

TEST(UuidTest, AUuidThatCouldNameAnotherDirectoryIsRefused) {
  Profile profile = plain();
  profile.uuid = "../../etc";
  EXPECT_EQ(refusal(profile),
            invalid("connection.uuid is '../../etc', but must have letters, digits and hyphens only"));
  profile.uuid = "";
  EXPECT_EQ(refusal(profile), missing("its UUID (connection.uuid)"));
}

// --- The gateway
// ------------------------------------------------------------------------------------------------

std::string gateway(const std::string& value) {
  return accepted(plain({{"gateway", value}})).gateway;
}

TEST(GatewayTest, AddressesAndNamesAreTaken) {
  for (const std::string value : {"192.0.2.1", "2001:db8::1", "vpn.example.com", "VPN.Example.com", "gw",
                                  "3com.com", "xn--bcher-kva.example", "a-b.c-d", "1.2.3.4.example"})
    EXPECT_EQ(gateway(value), value);
}

TEST(GatewayTest, BracketsAndATrailingDotAreTakenOff) {
  EXPECT_EQ(gateway("[2001:db8::1]"), "2001:db8::1");
  EXPECT_EQ(gateway("vpn.example.com."), "vpn.example.com");
}

TEST(GatewayTest, TheLongestNameAndLabelAreTaken) {
  const std::string label(63, 'a');
  const std::string longest = label + "." + label + "." + label + "." + std::string(61, 'a');
  EXPECT_EQ(longest.size(), 253U);
  EXPECT_EQ(gateway(longest), longest);
  EXPECT_EQ(gateway(longest + "."), longest);
  EXPECT_THAT(refusal(plain({{"gateway", longest + "a"}})), HasSubstr("but must be an IPv4 or IPv6 address"));
  EXPECT_THAT(refusal(plain({{"gateway", label + "a.example"}})),
              HasSubstr("but must be an IPv4 or IPv6 address"));
}

TEST(GatewayTest, WhatIsNoHostIsRefused) {
  for (const std::string value : {"vpn_1.example.com",
                                  "-vpn.example.com",
                                  "vpn-.example.com",
                                  "vpn..example.com",
                                  ".",
                                  ".example.com",
                                  "vpn.example.com..",
                                  "vpn.example.com:1701",
                                  "https://vpn.example.com",
                                  "vpn.example.com ",
                                  " vpn.example.com",
                                  "vpn example",
                                  "b\xc3\xbc"
                                  "cher.example",
                                  "[192.0.2.1]",
                                  "[2001:db8::1",
                                  "2001:db8::1]",
                                  "[]",
                                  "2001:db8:::1",
                                  "fe80::1%eth0",
                                  "[[::1]]",
                                  "vpn\n.example.com"})
    EXPECT_EQ(
        refusal(plain({{"gateway", value}})),
        invalid("gateway is " + in_quotes(value) +
                ", but must be an IPv4 or IPv6 address, or a DNS name (letters, digits, hyphens, dots)"));
}

TEST(GatewayTest, AnAddressThatIsNotWholeIsRefused) {
  for (const std::string value : {"1.2.3", "1.2.3.4.5", "192.0.2.256", "192.0.2.1.", "2130706433",
                                  "0x7f000001", "127.0x1", "010.0.0.1", "0x"})
    EXPECT_EQ(refusal(plain({{"gateway", value}})),
              invalid("gateway is " + in_quotes(value) +
                      ", but must be a whole IPv4 address (four numbers from 0 to 255) or a DNS name"));
}

TEST(GatewayTest, ItIsRequired) {
  Profile profile = plain();
  profile.data.erase("gateway");
  EXPECT_EQ(refusal(profile), missing("the gateway (key gateway)"));
  EXPECT_EQ(refusal(plain({{"gateway", ""}})), missing("the gateway (key gateway)"));
}

// --- The user
// ---------------------------------------------------------------------------------------------------

TEST(UserTest, TheKeyWinsOverVpnUserName) {
  Profile profile = plain();
  profile.vpn_user_name = "root";
  EXPECT_EQ(accepted(profile).user, "alice");
  profile.data["user"] = "";
  EXPECT_EQ(accepted(profile).user, "root");
  profile.data.erase("user");
  EXPECT_EQ(accepted(profile).user, "root");
}

TEST(UserTest, TheDomainStandsBeforeTheName) {
  EXPECT_EQ(accepted(plain({{"domain", "CORP"}})).user, "CORP\\alice");
  EXPECT_EQ(accepted(plain({{"domain", ""}})).user, "alice");
}

TEST(UserTest, AStrangeNameStaysWhatItIs) {
  const std::string name = "a \"b\" 'c' \\d #e \xc3\xbc \xff {} %s $(x)";
  EXPECT_EQ(accepted(plain({{"user", name}})).user, name);
}

TEST(UserTest, AControlCharacterIsRefused) {
  EXPECT_EQ(refusal(plain({{"user", "a\"\nplugin /tmp/x.so"}})),
            invalid("user is 'a\"\\x0aplugin /tmp/x.so', but must not hold a control character"));
  Profile profile = plain({{"user", ""}});
  profile.vpn_user_name = "a\rb";
  EXPECT_EQ(refusal(profile), invalid("vpn.user-name is 'a\\x0db', but must not hold a control character"));
  profile.data["user"] = "alice";
  EXPECT_EQ(refusal(profile), "accepted");
}

TEST(UserTest, NameAndDomainTogetherFitIntoOneByteOfLength) {
  EXPECT_EQ(accepted(plain({{"user", std::string(255, 'a')}})).user.size(), 255U);
  EXPECT_THAT(refusal(plain({{"user", std::string(256, 'a')}})),
              AllOf(HasSubstr("user is 'aaa"), HasSubstr("must have at most 255 bytes")));
  EXPECT_EQ(accepted(plain({{"user", std::string(250, 'a')}, {"domain", "CORP"}})).user.size(), 255U);
  EXPECT_EQ(refusal(plain({{"user", std::string(251, 'a')}, {"domain", "CORP"}})),
            invalid("the user name with its domain is 'CORP\\" + std::string(59, 'a') +
                    "...', but must have at most 255 bytes"));
}

TEST(UserTest, ANameIsNeeded) {
  EXPECT_EQ(refusal(plain({{"user", ""}})), missing("the user name (key user, or vpn.user-name)"));
}

TEST(PasswordTest, AnyBytesThatAreNoControlCharactersAreTaken) {
  Profile profile = plain();
  const std::string password = "p \"w\" 'x' \\y #z \xc3\xa9\xff" + std::string(200, '!');
  profile.secrets["password"] = Secret(password);
  EXPECT_EQ(accepted(profile).password.view(), password);
}

TEST(PasswordTest, AControlCharacterIsRefusedWithoutTheValue) {
  for (const std::string& value :
       {std::string("open\tsesame"), std::string("open\0sesame", 11), std::string("open\x7f")}) {
    Profile profile = plain();
    profile.secrets["password"] = Secret(value);
    EXPECT_EQ(refusal(profile), invalid("password must not hold a control character"));
  }
}

TEST(PasswordTest, ATooLongOneIsRefusedWithoutTheValue) {
  Profile profile = plain();
  profile.secrets["password"] = Secret(std::string(255, 'p'));
  EXPECT_EQ(accepted(profile).password.view().size(), 255U);
  profile.secrets["password"] = Secret(std::string(256, 'p'));
  EXPECT_EQ(refusal(profile), invalid("password must have at most 255 bytes"));
}

TEST(PasswordTest, ItIsNeededUnlessItsFlagsSayOtherwise) {
  for (const bool erased : {true, false}) {
    Profile profile = plain();
    profile.secrets["password"] = Secret("");
    if (erased) profile.secrets.erase("password");
    EXPECT_EQ(refusal(profile), missing("the password (secret password)"));
    for (const std::string flags : {"0", "1", "2", "3"}) {
      profile.data["password-flags"] = flags;
      EXPECT_EQ(refusal(profile), missing("the password (secret password)"));
    }
    for (const std::string flags : {"4", "5", "6", "7"}) {
      profile.data["password-flags"] = flags;
      EXPECT_TRUE(accepted(profile).password.empty());
    }
  }
}

TEST(SecretsTest, TheDialogsDummySecretIsIgnored) {
  Profile profile = plain();
  profile.secrets["no-secret"] = Secret("true");
  EXPECT_THAT(accepted(profile).notes, IsEmpty());
}

// --- L2TP and PPP
// -----------------------------------------------------------------------------------------------

TEST(DefaultsTest, ABareProfileIsPlainL2tpWithTheOldDefaults) {
  const Settings settings = accepted(plain());
  EXPECT_EQ(settings.uuid, plain().uuid);
  EXPECT_FALSE(settings.ipsec);
  EXPECT_FALSE(settings.ephemeral_port);
  EXPECT_FALSE(settings.l2tp_max_retries);
  EXPECT_EQ(settings.ppp.mtu, 1400U);
  EXPECT_EQ(settings.ppp.mru, 1400U);
  EXPECT_EQ(settings.ppp.echo_failure, 0U);
  EXPECT_EQ(settings.ppp.echo_interval, 0U);
  EXPECT_FALSE(settings.ppp.mrru);
  EXPECT_FALSE(settings.ppp.unit);
  EXPECT_FALSE(settings.ppp.local_address);
  EXPECT_FALSE(settings.ppp.peer_address);
  EXPECT_TRUE(settings.ipv4);
  EXPECT_TRUE(settings.ipv6);
  EXPECT_THAT(settings.notes, IsEmpty());
}

TEST(PppTest, EachKeySetsItsOwnOption) {
  const std::map<std::string, bool PppSettings::*> options{
      {"refuse-eap", &PppSettings::refuse_eap},
      {"refuse-pap", &PppSettings::refuse_pap},
      {"refuse-chap", &PppSettings::refuse_chap},
      {"refuse-mschap", &PppSettings::refuse_mschap},
      {"refuse-mschapv2", &PppSettings::refuse_mschapv2},
      {"require-mppe", &PppSettings::require_mppe},
      {"require-mppe-40", &PppSettings::require_mppe_40},
      {"require-mppe-128", &PppSettings::require_mppe_128},
      {"mppe-stateful", &PppSettings::mppe_stateful},
      {"nobsdcomp", &PppSettings::no_bsd_compression},
      {"nodeflate", &PppSettings::no_deflate},
      {"no-vj-comp", &PppSettings::no_vj_compression},
      {"nopcomp", &PppSettings::no_protocol_compression},
      {"noaccomp", &PppSettings::no_address_compression},
  };
  for (const auto& [name, option] : options) {
    const PppSettings ppp = accepted(plain({{name, "yes"}})).ppp;
    for (const auto& [other_name, other_option] : options)
      EXPECT_EQ(ppp.*other_option, other_name == name) << name;
    EXPECT_FALSE(accepted(plain({{name, "no"}})).ppp.*option) << name;
  }
}

TEST(PppTest, NumbersReachTheirOptions) {
  const PppSettings ppp = accepted(plain({{"mtu", "1300"},
                                          {"mru", "1310"},
                                          {"mrru", "1600"},
                                          {"lcp-echo-failure", "5"},
                                          {"lcp-echo-interval", "30"},
                                          {"unit", "7"}}))
                              .ppp;
  EXPECT_EQ(ppp.mtu, 1300U);
  EXPECT_EQ(ppp.mru, 1310U);
  EXPECT_THAT(ppp.mrru, Optional(1600U));
  EXPECT_EQ(ppp.echo_failure, 5U);
  EXPECT_EQ(ppp.echo_interval, 30U);
  EXPECT_THAT(ppp.unit, Optional(7U));
}

TEST(PppTest, AccompIsTheOldOppositeOfNoaccomp) {
  EXPECT_TRUE(accepted(plain({{"accomp", "no"}})).ppp.no_address_compression);
  EXPECT_FALSE(accepted(plain({{"accomp", "yes"}})).ppp.no_address_compression);
  EXPECT_FALSE(accepted(plain({{"accomp", "no"}, {"noaccomp", "no"}})).ppp.no_address_compression);
  EXPECT_THAT(accepted(plain({{"accomp", "no"}})).notes, ElementsAre("accomp is an old form of noaccomp"));
}

TEST(L2tpTest, PortAndRetriesReachTheirSettings) {
  const Settings settings = accepted(plain({{"ephemeral-port", "yes"}, {"xl2tpd-max-retries", "3"}}));
  EXPECT_TRUE(settings.ephemeral_port);
  EXPECT_THAT(settings.l2tp_max_retries, Optional(3U));
}

TEST(ManualAddressTest, TheFirstAddressIsAskedFor) {
  Profile profile = plain();
  profile.ipv4_addresses = {"10.9.0.5", "10.9.0.6"};
  const PppSettings ppp = accepted(profile).ppp;
  EXPECT_THAT(ppp.local_address, Optional(Ipv4Address({10, 9, 0, 5})));
  EXPECT_FALSE(ppp.peer_address);
}

TEST(ManualAddressTest, ThePeerIsIpcpPeerIpOrElseTheGatewayOfIpv4) {
  Profile profile = plain();
  profile.ipv4_addresses = {"10.9.0.5"};
  profile.ipv4_gateway = "10.9.0.1";
  EXPECT_THAT(accepted(profile).ppp.peer_address, Optional(Ipv4Address({10, 9, 0, 1})));
  profile.data["ipcp-peer-ip"] = "10.9.0.2";
  EXPECT_THAT(accepted(profile).ppp.peer_address, Optional(Ipv4Address({10, 9, 0, 2})));
}

TEST(ManualAddressTest, WithoutAnAddressThePeerHasNoEffect) {
  Profile profile = plain({{"ipcp-peer-ip", "10.9.0.2"}});
  profile.ipv4_gateway = "10.9.0.1";
  const Settings settings = accepted(profile);
  EXPECT_FALSE(settings.ppp.peer_address);
  EXPECT_THAT(settings.notes, ElementsAre("without effect because ipv4.method is not manual: ipcp-peer-ip"));
}

TEST(ManualAddressTest, WhatIsNoAddressIsRefused) {
  EXPECT_EQ(
      refusal(plain({{"ipcp-peer-ip", "10.0.0.1 plugin /tmp/x.so"}})),
      invalid("ipcp-peer-ip is '10.0.0.1 plugin /tmp/x.so', but must be an IPv4 address, such as 192.0.2.1"));
  Profile profile = plain();
  profile.ipv4_addresses = {"ten"};
  EXPECT_EQ(refusal(profile),
            invalid("ipv4.addresses is 'ten', but must be an IPv4 address, such as 192.0.2.1"));
  profile.ipv4_addresses = {"10.9.0.5"};
  profile.ipv4_gateway = "one";
  EXPECT_EQ(refusal(profile),
            invalid("ipv4.gateway is 'one', but must be an IPv4 address, such as 192.0.2.1"));
}

TEST(IpTest, WhatNetworkManagerSaysIsKept) {
  Profile profile = plain();
  profile.ipv4_never_default = true;
  profile.ipv4_ignore_auto_dns = true;
  profile.ipv6_enabled = false;
  const Settings settings = accepted(profile);
  EXPECT_TRUE(settings.ipv4);
  EXPECT_FALSE(settings.ipv6);
  EXPECT_TRUE(settings.ipv4_never_default);
  EXPECT_FALSE(settings.ipv6_never_default);
  EXPECT_TRUE(settings.ignore_auto_dns);
}

TEST(IpTest, ATunnelForNothingIsRefused) {
  Profile profile = plain();
  profile.ipv4_enabled = false;
  profile.ipv6_enabled = false;
  EXPECT_EQ(refusal(profile), invalid("ipv4.method and ipv6.method are both disabled, but one must not be"));
}

// --- IPsec
// ------------------------------------------------------------------------------------------------------

TEST(IpsecTest, ABareProfileIsIkev1WithThePskAndNothingElse) {
  const IpsecSettings ipsec = accepted_ipsec(protected_by_ipsec());
  EXPECT_EQ(ipsec.psk.view(), "topsecretkey");
  EXPECT_FALSE(ipsec.ikev2);
  EXPECT_FALSE(ipsec.remote_id);
  EXPECT_FALSE(ipsec.group_name);
  EXPECT_FALSE(ipsec.phase1);
  EXPECT_FALSE(ipsec.phase2);
  EXPECT_FALSE(ipsec.phase1_lifetime);
  EXPECT_FALSE(ipsec.phase2_lifetime);
  EXPECT_FALSE(ipsec.force_encapsulation);
  EXPECT_FALSE(ipsec.compression);
  EXPECT_FALSE(ipsec.pfs);
}

TEST(IpsecTest, EachKeyReachesItsSetting) {
  const IpsecSettings ipsec = accepted_ipsec(protected_by_ipsec({{"ipsec-remote-id", "@server"},
                                                                 {"ipsec-group-name", "staff"},
                                                                 {"ipsec-ike", "aes256-sha2_256-modp2048!"},
                                                                 {"ipsec-esp", "aes256-sha1"},
                                                                 {"ipsec-ikelifetime", "28800"},
                                                                 {"ipsec-salifetime", "3600"},
                                                                 {"ipsec-forceencaps", "yes"},
                                                                 {"ipsec-ipcomp", "no"},
                                                                 {"ipsec-pfs", "no"}}));
  EXPECT_THAT(ipsec.remote_id, Optional(std::string("@server")));
  EXPECT_THAT(ipsec.group_name, Optional(std::string("staff")));
  EXPECT_THAT(spellings(ipsec.phase1), ElementsAre("aes256-sha256-modp2048"));
  EXPECT_TRUE(ipsec.phase1->strict);
  EXPECT_THAT(spellings(ipsec.phase2), ElementsAre("aes256-sha1"));
  EXPECT_FALSE(ipsec.phase2->strict);
  EXPECT_THAT(ipsec.phase1_lifetime, Optional(28800U));
  EXPECT_THAT(ipsec.phase2_lifetime, Optional(3600U));
  EXPECT_THAT(ipsec.force_encapsulation, Optional(true));
  EXPECT_THAT(ipsec.compression, Optional(false));
  EXPECT_THAT(ipsec.pfs, Optional(false));
}

TEST(IpsecTest, GatewayIdIsTheOldNameOfRemoteIdAndWins) {
  const Settings one = accepted(protected_by_ipsec({{"ipsec-gateway-id", "old"}}));
  EXPECT_THAT(one.ipsec->remote_id, Optional(std::string("old")));
  EXPECT_THAT(one.notes, ElementsAre("ipsec-gateway-id is an old form of ipsec-remote-id"));

  const Settings both =
      accepted(protected_by_ipsec({{"ipsec-gateway-id", "old"}, {"ipsec-remote-id", "new"}}));
  EXPECT_THAT(both.ipsec->remote_id, Optional(std::string("old")));
  EXPECT_THAT(both.notes, Contains("ipsec-gateway-id overrides ipsec-remote-id"));
}

TEST(IpsecTest, ForceUdpEncapsIsTheOldNameOfForceencaps) {
  const Settings one = accepted(protected_by_ipsec({{"ipsec-force-udp-encaps", "yes"}}));
  EXPECT_THAT(one.ipsec->force_encapsulation, Optional(true));
  EXPECT_THAT(one.notes, ElementsAre("ipsec-force-udp-encaps is an old form of ipsec-forceencaps"));

  const Settings both =
      accepted(protected_by_ipsec({{"ipsec-force-udp-encaps", "yes"}, {"ipsec-forceencaps", "no"}}));
  EXPECT_THAT(both.ipsec->force_encapsulation, Optional(false));
}

TEST(IpsecTest, ALifetimeOfZeroIsTheDaemonsOwn) {
  const Settings settings =
      accepted(protected_by_ipsec({{"ipsec-ikelifetime", "0"}, {"ipsec-salifetime", "0"}}));
  EXPECT_FALSE(settings.ipsec->phase1_lifetime);
  EXPECT_FALSE(settings.ipsec->phase2_lifetime);
  EXPECT_THAT(settings.notes, ElementsAre("ipsec-ikelifetime is 0: the daemon's own lifetime holds",
                                          "ipsec-salifetime is 0: the daemon's own lifetime holds"));
}

TEST(IpsecTest, AWrongProposalIsRefusedWithTheNearestWord) {
  EXPECT_EQ(refusal(plain({{"ipsec-ike", "aes256-sha256-modp999"}})),
            invalid("ipsec-ike is 'aes256-sha256-modp999', but 'modp999' is not a known group (did you mean "
                    "'modp2048'?)"));
  EXPECT_EQ(refusal(plain({{"ipsec-esp", "aes256-sha3"}})),
            invalid("ipsec-esp is 'aes256-sha3', but 'sha3' is not a known integrity algorithm (did you mean "
                    "'sha1'?)"));
  EXPECT_EQ(refusal(plain({{"ipsec-esp", "aes256-sha1\n leftupdown=x"}})),
            invalid("ipsec-esp is 'aes256-sha1\\x0a leftupdown=x', but must not hold a control character"));
}

TEST(IpsecTest, AnAeadCipherInPhase1NeedsIkev2) {
  const Items ike{{"ipsec-ike", "aes256-sha256-modp2048,aes256gcm16-prfsha256-ecp256"}};
  EXPECT_EQ(refusal(protected_by_ipsec(ike)),
            invalid("ipsec-ike is 'aes256-sha256-modp2048,aes256gcm16-prfsha256-ecp256', but 'aes256gcm16' "
                    "in phase 1 needs "
                    "ipsec-ikev2=yes"));
  Profile profile = protected_by_ipsec(ike);
  profile.data["ipsec-ikev2"] = "yes";
  EXPECT_TRUE(accepted_ipsec(profile).ikev2);
  EXPECT_EQ(refusal(protected_by_ipsec({{"ipsec-esp", "aes256gcm16"}})), "accepted");
}

TEST(IpsecTest, PfsWithoutAGroupIsNoted) {
  const std::string note = "ipsec-pfs=yes has no effect with strongSwan unless ipsec-esp names a group";
  EXPECT_THAT(accepted(protected_by_ipsec({{"ipsec-pfs", "yes"}})).notes, ElementsAre(note));
  EXPECT_THAT(accepted(protected_by_ipsec({{"ipsec-pfs", "yes"}, {"ipsec-esp", "aes256-sha1"}})).notes,
              ElementsAre(note));
  EXPECT_THAT(
      accepted(protected_by_ipsec({{"ipsec-pfs", "yes"}, {"ipsec-esp", "aes256-sha1-modp2048"}})).notes,
      IsEmpty());
}

TEST(IpsecTest, GroupsWithoutPfsAreNoted) {
  EXPECT_THAT(
      accepted(protected_by_ipsec({{"ipsec-pfs", "no"}, {"ipsec-esp", "aes256-sha1-modp2048"}})).notes,
      ElementsAre("the groups in ipsec-esp are left out because of ipsec-pfs=no"));
  EXPECT_THAT(accepted(protected_by_ipsec({{"ipsec-pfs", "no"}})).notes, IsEmpty());
}

TEST(IpsecTest, WithoutItsSwitchItsKeysHaveNoEffect) {
  const Settings settings = accepted(plain({{"ipsec-enabled", "no"},
                                            {"ipsec-ike", "aes256-sha1-modp2048"},
                                            {"ipsec-psk", "old"},
                                            {"ipsec-psk-flags", "1"},
                                            {"machine-auth-type", "tls"}}));
  EXPECT_FALSE(settings.ipsec);
  EXPECT_THAT(
      settings.notes,
      ElementsAre(
          "without effect because ipsec-enabled is not yes: machine-auth-type, ipsec-ike, ipsec-psk"));
}

TEST(IpsecTest, WithoutItsSwitchItsKeysAreCheckedAllTheSame) {
  EXPECT_THAT(refusal(plain({{"ipsec-ikelifetime", "1h"}})),
              HasSubstr("ipsec-ikelifetime is '1h', but must be"));
}

// --- The pre-shared key
// -----------------------------------------------------------------------------------------

std::string psk(const std::string& typed) {
  Profile profile = protected_by_ipsec();
  profile.secrets["ipsec-psk"] = Secret(typed);
  return std::string(accepted_ipsec(profile).psk.view());
}

TEST(PskTest, AnyBytesThatAreNoControlCharactersAreTaken) {
  for (const std::string typed : {"a b", "\"quoted\" \\ # '", "\xc3\xbc\xff", "s0AAAA", "0S YWJj"})
    EXPECT_EQ(psk(typed), typed);
}

TEST(PskTest, Base64AfterZeroSIsDecoded) {
  EXPECT_EQ(psk("0sYWJj"), "abc");
  EXPECT_EQ(psk("0sYWI="), "ab");
  EXPECT_EQ(psk("0sYQ=="), "a");
  EXPECT_EQ(psk("0sAAEC/+8="), std::string("\x00\x01\x02\xff\xef", 5));
  Profile profile = protected_by_ipsec();
  profile.secrets["ipsec-psk"] = Secret("0sYWJj");
  EXPECT_THAT(accepted(profile).notes, ElementsAre("ipsec-psk is in the old base64 form and was decoded"));
}

TEST(PskTest, WhatOnlyLooksLikeBase64IsTakenAsItWasTyped) {
  for (const std::string typed : {"0s", "0sa", "0sabc", "0sabcde", "0s====", "0sA===", "0sYW=j", "0sYWJj!",
                                  "0sYWJj\xc3\xbc", "0sYR==", "0sYWK=", "0s YWJj"})
    EXPECT_EQ(psk(typed), typed);
}

TEST(PskTest, AKeyAmongTheDataIsTaken) {
  Profile profile = protected_by_ipsec({{"ipsec-psk", "0sYWJj"}});
  profile.secrets.erase("ipsec-psk");
  const Settings settings = accepted(profile);
  EXPECT_EQ(settings.ipsec->psk.view(), "abc");
  EXPECT_THAT(settings.notes,
              ElementsAre("ipsec-psk among vpn.data is an old form: anybody can read it there",
                          "ipsec-psk is in the old base64 form and was decoded"));
}

TEST(PskTest, TheSecretWinsOverTheDataItemUnlessItIsEmpty) {
  Profile profile = protected_by_ipsec({{"ipsec-psk", "olddata"}});
  const Settings settings = accepted(profile);
  EXPECT_EQ(settings.ipsec->psk.view(), "topsecretkey");
  EXPECT_THAT(
      settings.notes,
      ElementsAre("ipsec-psk among vpn.data is an old form, and the one in vpn.secrets overrides it"));
  profile.secrets["ipsec-psk"] = Secret("");
  EXPECT_EQ(accepted_ipsec(profile).psk.view(), "olddata");
}

TEST(PskTest, ItIsNeededWhateverItsFlagsSay) {
  for (const std::string flags : {"0", "1", "2", "4"}) {
    Profile profile = protected_by_ipsec({{"ipsec-psk-flags", flags}});
    profile.secrets.erase("ipsec-psk");
    EXPECT_EQ(refusal(profile), missing("the pre-shared key (secret ipsec-psk)"));
    profile.secrets["ipsec-psk"] = Secret("");
    EXPECT_EQ(refusal(profile), missing("the pre-shared key (secret ipsec-psk)"));
  }
}

TEST(PskTest, AControlCharacterIsRefusedWithoutTheValue) {
  Profile profile = protected_by_ipsec();
  profile.secrets["ipsec-psk"] = Secret("top\nsecret");
  EXPECT_EQ(refusal(profile), invalid("ipsec-psk must not hold a control character"));
  EXPECT_EQ(refusal(plain({{"ipsec-psk", "top\nsecret"}})),
            invalid("ipsec-psk must not hold a control character"));
}

// --- Certificates
// -----------------------------------------------------------------------------------------------

TEST(CertificateTest, TheMachinesTakeThePlaceOfThePsk) {
  Profile profile = protected_by_ipsec({{"machine-auth-type", "tls"},
                                        {"machine-ca", "/ca.pem"},
                                        {"machine-cert", "/c.pem"},
                                        {"machine-key", "/k.pem"}});
  profile.secrets.erase("ipsec-psk");
  profile.secrets["machine-certpass"] = Secret("open");
  const Settings settings = accepted(profile);
  const auto& files = *settings.ipsec->certificate_files;
  EXPECT_EQ(files.authority, "/ca.pem");
  EXPECT_EQ(files.certificate, "/c.pem");
  EXPECT_EQ(files.key, "/k.pem");
  EXPECT_EQ(files.passphrase.view(), "open");
  EXPECT_TRUE(settings.ipsec->psk.empty());
  EXPECT_FALSE(settings.user_certificate_files);
}

TEST(CertificateTest, TheUsersTakeThePlaceOfThePassword) {
  Profile profile = plain({{"user-auth-type", "tls"}, {"user-cert", "/u.p12"}});
  profile.secrets.erase("password");
  profile.owner = "alice";
  const Settings settings = accepted(profile);
  const auto& files = *settings.user_certificate_files;
  EXPECT_EQ(files.certificate, "/u.p12");
  EXPECT_EQ(files.key, "/u.p12");  // one file for both
  EXPECT_EQ(files.authority, "");
  EXPECT_EQ(settings.owner, "alice");
}

TEST(CertificateTest, KdesOldKeysNameTheUsers) {
  const Settings settings = accepted(
      plain({{"use-cert", "yes"}, {"cert-pub", "/c.pem"}, {"cert-ca", "/ca.pem"}, {"cert-key", "/k.pem"}}));
  const auto& files = *settings.user_certificate_files;
  EXPECT_EQ(files.certificate, "/c.pem");
  EXPECT_EQ(files.authority, "/ca.pem");
  EXPECT_EQ(files.key, "/k.pem");
}

TEST(CertificateTest, WithoutItsFileTheProfileIsRefused) {
  EXPECT_EQ(refusal(plain({{"user-auth-type", "tls"}})), missing("the user's certificate (key user-cert)"));
  EXPECT_EQ(refusal(protected_by_ipsec({{"machine-auth-type", "tls"}})),
            missing("the machine's certificate (key machine-cert)"));
}

TEST(CertificateTest, FilesThatNothingUsesAreNoted) {
  const Settings settings = accepted(protected_by_ipsec(
      {{"user-ca", "/ca.pem"}, {"user-key", "/k.pem"}, {"machine-cert", "/m.pem"}, {"use-cert", "no"}}));
  EXPECT_THAT(settings.notes,
              ElementsAre("use-cert is an old form of user-auth-type",
                          "without effect because user-auth-type is not tls: user-ca, user-key",
                          "without effect because machine-auth-type is not tls: machine-cert"));
}

TEST(OldFormTest, TheKeyNameIsToleratedAndNoted) {
  EXPECT_THAT(accepted(plain({{"name", "my vpn"}})).notes, ElementsAre("name has no effect"));
}

// --- Whether secrets are needed
// ---------------------------------------------------------------------------------

// Of a profile whose keys, if it has any, are not encrypted.
bool needs_secrets(const Profile& profile) {
  return l2tp::needs_secrets(profile, [](const std::string&, std::string_view) { return false; });
}

TEST(NeedsSecretsTest, WithAllSecretsNothingIsAsked) {
  EXPECT_FALSE(needs_secrets(plain()));
  EXPECT_FALSE(needs_secrets(protected_by_ipsec()));
}

TEST(NeedsSecretsTest, AMissingPasswordIsAsked) {
  Profile profile = plain();
  profile.secrets["password"] = Secret("");
  EXPECT_TRUE(needs_secrets(profile));
  profile.secrets.clear();
  EXPECT_TRUE(needs_secrets(profile));
  profile.data["password-flags"] = "2";
  EXPECT_TRUE(needs_secrets(profile));
  profile.data["password-flags"] = "4";
  EXPECT_FALSE(needs_secrets(profile));
}

TEST(NeedsSecretsTest, AMissingPskIsAskedOnlyWithIpsec) {
  Profile profile = protected_by_ipsec();
  profile.secrets.erase("ipsec-psk");
  EXPECT_TRUE(needs_secrets(profile));
  profile.data["ipsec-psk-flags"] = "4";
  EXPECT_FALSE(needs_secrets(profile));
  profile.data["ipsec-psk-flags"] = "1";
  profile.data["ipsec-enabled"] = "no";
  EXPECT_FALSE(needs_secrets(profile));
}

TEST(NeedsSecretsTest, APskAmongTheDataIsThere) {
  Profile profile = protected_by_ipsec({{"ipsec-psk", "old"}});
  profile.secrets.erase("ipsec-psk");
  EXPECT_FALSE(needs_secrets(profile));
}

TEST(NeedsSecretsTest, APassphraseIsAskedOnlyForAKeyThatIsEncrypted) {
  const auto is_encrypted = [](const std::string& path, std::string_view) { return path == "/locked.pem"; };
  for (const std::string whose : {"user", "machine"}) {
    Profile profile = protected_by_ipsec(
        {{whose + "-auth-type", "tls"}, {whose + "-cert", "/c.pem"}, {whose + "-key", "/locked.pem"}});
    EXPECT_TRUE(l2tp::needs_secrets(profile, is_encrypted)) << whose;
    profile.data[whose + "-certpass-flags"] = "2";
    EXPECT_TRUE(l2tp::needs_secrets(profile, is_encrypted)) << whose;
    profile.data[whose + "-certpass-flags"] = "4";
    EXPECT_FALSE(l2tp::needs_secrets(profile, is_encrypted)) << whose;
    profile.data.erase(whose + "-certpass-flags");
    profile.secrets[whose + "-certpass"] = Secret("open");
    EXPECT_FALSE(l2tp::needs_secrets(profile, is_encrypted)) << whose;
    profile.secrets.erase(whose + "-certpass");
    profile.data[whose + "-key"] = "/open.pem";
    EXPECT_FALSE(l2tp::needs_secrets(profile, is_encrypted)) << whose;
  }
}

TEST(NeedsSecretsTest, WithACertificateNoPasswordIsAsked) {
  Profile profile = plain({{"user-auth-type", "tls"}, {"user-cert", "/c.pem"}});
  profile.secrets.clear();
  EXPECT_FALSE(needs_secrets(profile));
}

TEST(NeedsSecretsTest, FlagsThatAreNoNumberAskAsIfTheyWereNotThere) {
  Profile profile = plain({{"password-flags", "4 or so"}});
  profile.secrets.clear();
  EXPECT_TRUE(needs_secrets(profile));
}

TEST(UsedSecretsTest, TheyComeInTheOrderOfTheirUseWithWhatTheirFlagsSay) {
  Profile profile = protected_by_ipsec({{"password-flags", "2"}, {"ipsec-psk-flags", "4"}});
  profile.secrets.erase("ipsec-psk");
  const auto uses = used_secrets(profile, [](const std::string&, std::string_view) { return true; });
  ASSERT_THAT(uses, SizeIs(2));
  EXPECT_EQ(uses[0].key, "ipsec-psk");
  EXPECT_TRUE(!uses[0].given && !uses[0].required && uses[0].kept && !uses[0].missing());
  EXPECT_EQ(uses[1].key, "password");
  EXPECT_TRUE(uses[1].given && uses[1].required && !uses[1].kept && !uses[1].missing());
}

TEST(UsedSecretsTest, TheLookAtAKeyIsToldWhoseSecretItIsFor) {
  const Profile profile = protected_by_ipsec({{"machine-auth-type", "tls"},
                                              {"machine-cert", "/m.p12"},
                                              {"user-auth-type", "tls"},
                                              {"user-key", "/u.pem"}});
  std::vector<std::string> looked;
  used_secrets(profile, [&](const std::string& path, std::string_view secret) {
    looked.push_back(path + " " + std::string{secret});
    return false;
  });
  EXPECT_THAT(looked, ElementsAre("/m.p12 machine-certpass", "/u.pem user-certpass"));
}

// --- Hostile profiles
// -------------------------------------------------------------------------------------------

class Random {
 public:
  explicit Random(unsigned seed) : engine_(seed) {}

  std::size_t below(std::size_t limit) { return engine_() % limit; }

  std::string bytes(std::size_t longest) {
    std::string text(below(longest + 1), '\0');
    for (char& letter : text) letter = static_cast<char>(engine_());
    return text;
  }

  std::string value() {
    static const std::vector<std::string> usual{"yes",
                                                "no",
                                                "1400",
                                                "0",
                                                "tls",
                                                "psk",
                                                "/a/b",
                                                "10.0.0.1",
                                                "::1",
                                                "[::1]",
                                                "a.b.",
                                                "aes256-sha1-modp2048",
                                                "aes256gcm16-prfsha1!",
                                                "0sYWJj",
                                                ""};
    std::string text = usual[below(usual.size())];
    if (below(3) == 0) text += bytes(4);
    return below(10) == 0 ? bytes(400) : text;
  }

 private:
  std::mt19937 engine_;
};

bool is_harmless(std::string_view sentence) {
  while (!sentence.empty()) {
    const std::size_t length = printable_length(sentence);
    if (length == 0) return false;
    sentence.remove_prefix(length);
  }
  return true;
}

TEST(HostileProfileTest, RandomProfilesAreReadOrRefusedWithAHarmlessSentence) {
  Random random(3);
  int accepted_count = 0;
  for (int round = 0; round < 20000; ++round) {
    Profile profile = plain();
    if (random.below(2) == 0) profile.secrets["ipsec-psk"] = Secret(random.bytes(20));
    for (auto count = random.below(6); count > 0; --count) {
      std::string name{key_table()[random.below(key_table().size())].name};
      if (random.below(30) == 0) name += random.bytes(3);
      const Key* key = find_key(name);
      if (key != nullptr && key->secret) {
        profile.secrets[name] = Secret(random.value());
      } else {
        profile.data[name] = random.value();
      }
    }
    needs_secrets(profile);
    const auto settings = parse_settings(profile);
    if (settings) {
      ++accepted_count;
      EXPECT_LE(settings.value().user.size(), 255U);
      EXPECT_FALSE(settings.value().gateway.empty());
      for (const std::string& note : settings.value().notes) EXPECT_TRUE(is_harmless(note)) << note;
    } else {
      EXPECT_TRUE(is_harmless(settings.error().sentence())) << settings.error().sentence();
      EXPECT_LT(settings.error().sentence().size(), 1000U);
    }
  }
  EXPECT_GT(accepted_count, 500);
}

TEST(HostileProfileTest, NoSentenceAndNoNoteEverHoldsASecret) {
  Random random(4);
  const std::string marker = "Xq7Zt";
  for (int round = 0; round < 5000; ++round) {
    Profile profile = protected_by_ipsec();
    for (const std::string name : {"password", "ipsec-psk", "user-certpass", "machine-certpass"}) {
      std::string value = marker + random.bytes(8);
      if (random.below(4) == 0) value = "0s" + marker + "abc";
      if (random.below(8) == 0) value += std::string(1100, 'x');
      if (random.below(8) == 0) {
        profile.data[name] = value;
      } else {
        profile.secrets[name] = Secret(value);
      }
    }
    if (random.below(20) == 0) profile.secrets["pasword"] = Secret(marker);
    if (random.below(20) == 0) profile.data["paswd"] = marker;
    if (random.below(4) == 0) profile.data[std::string(key_table()[random.below(40)].name)] = random.value();

    const auto settings = parse_settings(profile);
    if (settings) {
      for (const std::string& note : settings.value().notes) EXPECT_THAT(note, Not(HasSubstr(marker)));
    } else {
      EXPECT_THAT(settings.error().sentence(), Not(HasSubstr(marker)));
    }
  }
}

// --- Words of strangers
// -----------------------------------------------------------------------------------------

TEST(QuotedTest, PrintableTextStaysWhatItIs) {
  EXPECT_EQ(in_quotes("a \\ 'b' \xc3\xbc \xe2\x82\xac \xf0\x9f\x98\x80"),
            "'a \\ 'b' \xc3\xbc \xe2\x82\xac \xf0\x9f\x98\x80'");
}

TEST(QuotedTest, WhatALogOrATerminalMustNotGetIsEscaped) {
  EXPECT_EQ(in_quotes(std::string("\0\n\x1b\x7f", 4)), "'\\x00\\x0a\\x1b\\x7f'");
  EXPECT_EQ(in_quotes("\xc2\x9b"), "'\\xc2\\x9b'");                    // C1: the one-character CSI
  EXPECT_EQ(in_quotes("\xe2\x80\xae"), "'\\xe2\\x80\\xae'");           // turns the direction of writing
  EXPECT_EQ(in_quotes("\xc0\xaf"), "'\\xc0\\xaf'");                    // overlong
  EXPECT_EQ(in_quotes("\xed\xa0\x80"), "'\\xed\\xa0\\x80'");           // surrogate
  EXPECT_EQ(in_quotes("\xf4\x90\x80\x80"), "'\\xf4\\x90\\x80\\x80'");  // beyond Unicode
  EXPECT_EQ(in_quotes("\xe2\x82"), "'\\xe2\\x82'");                    // cut off
}

TEST(QuotedTest, LongTextIsCutBetweenCharacters) {
  EXPECT_EQ(in_quotes(std::string(64, 'a')), "'" + std::string(64, 'a') + "'");
  EXPECT_EQ(in_quotes(std::string(65, 'a')), "'" + std::string(64, 'a') + "...'");
  EXPECT_EQ(in_quotes(std::string(63, 'a') + "\xc3\xbc" + "b"), "'" + std::string(63, 'a') + "\xc3\xbc...'");
}

TEST(EditDistanceTest, InsertionsDeletionsChangesAndSwapsCountOneEach) {
  EXPECT_EQ(edit_distance("", ""), 0U);
  EXPECT_EQ(edit_distance("mtu", "mtu"), 0U);
  EXPECT_EQ(edit_distance("", "mtu"), 3U);
  EXPECT_EQ(edit_distance("mtu", ""), 3U);
  EXPECT_EQ(edit_distance("gatway", "gateway"), 1U);
  EXPECT_EQ(edit_distance("gateeway", "gateway"), 1U);
  EXPECT_EQ(edit_distance("gatevay", "gateway"), 1U);
  EXPECT_EQ(edit_distance("gtaeway", "gateway"), 1U);
}

}  // namespace
}  // namespace l2tp
