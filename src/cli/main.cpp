// nm-l2tp: what people ask of an L2TP/IPsec connection when it does not work.
#include <algorithm>
#include <array>
#include <clocale>
#include <iostream>
#include <string_view>

#include "cli/command.h"
#include "cli/doctor.h"
#include "cli/explain.h"
#include "cli/probe.h"

namespace l2tp::cli {

namespace {

constexpr std::array commands{
    Command{"doctor", "[--json] [CONNECTION]", "whether everything is there and allowed, and what mends it",
            doctor},
    Command{"explain", "[--json] [CONNECTION | --log FILE|- | --catalogue]",
            "why a connection failed, and what to do", explain},
    Command{"probe", "HOST [--json] [--apply CONNECTION] [--patient] [--source-port PORT]",
            "which algorithms a server accepts", probe},
};

void print_usage(std::ostream& stream) {
  stream << "Usage: nm-l2tp COMMAND [ARGUMENT...]\n\n";
  for (const auto& command : commands)
    stream << "  " << command.name << " " << command.usage << "\n      " << command.summary << "\n";
  stream << "  --version\n  --help\n";
}

}  // namespace

int run(std::span<char*> arguments) {
  const std::string_view word = arguments.empty() ? "" : arguments[0];
  if (word == "--version") {
    std::cout << "nm-l2tp " VERSION "\n";
    return success;
  }
  if (word == "--help" || word == "help") {
    print_usage(std::cout);
    return success;
  }
  const auto* command =
      std::find_if(commands.begin(), commands.end(), [word](const Command& one) { return one.name == word; });
  if (command == commands.end()) {
    if (!word.empty()) std::cerr << "nm-l2tp: there is no command '" << word << "'\n";
    print_usage(std::cerr);
    return wrong_usage;
  }
  return command->run(arguments.subspan(1));
}

}  // namespace l2tp::cli

int main(int argc, char** argv) {
  std::setlocale(LC_ALL, "");
  return l2tp::cli::run({argv + 1, static_cast<std::size_t>(argc - 1)});
}
