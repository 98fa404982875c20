#include "service/ipsec/strongswan_starter.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>

#include <filesystem>

#include "fakes/fake_clock.h"
#include "fakes/fake_stroke.h"
#include "fakes/main_loop.h"
#include "fakes/temporary_dir.h"
#include "service/ipsec/own_starter.h"
#include "service/ipsec/starter_credentials.h"
#include "service/system/locked_dir.h"

namespace l2tp {
namespace {

using namespace std::chrono_literals;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using Presence = DaemonState::Presence;

constexpr const char* name = "nm-l2tp-UUID";

bool exists(const std::string& path) {
  return std::filesystem::exists(std::filesystem::symlink_status(path));
}

// What another connection of ours has there.
class AnotherConnection {
 public:
  AnotherConnection() {
    write_file(secrets, "203.0.113.9 : PSK 0x00\n");
    write_file(shared, std::string{"include "} + secrets + "\n");
  }
  AnotherConnection(const AnotherConnection&) = delete;
  AnotherConnection& operator=(const AnotherConnection&) = delete;
  ~AnotherConnection() {
    unlink(secrets);
    unlink(shared);
  }
  static constexpr const char* secrets = "/run/charon.nm-l2tp-OTHER.secrets";
  static constexpr const char* shared = "/run/charon.nm-l2tp.secrets";
};

// The keeper of our starter, as everybody sees it: its directory is locked.
class KeeperRuns {
 public:
  KeeperRuns() : lock_(lock_directory(own_starter::directory())) { EXPECT_TRUE(lock_); }
  KeeperRuns(const KeeperRuns&) = delete;
  KeeperRuns& operator=(const KeeperRuns&) = delete;
  ~KeeperRuns() { std::filesystem::remove_all(run_base); }

 private:
  Result<Fd, LockError> lock_;
};

class StrongswanStarterSweepTest : public testing::Test {
 protected:
  StrongswanStarterSweepTest() { EXPECT_TRUE(lock_directory(run_base)); }
  ~StrongswanStarterSweepTest() override { std::filesystem::remove_all(run_base); }

  void sweep() {
    removal_ = StrongswanStarter::sweep(clock_, name, [this] { ++done_; });
  }
  bool done() {
    return run_until([this] { return done_ > 0; }, 3s);
  }

  FakeClock clock_;
  std::unique_ptr<StarterRemoval> removal_;
  int done_ = 0;
};

TEST_F(StrongswanStarterSweepTest, TheDeadConnectionsFilesGoAndNobodyElses) {
  const AnotherConnection other;
  for (const auto* suffix : {".secrets", ".key", ".cert"}) write_file(own_starter::file(name, suffix), "x");
  write_file(own_starter::file("nm-l2tp-UUID2", ".secrets"), "x");
  sweep();
  EXPECT_EQ(done_, 1);
  for (const auto* suffix : {".secrets", ".key", ".cert"})
    EXPECT_FALSE(exists(own_starter::file(name, suffix))) << suffix;
  EXPECT_TRUE(exists(own_starter::file("nm-l2tp-UUID2", ".secrets")));
  EXPECT_TRUE(exists(AnotherConnection::secrets));
  EXPECT_THAT(content_of(AnotherConnection::shared),
              HasSubstr("include /run/charon.nm-l2tp-OTHER.secrets\n"));
  own_starter::remove_files("nm-l2tp-UUID2");
}

TEST_F(StrongswanStarterSweepTest, TheLastOnesSharedSecretsGoToo) {
  write_file(own_starter::file(name, ".secrets"), "x");
  write_file(AnotherConnection::shared, "include x\n");
  sweep();
  EXPECT_FALSE(exists(AnotherConnection::shared));
}

TEST_F(StrongswanStarterSweepTest, TheSharedSecretsAreForRootOnly) {
  const AnotherConnection other;
  sweep();
  struct stat status {};
  ASSERT_EQ(stat(AnotherConnection::shared, &status), 0);
  EXPECT_EQ(status.st_mode & 0777, 0600U);
}

TEST_F(StrongswanStarterSweepTest,
       OurCharonThatOthersUseLosesTheSasThenThePolicyThenTheConnectionThenTheKey) {
  const KeeperRuns keeper;
  const FakeCharonProcess charon{own_starter::configuration()};
  FakeStroke stroke{own_starter::socket};
  sweep();
  ASSERT_TRUE(done());
  ASSERT_EQ(stroke.requests.size(), 4U);
  EXPECT_EQ(stroke.requests[0].type, static_cast<int>(StrokeCommand::terminate));
  EXPECT_EQ(stroke.requests[0].name, "nm-l2tp-UUID[*]");
  EXPECT_EQ(stroke.requests[1].type, static_cast<int>(StrokeCommand::unroute));
  EXPECT_EQ(stroke.requests[1].name, name);
  EXPECT_EQ(stroke.requests[2].type, static_cast<int>(StrokeCommand::remove));
  EXPECT_EQ(stroke.requests[2].name, name);
  EXPECT_EQ(stroke.requests[3].type, static_cast<int>(StrokeCommand::reread));
  EXPECT_TRUE(is_alive(charon.pid()));
}

TEST_F(StrongswanStarterSweepTest, ACharonOfOursThatNobodyKeepsIsEnded) {
  const FakeCharonProcess charon{own_starter::configuration()};
  FakeStroke stroke{own_starter::socket};
  sweep();
  ASSERT_TRUE(done());
  EXPECT_TRUE(is_gone(charon.pid()));
  EXPECT_FALSE(exists(own_starter::socket));
}

TEST_F(StrongswanStarterSweepTest, ACharonOfSomebodyElseIsNotTouched) {
  const FakeCharonProcess charon{"/etc/strongswan.conf"};
  FakeStroke stroke{own_starter::socket};
  sweep();
  ASSERT_TRUE(done());
  EXPECT_TRUE(stroke.requests.empty());
  EXPECT_TRUE(is_alive(charon.pid()));
  EXPECT_TRUE(exists("/run/charon.pid"));
}

TEST_F(StrongswanStarterSweepTest, ACharonThatDoesNotAnswerIsWaitedForASecond) {
  const KeeperRuns keeper;
  const FakeCharonProcess charon{own_starter::configuration()};
  FakeStroke stroke{own_starter::socket};
  Fd open;
  stroke.answer = [&open](Fd client) { open = std::move(client); };
  sweep();
  ASSERT_TRUE(run_until([&open] { return static_cast<bool>(open); }, 3s));
  clock_.advance(999ms);
  EXPECT_EQ(done_, 0);
  clock_.advance(1ms);
  EXPECT_EQ(done_, 1);
}

TEST_F(StrongswanStarterSweepTest, WhileAnotherConnectionChangesTheSecretsItWaits) {
  auto lock = lock_directory(run_base);
  ASSERT_TRUE(lock);
  sweep();
  EXPECT_EQ(done_, 0);
  lock.value().reset();
  clock_.advance(10ms);
  EXPECT_EQ(done_, 1);
}

TEST(StrongswanStarterStateTest, WithoutACharonItIsInstalled) {
  EXPECT_FALSE(own_starter::others_charon_runs());
  EXPECT_EQ(StrongswanStarter::state().presence, Presence::installed);
}

TEST(StrongswanStarterStateTest, ACharonOfSomebodyElseIsUnreachableAndTheUserIsToldWhatToInstall) {
  const FakeCharonProcess charon{"/etc/strongswan.conf"};
  EXPECT_TRUE(own_starter::others_charon_runs());
  const auto state = StrongswanStarter::state();
  EXPECT_EQ(state.presence, Presence::unreachable);
  EXPECT_THAT(state.detail, HasSubstr("strongswan-swanctl"));
}

TEST(StrongswanStarterStateTest, OurOwnIsOurs) {
  const KeeperRuns keeper;
  const FakeCharonProcess charon{own_starter::configuration()};
  EXPECT_FALSE(own_starter::others_charon_runs());
  EXPECT_EQ(StrongswanStarter::state().presence, Presence::ours);
}

TEST(StrongswanStarterStateTest, APidFileOfADeadStarterIsInNobodysWay) {
  write_file("/run/starter.charon.pid", "4194304");
  EXPECT_EQ(StrongswanStarter::state().presence, Presence::installed);
  write_file("/run/starter.charon.pid", std::to_string(getpid()));
  EXPECT_EQ(StrongswanStarter::state().presence, Presence::unreachable);
  unlink("/run/starter.charon.pid");
}

TEST(StarterCredentialsTest, CertificatesAreFoundInWhatCharonWrites) {
  EXPECT_THAT(certificates_in("-----BEGIN CERTIFICATE-----\nb25l\n-----END CERTIFICATE-----\n"
                              "-----BEGIN CERTIFICATE-----\ndHdv\ncw==\n-----END CERTIFICATE-----\n"),
              ElementsAre("one", "twos"));
  EXPECT_THAT(certificates_in("no IKE_SA of this name\n"), IsEmpty());
  EXPECT_THAT(certificates_in("-----BEGIN CERTIFICATE-----\nb25l\n"), IsEmpty());
}

TEST(StarterCredentialsTest, AKeyThatIsNoneIsRefusedBeforeAFileIsThere) {
  Credentials credentials;
  credentials.certificate = "certificate";
  credentials.private_key = Secret{"no key"};
  const auto written = write_credentials(name, credentials);
  ASSERT_FALSE(written);
  EXPECT_EQ(written.error().kind->id, "ipsec-config-refused");
  EXPECT_FALSE(exists(own_starter::file(name, ".cert")));
}

class StrongswanStarterTest : public testing::Test {
 protected:
  void start() {
    daemon_.start(
        {name, "vpn.example.com", ipsec_, {}, run_dir_},
        [this](const std::optional<Failure>& failure) {
          log_.push_back(failure ? std::string{failure->kind->id} + ": " + failure->detail : "started");
        },
        [](const Failure&) {});
  }

  IpsecSettings ipsec_;
  TemporaryDir dir_;
  RunDir run_dir_{dir_.path(), Fd{}};
  FakeClock clock_;
  std::vector<std::string> log_;
  StrongswanStarter daemon_{clock_};
};

TEST_F(StrongswanStarterTest, AnIdentityThatCannotBeSaidIsRefusedBeforeAnythingRuns) {
  ipsec_.psk = Secret{"sesame"};
  ipsec_.remote_id = "%everybody";
  start();
  ASSERT_EQ(log_.size(), 1U);
  EXPECT_THAT(log_[0], HasSubstr("ipsec-config-refused: "));
  EXPECT_FALSE(exists(own_starter::file(name, ".secrets")));
}

TEST_F(StrongswanStarterTest, StoppingAfterThatLeavesNothing) {
  ipsec_.psk = Secret{"sesame"};
  ipsec_.remote_id = "a\"b'c";  // ipsec.conf can say it, ipsec.secrets can't
  start();
  bool stopped = false;
  daemon_.stop([&stopped] { stopped = true; });
  clock_.advance(0ms);
  EXPECT_TRUE(stopped);
  EXPECT_FALSE(exists(own_starter::file(name, ".secrets")));
  EXPECT_TRUE(run_dir_.empty());
}

}  // namespace
}  // namespace l2tp
