#include "service/stages/ppp.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "fakes/fake_clock.h"
#include "fakes/fake_pppd.h"
#include "fakes/temporary_dir.h"

namespace l2tp {
namespace {

using namespace std::chrono_literals;
using testing::AllOf;
using testing::Contains;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;
using testing::SizeIs;

// Its pppd is this very process, so no test may ask the stage to end a pppd that has come.
class PppStageTest : public testing::Test {
 protected:
  void SetUp() override {
    auto link = PppLink::listen(path_, "anna", Secret{"geheim"});
    ASSERT_TRUE(link) << link.error();
    activation_.ppp_link = link.value();
  }

  static Activation activation() {
    Settings settings;
    settings.uuid = "UUID";
    return Activation{std::move(settings)};
  }

  void start() {
    stage_.start(
        [this](const std::optional<Failure>& failure) {
          log_.push_back(failure ? std::string{failure->kind->id} + ": " + failure->detail : "up");
        },
        [this](const Failure& failure) {
          log_.push_back("lost: " + std::string{failure.kind->id} + ": " + failure.detail);
        });
  }

  // `ipv6`: what pppd says about IPv6CP at that time.
  bool ip4_up(const std::string& ipv6) {
    return pppd().tell(
        "Ip4Up",
        ("({'interface': <'ppp0'>, 'address': <uint32 16777226>, 'ipv6': <'" + ipv6 + "'>},)").c_str());
  }
  bool ip6_up() {
    return pppd().tell("Ip6Up",
                       "({'interface': <'ppp0'>, 'address': <[byte 0xfe, 0x80, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, "
                       "0, 0, 0, 1]>},)");
  }
  bool exiting(unsigned status) {
    return pppd().tell("Exiting", ("(uint32 " + std::to_string(status) + ",)").c_str());
  }

  FakePppd& pppd() {
    if (!pppd_) pppd_ = std::make_unique<FakePppd>(path_);
    return *pppd_;
  }

  TemporaryDir temporary_;
  std::string path_ = temporary_.path("pppd.sock");
  FakeClock clock_;
  Activation activation_ = activation();
  PppStage stage_{activation_, clock_};
  std::unique_ptr<FakePppd> pppd_;
  std::vector<std::string> log_;
};

TEST_F(PppStageTest, WithoutIpv6ItIsUpWithIpcp) {
  start();
  ip4_up("off");
  EXPECT_THAT(log_, ElementsAre("up"));
  EXPECT_TRUE(activation_.ppp.ipv4);
  EXPECT_EQ(activation_.ppp.interface, "ppp0");
}

TEST_F(PppStageTest, AServerThatAnswersNothingIsNamedAfterEightSeconds) {
  start();
  pppd().tell("Phase", "('establish',)");
  clock_.advance(7900ms);
  EXPECT_THAT(log_, IsEmpty());
  clock_.advance(200ms);
  EXPECT_THAT(log_, ElementsAre(HasSubstr("ppp-unanswered")));
}

TEST_F(PppStageTest, AServerThatHasAnsweredOnceMayTakeItsTime) {
  start();
  pppd().tell("Phase", "('establish',)");
  pppd().tell("Answered", "()");
  clock_.advance(20s);
  EXPECT_THAT(log_, IsEmpty());
}

TEST_F(PppStageTest, ALinkThatIsNegotiatedAnewIsNotTakenForASilentOne) {
  start();
  pppd().tell("Phase", "('establish',)");
  pppd().tell("Answered", "()");
  ip4_up("off");
  pppd().tell("Phase", "('establish',)");
  clock_.advance(20s);
  EXPECT_THAT(log_, ElementsAre("up"));
}

TEST_F(PppStageTest, WithIpv6ItIsUpWithBoth) {
  start();
  ip4_up("pending");
  EXPECT_THAT(log_, IsEmpty());
  ip6_up();
  EXPECT_THAT(log_, ElementsAre("up"));
  EXPECT_TRUE(activation_.ppp.ipv4);
  EXPECT_TRUE(activation_.ppp.ipv6);
}

TEST_F(PppStageTest, IpcpMayBeTheSecond) {
  start();
  ip6_up();
  EXPECT_THAT(log_, IsEmpty());
  ip4_up("up");
  EXPECT_THAT(log_, ElementsAre("up"));
  EXPECT_TRUE(activation_.ppp.ipv6);
}

TEST_F(PppStageTest, AServerThatRefusesIpv6HoldsNothingUp) {
  start();
  ip4_up("pending");
  pppd().call("Ip6Refused");
  EXPECT_THAT(log_, ElementsAre("up"));
  EXPECT_FALSE(activation_.ppp.ipv6);
}

TEST_F(PppStageTest, AServerThatNeverAnswersIpv6HoldsItUpForASecond) {
  start();
  ip4_up("pending");
  clock_.advance(999ms);
  EXPECT_THAT(log_, IsEmpty());
  clock_.advance(1ms);
  EXPECT_THAT(log_, ElementsAre("up"));
  ip6_up();
  clock_.advance(1min);
  EXPECT_THAT(log_, ElementsAre("up")) << "once";
}

TEST_F(PppStageTest, WithIpv6AloneItIsUpWithIpv6cp) {
  activation_.settings.ipv4 = false;
  start();
  ip6_up();
  EXPECT_THAT(log_, ElementsAre("up"));
  EXPECT_FALSE(activation_.ppp.ipv4);
}

TEST_F(PppStageTest, WithIpv6AloneARefusalIsAFailure) {
  activation_.settings.ipv4 = false;
  start();
  pppd().call("Ip6Refused");
  EXPECT_THAT(log_, ElementsAre(HasSubstr("ppp-negotiation-failed")));
}

TEST_F(PppStageTest, PppdsStatusIsTheReason) {
  struct Case {
    unsigned status;
    const char* id;
  };
  for (const auto& [status, id] :
       {Case{19, "ppp-login-refused"}, Case{10, "ppp-negotiation-failed"}, Case{15, "ppp-echo-lost"},
        Case{12, "ppp-idle"}, Case{13, "ppp-ended"}, Case{1, "ppp-ended"}}) {
    pppd_.reset();
    path_ = temporary_.path("socket-" + std::to_string(status));
    SetUp();
    log_.clear();
    PppStage stage{activation_, clock_};
    stage.start(
        [this](const std::optional<Failure>& failure) {
          log_.emplace_back(failure ? failure->kind->id : "up");
        },
        [](const Failure&) {});
    exiting(status);
    EXPECT_THAT(log_, ElementsAre(id)) << status;
  }
}

TEST_F(PppStageTest, WhatEndsPppdFromWithoutIsFirstForL2tpToTell) {
  for (const unsigned status : {5U, 16U}) {
    pppd_.reset();
    path_ = temporary_.path("socket-" + std::to_string(status));
    SetUp();
    log_.clear();
    PppStage stage{activation_, clock_};
    stage.start([this](const std::optional<Failure>& failure) { log_.emplace_back(failure->kind->id); },
                [](const Failure&) {});
    exiting(status);
    clock_.advance(500ms);
    EXPECT_THAT(log_, IsEmpty());
    clock_.advance(100ms);
    EXPECT_THAT(log_, ElementsAre("ppp-ended"));
  }
}

TEST_F(PppStageTest, AServerThatEndsTheLinkIsBelievedAtOnce) {
  start();
  ip4_up("off");
  // LCP Terminate-Request, "bye".
  pppd().tell("Packet", "(false, [byte 0xc0, 0x21, 5, 1, 0, 7, 0x62, 0x79, 0x65])");
  EXPECT_THAT(log_, ElementsAre("up", "lost: ppp-ended-by-server: the server says 'bye'"));
}

TEST_F(PppStageTest, OurOwnEndIsNotTheServers) {
  start();
  ip4_up("off");
  pppd().tell("Packet", "(true, [byte 0xc0, 0x21, 5, 1, 0, 7, 0x62, 0x79, 0x65])");
  EXPECT_THAT(log_, ElementsAre("up"));
}

TEST_F(PppStageTest, TheServersWordsGoWithARefusedLogin) {
  start();
  // CHAP Failure, "E=647".
  pppd().tell("Packet", "(false, [byte 0xc2, 0x23, 4, 1, 0, 9, 0x45, 0x3d, 0x36, 0x34, 0x37])");
  EXPECT_THAT(log_, IsEmpty());
  exiting(19);
  EXPECT_THAT(log_, ElementsAre("ppp-account-disabled: error 647 (account disabled)"));
}

TEST_F(PppStageTest, AServerWithoutIpv4HoldsNothingUp) {
  start();
  // LCP Protocol-Reject of IPCP.
  pppd().tell("Packet", "(false, [byte 0xc0, 0x21, 8, 1, 0, 6, 0x80, 0x21])");
  EXPECT_THAT(log_, ElementsAre(HasSubstr("ppp-no-address")));
}

TEST_F(PppStageTest, PppdsLastLinesProveWhatIsNotProvenOtherwise) {
  for (int i = 0; i < 20; ++i) activation_.pppd_lines.add("line " + std::to_string(i));
  activation_.pppd_lines.add("sent [CHAP Response id=0x1 <0123456789abcdef>, name = \"anna\"]");
  std::vector<std::string> evidence;
  stage_.start([&evidence](const std::optional<Failure>& failure) { evidence = failure->evidence; },
               [](const Failure&) {});
  exiting(19);
  EXPECT_THAT(evidence, AllOf(SizeIs(8), Contains("line 19"), Not(Contains(HasSubstr("CHAP Response")))));
}

TEST_F(PppStageTest, AnUnknownStatusIsToldWithItsPhase) {
  start();
  pppd().tell("Phase", "('authenticate',)");
  exiting(77);
  EXPECT_THAT(log_, ElementsAre(testing::AllOf(HasSubstr("77"), HasSubstr("authenticate"))));
}

TEST_F(PppStageTest, WhatEndsAfterItWasUpIsLost) {
  start();
  ip4_up("off");
  exiting(15);
  EXPECT_THAT(log_, ElementsAre("up", HasSubstr("lost: ppp-echo-lost")));
}

TEST_F(PppStageTest, APppdThatIsKilledIsLost) {
  start();
  ip4_up("off");
  pppd().hang_up();
  run_until([this] { return log_.size() == 2; });
  EXPECT_THAT(log_, ElementsAre("up", HasSubstr("killed")));
}

TEST_F(PppStageTest, ThePppdThatThenHangsUpDoesNotHideTheReason) {
  start();
  exiting(19);
  pppd().hang_up();
  run_for(20ms);
  EXPECT_THAT(log_.front(), HasSubstr("ppp-login-refused"));
}

TEST_F(PppStageTest, ThePppdThatHangsUpLeavesL2tpItsTimeToTell) {
  start();
  exiting(16);
  pppd().hang_up();
  run_for(20ms);
  EXPECT_THAT(log_, IsEmpty());
  clock_.advance(600ms);
  EXPECT_THAT(log_, ElementsAre(HasSubstr("its L2TP session went away")));
}

TEST_F(PppStageTest, WhatPppdSaidBeforeTheStageBeganCounts) {
  exiting(19);
  start();
  EXPECT_THAT(log_, ElementsAre(HasSubstr("ppp-login-refused")));
}

TEST_F(PppStageTest, TooLongIsNamedByHowFarItCame) {
  start();
  EXPECT_EQ(stage_.timed_out().kind->id, "ppp-not-started");
  pppd().tell("Phase", "('authenticate',)");
  EXPECT_EQ(stage_.timed_out().kind->id, "ppp-negotiation-failed");
  EXPECT_THAT(stage_.timed_out().sentence(), HasSubstr("authenticate"));
}

TEST_F(PppStageTest, WithoutAPppdStopIsDoneAtOnce) {
  start();
  bool stopped = false;
  stage_.stop([&stopped] { stopped = true; });
  EXPECT_TRUE(stopped);
}

}  // namespace
}  // namespace l2tp
