// What a stage of a connection is.
#pragma once

#include <functional>
#include <optional>

#include "core/failure.h"
#include "service/system/clock.h"

namespace l2tp {

// A stage owns what it makes (a child, a file, a policy), and `stop` removes it, also after a failed or
// half-done start. It decides nothing about other stages: that is Connection's.
class StageBase {
 public:
  // Nothing: the stage is up. A failure: it is not, and will not be.
  using Started = std::function<void(std::optional<Failure>)>;
  using Stopped = std::function<void()>;
  using Lost = std::function<void(Failure)>;

  StageBase() = default;
  StageBase(const StageBase&) = delete;
  StageBase& operator=(const StageBase&) = delete;
  virtual ~StageBase() = default;

  [[nodiscard]] virtual Stage id() const = 0;

  // How long a start may take, and the failure that it is if it takes longer.
  [[nodiscard]] virtual Milliseconds deadline() const = 0;
  [[nodiscard]] virtual Failure timed_out() const = 0;

  // Begins; calls `started` once, at once or later, unless `stop` comes first. `lost` is called at most once,
  // when what was up (or coming up) ends by itself.
  virtual void start(Started started, Lost lost) = 0;

  // Ends whatever `start` began, and calls `stopped` once when nothing is left; must bound its own time.
  virtual void stop(Stopped stopped) = 0;
};

}  // namespace l2tp
