// What the commands of nm-l2tp have in common.
#pragma once

#include <span>
#include <string_view>

namespace l2tp::cli {

// Exit statuses; beside them a command may have its own, from 3 on.
constexpr int success = 0;
constexpr int found_trouble = 1;  // it ran, and what it found is no good news
constexpr int wrong_usage = 2;

struct Command {
  std::string_view name;
  std::string_view usage;                  // what may stand behind the name
  std::string_view summary;                // one line
  int (*run)(std::span<char*> arguments);  // those behind the name; returns the exit status
};

}  // namespace l2tp::cli
