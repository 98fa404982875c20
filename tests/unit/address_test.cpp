#include "core/address.h"

#include <arpa/inet.h>
#include <gtest/gtest.h>

#include <cstring>
#include <random>

namespace l2tp {
namespace {

using namespace std::string_view_literals;

TEST(Ipv4AddressTest, DottedDecimalIsReadAndPrinted) {
  for (const std::string text : {"0.0.0.0", "192.0.2.1", "255.255.255.255", "10.64.64.64"}) {
    const auto address = Ipv4Address::parse(text);
    ASSERT_TRUE(address) << text;
    EXPECT_EQ(address->to_string(), text);
  }
}

TEST(Ipv4AddressTest, AnythingElseIsNoAddress) {
  for (const auto text : {""sv, "1"sv, "1.2.3"sv, "1.2.3.4.5"sv, "1.2.3.256"sv, "1.2.3.-4"sv, "01.2.3.4"sv,
                          "0x1.2.3.4"sv, " 1.2.3.4"sv, "1.2.3.4 "sv, "1.2.3.4\n"sv, "1.2.3.4\0"sv,
                          "1.2.3.4/24"sv, "1.2.3.4."sv, "a.b.c.d"sv, "::1"sv, "[1.2.3.4]"sv, "1..3.4"sv}) {
    EXPECT_FALSE(Ipv4Address::parse(text)) << text;
  }
}

TEST(Ipv4AddressTest, NetworkOrderIsWhatSocketsCarry) {
  const auto address = Ipv4Address::parse("192.0.2.1");
  ASSERT_TRUE(address);
  EXPECT_EQ(address->network_order(), htonl(0xc0000201));
  EXPECT_EQ(Ipv4Address::from_network_order(htonl(0xc0000201)), *address);
}

TEST(Ipv4AddressTest, OnlyTheZeroAddressIsUnspecified) {
  EXPECT_TRUE(Ipv4Address().unspecified());
  EXPECT_FALSE(Ipv4Address({0, 0, 0, 1}).unspecified());
}

TEST(Ipv4AddressTest, AddressesAreOrderedByTheirBytes) {
  EXPECT_LT(Ipv4Address({9, 255, 255, 255}), Ipv4Address({10, 0, 0, 0}));
}

TEST(Ipv6LiteralTest, LiteralsWithoutBracketsAreKnown) {
  for (const auto text :
       {"::"sv, "::1"sv, "2001:db8::1"sv, "fe80::1:2:3:4"sv, "::ffff:192.0.2.1"sv, "2001:DB8:0:0:0:0:0:1"sv})
    EXPECT_TRUE(is_ipv6_literal(text)) << text;
}

TEST(Ipv6LiteralTest, AnythingElseIsNoLiteral) {
  for (const auto text : {""sv, "1.2.3.4"sv, "[::1]"sv, "fe80::1%eth0"sv, "2001:db8::1::2"sv, ":::"sv,
                          "::1\0"sv, " ::1"sv, "2001:db8::12345"sv, "example.com"sv})
    EXPECT_FALSE(is_ipv6_literal(text)) << text;
}

TEST(AddressTest, RandomTextIsReadOnlyIfItIsPrintedTheSame) {
  std::mt19937 random(1);
  for (int round = 0; round < 20000; ++round) {
    std::string text(random() % 16, '\0');
    for (char& letter : text) letter = "0123456789....:x \n\0"[random() % 19];
    is_ipv6_literal(text);
    const auto address = Ipv4Address::parse(text);
    EXPECT_TRUE(!address || address->to_string() == text) << text;
  }
}

}  // namespace
}  // namespace l2tp
