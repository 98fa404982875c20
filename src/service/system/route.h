// Where packets leave this machine, as the kernel decides it now.
#pragma once

#include "core/address.h"

namespace l2tp {

// The index of the link by which packets from our address `local` to `address` leave; 0: there is no way to
// it, or `local` is not ours (any more). A rule of the machine's may send other addresses of ours elsewhere.
unsigned link_towards(const Ipv4Address& address, const Ipv4Address& local);

}  // namespace l2tp
