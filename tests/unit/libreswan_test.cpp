// Libreswan with programs of the test's own in place of whack, addconn and algparse, as a pluto of the system
// that runs. What the real ones say is shown by the lab.

#include "service/ipsec/libreswan.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdlib>

#include "fakes/fake_clock.h"
#include "fakes/main_loop.h"
#include "fakes/named_process.h"
#include "fakes/temporary_dir.h"

namespace l2tp {
namespace {

using namespace std::chrono_literals;
using testing::AllOf;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;

constexpr const char* name = "nm-l2tp-UUID";
const render::Endpoints endpoints{Ipv4Address{{192, 0, 2, 7}}, Ipv4Address{{203, 0, 113, 9}}, 1701};

// What makes the kernel have both SAs.
constexpr const char* install_sas = R"(
  for way in "out 192.0.2.7 203.0.113.9 1" "in 203.0.113.9 192.0.2.7 2"; do
    set -- $way
    ip xfrm policy add src $2/32 dst $3/32 proto udp sport 1701 dport 1701 dir $1 \
      tmpl src $2 dst $3 proto esp reqid 7 mode transport
    ip xfrm state add src $2 dst $3 proto esp spi $4 reqid 7 mode transport \
      auth 'hmac(sha1)' 0x0123456789012345678901234567890123456789 enc 'cipher_null' ''
  done)";

class LibreswanTest : public testing::Test {
 protected:
  LibreswanTest() {
    std::filesystem::create_directories("/run/pluto");
    std::filesystem::create_directories(run_path_);
    write_file("/run/pluto/pluto.pid", std::to_string(pluto_->pid()) + "\n");
    write_file("/run/pluto/pluto.ctl", "");
    ipsec_.psk = Secret{"sesame"};
    ipsec_.phase1 = parse_proposals("aes256-sha256-modp2048", Phase::one).value();
    ipsec_.phase2 = parse_proposals("aes256-sha256", Phase::two).value();
    whack("--listen", "echo '002 loading secrets from \"" + run_path_ + "/ipsec.secrets\"'");
    program("addconn", "cat /proc/self/fd/0 >" + conf_);
    program("algparse", "");
  }
  ~LibreswanTest() override {
    std::filesystem::remove_all("/run/pluto");
    (void)!std::system("ip xfrm state flush; ip xfrm policy flush");
  }

  // Every program first writes down what it was asked, and then does `body`.
  void program(const std::string& of, const std::string& body) {
    const auto path = programs_.path(of);
    write_file(path, "#!/bin/sh\necho " + of + " \"$*\" >>" + log_ + "\n" + body + "\n");
    std::filesystem::permissions(path, std::filesystem::perms::owner_all);
  }

  // What whack does when it is asked `what`.
  void whack(const std::string& what, const std::string& body) {
    answers_ += "case \" $* \" in *' " + what + " '*) " + body + " ;; esac\n";
    program("whack", answers_);
  }

  void start() {
    daemon_ = std::make_unique<Libreswan>(clock_, programs_.path());
    daemon_->start(
        {name, "vpn.example.com", ipsec_, endpoints, *run_dir_},
        [this](std::optional<Failure> failure) {
          started_ = true;
          failure_ = std::move(failure);
        },
        [this](const Failure& failure) { lost_ = failure.kind->id; });
  }

  // The id of the failure, or "up".
  std::string outcome() {
    EXPECT_TRUE(run_until([this] { return started_; }));
    return failure_ ? std::string{failure_->kind->id} : "up";
  }

  // Likewise, where time decides.
  std::string outcome_in_time() {
    EXPECT_TRUE(run_until([this] {
      clock_.advance(10ms);
      return started_;
    }));
    return failure_ ? std::string{failure_->kind->id} : "up";
  }

  // True once an attempt has been made, however it ended: a build machine's kernel may have no ESP.
  bool tried() {
    return run_until([this] { return started_; }) && asked().back() == "whack --initiate";
  }

  static bool kernel_has_esp() {
    return std::system((std::string{"set -e\n"} + install_sas + " 2>/dev/null").c_str()) == 0;
  }

  bool stop(Milliseconds passing = 0ms) {
    bool stopped = false;
    daemon_->stop([&stopped] { stopped = true; });
    clock_.advance(passing);
    return run_until([&stopped] { return stopped; });
  }

  // What the programs were asked, without what is the same each time.
  [[nodiscard]] std::vector<std::string> asked() const {
    std::vector<std::string> lines;
    std::ifstream file{log_};
    for (std::string line; std::getline(file, line);) {
      for (const auto* same :
           {" --ctlsocket /run/pluto/pluto.ctl", " --config /proc/self/fd/0", " --name nm-l2tp-UUID"})
        if (const auto at = line.find(same); at != std::string::npos)
          line.erase(at, std::string{same}.size());
      lines.push_back(line);
    }
    return lines;
  }

  TemporaryDir programs_;
  TemporaryDir files_;
  std::string log_ = files_.path("log");
  std::string conf_ = files_.path("conf");
  std::string run_path_ = files_.path("run");
  std::unique_ptr<RunDir> run_dir_ = std::make_unique<RunDir>(run_path_, Fd{});
  std::unique_ptr<NamedProcess> pluto_ = std::make_unique<NamedProcess>("pluto", "pluto");
  std::string answers_;
  IpsecSettings ipsec_;
  FakeClock clock_;
  std::unique_ptr<Libreswan> daemon_;
  bool started_ = false;
  std::optional<Failure> failure_;
  std::string lost_;
};

TEST_F(LibreswanTest, TheKeyIsReadAndThePolicyIsThereBeforeTheAttempt) {
  start();
  ASSERT_TRUE(tried());
  EXPECT_THAT(asked(),
              ElementsAre("algparse -v1 -pfs=no ike=aes256-sha2_256-modp2048 esp=aes256-sha2_256",
                          "whack --listen", "addconn nm-l2tp-UUID", "whack --route", "whack --initiate"));
  EXPECT_THAT(content_of(conf_),
              AllOf(HasSubstr("keyexchange=ikev1\n"), HasSubstr("ike=aes256-sha2_256-modp2048\n")));
}

TEST_F(LibreswanTest, TheKeyStandsInNoArgumentAndInNoFileThatOthersCanRead) {
  start();
  outcome();
  const auto secrets = run_path_ + "/ipsec.secrets";
  EXPECT_THAT(content_of(secrets), HasSubstr("PSK 0x736573616d65"));
  EXPECT_EQ(std::filesystem::status(secrets).permissions(),
            std::filesystem::perms::owner_read | std::filesystem::perms::owner_write);
  EXPECT_THAT(content_of(log_), AllOf(Not(HasSubstr("sesame")), Not(HasSubstr("736573616d65"))));
}

TEST_F(LibreswanTest, AnAttemptThatSucceededIsNotYetAnSa) {
  start();
  EXPECT_EQ(outcome(), "ipsec-failed");
}

TEST_F(LibreswanTest, AnUnreadKeyIsNamedAndNothingIsTriedWithoutIt) {
  answers_.clear();
  whack("--listen", "echo '002 loading secrets from \"/etc/ipsec.secrets\"'");
  start();
  EXPECT_EQ(outcome(), "ipsec-secret-unread");
  EXPECT_EQ(asked().back(), "whack --listen");
}

TEST_F(LibreswanTest, AnOlderAddconnIsSpokenToInItsOwnWords) {
  program("addconn", "cat /proc/self/fd/0 >" + conf_ + "\n! grep -q keyexchange " + conf_ +
                         " || { echo 'keyword keyexchange, invalid value: ikev1'; exit 1; }");
  start();
  ASSERT_TRUE(tried());
  EXPECT_THAT(content_of(conf_), HasSubstr("  ikev2=no\n"));
}

TEST_F(LibreswanTest, APlutoThatRefusesIkev1IsNamedAndNothingIsSent) {
  program("addconn",
          "echo '036 \"c\": failed to add IKEv1 connection: global ikev1-policy does not allow IKEv1 "
          "connections'\n"
          "exit 36");
  start();
  ASSERT_EQ(outcome(), "ipsec-ikev1-refused");
  EXPECT_THAT(failure_->kind->advice, HasSubstr("ikev1-policy=accept"));
  EXPECT_THAT(asked(), Not(testing::Contains("whack --initiate")));
}

TEST_F(LibreswanTest, ARefusedConnectionIsNamedInPlutosWords) {
  program("addconn", "echo '\"c\": failed to add connection: no such key'\nexit 56");
  start();
  ASSERT_EQ(outcome(), "ipsec-config-refused");
  EXPECT_THAT(failure_->detail, HasSubstr("no such key"));
}

// A parser that does not know modp1024.
constexpr const char* without_modp1024 = R"(
  status=0
  for word; do
    case $word in -*) continue ;; esac
    echo "algparse -v1 '$word'"
    case $word in *modp1024*) printf '\tERROR: not supported\n'; status=1 ;; *) printf '\tGOOD\n' ;; esac
  done
  exit $status)";

TEST_F(LibreswanTest, WhatThisBuildLacksIsLeftOut) {
  program("algparse", without_modp1024);
  ipsec_.phase1 = parse_proposals("aes128-sha1-modp1024, aes256-sha1-modp2048", Phase::one).value();
  start();
  ASSERT_TRUE(tried());
  EXPECT_THAT(content_of(conf_), HasSubstr("  ike=aes256-sha1-modp2048\n"));
}

TEST_F(LibreswanTest, WhereNothingIsLeftTheKeyIsNamedBeforeAnythingIsAdded) {
  program("algparse", without_modp1024);
  ipsec_.phase1 = parse_proposals("aes128-sha1-modp1024, 3des-sha1-modp1024", Phase::one).value();
  start();
  ASSERT_EQ(outcome(), "ipsec-no-algorithm");
  EXPECT_EQ(failure_->detail, "ipsec-ike");
  EXPECT_THAT(asked(), Not(testing::Contains("addconn nm-l2tp-UUID")));
}

TEST_F(LibreswanTest, WordsThatDoNotGoTogetherAreTriedOneByOne) {
  // One group for all of phase 2; each alone is good.
  program("algparse", R"(
    case "$*" in *esp=*modp2048*,*modp1536*) exit 1 ;; esac
    exit 0)");
  ipsec_.phase2 = parse_proposals("aes256-sha1-modp2048, aes256-sha1-modp1536", Phase::two).value();
  start();
  ASSERT_TRUE(tried());
  EXPECT_THAT(content_of(conf_), HasSubstr("  esp=aes256-sha1-modp2048\n"));
}

TEST_F(LibreswanTest, WithoutTheParserPlutoIsLeftToJudge) {
  std::filesystem::remove(programs_.path("algparse"));
  start();
  EXPECT_TRUE(tried());
}

TEST_F(LibreswanTest, WhatTheServerAnswersEndsTheAttempt) {
  whack("--initiate",
        "echo '003 \"c\" #4: received and ignored notification payload: NO_PROPOSAL_CHOSEN'; exec sleep 30");
  start();
  EXPECT_EQ(outcome_in_time(), "ipsec-no-proposal");
}

TEST_F(LibreswanTest, WhatCannotBeDecryptedForASecondIsAWrongKey) {
  whack("--initiate",
        "echo '002 \"c\" #3: sent Main Mode I3'; echo '003 \"c\" #3: malformed payload in packet'; echo x >" +
            files_.path("said") + "; exec sleep 30");
  start();
  ASSERT_TRUE(run_until([this] { return std::filesystem::exists(files_.path("said")) && !clock_.idle(); }));
  EXPECT_FALSE(started_);
  EXPECT_EQ(outcome_in_time(), "ipsec-psk-wrong");
}

TEST_F(LibreswanTest, AServerThatFallsSilentInPhaseTwoTakesNoneOfIt) {
  whack("--initiate", "echo '002 \"c\" #6: sent Quick Mode request'; exec sleep 30");
  start();
  EXPECT_EQ(outcome_in_time(), "ipsec-phase2-unanswered");
}

TEST_F(LibreswanTest, StopTakesTheConnectionThenMakesPlutoForgetTheKey) {
  whack("--rereadsecrets", "ls " + run_path_ + " >>" + log_);
  start();
  outcome();
  std::filesystem::remove(log_);
  ASSERT_TRUE(stop());
  EXPECT_THAT(asked(),
              ElementsAre("whack --delete", "whack --rereadsecrets"));  // and the file is gone by then
  EXPECT_FALSE(daemon_->gone());
}

TEST_F(LibreswanTest, StopWorksWhileAnAttemptIsUnderWay) {
  whack("--initiate", "exec sleep 30");
  start();
  ASSERT_TRUE(run_until([this] { return !asked().empty() && asked().back() == "whack --initiate"; }));
  EXPECT_TRUE(stop());
  EXPECT_FALSE(started_);
}

TEST_F(LibreswanTest, APlutoThatDoesNotAnswerIsAsGoodAsGone) {
  whack("--delete", "exec sleep 30");
  start();
  outcome();
  EXPECT_TRUE(stop(2s));
  EXPECT_TRUE(daemon_->gone());
}

TEST_F(LibreswanTest, SasInTheKernelAreSuccess) {
  if (!kernel_has_esp()) GTEST_SKIP() << "no ESP in this kernel";
  start();
  EXPECT_EQ(outcome(), "up");
}

TEST_F(LibreswanTest, APlutoThatDiesIsLost) {
  if (!kernel_has_esp()) GTEST_SKIP() << "no ESP in this kernel";
  start();
  ASSERT_EQ(outcome(), "up");
  pluto_.reset();
  EXPECT_TRUE(run_until([this] { return !lost_.empty(); }));
  EXPECT_EQ(lost_, "ipsec-daemon-lost");
  EXPECT_TRUE(stop());
  EXPECT_TRUE(daemon_->gone());
}

TEST_F(LibreswanTest, APlutoThatDiesWhileItStartsIsTheReason) {
  whack("--initiate", "exec sleep 30");
  start();
  ASSERT_TRUE(run_until([this] { return !asked().empty() && asked().back() == "whack --initiate"; }));
  pluto_.reset();
  EXPECT_EQ(outcome(), "ipsec-daemon-lost");
}

TEST_F(LibreswanTest, RenewingAsksAgainWithoutWaiting) {
  start();
  outcome();
  std::filesystem::remove(log_);
  daemon_->renew();
  EXPECT_TRUE(run_until([this] { return !asked().empty(); }));
  EXPECT_THAT(asked(), ElementsAre("whack --initiate --asynchronous"));
}

TEST_F(LibreswanTest, AKeyThatIsThereAlreadyIsNotOverwritten) {
  write_file(run_path_ + "/ipsec.secrets", "another's");
  start();
  EXPECT_EQ(outcome(), "workspace-failed");
  EXPECT_EQ(content_of(run_path_ + "/ipsec.secrets"), "another's");
}

}  // namespace
}  // namespace l2tp
