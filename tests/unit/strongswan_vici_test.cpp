#include "service/ipsec/strongswan_vici.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "fakes/fake_charon.h"
#include "fakes/fake_clock.h"
#include "fakes/main_loop.h"
#include "fakes/temporary_dir.h"

namespace l2tp {
namespace {

using namespace std::chrono_literals;
using testing::Contains;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;
using vici::Section;

constexpr const char* name = "nm-l2tp-UUID";
const render::Endpoints endpoints{Ipv4Address{{192, 0, 2, 7}}, Ipv4Address{{203, 0, 113, 9}}, 1701};

// What charon says about our IKE_SA, with its CHILD_SA in this state.
Section sa(const char* child_state, const char* encryption = "AES_CBC", const std::string& of = name) {
  Section child;
  child.value("name", of)
      .value("state", child_state)
      .value("encr-alg", encryption)
      .value("encr-keysize", "256");
  Section children;
  children.section(of + "-1", std::move(child));
  Section ike;
  ike.value("uniqueid", "7")
      .value("state", "ESTABLISHED")
      .value("encr-alg", encryption)
      .section("child-sas", std::move(children));
  Section message;
  message.section(of, std::move(ike));
  return message;
}

Section control_log(const char* text) {
  Section message;
  message.value("group", "IKE").value("msg", text);
  return message;
}

// A charon of the system's own, with its socket where distributions have it.
class StrongswanViciTest : public testing::Test {
 protected:
  StrongswanViciTest() {
    charon_.on("list-sas", [this](FakeCharon::Client& client, const Section&) {
      if (installed_) client.raise("list-sa", sa("INSTALLED"));
      client.reply();
    });
    ipsec_.psk = Secret{"sesame"};
  }
  ~StrongswanViciTest() override { unlink("/run/charon.vici"); }

  void start() {
    daemon_.start(
        {name, "vpn.example.com", ipsec_, endpoints, run_dir_},
        [this](const std::optional<Failure>& failure) {
          log_.push_back(failure ? std::string{failure->kind->id} + ": " + failure->detail : "started");
        },
        [this](const Failure& failure) { log_.push_back("lost: " + std::string{failure.kind->id}); });
  }

  void stop() {
    daemon_.stop([this] { log_.emplace_back(daemon_.gone() ? "stopped, charon gone" : "stopped"); });
  }

  bool logged(std::size_t count) {
    return run_until([this, count] { return log_.size() >= count; }, 3s);
  }

  // Until charon was asked this.
  bool asked(const std::string& what) {
    return run_until([this, &what] { return charon_.was_asked(what); }, 3s);
  }

  void bring_up() {
    start();
    ASSERT_TRUE(logged(1));
    ASSERT_THAT(log_, ElementsAre("started"));
    log_.clear();
  }

  FakeCharon charon_{"/run/charon.vici"};
  bool installed_ = true;
  IpsecSettings ipsec_;
  TemporaryDir dir_;
  RunDir run_dir_{dir_.path(), Fd{}};
  FakeClock clock_;
  std::vector<std::string> log_;
  StrongswanVici daemon_{clock_};
};

TEST_F(StrongswanViciTest, TheKeyComesBeforeTheConnectionAndThatBeforeTheAttempt) {
  start();
  ASSERT_TRUE(logged(1));
  EXPECT_THAT(log_, ElementsAre("started"));
  EXPECT_THAT(charon_.asked(),
              ElementsAre("register list-sa", "register child-updown", "load-shared", "get-algorithms",
                          "load-conn", "list-sas", "register control-log", "initiate", "list-sas"));
  EXPECT_EQ(charon_.request("load-shared").get("data"), "sesame");
  EXPECT_NE(charon_.request("load-conn").find(name), nullptr);
  EXPECT_EQ(charon_.request("initiate").get("child"), name);
  EXPECT_EQ(charon_.request("initiate").get("ike"), name);
  EXPECT_EQ(charon_.request("list-sas").get("child"), name);
}

// A charon with AES alone.
void answer_aes_only(FakeCharon& charon) {
  charon.on("get-algorithms", [](FakeCharon::Client& client, const Section&) {
    Section names;
    names.value("AES_CBC", "aes");
    Section algorithms;
    algorithms.section("encryption", std::move(names));
    client.reply(algorithms);
  });
}

TEST_F(StrongswanViciTest, WhatCharonLacksIsNotOffered) {
  answer_aes_only(charon_);
  ipsec_.phase1 = parse_proposals("3des-sha1-modp1024, aes128-sha1-modp1024!", Phase::one).value();
  start();
  ASSERT_TRUE(logged(1));
  EXPECT_THAT(log_, ElementsAre("started"));
  EXPECT_THAT(charon_.request("load-conn").find(name)->items("proposals"),
              ElementsAre("aes128-sha1-modp1024"));
}

TEST_F(StrongswanViciTest, AProfileThatAllowsOnlyWhatCharonLacksIsRefusedByName) {
  answer_aes_only(charon_);
  ipsec_.phase1 = parse_proposals("3des-sha1-modp1024, 3des-md5-modp1024!", Phase::one).value();
  start();
  ASSERT_TRUE(logged(1));
  EXPECT_THAT(log_, ElementsAre("ipsec-algorithms-missing: 3des"));
  EXPECT_FALSE(charon_.was_asked("load-conn"));
}

TEST_F(StrongswanViciTest, ACharonThatDoesNotKnowTheQuestionIsOfferedEverything) {
  charon_.on("get-algorithms",
             [](FakeCharon::Client& client, const Section&) { client.send(FakeCharon::unknown_command); });
  ipsec_.phase1 = parse_proposals("twofish256-sha1-modp1024!", Phase::one).value();
  start();
  ASSERT_TRUE(logged(1));
  EXPECT_THAT(charon_.request("load-conn").find(name)->items("proposals"),
              ElementsAre("twofish256-sha1-modp1024"));
}

TEST_F(StrongswanViciTest, ACommandThatSucceededIsNotYetAnSa) {
  installed_ = false;
  start();
  ASSERT_TRUE(asked("list-sas"));
  charon_.raise("child-updown", sa("INSTALLING"));
  charon_.raise("child-updown", sa("INSTALLED", "AES_CBC", "somebody-else"));
  run_for(20ms);
  EXPECT_THAT(log_, IsEmpty());
  charon_.raise("child-updown", sa("INSTALLED"));
  ASSERT_TRUE(logged(1));
  EXPECT_THAT(log_, ElementsAre("started"));
}

TEST_F(StrongswanViciTest, AnSaBeforeTheCommandsSuccessCounts) {
  charon_.on("initiate", [this](FakeCharon::Client& client, const Section&) {
    charon_.raise("child-updown", sa("INSTALLED"));
    client.succeed();
  });
  start();
  ASSERT_TRUE(logged(1));
  EXPECT_THAT(log_, ElementsAre("started"));
}

TEST_F(StrongswanViciTest, ItIsStartedOnce) {
  bring_up();
  charon_.raise("child-updown", sa("INSTALLED"));
  charon_.raise("child-updown", sa("INSTALLED"));
  run_for(20ms);
  EXPECT_THAT(log_, IsEmpty()) << "a rekeyed SA is nothing new";
}

TEST_F(StrongswanViciTest, ARefusedConnectionIsNamedInCharonsWordsAndNotTried) {
  charon_.on("load-conn",
             [](FakeCharon::Client& client, const Section&) { client.refuse("parsing proposals failed"); });
  start();
  ASSERT_TRUE(logged(1));
  run_for(20ms);
  EXPECT_THAT(log_, ElementsAre("ipsec-config-refused: parsing proposals failed"));
  EXPECT_THAT(charon_.asked(), Not(Contains("initiate")));
}

TEST_F(StrongswanViciTest, ARefusedKeyIsNamedAndNothingIsTriedWithoutIt) {
  charon_.on("load-shared", [](FakeCharon::Client& client, const Section&) { client.refuse("no"); });
  start();
  ASSERT_TRUE(logged(1));
  run_for(20ms);
  EXPECT_THAT(log_, ElementsAre("ipsec-config-refused: no"));
  EXPECT_THAT(charon_.asked(), Not(Contains("initiate")));
}

TEST_F(StrongswanViciTest, AFailedAttemptIsWhatItsLogSays) {
  charon_.on("initiate", [](FakeCharon::Client& client, const Section&) {
    client.raise("control-log", control_log("initiating Main Mode IKE_SA nm-l2tp-UUID[1] to 203.0.113.9"));
    client.raise("control-log", control_log("received NO_PROPOSAL_CHOSEN error notify"));
    client.refuse("establishing CHILD_SA 'nm-l2tp-UUID' failed");
  });
  start();
  ASSERT_TRUE(logged(1));
  EXPECT_THAT(log_, ElementsAre(testing::StartsWith(
                        "ipsec-no-proposal: it answered NO_PROPOSAL_CHOSEN to aes256-sha384-ecp384, ")));
}

TEST_F(StrongswanViciTest, AFailedAttemptWithoutALogIsWhatCharonSays) {
  charon_.on("initiate", [](FakeCharon::Client& client, const Section&) {
    client.refuse("CHILD_SA config 'x' not found");
  });
  start();
  ASSERT_TRUE(logged(1));
  EXPECT_THAT(log_, ElementsAre("ipsec-failed: CHILD_SA config 'x' not found"));
}

TEST_F(StrongswanViciTest, WhatCannotBeDecryptedForASecondIsAWrongKey) {
  charon_.on("initiate", [](FakeCharon::Client& client, const Section&) {
    client.raise("control-log", control_log("generating ID_PROT request 0 [ ID HASH ]"));
    client.raise("control-log", control_log("could not decrypt payloads"));
    client.raise("control-log", control_log("could not decrypt payloads"));
  });
  start();
  ASSERT_TRUE(asked("initiate"));
  run_for(20ms);
  clock_.advance(999ms);
  EXPECT_THAT(log_, IsEmpty());
  clock_.advance(1ms);
  EXPECT_THAT(log_, ElementsAre(HasSubstr("ipsec-psk-wrong")));
}

TEST_F(StrongswanViciTest, AStrayPacketThatCannotBeDecryptedIsNoFailure) {
  charon_.on("initiate", [](FakeCharon::Client& client, const Section&) {
    client.raise("control-log", control_log("could not decrypt payloads"));
    client.succeed();
  });
  bring_up();
  clock_.advance(1min);
  EXPECT_THAT(log_, IsEmpty());
}

TEST_F(StrongswanViciTest, TheSecondPlaceOfASocketIsLookedAtToo) {
  unlink("/run/charon.vici");
  std::filesystem::create_directories("/run/strongswan");
  FakeCharon other{"/run/strongswan/charon.vici"};
  start();
  EXPECT_TRUE(run_until([&other] { return other.was_asked("load-conn"); }));
  unlink("/run/strongswan/charon.vici");
}

TEST_F(StrongswanViciTest, ACharonThatTakesConnectionsIsRunning) {
  EXPECT_EQ(StrongswanVici::state().presence, DaemonState::Presence::running);
}

TEST_F(StrongswanViciTest, ACharonThatWeCannotTalkToIsUnreachable) {
  unlink("/run/charon.vici");
  write_file("/run/charon.pid", std::to_string(getpid()));
  const auto state = StrongswanVici::state();
  EXPECT_EQ(state.presence, DaemonState::Presence::unreachable);
  EXPECT_THAT(state.detail, HasSubstr("/run/charon.vici"));
  unlink("/run/charon.pid");
}

TEST_F(StrongswanViciTest, APidFileOfADeadCharonIsInNobodysWay) {
  unlink("/run/charon.vici");
  write_file("/run/charon.pid", "4194304");
  EXPECT_EQ(StrongswanVici::state().presence, DaemonState::Presence::installed);
  unlink("/run/charon.pid");
}

TEST_F(StrongswanViciTest, RenewingAsksCharonToInitiateAgainWithoutWaiting) {
  bring_up();
  daemon_.renew();
  EXPECT_TRUE(run_until([this] { return charon_.times_asked("initiate") == 2; }));
}

TEST_F(StrongswanViciTest, WhyTheSasWentIsWhatCharonsLogSaysOfThem) {
  bring_up();
  ASSERT_TRUE(run_until([this] { return charon_.was_asked("register log"); }));
  const auto log = [this](const char* user, const char* words) {
    Section message;
    message.value("ikesa-name", user).value("ikesa-uniqueid", "99").value("msg", words);
    charon_.raise("log", message);
  };
  log("somebody-else", "giving up after 5 retransmits");
  log(name, "received DELETE for IKE_SA nm-l2tp-UUID[1]");
  ASSERT_TRUE(run_until([this] { return daemon_.loss().has_value(); }));
  EXPECT_EQ(daemon_.loss()->kind->id, "ipsec-ended-by-server");
  EXPECT_THAT(daemon_.loss()->evidence, ElementsAre("received DELETE for IKE_SA nm-l2tp-UUID[1]"));
  // That one may have been replaced long ago: what came last is the reason.
  log(name, "giving up after 5 retransmits");
  ASSERT_TRUE(run_until([this] { return daemon_.loss()->kind->id == "ipsec-dead-peer"; }));
  EXPECT_THAT(daemon_.loss()->evidence, ElementsAre("giving up after 5 retransmits"));
  daemon_.sas_changed();
  EXPECT_FALSE(daemon_.loss());
}

TEST_F(StrongswanViciTest, StopTakesTheSasThenTheConnectionThenTheKey) {
  bring_up();
  ASSERT_TRUE(run_until([this] { return charon_.was_asked("register log"); }));
  const auto before = charon_.asked().size();
  stop();
  ASSERT_TRUE(logged(1));
  EXPECT_THAT(log_, ElementsAre("stopped"));
  EXPECT_THAT(std::vector<std::string>(charon_.asked().begin() + static_cast<std::ptrdiff_t>(before),
                                       charon_.asked().end()),
              ElementsAre("list-sas", "terminate", "unload-conn", "unload-shared"));
  EXPECT_EQ(charon_.request("terminate").get("ike-id"), "7");
  EXPECT_EQ(charon_.request("unload-conn").get("name"), name);
  EXPECT_EQ(charon_.request("unload-shared").get("id"), name);
}

// Two profiles for one server: the IKE_SA is named after the one that came first.
Section shared_sa(const std::string& first_user, std::initializer_list<const char*> users) {
  Section children;
  for (const std::string user : users) {
    Section child;
    child.value("name", user).value("state", "INSTALLED");
    children.section(user + "-1", std::move(child));
  }
  Section ike;
  ike.value("uniqueid", "9").value("state", "ESTABLISHED").section("child-sas", std::move(children));
  Section message;
  message.section(first_user, std::move(ike));
  return message;
}

TEST_F(StrongswanViciTest, AChildInAnothersIkeSaIsOurs) {
  charon_.on("list-sas", [](FakeCharon::Client& client, const Section&) {
    client.raise("list-sa", shared_sa("nm-l2tp-OTHER", {"nm-l2tp-OTHER", name}));
    client.reply();
  });
  bring_up();
}

TEST_F(StrongswanViciTest, AnIkeSaThatAnotherUsesTooLosesOurChildOnly) {
  bring_up();
  charon_.on("list-sas", [](FakeCharon::Client& client, const Section&) {
    client.raise("list-sa", shared_sa(name, {"nm-l2tp-OTHER", name}));
    client.reply();
  });
  stop();
  ASSERT_TRUE(logged(1));
  EXPECT_EQ(charon_.times_asked("terminate"), 1);
  EXPECT_EQ(charon_.request("terminate").get("child"), name);
  EXPECT_EQ(charon_.request("terminate").get("ike-id"), "");
}

TEST_F(StrongswanViciTest, TheLastUserOfAnothersIkeSaEndsIt) {
  bring_up();
  charon_.on("list-sas", [](FakeCharon::Client& client, const Section&) {
    client.raise("list-sa", shared_sa("nm-l2tp-OTHER", {name}));
    client.reply();
  });
  stop();
  ASSERT_TRUE(logged(1));
  EXPECT_EQ(charon_.request("terminate").get("ike-id"), "9");
}

TEST_F(StrongswanViciTest, AnothersIkeSaToTheServerIsWaitedForWhileItIsMade) {
  const auto making = [](const char* state) {
    Section ike;
    ike.value("uniqueid", "9").value("state", state).value("remote-host", "203.0.113.9");
    Section message;
    message.section("nm-l2tp-OTHER", std::move(ike));
    return message;
  };
  const char* state = "CONNECTING";
  charon_.on("list-sas", [&](FakeCharon::Client& client, const Section&) {
    client.raise("list-sa", making(state));
    client.reply();
  });
  start();
  ASSERT_TRUE(asked("list-sas"));
  run_for(20ms);
  EXPECT_FALSE(charon_.was_asked("initiate"));
  state = "ESTABLISHED";
  clock_.advance(50ms);
  EXPECT_TRUE(asked("initiate"));
}

TEST_F(StrongswanViciTest, StopGoesOnWhateverCharonRefuses) {
  bring_up();
  for (const auto* command : {"terminate", "unload-conn", "unload-shared"})
    charon_.on(command,
               [](FakeCharon::Client& client, const Section&) { client.refuse("no matching SA found"); });
  stop();
  ASSERT_TRUE(logged(1));
  EXPECT_THAT(log_, ElementsAre("stopped"));
}

TEST_F(StrongswanViciTest, StopWorksWhileAnAttemptIsUnderWay) {
  charon_.on("initiate", [](FakeCharon::Client&, const Section&) {});
  start();
  ASSERT_TRUE(asked("initiate"));
  stop();
  ASSERT_TRUE(logged(1));
  EXPECT_THAT(log_, ElementsAre("stopped"));
  EXPECT_TRUE(charon_.was_asked("unload-shared"));
}

TEST_F(StrongswanViciTest, StopWorksBeforeAnythingWasAnswered) {
  start();
  stop();
  ASSERT_TRUE(logged(1));
  EXPECT_THAT(log_, ElementsAre("stopped"));
  EXPECT_EQ(charon_.asked().back(), "unload-shared") << "what was sent must be taken out again";
  EXPECT_THAT(charon_.asked(), Not(Contains("initiate")));
}

TEST_F(StrongswanViciTest, ACharonThatDiesWhileItStartsIsLost) {
  charon_.on("initiate", [](FakeCharon::Client&, const Section&) {});
  start();
  ASSERT_TRUE(asked("initiate"));
  charon_.client(0).hang_up();
  ASSERT_TRUE(logged(1));
  EXPECT_THAT(log_, ElementsAre(HasSubstr("ipsec-daemon-lost")));
  stop();
  ASSERT_TRUE(logged(2));
  EXPECT_EQ(log_.back(), "stopped, charon gone");
}

TEST_F(StrongswanViciTest, ACharonThatDiesIsTheReasonWhicheverSocketTellsFirst) {
  charon_.on("initiate", [](FakeCharon::Client&, const Section&) {});
  start();
  ASSERT_TRUE(asked("initiate"));
  charon_.client(1).hang_up();
  run_for(5ms);
  charon_.client(0).hang_up();
  ASSERT_TRUE(logged(1));
  EXPECT_THAT(log_, ElementsAre(HasSubstr("ipsec-daemon-lost")));
}

TEST_F(StrongswanViciTest, ACharonThatDiesLaterIsLost) {
  bring_up();
  charon_.die();
  ASSERT_TRUE(logged(1));
  EXPECT_THAT(log_, ElementsAre("lost: ipsec-daemon-lost"));
  stop();
  ASSERT_TRUE(logged(2));
  EXPECT_EQ(log_.back(), "stopped, charon gone");
}

// Then the kernel may still hold what it made, and somebody must know.
TEST_F(StrongswanViciTest, ACharonThatDiesWhileItStopsIsGone) {
  bring_up();
  charon_.on("terminate", [](FakeCharon::Client& client, const Section&) { client.hang_up(); });
  stop();
  ASSERT_TRUE(logged(1));
  EXPECT_THAT(log_, ElementsAre("stopped, charon gone"));
}

TEST_F(StrongswanViciTest, AKeyThatIsTooLongForCharonIsRefused) {
  ipsec_.psk = Secret{std::string(70000, 'x')};
  start();
  ASSERT_TRUE(logged(1));
  EXPECT_THAT(log_, ElementsAre(HasSubstr("ipsec-config-refused")));
}

class StrongswanViciSweepTest : public testing::Test {
 protected:
  void sweep() {
    client_ = StrongswanVici::sweep(name, "/nowhere", [this] { ++done_; });
  }
  bool done() {
    return run_until([this] { return done_ > 0; }, 3s);
  }

  std::unique_ptr<ViciClient> client_;
  int done_ = 0;
};

TEST_F(StrongswanViciSweepTest, ACharonThatRunsIsRidOfTheDeadConnection) {
  FakeCharon charon{"/run/charon.vici"};
  sweep();
  EXPECT_TRUE(done());
  EXPECT_THAT(charon.asked(), ElementsAre("register list-sa", "list-sas", "unload-conn", "unload-shared"));
  EXPECT_EQ(charon.request("unload-conn").get("name"), name);
  run_for(20ms);
  EXPECT_EQ(done_, 1);
  unlink("/run/charon.vici");
}

TEST_F(StrongswanViciSweepTest, OurOwnCharonIsAskedIfAnotherConnectionKeepsIt) {
  FakeCharon charon{"/run/charon.nm-l2tp.vici"};
  sweep();
  EXPECT_TRUE(done());
  EXPECT_TRUE(charon.was_asked("unload-conn"));
  unlink("/run/charon.nm-l2tp.vici");
}

TEST_F(StrongswanViciSweepTest, ACharonThatDiesMeanwhileHoldsNothingUp) {
  FakeCharon charon{"/run/charon.vici"};
  charon.on("list-sas", [](FakeCharon::Client& client, const Section&) { client.hang_up(); });
  sweep();
  EXPECT_TRUE(done());
  unlink("/run/charon.vici");
}

TEST_F(StrongswanViciSweepTest, NobodyIsToldWhoDoesNotWait) {
  FakeCharon charon{"/run/charon.vici"};
  charon.on("list-sas", [](FakeCharon::Client&, const Section&) {});
  sweep();
  ASSERT_TRUE(run_until([&charon] { return charon.was_asked("list-sas"); }));
  client_.reset();
  charon.die();
  run_for(20ms);
  EXPECT_EQ(done_, 0);
  unlink("/run/charon.vici");
}

TEST_F(StrongswanViciSweepTest, WithoutACharonThereIsNothingToDo) {
  sweep();
  EXPECT_EQ(done_, 1);
  EXPECT_EQ(client_, nullptr);
}

}  // namespace
}  // namespace l2tp
