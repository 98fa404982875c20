// What the editor makes of a profile, without a toolkit: nothing, until a person changes something.
#include "editor/form.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <set>

#include "core/settings.h"
#include "editor/algorithms.h"
#include "fakes/valid_value.h"

namespace l2tp::editor {
namespace {

using testing::Contains;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;
using testing::Pair;
using testing::UnorderedElementsAre;

Secrets copy(const Secrets& secrets) {
  Secrets all;
  for (const auto& [key, secret] : secrets) all.emplace(key, secret.copy());
  return all;
}

bool equal(const Secrets& one, const Secrets& other) {
  return std::equal(one.begin(), one.end(), other.begin(), other.end(), [](const auto& a, const auto& b) {
    return a.first == b.first && a.second.view() == b.second.view();
  });
}

Secrets secrets_of(const std::vector<std::pair<std::string, std::string>>& list) {
  Secrets all;
  for (const auto& [key, text] : list) all.emplace(key, Secret{text});
  return all;
}

// Any keys, old forms and unknown ones among them.
std::pair<Items, Secrets> random_profile(std::mt19937& random) {
  Items data;
  Secrets secrets;
  for (const auto& key : key_table()) {
    if (random() % 3 == 0) continue;
    if (key.secret)
      secrets.emplace(key.name, Secret{valid_value(key, random)});
    else
      data[std::string{key.name}] = valid_value(key, random);
  }
  if (random() % 2 == 0) data["of-the-future"] = "1";
  if (random() % 4 == 0) data["ipsec-psk"] = "0sAAAA";
  if (random() % 4 == 0) data["user-ca"] = "";
  return {data, copy(secrets)};
}

std::vector<std::string> sentences(const Form& form) {
  std::vector<std::string> all;
  for (const auto& complaint : form.complaints())
    all.push_back(std::string{complaint.key} + ": " + complaint.sentence);
  return all;
}

Form with(const Items& data) {
  Items all{{"gateway", "vpn.example"}};
  for (const auto& [key, value] : data) all[key] = value;
  return {all, {}};
}

TEST(EditorForm, OpeningAndSavingChangesNothing) {
  std::mt19937 random{1701};
  for (int round = 0; round < 300; ++round) {
    auto [data, secrets] = random_profile(random);
    data["gateway"] = "vpn.example";
    const Form form{data, copy(secrets)};
    EXPECT_EQ(form.data(), data);
    EXPECT_TRUE(equal(form.secrets(), secrets));
  }
}

TEST(EditorForm, WhatIsPutBackIsStoredAsItWas) {
  std::mt19937 random{1702};
  for (int round = 0; round < 100; ++round) {
    auto [data, secrets] = random_profile(random);
    data["gateway"] = "vpn.example";
    Form form{data, copy(secrets)};
    for (const auto& field : fields()) {
      if (field.input == Input::secret || field.input == Input::certificates) continue;
      form.set(field.key, "something else");
      form.set(field.key, form.initial(field.key));
    }
    form.set_secret("password", Secret{"other"}, not_saved);
    form.keep_secret("password");
    EXPECT_EQ(form.data(), data);
    EXPECT_TRUE(equal(form.secrets(), secrets));
  }
}

TEST(EditorForm, WhatIsSetIsThereWhenItIsOpenedAgain) {
  std::mt19937 random{1703};
  for (int round = 0; round < 200; ++round) {
    auto [data, secrets] = random_profile(random);
    data["gateway"] = "vpn.example";
    Form form{data, copy(secrets)};
    Items set;
    for (const auto& field : fields()) {
      if (random() % 2 == 0 || field.key == algorithms_field) continue;
      if (field.input == Input::choice) {
        const auto choices = choices_of(field.key);
        set[std::string{field.key}] = choices[random() % choices.size()].value;
      } else if (field.input != Input::secret && field.input != Input::certificates) {
        set[std::string{field.key}] = valid_value(*find_key(field.key), random);
      }
    }
    for (const auto& [key, value] : set) form.set(key, value);
    const Form again{form.data(), form.secrets()};
    for (const auto& [key, value] : set) EXPECT_EQ(again.shown(key), value) << key;
    EXPECT_EQ(again.data(), form.data());
    EXPECT_EQ(form.data().count("of-the-future"), data.count("of-the-future"));
  }
}

TEST(EditorForm, EveryKeyThatAPersonMayWantHasAField) {
  std::set<std::string_view> covered{"ipsec-enabled", "machine-auth-type", "require-mppe", "require-mppe-40",
                                     "require-mppe-128"};
  for (const auto& field : fields()) {
    covered.insert(field.key);
    if (field.input != Input::certificates) continue;
    const auto keys = certificate_keys(field.key);
    covered.insert({keys.authority, keys.certificate, keys.key, keys.passphrase});
  }
  for (const auto& key : key_table()) {
    if (!key.replaced_by.empty() || key.kind == KeyKind::flags) continue;
    EXPECT_THAT(covered, Contains(key.name));
  }
}

TEST(EditorForm, NoTwoMnemonicsAreTheSame) {
  std::multiset<char> letters{'s', 'n', 'e', 'c', 'a', 'w'};  // the windows' own; "Sho_w passwords"
  const auto note = [&letters](std::string_view label) {
    const auto mark = label.find('_');
    if (mark != std::string_view::npos)
      letters.insert(static_cast<char>(std::tolower(static_cast<unsigned char>(label[mark + 1]))));
  };
  for (const auto& field : fields()) note(field.label);
  for (const auto section : {Section::ipsec, Section::authentication, Section::link, Section::tunnel})
    note(title(section));
  for (const char letter : letters) EXPECT_EQ(letters.count(letter), 1U) << letter;
}

TEST(EditorForm, ALabelIsSaidWithoutItsMnemonic) {
  EXPECT_EQ(without_mnemonic("NT _domain"), "NT domain");
  EXPECT_EQ(without_mnemonic("网关(_G)"), "网关");
  EXPECT_EQ(without_mnemonic("MTU"), "MTU");
}

TEST(EditorForm, ANewConnectionBeginsWithIpsec) {
  const Form form{{}, {}};
  EXPECT_EQ(form.shown("ipsec"), "psk");
  EXPECT_EQ(form.flags("ipsec-psk"), kept_by_agent);
  EXPECT_THAT(form.data(),
              testing::IsSupersetOf({Pair("ipsec-enabled", "yes"), Pair("machine-auth-type", "psk")}));
}

TEST(EditorForm, SecretsThatANewConnectionAsksForLaterAreTheUsersOwn) {
  Form form{{}, {}};
  form.set("gateway", "vpn.example");
  EXPECT_THAT(form.data(), Contains(Pair("password-flags", "1")));
  EXPECT_EQ((Form{form.data(), {}}).flags("password"), kept_by_agent);
  EXPECT_THAT(with({}).data(), Not(Contains(Pair("password-flags", testing::_))))
      << "a stored one stays as it is";
}

TEST(EditorForm, ANewConnectionIsOfTheKindThatWasChosen) {
  EXPECT_EQ((Form{{{"machine-auth-type", "tls"}}, {}}).shown("ipsec"), "tls");
  EXPECT_EQ((Form{{{"ipsec-enabled", "no"}}, {}}).shown("ipsec"), "none");
}

TEST(EditorForm, AStoredConnectionWithoutIpsecStaysSo) {
  const auto form = with({});
  EXPECT_EQ(form.shown("ipsec"), "none");
  EXPECT_THAT(form.data(), ElementsAre(Pair("gateway", "vpn.example")));
}

TEST(EditorForm, AnOldFormIsShownAndGoesWhenItsFieldChanges) {
  auto form = with({{"ipsec-gateway-id", "@old"},
                    {"ipsec-remote-id", "@new"},
                    {"accomp", "no"},
                    {"use-cert", "yes"},
                    {"cert-pub", "/old.pem"},
                    {"ipsec-force-udp-encaps", "yes"}});
  EXPECT_EQ(form.shown("ipsec-remote-id"), "@old");
  EXPECT_EQ(form.shown("noaccomp"), "yes");
  EXPECT_EQ(form.shown("user-auth-type"), "tls");
  EXPECT_EQ(form.shown("user-cert"), "/old.pem");
  EXPECT_EQ(form.shown("ipsec-forceencaps"), "yes");

  form.set("ipsec-remote-id", "@other");
  form.set("noaccomp", "no");
  form.set("user-cert", "/new.pem");
  form.set("ipsec-forceencaps", "no");
  EXPECT_THAT(form.data(),
              UnorderedElementsAre(Pair("gateway", "vpn.example"), Pair("ipsec-remote-id", "@other"),
                                   Pair("use-cert", "yes"), Pair("user-cert", "/new.pem")));
}

TEST(EditorForm, APskAmongTheDataIsAKeyAndBecomesASecretWhenItChanges) {
  auto form = with({{"ipsec-psk", "old"}});
  EXPECT_EQ(form.shown_secret("ipsec-psk"), "old");
  form.set_secret("ipsec-psk", Secret{"new"}, kept_by_system);
  EXPECT_THAT(form.data(), Not(Contains(Pair("ipsec-psk", testing::_))));
  EXPECT_TRUE(equal(form.secrets(), secrets_of({{"ipsec-psk", "new"}})));
}

TEST(EditorForm, ASecretThatNobodyIsToKeepIsNotStored) {
  Form form{{{"gateway", "vpn.example"}}, secrets_of({{"password", "secret"}})};
  form.set_secret("password", Secret{""}, not_saved);
  EXPECT_THAT(form.data(), Contains(Pair("password-flags", "2")));
  EXPECT_THAT(form.secrets(), IsEmpty());
}

TEST(EditorForm, AnyOtherValueTakesThePlaceOfAWrongOne) {
  auto form = with({{"ipsec-ipcomp", "maybe"}});
  EXPECT_THAT(form.data(), Contains(Pair("ipsec-ipcomp", "maybe")));
  form.set("ipsec-ipcomp", "no");
  EXPECT_THAT(form.data(), Not(Contains(Pair("ipsec-ipcomp", testing::_))));
}

TEST(EditorForm, WhatConnectingWouldRefuseIsSaidBesideItsField) {
  const std::vector<std::pair<Items, std::string>> cases{
      {{{"gateway", "1.2.3"}}, "gateway: Gateway is '1.2.3', but must be a whole IPv4 address"},
      {{{"mtu", "20000"}}, "mtu: MTU (bytes) is '20000', but must be a whole number from 128 to 16384"},
      {{{"mtu", "1400 bytes"}}, "mtu: MTU (bytes) is '1400 bytes', but must be a whole number"},
      {{{"ipsec-enabled", "yes"}, {"ipsec-ike", "aes256-sha256-modp999"}},
       "ipsec-ike: 'modp999' is not a known group (did you mean"},
      {{{"ipsec-enabled", "yes"}, {"machine-auth-type", "tls"}}, "machine-cert: The certificate is missing."},
      {{{"user-auth-type", "tls"}}, "user-cert: The certificate is missing."},
      {{{"ipcp-peer-ip", "10.0.0"}},
       "ipcp-peer-ip: Server's address in the tunnel is '10.0.0', but must be an IPv4 address"},
      {{{"ipsec-enabled", "yes"}, {"ipsec-ike", "aes256gcm16-sha256-modp2048"}}, "ipsec-ikev2"},
  };
  for (const auto& [data, sentence] : cases)
    EXPECT_THAT(sentences(with(data)), Contains(HasSubstr(sentence))) << sentence;
  EXPECT_THAT(sentences(Form{{}, {}}), ElementsAre("gateway: The gateway is missing."));
}

TEST(EditorForm, WhatIsAskedForLaterOrUnknownKeepsNobodyFromSaving) {
  EXPECT_THAT(sentences(with({{"ipsec-enabled", "yes"}, {"of-the-future", "1"}, {"password-flags", "2"}})),
              IsEmpty());
}

TEST(EditorForm, AWrongValueIsSaidEvenWhereItMeansNothingNow) {
  EXPECT_THAT(sentences(with({{"ipsec-ike", "nonsense"}})), Contains(HasSubstr("ipsec-ike: 'nonsense'")))
      << "connecting would refuse it";
}

TEST(EditorForm, AWrongValueBehindAChoiceIsNoChoiceUntilOneIsMade) {
  const std::vector<std::tuple<std::string, std::string, std::string_view, std::string>> cases{
      {"ipsec-enabled", "true", "ipsec", "none"},
      {"machine-auth-type", "foo", "ipsec", "none"},
      {"require-mppe-40", "true", "mppe", ""}};
  for (const auto& [key, value, field, choice] : cases) {
    auto form = with({{key, value}});
    EXPECT_THAT(sentences(form),
                Contains(HasSubstr(std::string{field} + ": " + key + " is '" + value + "'")));
    form.set(field, choice);
    EXPECT_THAT(sentences(form), IsEmpty()) << key;
    EXPECT_EQ(form.shown(field), choice);
    EXPECT_EQ((Form{form.data(), {}}).shown(field), choice);
    EXPECT_THAT(sentences(Form{form.data(), {}}), IsEmpty()) << key;
  }
}

// What the editor shows of an old form and what connecting makes of it are decided in two places.
TEST(EditorForm, OldFormsAreShownAsTheyAreTaken) {
  for (const auto* old : {"yes", "no"}) {
    for (const auto* current : {"", "yes", "no"}) {
      Profile profile;
      profile.uuid = "0e4f9a2c-5c4b-4a3e-9d55-1f0a3d6a1b11";
      profile.data = {{"gateway", "vpn.example"},
                      {"user", "alice"},
                      {"ipsec-enabled", "yes"},
                      {"ipsec-forceencaps", current},
                      {"ipsec-force-udp-encaps", old},
                      {"noaccomp", current},
                      {"accomp", old}};
      if (*current == '\0')
        for (const auto* key : {"ipsec-forceencaps", "noaccomp"}) profile.data.erase(key);
      for (const auto* secret : {"password", "ipsec-psk"}) profile.secrets[secret] = Secret{"x"};
      const auto settings = parse_settings(profile);
      ASSERT_TRUE(settings) << settings.error().sentence();
      const Form form{Items{profile.data.begin(), profile.data.end()}, {}};
      EXPECT_EQ(form.shown("ipsec-forceencaps") == "yes", settings.value().ipsec->force_encapsulation == true)
          << old << current;
      EXPECT_EQ(form.shown("noaccomp") == "yes", settings.value().ppp.no_address_compression)
          << old << current;
    }
  }
  for (const auto* current : {"", "@new"}) {
    Profile profile;
    profile.uuid = "0e4f9a2c-5c4b-4a3e-9d55-1f0a3d6a1b11";
    profile.data = {{"gateway", "vpn.example"},   {"user", "alice"},
                    {"ipsec-enabled", "yes"},     {"use-cert", "yes"},
                    {"cert-pub", "/old.pem"},     {"user-cert", current[0] == 0 ? "" : "/new.pem"},
                    {"ipsec-remote-id", current}, {"ipsec-gateway-id", "@old"}};
    profile.secrets["ipsec-psk"] = Secret{"x"};
    const auto settings = parse_settings(profile);
    ASSERT_TRUE(settings) << settings.error().sentence();
    const Form form{Items{profile.data.begin(), profile.data.end()}, {}};
    EXPECT_EQ(form.shown("ipsec-remote-id"), settings.value().ipsec->remote_id.value_or(""));
    EXPECT_EQ(form.shown("user-cert"), settings.value().user_certificate_files->certificate);
  }
}

TEST(EditorForm, AFieldStaysAliveWhileItIsEmptied) {
  auto form = with({{"lcp-echo-failure", "5"}, {"ipsec-enabled", "yes"}, {"require-mppe", "yes"}});
  form.set("lcp-echo-failure", "");
  EXPECT_TRUE(form.applies("lcp-echo-failure"));
  form.set("mppe", "");
  EXPECT_TRUE(form.applies("mppe"));
}

TEST(EditorForm, FieldsThatMeanNothingDoNotApply) {
  const auto plain = with({});
  EXPECT_FALSE(plain.applies("ipsec-ike"));
  EXPECT_FALSE(plain.applies("ipsec-psk"));
  EXPECT_TRUE(plain.applies("mppe"));
  EXPECT_FALSE(plain.applies("mppe-stateful"));
  EXPECT_FALSE(plain.applies("lcp-echo-failure"));
  EXPECT_TRUE(plain.applies("password"));
  EXPECT_FALSE(plain.applies("user-cert"));

  const auto psk = with({{"ipsec-enabled", "yes"}, {"lcp-echo-interval", "30"}});
  EXPECT_TRUE(psk.applies("ipsec-psk"));
  EXPECT_FALSE(psk.applies("machine-certificates"));
  EXPECT_FALSE(psk.applies("mppe")) << "IPsec encrypts already";
  EXPECT_TRUE(psk.applies("lcp-echo-failure"));
  EXPECT_TRUE(with({{"ipsec-enabled", "yes"}, {"require-mppe", "yes"}}).applies("mppe"))
      << "what is required can be taken away";

  const auto tls = with({{"ipsec-enabled", "yes"}, {"machine-auth-type", "tls"}, {"user-auth-type", "tls"}});
  EXPECT_TRUE(tls.applies("machine-certificates"));
  EXPECT_TRUE(tls.applies("user-certificates"));
  EXPECT_FALSE(tls.applies("password"));
  EXPECT_FALSE(tls.applies("refuse-pap"));
}

TEST(EditorForm, APresetIsWrittenInTheSameKeysAndKnownAgain) {
  auto form = with({{"ipsec-enabled", "yes"}});
  EXPECT_EQ(form.shown("algorithms"), "automatic");
  form.set("algorithms", "strong");
  EXPECT_EQ(form.shown("algorithms"), "strong");
  EXPECT_EQ((Form{form.data(), {}}).shown("algorithms"), "strong");
  EXPECT_THAT(form.shown("ipsec-ike"), testing::EndsWith("!"));
  form.set("ipsec-ike", "aes256-sha256-modp2048");
  EXPECT_EQ(form.shown("algorithms"), "custom");
  form.set("algorithms", "custom");
  EXPECT_EQ(form.shown("ipsec-ike"), "aes256-sha256-modp2048") << "choosing custom changes nothing";
  form.set("algorithms", "automatic");
  EXPECT_THAT(form.data(), Not(Contains(Pair("ipsec-ike", testing::_))));
  form.set("algorithms", "custom");
  EXPECT_EQ(form.shown("algorithms"), "custom") << "to be written now";

  auto custom = with({{"ipsec-enabled", "yes"}, {"ipsec-ike", "aes128-sha1-modp1024"}});
  custom.set("algorithms", "strong");
  custom.set("algorithms", "custom");
  EXPECT_EQ(custom.shown("ipsec-ike"), "aes128-sha1-modp1024") << "what is stored comes back";
}

TEST(EditorForm, PresetsAreWhatTheirNamesSay) {
  const auto strong = preset("strong"), old = preset("old");
  EXPECT_TRUE(parse_proposals(strong.ike, Phase::one)) << strong.ike;
  EXPECT_TRUE(parse_proposals(strong.esp, Phase::two)) << strong.esp;
  EXPECT_THAT(weakness(strong.ike, Phase::one), IsEmpty());
  EXPECT_THAT(weakness(strong.esp, Phase::two), IsEmpty());
  EXPECT_THAT(weakness(old.ike, Phase::one), HasSubstr("aes256-sha1-modp1024"));
  EXPECT_THAT(weakness(old.esp, Phase::two), HasSubstr("3des-sha1"));
  for (const auto& choice : choices_of(algorithms_field)) {
    if (choice.value == "custom") continue;
    auto form = with({{"ipsec-enabled", "yes"}});
    form.set(algorithms_field, std::string{choice.value});
    EXPECT_THAT(sentences(form), IsEmpty()) << choice.value;
  }
}

TEST(EditorForm, WeakAlgorithmsAreNamed) {
  const auto form =
      with({{"ipsec-enabled", "yes"}, {"ipsec-ike", "aes256-sha256-modp2048,3des-sha1-modp1024"}});
  EXPECT_EQ(form.remark("ipsec-ike"), "Weak by today's standards: 3des-sha1-modp1024.");
  EXPECT_THAT(with({}).remark("ipsec"), HasSubstr("in clear"));
}

}  // namespace
}  // namespace l2tp::editor
