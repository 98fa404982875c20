#include "doctor/machine.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <filesystem>
#include <sstream>

#include "machine/fd.h"
#include "machine/processes.h"

namespace l2tp::doctor {

namespace fs = std::filesystem;

bool Machine::exists(const std::string& path) const {
  return access((root + path).c_str(), F_OK) == 0;
}

bool Machine::is_hidden(const std::string& path) const {
  return access((root + path).c_str(), F_OK) != 0 && errno == EACCES;
}

bool Machine::is_executable(const std::string& path) const {
  std::error_code error;
  const auto status = fs::status(root + path, error);
  constexpr auto any = fs::perms::owner_exec | fs::perms::group_exec | fs::perms::others_exec;
  return fs::is_regular_file(status) && (status.permissions() & any) != fs::perms::none;
}

std::optional<std::string> Machine::read(const std::string& path) const {
  constexpr off_t most = 4 << 20;
  const Fd fd{open((root + path).c_str(), O_RDONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC)};
  struct stat status {};
  if (!fd || fstat(fd.get(), &status) != 0) return std::nullopt;
  if (!S_ISREG(status.st_mode) && !S_ISCHR(status.st_mode)) return std::nullopt;
  if (status.st_size > most) lseek(fd.get(), -most, SEEK_END);
  std::string content;
  char part[16384];
  while (content.size() < static_cast<std::size_t>(most)) {
    const auto got = ::read(fd.get(), part, sizeof part);
    if (got < 0 && (errno == EINTR || errno == EPIPE)) continue;  // EPIPE: the kernel's log went on meanwhile
    if (got <= 0) break;
    content.append(part, static_cast<std::size_t>(got));
  }
  return content;
}

std::vector<std::string> Machine::list(const std::string& folder) const {
  std::vector<std::string> paths;
  std::error_code error;
  for (fs::directory_iterator entry{root + folder, error}, end; !error && entry != end;
       entry.increment(error))
    paths.push_back(folder + "/" + entry->path().filename().string());
  std::sort(paths.begin(), paths.end());
  return paths;
}

std::string Machine::first_of(const std::vector<std::string>& paths) const {
  for (const auto& path : paths)
    if (exists(path)) return path;
  return {};
}

std::vector<int> Machine::processes(const std::string& name) const {
  // Each network has a file of its own there, which anybody may see; of ns/net that is true of root alone.
  const auto network_of = [this](const std::string& process) {
    struct stat status {};
    return stat((root + "/proc/" + process + "/net/unix").c_str(), &status) == 0 ? status.st_ino : 0;
  };
  const auto ours = network_of("self");
  auto pids = process_ids(root);
  std::erase_if(pids, [&](int pid) {
    if (process_name(pid, root) != name) return true;
    const auto theirs = network_of(std::to_string(pid));
    return theirs != 0 && theirs != ours;
  });
  return pids;
}

VariantPtr Machine::network_manager_property(const std::string& path, const char* interface,
                                             const char* property) const {
  const auto reply = call({"org.freedesktop.NetworkManager", path, "org.freedesktop.DBus.Properties", "Get",
                           g_variant_new("(ss)", interface, property)});
  if (!reply || g_variant_is_of_type(reply.value().get(), G_VARIANT_TYPE("(v)")) == FALSE) return nullptr;
  GVariant* value = nullptr;
  g_variant_get(reply.value().get(), "(v)", &value);
  return VariantPtr{value};
}

std::vector<std::string> lines_of(const std::string& text) {
  std::vector<std::string> lines;
  std::istringstream stream{text};
  for (std::string line; std::getline(stream, line);) lines.push_back(line);
  return lines;
}

std::vector<std::string> words_of(const std::string& line) {
  std::vector<std::string> words;
  std::istringstream stream{line};
  for (std::string word; stream >> word;) words.push_back(word);
  return words;
}

}  // namespace l2tp::doctor
