// NetworkManager's connection -> the profile that core understands.
#pragma once

#include "core/settings.h"
#include "libnm/libnm.h"

namespace l2tp {

// Never fails: what is not there is empty, and core says what is missing.
Profile profile_of(NMConnection* connection);

}  // namespace l2tp
