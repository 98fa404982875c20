// The L2TP tunnel and its one call: xl2tpd as our child, which runs pppd.
#pragma once

#include <memory>

#include "core/log_reader.h"
#include "core/render/pppd_options.h"
#include "service/activation.h"
#include "service/stage.h"
#include "service/system/child_process.h"
#include "service/system/kernel_modules.h"

namespace l2tp {

class L2tpStage final : public StageBase {
 public:
  L2tpStage(Activation& activation, Clock& clock) : activation_(activation), clock_(clock) {}

  [[nodiscard]] Stage id() const override { return Stage::l2tp; }
  [[nodiscard]] Milliseconds deadline() const override { return Milliseconds{15000}; }
  [[nodiscard]] Failure timed_out() const override;
  void start(Started started, Lost lost) override;
  void stop(Stopped stopped) override;

 private:
  void run();
  std::optional<Failure> prepare();
  std::optional<Failure> write_user_certificate(render::PppdEnvironment& environment);
  [[nodiscard]] Failure cause_of(const Failure& failure) const;
  void take_line(std::string_view line);
  void take_failure(Failure failure);
  void pppd_ended(int status);
  void fail(const Failure& failure);
  void clear_up();

  Activation& activation_;
  Clock& clock_;
  KernelModules modules_;
  std::unique_ptr<ChildProcess> xl2tpd_;
  std::optional<L2tpResult> result_;  // why the server closes, until it is said what
  bool stopping_ = false;
  Started started_;
  Lost lost_;
  Stopped stopped_;
  std::unique_ptr<Clock::Timer> again_;
  std::unique_ptr<Clock::Timer> last_word_;  // pppd's, when the server has closed
};

}  // namespace l2tp
