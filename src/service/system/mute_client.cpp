#include "service/system/mute_client.h"

#include <algorithm>
#include <array>
#include <filesystem>
#include <fstream>
#include <sstream>
#include <string_view>
#include <vector>

namespace l2tp {

namespace {

constexpr std::size_t longest_command_line = 65536;  // bytes; a stranger's may have megabytes

std::vector<std::string> arguments_in(const std::filesystem::path& command_line) {
  std::ifstream file{command_line, std::ios::binary};
  std::string text(longest_command_line, '\0');
  file.read(text.data(), static_cast<std::streamsize>(text.size()));
  text.resize(static_cast<std::size_t>(file.gcount()));
  std::istringstream words{text};
  std::vector<std::string> arguments;
  for (std::string argument; std::getline(words, argument, '\0');) arguments.push_back(argument);
  return arguments;
}

// nmcli takes any beginning of an option's name, after one hyphen or two.
bool is_option_ask(std::string_view word) {
  if (!word.starts_with('-')) return false;
  word.remove_prefix(word.starts_with("--") ? 2 : 1);
  return !word.empty() && std::string_view{"ask"}.starts_with(word);
}

// These may run for long while another brings the connection up. nmcli takes any beginning of a command's
// name; of one letter alone others begin as well.
bool is_watching_command(std::string_view word) {
  constexpr std::array<std::string_view, 3> commands{"monitor", "show", "edit"};
  return word.size() >= 2 && std::any_of(commands.begin(), commands.end(), [word](std::string_view command) {
           return command.starts_with(word);
         });
}

}  // namespace

bool is_mute_nmcli(std::span<const std::string> arguments, std::span<const std::string> names) {
  if (arguments.empty() || !std::string_view{arguments[0]}.ends_with("nmcli")) return false;
  const auto words = arguments.subspan(1);
  const bool ours = std::find_first_of(words.begin(), words.end(), names.begin(), names.end()) != words.end();
  return ours && std::none_of(words.begin(), words.end(), [](std::string_view word) {
           return is_option_ask(word) || word == "passwd-file" || is_watching_command(word);
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
