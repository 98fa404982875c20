#include "service/stages/ipsec.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdlib>

#include "fakes/fake_clock.h"
#include "fakes/main_loop.h"
#include "fakes/temporary_dir.h"

namespace l2tp {
namespace {

using namespace std::chrono_literals;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

bool run(const std::string& command) {
  return std::system((command + " 2>/dev/null").c_str()) == 0;
}

// A daemon that does at once what it is asked, and tells what that was.
class ObedientDaemon final : public IpsecDaemon {
 public:
  explicit ObedientDaemon(std::vector<std::string>& log) : log_(log) {}
  void start(const IpsecRequest& request, Started started, Lost) override {
    log_.push_back("start " + request.name + " for " + request.gateway);
    started(std::nullopt);
  }
  [[nodiscard]] Failure timed_out() const override { return failure("ipsec-silent"); }
  void renew() override { log_.emplace_back("renew"); }
  void stop(Stopped stopped) override {
    log_.emplace_back("stop");
    stopped();
  }
  [[nodiscard]] bool gone() const override { return false; }

 private:
  std::vector<std::string>& log_;
};

Settings settings() {
  Settings settings;
  settings.uuid = "UUID";
  settings.gateway = "vpn.example.com";
  settings.ipsec.emplace();
  return settings;
}

class IpsecStageTest : public testing::Test {
 protected:
  IpsecStageTest() {
    run("ip xfrm policy flush");
    run("ip xfrm state flush");
    activation_.endpoints = {Ipv4Address{{192, 0, 2, 7}}, Ipv4Address{{203, 0, 113, 9}}, 1701};
    activation_.run_dir = std::make_unique<RunDir>(dir_.path("run"), Fd{});
    std::filesystem::create_directory(dir_.path("run"));
  }

  void start() {
    stage_.start(
        [this](const std::optional<Failure>& failure) {
          log_.push_back(failure ? std::string{failure->kind->id} : "up");
        },
        [this](const Failure& failure) { log_.push_back("lost: " + std::string{failure.kind->id}); });
  }

  // As the daemon would: policies of reqid 7, and SAs for both directions.
  static bool make_sas() {
    return run("ip xfrm policy add dir out src 192.0.2.7/32 dst 203.0.113.9/32 proto udp sport 1701 dport "
               "1701 tmpl src "
               "192.0.2.7 dst 203.0.113.9 proto esp reqid 7 mode transport") &&
           run("ip xfrm policy add dir in src 203.0.113.9/32 dst 192.0.2.7/32 proto udp sport 1701 dport "
               "1701 tmpl src "
               "203.0.113.9 dst 192.0.2.7 proto esp reqid 7 mode transport") &&
           add_sa("src 192.0.2.7 dst 203.0.113.9", "0x101") &&
           add_sa("src 203.0.113.9 dst 192.0.2.7", "0x102");
  }
  static bool add_sa(const std::string& ends, const std::string& spi) {
    return run("ip xfrm state add " + ends + " proto esp spi " + spi +
               " reqid 7 mode transport auth 'hmac(sha1)' 0x0123456789012345678901234567890123456789 enc "
               "'cipher_null' ''");
  }

  TemporaryDir dir_;
  FakeClock clock_;
  std::vector<std::string> log_;
  Activation activation_{settings()};
  Result<std::unique_ptr<IpsecDaemon>, Failure> choice_{std::make_unique<ObedientDaemon>(log_)};
  IpsecStage stage_{activation_, clock_, [this](const IpsecSettings&) { return std::move(choice_); }};
};

TEST_F(IpsecStageTest, NoDaemonIsAFailureAndNothingIsLeftToStop) {
  choice_ = Unexpected{failure("ipsec-daemon-missing", "none")};
  start();
  stage_.stop([this] { log_.emplace_back("stopped"); });
  EXPECT_THAT(log_, ElementsAre("ipsec-daemon-missing", "stopped"));
}

class SaLossTest : public IpsecStageTest {
 protected:
  void SetUp() override {
    if (!make_sas()) GTEST_SKIP() << "no ESP in this kernel: the lab shows it";
    start();
    ASSERT_THAT(log_, ElementsAre("start nm-l2tp-UUID for vpn.example.com", "up"));
    log_.clear();
  }
};

TEST_F(SaLossTest, AnSaOfAnotherTunnelIsNothingToUs) {
  run("ip xfrm state add src 192.0.2.7 dst 203.0.113.77 proto esp spi 0x999 reqid 9 mode transport auth "
      "'hmac(sha1)' "
      "0x0123456789012345678901234567890123456789 enc 'cipher_null' ''");
  run_for(50ms);
  EXPECT_THAT(log_, IsEmpty());
}

TEST_F(SaLossTest, SasThatGoAreRenewedAndThenTheConnectionIsLost) {
  run("ip xfrm state flush");
  run_for(50ms);
  clock_.advance(1s);
  EXPECT_THAT(log_, ElementsAre("renew"));
  clock_.advance(20s);
  EXPECT_THAT(log_, ElementsAre("renew", "lost: ipsec-sas-lost"));
}

TEST_F(SaLossTest, SasThatComeBackAreNoLoss) {
  run("ip xfrm state flush");
  run_for(50ms);
  clock_.advance(1s);
  add_sa("src 192.0.2.7 dst 203.0.113.9", "0x201");
  add_sa("src 203.0.113.9 dst 192.0.2.7", "0x202");
  run_for(50ms);
  clock_.advance(20s);
  EXPECT_THAT(log_, ElementsAre("renew"));
}

}  // namespace
}  // namespace l2tp
