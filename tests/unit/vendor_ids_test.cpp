#include "core/ike/vendor_ids.h"

#include <gtest/gtest.h>
#include <openssl/evp.h>

#include <string_view>

namespace l2tp::ike {
namespace {

Bytes md5(std::string_view text) {
  Bytes digest(16);
  EVP_Digest(text.data(), text.size(), digest.data(), nullptr, EVP_md5(), nullptr);
  return digest;
}

Bytes bytes_of(std::string_view text) {
  return {text.begin(), text.end()};
}

std::string words(const Bytes& id) {
  const auto vendor = vendor_of(id);
  return vendor ? vendor->words : "";
}

Bytes windows(std::uint8_t version) {
  auto id = md5("MS NT5 ISAKMPOAKLEY");
  id.insert(id.end(), {0, 0, 0, version});
  return id;
}

TEST(VendorIdTest, KnowsTheHashesOfTheTextsThatStandForThem) {
  EXPECT_EQ(words(md5("RFC 3947")), "NAT traversal (RFC 3947)");
  EXPECT_EQ(words(md5("draft-ietf-ipsec-nat-t-ike-03")), "NAT traversal (draft 03)");
  EXPECT_EQ(words(md5("draft-ietf-ipsec-nat-t-ike-02\n")), "NAT traversal (draft 02)");
  EXPECT_EQ(words(md5("draft-ietf-ipsec-nat-t-ike-02")), "NAT traversal (draft 02)");
  EXPECT_EQ(words(md5("draft-ietf-ipsec-nat-t-ike-00")), "NAT traversal (draft 00)");
  EXPECT_EQ(words(md5("FRAGMENTATION")), "fragmentation of IKE messages");
  EXPECT_EQ(words(md5("strongSwan")), "strongSwan");
  EXPECT_EQ(words(md5("KAME/racoon")), "racoon (macOS, BSD)");
  EXPECT_EQ(words(md5("Vid-Initial-Contact")), "Windows (initial contact)");
  EXPECT_EQ(words(md5("MS-Negotiation Discovery Capable")), "Windows (negotiation discovery)");
  EXPECT_EQ(words(md5("IKE CGA version 1")), "Windows (CGA)");
  EXPECT_EQ(words(md5("MS-MamieExists")), "Windows (AuthIP)");
}

TEST(VendorIdTest, TellsTheVersionOfWindows) {
  EXPECT_EQ(words(windows(5)), "Windows Vista");
  EXPECT_EQ(words(windows(8)), "Windows 8 or Server 2012");
  EXPECT_EQ(words(windows(9)), "Windows 8.1, Server 2012 R2 or later");
  EXPECT_EQ(words(windows(200)), "Windows");
  EXPECT_EQ(words(md5("MS NT5 ISAKMPOAKLEY")), "Windows");
}

// Cisco puts its version into the last two bytes of a hash, and flags behind another.
TEST(VendorIdTest, LeavesVersionsAndFlagsOut) {
  auto unity = md5("CISCO-UNITY");
  unity[14] = 1;
  unity[15] = 0;
  EXPECT_EQ(words(unity), "Cisco Unity");
  auto fragmentation = md5("FRAGMENTATION");
  fragmentation.insert(fragmentation.end(), {0xc0, 0, 0, 0});
  EXPECT_EQ(words(fragmentation), "fragmentation of IKE messages");
}

TEST(VendorIdTest, ShowsTextThatIsHarmless) {
  EXPECT_EQ(words(bytes_of("OE-Libreswan-4.10")), "Libreswan-4.10");
  EXPECT_EQ(words(bytes_of("HeartBeat_Notify8k")), "Juniper or NetScreen");
  EXPECT_EQ(words(bytes_of("MyVPN router 2")), "'MyVPN router 2'");
  EXPECT_EQ(words(bytes_of("evil \033[2Jtext")), "");
  EXPECT_EQ(words({}), "");
}

TEST(VendorIdTest, SaysUnknownOnesAsDigits) {
  EXPECT_FALSE(vendor_of(Bytes{0, 1, 0xfe}));
  EXPECT_EQ(hexadecimal(Bytes{0, 1, 0xfe}), "0001fe");
  EXPECT_EQ(hexadecimal(Bytes(1000, 0xab)).size(), 80u);
}

TEST(VendorIdTest, WeSayWhatWeCan) {
  EXPECT_EQ(ids_of_a_client()[0], md5("RFC 3947"));
  EXPECT_EQ(ids_of_a_client()[2], md5("FRAGMENTATION"));
  for (const auto& id : ids_of_a_client()) EXPECT_TRUE(vendor_of(id));
}

}  // namespace
}  // namespace l2tp::ike
