#include "service/stages/ipsec.h"

#include <utility>

#include "service/sweep.h"
#include "service/system/journal.h"
#include "service/system/xfrm.h"

namespace l2tp {

namespace {

constexpr Milliseconds packet_time{1000};
constexpr Milliseconds renewal_time{20000};  // as long as a first attempt has

}  // namespace

Failure IpsecStage::timed_out() const {
  return daemon_->timed_out();
}

void IpsecStage::start(Started started, Lost lost) {
  auto daemon = choose_(*activation_.settings.ipsec);
  if (!daemon) return started(daemon.error());
  daemon_ = std::move(daemon.value());
  lost_ = std::move(lost);

  const auto& endpoints = activation_.endpoints;
  if (const auto record = activation_.run_dir->write(flow_file, flow_record(endpoints)); !record)
    return started(failure("workspace-failed", record.error()));
  guarded_ = true;
  if (const auto error = xfrm::add_guard(endpoints)) return started(failure("ipsec-guard-failed", *error));
  daemon_->start(
      {activation_.name(), activation_.settings.gateway, *activation_.settings.ipsec, endpoints,
       *activation_.run_dir, !activation_.settings.owner.empty()},
      [this, started = std::move(started)](std::optional<Failure> failure) {
        if (!failure) failure = bypassed();
        if (!failure) watch_sas();
        started(std::move(failure));
      },
      [this](const Failure& failure) { lose(failure); });
  activation_.settings.ipsec->psk.wipe();
  activation_.settings.ipsec->credentials.private_key.wipe();
}

void IpsecStage::watch_sas() {
  sa_watch_ = std::make_unique<SaWatch>([this] { sas_changed(); });
}

// The server deleted them, dead peer detection gave it up, or they expired. The policy still blocks what
// would go out in clear, and the next packet makes the daemon ask for new ones; if none comes, we ask.
void IpsecStage::sas_changed() {
  if (xfrm::has_sas(activation_.endpoints)) {
    renewal_.reset();
    return daemon_->sas_changed();
  }
  if (renewal_) return;
  journal::log(journal::Level::notice, "the IPsec SAs are gone; new ones are asked for",
               {{"NM_L2TP_UUID", activation_.settings.uuid}});
  renewal_ = clock_.after(packet_time, [this] { renew(); });
}

void IpsecStage::renew() {
  renewal_ = clock_.after(renewal_time, [this] {
    sa_watch_.reset();
    lose(daemon_->loss().value_or(failure(
        "ipsec-sas-lost", activation_.endpoints.gateway.to_string() + " gave no new ones within 20 s")));
  });
  daemon_->renew();
}

// An administrator's policy that lets our flow pass would win over the daemon's and the guard's.
std::optional<Failure> IpsecStage::bypassed() const {
  const auto policy = xfrm::bypass_of(activation_.endpoints);
  if (!policy) return std::nullopt;
  return failure("ipsec-bypassed", *policy);
}

void IpsecStage::lose(const Failure& failure) {
  if (const auto lost = std::exchange(lost_, {})) lost(failure);
}

void IpsecStage::stop(Stopped stopped) {
  sa_watch_.reset();
  renewal_.reset();
  lost_ = {};
  if (!guarded_) return stopped();
  activation_.run_dir->keep();  // until this is done: should we be given up, the next sweep needs the record
  daemon_->stop([this, stopped = std::move(stopped)] {
    clean_kernel();
    activation_.run_dir->keep(false);
    stopped();
  });
}

void IpsecStage::clean_kernel() {
  const auto& endpoints = activation_.endpoints;
  if (daemon_->gone()) {
    if (const auto error = xfrm::remove_remains(endpoints))
      journal::log(journal::Level::warning,
                   "what the dead IPsec daemon left in the kernel could not be removed: " + *error);
  }
  if (const auto error = xfrm::remove_guard(endpoints))
    journal::log(journal::Level::warning, "the guard policy could not be removed: " + *error);
}

}  // namespace l2tp
