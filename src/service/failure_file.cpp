#include "service/failure_file.h"

#include <fcntl.h>
#include <pwd.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstring>
#include <string_view>
#include <utility>

#include "core/wording.h"
#include "machine/fd.h"
#include "service/system/run_dir.h"

namespace l2tp {

namespace {

constexpr std::size_t largest_record = 65536;  // bytes

Unexpected<std::string> problem(const std::string& what) {
  return Unexpected{what + ": " + std::strerror(errno)};
}

// The directory, made if need be. Only what is ours alone is taken: in any other one, somebody else could
// choose what our names mean.
Result<Fd, std::string> open_directory(const std::string& path) {
  const bool made = mkdir(path.c_str(), 0755) == 0;
  if (!made && errno != EEXIST) return problem(path);
  Fd fd{open(path.c_str(), O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC)};
  struct stat status {};
  if (!fd || fstat(fd.get(), &status) != 0) return problem(path);
  if (status.st_uid != geteuid() || (status.st_mode & 022) != 0)
    return Unexpected{path + ": others than root can write to it"};
  if (made && fchmod(fd.get(), 0755) != 0) return problem(path);  // whatever the umask
  return fd;
}

Result<uid_t, std::string> user_id(const std::string& name) {
  passwd entry{};
  passwd* found = nullptr;
  std::array<char, 16384> buffer{};
  getpwnam_r(name.c_str(), &entry, buffer.data(), buffer.size(), &found);
  if (found == nullptr) return Unexpected{"there is no user " + in_quotes(name)};
  return entry.pw_uid;
}

// Its reader is settled before anything is in it.
bool write_file(int fd, const std::optional<uid_t>& reader, std::string_view content) {
  if (reader && fchown(fd, *reader, static_cast<gid_t>(-1)) != 0) return false;
  return fchmod(fd, reader ? 0400 : 0644) == 0 && write_all(fd, content);
}

std::optional<std::string> replace(const Fd& dir, const std::string& name, const std::optional<uid_t>& reader,
                                   std::string_view content) {
  const auto unfinished = "." + name + ".new";
  unlinkat(dir.get(), unfinished.c_str(), 0);  // one that a killed service left
  const Fd fd{
      openat(dir.get(), unfinished.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600)};
  if (!fd) return problem(unfinished).error;
  if (write_file(fd.get(), reader, content) &&
      renameat(dir.get(), unfinished.c_str(), dir.get(), name.c_str()) == 0)
    return std::nullopt;
  auto why = problem(unfinished).error;
  unlinkat(dir.get(), unfinished.c_str(), 0);
  return why;
}

// Empty if there is no such file, or none that a service can have written.
std::string read_file(const Fd& dir, const std::string& name) {
  const Fd fd{openat(dir.get(), name.c_str(), O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC)};
  struct stat status {};
  if (!fd || fstat(fd.get(), &status) != 0 || !S_ISREG(status.st_mode)) return {};
  std::string content(largest_record, '\0');
  const auto size = ::read(fd.get(), content.data(), content.size());
  content.resize(size > 0 ? static_cast<std::size_t>(size) : 0);
  return content;
}

}  // namespace

FailureFile::FailureFile(std::string uuid, std::string owner, std::string dir)
    : uuid_(std::move(uuid)), owner_(std::move(owner)), dir_(std::move(dir)) {}

std::optional<std::string> FailureFile::keep(const FailureRecord& record) const {
  if (!is_uuid(uuid_)) return "the connection's UUID is none: " + in_quotes(uuid_);
  std::optional<uid_t> reader;
  if (!owner_.empty()) {
    const auto id = user_id(owner_);
    if (!id) return id.error();
    reader = id.value();
  }
  const auto dir = open_directory(dir_);
  if (!dir) return dir.error();
  return replace(dir.value(), uuid_ + ".json", reader, to_json(record));
}

std::optional<std::string> FailureFile::came_up(std::int64_t time) const {
  if (!is_uuid(uuid_) || access(dir_.c_str(), F_OK) != 0) return std::nullopt;
  const auto dir = open_directory(dir_);
  if (!dir) return dir.error();
  const auto text = read_file(dir.value(), uuid_ + ".json");
  if (text.empty()) return std::nullopt;
  auto record = failure_record_from_json(text);
  if (!record) return record.error();
  record.value().up_since = time;
  return keep(record.value());
}

}  // namespace l2tp
