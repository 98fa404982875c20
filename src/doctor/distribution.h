// How this distribution's users install things.
#pragma once

#include <string>

#include "doctor/machine.h"

namespace l2tp::doctor {

enum class Software { network_manager, strongswan, libreswan, xl2tpd, pppd, kernel_modules };

// The command that installs it, as /etc/os-release tells; for another distribution, a sentence.
std::string how_to_install(const Machine& machine, Software software);

}  // namespace l2tp::doctor
