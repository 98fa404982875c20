#include "machine/processes.h"

#include <charconv>
#include <filesystem>
#include <fstream>
#include <sstream>

namespace l2tp {

namespace fs = std::filesystem;

std::vector<int> process_ids(const std::string& root) {
  std::vector<int> pids;
  std::error_code error;
  for (const auto& entry : fs::directory_iterator{root + "/proc", error}) {
    const auto name = entry.path().filename().string();
    int pid = 0;
    const auto [end, failed] = std::from_chars(name.data(), name.data() + name.size(), pid);
    if (failed == std::errc{} && end == name.data() + name.size()) pids.push_back(pid);
  }
  return pids;
}

std::string process_name(int pid, const std::string& root) {
  std::ifstream stream{root + "/proc/" + std::to_string(pid) + "/comm"};
  std::string name;
  std::getline(stream, name);
  return name;
}

std::string command_line(int pid, const std::string& root) {
  const std::ifstream stream{root + "/proc/" + std::to_string(pid) + "/cmdline"};
  std::ostringstream text;
  text << stream.rdbuf();
  return text.str();
}

}  // namespace l2tp
