#include "service/sweep.h"

#include <unistd.h>

#include <sstream>

#include "service/activation.h"
#include "service/system/foreign_process.h"
#include "service/system/journal.h"
#include "service/system/xfrm.h"

namespace l2tp {

namespace {

constexpr Milliseconds daemon_patience{1000};  // for each of them

std::string name_of(const RunDir& abandoned) {
  const auto& path = abandoned.path();
  return name_for_daemon(path.substr(path.rfind('/') + 1));
}

}  // namespace

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
  // A dead keeper's stands for no connection, and locked it would pass for a living one's.
  std::erase_if(abandoned_,
                [](const auto& dir) { return access(dir->file("keeper.sock").c_str(), F_OK) == 0; });
  next();
}

void Sweep::cancel() {
  turn_.reset();
  patience_.reset();
  errand_.reset();
  for (const auto& dir : abandoned_) dir->keep();
  abandoned_.clear();
}

void Sweep::next() {
  patience_.reset();
  errand_.reset();
  if (abandoned_.empty()) return std::exchange(done_, {})();
  const auto& path = abandoned_.back()->path();
  const auto uuid = path.substr(path.rfind('/') + 1);
  journal::log(journal::Level::notice, "clearing up after a service that died", {{"NM_L2TP_UUID", uuid}});
  kill_senders();
}

// First of all: what cannot send cannot leak.
void Sweep::kill_senders() {
  if (kill_processes_of(abandoned_.back()->path())) {
    turn_ = clock_.after(Milliseconds{20}, [this] { kill_senders(); });
    return;
  }
  sweep_daemon(0);
}

// Each of the daemons in turn, for the connection may have been any one's.
void Sweep::sweep_daemon(std::size_t backend) {
  errand_.reset();
  if (backend == ipsec_backends().size()) return clean_kernel();
  patience_ = clock_.after(daemon_patience, [this] { give_up(); });
  const auto& dead = *abandoned_.back();
  errand_ = ipsec_backends()[backend].sweep(clock_, name_of(dead), dead.path(), [this, backend] {
    patience_.reset();
    turn_ = clock_.after(Milliseconds{0}, [this, backend] { sweep_daemon(backend + 1); });
  });
}

// A daemon that does not answer must not keep this connection from its start: the next sweep tries again.
void Sweep::give_up() {
  errand_.reset();
  abandoned_.back()->keep();
  drop();
}

void Sweep::clean_kernel() {
  if (const auto flow = parse_flow_record(abandoned_.back()->read(flow_file))) {
    xfrm::remove_remains(*flow);
    xfrm::remove_guard(*flow);
  }
  drop();
}

void Sweep::drop() {
  abandoned_.pop_back();
  turn_ = clock_.after(Milliseconds{0}, [this] { next(); });
}

}  // namespace l2tp
