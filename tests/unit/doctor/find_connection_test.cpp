#include "doctor/fake_machine.h"

namespace l2tp::doctor {
namespace {

constexpr const char* list = "org.freedesktop.NetworkManager.Settings.ListConnections";
constexpr const char* settings = "org.freedesktop.NetworkManager.Settings.Connection.GetSettings ";

std::string connection(const std::string& name, const std::string& uuid, const std::string& more) {
  return "({'connection': {'id': <'" + name + "'>, 'uuid': <'" + uuid + "'>, 'type': <'vpn'>}" + more + "},)";
}
std::string vpn(const std::string& service) {
  return ", 'vpn': {'service-type': <'org.freedesktop.NetworkManager." + service +
         "'>, 'data': <{'gateway': '192.0.2.1', 'user': 'anna'}>}";
}
constexpr const char* uuid1 = "2f3ac9a5-1f04-4b40-9b0e-2b2fbb1e9c11";
constexpr const char* uuid2 = "2f3ac9a5-1f04-4b40-9b0e-2b2fbb1e9c12";

class FindConnectionTest : public testing::Test {
 protected:
  FindConnectionTest() { fake_.says(list, "([objectpath '/1', '/2', '/3'],)"); }
  Result<Connection, std::string> find(const std::string& name) {
    return find_connection(fake_.machine, name);
  }
  FakeMachine fake_;
};

TEST_F(FindConnectionTest, ByNameOrUuid) {
  fake_.says(std::string{settings} + "/1", connection("home", uuid1, vpn("l2tp")));
  fake_.says(std::string{settings} + "/2",
             connection("office", uuid2,
                        vpn("l2tp") +
                            ", 'ipv4': {'method': <'auto'>, 'dns-search': <['corp.local']>, 'route-data': "
                            "<[{'dest': <'10.1.0.0'>, 'prefix': <uint32 16>}]>, 'auto-route-ext-gw': <0>}"));
  for (const char* name : {"office", uuid2}) {
    const auto found = find(name);
    ASSERT_TRUE(found) << found.error();
    EXPECT_EQ(found.value().name, "office");
    EXPECT_EQ(found.value().profile.uuid, uuid2);
    EXPECT_EQ(found.value().profile.data.at("user"), "anna");
    EXPECT_THAT(found.value().search_domains, testing::ElementsAre("corp.local"));
    ASSERT_THAT(found.value().ipv4_routes, testing::SizeIs(1));
    EXPECT_EQ(found.value().ipv4_routes.front().destination, "10.1.0.0");
    EXPECT_EQ(found.value().ipv4_routes.front().prefix, 16U);
    EXPECT_FALSE(found.value().routes_gateway);
  }
  EXPECT_TRUE(find("home").value().routes_gateway);
}

TEST_F(FindConnectionTest, OfSeveralOfOneNameTheL2tpOneIsMeant) {
  fake_.says(std::string{settings} + "/1", connection("office", uuid1, vpn("openvpn")));
  fake_.says(std::string{settings} + "/3", connection("office", uuid2, vpn("l2tp")));
  ASSERT_TRUE(find("office"));
  EXPECT_EQ(find("office").value().profile.uuid, uuid2);
}

TEST_F(FindConnectionTest, AnotherKindIsRefused) {
  fake_.says(std::string{settings} + "/1", connection("office", uuid1, vpn("openvpn")));
  EXPECT_THAT(find("office").error(), testing::HasSubstr("no L2TP connection"));
}

TEST_F(FindConnectionTest, ASilentNetworkManagerIsSaid) {
  fake_.is_silent(list);
  EXPECT_THAT(find("office").error(), testing::HasSubstr("does not tell"));
}

}  // namespace
}  // namespace l2tp::doctor
