// A directory below /run that one process holds at a time. Plain POSIX: the service and the keeper both use
// it.
#pragma once

#include <optional>
#include <string>

#include "core/result.h"
#include "machine/fd.h"

namespace l2tp {

inline constexpr const char* run_base = "/run/nm-l2tp";

enum class LockError { in_use, failed };  // `failed`: see errno

// Makes `path` (mode 0700, its parent too if need be), refuses what is not a directory of root's own, and
// locks it for as long as the descriptor lives. The lock ends with the process, however that ends.
Result<Fd, LockError> lock_directory(const std::string& path);

// As above, but never makes it: nothing to lock is `failed` with ENOENT.
Result<Fd, LockError> lock_existing_directory(const std::string& path);

}  // namespace l2tp
