#include "service/sweep.h"

#include <sstream>

#include "service/ipsec/strongswan_vici.h"
#include "service/system/foreign_process.h"
#include "service/system/journal.h"
#include "service/system/xfrm.h"

namespace l2tp {

std::string flow_record(const render::Endpoints& flow) {
  return flow.local.to_string() + " " + std::to_string(flow.source_port) + " " + flow.gateway.to_string() +
         "\n";
}

std::optional<render::Endpoints> parse_flow_record(const std::string& text) {
  std::istringstream words{text};
  std::string local, gateway;
  std::uint16_t port = 0;
  words >> local >> port >> gateway;
  const auto local_address = Ipv4Address::parse(local);
  const auto gateway_address = Ipv4Address::parse(gateway);
  if (!local_address || !gateway_address || port == 0) return std::nullopt;
  return render::Endpoints{*local_address, *gateway_address, port};
}

void Sweep::start(std::function<void()> done) {
  done_ = std::move(done);
  abandoned_ = abandoned_run_dirs();
  next();
}

void Sweep::cancel() {
  alive_ = std::make_shared<bool>(true);  // the former one was what a callback under way asks for
  for (const auto& dir : abandoned_) dir->keep();
  abandoned_.clear();
}

void Sweep::next() {
  if (abandoned_.empty()) return std::exchange(done_, {})();
  const auto& path = abandoned_.back()->path();
  const auto uuid = path.substr(path.rfind('/') + 1);
  journal::log(journal::Level::notice, "clearing up after a service that died", {{"NM_L2TP_UUID", uuid}});
  kill_processes_of(path);  // first: what cannot send cannot leak
  StrongswanVici::sweep(clock_, "nm-l2tp-" + uuid, [this, alive = std::weak_ptr<bool>{alive_}] {
    if (!alive.expired()) clean_kernel();
  });
}

void Sweep::clean_kernel() {
  if (const auto flow = parse_flow_record(abandoned_.back()->read(flow_file))) {
    xfrm::remove_remains(*flow);
    xfrm::remove_guard(*flow);
  }
  abandoned_.pop_back();
  next();
}

}  // namespace l2tp
