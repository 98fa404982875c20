// IPsec for exactly the L2TP flow: the guard first, then the daemon's policy and SAs; taken away in the
// reverse order. While it is up, SAs that go without new ones in their place are renewed, or the connection
// is lost.
#pragma once

#include <functional>
#include <memory>

#include "service/activation.h"
#include "service/ipsec/daemon.h"
#include "service/stage.h"
#include "service/system/sa_watch.h"

namespace l2tp {

class IpsecStage final : public StageBase {
 public:
  // Chooses the daemon when the stage starts: what the machine has, and what runs, may change between
  // attempts.
  using ChooseDaemon = std::function<Result<std::unique_ptr<IpsecDaemon>, Failure>(const IpsecSettings&)>;

  // A silent server is known to be one 20 s after the user asked, all else included.
  static constexpr Milliseconds longest_start{18000};

  IpsecStage(Activation& activation, Clock& clock, ChooseDaemon choose)
      : activation_(activation), clock_(clock), choose_(std::move(choose)) {}

  [[nodiscard]] Stage id() const override { return Stage::ipsec; }
  [[nodiscard]] Milliseconds deadline() const override { return longest_start; }
  [[nodiscard]] Failure timed_out() const override;
  void start(Started started, Lost lost) override;
  void stop(Stopped stopped) override;

 private:
  [[nodiscard]] std::optional<Failure> bypassed() const;
  void watch_sas();
  void sas_changed();
  void renew();
  void lose(const Failure& failure);
  void clean_kernel();

  Activation& activation_;
  Clock& clock_;
  ChooseDaemon choose_;
  std::unique_ptr<IpsecDaemon> daemon_;
  Lost lost_;
  std::unique_ptr<SaWatch> sa_watch_;
  std::unique_ptr<Clock::Timer> renewal_;
  bool guarded_ = false;
};

}  // namespace l2tp
