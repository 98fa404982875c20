#include "libnm/profile.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "core/glib.h"

namespace l2tp {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;
using testing::Pair;

class ProfileTest : public testing::Test {
 protected:
  ProfileTest() : connection_(nm_simple_connection_new()) {}

  template <typename Setting>
  Setting* add(NMSetting* setting) {
    nm_connection_add_setting(connection_.get(), setting);
    return reinterpret_cast<Setting*>(setting);
  }
  NMSettingVpn* vpn() { return add<NMSettingVpn>(nm_setting_vpn_new()); }

  void ip(NMSetting* setting, const char* method) {
    g_object_set(setting, NM_SETTING_IP_CONFIG_METHOD, method, nullptr);
    nm_connection_add_setting(connection_.get(), setting);
  }

  Profile profile() { return profile_of(connection_.get()); }

  ObjectRef<NMConnection> connection_;
};

TEST_F(ProfileTest, AnEmptyConnectionIsAnEmptyProfile) {
  const auto profile = this->profile();
  EXPECT_EQ(profile.uuid, "");
  EXPECT_EQ(profile.vpn_user_name, "");
  EXPECT_THAT(profile.data, IsEmpty());
  EXPECT_TRUE(profile.secrets.empty());
  EXPECT_TRUE(profile.ipv4_enabled);
  EXPECT_TRUE(profile.ipv6_enabled);
}

TEST_F(ProfileTest, TheFirstUserOfItsPermissionsOwnsIt) {
  auto* connection = add<NMSettingConnection>(nm_setting_connection_new());
  EXPECT_EQ(profile().owner, "");
  nm_setting_connection_add_permission(connection, "user", "anna", nullptr);
  nm_setting_connection_add_permission(connection, "user", "bert", nullptr);
  EXPECT_EQ(profile().owner, "anna");
}

TEST_F(ProfileTest, NameItemsAndSecretsComeAsTheyAre) {
  auto* connection = add<NMSettingConnection>(nm_setting_connection_new());
  g_object_set(connection, NM_SETTING_CONNECTION_UUID, "2f3ac9a5-1f04-4b40-9b0e-2b2fbb1e9c11", nullptr);
  auto* vpn = this->vpn();
  g_object_set(vpn, NM_SETTING_VPN_USER_NAME, "anna", NM_SETTING_VPN_TIMEOUT, 8U, nullptr);
  nm_setting_vpn_add_data_item(vpn, "gateway", "vpn.example");
  nm_setting_vpn_add_data_item(vpn, "unknown", "x y");
  nm_setting_vpn_add_secret(vpn, "password", "geheim");

  const auto profile = this->profile();
  EXPECT_EQ(profile.uuid, "2f3ac9a5-1f04-4b40-9b0e-2b2fbb1e9c11");
  EXPECT_EQ(profile.vpn_user_name, "anna");
  EXPECT_EQ(profile.timeout, 8U);
  EXPECT_THAT(profile.data, ElementsAre(Pair("gateway", "vpn.example"), Pair("unknown", "x y")));
  ASSERT_EQ(profile.secrets.size(), 1U);
  EXPECT_EQ(profile.secrets.at("password").view(), "geheim");
}

TEST_F(ProfileTest, AnAutomaticIpv4HasNoAddressesOfItsOwn) {
  auto* ip4 = nm_setting_ip4_config_new();
  auto* address = nm_ip_address_new(AF_INET, "10.0.0.5", 24, nullptr);
  nm_setting_ip_config_add_address(NM_SETTING_IP_CONFIG(ip4), address);
  nm_ip_address_unref(address);
  ip(ip4, "auto");
  EXPECT_TRUE(profile().ipv4_enabled);
  EXPECT_THAT(profile().ipv4_addresses, IsEmpty());
}

TEST_F(ProfileTest, AManualIpv4HasAddressesAndAGateway) {
  auto* ip4 = nm_setting_ip4_config_new();
  for (const auto* text : {"10.0.0.5", "10.0.0.6"}) {
    auto* address = nm_ip_address_new(AF_INET, text, 24, nullptr);
    nm_setting_ip_config_add_address(NM_SETTING_IP_CONFIG(ip4), address);
    nm_ip_address_unref(address);
  }
  g_object_set(ip4, NM_SETTING_IP_CONFIG_GATEWAY, "10.0.0.1", nullptr);
  ip(ip4, "manual");
  EXPECT_THAT(profile().ipv4_addresses, ElementsAre("10.0.0.5", "10.0.0.6"));
  EXPECT_EQ(profile().ipv4_gateway, "10.0.0.1");
}

TEST_F(ProfileTest, ADisabledFamilyIsDisabled) {
  ip(nm_setting_ip4_config_new(), "disabled");
  ip(nm_setting_ip6_config_new(), "disabled");
  EXPECT_FALSE(profile().ipv4_enabled);
  EXPECT_FALSE(profile().ipv6_enabled);
}

TEST_F(ProfileTest, AnIgnoredIpv6IsDisabledToo) {
  ip(nm_setting_ip6_config_new(), "ignore");
  EXPECT_FALSE(profile().ipv6_enabled);
}

TEST_F(ProfileTest, RoutesAndDnsAreAsTheProfileWishes) {
  auto* ip4 = nm_setting_ip4_config_new();
  g_object_set(ip4, NM_SETTING_IP_CONFIG_NEVER_DEFAULT, TRUE, NM_SETTING_IP_CONFIG_IGNORE_AUTO_DNS, TRUE,
               nullptr);
  ip(ip4, "auto");
  EXPECT_TRUE(profile().ipv4_never_default);
  EXPECT_TRUE(profile().ipv4_ignore_auto_dns);
  EXPECT_FALSE(profile().ipv6_never_default);

  auto* ip6 = nm_setting_ip6_config_new();
  g_object_set(ip6, NM_SETTING_IP_CONFIG_NEVER_DEFAULT, TRUE, nullptr);
  ip(ip6, "auto");
  EXPECT_TRUE(profile().ipv6_never_default);
}

}  // namespace
}  // namespace l2tp
