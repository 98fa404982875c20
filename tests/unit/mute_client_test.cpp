#include "service/system/mute_client.h"

#include <gtest/gtest.h>

#include <array>
#include <vector>

#include "fakes/named_process.h"

namespace l2tp {
namespace {

using Arguments = std::vector<std::string>;
const std::array<std::string, 2> names{"2f3ac9a5-1f04-4b40-9b0e-2b2fbb1e9c11", "office"};

TEST(MuteClientTest, AnNmcliThatBringsItUpWithoutAskingIsMute) {
  for (const Arguments& arguments : {Arguments{"nmcli", "connection", "up", "office"},
                                     Arguments{"/usr/bin/nmcli", "c", "u", "id", "office"},
                                     Arguments{"nmcli", "--wait", "90", "c", "up", "uuid", names[0]},
                                     Arguments{"nmcli", "-p", "c", "up", "office"}})
    EXPECT_TRUE(is_mute_nmcli(arguments, names)) << arguments[1];
}

TEST(MuteClientTest, OneThatAsksOrReadsThePasswordFromAFileIsNot) {
  for (const auto* option : {"-a", "--a", "-as", "-ask", "--ask", "passwd-file"})
    EXPECT_FALSE(is_mute_nmcli(Arguments{"nmcli", option, "connection", "up", "office"}, names)) << option;
}

TEST(MuteClientTest, OneThatWatchesShowsOrEditsDoesNotBringItUp) {
  for (const auto* command : {"monitor", "mon", "show", "sh", "edit", "ed"})
    EXPECT_FALSE(is_mute_nmcli(Arguments{"nmcli", "connection", command, "office"}, names)) << command;
  EXPECT_TRUE(is_mute_nmcli(Arguments{"nmcli", "-e", "yes", "connection", "up", "office"}, names));
}

TEST(MuteClientTest, OthersAreNone) {
  EXPECT_FALSE(is_mute_nmcli(Arguments{"nmcli", "connection", "up", "home"}, names));
  EXPECT_FALSE(is_mute_nmcli(Arguments{"nm-applet", "office"}, names));
  EXPECT_FALSE(is_mute_nmcli(Arguments{"nmcli"}, names));
  EXPECT_FALSE(is_mute_nmcli(Arguments{}, names));
}

TEST(MuteClientTest, ItIsFoundAmongTheProcesses) {
  const std::array<std::string, 1> thirty{"30"};  // how long the process sleeps
  EXPECT_FALSE(brought_up_by_mute_nmcli(thirty));
  const NamedProcess nmcli{"nmcli", "nmcli"};
  EXPECT_TRUE(brought_up_by_mute_nmcli(thirty));
  EXPECT_FALSE(brought_up_by_mute_nmcli(names));
}

}  // namespace
}  // namespace l2tp
