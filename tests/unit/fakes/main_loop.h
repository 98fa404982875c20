// The main loop, turned by the test.
#pragma once

#include <glib.h>

#include <functional>

#include "core/glib.h"
#include "service/system/clock.h"

namespace l2tp {

// Turns it until `done` holds; false if that takes longer than `patience`. Looks again every few
// milliseconds, because other processes do not wake our loop.
inline bool run_until(const std::function<bool()>& done, Milliseconds patience = Milliseconds{10000}) {
  bool late = false;
  const auto waiting = MainLoopClock{}.after(patience, [&late] { late = true; });
  const Source tick{g_timeout_add(
      2, [](gpointer) -> gboolean { return G_SOURCE_CONTINUE; }, nullptr)};
  while (true) {
    if (done()) return true;
    if (late) return false;
    g_main_context_iteration(nullptr, TRUE);
  }
}

inline void run_for(Milliseconds time) {
  run_until([] { return false; }, time);
}

}  // namespace l2tp
