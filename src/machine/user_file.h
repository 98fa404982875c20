// A file that a profile names, read with the rights of the user whose profile it is.
//
// NetworkManager runs us as root, and a user may write any path into a profile of his own: what he could not
// read himself he must not learn through us. Newer NetworkManagers have libnm copy such files as the user
// (nm_utils_copy_cert_as_user, since 1.52.2); we do the same and a little more, with every version:
//   - a child process becomes the user before it looks at the path at all (his groups, no capabilities, no
//   way back),
//     so that the kernel decides about every folder, link and file on the way, as it would for his own `cat`;
//   - it opens regular files only (a FIFO or a device is not waited for), of at most 256 KiB;
//   - the content comes back through a pipe into memory that is wiped: no copy lies in any folder;
//   - a path on a file system that does not answer keeps the child waiting, not us;
//   - an error is the system's word about the path, and never holds what is in the file.
#pragma once

#include <chrono>
#include <functional>
#include <memory>
#include <string>

#include "core/result.h"
#include "core/secret.h"

namespace l2tp {

class UserFile {
 public:
  // The error is in words, without the path.
  using Done = std::function<void(Result<Secret, std::string>)>;

  // Reads `path` as the user `owner`, or as ourselves if that is empty. `done` is called once from the main
  // loop, unless this goes before.
  static std::unique_ptr<UserFile> read(const std::string& path, const std::string& owner, Done done);

  UserFile() = default;
  UserFile(const UserFile&) = delete;
  UserFile& operator=(const UserFile&) = delete;
  virtual ~UserFile() = default;
};

// The same for a caller that must answer at once: waits for at most `patience`.
Result<Secret, std::string> read_user_file(const std::string& path, const std::string& owner,
                                           std::chrono::milliseconds patience);

}  // namespace l2tp
