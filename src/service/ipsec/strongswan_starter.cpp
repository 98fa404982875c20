#include "service/ipsec/strongswan_starter.h"

#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <cstring>
#include <utility>

#include "core/log_reader.h"
#include "core/render/ipsec_conf.h"
#include "machine/strongswan.h"
#include "service/ipsec/negotiated.h"
#include "service/ipsec/own_starter.h"
#include "service/ipsec/starter_credentials.h"
#include "service/system/journal.h"
#include "service/system/locked_dir.h"
#include "service/system/run_dir.h"
#include "service/system/xfrm.h"

namespace l2tp {

namespace {

constexpr Milliseconds policy_time{5000};
constexpr Milliseconds death_time{50};

}  // namespace

DaemonState StrongswanStarter::state() {
  using Presence = DaemonState::Presence;
  DaemonState state{.presence = Presence::installed, .ikev1 = strongswan::speaks_ikev1(), .detail = {}};
  if (strongswan::find_starter().empty() || !strongswan::has_plugin("stroke")) {
    state.presence = Presence::absent;
    state.detail = "strongSwan's starter is not installed";
  } else if (KeptDaemon::runs(own_starter::directory()) || own_starter::charon()) {
    state.presence = Presence::ours;
  } else if (strongswan::charon_runs() || own_starter::some_starter_runs()) {
    state.presence = Presence::unreachable;
    state.detail =
        "strongSwan's charon runs without its VICI plugin; install that (Debian: strongswan-swanctl and "
        "libcharon-extra-plugins) and restart it (ipsec restart)";
  }
  return state;
}

void StrongswanStarter::start(const IpsecRequest& request, Started started, Lost lost) {
  name_ = request.name;
  endpoints_ = request.endpoints;
  offer_ = offer_of(request.ipsec);
  started_ = std::move(started);
  lost_ = std::move(lost);
  if (const auto failure = write_files(request)) return finish(failure);
  if (const auto error = join()) return finish(failure("ipsec-daemon-failed", *error));
  await_charon();
}

// The connection's own part comes last: starter may read it the moment that it is there.
std::optional<Failure> StrongswanStarter::write_files(const IpsecRequest& request) {
  own_starter::remove_files(name_);  // the run directory is locked, so they can only be a dead one's
  render::IpsecFiles files;
  if (request.ipsec.certificate_files) {
    auto written = write_credentials(name_, request.ipsec.credentials);
    if (!written) return written.error();
    files = std::move(written.value());
    server_check_ = std::make_unique<ServerCheck>(request);
  }
  const CharPtr instance{g_uuid_string_random()};
  const auto conf = render::ipsec_conf(name_, instance.get(), request.ipsec, request.endpoints, files);
  if (!conf) return failure("ipsec-config-refused", conf.error());
  const auto secret = render::ipsec_secret(request.ipsec, request.endpoints, files);
  if (!secret) return failure("ipsec-config-refused", secret.error());

  const auto secrets =
      create_file(own_starter::file(name_, own_starter::secrets_suffix), secret.value().view());
  if (!secrets) return failure("workspace-failed", secrets.error());
  // No other connection's starter is to read half of it.
  const auto fresh = request.run_dir.write("ipsec.conf.new", conf.value());
  if (!fresh) return failure("workspace-failed", fresh.error());
  conf_ = request.run_dir.file("ipsec.conf");
  if (rename(fresh.value().c_str(), conf_.c_str()) != 0)
    return failure("workspace-failed", conf_ + ": " + std::strerror(errno));
  return std::nullopt;
}

std::optional<std::string> StrongswanStarter::join() {
  own_starter::remove_files_of_the_dead();
  const KeptDaemon::Program program{{strongswan::find_starter(), "--nofork", "--conf", STARTER_IPSEC_CONF},
                                    {{"STRONGSWAN_CONF", own_starter::configuration()}}};
  return KeptDaemon::join(own_starter::directory(), program, own_);
}

void StrongswanStarter::await_charon() {
  // Not before we are in: it may be a charon that is just being ended.
  if (own_->ready()) {
    charon_ = own_starter::charon();
    if (charon_) {
      charon_->watch([this] { lose(); });
      return share_secrets();
    }
    if (own_starter::others_charon_runs())
      return finish(failure("ipsec-daemon-failed", "another charon runs"));
  }
  if (own_->ended()) {
    // Its last user may have left just when we came.
    if (++restarts_ > most_restarts) return finish(failure("ipsec-daemon-failed", "it ended at once"));
    if (const auto error = join()) return finish(failure("ipsec-daemon-failed", *error));
  }
  retry_ = clock_.after(socket_retry, [this] { await_charon(); });
}

// Until charon has read all secrets, nobody else may change which ones there are: of two readings at once the
// older could win.
void StrongswanStarter::share_secrets() {
  auto lock = lock_existing_directory(run_base);
  if (!lock && lock.error() == LockError::failed)
    return finish(failure("workspace-failed", std::string{run_base} + ": " + std::strerror(errno)));
  if (lock) {
    if (const auto error = own_starter::write_shared_secrets())
      return finish(failure("workspace-failed", *error));
    auto asked = StrokeClient::ask(own_starter::socket, {StrokeCommand::reread, {}, StrokeRequest::secrets},
                                   {.line = {}, .done = [this] {
                                      secrets_lock_.reset();
                                      // starter catches signals by now: charon is its child.
                                      own_->reload();
                                      policy_deadline_ = clock_.now() + policy_time;
                                      await_policy();
                                    }});
    if (asked) {
      secrets_lock_ = std::move(lock.value());
      request_ = std::move(asked.value());
      return;
    }
  }
  retry_ = clock_.after(socket_retry, [this] { share_secrets(); });
}

// starter adds the connection and then its policy, and tells nobody; but the kernel knows.
void StrongswanStarter::await_policy() {
  if (xfrm::has_policies(endpoints_)) return initiate();
  if (clock_.now() >= policy_deadline_)
    return finish(failure("ipsec-config-refused", "charon did not take the connection from starter"));
  retry_ = clock_.after(socket_retry, [this] { await_policy(); });
}

void StrongswanStarter::initiate() {
  initiated_ = true;
  watch_ = std::make_unique<AttemptWatch>(clock_, std::make_unique<CharonAttempt>(offer_), endpoints_.gateway,
                                          [this](Failure failure) {
                                            if (started_) finish(std::move(failure));
                                          });
  auto asked = StrokeClient::ask(
      own_starter::socket, {StrokeCommand::initiate, name_},
      {.line = [this](std::string_view line) { attempt_log(line); }, .done = [this] { attempt_ended(); }});
  if (!asked) return finish(failure("ipsec-daemon-lost", asked.error()));
  request_ = std::move(asked.value());
}

void StrongswanStarter::attempt_log(std::string_view line) {
  if (line.empty()) return;
  last_line_ = line;
  journal::log(journal::Level::info, "charon: " + last_line_);
  constexpr std::string_view ike = "selected proposal: IKE:";
  constexpr std::string_view esp = "selected proposal: ESP:";
  if (line.starts_with(ike)) ike_algorithms_ = line.substr(ike.size());
  if (line.starts_with(esp)) esp_algorithms_ = line.substr(esp.size());
  if (started_) watch_->take(line);
}

// What charon says of its success is for people; the kernel has the SAs or it has not.
void StrongswanStarter::attempt_ended() {
  if (!started_) return;
  if (!xfrm::has_sas(endpoints_)) {
    if (watch_->attempt().told()) return finish(watch_->attempt().told());
    // A charon that dies closes its sockets first, and is seen to be gone a moment later.
    retry_ = clock_.after(death_time, [this] {
      finish(watch_->gave_up(last_line_.empty() ? "charon gave no reason" : last_line_));
    });
    return;
  }
  if (!server_check_) return be_up();
  server_check_->start(name_, [this](std::optional<Failure> complaint) {
    if (complaint) return finish(std::move(complaint));
    be_up();
  });
}

// They may be those of a new phase 1, in which the server proved anew who it is.
void StrongswanStarter::sas_changed() {
  if (!server_check_ || gone_) return;
  check_again_ = checking_;
  if (checking_) return;
  checking_ = true;
  server_check_->start(name_, [this](std::optional<Failure> complaint) {
    checking_ = false;
    // Nothing shown: there is no phase 1 at this moment.
    if (complaint && server_check_->was_shown() && lost_) return lost_(std::move(*complaint));
    if (std::exchange(check_again_, false))
      recheck_ = clock_.after(Milliseconds{0}, [this] { sas_changed(); });
  });
}

void StrongswanStarter::be_up() {
  log_ipsec_up({ike_algorithms_, esp_algorithms_});
  finish(std::nullopt);
}

void StrongswanStarter::lose() {
  gone_ = true;
  const auto loss = failure("ipsec-daemon-lost", "charon is gone");
  if (started_) return finish(loss);
  if (lost_) lost_(loss);
}

void StrongswanStarter::renew() {
  if (!charon_ || gone_) return;
  auto asked = StrokeClient::ask(own_starter::socket,
                                 {.command = StrokeCommand::initiate, .name = name_, .quiet = true},
                                 {.line = {}, .done = {}});
  if (asked) renewal_ = std::move(asked.value());
}

Failure StrongswanStarter::timed_out() const {
  if (!charon_) return failure("ipsec-daemon-failed", "it did not start in time");
  if (!initiated_) return failure("ipsec-daemon-failed", "it did not take the connection in time");
  return watch_->timed_out();
}

void StrongswanStarter::finish(std::optional<Failure> failure) {
  retry_.reset();
  if (const auto started = std::exchange(started_, {})) started(std::move(failure));
}

void StrongswanStarter::stop(Stopped stopped) {
  stopped_ = std::move(stopped);
  started_ = {};
  lost_ = {};
  retry_.reset();
  request_.reset();
  watch_.reset();
  renewal_.reset();
  recheck_.reset();
  server_check_.reset();
  secrets_lock_.reset();
  charon_.reset();
  if (!conf_.empty()) unlink(conf_.c_str());
  removal_ = std::make_unique<StarterRemoval>(clock_, name_, [this](bool answered) {
    // A charon that does not answer is as good as gone: what it made goes from the kernel by our own hand.
    gone_ = gone_ || !answered;
    retry_ = clock_.after(Milliseconds{0}, [this] { leave_daemon(); });
  });
  removal_->start();
}

void StrongswanStarter::leave_daemon() {
  removal_.reset();
  if (!own_) return std::exchange(stopped_, {})();
  own_->reload();  // for those who stay, starter forgets the connection
  own_->leave([this] {
    own_starter::remove_files_of_the_dead();
    std::exchange(stopped_, {})();
  });
}

std::unique_ptr<StarterRemoval> StrongswanStarter::sweep(Clock& clock, const std::string& name,
                                                         std::function<void()> done) {
  auto removal = std::make_unique<StarterRemoval>(clock, name, [done = std::move(done)](bool) {
    own_starter::remove_files_of_the_dead();
    done();
  });
  removal->start();
  return removal;
}

}  // namespace l2tp
