#include "service/system/clock.h"

#include "core/glib.h"

namespace l2tp {

namespace {

class MainLoopTimer final : public Clock::Timer {
 public:
  MainLoopTimer(Milliseconds delay, std::function<void()> action)
      : action_(std::move(action)), source_(g_timeout_add(static_cast<guint>(delay.count()), fire, this)) {}

 private:
  static gboolean fire(gpointer self) {
    auto* timer = static_cast<MainLoopTimer*>(self);
    timer->source_.forget();
    const auto action = std::move(timer->action_);
    action();  // may end this timer
    return G_SOURCE_REMOVE;
  }

  std::function<void()> action_;
  Source source_;
};

}  // namespace

Milliseconds MainLoopClock::now() const {
  return Milliseconds{g_get_monotonic_time() / 1000};
}

std::unique_ptr<Clock::Timer> MainLoopClock::after(Milliseconds delay, std::function<void()> action) {
  return std::make_unique<MainLoopTimer>(delay, std::move(action));
}

}  // namespace l2tp
