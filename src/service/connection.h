// One activation: the stack of stages, its clock, its one result.
//
// Stages start in order and stop in the reverse one, always all of those that were begun. Ending while
// starting, failing, being told to disconnect and losing a child are one path: unwind from where we are.
#pragma once

#include <cstddef>
#include <memory>
#include <optional>
#include <vector>

#include "core/failure.h"
#include "service/stage.h"
#include "service/system/clock.h"

namespace l2tp {

class Connection {
 public:
  class Observer {
   public:
    virtual ~Observer() = default;
    virtual void stage_up(Stage stage, Milliseconds took) = 0;
    virtual void up(Milliseconds took) = 0;
    // The first failure, at the moment it is known; the unwinding follows.
    virtual void failing(const Failure& failure) = 0;
    // Nothing is left. No failure: it ended because it was told to. Last of all calls; the connection may be
    // destroyed within it.
    virtual void ended(const std::optional<Failure>& failure) = 0;
  };

  // A stop that takes longer than this is given up, so that one stuck stage does not keep the others.
  static constexpr Milliseconds longest_stop{2000};

  // The whole start may take this long: libnm ends an attempt after 60 s, without a reason.
  static constexpr Milliseconds longest_start{55000};

  // `patience`: what the user gives the whole start, if that is less than longest_start; 0: nothing said.
  Connection(std::vector<std::unique_ptr<StageBase>> stages, Clock& clock, Observer& observer,
             Milliseconds patience = Milliseconds{0});

  void start();
  // Ends it from wherever it is; more calls change nothing.
  void end();

 private:
  enum class State { idle, starting, up, unwinding, ended };

  void start_next();
  void stage_started(std::size_t index, const std::optional<Failure>& failure);
  void fail(const Failure& failure);
  void unwind();
  void stop_next();
  void stage_stopped(std::size_t index);

  std::vector<std::unique_ptr<StageBase>> stages_;
  Clock& clock_;
  Observer& observer_;
  Milliseconds patience_;
  State state_ = State::idle;
  std::size_t begun_ = 0;  // stages that were started and not yet stopped: the first `begun_` ones
  std::optional<Failure> failure_;
  Milliseconds connection_start_{};
  Milliseconds stage_start_{};
  std::unique_ptr<Clock::Timer> deadline_;
  std::unique_ptr<Clock::Timer> last_deadline_;  // of the whole start
  std::unique_ptr<Clock::Timer>
      turn_;  // what happens next happens from the main loop, not deep in a stage's own call
};

}  // namespace l2tp
