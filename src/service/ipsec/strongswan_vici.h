// strongSwan's charon, driven over its VICI socket: one that runs already, or our own.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "service/ipsec/daemon.h"
#include "service/ipsec/kept_daemon.h"
#include "service/ipsec/vici_client.h"
#include "service/system/clock.h"

namespace l2tp {

class StrongswanVici final : public IpsecDaemon {
 public:
  explicit StrongswanVici(Clock& clock) : clock_(clock) {}

  void start(const std::string& name, const IpsecSettings& ipsec, const render::Endpoints& endpoints,
             Started started, Lost lost) override;
  void stop(Stopped stopped) override;
  [[nodiscard]] bool gone() const override { return gone_; }
  [[nodiscard]] Failure timed_out() const override;

  // Takes a connection that a dead service left out of a charon that runs; nothing happens where none runs.
  // Returns what waits for charon's answer, and is not to go within `done`; without it `done` never comes.
  static std::unique_ptr<ViciClient> sweep(const std::string& name, const std::function<void()>& done);

 private:
  // What was negotiated, in charon's words.
  struct Algorithms {
    std::string ike;
    std::string esp;
  };

  std::optional<Failure> find_daemon();
  std::optional<std::string> join_own();
  void await_own_socket();
  std::optional<std::string> connect_control(const std::string& path);
  void load();
  void initiate();
  void take_sa(const vici::Section& message);
  void lose(const std::string& why);
  void ask_for_sas();
  void finish_if_installed();
  void unload();
  void leave_daemon();
  void attempt_log(std::string_view line);
  void finish(std::optional<Failure> failure);

  Clock& clock_;
  std::string name_;
  vici::Section connection_;
  vici::Section shared_key_;
  Started started_;
  Lost lost_;
  Stopped stopped_;
  std::string socket_;
  std::unique_ptr<KeptDaemon> own_;
  std::unique_ptr<ViciClient> control_;
  std::unique_ptr<ViciClient>
      initiator_;                // waits for the attempt's result while `control_` stays free to end it
  std::optional<Failure> told_;  // what the attempt's log said
  bool initiated_ = false;
  std::optional<Algorithms> installed_;
  bool gone_ = false;
  int restarts_ = 0;
  std::unique_ptr<Clock::Timer> retry_;
  std::unique_ptr<Clock::Timer> doubt_;
  std::unique_ptr<Clock::Timer> unload_patience_;
};

}  // namespace l2tp
