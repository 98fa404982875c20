#include "service/stages/resolve.h"

namespace l2tp {

Failure ResolveStage::timed_out() const {
  return failure("gateway-unresolved", activation_.settings.gateway + " (no answer from DNS)");
}

void ResolveStage::start(Started started, Lost) {
  resolver_ = std::make_unique<Resolver>();
  resolver_->resolve(
      activation_.settings.gateway,
      [this, started](const Result<Resolver::Answer, std::string>& answer) { started(take(answer)); });
}

std::optional<Failure> ResolveStage::take(const Result<Resolver::Answer, std::string>& answer) {
  const auto& gateway = activation_.settings.gateway;
  if (!answer) return failure("gateway-unresolved", gateway + " (" + answer.error() + ")");
  const auto& addresses = answer.value().ipv4;
  if (addresses.empty())
    return answer.value().ipv6 ? failure("gateway-only-ipv6", gateway)
                               : failure("gateway-unresolved", gateway);

  const auto source = Resolver::source_address(addresses.front());
  if (!source)
    return failure("gateway-unreachable", addresses.front().to_string() + " (" + source.error() + ")");
  activation_.endpoints.gateway = addresses.front();
  activation_.endpoints.local = source.value();
  return std::nullopt;
}

void ResolveStage::stop(Stopped stopped) {
  resolver_.reset();
  stopped();
}

}  // namespace l2tp
