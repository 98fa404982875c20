// The UDP source port: 1701, or another one if the profile asks for it or somebody holds 1701.
#pragma once

#include "service/activation.h"
#include "service/stage.h"

namespace l2tp {

class PortStage final : public StageBase {
 public:
  explicit PortStage(Activation& activation) : activation_(activation) {}

  [[nodiscard]] Stage id() const override { return Stage::port; }
  [[nodiscard]] Milliseconds deadline() const override { return Milliseconds{2000}; }
  [[nodiscard]] Failure timed_out() const override { return failure("port-unavailable", "it took too long"); }
  void start(Started started, Lost lost) override;
  void stop(Stopped stopped) override;

 private:
  Activation& activation_;
};

}  // namespace l2tp
