#include "service/system/xfrm.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdio>
#include <cstdlib>

// Compared with what ip(8) shows of the kernel, in a network of the test's own.
namespace l2tp::xfrm {
namespace {

using testing::AllOf;
using testing::HasSubstr;
using testing::Not;

const render::Endpoints flow{Ipv4Address{{192, 0, 2, 7}}, Ipv4Address{{203, 0, 113, 9}}, 54321};

std::string output_of(const char* command) {
  FILE* output = popen(command, "r");
  std::string text;
  char buffer[4096];
  while (const auto size = fread(buffer, 1, sizeof buffer, output)) text.append(buffer, size);
  pclose(output);
  return text;
}

std::string policies() {
  return output_of("ip xfrm policy");
}
std::string states() {
  return output_of("ip xfrm state");
}
bool run(const std::string& command) {
  return std::system((command + " 2>/dev/null").c_str()) == 0;
}

// As a daemon sets them up.
bool add_policy(const std::string& direction, const std::string& selector, const std::string& ends) {
  return run("ip xfrm policy add " + selector + " dir " + direction + " priority 100 tmpl " + ends +
             " proto esp reqid 7 mode transport");
}

bool add_daemons_policies() {
  return add_policy("out", "src 192.0.2.7/32 dst 203.0.113.9/32 proto udp sport 54321 dport 1701",
                    "src 192.0.2.7 dst 203.0.113.9") &&
         add_policy("in", "src 203.0.113.9/32 dst 192.0.2.7/32 proto udp sport 1701 dport 54321",
                    "src 203.0.113.9 dst 192.0.2.7");
}

class XfrmTest : public testing::Test {
 protected:
  void SetUp() override {
    run("ip xfrm policy flush");
    run("ip xfrm state flush");
    if (const auto error = add_guard(flow)) GTEST_SKIP() << "no XFRM in this kernel: " << *error;
    remove_guard(flow);
    ASSERT_EQ(policies(), "");
  }
};

TEST_F(XfrmTest, TheGuardBlocksTheFlowInBothDirectionsBehindAllOthers) {
  ASSERT_FALSE(add_guard(flow));
  const auto found = policies();
  EXPECT_THAT(found, HasSubstr("src 192.0.2.7/32 dst 203.0.113.9/32 proto udp sport 54321 dport 1701"));
  EXPECT_THAT(found, HasSubstr("src 203.0.113.9/32 dst 192.0.2.7/32 proto udp dport 54321"));
  EXPECT_THAT(found, AllOf(HasSubstr("dir out action block"), HasSubstr("dir in action block")));
  EXPECT_THAT(found, HasSubstr("priority 2147483647"));
}

TEST_F(XfrmTest, AGuardTwiceIsOneGuard) {
  ASSERT_FALSE(add_guard(flow));
  const auto once = policies();
  ASSERT_FALSE(add_guard(flow));
  EXPECT_EQ(policies().size(), once.size());
  ASSERT_FALSE(remove_guard(flow));
  EXPECT_EQ(policies(), "");
}

TEST_F(XfrmTest, AGuardThatIsNotThereIsRemovedWithoutAnError) {
  EXPECT_FALSE(remove_guard(flow));
}

TEST_F(XfrmTest, TheGuardStandsBesideTheDaemonsPolicyOfTheSameFlow) {
  ASSERT_FALSE(add_guard(flow));
  ASSERT_TRUE(add_daemons_policies()) << "the kernel keeps them apart";
  EXPECT_THAT(policies(), AllOf(HasSubstr("action block"), HasSubstr("priority 100")));
  ASSERT_FALSE(remove_guard(flow));
  EXPECT_THAT(policies(), AllOf(Not(HasSubstr("action block")), HasSubstr("priority 100")));
}

TEST_F(XfrmTest, RemainsAreTheDaemonsPoliciesOfThisFlowAlone) {
  ASSERT_TRUE(add_daemons_policies());
  ASSERT_TRUE(add_policy("out", "src 192.0.2.7/32 dst 203.0.113.9/32 proto udp sport 1701 dport 1701",
                         "src 192.0.2.7 dst 203.0.113.9"));
  ASSERT_TRUE(add_policy("out", "src 192.0.2.7/32 dst 198.51.100.1/32 proto udp sport 54321 dport 1701",
                         "src 192.0.2.7 dst 198.51.100.1"));
  ASSERT_TRUE(add_policy("out", "src 10.0.0.0/8 dst 10.9.0.0/16", "src 192.0.2.7 dst 203.0.113.9"));
  ASSERT_FALSE(add_guard(flow));
  ASSERT_FALSE(remove_remains(flow));
  const auto left = policies();
  EXPECT_THAT(
      left, AllOf(HasSubstr("sport 1701 dport 1701"), HasSubstr("198.51.100.1/32"), HasSubstr("10.0.0.0/8")));
  EXPECT_THAT(left, HasSubstr("action block")) << "the guard goes last, and by its own call";
  EXPECT_THAT(left, Not(HasSubstr("sport 54321 dport 1701 \n\tdir out priority 100 ptype main \n\ttmpl src "
                                  "192.0.2.7 dst 203.0.113.9")));
  EXPECT_THAT(left, Not(HasSubstr("dir in priority 100")));
}

bool add_bypass(const std::string& direction, const std::string& selector, int priority) {
  return run("ip xfrm policy add " + selector + " dir " + direction + " action allow priority " +
             std::to_string(priority));
}

TEST_F(XfrmTest, NothingLetsTheFlowPassWhereOnlyTheDaemonsPoliciesAre) {
  EXPECT_FALSE(bypass_of(flow));
  ASSERT_FALSE(add_guard(flow));
  ASSERT_TRUE(add_daemons_policies());
  EXPECT_FALSE(bypass_of(flow));
}

TEST_F(XfrmTest, APolicyThatLetsTheFlowPassBeforeTheDaemonsIsNamed) {
  for (const auto* selector : {"src 0.0.0.0/0 dst 0.0.0.0/0", "src 192.0.2.0/24 dst 203.0.113.0/24",
                               "src 0.0.0.0/0 dst 203.0.113.9/32 proto udp dport 1701"}) {
    run("ip xfrm policy flush");
    ASSERT_TRUE(add_daemons_policies());
    ASSERT_TRUE(add_bypass("out", selector, 10)) << selector;
    const auto found = bypass_of(flow);
    ASSERT_TRUE(found) << selector;
    EXPECT_THAT(*found, HasSubstr("priority 10"));
  }
}

TEST_F(XfrmTest, APolicyThatLetsTheServersPacketsInIsOneToo) {
  ASSERT_TRUE(add_daemons_policies());
  ASSERT_TRUE(add_bypass("in", "src 203.0.113.0/24 dst 0.0.0.0/0", 10));
  EXPECT_TRUE(bypass_of(flow));
}

TEST_F(XfrmTest, APolicyForOthersOrBehindTheDaemonsLetsNothingPass) {
  ASSERT_TRUE(add_daemons_policies());
  ASSERT_TRUE(add_bypass("out", "src 0.0.0.0/0 dst 198.51.100.0/24", 10));
  ASSERT_TRUE(add_bypass("out", "src 203.0.113.0/24 dst 192.0.2.0/24", 11)) << "the wrong way round";
  ASSERT_TRUE(add_bypass("out", "src 0.0.0.0/0 dst 203.0.113.9/32 proto tcp", 12));
  ASSERT_TRUE(add_bypass("out", "src 0.0.0.0/0 dst 203.0.113.9/32 proto udp dport 500", 13));
  ASSERT_TRUE(add_bypass("out", "src 0.0.0.0/0 dst 0.0.0.0/0", 5000));
  EXPECT_FALSE(bypass_of(flow));
}

TEST_F(XfrmTest, StatesGoWithThePoliciesThatReferToThem) {
  const auto add_state = [](const std::string& ends, const char* spi, int reqid) {
    return run("ip xfrm state add " + ends + " proto esp spi " + spi + " reqid " + std::to_string(reqid) +
               " mode transport auth 'hmac(sha1)' 0x0102030405060708090a0b0c0d0e0f1011121314 enc 'cbc(aes)' "
               "0x0102030405060708090a0b0c0d0e0f10");
  };
  if (!add_state("src 192.0.2.7 dst 203.0.113.9", "0x1111", 7)) GTEST_SKIP() << "no ESP in this kernel";
  ASSERT_TRUE(add_state("src 203.0.113.9 dst 192.0.2.7", "0x2222", 7));
  ASSERT_TRUE(add_state("src 192.0.2.7 dst 203.0.113.9", "0x3333", 8))
      << "another tunnel between the same two";
  ASSERT_TRUE(add_state("src 192.0.2.7 dst 198.51.100.1", "0x4444", 7))
      << "the same number, with somebody else";
  ASSERT_TRUE(add_daemons_policies());
  ASSERT_FALSE(remove_remains(flow));
  EXPECT_THAT(states(), AllOf(Not(HasSubstr("0x00001111")), Not(HasSubstr("0x00002222")),
                              HasSubstr("0x00003333"), HasSubstr("0x00004444")));
}

bool add_sa(const std::string& ends, const std::string& spi, const std::string& reqid = "7",
            const std::string& more = "") {
  return run(
      "ip xfrm state add " + ends + " proto esp spi " + spi + " reqid " + reqid +
      " mode transport auth 'hmac(sha1)' 0x0123456789012345678901234567890123456789 enc 'cipher_null' '' " +
      more);
}

TEST_F(XfrmTest, AFlowHasSasWhenBothDirectionsHaveOneOfItsPolicies) {
  ASSERT_TRUE(add_daemons_policies());
  EXPECT_FALSE(has_sas(flow));
  if (!add_sa("src 192.0.2.7 dst 203.0.113.9", "0x101")) GTEST_SKIP() << "no ESP in this kernel";
  EXPECT_FALSE(has_sas(flow)) << "one direction is not enough";
  ASSERT_TRUE(add_sa("src 203.0.113.9 dst 192.0.2.7", "0x102", "8"));
  EXPECT_FALSE(has_sas(flow)) << "another policy's SA is none of ours";
  ASSERT_TRUE(add_sa("src 203.0.113.9 dst 192.0.2.7", "0x103"));
  EXPECT_TRUE(has_sas(flow));
  run("ip xfrm state delete src 192.0.2.7 dst 203.0.113.9 proto esp spi 0x101");
  EXPECT_FALSE(has_sas(flow));
}

TEST_F(XfrmTest, BareEspOfWhichNothingCameBackIsUnanswered) {
  EXPECT_FALSE(esp_unanswered(flow)) << "without an SA there is nothing to answer";
  ASSERT_TRUE(add_daemons_policies());
  if (!add_sa("src 192.0.2.7 dst 203.0.113.9", "0x101")) GTEST_SKIP() << "no ESP in this kernel";
  ASSERT_TRUE(add_sa("src 203.0.113.9 dst 192.0.2.7", "0x102"));
  EXPECT_TRUE(esp_unanswered(flow));
}

TEST_F(XfrmTest, EspInUdpIsNoMatterOfFirewallsThatDropEsp) {
  ASSERT_TRUE(add_daemons_policies());
  const std::string in_udp = "encap espinudp 4500 4500 0.0.0.0";
  if (!add_sa("src 192.0.2.7 dst 203.0.113.9", "0x101", "7", in_udp)) GTEST_SKIP() << "no ESP in this kernel";
  ASSERT_TRUE(add_sa("src 203.0.113.9 dst 192.0.2.7", "0x102", "7", in_udp));
  EXPECT_FALSE(esp_unanswered(flow));
}

}  // namespace
}  // namespace l2tp::xfrm
