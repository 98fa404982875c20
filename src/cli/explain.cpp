#include "cli/explain.h"

#include <iostream>
#include <optional>
#include <string>
#include <string_view>

#include "cli/command.h"

namespace l2tp::cli {

namespace {

int usage() {
  std::cerr << "Usage: nm-l2tp explain [--json] [CONNECTION]\n"
               "       nm-l2tp explain [--json] --log FILE|-\n"
               "       nm-l2tp explain --catalogue\n";
  return wrong_usage;
}

}  // namespace

int explain(std::span<char*> arguments) {
  bool json = false, catalogue = false, only_names = false;
  std::optional<std::string> log, connection;
  for (std::size_t i = 0; i < arguments.size(); ++i) {
    const std::string_view word = arguments[i];
    if (!only_names && word == "--") {
      only_names = true;
    } else if (!only_names && word == "--json") {
      json = true;
    } else if (!only_names && word == "--catalogue") {
      catalogue = true;
    } else if (!only_names && word == "--log") {
      if (++i == arguments.size() || log) return usage();
      log = arguments[i];
    } else if ((!only_names && word.starts_with('-')) || connection) {
      return usage();
    } else {
      connection = word;
    }
  }
  if (int{catalogue} + int{log.has_value()} + int{connection.has_value()} > 1) return usage();
  if (catalogue) return json ? usage() : explain_catalogue();
  if (log) return explain_log(*log, json);
  if (connection && connection->empty()) return usage();
  return explain_connection(connection.value_or(""), json);
}

}  // namespace l2tp::cli
