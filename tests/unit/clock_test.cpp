#include "service/system/clock.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "fakes/main_loop.h"

namespace l2tp {
namespace {

using namespace std::chrono_literals;
using testing::AllOf;
using testing::ElementsAre;
using testing::Ge;
using testing::Lt;

TEST(MainLoopClockTest, TimePasses) {
  MainLoopClock clock;
  const auto start = clock.now();
  bool done = false;
  const auto timer = clock.after(30ms, [&done] { done = true; });
  ASSERT_TRUE(run_until([&done] { return done; }));
  EXPECT_THAT(clock.now() - start, AllOf(Ge(29ms), Lt(5s)));
}

TEST(MainLoopClockTest, NothingHappensWithinTheCallThatAsksForIt) {
  MainLoopClock clock;
  bool done = false;
  const auto timer = clock.after(0ms, [&done] { done = true; });
  EXPECT_FALSE(done);
  EXPECT_TRUE(run_until([&done] { return done; }));
}

TEST(MainLoopClockTest, WhatIsDueEarlierHappensEarlier) {
  MainLoopClock clock;
  std::vector<int> order;
  const auto late = clock.after(20ms, [&order] { order.push_back(2); });
  const auto early = clock.after(0ms, [&order] { order.push_back(1); });
  run_until([&order] { return order.size() == 2; });
  EXPECT_THAT(order, ElementsAre(1, 2));
}

TEST(MainLoopClockTest, ATimerHappensOnce) {
  MainLoopClock clock;
  int count = 0;
  const auto timer = clock.after(0ms, [&count] { ++count; });
  run_for(20ms);
  EXPECT_EQ(count, 1);
}

TEST(MainLoopClockTest, AForgottenTimerDoesNotHappen) {
  MainLoopClock clock;
  bool done = false;
  auto timer = clock.after(0ms, [&done] { done = true; });
  timer.reset();
  run_for(20ms);
  EXPECT_FALSE(done);
}

TEST(MainLoopClockTest, ATimerMayGoWithinItsOwnAction) {
  MainLoopClock clock;
  bool done = false;
  std::unique_ptr<Clock::Timer> timer;
  timer = clock.after(0ms, [&] {
    timer.reset();
    done = true;
  });
  EXPECT_TRUE(run_until([&done] { return done; }));
}

TEST(MainLoopClockTest, ATimerMaySetItselfAnew) {
  MainLoopClock clock;
  int count = 0;
  std::unique_ptr<Clock::Timer> timer;
  std::function<void()> again = [&] {
    if (++count < 3) timer = clock.after(0ms, again);
  };
  timer = clock.after(0ms, again);
  EXPECT_TRUE(run_until([&count] { return count == 3; }));
}

}  // namespace
}  // namespace l2tp
