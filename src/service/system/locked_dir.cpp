#include "service/system/locked_dir.h"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>

#include <cerrno>

namespace l2tp {

namespace {

constexpr int attempts = 5;

bool make(const std::string& path) {
  return mkdir(path.c_str(), 0700) == 0 || errno == EEXIST;
}

bool is_our_own(int fd) {
  struct stat status {};
  if (fstat(fd, &status) != 0) return false;
  if (status.st_uid == geteuid() && (status.st_mode & 077) == 0) return true;
  errno = EPERM;
  return false;
}

// Between opening and locking, the last owner may have removed the directory and another one made it anew.
bool still_there(int fd, const std::string& path) {
  struct stat locked {};
  struct stat named {};
  return fstat(fd, &locked) == 0 && lstat(path.c_str(), &named) == 0 && locked.st_ino == named.st_ino &&
         locked.st_dev == named.st_dev;
}

}  // namespace

Result<Fd, LockError> lock_existing_directory(const std::string& path) {
  Fd fd{open(path.c_str(), O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC)};
  if (!fd || !is_our_own(fd.get())) return Unexpected{LockError::failed};
  if (flock(fd.get(), LOCK_EX | LOCK_NB) != 0)
    return Unexpected{errno == EWOULDBLOCK ? LockError::in_use : LockError::failed};
  if (still_there(fd.get(), path)) return fd;
  errno = ENOENT;
  return Unexpected{LockError::failed};
}

Result<Fd, LockError> lock_directory(const std::string& path) {
  for (int attempt = 0; attempt < attempts; ++attempt) {
    const auto parent = path.substr(0, path.rfind('/'));
    if (!make(parent) || (!make(path) && errno != ENOENT)) return Unexpected{LockError::failed};
    auto locked = lock_existing_directory(path);
    if (locked || locked.error() == LockError::in_use || errno != ENOENT) return locked;
  }
  return Unexpected{LockError::failed};
}

}  // namespace l2tp
