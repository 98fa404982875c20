// PPP: pppd has come, authenticated and negotiated addresses.
#pragma once

#include <memory>

#include "core/ppp_conversation.h"
#include "service/activation.h"
#include "service/ppp_link.h"
#include "service/stage.h"
#include "service/system/foreign_process.h"

namespace l2tp {

class PppStage final : public StageBase {
 public:
  PppStage(Activation& activation, Clock& clock) : activation_(activation), clock_(clock) {}

  [[nodiscard]] Stage id() const override { return Stage::ppp; }
  [[nodiscard]] Milliseconds deadline() const override { return Milliseconds{30000}; }
  [[nodiscard]] Failure timed_out() const override;
  void start(Started started, Lost lost) override;
  void stop(Stopped stopped) override;

 private:
  void enter(std::string_view phase);
  void take(bool from_us, std::string_view packet);
  void ip4_up(PppLink::Ipv6 ipv6);
  void done();
  void exiting(std::uint32_t status);
  [[nodiscard]] Failure failure_of(std::uint32_t status) const;
  void fail(const Failure& failure);

  Activation& activation_;
  Clock& clock_;
  std::unique_ptr<ForeignProcess> pppd_;
  PppConversation conversation_;
  std::string phase_;
  bool asked_ = false;  // pppd has begun to send
  Started started_;
  Lost lost_;
  std::unique_ptr<Clock::Timer> silence_;
  std::unique_ptr<Clock::Timer> ipv6_patience_;
  std::unique_ptr<Clock::Timer> last_word_;  // xl2tpd's, when pppd was told to end
};

}  // namespace l2tp
