// The real nm-l2tp-service as NetworkManager starts it, on the test's bus.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "service/system/child_process.h"
#include "system_bus.h"

namespace l2tp {

constexpr const char* first_bus_name = "org.freedesktop.NetworkManager.l2tp.Connection_1";

class ServiceProcess {
 public:
  struct Options {
    std::string program = SERVICE_PROGRAM;
    std::vector<std::string> arguments{"--bus-name", first_bus_name};
    std::string l2tp = "silent";                                        // see fake_xl2tpd.cpp
    std::string log_level = "7";                                        // NM_VPN_LOG_LEVEL
    std::string path = FAKE_PROGRAMS ":/usr/sbin:/usr/bin:/sbin:/bin";  // where it finds xl2tpd
  };

  ServiceProcess(const SystemBus& bus, const Options& options);

  [[nodiscard]] int pid() const { return process_->pid(); }
  void send(int signal) const;
  // Waits for its end; its words ("exit status 0"), or "it runs" if it does not end.
  std::string end(Milliseconds patience = Milliseconds{5000});
  [[nodiscard]] bool has_ended() const { return exit_.has_value(); }
  // All that it and its children said, line by line.
  [[nodiscard]] const std::string& output() const { return output_; }
  [[nodiscard]] std::size_t resident_kilobytes() const;

 private:
  std::unique_ptr<ChildProcess> process_;
  std::string output_;
  std::optional<Exit> exit_;
};

}  // namespace l2tp
