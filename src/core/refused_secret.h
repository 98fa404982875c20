// Which secret a failure refutes, and so which one is worth asking for again.
#pragma once

#include <string_view>

#include "core/failure.h"

namespace l2tp {

// The secret's name in vpn.secrets; empty if no other secret could mend the failure.
std::string_view refused_secret(const Failure& failure);

}  // namespace l2tp
