#include "core/render/xl2tpd_conf.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <map>
#include <sstream>

namespace l2tp::render {
namespace {

using testing::Contains;
using testing::ElementsAre;
using testing::Key;
using testing::Not;
using testing::Pair;

using File = std::map<std::string, std::map<std::string, std::string>>;

// As xl2tpd.conf(5) has it: "[section]", then "option = value".
File read(const std::string& text) {
  File file;
  std::string section;
  std::istringstream lines{text};
  for (std::string line; std::getline(lines, line);) {
    if (line.empty()) continue;
    if (line.front() == '[') {
      section = line.substr(1, line.find(']') - 1);
      file[section];
      continue;
    }
    const auto equals = line.find(" = ");
    if (equals == std::string::npos) {
      ADD_FAILURE() << "no option: " << line;
      continue;
    }
    const auto fresh = file[section].emplace(line.substr(0, equals), line.substr(equals + 3)).second;
    EXPECT_TRUE(fresh) << "said twice: " << line;
  }
  return file;
}

const Endpoints endpoints{Ipv4Address{{192, 0, 2, 7}}, Ipv4Address{{203, 0, 113, 9}}, 1701};

File rendered(const Settings& settings, const Endpoints& where = endpoints) {
  return read(xl2tpd_conf(settings, where, "/run/nm-l2tp/UUID/ppp-options"));
}

TEST(Xl2tpdConfTest, ThereIsOneLacThatDialsTheGatewayAtOnce) {
  const auto file = rendered({});
  EXPECT_THAT(file, ElementsAre(Key("global"), Key("lac l2tp")));
  EXPECT_THAT(file.at("lac l2tp"), Contains(Pair("lns", "203.0.113.9")));
  EXPECT_THAT(file.at("lac l2tp"), Contains(Pair("autodial", "yes")));
  EXPECT_THAT(file.at("lac l2tp"), Contains(Pair("pppoptfile", "/run/nm-l2tp/UUID/ppp-options")));
}

TEST(Xl2tpdConfTest, ItListensOnOurAddressAlone) {
  EXPECT_THAT(rendered({}).at("global"), Contains(Pair("listen-addr", "192.0.2.7")));
}

TEST(Xl2tpdConfTest, NobodyElseMayDialIn) {
  EXPECT_THAT(rendered({}).at("global"), Contains(Pair("access control", "yes")));
}

TEST(Xl2tpdConfTest, TheSourcePortIsTheOneThatWasFound) {
  auto where = endpoints;
  EXPECT_THAT(rendered({}, where).at("global"), Contains(Pair("port", "1701")));
  where.source_port = 54321;
  EXPECT_THAT(rendered({}, where).at("global"), Contains(Pair("port", "54321")));
}

TEST(Xl2tpdConfTest, RetriesAreSaidOnlyIfTheProfileSaysThem) {
  Settings settings;
  EXPECT_THAT(rendered(settings).at("global"), Not(Contains(Key("max retries"))));
  settings.l2tp_max_retries = 3;
  EXPECT_THAT(rendered(settings).at("global"), Contains(Pair("max retries", "3")));
}

TEST(Xl2tpdConfTest, NoTextOfTheProfileEntersTheFile) {
  Settings settings;
  settings.user = "\n[lns default]\npppoptfile = /tmp/evil";
  settings.password = Secret{"\npassword"};
  settings.gateway = "host\n";
  EXPECT_EQ(xl2tpd_conf(settings, endpoints, "/f"), xl2tpd_conf({}, endpoints, "/f"));
}

}  // namespace
}  // namespace l2tp::render
