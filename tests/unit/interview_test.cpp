#include "probe/interview.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <random>

#include "core/ike/vendor_ids.h"
#include "fakes/fake_responder.h"

namespace l2tp::probe {
namespace {

using namespace std::chrono_literals;
using ike::Authentication;
using ike::Encryption;
using ike::Group;
using ike::Hash;
using ike::Suite;

constexpr Suite oldest{Encryption::triple_des, Hash::sha1, Group::modp1024, Authentication::psk};
constexpr Suite usual{Encryption::aes256, Hash::sha256, Group::modp2048, Authentication::psk};

// A path of 50 ms to a server and back, on a clock of its own.
class InterviewTest : public testing::Test {
 protected:
  FakeResponder server;
  Milliseconds one_way = 25ms;
  std::function<bool(int)> loses = [](int) { return false; };  // the how-manyth packet towards the server
  std::function<bool(int)> loses_answer = [](int) { return false; };
  // What the server says to a packet.
  std::function<std::optional<ike::Bytes>(const ike::Bytes&)> respond = [this](const ike::Bytes& packet) {
    return server.answer(packet);
  };
  bool closed = false;
  int sent = 0, answers = 0;
  std::size_t largest = 0;  // bytes
  Milliseconds clock = 1'000'000ms;

  const Findings& probe(Plan plan = {}, const std::function<void(Interview&)>& at_each_step = {}) {
    std::mt19937 generator{7};
    interview_ = std::make_unique<Interview>(
        plan, [this](const ike::Bytes& packet) { on_its_way(packet); },
        [&generator](std::span<std::uint8_t> bytes) {
          for (auto& byte : bytes) byte = static_cast<std::uint8_t>(generator());
        });
    interview_->begin(clock);
    for (int steps = 0; !interview_->is_over(); ++steps) {
      if (steps > 100'000) throw std::runtime_error{"it never ends"};
      if (at_each_step) at_each_step(*interview_);
      next_event();
    }
    // What is still under way to the server arrives.
    for (const auto& [time, packet] : std::exchange(path_, {}))
      if (packet.to_server && !closed) (void)respond(packet.bytes);
    return interview_->findings();
  }

  [[nodiscard]] std::set<Suite> accepted() const {
    std::set<Suite> all;
    for (const auto& [suite, standing] : interview_->findings().suites)
      if (standing == Standing::accepted) all.insert(suite);
    return all;
  }

 private:
  struct Packet {
    bool to_server = true, icmp = false;
    ike::Bytes bytes;
  };

  void on_its_way(const ike::Bytes& packet) {
    largest = std::max(largest, packet.size());
    if (loses(sent++)) return;
    path_.emplace(clock + one_way, Packet{.bytes = packet});
  }

  void next_event() {
    const auto wakes = std::max(interview_->wakes_at(), clock);
    if (path_.empty() || std::max(path_.begin()->first, clock) > wakes) {
      clock = wakes;
      return interview_->advance(clock);
    }
    const auto packet = path_.begin()->second;
    clock = std::max(clock, path_.begin()->first);
    path_.erase(path_.begin());
    if (packet.icmp) return interview_->take_unreachable(true, clock);
    if (!packet.to_server) return interview_->take(packet.bytes, clock);
    if (closed) {
      path_.emplace(clock + one_way, Packet{.to_server = false, .icmp = true});
    } else if (const auto answer = respond(packet.bytes); answer && !loses_answer(answers++)) {
      path_.emplace(clock + one_way, Packet{.to_server = false, .bytes = *answer});
    }
  }

  std::multimap<Milliseconds, Packet> path_;
  std::unique_ptr<Interview> interview_;
};

std::set<Suite> cross(const std::vector<Encryption>& encryptions, const std::vector<Hash>& hashes,
                      const std::vector<Group>& groups, const std::vector<Authentication>& authentications) {
  std::set<Suite> all;
  for (const auto encryption : encryptions)
    for (const auto hash : hashes)
      for (const auto group : groups)
        for (const auto authentication : authentications)
          all.insert({encryption, hash, group, authentication});
  return all;
}

const std::set<Suite> strongswan_defaults =
    cross({Encryption::aes128, Encryption::aes192, Encryption::aes256},
          {Hash::sha1, Hash::sha256, Hash::sha384, Hash::sha512},
          {Group::modp2048, Group::modp3072, Group::modp4096, Group::ecp256, Group::ecp384, Group::ecp521},
          {Authentication::psk, Authentication::rsa});

TEST_F(InterviewTest, FindsTheOneOldSuite) {
  server.accepts = {oldest};
  const auto& findings = probe();
  EXPECT_EQ(accepted(), server.accepts);
  EXPECT_EQ(findings.verdict(), Verdict::accepts);
  EXPECT_EQ(findings.count(Standing::refused), 359u);
  EXPECT_EQ(findings.count(Standing::not_asked), 0u);
  EXPECT_EQ(findings.ikev2, Reply::yes);
  EXPECT_EQ(findings.aggressive, Reply::refused);
}

TEST_F(InterviewTest, TellsTheFirstUsableAnswerWithinTwoSecondsAndAllWithinFive) {
  server.accepts = strongswan_defaults;
  const auto& findings = probe();
  EXPECT_EQ(accepted(), strongswan_defaults);
  EXPECT_LE(*findings.first_usable, 2000ms);
  EXPECT_LE(findings.taken, 5000ms);
  EXPECT_EQ(findings.forgets, true);
}

TEST_F(InterviewTest, StaysUnderFiveHalfOpenExchangesAndLeavesNone) {
  for (const auto delay : {1ms, 25ms, 50ms, 150ms}) {
    server = {};
    one_way = delay;
    server.accepts = strongswan_defaults;
    probe({.longest = 60s});
    EXPECT_EQ(accepted(), strongswan_defaults) << delay.count();
    EXPECT_LE(server.highest, 4u) << delay.count();
    EXPECT_EQ(server.ignored, 0) << delay.count();
    EXPECT_EQ(server.half_open(), 0u) << delay.count();
  }
}

TEST_F(InterviewTest, AsksAServerThatDoesNotForgetOnlySoMuchAndSaysSo) {
  server.accepts = strongswan_defaults;
  server.forgets = false;
  const auto& findings = probe();
  EXPECT_EQ(findings.forgets, false);
  EXPECT_EQ(findings.verdict(), Verdict::accepts);
  EXPECT_TRUE(findings.stopped_by_half_open);
  EXPECT_GT(findings.count(Standing::not_asked), 0u);
  EXPECT_LE(server.half_open(), 4u);
  EXPECT_EQ(server.ignored, 0);
}

TEST_F(InterviewTest, WaitsUntilItForgetsIfThereIsTime) {
  server.accepts = cross({Encryption::aes256}, {Hash::sha1, Hash::sha256}, {Group::modp2048, Group::modp1024},
                         {Authentication::psk});
  server.accepts.insert(oldest);
  server.forgets = false;
  server.most_half_open = 100;  // its memory is not told here, only ours
  const auto& findings = probe({.patient = true});
  EXPECT_EQ(accepted(), server.accepts);
  EXPECT_EQ(findings.count(Standing::not_asked), 0u);
  EXPECT_GT(findings.taken, 40s);
}

TEST_F(InterviewTest, AsksPlutoEverythingThoughItKeepsAll) {
  server.accepts = cross({Encryption::aes256, Encryption::aes128}, {Hash::sha1, Hash::sha256},
                         {Group::modp2048, Group::modp1536}, {Authentication::psk});
  server.forgets = false;
  server.refuses_without_cookie = true;
  server.most_half_open = 50'000;
  const auto& findings = probe();
  EXPECT_EQ(accepted(), server.accepts);
  EXPECT_EQ(findings.count(Standing::not_asked), 0u);
}

TEST_F(InterviewTest, StopsAsSoonAsTheServerFallsSilent) {
  server.accepts = strongswan_defaults;
  server.forgets = false;
  server.refuses_without_cookie = true;  // it looks like pluto, but bears less
  server.most_half_open = 12;
  const auto& findings = probe();
  EXPECT_TRUE(findings.fell_silent);
  EXPECT_GT(findings.count(Standing::not_asked), 0u);
}

TEST_F(InterviewTest, TakesSilenceForARefusalWhereTheServerRefusesSo) {
  server.accepts = {usual};
  server.refuses_aloud = false;
  const auto& findings = probe();
  EXPECT_EQ(accepted(), server.accepts);
  EXPECT_EQ(findings.count(Standing::unanswered), 359u);
  EXPECT_LE(findings.taken, 10s);
  EXPECT_EQ(server.ignored, 0);
}

TEST_F(InterviewTest, TellsThatNothingAnswers) {
  loses = [](int) { return true; };
  const auto& findings = probe();
  EXPECT_EQ(findings.verdict(), Verdict::silent);
  EXPECT_LE(findings.taken, 6s);
}

TEST_F(InterviewTest, LeavesNoMoreThanFourExchangesHalfOpenWhereNoAnswerComesBack) {
  server.accepts = strongswan_defaults;
  server.accepts.insert(oldest);
  for (const auto& suite : ike::suites_of(Group::modp1024, Authentication::psk)) server.accepts.insert(suite);
  loses_answer = [](int) { return true; };
  for (const bool patient : {false, true}) {
    const auto& findings = probe({.patient = patient});
    EXPECT_EQ(findings.verdict(), Verdict::silent);
    EXPECT_EQ(server.highest, 4u);
    EXPECT_EQ(server.ignored, 0);
    EXPECT_LE(findings.taken, 6s);
    server = {};
    server.accepts =
        cross({Encryption::aes256}, {Hash::sha1}, {Group::modp2048, Group::modp1024}, {Authentication::psk});
    server.accepts.insert(oldest);
  }
}

TEST_F(InterviewTest, AsksEverythingAfterAllWhenTheFirstAnswerComesLate) {
  server.accepts = {oldest, usual};
  const auto beginning = clock;
  loses = [&](int) { return clock < beginning + 4s; };
  const auto& findings = probe({.longest = 60s});
  EXPECT_EQ(accepted(), server.accepts);
  EXPECT_EQ(findings.count(Standing::not_asked), 0u);
  EXPECT_EQ(findings.aggressive, Reply::refused);
}

// The same packet, as if its sender spoke IKEv2.
ike::Bytes in_ikev2(ike::Bytes packet) {
  packet[17] = 0x20;
  return packet;
}

TEST_F(InterviewTest, GoesOnWhereItsDoubtIsAnsweredInIkev2) {
  std::map<ike::Bytes, ike::Cookie> asked;  // what follows the cookie, and with which one it came first
  respond = [&](const ike::Bytes& packet) -> std::optional<ike::Bytes> {
    if (packet[18] != ike::main_mode) return server.answer(packet);
    ike::Cookie cookie{};
    std::copy_n(packet.begin(), cookie.size(), cookie.begin());
    const bool first = asked.empty();
    const auto known = asked.try_emplace({packet.begin() + 8, packet.end()}, cookie).first;
    if (known->second != cookie) return server.answer(in_ikev2(packet));
    return first ? server.answer(packet) : std::nullopt;
  };
  const auto& findings = probe({.longest = 60s});
  EXPECT_EQ(findings.count(Standing::not_asked), 0u);
  EXPECT_FALSE(findings.fell_silent);
  EXPECT_LE(findings.taken, 50s);
}

TEST_F(InterviewTest, TakesAnAnswerInIkev2ToAggressiveModeForARefusalOfThatAlone) {
  server.refuses_aloud = false;
  constexpr std::uint8_t aggressive_mode = 4;
  respond = [&](const ike::Bytes& packet) {
    return server.answer(packet[18] == aggressive_mode ? in_ikev2(packet) : packet);
  };
  const auto& findings = probe();
  EXPECT_EQ(findings.aggressive, Reply::refused);
  EXPECT_EQ(findings.count(Standing::refused), 0u);
}

TEST_F(InterviewTest, GoesOnAfterAStandstillThoughNoiseComesThen) {
  server.accepts = strongswan_defaults;
  int steps = 0;
  const auto& findings = probe({.longest = 300s}, [&](Interview& interview) {
    if (++steps % 50 != 0) return;
    clock += 3s;
    for (int packets = 0; packets < 20; ++packets) interview.take(ike::Bytes{}, clock);
  });
  EXPECT_EQ(accepted(), strongswan_defaults);
  EXPECT_LE(findings.taken, steps / 50 * 4s + 5s);
  EXPECT_LE(server.highest, 4u);
}

TEST_F(InterviewTest, TellsThatThePortIsClosed) {
  closed = true;
  const auto& findings = probe();
  EXPECT_EQ(findings.verdict(), Verdict::closed);
  EXPECT_LE(findings.taken, 2s);
}

TEST_F(InterviewTest, TellsThatOnlyIkev2IsAnswered) {
  server.speaks_ikev1 = false;
  EXPECT_EQ(probe().verdict(), Verdict::only_ikev2);
}

TEST_F(InterviewTest, TellsThatNothingIsAccepted) {
  const auto& findings = probe();
  EXPECT_EQ(findings.verdict(), Verdict::refuses);
  EXPECT_THAT(findings.refusals, testing::ElementsAre(ike::no_proposal_chosen));
}

TEST_F(InterviewTest, GetsThroughToAServerThatTakesOnePacketInThree) {
  server.accepts = {oldest, usual};
  loses = [](int number) { return number % 3 != 0; };
  const auto& findings = probe();
  EXPECT_EQ(accepted(), server.accepts);
  EXPECT_TRUE(findings.loses_packets());
  EXPECT_EQ(server.ignored, 0);
}

TEST_F(InterviewTest, GetsThroughToAServerThatAnswersOnePacketInThree) {
  std::minstd_rand chance{42};
  server.accepts = {oldest, usual};
  loses_answer = [&chance](int) { return chance() % 3 != 0; };
  const auto& findings = probe();
  EXPECT_EQ(accepted(), server.accepts);
  EXPECT_TRUE(findings.loses_packets());
  EXPECT_EQ(server.ignored, 0);
}

TEST_F(InterviewTest, DoesNotTakeALongWayForALossyOne) {
  one_way = 400ms;
  server.accepts = {oldest, usual};
  const auto& findings = probe({.longest = 60s});
  EXPECT_EQ(accepted(), server.accepts);
  EXPECT_FALSE(findings.loses_packets());
}

TEST_F(InterviewTest, WarnsOfAggressiveModeAndEndsThatExchangeToo) {
  server.accepts = {usual};
  server.aggressive = true;
  EXPECT_EQ(probe().aggressive, Reply::yes);
  EXPECT_EQ(server.half_open(), 0u);
}

TEST_F(InterviewTest, SendsNoPacketThatARouterWouldCut) {
  server.accepts = strongswan_defaults;
  probe();
  EXPECT_LE(largest, 1280u - 40 - 8);  // IPv6's least MTU
}

TEST_F(InterviewTest, ReadsWhoTheServerIs) {
  server.accepts = {usual};
  server.vendor_ids = {ike::ids_of_a_client()[0], ike::ids_of_a_client()[2], {1, 2, 3}};
  const auto& findings = probe();
  EXPECT_TRUE(findings.nat_traversal);
  EXPECT_TRUE(findings.fragmentation);
  EXPECT_THAT(findings.other_ids, testing::ElementsAre("010203"));
}

TEST_F(InterviewTest, EndsWhatIsUnderWayWhenStopped) {
  server.accepts = strongswan_defaults;
  bool stopped = false;
  const auto& findings = probe({}, [&](Interview& interview) {
    if (stopped || interview.findings().count(Standing::accepted) < 5) return;
    stopped = true;
    interview.stop(clock);
  });
  EXPECT_GE(findings.count(Standing::accepted), 5u);
  EXPECT_LT(findings.count(Standing::accepted), 20u);
  EXPECT_EQ(server.half_open(), 0u);
}

TEST_F(InterviewTest, SaysWhatThereWasNoTimeFor) {
  one_way = 400ms;
  server.accepts = strongswan_defaults;
  const auto& findings = probe({.longest = 5s});
  EXPECT_TRUE(findings.out_of_time);
  EXPECT_GT(findings.count(Standing::not_asked), 0u);
  EXPECT_LE(findings.taken, 12s);
  EXPECT_EQ(server.half_open(), 0u);
}

TEST_F(InterviewTest, OneQuestionOfEachKindIsEnoughToHearWhetherThereIsAnAnswer) {
  server.accepts = {usual};
  const auto& findings = probe({.first_only = true});
  EXPECT_EQ(findings.verdict(), Verdict::accepts);
  EXPECT_LE(sent, 6);
}

TEST_F(InterviewTest, SurvivesAnswersOfAnyBytes) {
  std::mt19937 chance{3};
  server.accepts = strongswan_defaults;
  server.vendor_ids = {ike::ids_of_a_client()[0]};
  // Every answer comes damaged first, then as it is.
  const auto& findings = probe({}, [&](Interview& interview) {
    ike::Bytes noise(chance() % 200);
    for (auto& byte : noise) byte = static_cast<std::uint8_t>(chance());
    interview.take(noise, clock);
  });
  EXPECT_EQ(accepted(), strongswan_defaults);
  EXPECT_FALSE(findings.other_choice);
}

// Each question in main mode is answered with the suite `choice`, whatever it offered.
Findings findings_about_a_liar(const Suite& choice, Plan plan) {
  FakeResponder server;
  server.accepts = {choice};
  std::vector<ike::Bytes> lies;
  Interview interview{plan,
                      [&](const ike::Bytes& packet) {
                        if (packet[18] != ike::main_mode) return (void)server.answer(packet);
                        auto other = ike::main_mode_question({9, 9}, std::array{choice});
                        std::copy_n(packet.begin(), 8, other.begin());
                        if (const auto lie = server.answer(other)) lies.push_back(*lie);
                      },
                      [](std::span<std::uint8_t> bytes) {
                        static std::uint8_t next = 0;
                        std::ranges::fill(bytes, ++next);
                      }};
  interview.begin(0ms);
  for (auto now = 1ms; !interview.is_over() && now < 60s; ++now) {
    for (const auto& lie : std::exchange(lies, {})) interview.take(lie, now);
    interview.advance(now);
  }
  EXPECT_TRUE(interview.is_over());
  return interview.findings();
}

TEST_F(InterviewTest, DoesNotBelieveAServerThatChoosesWhatWasNotOffered) {
  const auto findings = findings_about_a_liar(usual, {});
  EXPECT_TRUE(findings.other_choice);
  EXPECT_EQ(findings.count(Standing::accepted), 1u);
}

TEST_F(InterviewTest, LearnsWhetherAServerForgetsFromAChoiceThatWasNotOfferedToo) {
  auto choice = usual;
  choice.authentication = Authentication::rsa;  // those with a key of both sides are asked for first
  for (const bool patient : {false, true}) {
    const auto findings = findings_about_a_liar(choice, {.patient = patient});
    EXPECT_EQ(findings.forgets, true);
    EXPECT_EQ(findings.count(Standing::not_asked), 0u);
    EXPECT_EQ(findings.count(Standing::accepted), 1u);
  }
}

TEST(FindingsTest, StringsToPasteAreOfTheStrongestSuite) {
  Findings findings;
  findings.suites = {{oldest, Standing::accepted}, {usual, Standing::accepted}};
  const auto best = findings.strongest(Authentication::psk);
  ASSERT_TRUE(best);
  EXPECT_EQ(ike_string(*best), "aes256-sha256-modp2048!");
  EXPECT_EQ(esp_string(*best), "aes256-sha256");
  EXPECT_FALSE(findings.strongest(Authentication::rsa));
  EXPECT_TRUE(parse_proposals(ike_string(*best), Phase::one).ok());
  EXPECT_TRUE(parse_proposals(esp_string(*best), Phase::two).ok());
}

}  // namespace
}  // namespace l2tp::probe
