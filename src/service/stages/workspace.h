// The ground that a connection stands on: what dead services left is gone, and the run directory is ours.
#pragma once

#include <memory>

#include "service/activation.h"
#include "service/stage.h"
#include "service/sweep.h"

namespace l2tp {

class WorkspaceStage final : public StageBase {
 public:
  WorkspaceStage(Activation& activation, Clock& clock)
      : activation_(activation), clock_(clock), sweep_(clock) {}

  [[nodiscard]] Stage id() const override { return Stage::workspace; }
  [[nodiscard]] Milliseconds deadline() const override { return Milliseconds{6000}; }
  [[nodiscard]] Failure timed_out() const override;
  void start(Started started, Lost lost) override;
  void stop(Stopped stopped) override;

 private:
  void claim();

  Activation& activation_;
  Clock& clock_;
  Sweep sweep_;
  Started started_;
  std::unique_ptr<Clock::Timer> retry_;
};

}  // namespace l2tp
