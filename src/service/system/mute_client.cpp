#include "service/system/mute_client.h"

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <string_view>
#include <vector>

namespace l2tp {

namespace {

std::vector<std::string> arguments_in(const std::filesystem::path& command_line) {
  std::vector<std::string> arguments;
  std::ifstream file{command_line, std::ios::binary};
  for (std::string argument; std::getline(file, argument, '\0');) arguments.push_back(argument);
  return arguments;
}

// nmcli takes any beginning of an option's name, after one hyphen or two.
bool is_option_ask(std::string_view word) {
  if (!word.starts_with('-')) return false;
  word.remove_prefix(word.starts_with("--") ? 2 : 1);
  return !word.empty() && std::string_view{"ask"}.starts_with(word);
}

}  // namespace

bool is_mute_nmcli(std::span<const std::string> arguments, std::span<const std::string> names) {
  if (arguments.empty() || !std::string_view{arguments[0]}.ends_with("nmcli")) return false;
  const auto words = arguments.subspan(1);
  const bool ours = std::find_first_of(words.begin(), words.end(), names.begin(), names.end()) != words.end();
  return ours && std::none_of(words.begin(), words.end(), [](std::string_view word) {
           return is_option_ask(word) || word == "passwd-file";
         });
}

bool brought_up_by_mute_nmcli(std::span<const std::string> names) {
  std::error_code error;
  for (std::filesystem::directory_iterator entry{"/proc", error}, end; !error && entry != end;
       entry.increment(error)) {
    const auto name = entry->path().filename().string();
    if (name.find_first_not_of("0123456789") != std::string::npos) continue;
    if (is_mute_nmcli(arguments_in(entry->path() / "cmdline"), names)) return true;
  }
  return false;
}

}  // namespace l2tp
