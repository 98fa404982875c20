// NetworkManager's connection -> the profile that core understands.
#pragma once

#include "core/settings.h"
#include "libnm/libnm.h"

namespace l2tp {

// The VPN service that an L2TP connection names, and the name that it has on the bus.
inline constexpr const char* service_type = "org.freedesktop.NetworkManager.l2tp";

// The VPN setting of an L2TP connection; nullptr if it is a connection of another kind.
NMSettingVpn* l2tp_setting(NMConnection* connection);

// Never fails: what is not there is empty, and core says what is missing.
Profile profile_of(NMConnection* connection);

}  // namespace l2tp
