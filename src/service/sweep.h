// Removes what dead services left: their processes, IPsec connections, kernel policies and files.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "core/render/endpoints.h"
#include "service/ipsec/selection.h"
#include "service/system/clock.h"
#include "service/system/run_dir.h"

namespace l2tp {

// The flow that a connection protects, as its run directory remembers it for whoever must clean up after it.
std::string flow_record(const render::Endpoints& flow);
std::optional<render::Endpoints> parse_flow_record(const std::string& text);
inline constexpr const char* flow_file = "flow";

class Sweep {
 public:
  explicit Sweep(Clock& clock) : clock_(clock) {}
  Sweep(const Sweep&) = delete;
  Sweep& operator=(const Sweep&) = delete;
  ~Sweep() { cancel(); }

  // Finds the run directories without an owner and clears up what they stand for; `done` when nothing of it
  // is left.
  void start(std::function<void()> done);

  // Stops where it is; what is not cleared up yet stays for the next sweep.
  void cancel();

 private:
  void next();
  void kill_senders();
  void sweep_daemon(std::size_t backend);
  void give_up();
  void clean_kernel();
  void drop();

  Clock& clock_;
  std::vector<std::unique_ptr<RunDir>> abandoned_;
  std::function<void()> done_;
  std::unique_ptr<Clock::Timer> turn_;
  std::unique_ptr<Clock::Timer> patience_;
  Errand errand_;  // with one daemon
};

}  // namespace l2tp
