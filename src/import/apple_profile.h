// Apple's configuration profile (.mobileconfig): an XML property list with a payload com.apple.vpn.managed.
// Source: Apple's Device Management reference, "VPN".
#pragma once

#include "import/imported.h"

namespace l2tp::import {

// Also true for a signed profile, which is DER.
bool looks_like_apple_profile(std::string_view bytes);

// The first L2TP payload of the profile; the names of others become notes. A signature is taken off, and not
// checked.
ImportResult read_apple_profile(std::string_view bytes);

}  // namespace l2tp::import
