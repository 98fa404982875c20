// Windows' phone book (rasphone.pbk): one section for each connection, with the values of RASENTRY.
// Sources: Microsoft's documentation of the RASENTRY structure (dwVpnStrategy, dwfOptions2), and phone books.
#pragma once

#include "import/imported.h"

namespace l2tp::import {

bool looks_like_windows_phonebook(std::string_view text);

// The first L2TP connection of the phone book; the names of others become notes. `text` is UTF-8.
ImportResult read_windows_phonebook(std::string_view text);

}  // namespace l2tp::import
