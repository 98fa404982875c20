// What a connection gives NetworkManager: the seam between the stages and D-Bus.
#pragma once

#include "core/glib.h"

namespace l2tp {

class NetworkManagerSink {
 public:
  virtual ~NetworkManagerSink() = default;
  // Dictionaries (a{sv}) with the keys of nm-vpn-dbus-interface.h; the sink takes ownership.
  virtual void config(VariantPtr config) = 0;
  virtual void ip4_config(VariantPtr config) = 0;
  virtual void ip6_config(VariantPtr config) = 0;
};

}  // namespace l2tp
