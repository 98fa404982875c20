// Hands the tunnel to NetworkManager, which does the rest: addresses, routes, DNS.
#pragma once

#include "service/activation.h"
#include "service/network_manager.h"
#include "service/stage.h"

namespace l2tp {

class HandoverStage final : public StageBase {
 public:
  HandoverStage(Activation& activation, NetworkManagerSink& sink) : activation_(activation), sink_(sink) {}

  [[nodiscard]] Stage id() const override { return Stage::handover; }
  [[nodiscard]] Milliseconds deadline() const override { return Milliseconds{5000}; }
  [[nodiscard]] Failure timed_out() const override { return failure("handover-failed", "it took too long"); }
  void start(Started started, Lost lost) override;
  void stop(Stopped stopped) override { stopped(); }  // NetworkManager takes back what it set up

 private:
  Activation& activation_;
  NetworkManagerSink& sink_;
};

// The dictionaries, apart from the sending, so that tests can look at them.
VariantPtr general_config(const Activation& activation);
VariantPtr ip4_config(const Activation& activation);
VariantPtr ip6_config(const Activation& activation);

}  // namespace l2tp
