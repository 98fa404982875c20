// The gateway's IPv4 address, and ours on the way to it.
#pragma once

#include "service/activation.h"
#include "service/stage.h"
#include "service/system/resolver.h"

namespace l2tp {

class ResolveStage final : public StageBase {
 public:
  explicit ResolveStage(Activation& activation) : activation_(activation) {}

  [[nodiscard]] Stage id() const override { return Stage::resolve; }
  [[nodiscard]] Milliseconds deadline() const override { return Milliseconds{10000}; }
  [[nodiscard]] Failure timed_out() const override;
  void start(Started started, Lost lost) override;
  void stop(Stopped stopped) override;

 private:
  std::optional<Failure> take(const Result<Resolver::Answer, std::string>& answer);

  Activation& activation_;
  std::unique_ptr<Resolver> resolver_;
};

}  // namespace l2tp
