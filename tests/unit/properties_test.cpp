// The plugin that nmcli and the editors load: its file format, and the module itself through libnm.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>

#include <fstream>
#include <random>
#include <sstream>

#include "core/wording.h"
#include "fakes/temporary_dir.h"
#include "fakes/valid_value.h"
#include "properties/import_file.h"
#include "properties/own_file.h"

namespace l2tp {
namespace {

using testing::Contains;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;

ObjectRef<NMConnection> a_connection() {
  ObjectRef<NMConnection> connection{nm_simple_connection_new()};
  auto* general = nm_setting_connection_new();
  g_object_set(general, "id", "My; Name", "uuid", "0e4f9a2c-5c4b-4a3e-9d55-1f0a3d6a1b11", "type", "vpn",
               nullptr);
  nm_connection_add_setting(connection.get(), general);
  auto* vpn = nm_setting_vpn_new();
  g_object_set(vpn, "service-type", "org.freedesktop.NetworkManager.l2tp", nullptr);
  nm_connection_add_setting(connection.get(), vpn);
  nm_setting_vpn_add_data_item(NM_SETTING_VPN(vpn), "gateway", "vpn.example");
  nm_connection_add_setting(connection.get(), nm_setting_ip4_config_new());
  nm_connection_add_setting(connection.get(), nm_setting_ip6_config_new());
  for (const char* name : {"ipv4", "ipv6"})
    g_object_set(nm_connection_get_setting_by_name(connection.get(), name), "method", "auto", nullptr);
  return connection;
}

NMSettingVpn* vpn_of(const ObjectRef<NMConnection>& connection) {
  return nm_connection_get_setting_vpn(connection.get());
}

// Equal but for the UUID, which no file holds.
bool equal(NMConnection* one, NMConnection* other) {
  for (auto* connection : {one, other})
    g_object_set(nm_connection_get_setting_connection(connection), "uuid", nullptr, nullptr);
  return nm_connection_compare(one, other, NM_SETTING_COMPARE_FLAG_EXACT) != FALSE;
}

TEST(OwnFileTest, EveryKeyComesBackAsItWas) {
  std::mt19937 random{1701};
  for (int round = 0; round < 200; ++round) {
    const auto connection = a_connection();
    for (const auto& key : key_table()) {
      if (random() % 3 == 0) continue;
      const auto value = valid_value(key, random);
      if (key.secret)
        nm_setting_vpn_add_secret(vpn_of(connection), std::string{key.name}.c_str(), value.c_str());
      else
        nm_setting_vpn_add_data_item(vpn_of(connection), std::string{key.name}.c_str(), value.c_str());
    }
    const auto text = own_file_of(connection.get(), true);
    ASSERT_TRUE(looks_like_own_file(text)) << text;
    const auto read = read_own_file(text);
    ASSERT_TRUE(read) << read.error() << text;
    EXPECT_THAT(read.value().notes, IsEmpty());
    EXPECT_TRUE(equal(connection.get(), read.value().connection.get())) << text;
  }
}

TEST(OwnFileTest, TheRestOfTheProfileComesBackToo) {
  const auto connection = a_connection();
  g_object_set(vpn_of(connection), "user-name", "alice", "persistent", TRUE, "timeout", 30U, nullptr);
  auto* ipv4 = nm_connection_get_setting_ip4_config(connection.get());
  g_object_set(ipv4, "method", "manual", "gateway", "10.9.0.1", "never-default", FALSE, "ignore-auto-dns",
               TRUE, "may-fail", FALSE, "dhcp-send-hostname", FALSE, nullptr);
  auto* address = nm_ip_address_new(AF_INET, "10.9.0.7", 24, nullptr);
  nm_setting_ip_config_add_address(ipv4, address);
  nm_ip_address_unref(address);
  nm_setting_ip_config_add_dns(ipv4, "10.9.0.53");
  nm_setting_ip_config_add_dns_search(ipv4, "corp.example");
  auto* ipv6 = nm_connection_get_setting_ip6_config(connection.get());
  for (const auto& [setting, family, dest, prefix, hop, metric] :
       {std::tuple{ipv4, AF_INET, "10.0.0.0", 8U, "10.9.0.1", gint64{5}},
        std::tuple{ipv4, AF_INET, "172.16.0.0", 12U, static_cast<const char*>(nullptr), gint64{-1}},
        std::tuple{ipv6, AF_INET6, "fd00::", 8U, "fd00::1", gint64{-1}}}) {
    auto* route = nm_ip_route_new(family, dest, prefix, hop, metric, nullptr);
    nm_setting_ip_config_add_route(setting, route);
    nm_ip_route_unref(route);
  }
  const auto read = read_own_file(own_file_of(connection.get(), false));
  ASSERT_TRUE(read) << read.error();
  EXPECT_TRUE(equal(connection.get(), read.value().connection.get()));
}

TEST(OwnFileTest, AWordThatIsNeitherYesNorNoIsLeftToBeRefused) {
  const auto read = read_own_file("[connection]\nid=x\n[vpn]\ngateway=h.example\nipsec-enabled=True\n");
  ASSERT_TRUE(read) << read.error();
  EXPECT_STREQ(nm_setting_vpn_get_data_item(vpn_of(read.value().connection), "ipsec-enabled"), "True");
}

TEST(OwnFileTest, AKeyOfTheOldFormIsASecretToo) {
  const auto connection = a_connection();
  nm_setting_vpn_add_data_item(vpn_of(connection), "ipsec-psk", "an old key");
  EXPECT_THAT(own_file_of(connection.get(), false), Not(HasSubstr("an old key")));
  const auto read = read_own_file(own_file_of(connection.get(), true));
  ASSERT_TRUE(read);
  EXPECT_STREQ(nm_setting_vpn_get_secret(vpn_of(read.value().connection), "ipsec-psk"), "an old key");
}

TEST(OwnFileTest, SecretsAreWrittenOnlyWhenAskedFor) {
  const auto connection = a_connection();
  nm_setting_vpn_add_secret(vpn_of(connection), "ipsec-psk", "a very secret key");
  EXPECT_THAT(own_file_of(connection.get(), false), Not(HasSubstr("very secret")));
  EXPECT_THAT(own_file_of(connection.get(), true), HasSubstr("a very secret key"));
}

// As NetworkManager-l2tp 1.20.8 wrote it, its slip of a metric included.
constexpr const char* of_the_established_plugin = R"(#org.freedesktop.NetworkManager.l2tp

[connection]
id=Work

[vpn]
gateway=vpn.example
user-auth-type=password
user=a\\b ;c# d
mtu=1300
machine-ca=/a b/c.pem
ipsec-enabled=true
ipsec-ike=aes128-sha1-modp1024,3des-sha1-modp1024!

[ip4]
method=auto
dns=192.0.2.1;192.0.2.2;
dns-search=example.com;
routes=10.0.0.0/8 via 10.1.1.1 metric 5;172.16.0.0/12 metric 4294967295;
ignore-auto-routes=false
ignore-auto-dns=true
dhcp-send-hostname=true
never-default=true
)";

TEST(OwnFileTest, AFileOfTheEstablishedPluginIsRead) {
  const auto read = read_own_file(of_the_established_plugin);
  ASSERT_TRUE(read) << read.error();
  const auto& connection = read.value().connection;
  EXPECT_STREQ(nm_connection_get_id(connection.get()), "Work");
  EXPECT_STREQ(nm_setting_vpn_get_data_item(vpn_of(connection), "user"), "a\\b ;c# d");
  EXPECT_STREQ(nm_setting_vpn_get_data_item(vpn_of(connection), "ipsec-enabled"), "yes");
  auto* ipv4 = nm_connection_get_setting_ip4_config(connection.get());
  EXPECT_EQ(nm_setting_ip_config_get_num_dns(ipv4), 2U);
  ASSERT_EQ(nm_setting_ip_config_get_num_routes(ipv4), 2U);
  EXPECT_EQ(nm_ip_route_get_metric(nm_setting_ip_config_get_route(ipv4, 1)), -1);
  EXPECT_TRUE(nm_setting_ip_config_get_never_default(ipv4));
}

TEST(OwnFileTest, AKeyThatNobodyKnowsIsLeftOutAndNamed) {
  const auto read = read_own_file("[connection]\nid=x\n[vpn]\ngateway=h.example\nfuture-key=1\n");
  ASSERT_TRUE(read) << read.error();
  EXPECT_THAT(read.value().notes, ElementsAre(HasSubstr("'future-key'")));
  EXPECT_EQ(nm_setting_vpn_get_data_item(vpn_of(read.value().connection), "future-key"), nullptr);
}

TEST(OwnFileTest, AFileThatIsNoTextIsRefused) {
  for (const auto& bytes :
       {std::string{"[vpn]\ngateway=caf\xe9\n"}, std::string{"[vpn]\ngateway=vpn\0.example\n", 25}}) {
    const auto read = read_own_file(bytes);
    ASSERT_FALSE(read);
    EXPECT_THAT(read.error(), HasSubstr("no text"));
  }
}

TEST(OwnFileTest, ALineThatIsNoneIsQuotedWithoutHarm) {
  const auto read = read_own_file("[vpn]\n\x1b[31mred\n");
  ASSERT_FALSE(read);
  EXPECT_EQ(read.error(), harmless(read.error()));
}

TEST(OwnFileTest, ABadAddressOrRouteIsRefusedByName) {
  for (const char* line :
       {"dns=10.0.0.300;", "routes=10.0.0.0;", "routes=10.0.0.0/33;", "routes=10.0.0.0/8 over x;",
        "routes=10.0.0.0/8 via;", "addresses=10.0.0.1;", "gateway=none"}) {
    const auto read = read_own_file("[connection]\nid=x\n[vpn]\ngateway=h.example\n[ip4]\nmethod=auto\n" +
                                    std::string{line} + "\n");
    EXPECT_FALSE(read) << line;
  }
}

class ImportFileTest : public testing::Test {
 protected:
  std::string write(const std::string& name, const std::string& content) {
    const auto path = dir_.path() + "/" + name;
    std::ofstream{path, std::ios::binary} << content;
    return path;
  }

  TemporaryDir dir_;
};

TEST_F(ImportFileTest, WhatConnectingWouldRefuseIsRefusedWithItsSentence) {
  const auto refused =
      import_file(write("x.conf", "[connection]\nid=x\n[vpn]\ngateway=h.example\nmtu=1300x\n"));
  ASSERT_FALSE(refused);
  EXPECT_THAT(refused.error(), HasSubstr("mtu"));
}

TEST_F(ImportFileTest, WithoutANameTheFilesOwnIsTaken) {
  const auto read = import_file(write("Branch office.conf", "[connection]\n[vpn]\ngateway=h.example\n"));
  ASSERT_TRUE(read) << read.error();
  EXPECT_STREQ(nm_connection_get_id(read.value().connection.get()), "Branch office");
}

TEST_F(ImportFileTest, AForeignFileBecomesAConnection) {
  const auto read = import_file(std::string{TEST_DATA} + "/import/office.mobileconfig");
  ASSERT_TRUE(read) << read.error();
  const auto& connection = read.value().connection;
  EXPECT_STREQ(nm_connection_get_id(connection.get()), "Office & Labs");
  EXPECT_STREQ(nm_setting_vpn_get_secret(vpn_of(connection), "ipsec-psk"), "it is a key");
  EXPECT_TRUE(nm_setting_ip_config_get_never_default(nm_connection_get_setting_ip4_config(connection.get())));
}

TEST_F(ImportFileTest, AKeyOfAnyBytesStaysWhatItIs) {
  write("ipsec.conf", "conn x\n  right=h.example\n  rightprotoport=17/1701\n");
  const auto key_of = [this](const std::string& secrets) {
    write("ipsec.secrets", secrets);
    const auto read = import_file(dir_.path() + "/ipsec.conf");
    return read ? std::string{nm_setting_vpn_get_secret(vpn_of(read.value().connection), "ipsec-psk")}
                : read.error();
  };
  EXPECT_EQ(key_of(": PSK \"plain\"\n"), "plain");
  EXPECT_EQ(key_of(": PSK \"0sYWJj\"\n"), "0sMHNZV0pq");  // begins with 0s, and is no base64
  EXPECT_EQ(key_of(": PSK 0sAAEC/+8=\n"), "0sAAEC/+8=");
}

TEST_F(ImportFileTest, WhatIsNoFileIsNamed) {
  for (const auto& path : {dir_.path(), dir_.path() + "/none", std::string{"/dev/zero"}}) {
    const auto read = import_file(path);
    ASSERT_FALSE(read);
    EXPECT_THAT(read.error(), HasSubstr(path));
  }
}

// The module, as every program loads it.
class PluginTest : public ImportFileTest {
 protected:
  void SetUp() override {
    GError* raw = nullptr;
    plugin_.reset(nm_vpn_editor_plugin_load_from_file(PLUGIN, "org.freedesktop.NetworkManager.l2tp", -1,
                                                      nullptr, nullptr, &raw));
    const ErrorPtr error{raw};
    ASSERT_TRUE(plugin_) << error->message;
  }

  ObjectRef<NMVpnEditorPlugin> plugin_;
};

TEST_F(PluginTest, SaysWhatItCan) {
  const int capabilities = nm_vpn_editor_plugin_get_capabilities(plugin_.get());
  EXPECT_EQ(capabilities & 0x07, 0x07);  // import, export, IPv6
  char* service = nullptr;
  g_object_get(plugin_.get(), "service", &service, nullptr);
  EXPECT_STREQ(service, "org.freedesktop.NetworkManager.l2tp");
  g_free(service);
}

TEST_F(PluginTest, ExportsForItsOwnerAloneAndImportsTheSame) {
  const auto connection = a_connection();
  nm_setting_vpn_add_data_item(vpn_of(connection), "mrru", "1600");
  nm_setting_vpn_add_secret(vpn_of(connection), "password", "kept to itself");
  const auto path = dir_.path() + "/x.conf";
  write("x.conf", "what was there before");
  ASSERT_TRUE(nm_vpn_editor_plugin_export(plugin_.get(), path.c_str(), connection.get(), nullptr));
  struct stat status {};
  ASSERT_EQ(stat(path.c_str(), &status), 0);
  EXPECT_EQ(status.st_mode & 0777, 0600U);

  const ObjectRef<NMConnection> read{nm_vpn_editor_plugin_import(plugin_.get(), path.c_str(), nullptr)};
  ASSERT_TRUE(read);
  EXPECT_STREQ(nm_setting_vpn_get_data_item(vpn_of(read), "mrru"), "1600");
  EXPECT_EQ(nm_setting_vpn_get_num_secrets(vpn_of(read)), 0U);
}

TEST_F(PluginTest, AForeignFileIsAnErrorAndNothingElse) {
  GError* raw = nullptr;
  const auto path = write("client.ovpn", "client\nremote vpn.example 1194\n");
  EXPECT_EQ(nm_vpn_editor_plugin_import(plugin_.get(), path.c_str(), &raw), nullptr);
  const ErrorPtr error{raw};
  ASSERT_TRUE(error);
  EXPECT_THAT(error->message, HasSubstr("describes no L2TP connection"));
}

TEST_F(PluginTest, SuggestsAFileNameWithoutSlashes) {
  const auto connection = a_connection();
  g_object_set(nm_connection_get_setting_connection(connection.get()), "id", "a/b", nullptr);
  const CharPtr name{nm_vpn_editor_plugin_get_suggested_filename(plugin_.get(), connection.get())};
  EXPECT_STREQ(name.get(), "a-b (l2tp).conf");
}

TEST_F(PluginTest, WithoutTheEditorsModuleAskingForTheEditorIsAnError) {
  GError* raw = nullptr;
  EXPECT_EQ(nm_vpn_editor_plugin_get_editor(plugin_.get(), a_connection().get(), &raw), nullptr);
  const ErrorPtr error{raw};
  ASSERT_TRUE(error);
  EXPECT_THAT(error->message, HasSubstr("not installed"));
}

}  // namespace
}  // namespace l2tp
