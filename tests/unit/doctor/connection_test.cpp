#include <cstdlib>
#include <ctime>

#include "doctor/fake_machine.h"

namespace l2tp::doctor {
namespace {

class ConnectionCheckTest : public testing::Test {
 protected:
  ConnectionCheckTest() {
    connection_.name = "office";
    connection_.profile.uuid = "2f3ac9a5-1f04-4b40-9b0e-2b2fbb1e9c11";
    data() = {{"gateway", "vpn.example.com"}, {"user", "anna"}, {"ipsec-enabled", "yes"}};
    fake_.hosts["vpn.example.com"].ipv4 = {Ipv4Address{{198, 51, 100, 1}}};
  }

  std::map<std::string, std::string>& data() { return connection_.profile.data; }
  const Finding* check(const char* id) {
    group_ = check_connection(fake_.machine, connection_);
    return found(group_, id);
  }

  FakeMachine fake_;
  Connection connection_;
  Group group_{""};
};

TEST_F(ConnectionCheckTest, AGoodOneHasOnlyGoodFindings) {
  check("");
  EXPECT_GE(group_.findings().size(), 6U);
  for (const auto& finding : group_.findings()) EXPECT_EQ(finding.level, Level::ok) << finding.sentence;
}

TEST_F(ConnectionCheckTest, EveryUnknownKeyIsNamedWithTheOneThatWasMeant) {
  data()["ipsec-pks"] = "x";
  data()["gatway"] = "x";
  check("");
  int unknown = 0;
  for (const auto& finding : group_.findings()) unknown += finding.id == "settings-unknown-key" ? 1 : 0;
  EXPECT_EQ(unknown, 2);
  EXPECT_THAT(check("settings-unknown-key"),
              Is(Level::error, "'gatway' (did you mean 'gateway'?)",
                 "nmcli connection modify 2f3ac9a5-1f04-4b40-9b0e-2b2fbb1e9c11 -vpn.data gatway"));
  EXPECT_THAT(check("connection-gateway"), Is(Level::ok));
}

TEST_F(ConnectionCheckTest, AHostileKeyIsQuotedAndNotOfferedToAShell) {
  data()["x; rm -rf /"] = "x";
  EXPECT_THAT(check("settings-unknown-key"), Is(Level::error, "'x; rm -rf /'", "Remove the key."));
}

TEST_F(ConnectionCheckTest, EveryWrongValueIsFound) {
  data()["mtu"] = "many";
  data()["ipsec-ike"] = "aes999-sha1-modp1024";
  std::string text;
  check("");
  for (const auto& finding : group_.findings())
    if (finding.id == "settings-invalid") text += finding.sentence + finding.remedy + "\n";
  EXPECT_THAT(text, testing::AllOf(testing::HasSubstr("+vpn.data 'mtu="),
                                   testing::HasSubstr("+vpn.data 'ipsec-ike=")));
  EXPECT_THAT(check("connection-gateway"), Is(Level::ok)) << "the rest is looked at all the same";
}

TEST_F(ConnectionCheckTest, WhatIsMissingIsSaid) {
  data().erase("user");
  EXPECT_THAT(check("settings-missing"), Is(Level::error, "the user name"));
  EXPECT_EQ(check("connection-gateway"), nullptr);
}

TEST_F(ConnectionCheckTest, SecretsAreToldByTheirPlaceOnly) {
  data()["password-flags"] = "1";
  EXPECT_THAT(
      check("connection-secrets"),
      Is(Level::ok, "Password: kept by the user's agent; pre-shared key: kept by NetworkManager (no flags"));
  data()["ipsec-psk-flags"] = "2";
  EXPECT_THAT(check("connection-secrets"), Is(Level::ok, "pre-shared key: asked for each time"));
}

TEST_F(ConnectionCheckTest, AKeyAmongTheDataIsAWarningThatDoesNotShowIt) {
  data()["ipsec-psk"] = "geheim-42";
  EXPECT_THAT(check("connection-secrets"), Is(Level::warning, "among vpn.data", "-vpn.data ipsec-psk"));
  for (const auto& finding : group_.findings())
    EXPECT_THAT(finding.sentence + finding.remedy, testing::Not(testing::HasSubstr("geheim")));
}

TEST_F(ConnectionCheckTest, WeakAlgorithmsAreNamed) {
  data()["ipsec-ike"] = "aes256-sha256-modp2048";
  EXPECT_THAT(check("connection-algorithms"), Is(Level::ok));
  data()["ipsec-ike"] = "aes256-sha256-modp2048,3des-sha1-modp1024!";
  data()["ipsec-esp"] = "aes256-md5";
  EXPECT_THAT(check("connection-algorithms"),
              Is(Level::warning, "ipsec-ike='3des-sha1-modp1024' ipsec-esp='aes256-md5'",
                 "nm-l2tp probe vpn.example.com"));
}

TEST_F(ConnectionCheckTest, WithoutIpsecTheTunnelIsOpen) {
  data()["ipsec-enabled"] = "no";
  EXPECT_THAT(check("connection-ipsec"), Is(Level::warning, "not encrypted", "ipsec-enabled=yes"));
  EXPECT_EQ(check("connection-algorithms"), nullptr);
}

TEST_F(ConnectionCheckTest, ADaemonWithoutIkev1DoesForAProfileOfIkev2) {
  fake_.file("/usr/lib/ipsec/libcharon.so.0", "...");
  EXPECT_THAT(check("connection-daemon"), Is(Level::error, "cannot speak IKEv1"));
  data()["ipsec-ikev2"] = "yes";
  EXPECT_THAT(check("connection-daemon"), Is(Level::ok, "strongswan"));
}

TEST_F(ConnectionCheckTest, LibreswanMayLackASmallGroup) {
  fake_.without_strongswan();
  fake_.with_libreswan();
  data()["ipsec-ike"] = "3des-sha1-modp1024";
  EXPECT_THAT(check("connection-daemon"), Is(Level::warning, "lack the group", "modp1536"));
  data()["ipsec-ike"] = "3des-sha1-modp1024,3des-sha1-modp1536";
  EXPECT_THAT(check("connection-daemon"), Is(Level::ok, "libreswan"));
}

// --- the gateway

TEST_F(ConnectionCheckTest, AGatewayMustResolveToAnIpv4Address) {
  EXPECT_THAT(check("connection-gateway"), Is(Level::ok, "198.51.100.1"));
  fake_.hosts["vpn.example.com"] = {{}, true};
  EXPECT_THAT(check("connection-gateway"), Is(Level::error, "only an IPv6 address"));
  fake_.hosts.clear();
  EXPECT_THAT(check("connection-gateway"),
              Is(Level::error, "does not resolve: vpn.example.com (no such name)"));
}

TEST_F(ConnectionCheckTest, ARouteOverTheGatewayMattersOnlyWithoutNetworkManagersException) {
  connection_.profile.ipv4_never_default = true;
  connection_.ipv4_routes = {{"198.51.0.0", 16}};
  EXPECT_THAT(check("connection-routes"), Is(Level::ok, "outside of the tunnel"));
  connection_.routes_gateway = false;
  EXPECT_THAT(check("connection-routes"),
              Is(Level::error, "cover the gateway 198.51.100.1", "auto-route-ext-gw yes"));
  connection_.ipv4_routes = {{"198.52.0.0", 16}, {"10.0.0.0", 8}};
  EXPECT_THAT(check("connection-routes"), Is(Level::ok, "No route"));
  connection_.profile.ipv4_never_default = false;
  EXPECT_THAT(check("connection-routes"), Is(Level::error)) << "the default route covers it";
}

// --- certificates, as openssl(1) makes them

class CertificateCheckTest : public ConnectionCheckTest {
 protected:
  CertificateCheckTest() {
    fake_.file("/pki/ca.ext", "basicConstraints=critical,CA:TRUE\n");
    const std::string script = "cd '" + fake_.machine.root + R"(/pki' && exec >log 2>&1 && set -e
      for k in ca own; do openssl genpkey -algorithm EC -pkeyopt ec_paramgen_curve:P-256 -out $k.key; done
      openssl req -x509 -new -key ca.key -subj /CN=ca -days 3650 -out ca.pem \
        -addext basicConstraints=critical,CA:TRUE
      openssl req -new -key own.key -subj /CN=own -out csr
      openssl x509 -req -in csr -CA ca.pem -CAkey ca.key -days 30 -out own.pem
      openssl ec -in own.key -aes128 -passout pass:word -out own.enc)";
    EXPECT_EQ(std::system(script.c_str()), 0) << *fake_.machine.read("/pki/log");
    fake_.machine.now = std::time(nullptr) + 60;  // after they were made
    data().insert({{"machine-auth-type", "tls"},
                   {"machine-ca", "/pki/ca.pem"},
                   {"machine-cert", "/pki/own.pem"},
                   {"machine-key", "/pki/own.key"}});
  }
  void a_year_later() { fake_.machine.now += 365L * 24 * 3600; }
};

TEST_F(CertificateCheckTest, GoodOnesAreGood) {
  EXPECT_THAT(check("connection-files"), Is(Level::ok, "'/pki/own.pem' is good"));
}

TEST_F(CertificateCheckTest, FilesAreReadAsTheProfilesUser) {
  connection_.profile.owner = "anna";
  check("");
  EXPECT_THAT(fake_.readers, testing::AllOf(testing::SizeIs(3), testing::Each("anna")));
}

TEST_F(CertificateCheckTest, AMissingFileIsNamed) {
  fake_.remove("/pki/ca.pem");
  EXPECT_THAT(check("credentials-unreadable"), Is(Level::error, "/pki/ca.pem (No such file or directory)"));
}

TEST_F(CertificateCheckTest, WhatOnlyRootMayReadIsNotChecked) {
  fake_.machine.read_as = [](const std::string&, const std::string&) -> Result<Secret, std::string> {
    return Unexpected{std::string{"Permission denied"}};
  };
  EXPECT_THAT(check("credentials-unreadable"), Is(Level::error, "Permission denied"));
  fake_.machine.privileged = false;
  EXPECT_THAT(check("credentials-unreadable"), Is(Level::unchecked, "needs root"));
}

TEST_F(CertificateCheckTest, AnExpiredOneIsFoundAlsoBesideAKeyWithAPassword) {
  a_year_later();
  EXPECT_THAT(check("credentials-not-valid-now"), Is(Level::error, "has expired"));
  data()["machine-key"] = "/pki/own.enc";
  EXPECT_THAT(check("credentials-not-valid-now"), Is(Level::error, "/pki/own.pem"));
}

TEST_F(CertificateCheckTest, AKeyWithAPasswordIsNoTrouble) {
  data()["machine-key"] = "/pki/own.enc";
  EXPECT_THAT(check("connection-files"), Is(Level::ok, "has a password"));
}

TEST_F(CertificateCheckTest, AnotherKeyIsAMismatch) {
  data()["machine-key"] = "/pki/ca.key";
  EXPECT_THAT(check("credentials-mismatch"), Is(Level::error, "/pki/ca.key"));
}

TEST_F(CertificateCheckTest, AUsersOwnCertificatesAreNotForTheSystemsCharon) {
  fake_.charon_runs("/run/charon.vici");
  EXPECT_THAT(check("connection-daemon"), Is(Level::ok));
  connection_.profile.owner = "anna";
  EXPECT_THAT(check("connection-daemon"), Is(Level::error, "anna's profile"));
}

}  // namespace
}  // namespace l2tp::doctor
