#include "service_process.h"

#include <csignal>
#include <fstream>
#include <stdexcept>

#include "fakes/main_loop.h"

namespace l2tp {

ServiceProcess::ServiceProcess(const SystemBus& bus, const Options& options) {
  std::vector<std::string> argv{options.program};
  argv.insert(argv.end(), options.arguments.begin(), options.arguments.end());
  auto process =
      ChildProcess::spawn({.argv = argv,
                           .environment = {{"DBUS_SYSTEM_BUS_ADDRESS", bus.address()},
                                           {"NM_VPN_LOG_LEVEL", options.log_level},
                                           {"FAKE_L2TP", options.l2tp},
                                           {"PATH", options.path}}},
                          {.line = [this](std::string_view line) { output_.append(line).append("\n"); },
                           .exited = [this](Exit exit) { exit_ = exit; }});
  if (!process) throw std::runtime_error{process.error()};
  process_ = std::move(process.value());
}

void ServiceProcess::send(int signal) const {
  kill(pid(), signal);
}

std::string ServiceProcess::end(Milliseconds patience) {
  run_until([this] { return has_ended(); }, patience);
  return exit_ ? exit_->words() : "it runs";
}

std::size_t ServiceProcess::resident_kilobytes() const {
  std::ifstream status{"/proc/" + std::to_string(pid()) + "/status"};
  for (std::string line; std::getline(status, line);)
    if (line.starts_with("VmRSS:")) return std::stoul(line.substr(6));
  return 0;
}

}  // namespace l2tp
