// Where packets leave this machine, as the kernel decides it now.
#pragma once

#include "core/address.h"

namespace l2tp {

// The index of the link by which packets to `address` leave; 0: there is no way to it.
unsigned link_towards(const Ipv4Address& address);

}  // namespace l2tp
