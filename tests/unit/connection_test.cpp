#include "service/connection.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>

#include "fakes/fake_clock.h"

namespace l2tp {
namespace {

using namespace std::chrono_literals;
using testing::AllOf;
using testing::ElementsAre;
using testing::ElementsAreArray;
using testing::IsEmpty;

constexpr Stage order[] = {Stage::resolve, Stage::port, Stage::ipsec, Stage::l2tp, Stage::ppp};
constexpr Milliseconds deadline = 10s;
constexpr Milliseconds never{-1};

std::string word(std::string_view what, Stage stage) {
  return std::string{what} + " " + std::string{to_string(stage)};
}

// A stage that does what the test says, and tells the log what it was told.
class FakeStage final : public StageBase {
 public:
  struct Manner {
    Milliseconds start = never;  // how long a start takes; `never`: until the test says so
    Milliseconds stop = 0ms;
    std::optional<Failure> fails;
    bool late = true;  // false: answers within the call itself
  };

  FakeStage(Stage id, Clock& clock, std::vector<std::string>& log) : id_(id), clock_(clock), log_(log) {}

  [[nodiscard]] Stage id() const override { return id_; }
  [[nodiscard]] Milliseconds deadline() const override { return l2tp::deadline; }
  [[nodiscard]] Failure timed_out() const override {
    return failure("ipsec-silent", std::string{to_string(id_)});
  }

  void start(Started started, Lost lost) override {
    log_.push_back(word("start", id_));
    started_ = std::move(started);
    lost_ = std::move(lost);
    if (!manner.late) return started_(manner.fails);
    if (manner.start != never) timer_ = clock_.after(manner.start, [this] { started_(manner.fails); });
  }

  void stop(Stopped stopped) override {
    log_.push_back(word("stop", id_));
    stopped_ = std::move(stopped);
    if (!manner.late) return stopped_();
    if (manner.stop != never) timer_ = clock_.after(manner.stop, [this] { stopped_(); });
  }

  void answer_start(std::optional<Failure> failure = std::nullopt) const { started_(std::move(failure)); }
  void answer_stop() const { stopped_(); }
  void lose() const { lost_(failure("ppp-ended", std::string{to_string(id_)})); }

  Manner manner;

 private:
  Stage id_;
  Clock& clock_;
  std::vector<std::string>& log_;
  Started started_;
  Stopped stopped_;
  Lost lost_;
  std::unique_ptr<Clock::Timer> timer_;
};

// What must hold however a connection ends: what was started, and nothing else, is stopped, once, in the
// reverse order; one result, at the very end.
void expect_a_clean_end(const std::vector<std::string>& log) {
  std::vector<std::string> started, stopped;
  int failing = 0, ended = 0;
  for (const auto& line : log) {
    EXPECT_EQ(ended, 0) << "after the end: " << line;
    if (line.starts_with("start ")) {
      started.push_back(line.substr(6));
      EXPECT_THAT(stopped, IsEmpty()) << "started while stopping: " << line;
    }
    if (line.starts_with("stop ")) stopped.push_back(line.substr(5));
    if (line.starts_with("failing ")) ++failing;
    if (line.starts_with("ended")) ++ended;
  }
  std::reverse(stopped.begin(), stopped.end());
  EXPECT_THAT(stopped, ElementsAreArray(started));
  EXPECT_EQ(ended, 1);
  EXPECT_LE(failing, 1);
  EXPECT_EQ(log.back() == "ended", failing == 0) << log.back();
}

class ConnectionTest : public testing::Test, public Connection::Observer {
 protected:
  void make(std::size_t count) {
    std::vector<std::unique_ptr<StageBase>> owned;
    stages_.clear();
    for (std::size_t i = 0; i < count; ++i) {
      auto stage = std::make_unique<FakeStage>(order[i], clock_, log_);
      stages_.push_back(stage.get());
      owned.push_back(std::move(stage));
    }
    log_.clear();
    connection_ = std::make_unique<Connection>(std::move(owned), clock_, *this);
  }

  // All stages answer by themselves, each a millisecond later.
  void make_willing(std::size_t count) {
    make(count);
    for (auto* stage : stages_) stage->manner = {.start = 1ms, .stop = 1ms};
  }

  void bring_up() {
    connection_->start();
    clock_.advance(100ms);
    ASSERT_EQ(log_.back(), "connected");
    log_.clear();
  }

  std::vector<std::string> take_log() { return std::exchange(log_, {}); }

  void stage_up(Stage stage, Milliseconds took) override {
    log_.push_back(word("up", stage));
    took_.push_back(took);
    if (on_stage_up) on_stage_up();
  }
  void up(Milliseconds took) override {
    log_.emplace_back("connected");
    took_.push_back(took);
  }
  void failing(const Failure& failure) override {
    log_.push_back("failing " + std::string{failure.kind->id} + " " + failure.detail);
  }
  void ended(const std::optional<Failure>& failure) override {
    log_.push_back(failure ? "ended " + std::string{failure->kind->id} + " " + failure->detail : "ended");
    if (on_ended) on_ended();
  }

  FakeClock clock_;
  std::vector<std::string> log_;
  std::vector<Milliseconds> took_;
  std::vector<FakeStage*> stages_;
  std::unique_ptr<Connection> connection_;
  std::function<void()> on_stage_up, on_ended;
};

TEST_F(ConnectionTest, StagesStartOneAfterTheOther) {
  make_willing(3);
  connection_->start();
  clock_.advance(1s);
  EXPECT_THAT(log_, ElementsAre("start resolve", "up resolve", "start port", "up port", "start ipsec",
                                "up ipsec", "connected"));
}

TEST_F(ConnectionTest, AStageThatIsNotUpHoldsTheNextOne) {
  make(2);
  connection_->start();
  clock_.advance(deadline - 1ms);
  EXPECT_THAT(log_, ElementsAre("start resolve"));
}

TEST_F(ConnectionTest, StagesStopInTheReverseOrder) {
  make_willing(3);
  bring_up();
  connection_->end();
  clock_.advance(1s);
  EXPECT_THAT(log_, ElementsAre("stop ipsec", "stop port", "stop resolve", "ended"));
}

TEST_F(ConnectionTest, AStageThatStopsHoldsTheOneBelow) {
  make_willing(2);
  stages_[1]->manner.stop = never;
  bring_up();
  connection_->end();
  clock_.advance(Connection::longest_stop - 1ms);
  EXPECT_THAT(take_log(), ElementsAre("stop port"));
  stages_[1]->answer_stop();
  clock_.advance(1ms);
  EXPECT_THAT(log_, ElementsAre("stop resolve", "ended"));
}

TEST_F(ConnectionTest, NothingHappensWithinTheCallThatAsksForIt) {
  make_willing(1);
  connection_->start();
  EXPECT_THAT(log_, IsEmpty());
  clock_.advance(1s);
  log_.clear();
  connection_->end();
  EXPECT_THAT(log_, IsEmpty());
}

TEST_F(ConnectionTest, StagesThatAnswerAtOnceAreNoDifferent) {
  make(2);
  for (auto* stage : stages_) stage->manner.late = false;
  connection_->start();
  clock_.settle();
  connection_->end();
  clock_.settle();
  EXPECT_THAT(log_, ElementsAre("start resolve", "up resolve", "start port", "up port", "connected",
                                "stop port", "stop resolve", "ended"));
}

TEST_F(ConnectionTest, EachStageIsTimedAndSoIsTheWhole) {
  make_willing(2);
  stages_[0]->manner.start = 30ms;
  stages_[1]->manner.start = 12ms;
  connection_->start();
  clock_.advance(1s);
  EXPECT_THAT(took_, ElementsAre(30ms, 12ms, 42ms));
}

TEST_F(ConnectionTest, AStageThatTakesTooLongHasFailedAsItSays) {
  make_willing(3);
  stages_[1]->manner.start = never;
  connection_->start();
  clock_.advance(1ms);
  take_log();
  clock_.advance(deadline);
  clock_.advance(1s);
  EXPECT_THAT(
      log_, ElementsAre("failing ipsec-silent port", "stop port", "stop resolve", "ended ipsec-silent port"));
}

TEST_F(ConnectionTest, AStageThatIsUpHasNoDeadline) {
  make_willing(2);
  bring_up();
  clock_.advance(24h);
  EXPECT_THAT(log_, IsEmpty());
}

TEST_F(ConnectionTest, AnAttemptThatIsWithinEachDeadlineMayStillBeTooLong) {
  std::vector<std::unique_ptr<StageBase>> owned;
  stages_.clear();
  for (int i = 0; i < 7; ++i) {
    auto stage =
        std::make_unique<FakeStage>(order[static_cast<std::size_t>(i) % std::size(order)], clock_, log_);
    stage->manner = {.start = deadline - 1ms, .stop = 1ms};
    owned.push_back(std::move(stage));
  }
  connection_ = std::make_unique<Connection>(std::move(owned), clock_, *this);
  connection_->start();
  clock_.advance(Connection::longest_start - 1ms);
  EXPECT_TRUE(log_.back().starts_with("start ")) << log_.back();
  clock_.advance(1s);
  EXPECT_TRUE(log_.back().starts_with("ended ipsec-silent")) << log_.back();
  expect_a_clean_end(log_);
}

TEST_F(ConnectionTest, TheUsersPatienceEndsItBeforeNetworkManagerDoes) {
  std::vector<std::unique_ptr<StageBase>> owned;
  stages_.clear();
  owned.push_back(std::make_unique<FakeStage>(Stage::ipsec, clock_, log_));
  connection_ = std::make_unique<Connection>(std::move(owned), clock_, *this, 8s);
  connection_->start();
  clock_.advance(7s);
  EXPECT_THAT(log_, ElementsAre("start ipsec"));
  clock_.advance(999ms);
  EXPECT_THAT(log_, ElementsAre("start ipsec", "failing ipsec-silent ipsec", "stop ipsec",
                                "ended ipsec-silent ipsec"));
}

TEST_F(ConnectionTest, AFailureEndsItAndIsItsResult) {
  make_willing(3);
  stages_[1]->manner.fails = failure("port-unavailable", "all taken");
  connection_->start();
  clock_.advance(1s);
  EXPECT_THAT(log_,
              ElementsAre("start resolve", "up resolve", "start port", "failing port-unavailable all taken",
                          "stop port", "stop resolve", "ended port-unavailable all taken"));
}

TEST_F(ConnectionTest, AStageLostWhileUpEndsIt) {
  make_willing(3);
  bring_up();
  stages_[1]->lose();
  clock_.advance(1s);
  EXPECT_THAT(log_, ElementsAre("failing ppp-ended port", "stop ipsec", "stop port", "stop resolve",
                                "ended ppp-ended port"));
}

TEST_F(ConnectionTest, AStageLostWhileALaterOneStartsEndsIt) {
  make_willing(3);
  stages_[2]->manner.start = never;
  connection_->start();
  clock_.advance(1s);
  take_log();
  stages_[0]->lose();
  clock_.advance(1s);
  EXPECT_THAT(log_, ElementsAre("failing ppp-ended resolve", "stop ipsec", "stop port", "stop resolve",
                                "ended ppp-ended resolve"));
}

TEST_F(ConnectionTest, OnlyTheFirstFailureCounts) {
  make_willing(3);
  bring_up();
  stages_[2]->lose();
  stages_[1]->lose();
  clock_.settle();
  stages_[0]->lose();
  clock_.advance(1s);
  EXPECT_THAT(log_, ElementsAre("failing ppp-ended ipsec", "stop ipsec", "stop port", "stop resolve",
                                "ended ppp-ended ipsec"));
}

TEST_F(ConnectionTest, AFailureBehindAnEndIsNone) {
  make_willing(2);
  bring_up();
  connection_->end();
  stages_[0]->lose();
  clock_.advance(1s);
  EXPECT_THAT(log_, ElementsAre("stop port", "stop resolve", "ended"));
}

TEST_F(ConnectionTest, AnEndBehindAFailureDoesNotHideIt) {
  make_willing(1);
  bring_up();
  stages_[0]->lose();
  connection_->end();
  clock_.advance(1s);
  EXPECT_THAT(log_, ElementsAre("failing ppp-ended resolve", "stop resolve", "ended ppp-ended resolve"));
}

TEST_F(ConnectionTest, AStageThatNeverStopsIsGivenUp) {
  make_willing(3);
  stages_[0]->manner.stop = 5ms;
  stages_[1]->manner.stop = never;
  bring_up();
  connection_->end();
  clock_.advance(2ms);
  EXPECT_THAT(take_log(), ElementsAre("stop ipsec", "stop port"));
  clock_.advance(Connection::longest_stop);
  EXPECT_THAT(take_log(), ElementsAre("stop resolve"));
  stages_[1]->answer_stop();  // it has been given up
  clock_.settle();
  EXPECT_THAT(log_, IsEmpty());
  clock_.advance(1s);
  EXPECT_THAT(log_, ElementsAre("ended"));
}

TEST_F(ConnectionTest, AnEndBeforeTheFirstTurnStartsNothing) {
  make_willing(2);
  connection_->start();
  connection_->end();
  clock_.advance(1s);
  EXPECT_THAT(log_, ElementsAre("ended"));
}

TEST_F(ConnectionTest, AnEndBetweenTwoStagesDoesNotStartTheNextOne) {
  make_willing(2);
  on_stage_up = [this] { connection_->end(); };
  connection_->start();
  clock_.advance(1s);
  EXPECT_THAT(log_, ElementsAre("start resolve", "up resolve", "stop resolve", "ended"));
}

TEST_F(ConnectionTest, AStartAfterTheEndIsNone) {
  make_willing(1);
  connection_->end();
  connection_->start();
  clock_.advance(1s);
  connection_->start();
  clock_.advance(1s);
  EXPECT_THAT(log_, ElementsAre("ended"));
}

TEST_F(ConnectionTest, ALateWordOfAStageIsNothingNew) {
  make_willing(3);
  stages_[2]->manner.start = never;
  connection_->start();
  clock_.advance(1s);
  stages_[0]->answer_start(failure("gateway-unresolved"));
  stages_[1]->answer_start();
  EXPECT_EQ(log_.back(), "start ipsec");
  take_log();
  connection_->end();
  clock_.settle();
  stages_[2]->answer_start();
  stages_[2]->answer_start(failure("ipsec-failed"));
  clock_.advance(1s);
  stages_[2]->answer_start();
  clock_.advance(1s);
  EXPECT_THAT(log_, ElementsAre("stop ipsec", "stop port", "stop resolve", "ended"));
}

TEST_F(ConnectionTest, ItMayGoWithinItsLastWord) {
  make_willing(2);
  on_ended = [this] { connection_.reset(); };
  bring_up();
  connection_->end();
  clock_.advance(1s);
  EXPECT_EQ(log_.back(), "ended");
  EXPECT_TRUE(clock_.idle());
}

TEST_F(ConnectionTest, ItMayGoAtAnyTime) {
  make_willing(3);
  for (int turns = 0; turns < 12; ++turns) {
    make_willing(3);
    connection_->start();
    for (int turn = 0; turn < turns; ++turn) clock_.advance(1ms);
    if (turns > 6) connection_->end();
    connection_.reset();
    EXPECT_TRUE(clock_.idle()) << turns;
  }
}

enum class Blow { end, failure, loss, loss_below, silence };

// Every way to end, at every step of the main loop, with stages that answer at once and stages that answer
// late.
TEST_F(ConnectionTest, HoweverAndWheneverItEndsItEndsClean) {
  for (const bool late : {false, true}) {
    for (const auto blow : {Blow::end, Blow::failure, Blow::loss, Blow::loss_below, Blow::silence}) {
      for (std::size_t victim = 0; victim < std::size(order); ++victim) {
        for (int moment = 0; moment < 14; ++moment) {
          SCOPED_TRACE(testing::Message() << "late " << late << ", blow " << static_cast<int>(blow)
                                          << ", victim " << victim << ", turn " << moment);
          make(std::size(order));
          for (auto* stage : stages_) stage->manner = {.start = 1ms, .stop = 1ms, .fails = {}, .late = late};
          if (blow == Blow::failure) stages_[victim]->manner.fails = failure("ipsec-failed", "by itself");
          if (blow == Blow::silence) stages_[victim]->manner = {.start = never, .stop = never, .fails = {}};
          connection_->start();
          for (int turn = 0; turn < moment; ++turn)
            if (!clock_.turn()) clock_.advance(1ms);

          const auto was_started = [this](std::size_t index) {
            return std::find(log_.begin(), log_.end(), word("start", order[index])) != log_.end();
          };
          if (blow == Blow::loss && was_started(victim)) stages_[victim]->lose();
          if (blow == Blow::loss_below)
            for (std::size_t below = 0; below < victim; ++below)
              if (was_started(below)) stages_[below]->lose();
          connection_->end();
          connection_->end();
          clock_.advance(30s);
          expect_a_clean_end(log_);
          connection_.reset();
          ASSERT_TRUE(clock_.idle());
          if (HasFailure()) return;
        }
      }
    }
  }
}

// A second blow while the first one's unwinding is at any of its steps changes nothing.
TEST_F(ConnectionTest, ASecondBlowWhileUnwindingChangesNothing) {
  for (int moment = 0; moment < 16; ++moment) {
    for (std::size_t victim = 0; victim < std::size(order); ++victim) {
      make_willing(std::size(order));
      bring_up();
      stages_.back()->lose();
      for (int turn = 0; turn < moment; ++turn)
        if (!clock_.turn()) clock_.advance(1ms);
      stages_[victim]->lose();
      stages_[victim]->answer_start(failure("ipsec-failed"));
      connection_->end();
      clock_.advance(30s);
      EXPECT_THAT(log_, ElementsAre("failing ppp-ended ppp", "stop ppp", "stop l2tp", "stop ipsec",
                                    "stop port", "stop resolve", "ended ppp-ended ppp"));
    }
  }
}

}  // namespace
}  // namespace l2tp
