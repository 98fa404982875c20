// Files of other systems, as people have them: tests/unit/data/import.
#include "import/import.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>
#include <random>
#include <sstream>

namespace l2tp::import {
namespace {

using testing::Contains;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::IsSupersetOf;
using testing::Not;
using testing::Pair;
using testing::UnorderedElementsAre;

std::optional<std::string> content(const std::string& name) {
  const std::ifstream stream{std::string{TEST_DATA} + "/import/" + name, std::ios::binary};
  if (!stream) return std::nullopt;
  std::ostringstream text;
  text << stream.rdbuf();
  return text.str();
}

std::optional<std::string> nothing_beside(const std::string&) {
  return std::nullopt;
}

ImportResult import_named(const std::string& name) {
  return import_foreign(content(name).value(), nothing_beside);
}

std::string secret(const Imported& imported, const std::string& name) {
  const auto found = imported.secrets.find(name);
  return found == imported.secrets.end() ? std::string{} : std::string{found->second.view()};
}

TEST(WindowsPhonebookTest, TheFirstL2tpConnectionIsTakenAndTheOthersAreNamed) {
  const auto result = import_named("office.pbk");
  ASSERT_TRUE(result) << result.error();
  const auto& office = result.value();
  EXPECT_EQ(office.name, "Office");
  EXPECT_THAT(office.data, UnorderedElementsAre(Pair("gateway", "vpn.corp.example"),
                                                Pair("ipsec-enabled", "yes"), Pair("refuse-pap", "yes"),
                                                Pair("refuse-mschap", "yes"), Pair("refuse-eap", "yes")));
  EXPECT_TRUE(office.never_default);
  EXPECT_THAT(office.dns, ElementsAre("10.20.0.53"));
  EXPECT_THAT(office.dns_search, ElementsAre("corp.example"));
  EXPECT_THAT(office.notes, Contains(HasSubstr("Enter the pre-shared key")));
  EXPECT_THAT(office.notes, Contains(HasSubstr("Büro – Automatic")));
  EXPECT_THAT(office.notes, Contains(HasSubstr("idle")));
}

TEST(WindowsPhonebookTest, AConnectionOfAnotherProtocolIsRefused) {
  for (const char* strategy : {"1", "5", "7", "12", "14"}) {
    const auto result = import_foreign(
        "[x]\r\nType=2\r\nVpnStrategy=" + std::string{strategy} + "\r\nPhoneNumber=h.example\r\n",
        nothing_beside);
    ASSERT_FALSE(result) << strategy;
    EXPECT_EQ(result.error(), "The phone book holds no L2TP connection.");
  }
}

TEST(WindowsPhonebookTest, WithoutAKeyItIsAConnectionWithCertificates) {
  const auto result = import_foreign("[x]\nType=2\nVpnStrategy=3\nPhoneNumber=h.example\n", nothing_beside);
  ASSERT_TRUE(result) << result.error();
  EXPECT_THAT(result.value().data, Contains(Pair("machine-auth-type", "tls")));
}

TEST(WindowsPowershellTest, AScriptIsReadWithItsQuotesAlgorithmsAndRoutes) {
  const auto result = import_named("office.ps1");
  ASSERT_TRUE(result) << result.error();
  const auto& office = result.value();
  EXPECT_EQ(office.name, "Office (L2TP)");
  EXPECT_EQ(secret(office, "ipsec-psk"), "it\"s a \"key\"");
  EXPECT_THAT(office.data,
              UnorderedElementsAre(Pair("gateway", "vpn.corp.example"), Pair("ipsec-enabled", "yes"),
                                   Pair("refuse-pap", "yes"), Pair("refuse-mschap", "yes"),
                                   Pair("refuse-eap", "yes"), Pair("ipsec-ike", "aes256-sha256-modp2048!"),
                                   Pair("ipsec-esp", "aes256-sha256!"), Pair("ipsec-pfs", "no")));
  EXPECT_TRUE(office.never_default);
  EXPECT_THAT(office.routes, ElementsAre("10.20.0.0/16", "fd20::/32"));
  EXPECT_THAT(office.dns_search, ElementsAre("corp.example"));
  EXPECT_THAT(office.notes, ElementsAre(HasSubstr("'Other'")));
}

TEST(WindowsPowershellTest, WhatGetVpnConnectionPrintsIsReadAlsoAsUtf16) {
  const auto result = import_named("listing.txt");
  ASSERT_TRUE(result) << result.error();
  const auto& office = result.value();
  EXPECT_EQ(office.name, "Office");
  EXPECT_THAT(office.data, UnorderedElementsAre(Pair("gateway", "vpn.corp.example"),
                                                Pair("ipsec-enabled", "yes"), Pair("refuse-chap", "yes"),
                                                Pair("refuse-mschap", "yes"), Pair("refuse-eap", "yes")));
  EXPECT_TRUE(office.never_default);
  EXPECT_THAT(office.notes, ElementsAre(HasSubstr("Enter the pre-shared key")));
}

TEST(WindowsPowershellTest, WhatIsNoL2tpConnectionIsRefusedWithItsReason) {
  const auto error = [](const char* script) {
    const auto result = import_foreign(script, nothing_beside);
    return result ? std::string{"it was imported"} : result.error();
  };
  EXPECT_THAT(error("Add-VpnConnection -Name x -ServerAddress h.example -TunnelType Ikev2"),
              HasSubstr("none of L2TP"));
  EXPECT_THAT(error("Add-VpnConnection -Name x -TunnelType L2tp"), HasSubstr("names no server"));
  EXPECT_THAT(error("$p = @{Name='x'}\nAdd-VpnConnection @p"), HasSubstr("variables"));
  EXPECT_THAT(error("Add-VpnConnection -Name $n -ServerAddress $s -TunnelType L2tp"), HasSubstr("variables"));
}

TEST(WindowsPowershellTest, WhatSetVpnConnectionChangesCounts) {
  const auto result = import_foreign(
      "Add-VpnConnection -Name X -ServerAddress h.example -TunnelType L2tp -L2tpPsk old\n"
      "Set-VpnConnection -Name X -SplitTunneling $true -L2tpPsk “new key” -Force\n",
      nothing_beside);
  ASSERT_TRUE(result) << result.error();
  EXPECT_EQ(secret(result.value(), "ipsec-psk"), "new key");
  EXPECT_TRUE(result.value().never_default);
  EXPECT_THAT(result.value().notes, IsEmpty());
}

TEST(WindowsPowershellTest, AKeyFromAVariableIsAskedForAndNotTakenByItsName) {
  for (const char* key : {"$psk", "\"$psk\"", "(Get-Content key.txt)"}) {
    const auto result = import_foreign(
        "Add-VpnConnection X h.example -TunnelType L2tp -L2tpPsk " + std::string{key}, nothing_beside);
    ASSERT_TRUE(result) << result.error();
    EXPECT_EQ(secret(result.value(), "ipsec-psk"), "");
    EXPECT_THAT(result.value().data, Not(Contains(Pair("machine-auth-type", "tls"))));
    EXPECT_THAT(result.value().notes, Contains(HasSubstr("Enter the pre-shared key")));
  }
  const auto literal =
      import_foreign("Add-VpnConnection X h.example -TunnelType L2tp -L2tpPsk '$psk'", nothing_beside);
  ASSERT_TRUE(literal);
  EXPECT_EQ(secret(literal.value(), "ipsec-psk"), "$psk");
}

TEST(AppleProfileTest, TheL2tpPayloadIsReadWithItsSecrets) {
  const auto result = import_named("office.mobileconfig");
  ASSERT_TRUE(result) << result.error();
  const auto& office = result.value();
  EXPECT_EQ(office.name, "Office & Labs");
  EXPECT_EQ(secret(office, "ipsec-psk"), "it is a key");
  EXPECT_EQ(secret(office, "password"), "pa ss#1");
  EXPECT_THAT(office.data,
              UnorderedElementsAre(Pair("gateway", "vpn.corp.example"), Pair("user", "alice"),
                                   Pair("ipsec-enabled", "yes"), Pair("ipsec-group-name", "staff")));
  EXPECT_TRUE(office.never_default);
  EXPECT_THAT(office.notes, Contains(HasSubstr("on demand")));
  EXPECT_THAT(office.notes, Contains(HasSubstr("'The other one'")));
}

TEST(AppleProfileTest, ATokenIsAskedForEachTime) {
  auto text = content("office.mobileconfig").value();
  text.replace(text.find("<key>TokenCard</key><false/>"), 28, "<key>TokenCard</key><true/> ");
  const auto result = import_foreign(text, nothing_beside);
  ASSERT_TRUE(result) << result.error();
  EXPECT_THAT(result.value().data, Contains(Pair("password-flags", "2")));
  EXPECT_EQ(secret(result.value(), "password"), "");
}

TEST(AppleProfileTest, AProfileForOtherThingsIsRefused) {
  const auto result = import_foreign(
      "<?xml version=\"1.0\"?><plist "
      "version=\"1.0\"><dict><key>PayloadType</key><string>Configuration</string>"
      "<key>PayloadContent</key><array/></dict></plist>",
      nothing_beside);
  ASSERT_FALSE(result);
  EXPECT_EQ(result.error(), "The profile holds no L2TP connection.");
}

TEST(AppleProfileTest, NestingWithoutAnEndIsRefused) {
  std::string text = "<plist>PayloadType";
  for (int depth = 0; depth < 5000; ++depth) text += "<array>";
  const auto result = import_foreign(text, nothing_beside);
  EXPECT_FALSE(result);
}

TEST(DaemonFilesTest, Xl2tpdIsReadWithTheFilesBesideIt) {
  const auto read = [](const std::string& name) { return content("daemons/" + name); };
  const auto result = import_foreign(content("daemons/xl2tpd.conf").value(), read);
  ASSERT_TRUE(result) << result.error();
  const auto& office = result.value();
  EXPECT_EQ(office.name, "office");
  EXPECT_EQ(secret(office, "ipsec-psk"), "it is a key");
  EXPECT_EQ(secret(office, "password"), "pa ss#1");
  EXPECT_THAT(office.data, IsSupersetOf({Pair("gateway", "vpn.corp.example"), Pair("user", "CORP\\alice"),
                                         Pair("mtu", "1280"), Pair("mru", "1280"), Pair("refuse-eap", "yes"),
                                         Pair("ipsec-enabled", "yes"), Pair("ipsec-remote-id", "192.0.2.10"),
                                         Pair("ipsec-ikelifetime", "3600"), Pair("ipsec-salifetime", "28800"),
                                         Pair("ipsec-pfs", "no"),
                                         Pair("ipsec-ike", "aes128-sha1-modp1024,3des-sha1-modp1024!"),
                                         Pair("ipsec-esp", "aes128-sha1,3des-sha1!")}));
  EXPECT_TRUE(office.never_default);  // pppd was not told to set a default route
  EXPECT_THAT(office.notes, ElementsAre(HasSubstr("'require-mschap-v2'")));
}

TEST(DaemonFilesTest, EitherFileOfThePairWillDo) {
  const auto read = [](const std::string& name) { return content("daemons/" + name); };
  const auto result = import_foreign(content("daemons/ipsec.conf").value(), read);
  ASSERT_TRUE(result) << result.error();
  EXPECT_THAT(result.value().data, Contains(Pair("user", "CORP\\alice")));
}

TEST(DaemonFilesTest, OnlyAKeyForThisServerIsTaken) {
  const auto key_from = [](const std::string& secrets) {
    const auto read = [&secrets](const std::string& name) {
      return name == "ipsec.secrets" ? std::optional{secrets} : std::nullopt;
    };
    const auto result = import_foreign(content("daemons/ipsec.conf").value(), read);
    return result ? secret(result.value(), "ipsec-psk") : result.error();
  };
  EXPECT_EQ(key_from("10.0.0.1 198.51.100.9 : PSK \"site to site\"\n"), "");
  EXPECT_EQ(key_from(": PSK \"first\" # for all\n: PSK \"second\"\n"), "first");
  EXPECT_EQ(key_from("  # vpn.corp.example : PSK \"old\"\n%any : PSK 'new'\n"), "new");
  EXPECT_EQ(key_from("192.0.2.10 : PSK 0x6162\n"), "ab");
  EXPECT_EQ(key_from(": PSK 0sYWJj\n"), "abc");
}

TEST(DaemonFilesTest, PppdsOptionsMayStandInOneLine) {
  const auto read = [](const std::string& name) -> std::optional<std::string> {
    if (name != "options") return std::nullopt;
    return "noauth refuse-eap mtu 1400 user alice password secret idle 1800 defaultroute strange\n";
  };
  const auto result = import_foreign("[lac x]\nlns = h.example\npppoptfile = /etc/ppp/options\n", read);
  ASSERT_TRUE(result) << result.error();
  EXPECT_THAT(result.value().data,
              IsSupersetOf({Pair("refuse-eap", "yes"), Pair("mtu", "1400"), Pair("user", "alice")}));
  EXPECT_EQ(secret(result.value(), "password"), "secret");
  EXPECT_FALSE(result.value().never_default);
  EXPECT_THAT(result.value().notes, IsSupersetOf({HasSubstr("idle"), HasSubstr("'strange'")}));
}

TEST(DaemonFilesTest, AServersOwnFilesAreRefused) {
  const auto error = [](const char* text) {
    const auto result = import_foreign(text, nothing_beside);
    return result ? std::string{"it was imported"} : result.error();
  };
  EXPECT_THAT(error("[lns default]\nip range = 10.0.0.2-10.0.0.9\n"), HasSubstr("server"));
  EXPECT_THAT(error("conn l2tp\n  left=%any\n  leftprotoport=17/1701\n  right=%any\n"), HasSubstr("server"));
  EXPECT_THAT(error("conn site\n  left=192.0.2.1\n  right=192.0.2.2\n"),
              HasSubstr("No connection of the file is for L2TP"));
}

TEST(ImportTest, AFileOfNoKnownFormatIsRefusedWithASentenceThatNamesThem) {
  for (const std::string& text :
       {std::string{}, std::string{"hello"}, std::string{"\0\1\2", 3},
        std::string{"client\nremote vpn.example 1194\nproto udp\n"},
        std::string{"[Interface]\nPrivateKey = x\n[Peer]\nEndpoint = h.example:51820\n"},
        std::string{"<html><body>PayloadType</body></html>"}}) {
    const auto result = import_foreign(text, nothing_beside);
    ASSERT_FALSE(result) << text;
    EXPECT_THAT(result.error(), HasSubstr("describes no L2TP connection")) << text;
  }
  EXPECT_FALSE(import_foreign(std::string(largest_file + 1, 'x'), nothing_beside));
}

// Bytes changed, cut and doubled at random, always the same ones: nothing crashes, and what is imported names
// a server.
TEST(ImportTest, DamagedFilesEndInASentenceOrAServer) {
  std::mt19937 random{20261121};
  const auto read = [](const std::string& name) { return content("daemons/" + name); };
  for (const char* name : {"office.pbk", "office.ps1", "listing.txt", "office.mobileconfig",
                           "daemons/xl2tpd.conf", "daemons/ipsec.conf"}) {
    const auto whole = content(name).value();
    for (int round = 0; round < 300; ++round) {
      auto damaged = whole;
      for (auto changes = random() % 8 + 1; changes > 0; --changes) {
        const auto at = random() % damaged.size();
        switch (random() % 4) {
          case 0:
            damaged[at] = static_cast<char>(random());
            break;
          case 1:
            damaged.erase(at, random() % 40);
            break;
          case 2:
            damaged.insert(at, damaged.substr(random() % damaged.size(), random() % 40));
            break;
          default:
            damaged[at] = "\"'`\\[]<>=:\r\n#;{}$@"[random() % 18];
        }
        if (damaged.empty()) damaged = "x";
      }
      const auto result = import_foreign(damaged, read);
      if (result) {
        EXPECT_THAT(result.value().data, Contains(Pair("gateway", Not(IsEmpty())))) << damaged;
      } else {
        EXPECT_THAT(result.error(), Not(IsEmpty()));
      }
    }
  }
}

}  // namespace
}  // namespace l2tp::import
