// A secret that is refused in an interactive activation: asked for again, by the words of the failure.

#include "service_fixture.h"

namespace l2tp {
namespace {

using namespace std::chrono_literals;
using testing::AllOf;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::Not;

constexpr const char* asked = "SecretsRequired";

class AskingTest : public ServiceFixture {
 protected:
  static ConnectionProfile with_password(const std::string& password) {
    auto profile = plain();
    profile.secrets["password"] = password;
    return profile;
  }

  void expect_a_question() {
    ASSERT_TRUE(manager_.hears(asked)) << service_->output();
    EXPECT_EQ(manager_.asked_for(), "password");
    EXPECT_TRUE(nothing_is_left()) << "all of the first attempt is to be gone by then";
  }

  void expect_a_login_failure() {
    ASSERT_TRUE(manager_.hears("StateChanged stopped")) << service_->output();
    EXPECT_EQ(manager_.kept_failure(), "login-failed");
    expect_a_clean_exit();
  }
};

TEST_F(AskingTest, AWrongPasswordIsAskedAgainAndTheRightOneConnects) {
  start_with("check-login");
  ASSERT_TRUE(manager_.connect_interactive(with_password("wrong")).ok);
  expect_a_question();
  EXPECT_THAT(manager_.question(), HasSubstr("refused the user name or password"));
  EXPECT_TRUE(manager_.new_secrets(plain()).ok);
  ASSERT_TRUE(manager_.hears("StateChanged started")) << service_->output();
  EXPECT_THAT(manager_.heard(),
              ElementsAre("StateChanged starting", asked, "Config", "Ip4Config", "StateChanged started"))
      << "NetworkManager hears of no failure";
}

TEST_F(AskingTest, WithoutInteractionAWrongPasswordEndsIt) {
  start_with("check-login");
  ASSERT_TRUE(manager_.connect(with_password("wrong")).ok);
  expect_a_login_failure();
  EXPECT_THAT(manager_.heard(), Not(testing::Contains(asked)));
}

TEST_F(AskingTest, ItIsAskedThreeTimes) {
  start_with("check-login");
  ASSERT_TRUE(manager_.connect_interactive(with_password("wrong")).ok);
  for (const auto* password : {"wrong 1", "wrong 2", "wrong 3"}) {
    expect_a_question();
    manager_.forget();
    EXPECT_TRUE(manager_.new_secrets(with_password(password)).ok);
  }
  expect_a_login_failure();
  EXPECT_THAT(manager_.heard(), Not(testing::Contains(asked)));
}

TEST_F(AskingTest, TheRefusedSecretIsNotTriedAgain) {
  for (const auto* answer : {"wrong", ""}) {
    start_with("check-login");
    manager_.forget();
    ASSERT_TRUE(manager_.connect_interactive(with_password("wrong")).ok);
    expect_a_question();
    unlink("/run/fake-pppd.password");
    EXPECT_TRUE(manager_.new_secrets(with_password(answer)).ok);
    expect_a_login_failure();
    EXPECT_FALSE(std::filesystem::exists("/run/fake-pppd.password"));
    run_until([this] { return manager_.service_pid() == 0; });
  }
}

TEST_F(AskingTest, AnAnswerThatIsNoPasswordEndsItByItsName) {
  start_with("check-login");
  ASSERT_TRUE(manager_.connect_interactive(with_password("wrong")).ok);
  expect_a_question();
  EXPECT_TRUE(manager_.new_secrets(with_password(std::string(300, 'x'))).ok);
  ASSERT_TRUE(manager_.hears("StateChanged stopped")) << service_->output();
  EXPECT_EQ(manager_.kept_failure(), "connect-failed");
  EXPECT_THAT(service_->output(), HasSubstr("failure=settings-invalid"));
  expect_a_clean_exit();
}

TEST_F(AskingTest, AUserWhoCancelsEndsIt) {
  start_with("check-login");
  ASSERT_TRUE(manager_.connect_interactive(with_password("wrong")).ok);
  expect_a_question();
  EXPECT_TRUE(manager_.disconnect().ok);  // as NetworkManager does when no agent answers
  expect_a_login_failure();
}

TEST_F(AskingTest, AnAnswerThatNeverComesEndsIt) {
  start({.program = IMPATIENT_SERVICE_PROGRAM, .l2tp = "check-login"});
  ASSERT_TRUE(manager_.connect_interactive(with_password("wrong")).ok);
  expect_a_question();
  expect_a_login_failure();
}

// NetworkManager would end it for want of secrets.
TEST_F(AskingTest, AnNmcliThatCannotAskIsNotAsked) {
  const Child nmcli{[] {}, [] { execl("/bin/sh", "nmcli", "-c", "kill -STOP $$", "office", nullptr); }};
  ASSERT_TRUE(comes_true(
      [&] { return content_of("/proc/" + std::to_string(nmcli.pid()) + "/cmdline").starts_with("nmcli"); }));
  start_with("check-login");
  ASSERT_TRUE(manager_.connect_interactive(with_password("wrong")).ok);
  expect_a_login_failure();
  EXPECT_THAT(manager_.heard(), Not(testing::Contains(asked)));
}

// A certificate and its key, as openssl(1) makes them; the key's password is "open".
class PassphraseTest : public AskingTest {
 protected:
  void SetUp() override {
    const std::string new_key = "openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -days 9 ";
    const std::string make = "cd '" + files_.path() + "' && exec >log 2>&1 && " + new_key +
                             "-passout pass:open -keyout key.pem -out cert.pem -subj /CN=anna && " + new_key +
                             "-nodes -keyout ca.key -out ca.pem -subj /CN=ca";
    ASSERT_EQ(system(make.c_str()), 0) << content_of(files_.path("log"));
  }

  [[nodiscard]] ConnectionProfile with_certificate(const std::string& whose,
                                                   const std::string& passphrase) const {
    auto profile = with_ipsec();
    if (whose == "user") profile.data.erase("ipsec-enabled");
    profile.data[whose + "-auth-type"] = "tls";
    profile.data[whose + "-cert"] = files_.path("cert.pem");
    profile.data[whose + "-key"] = files_.path("key.pem");
    profile.data[whose + "-ca"] = files_.path("ca.pem");
    profile.secrets[whose + "-certpass"] = passphrase;
    return profile;
  }

  TemporaryDir files_;
};

TEST_F(PassphraseTest, AWrongOneIsAskedAgainByItsName) {
  for (const std::string whose : {"user", "machine"}) {
    start_with("up");
    manager_.forget();
    ASSERT_TRUE(manager_.connect_interactive(with_certificate(whose, "shut")).ok);
    ASSERT_TRUE(manager_.hears(asked)) << service_->output();
    EXPECT_EQ(manager_.asked_for(), whose + "-certpass");
    EXPECT_THAT(manager_.question(), AllOf(HasSubstr("cannot be decrypted"), HasSubstr("key.pem")));
    if (whose == "user") {
      manager_.new_secrets(with_certificate(whose, "open"));
      ASSERT_TRUE(manager_.hears("StateChanged started")) << service_->output();
    }
    manager_.disconnect();
    expect_a_clean_exit();
    run_until([this] { return manager_.service_pid() == 0; });
  }
}

TEST_F(AskingTest, AServiceThatIsToEndWhileItAsksEnds) {
  start_with("check-login");
  ASSERT_TRUE(manager_.connect_interactive(with_password("wrong")).ok);
  expect_a_question();
  service_->send(SIGTERM);
  expect_a_clean_exit();
}

TEST_F(AskingTest, DisconnectRightAfterTheAnswerEndsIt) {
  start_with("check-login");
  ASSERT_TRUE(manager_.connect_interactive(with_password("wrong")).ok);
  expect_a_question();
  EXPECT_TRUE(manager_.new_secrets(plain()).ok);
  EXPECT_TRUE(manager_.disconnect().ok);
  expect_a_clean_exit();
}

TEST_F(AskingTest, SecretsThatNobodyAskedForChangeNothing) {
  start_with("up");
  ASSERT_TRUE(manager_.connect_interactive(plain()).ok);
  manager_.new_secrets(with_password("other"));
  ASSERT_TRUE(manager_.hears("StateChanged started")) << service_->output();
  EXPECT_FALSE(manager_.new_secrets(with_password("other")).ok) << "libnm takes none when it is up";
  EXPECT_FALSE(service_->has_ended());
}

TEST_F(AskingTest, WhatNoSecretMendsIsNotAskedFor) {
  start_with("refuse");
  ASSERT_TRUE(manager_.connect_interactive(plain()).ok);
  ASSERT_TRUE(manager_.hears("StateChanged stopped")) << service_->output();
  EXPECT_EQ(manager_.kept_failure(), "connect-failed");
  EXPECT_THAT(manager_.heard(), Not(testing::Contains(asked)));
  expect_a_clean_exit();
}

TEST_F(AskingTest, NeitherTheOldNorTheNewSecretIsSeen) {
  start({.arguments = {"--bus-name", first_bus_name, "--debug"}, .l2tp = "check-login", .log_level = "7"});
  ASSERT_TRUE(manager_.connect_interactive(with_password("falsches-pw")).ok);
  expect_a_question();
  EXPECT_TRUE(manager_.new_secrets(plain()).ok);
  ASSERT_TRUE(manager_.hears("StateChanged started")) << service_->output();
  manager_.disconnect();
  expect_a_clean_exit();
  EXPECT_THAT(service_->output(), AllOf(Not(HasSubstr("falsches-pw")), Not(HasSubstr("geheim-pw"))));
}

}  // namespace
}  // namespace l2tp
