// The run directory of one connection, /run/nm-l2tp/UUID: its files, and the proof that its owner lives.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "core/result.h"
#include "service/system/locked_dir.h"

namespace l2tp {

// Writes all of it, or returns false with errno.
bool write_all(int fd, std::string_view content);

// Creates a file of mode 0600 that is not there yet (O_EXCL, O_NOFOLLOW). The error names what went wrong.
Result<std::string, std::string> create_file(const std::string& path, std::string_view content);

class RunDir {
 public:
  RunDir(std::string path, Fd lock) : path_(std::move(path)), lock_(std::move(lock)) {}
  RunDir(const RunDir&) = delete;
  RunDir& operator=(const RunDir&) = delete;
  // Removes the directory with all that is in it.
  ~RunDir();

  [[nodiscard]] const std::string& path() const { return path_; }
  [[nodiscard]] std::string file(std::string_view name) const { return path_ + "/" + std::string{name}; }

  // Creates one of its files, as above.
  [[nodiscard]] Result<std::string, std::string> write(std::string_view name, std::string_view content) const;
  // The content of one of its files; empty if there is none.
  [[nodiscard]] std::string read(std::string_view name) const;
  // True if no former owner left anything in it.
  [[nodiscard]] bool empty() const;
  // Leaves it as it is when this goes, for whoever locks it next; or not, after all.
  void keep(bool kept = true) { kept_ = kept; }

 private:
  std::string path_;
  Fd lock_;
  bool kept_ = false;
};

// The run directories whose owners are dead: locked for us, with all that they hold.
std::vector<std::unique_ptr<RunDir>> abandoned_run_dirs();

}  // namespace l2tp
