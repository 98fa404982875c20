// What pppd's plugin tells the service of the link's packets, and what it must not tell.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <vector>

extern "C" {
#include "pppd-plugin/link.h"
#include "pppd-plugin/witness.h"
}

namespace {
std::vector<std::string> told;
}  // namespace

// Plays the link: "us:c021 0501..." is a packet of ours, its protocol apart.
extern "C" void link_report_packet(int from_us, const unsigned char* packet, size_t size) {
  constexpr const char* digits = "0123456789abcdef";
  std::string text = from_us != 0 ? "us:" : "server:";
  for (size_t i = 0; i < size; ++i) {
    if (i == 2) text += ' ';
    text += {digits[packet[i] >> 4], digits[packet[i] & 15]};
  }
  told.push_back(text);
}

namespace l2tp {
namespace {

using namespace std::string_literals;
using testing::ElementsAre;
using testing::IsEmpty;

// A frame: address and control, then these bytes, with the length of what follows the protocol in its place.
std::vector<std::string> witnessed(const std::vector<unsigned char>& protocol_and_code,
                                   const std::string& content, bool from_us = false) {
  std::vector<unsigned char> frame{0xff, 0x03};
  frame.insert(frame.end(), protocol_and_code.begin(), protocol_and_code.end());
  frame.insert(frame.end(), {0x01, 0x00, static_cast<unsigned char>(content.size() + 4)});
  frame.insert(frame.end(), content.begin(), content.end());
  told.clear();
  witness_packet(from_us ? 1 : 0, frame.data(), static_cast<int>(frame.size()));
  return told;
}

TEST(WitnessTest, WhatIsNegotiatedRefusedAndEndedIsTold) {
  EXPECT_THAT(witnessed({0xc0, 0x21, 1}, "\x03\x04\xc0\x23"), ElementsAre("server:c021 010100080304c023"));
  EXPECT_THAT(witnessed({0xc0, 0x21, 5}, "bye", true), ElementsAre("us:c021 05010007627965"));
  EXPECT_THAT(witnessed({0x80, 0x21, 4}, "no"), ElementsAre("server:8021 040100066e6f"));
  EXPECT_THAT(witnessed({0x80, 0xfd, 3}, "no"), ElementsAre("server:80fd 030100066e6f"));
  EXPECT_THAT(witnessed({0xc0, 0x23, 3}, "no"), ElementsAre("server:c023 030100066e6f"));
  EXPECT_THAT(witnessed({0xc2, 0x23, 4}, "no"), ElementsAre("server:c223 040100066e6f"));
}

TEST(WitnessTest, APasswordOrTheAnswerToAChallengeIsNot) {
  EXPECT_THAT(witnessed({0xc0, 0x23, 1},
                        "\x04"
                        "anna\x06geheim",
                        true),
              IsEmpty());
  EXPECT_THAT(witnessed({0xc2, 0x23, 1}, "challenge"), IsEmpty());
  EXPECT_THAT(witnessed({0xc2, 0x23, 2}, "response", true), IsEmpty());
  EXPECT_THAT(witnessed({0xc2, 0x23, 3}, "S=proof"), IsEmpty());
}

TEST(WitnessTest, OfARejectedPacketOnlyItsProtocolIs) {
  // PAP's request, with the password, as a server sends it back.
  EXPECT_THAT(witnessed({0xc0, 0x21, 8}, "\xc0\x23\x01\x01\x00\x10geheim"s),
              ElementsAre("server:c021 08010010c023"));
  EXPECT_THAT(witnessed({0xc0, 0x21, 7}, "\x01\x01geheim"), IsEmpty()) << "Code-Reject";
}

TEST(WitnessTest, OfEapOnlyTheMethodIs) {
  EXPECT_THAT(witnessed({0xc2, 0x27, 2}, "\x04geheim", true), ElementsAre("us:c227 0201000b04"));
  EXPECT_THAT(witnessed({0xc2, 0x27, 4}, ""), ElementsAre("server:c227 04010004"));
  EXPECT_THAT(witnessed({0xc2, 0x27, 5}, "x"), IsEmpty());
}

TEST(WitnessTest, SignsOfLifeDataAndWhatIsCutShortAreNot) {
  for (const unsigned code : {0U, 6U, 9U, 10U, 11U, 255U})
    EXPECT_THAT(witnessed({0xc0, 0x21, static_cast<unsigned char>(code)}, "x"), IsEmpty());
  EXPECT_THAT(witnessed({0x00, 0x21, 1}, "data"), IsEmpty());
  told.clear();
  const unsigned char frame[] = {0xff, 0x03, 0xc0, 0x21, 0x05, 0x01, 0x00};
  for (int size = 0; size <= static_cast<int>(sizeof frame); ++size) witness_packet(0, frame, size);
  EXPECT_THAT(told, IsEmpty());
}

}  // namespace
}  // namespace l2tp
