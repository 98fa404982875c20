// A clock that stands still until a test lets time pass.
#pragma once

#include <map>
#include <utility>

#include "service/system/clock.h"

namespace l2tp {

class FakeClock final : public Clock {
 public:
  [[nodiscard]] Milliseconds now() const override { return now_; }

  [[nodiscard]] std::unique_ptr<Timer> after(Milliseconds delay, std::function<void()> action) override {
    const Key key{now_ + delay, ++count_};
    due_[key] = std::move(action);
    return std::make_unique<Waiting>(due_, key);
  }

  // Lets `time` pass, doing what falls due, in its order.
  void advance(Milliseconds time) {
    const auto until = now_ + time;
    while (do_next(until)) {
    }
    now_ = until;
  }

  // Does one thing that is due by now; false if there is none.
  bool turn() { return do_next(now_); }

  // Does all that is due by now, and what falls due by it.
  void settle() { advance(Milliseconds{0}); }

  [[nodiscard]] bool idle() const { return due_.empty(); }

 private:
  using Key = std::pair<Milliseconds, unsigned>;  // when, and which of those
  using Due = std::map<Key, std::function<void()>>;

  class Waiting final : public Timer {
   public:
    Waiting(Due& due, Key key) : due_(due), key_(key) {}
    Waiting(const Waiting&) = delete;
    Waiting& operator=(const Waiting&) = delete;
    ~Waiting() override { due_.erase(key_); }

   private:
    Due& due_;
    Key key_;
  };

  bool do_next(Milliseconds until) {
    if (due_.empty() || due_.begin()->first.first > until) return false;
    const auto [key, action] = *due_.begin();
    due_.erase(due_.begin());
    now_ = key.first;
    action();
    return true;
  }

  Due due_;
  Milliseconds now_{1000};
  unsigned count_ = 0;
};

}  // namespace l2tp
