// Libreswan's pluto, driven by whack: one that runs already, or our own.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "core/log_reader.h"
#include "core/render/libreswan_conf.h"
#include "machine/libreswan.h"
#include "service/ipsec/algorithm_filter.h"
#include "service/ipsec/attempt_watch.h"
#include "service/ipsec/daemon.h"
#include "service/ipsec/kept_daemon.h"
#include "service/ipsec/pluto_control.h"
#include "service/ipsec/pluto_log.h"
#include "service/system/clock.h"
#include "service/system/foreign_process.h"

namespace l2tp {

class Libreswan final : public IpsecDaemon {
 public:
  explicit Libreswan(Clock& clock, std::string programs = libreswan::find_programs())
      : clock_(clock), programs_(std::move(programs)) {}

  void start(const IpsecRequest& request, Started started, Lost lost) override;
  void renew() override;
  void stop(Stopped stopped) override;
  [[nodiscard]] bool gone() const override { return gone_; }
  [[nodiscard]] Failure timed_out() const override;
  [[nodiscard]] std::optional<Failure> loss() const override;
  void sas_changed() override;

  // Asks a pluto that the system runs whether it accepts IKEv1: takes some 50 ms then.
  static DaemonState state();

  // Takes a connection that a dead service left out of a pluto that runs, with its key; nothing happens where
  // none runs. Returns what waits for pluto's answer, and is not to go within `done`; without it `done` never
  // comes.
  static std::unique_ptr<PlutoControl> sweep(const std::string& name, const std::string& directory,
                                             const std::function<void()>& done);

 private:
  std::optional<Failure> prepare(const IpsecRequest& request);
  std::optional<Failure> find_daemon();
  std::optional<std::string> join_own();
  void ask_for_algorithms();
  void await_own_socket();
  void watch_pluto();
  void listen();
  void add();
  void initiate();
  void attempt_line(std::string_view line);
  void read_log();
  void ask_for_port();
  void finish_if_installed(const std::string& words);
  void lose();
  void unload();
  void leave_daemon();
  void finish(std::optional<Failure> failure);

  Clock& clock_;
  std::string programs_;
  std::string name_;
  render::Endpoints endpoints_;
  bool ikev2_ = false;
  std::string conn_;
  std::string secret_file_;  // empty: no pre-shared key
  bool pfs_ = false;
  AlgorithmFilter::Lists wanted_;
  render::LibreswanAnswers answers_;
  Started started_;
  Lost lost_;
  Stopped stopped_;
  std::string rundir_;
  std::unique_ptr<KeptDaemon> own_;
  std::unique_ptr<PlutoControl> control_;
  std::unique_ptr<AlgorithmFilter> filter_;
  std::unique_ptr<PlutoControl> renewal_;
  std::unique_ptr<PlutoControl> states_;  // asked for the port that the attempt uses
  std::unique_ptr<ForeignProcess> pluto_;
  bool listening_ = false;
  bool secret_read_ = false;
  bool initiated_ = false;
  IkeOffer offer_;
  std::unique_ptr<AttemptWatch> watch_;
  std::unique_ptr<PlutoLog> log_;  // null: it is not our pluto
  PlutoAlgorithms algorithms_;
  bool gone_ = false;
  int restarts_ = 0;
  std::unique_ptr<Clock::Timer> retry_;
  std::unique_ptr<Clock::Timer> unload_patience_;
};

}  // namespace l2tp
