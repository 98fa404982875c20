#include "cli/output.h"

#include <unistd.h>

#include <array>
#include <cstdlib>

namespace l2tp::cli {

std::string toned(Tone tone, std::string_view text) {
  static const bool in_colour = isatty(STDOUT_FILENO) != 0 && std::getenv("NO_COLOR") == nullptr;
  if (!in_colour) return std::string{text};
  constexpr std::array codes{"32", "33", "31", "1", "2"};
  return "\033[" + std::string{codes[static_cast<std::size_t>(tone)]} + "m" + std::string{text} + "\033[0m";
}

std::string paragraph(std::string_view text, std::size_t indent) {
  constexpr std::size_t width = 100;
  const std::string margin(indent, ' ');
  std::string lines, line = margin;
  for (std::size_t at = 0; at < text.size();) {
    const auto end = std::min(text.find_first_of(" \n", at), text.size());
    const auto word = text.substr(at, end - at);
    if (line.size() > indent && line.size() + 1 + word.size() > width) {
      lines += line + "\n";
      line = margin;
    }
    if (line.size() > indent && !word.empty()) line += ' ';
    line += word;
    at = end + 1;
  }
  return lines + line + "\n";
}

}  // namespace l2tp::cli
