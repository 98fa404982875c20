#include "service/system/run_dir.h"

#include <fcntl.h>
#include <sys/stat.h>

#include <cerrno>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <sstream>

namespace l2tp {

bool write_all(int fd, std::string_view content) {
  while (!content.empty()) {
    const auto written = ::write(fd, content.data(), content.size());
    if (written < 0 && errno == EINTR) continue;
    if (written <= 0) return false;
    content.remove_prefix(static_cast<std::size_t>(written));
  }
  return true;
}

RunDir::~RunDir() {
  if (kept_) return;
  std::error_code ignored;
  std::filesystem::remove_all(path_, ignored);
}

Result<std::string, std::string> create_file(const std::string& path, std::string_view content) {
  const auto why = [&path] { return Unexpected{path + ": " + std::strerror(errno)}; };
  const Fd fd{open(path.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600)};
  if (!fd || !write_all(fd.get(), content)) return why();
  return path;
}

Result<std::string, std::string> RunDir::write(std::string_view name, std::string_view content) const {
  return create_file(file(name), content);
}

std::string RunDir::read(std::string_view name) const {
  const std::ifstream stream{file(name)};
  std::ostringstream content;
  content << stream.rdbuf();
  return content.str();
}

bool RunDir::empty() const {
  std::error_code ignored;
  return std::filesystem::is_empty(path_, ignored);
}

std::vector<std::unique_ptr<RunDir>> abandoned_run_dirs() {
  std::vector<std::unique_ptr<RunDir>> abandoned;
  std::error_code ignored;
  for (const auto& entry : std::filesystem::directory_iterator{run_base, ignored}) {
    if (!entry.is_directory(ignored) || entry.is_symlink(ignored)) continue;
    const auto path = entry.path().string();
    if (auto lock = lock_existing_directory(path))
      abandoned.push_back(std::make_unique<RunDir>(path, std::move(lock.value())));
  }
  return abandoned;
}

}  // namespace l2tp
