#include "service/stages/ipsec.h"

#include "service/sweep.h"
#include "service/system/journal.h"
#include "service/system/xfrm.h"

namespace l2tp {

Failure IpsecStage::timed_out() const {
  return failure("ipsec-silent", activation_.endpoints.gateway.to_string() + " did not answer within 20 s");
}

void IpsecStage::start(Started started, Lost lost) {
  const auto& endpoints = activation_.endpoints;
  if (const auto record = activation_.run_dir->write(flow_file, flow_record(endpoints)); !record)
    return started(failure("workspace-failed", record.error()));
  guarded_ = true;
  if (const auto error = xfrm::add_guard(endpoints)) return started(failure("ipsec-guard-failed", *error));
  daemon_->start(activation_.name(), *activation_.settings.ipsec, endpoints, std::move(started),
                 std::move(lost));
}

void IpsecStage::stop(Stopped stopped) {
  if (!guarded_) return stopped();
  daemon_->stop([this, stopped = std::move(stopped)] {
    const auto& endpoints = activation_.endpoints;
    if (daemon_->gone()) {
      if (const auto error = xfrm::remove_remains(endpoints))
        journal::log(journal::Level::warning,
                     "what the dead IPsec daemon left in the kernel could not be removed: " + *error);
    }
    if (const auto error = xfrm::remove_guard(endpoints))
      journal::log(journal::Level::warning, "the guard policy could not be removed: " + *error);
    stopped();
  });
}

}  // namespace l2tp
