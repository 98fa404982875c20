// The probe over real sockets: a server on the loopback, which is all that the test's namespace has.
#include "probe/run.h"

#include <arpa/inet.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include "fakes/main_loop.h"
#include "fakes/probed_server.h"

namespace l2tp::probe {
namespace {

using namespace std::chrono_literals;
using ike::Suite;
using testing::HasSubstr;

constexpr Suite usual{ike::Encryption::aes256, ike::Hash::sha256, ike::Group::modp2048,
                      ike::Authentication::psk};
constexpr std::uint16_t port = 5500;  // 500 is for the probe's own attempt

// Takes the usual suite.
class Server : public ProbedServer {
 public:
  Server() : ProbedServer(port) { responder.accepts = {usual}; }
};

class ProbeRunTest : public testing::Test {
 protected:
  std::optional<Result<Outcome, std::string>> result;
  int changes = 0;

  std::unique_ptr<probe::Run> begin_probe(const std::string& host, probe::Run::Options options = {}) {
    options.server_port = port;
    return std::make_unique<probe::Run>(
        host, options, [this](const Findings&) { ++changes; },
        [this](Result<Outcome, std::string> outcome) { result.emplace(std::move(outcome)); });
  }

  const Outcome& outcome_of(const std::string& host, const probe::Run::Options& options = {}) {
    const auto run = begin_probe(host, options);
    if (!run_until([this] { return result.has_value(); }, 30s)) throw std::runtime_error{"it never ends"};
    return result->value();
  }
};

TEST_F(ProbeRunTest, FindsOutOverIpv4AndTellsHowFarItIs) {
  Server server;
  const auto& outcome = outcome_of("127.0.0.1");
  EXPECT_EQ(outcome.address, "127.0.0.1");
  EXPECT_EQ(outcome.findings.standing(usual), Standing::accepted);
  EXPECT_EQ(outcome.findings.count(Standing::refused), 359u);
  EXPECT_EQ(outcome.from_port_500, Outcome::Port500::not_tried);
  EXPECT_GT(changes, 3);
  EXPECT_EQ(server.responder.half_open(), 0u);
}

TEST_F(ProbeRunTest, FindsOutOverIpv6) {
  Server server;
  const auto& outcome = outcome_of("::1");
  EXPECT_EQ(outcome.address, "::1");
  EXPECT_EQ(outcome.findings.count(Standing::accepted), 1u);
}

TEST_F(ProbeRunTest, PrefersIpv4ForAName) {
  Server server;
  EXPECT_EQ(outcome_of("localhost").address, "127.0.0.1");
}

TEST_F(ProbeRunTest, HearsThatThePortIsClosed) {
  EXPECT_EQ(outcome_of("127.0.0.1").findings.verdict(), Verdict::closed);
  result.reset();
  EXPECT_EQ(outcome_of("::1").findings.verdict(), Verdict::closed);
}

TEST_F(ProbeRunTest, FindsThatOnlyPort500HearsAServerThatBearsFiveHalfOpen) {
  Server server;
  server.only_to = 500;
  server.responder.speaks_ikev2 = false;
  for (const auto group : {ike::Group::modp2048, ike::Group::modp1024})
    for (const auto& suite : ike::suites_of(group, ike::Authentication::psk))
      server.responder.accepts.insert(suite);
  const auto& outcome = outcome_of("127.0.0.1");
  EXPECT_EQ(outcome.from_port_500, Outcome::Port500::answers);
  EXPECT_EQ(outcome.findings.count(Standing::accepted), server.responder.accepts.size());
  EXPECT_LE(server.responder.half_open(), 5u);
}

TEST_F(ProbeRunTest, SaysThatAnotherProgramHasPort500) {
  Server server;
  server.only_to = 1;
  const int holder = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
  sockaddr_in name{};
  name.sin_family = AF_INET;
  name.sin_port = htons(500);
  ASSERT_EQ(bind(holder, reinterpret_cast<sockaddr*>(&name), sizeof name), 0);
  const auto& outcome = outcome_of("127.0.0.1");
  EXPECT_EQ(outcome.from_port_500, Outcome::Port500::taken);
  EXPECT_EQ(outcome.findings.verdict(), Verdict::silent);

  result.reset();
  const auto run = begin_probe("127.0.0.1", {.source_port = 500});
  ASSERT_TRUE(run_until([this] { return result.has_value(); }));
  EXPECT_THAT(result->error(), HasSubstr("in use by another program"));
  close(holder);
}

TEST_F(ProbeRunTest, SaysThatThereIsNoWay) {
  const auto run = begin_probe("192.0.2.1");
  ASSERT_TRUE(run_until([this] { return result.has_value(); }));
  EXPECT_THAT(result->error(), HasSubstr("nothing can be sent"));
}

TEST_F(ProbeRunTest, SaysThatANameDoesNotResolve) {
  const auto run = begin_probe("a name with spaces");
  ASSERT_TRUE(run_until([this] { return result.has_value(); }, 30s));
  EXPECT_THAT(result->error(), HasSubstr("does not resolve"));
}

TEST_F(ProbeRunTest, CanBeStoppedWhileItsNameIsLookedUp) {
  const auto run = begin_probe("localhost");
  run->stop();
  ASSERT_TRUE(result);
  EXPECT_EQ(result->error(), "it was interrupted");
  run_for(300ms);
  EXPECT_EQ(changes, 0);
}

TEST_F(ProbeRunTest, TellsNothingAfterItIsGone) {
  Server server;
  auto run = begin_probe("127.0.0.1");
  ASSERT_TRUE(run_until([this] { return changes > 2; }));
  run.reset();
  run_for(300ms);
  EXPECT_FALSE(result);
}

TEST_F(ProbeRunTest, TellsWhatItKnowsWhenStopped) {
  Server server;
  for (const auto& suite : ike::suites_of(ike::Group::ecp384, ike::Authentication::psk))
    server.responder.accepts.insert(suite);
  const auto run = begin_probe("127.0.0.1");
  ASSERT_TRUE(run_until([this] { return changes > 10; }));
  run->stop();
  ASSERT_TRUE(run_until([this] { return result.has_value(); }));
  EXPECT_TRUE(result->value().findings.out_of_time);
  EXPECT_TRUE(run_until([&] { return server.responder.half_open() == 0; }, 1s));
}

}  // namespace
}  // namespace l2tp::probe
