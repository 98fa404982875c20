// IPsec for exactly the L2TP flow: the guard first, then the daemon's policy and SAs; taken away in the
// reverse order.
#pragma once

#include <memory>

#include "service/activation.h"
#include "service/ipsec/daemon.h"
#include "service/stage.h"

namespace l2tp {

class IpsecStage final : public StageBase {
 public:
  IpsecStage(Activation& activation, std::unique_ptr<IpsecDaemon> daemon)
      : activation_(activation), daemon_(std::move(daemon)) {}

  [[nodiscard]] Stage id() const override { return Stage::ipsec; }
  [[nodiscard]] Milliseconds deadline() const override { return Milliseconds{20000}; }
  [[nodiscard]] Failure timed_out() const override;
  void start(Started started, Lost lost) override;
  void stop(Stopped stopped) override;

 private:
  [[nodiscard]] std::optional<Failure> bypassed() const;
  void clean_kernel();

  Activation& activation_;
  std::unique_ptr<IpsecDaemon> daemon_;
  bool guarded_ = false;
};

}  // namespace l2tp
