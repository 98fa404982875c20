#include "cli/explain.h"

#include <iostream>
#include <string_view>

#include "cli/command.h"
#include "core/failure_record.h"

namespace l2tp::cli {

namespace {

void print_catalogue() {
  for (const auto& kind : failure_catalogue())
    std::cout << "## " << kind.id << "\n\n"
              << kind.sentence << "\n"
              << kind.advice << "\n\n"
              << "Stage " << to_string(kind.stage) << ", " << to_string(kind.reason) << ", MESSAGE_ID "
              << kind.message_id << ".\n\n";
}

}  // namespace

int explain(std::span<char*> arguments) {
  if (arguments.size() == 1 && std::string_view{arguments[0]} == "--catalogue") {
    print_catalogue();
    return success;
  }
  std::cerr << "Usage: nm-l2tp explain --catalogue\n";
  return wrong_usage;
}

}  // namespace l2tp::cli
