// Hands the tunnel to NetworkManager, which does the rest: addresses, routes, DNS.
#pragma once

#include <memory>

#include "service/activation.h"
#include "service/network_manager.h"
#include "service/stage.h"

namespace l2tp {

class HandoverStage final : public StageBase {
 public:
  HandoverStage(Activation& activation, Clock& clock, NetworkManagerSink& sink)
      : activation_(activation), clock_(clock), sink_(sink) {}

  [[nodiscard]] Stage id() const override { return Stage::handover; }
  [[nodiscard]] Milliseconds deadline() const override { return Milliseconds{5000}; }
  [[nodiscard]] Failure timed_out() const override { return failure("handover-failed", "it took too long"); }
  void start(Started started, Lost lost) override;
  void stop(Stopped stopped) override;  // NetworkManager takes back what it set up

 private:
  void look_at_route(int looks);
  [[nodiscard]] bool tunnel_swallows_itself() const;

  Activation& activation_;
  Clock& clock_;
  NetworkManagerSink& sink_;
  Lost lost_;
  std::unique_ptr<Clock::Timer> next_look_;
};

// The dictionaries, apart from the sending, so that tests can look at them.
VariantPtr general_config(const Activation& activation);
VariantPtr ip4_config(const Activation& activation);
VariantPtr ip6_config(const Activation& activation);

}  // namespace l2tp
