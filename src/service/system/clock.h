// Time, and things to do later; a seam, so that tests hold the clock.
#pragma once

#include <chrono>
#include <functional>
#include <memory>

namespace l2tp {

using Milliseconds = std::chrono::milliseconds;

class Clock {
 public:
  // Something to do later; forgotten when it goes.
  class Timer {
   public:
    virtual ~Timer() = default;
  };

  virtual ~Clock() = default;
  // Monotonic.
  [[nodiscard]] virtual Milliseconds now() const = 0;
  [[nodiscard]] virtual std::unique_ptr<Timer> after(Milliseconds delay, std::function<void()> action) = 0;
};

// The main loop's clock.
class MainLoopClock final : public Clock {
 public:
  [[nodiscard]] Milliseconds now() const override;
  [[nodiscard]] std::unique_ptr<Timer> after(Milliseconds delay, std::function<void()> action) override;
};

}  // namespace l2tp
