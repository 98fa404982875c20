// strongSwan's charon, driven over its VICI socket: one that runs already, or our own.
#pragma once

#include <deque>
#include <functional>
#include <memory>
#include <set>
#include <string>
#include <vector>

#include "service/ipsec/attempt_watch.h"
#include "service/ipsec/daemon.h"
#include "service/ipsec/kept_daemon.h"
#include "service/ipsec/negotiated.h"
#include "service/ipsec/vici_client.h"
#include "service/ipsec/vici_credentials.h"
#include "service/system/clock.h"

namespace l2tp {

class StrongswanVici final : public IpsecDaemon {
 public:
  explicit StrongswanVici(Clock& clock) : clock_(clock) {}

  void start(const IpsecRequest& request, Started started, Lost lost) override;
  void renew() override;
  void stop(Stopped stopped) override;
  [[nodiscard]] bool gone() const override { return gone_; }
  [[nodiscard]] Failure timed_out() const override;
  [[nodiscard]] std::optional<Failure> loss() const override { return loss_; }
  void sas_changed() override { loss_.reset(); }

  // Does not wait: whether a socket takes a connection, and what is installed.
  static DaemonState state();

  // Takes a connection that a dead service left, with its run directory, out of a charon that runs; nothing
  // happens where none runs. Returns what waits for charon's answer, and is not to go within `done`; without
  // it `done` never comes.
  static std::unique_ptr<ViciClient> sweep(const std::string& name, const std::string& directory,
                                           const std::function<void()>& done);

  // What of the SAs in a charon is one connection's alone.
  struct OwnSas {
    std::vector<std::string> ikes;  // IKE_SAs, by charon's number for them
    bool child = false;             // a CHILD_SA in an IKE_SA that others use too
  };

 private:
  std::optional<Failure> find_daemon();
  std::optional<std::string> join_own();
  void await_own_socket();
  std::optional<std::string> connect_control(const std::string& path);
  void refuse(const std::string& why);
  void load();
  void load_certificates();
  void ask_for_algorithms();
  void load_connection();
  bool can_offer(const vici::Section& algorithms);
  void initiate();
  void wait_for_others();
  void take_event(std::string_view event, const vici::Section& message);
  void take_sas(const vici::Section& message);
  void take_identity(const vici::Section& ike);
  void check_servers();
  void lose(const std::string& why);
  void ask_for_sas();
  void finish_if_installed();
  void unload();
  void leave_daemon();
  void attempt_log(std::string_view line);
  [[nodiscard]] IkeOffer offer() const;
  void take_log(const vici::Section& message);
  void finish(std::optional<Failure> failure);

  Clock& clock_;
  bool private_ = false;
  std::string name_;
  render::Endpoints endpoints_;
  IkeOffer offer_;
  vici::Section connection_;
  vici::Section shared_key_;
  std::unique_ptr<ViciCredentials> certificates_;  // null with a pre-shared key
  std::string directory_;                          // the run directory
  std::set<std::string, std::less<>> ike_sas_;     // charon's numbers of those that have come up
  std::deque<std::string> unchecked_;  // who their other sides proved to be, as far as not looked at yet
  Started started_;
  Lost lost_;
  Stopped stopped_;
  std::string socket_;
  std::unique_ptr<KeptDaemon> own_;
  std::unique_ptr<ViciClient> control_;
  std::unique_ptr<ViciClient>
      initiator_;  // waits for the attempt's result while `control_` stays free to end it
  std::unique_ptr<AttemptWatch> watch_;
  std::string ike_sa_;           // charon's number of the one that our SAs belong to
  std::optional<Failure> loss_;  // since they came up
  bool initiated_ = false;
  bool checking_ = false;
  std::optional<NegotiatedAlgorithms> installed_;
  bool gone_ = false;
  int restarts_ = 0;
  OwnSas own_sas_;             // as it ends
  bool others_first_ = false;  // as the last list of SAs showed
  int waits_ = 0;
  std::unique_ptr<Clock::Timer> retry_;
  std::unique_ptr<Clock::Timer> unload_patience_;
};

}  // namespace l2tp
