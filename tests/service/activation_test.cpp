// One connection from NetworkManager's side: what it hears, what is left. xl2tpd, pppd and charon are played
// by the tests.

#include <arpa/inet.h>
#include <sys/socket.h>

#include <csignal>

#include "fake_dns.h"
#include "fakes/fake_charon.h"
#include "machine/fd.h"
#include "service/system/xfrm.h"
#include "service_fixture.h"

namespace l2tp {
namespace {

using namespace std::chrono_literals;
using testing::AllOf;
using testing::AnyOf;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::Not;

class ActivationTest : public ServiceFixture {
 protected:
  static pid_t pid_in(const std::string& file) {
    run_until([&file] { return !content_of(file).empty(); });
    return std::stoi(content_of(file));
  }
  static std::string run_file(const std::string& name) { return "/run/nm-l2tp/" + plain().uuid + "/" + name; }

  void bring_up(const ConnectionProfile& profile = plain()) {
    ASSERT_TRUE(manager_.connect(profile).ok);
    ASSERT_TRUE(manager_.hears("StateChanged started")) << service_->output();
  }

  // The order that NetworkManager needs: the reason before the end.
  void expect_failure(const std::string& reason, const std::string& id) {
    ASSERT_TRUE(manager_.hears("StateChanged stopped")) << service_->output();
    EXPECT_EQ(manager_.kept_failure(), reason);
    EXPECT_EQ(service_->end(), "exit status 0") << service_->output();
    EXPECT_THAT(service_->output(), HasSubstr("failure=" + id));
    EXPECT_TRUE(nothing_is_left());
    EXPECT_EQ(manager_.heard().back(), "StateChanged stopped");
    EXPECT_EQ(last_failure().failure.kind, &failure_kind(id));
    EXPECT_FALSE(last_failure().was_up);
  }
};

TEST_F(ActivationTest, ConnectAnswersAtOnce) {
  const FakeDns dns;
  start();
  auto profile = with_ipsec();
  profile.data["gateway"] = "silent.test";
  const auto reply = manager_.connect(profile);
  EXPECT_TRUE(reply.ok) << reply.message;
  EXPECT_LT(reply.took, sanitized ? 500ms : 50ms);
}

TEST_F(ActivationTest, ATunnelIsHandedOverInNetworkManagersOrder) {
  start_with("up");
  bring_up();
  EXPECT_THAT(manager_.heard(),
              ElementsAre("StateChanged starting", "Config", "Ip4Config", "StateChanged started"));
  EXPECT_EQ(manager_.value("Config", "tundev"), "'ppp0'");
  EXPECT_EQ(manager_.value("Config", "gateway"), "uint32 " + std::to_string(inet_addr("127.0.0.9")));
  EXPECT_EQ(manager_.value("Config", "mtu"), "uint32 1400");
  EXPECT_EQ(manager_.value("Config", "has-ip6"), "false");
  EXPECT_EQ(manager_.value("Ip4Config", "address"), "uint32 " + std::to_string(inet_addr("10.0.0.5")));
  EXPECT_EQ(manager_.value("Ip4Config", "dns"), "[uint32 " + std::to_string(inet_addr("10.0.0.53")) + "]");
}

TEST_F(ActivationTest, Ipv6IsHandedOverBesideIt) {
  start_with("up6");
  bring_up();
  ASSERT_TRUE(manager_.hears("Ip6Config"));
  EXPECT_EQ(manager_.value("Config", "has-ip4"), "true");
  EXPECT_EQ(manager_.value("Config", "has-ip6"), "true");
}

TEST_F(ActivationTest, PppdGetsTheNameAndPassword) {
  start_with("up");
  auto profile = plain();
  profile.data["user"] = "m\xc3\xbcller \"#\\";
  profile.data["domain"] = "EXAMPLE";
  profile.secrets["password"] = "p\xc3\xa4ss w\"#'\\ord";
  bring_up(profile);
  EXPECT_EQ(content_of("/run/fake-pppd.user"), "EXAMPLE\\m\xc3\xbcller \"#\\");
  EXPECT_EQ(content_of("/run/fake-pppd.password"), "p\xc3\xa4ss w\"#'\\ord");
}

TEST_F(ActivationTest, EachStageIsALineWithItsTime) {
  start({.l2tp = "up", .log_level = "5"});
  bring_up();
  run_until([this] { return service_->output().find("connected in") != std::string::npos; });
  for (const auto* stage : {"workspace", "resolve", "port", "l2tp", "ppp", "handover"})
    EXPECT_THAT(service_->output(), HasSubstr(std::string{"stage="} + stage + " state=up ms="));
  EXPECT_THAT(service_->output(), AllOf(HasSubstr("connected in"), HasSubstr("uuid=" + plain().uuid)));
}

TEST_F(ActivationTest, ALogLevelIsHonoured) {
  start({.l2tp = "up", .log_level = "3"});
  bring_up();
  manager_.disconnect();
  EXPECT_EQ(service_->end(), "exit status 0");
  EXPECT_EQ(service_->output(), "") << "all went well";
}

TEST_F(ActivationTest, DisconnectEndsAllOfItQuickly) {
  start_with("up");
  bring_up();
  const auto xl2tpd = pid_in(run_file("xl2tpd.pid"));
  const auto pppd = pid_in("/run/fake-pppd.pid");
  manager_.forget();
  const auto asked = MainLoopClock{}.now();
  EXPECT_TRUE(manager_.disconnect().ok);
  expect_a_clean_exit();
  EXPECT_LT(MainLoopClock{}.now() - asked, sanitized ? 2000ms : 500ms);
  EXPECT_TRUE(is_gone(xl2tpd));
  EXPECT_TRUE(is_gone(pppd));
  EXPECT_THAT(manager_.heard(), ElementsAre("StateChanged stopping", "StateChanged stopped"));
}

TEST_F(ActivationTest, DaemonsThatDoNotListenAreKilled) {
  start_with("stubborn");
  bring_up();
  const auto xl2tpd = pid_in(run_file("xl2tpd.pid"));
  const auto pppd = pid_in("/run/fake-pppd.pid");
  manager_.disconnect();
  EXPECT_EQ(service_->end(2500ms), "exit status 0");
  EXPECT_TRUE(nothing_is_left());
  EXPECT_TRUE(is_gone(xl2tpd));
  EXPECT_TRUE(is_gone(pppd));
}

// --- Failures

TEST_F(ActivationTest, ARefusedLoginIsALoginFailure) {
  start_with("refuse-login");
  manager_.connect(plain());
  expect_failure("login-failed", "ppp-login-refused");
}

TEST_F(ActivationTest, TheLastFailureStaysAndTellsOfALaterSuccess) {
  start_with("refuse-login");
  manager_.connect(plain());
  ASSERT_TRUE(manager_.hears("StateChanged stopped")) << service_->output();
  EXPECT_EQ(service_->end(), "exit status 0");
  EXPECT_EQ(last_failure().up_since, 0);
  start_with("up");
  bring_up();
  run_until([] { return last_failure().up_since != 0; });
  EXPECT_EQ(last_failure().failure.kind->id, "ppp-login-refused");
}

TEST_F(ActivationTest, AConnectionThatIsLostIsAFailureToo) {
  start_with("up");
  bring_up();
  kill(pid_in(run_file("xl2tpd.pid")), SIGKILL);
  ASSERT_TRUE(manager_.hears("StateChanged stopped")) << service_->output();
  EXPECT_TRUE(last_failure().was_up);
  EXPECT_EQ(last_failure().uuid, plain().uuid);
}

TEST_F(ActivationTest, AConnectionThatIsTakenDownIsNoFailure) {
  start_with("up");
  bring_up();
  manager_.disconnect();
  expect_a_clean_exit();
  EXPECT_FALSE(std::filesystem::exists(failure_record_dir));
}

TEST_F(ActivationTest, ANameThatDoesNotExistIsAConnectFailure) {
  const FakeDns dns;
  start();
  auto profile = plain();
  profile.data["gateway"] = "nowhere.test";
  const auto asked = MainLoopClock{}.now();
  ASSERT_TRUE(manager_.connect(profile).ok);
  expect_failure("connect-failed", "gateway-unresolved");
  EXPECT_LT(MainLoopClock{}.now() - asked, 1500ms) << "there is nothing to wait for";
  EXPECT_THAT(service_->output(), HasSubstr("nowhere.test"));
}

TEST_F(ActivationTest, AGatewayWithIpv6OnlyIsNamedAsThat) {
  const FakeDns dns;
  start();
  auto profile = plain();
  profile.data["gateway"] = "six.test";
  manager_.connect(profile);
  expect_failure("connect-failed", "gateway-only-ipv6");
}

TEST_F(ActivationTest, AGatewayWithoutARouteIsUnreachable) {
  start();
  auto profile = plain();
  profile.data["gateway"] = "203.0.113.9";
  manager_.connect(profile);
  expect_failure("connect-failed", "gateway-unreachable");
}

TEST_F(ActivationTest, ANameThatResolvesIsUsed) {
  const FakeDns dns;
  start_with("up");
  auto profile = plain();
  profile.data["gateway"] = "server.test";
  bring_up(profile);
  EXPECT_EQ(manager_.value("Config", "gateway"), "uint32 " + std::to_string(inet_addr("127.0.0.9")));
}

TEST_F(ActivationTest, AServerThatEndsTheTunnelIsNamed) {
  start_with("refuse");
  manager_.connect(plain());
  expect_failure("connect-failed", "l2tp-refused");
  EXPECT_THAT(service_->output(), HasSubstr("Goodbye"));
}

TEST_F(ActivationTest, AnXl2tpdThatEndsByItselfIsNamedAndHoldsNothingUp) {
  start_with("exit");
  const auto asked = MainLoopClock{}.now();
  manager_.connect(plain());
  expect_failure("connect-failed", "l2tp-daemon-lost");
  EXPECT_LT(MainLoopClock{}.now() - asked, 1500ms) << "there is nothing to wait for";
}

TEST_F(ActivationTest, AMachineWithoutXl2tpdIsToldSo) {
  start({.path = "/nowhere"});
  manager_.connect(plain());
  expect_failure("connect-failed", "l2tp-daemon-missing");
  EXPECT_THAT(service_->output(), HasSubstr("Install xl2tpd."));
}

TEST_F(ActivationTest, AnXl2tpdThatIsKilledEndsIt) {
  start_with("up");
  bring_up();
  const auto pppd = pid_in("/run/fake-pppd.pid");
  kill(pid_in(run_file("xl2tpd.pid")), SIGKILL);
  ASSERT_TRUE(manager_.hears("StateChanged stopped", 2s));
  EXPECT_EQ(manager_.kept_failure(), "connect-failed");
  expect_a_clean_exit();
  EXPECT_TRUE(is_gone(pppd));
}

TEST_F(ActivationTest, APppdThatIsKilledEndsIt) {
  start_with("up");
  bring_up();
  kill(pid_in("/run/fake-pppd.pid"), SIGKILL);
  ASSERT_TRUE(manager_.hears("StateChanged stopped", 2s));
  EXPECT_EQ(manager_.kept_failure(), "connect-failed");
  expect_a_clean_exit();
  EXPECT_THAT(service_->output(),
              AnyOf(HasSubstr("failure=ppp-ended"), HasSubstr("failure=ppp-not-started")));
}

// The real xl2tpd, with nobody at the other end.
TEST_F(ActivationTest, ARealXl2tpdThatGetsNoAnswerGivesUp) {
  if (system("command -v xl2tpd >/dev/null") != 0) GTEST_SKIP() << "xl2tpd is not installed";
  start({.path = "/usr/sbin:/usr/bin:/sbin:/bin"});
  auto profile = plain();
  profile.data["xl2tpd-max-retries"] = "1";
  manager_.connect(profile);
  expect_failure("connect-failed", "l2tp-silent");
}

// --- Disconnecting in the middle

TEST_F(ActivationTest, DisconnectWhileResolvingEndsIt) {
  const FakeDns dns;
  start();
  auto profile = plain();
  profile.data["gateway"] = "silent.test";
  manager_.connect(profile);
  run_until([] { return std::filesystem::exists("/run/nm-l2tp"); });
  const auto asked = MainLoopClock{}.now();
  EXPECT_TRUE(manager_.disconnect().ok);
  expect_a_clean_exit();
  EXPECT_LT(MainLoopClock{}.now() - asked, 2s);
}

TEST_F(ActivationTest, DisconnectWhileXl2tpdWaitsEndsIt) {
  start();
  manager_.connect(plain());
  const auto xl2tpd = pid_in(run_file("xl2tpd.pid"));
  EXPECT_TRUE(manager_.disconnect().ok);
  expect_a_clean_exit();
  EXPECT_TRUE(is_gone(xl2tpd));
}

TEST_F(ActivationTest, DisconnectWhilePppdIsAwaitedEndsIt) {
  start_with("no-pppd");
  manager_.connect(plain());
  run_until([this] { return service_->output().find("stage=l2tp state=up") != std::string::npos; });
  EXPECT_TRUE(manager_.disconnect().ok);
  expect_a_clean_exit();
}

TEST_F(ActivationTest, DisconnectAtAnyMomentLeavesNothing) {
  for (int milliseconds = 0; milliseconds < 60; milliseconds += sanitized ? 15 : 4) {
    start_with("up");
    manager_.forget();
    manager_.connect(plain());
    run_for(Milliseconds{milliseconds});
    EXPECT_TRUE(manager_.disconnect().ok) << milliseconds;
    expect_a_clean_exit();
    run_until([this] { return manager_.service_pid() == 0; });
  }
}

TEST_F(ActivationTest, ASecondConnectIsRefused) {
  start_with("up");
  bring_up();
  EXPECT_FALSE(manager_.connect(plain()).ok);
  EXPECT_FALSE(service_->has_ended());
  EXPECT_TRUE(std::filesystem::exists(run_file("xl2tpd.conf")));
}

// --- IPsec

class IpsecActivationTest : public ActivationTest {
 protected:
  void SetUp() override {
    const render::Endpoints flow{Ipv4Address{{127, 0, 0, 1}}, Ipv4Address{{127, 0, 0, 9}}, 1701};
    if (const auto error = xfrm::add_guard(flow)) GTEST_SKIP() << "no XFRM in this kernel: " << *error;
    xfrm::remove_guard(flow);
    charon_.on("list-sas", [](FakeCharon::Client& client, const vici::Section&) {
      vici::Section child, children, ike, message;
      child.value("name", "nm-l2tp-" + plain().uuid).value("state", "INSTALLED").value("encr-alg", "AES_CBC");
      children.section("1", std::move(child));
      ike.value("uniqueid", "7").section("child-sas", std::move(children));
      message.section("nm-l2tp-" + plain().uuid, std::move(ike));
      client.raise("list-sa", message);
      client.reply();
    });
  }
  ~IpsecActivationTest() override { unlink("/run/charon.vici"); }

  static std::string policies() {
    FILE* output = popen("ip xfrm policy", "r");
    std::string text;
    char buffer[4096];
    while (const auto size = fread(buffer, 1, sizeof buffer, output)) text.append(buffer, size);
    pclose(output);
    return text;
  }

  FakeCharon charon_{"/run/charon.vici"};
};

TEST_F(IpsecActivationTest, TheFlowIsBlockedBeforeCharonIsAskedAndUntilItHasLetGo) {
  std::string at_load, at_unload;
  charon_.on("load-conn", [&at_load](FakeCharon::Client& client, const vici::Section&) {
    at_load = policies();
    client.succeed();
  });
  charon_.on("unload-conn", [&at_unload](FakeCharon::Client& client, const vici::Section&) {
    at_unload = policies();
    client.succeed();
  });
  start_with("up");
  bring_up(with_ipsec());
  EXPECT_THAT(at_load, HasSubstr("action block"));
  manager_.disconnect();
  expect_a_clean_exit();
  EXPECT_THAT(at_unload, HasSubstr("action block"));
  EXPECT_EQ(policies(), "");
}

TEST_F(IpsecActivationTest, XL2tpdIsRunOnlyBehindIpsec) {
  charon_.on("initiate", [](FakeCharon::Client&, const vici::Section&) {});
  start_with("up");
  manager_.connect(with_ipsec());
  ASSERT_TRUE(run_until([this] { return charon_.was_asked("initiate"); }));
  run_for(100ms);
  EXPECT_FALSE(std::filesystem::exists(run_file("xl2tpd.pid")));
  charon_.client(2).succeed();
  EXPECT_TRUE(manager_.hears("StateChanged started"));
}

TEST_F(IpsecActivationTest, CharonIsRidOfTheConnectionAndStaysWhatItWas) {
  start_with("up");
  bring_up(with_ipsec());
  manager_.disconnect();
  expect_a_clean_exit();
  EXPECT_EQ(charon_.request("terminate").get("ike-id"), "7");
  EXPECT_EQ(charon_.request("unload-conn").get("name"), "nm-l2tp-" + plain().uuid);
  EXPECT_EQ(charon_.request("unload-shared").get("id"), "nm-l2tp-" + plain().uuid);
  EXPECT_TRUE(std::filesystem::exists("/run/charon.vici"));
}

TEST_F(IpsecActivationTest, ARefusedProposalIsAConnectFailureWithItsReason) {
  charon_.on("initiate", [](FakeCharon::Client& client, const vici::Section&) {
    vici::Section line;
    line.value("msg", "received NO_PROPOSAL_CHOSEN error notify");
    client.raise("control-log", line);
    client.refuse("establishing CHILD_SA failed");
  });
  start_with("up");
  manager_.connect(with_ipsec());
  expect_failure("connect-failed", "ipsec-no-proposal");
  EXPECT_EQ(policies(), "");
}

TEST_F(IpsecActivationTest, ACharonThatDiesEndsIt) {
  start_with("up");
  bring_up(with_ipsec());
  charon_.die();
  ASSERT_TRUE(manager_.hears("StateChanged stopped", 2s));
  expect_a_clean_exit();
  EXPECT_THAT(service_->output(), HasSubstr("failure=ipsec-daemon-lost"));
  EXPECT_EQ(policies(), "");
}

TEST_F(IpsecActivationTest, DisconnectDuringTheAttemptEndsIt) {
  charon_.on("initiate", [](FakeCharon::Client&, const vici::Section&) {});
  start_with("up");
  manager_.connect(with_ipsec());
  ASSERT_TRUE(run_until([this] { return charon_.was_asked("initiate"); }));
  EXPECT_TRUE(manager_.disconnect().ok);
  expect_a_clean_exit();
  EXPECT_TRUE(charon_.was_asked("unload-conn"));
  EXPECT_EQ(policies(), "");
}

TEST_F(IpsecActivationTest, WhatAKilledServiceLeftInCharonIsClearedUpByTheNext) {
  start_with("up");
  bring_up(with_ipsec());
  service_->send(SIGKILL);
  service_->end();
  EXPECT_THAT(policies(), HasSubstr("action block"));
  EXPECT_FALSE(charon_.was_asked("unload-conn"));
  run_until([this] { return manager_.service_pid() == 0; });

  manager_.forget();
  start_with("up");
  manager_.connect(plain());
  ASSERT_TRUE(manager_.hears("StateChanged started")) << service_->output();
  EXPECT_TRUE(charon_.was_asked("unload-conn"));
  EXPECT_EQ(policies(), "");
}

// --- Secrets

// All that others can see of a running connection: its files, its processes' arguments and environments.
std::string visible() {
  std::string text;
  namespace fs = std::filesystem;
  std::error_code ignored;
  for (const auto& entry : fs::recursive_directory_iterator{"/run/nm-l2tp", ignored})
    if (entry.is_regular_file(ignored)) text += content_of(entry.path().string());
  for (const auto& entry : fs::directory_iterator{"/proc", ignored}) {
    if (entry.path().filename().string().find_first_not_of("0123456789") != std::string::npos) continue;
    text += content_of((entry.path() / "cmdline").string()) + content_of((entry.path() / "environ").string());
  }
  return text;
}

TEST_F(IpsecActivationTest, NoSecretIsSeenAnywhereAtAnyLevel) {
  for (const auto* manner : {"up", "refuse-login"}) {
    start({.arguments = {"--bus-name", first_bus_name, "--debug"}, .l2tp = manner, .log_level = "7"});
    manager_.forget();
    manager_.connect(with_ipsec());
    ASSERT_TRUE(run_until([] { return !content_of("/run/fake-pppd.password").empty(); }));
    const auto seen = visible();
    EXPECT_THAT(seen, HasSubstr("anna")) << "or nothing was looked at";
    EXPECT_THAT(seen, AllOf(Not(HasSubstr("geheim-pw")), Not(HasSubstr("sesame-psk"))));
    manager_.disconnect();
    service_->end();
    EXPECT_THAT(service_->output(), AllOf(Not(HasSubstr("geheim-pw")), Not(HasSubstr("sesame-psk"))));
    unlink("/run/fake-pppd.password");
    run_until([this] { return manager_.service_pid() == 0; });
  }
  EXPECT_EQ(charon_.request("load-shared").get("data"), "sesame-psk") << "where it belongs";
}

TEST_F(ActivationTest, NoSecretIsInTheOutputWhateverFails) {
  for (const auto* manner : {"exit", "refuse", "refuse-login"}) {
    start({.arguments = {"--bus-name", first_bus_name, "--debug"}, .l2tp = manner, .log_level = "7"});
    manager_.connect(plain());
    service_->end();
    EXPECT_THAT(service_->output(), Not(HasSubstr("geheim-pw"))) << manner;
    run_until([this] { return manager_.service_pid() == 0; });
  }
}

}  // namespace
}  // namespace l2tp
