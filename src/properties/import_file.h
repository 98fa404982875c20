// A file of any known format -> a connection that NetworkManager can add.
#pragma once

#include <string>

#include "core/result.h"
#include "properties/own_file.h"

namespace l2tp {

// Reads the file at `path`, and what belongs to it beside it. The values are checked as they are for
// connecting: what connecting would refuse is refused here, with its sentence. The connection has an id in
// any case.
Result<OwnFile, std::string> import_file(const std::string& path);

}  // namespace l2tp
