// strongSwan's charon where it has no VICI plugin: run by strongSwan's starter, configured by files, asked
// over its stroke socket. It is always our own, one for all connections; one that the system runs is left
// alone.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "service/ipsec/attempt_watch.h"
#include "service/ipsec/daemon.h"
#include "service/ipsec/kept_daemon.h"
#include "service/ipsec/starter_credentials.h"
#include "service/ipsec/starter_removal.h"
#include "service/ipsec/stroke_client.h"
#include "service/system/clock.h"
#include "service/system/foreign_process.h"

namespace l2tp {

class StrongswanStarter final : public IpsecDaemon {
 public:
  explicit StrongswanStarter(Clock& clock) : clock_(clock) {}

  void start(const IpsecRequest& request, Started started, Lost lost) override;
  void renew() override;
  void sas_changed() override;
  void stop(Stopped stopped) override;
  [[nodiscard]] bool gone() const override { return gone_; }
  [[nodiscard]] Failure timed_out() const override;

  // Does not wait: what is installed, and what runs.
  static DaemonState state();

  // Takes out what a dead service left of connection `name`: its files, what our charon still has of it, and
  // a charon of ours that nobody keeps any more. Returns what waits for charon's answer, and is not to go
  // within `done`; without it `done` never comes.
  static std::unique_ptr<StarterRemoval> sweep(Clock& clock, const std::string& name,
                                               std::function<void()> done);

 private:
  std::optional<Failure> write_files(const IpsecRequest& request);
  std::optional<std::string> join();
  void await_charon();
  void share_secrets();
  void await_policy();
  void initiate();
  void attempt_log(std::string_view line);
  void attempt_ended();
  void be_up();
  void lose();
  void leave_daemon();
  void finish(std::optional<Failure> failure);

  Clock& clock_;
  std::string name_;
  render::Endpoints endpoints_;
  Started started_;
  Lost lost_;
  Stopped stopped_;
  std::string conf_;  // our part of ipsec.conf
  std::unique_ptr<KeptDaemon> own_;
  std::unique_ptr<ForeignProcess> charon_;
  Fd secrets_lock_;
  std::unique_ptr<StrokeClient> request_;
  std::unique_ptr<StrokeClient> renewal_;
  std::unique_ptr<ServerCheck> server_check_;
  bool checking_ = false;     // again, while the connection is up
  bool check_again_ = false;  // once more after this time
  std::unique_ptr<Clock::Timer> recheck_;
  std::unique_ptr<StarterRemoval> removal_;
  IkeOffer offer_;
  std::unique_ptr<AttemptWatch> watch_;
  std::string last_line_;
  std::string ike_algorithms_;
  std::string esp_algorithms_;
  bool initiated_ = false;
  bool gone_ = false;
  int restarts_ = 0;
  Milliseconds policy_deadline_{};
  std::unique_ptr<Clock::Timer> retry_;
};

}  // namespace l2tp
