// What doctor found: one line of its report each.
#pragma once

#include <string>
#include <utility>
#include <vector>

namespace l2tp::doctor {

enum class Level {
  ok,
  warning,    // connections work, or most do
  error,      // a connection will fail
  unchecked,  // could not be seen, mostly for want of root's rights
};

struct Finding {
  Level level = Level::ok;
  std::string id;        // of the check: stable, whatever came out
  std::string sentence;  // may hold a stranger's words, which are not yet harmless to a terminal
  std::string remedy;    // the command or the change that mends it; empty where nothing needs mending
};

// The findings about one matter.
class Group {
 public:
  explicit Group(std::string title) : title_(std::move(title)) {}

  void ok(std::string id, std::string sentence) { add(Level::ok, std::move(id), std::move(sentence), {}); }
  void warning(std::string id, std::string sentence, std::string remedy) {
    add(Level::warning, std::move(id), std::move(sentence), std::move(remedy));
  }
  void error(std::string id, std::string sentence, std::string remedy) {
    add(Level::error, std::move(id), std::move(sentence), std::move(remedy));
  }
  void unchecked(std::string id, std::string sentence) {
    add(Level::unchecked, std::move(id), std::move(sentence), {});
  }
  void add(Level level, std::string id, std::string sentence, std::string remedy) {
    findings_.push_back({level, std::move(id), std::move(sentence), std::move(remedy)});
  }

  [[nodiscard]] const std::string& title() const { return title_; }
  [[nodiscard]] const std::vector<Finding>& findings() const { return findings_; }

 private:
  std::string title_;
  std::vector<Finding> findings_;
};

}  // namespace l2tp::doctor
