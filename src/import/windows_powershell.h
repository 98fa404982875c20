// Windows' VPN cmdlets: a script with Add-VpnConnection, or what Get-VpnConnection prints.
// Source: Microsoft's reference of the VpnClient module.
#pragma once

#include "import/imported.h"

namespace l2tp::import {

bool looks_like_windows_powershell(std::string_view text);

// The first L2TP connection of it; the names of others become notes. `text` is UTF-8.
ImportResult read_windows_powershell(std::string_view text);

}  // namespace l2tp::import
