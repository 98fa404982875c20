#include "service/stages/ipsec.h"

#include "service/sweep.h"
#include "service/system/journal.h"
#include "service/system/xfrm.h"

namespace l2tp {

Failure IpsecStage::timed_out() const {
  return daemon_->timed_out();
}

void IpsecStage::start(Started started, Lost lost) {
  const auto& endpoints = activation_.endpoints;
  if (const auto record = activation_.run_dir->write(flow_file, flow_record(endpoints)); !record)
    return started(failure("workspace-failed", record.error()));
  guarded_ = true;
  if (const auto error = xfrm::add_guard(endpoints)) return started(failure("ipsec-guard-failed", *error));
  daemon_->start(
      activation_.name(), *activation_.settings.ipsec, endpoints,
      [this, started = std::move(started)](std::optional<Failure> failure) {
        if (!failure) failure = bypassed();
        started(std::move(failure));
      },
      std::move(lost));
  activation_.settings.ipsec->psk.wipe();
}

// An administrator's policy that lets our flow pass would win over the daemon's and the guard's.
std::optional<Failure> IpsecStage::bypassed() const {
  const auto policy = xfrm::bypass_of(activation_.endpoints);
  if (!policy) return std::nullopt;
  return failure("ipsec-bypassed", *policy);
}

void IpsecStage::stop(Stopped stopped) {
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
