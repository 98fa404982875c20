// A D-Bus daemon as strict as the system's: nothing is allowed that data/nm-l2tp-service.conf or
// NetworkManager's own policy does not allow.
#pragma once

#include <memory>
#include <string>

#include "core/glib.h"
#include "service/system/child_process.h"

namespace l2tp {

class SystemBus {
 public:
  SystemBus();
  SystemBus(const SystemBus&) = delete;
  SystemBus& operator=(const SystemBus&) = delete;
  ~SystemBus() = default;

  [[nodiscard]] const std::string& address() const { return address_; }

  // A connection of its own; root's, as NetworkManager's is.
  [[nodiscard]] ObjectRef<GDBusConnection> connect() const;

 private:
  std::string address_ = "unix:path=/run/test-bus";
  std::unique_ptr<ChildProcess> daemon_;
};

}  // namespace l2tp
