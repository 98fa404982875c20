// A file of any of the known formats -> what a connection profile can be made of.
#pragma once

#include "import/daemon_files.h"
#include "import/imported.h"

namespace l2tp::import {

// Recognises the format by the content and reads it. The error is a sentence; that of a file of no known
// format names the known ones. Values are as the file has them: whoever makes a profile of them checks them.
ImportResult import_foreign(std::string_view bytes, const ReadBeside& read);

}  // namespace l2tp::import
