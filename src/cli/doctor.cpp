#include "cli/doctor.h"

#include <iostream>
#include <string_view>

#include "cli/command.h"
#include "cli/output.h"
#include "core/json.h"
#include "doctor/checks.h"

namespace l2tp::cli {

namespace {

using doctor::Group;
using doctor::Level;

constexpr std::size_t sentence_column = 13;

std::string_view word_of(Level level) {
  switch (level) {
    case Level::ok:
      return "ok";
    case Level::warning:
      return "warning";
    case Level::error:
      return "error";
    case Level::unchecked:
      return "not checked";
  }
  return "";
}

// As a program reads it.
std::string_view name_of(Level level) {
  return level == Level::unchecked ? "not-checked" : word_of(level);
}

Tone tone_of(Level level) {
  switch (level) {
    case Level::ok:
      return Tone::good;
    case Level::warning:
      return Tone::warning;
    case Level::error:
      return Tone::bad;
    case Level::unchecked:
      break;
  }
  return Tone::faint;
}

int count(const std::vector<Group>& groups, Level level) {
  int number = 0;
  for (const auto& group : groups)
    for (const auto& finding : group.findings()) number += finding.level == level ? 1 : 0;
  return number;
}

std::string counted(int number, std::string_view what, std::string_view plural = {}) {
  return std::to_string(number) + " " + std::string{what} + std::string{number == 1 ? "" : plural};
}

// The level's word stands where the paragraph's margin was.
std::string lines_of(const doctor::Finding& finding) {
  const auto word = word_of(finding.level);
  auto text = paragraph(harmless(finding.sentence), sentence_column).substr(1 + word.size());
  if (finding.level == Level::warning || finding.level == Level::error)
    text.insert(text.size() - 1, toned(Tone::faint, " [" + finding.id + "]"));
  text = " " + toned(tone_of(finding.level), word) + text;
  if (!finding.remedy.empty()) {
    auto remedy = paragraph(harmless(finding.remedy), sentence_column + 3);
    remedy.replace(sentence_column, 2, "->");
    text += remedy;
  }
  return text;
}

void add_finding(JsonBuilder* builder, const Group& group, const doctor::Finding& finding) {
  json_builder_begin_object(builder);
  json::add(builder, "group", harmless(group.title()));
  json::add(builder, "id", finding.id);
  json::add(builder, "level", name_of(finding.level));
  json::add(builder, "sentence", harmless(finding.sentence));
  if (!finding.remedy.empty()) json::add(builder, "remedy", harmless(finding.remedy));
  json_builder_end_object(builder);
}

}  // namespace

std::string report(const std::vector<Group>& groups) {
  std::string text;
  for (const auto& group : groups) {
    text += toned(Tone::strong, harmless(group.title())) + "\n";
    for (const auto& finding : group.findings()) text += lines_of(finding);
  }
  text += "\n" + counted(count(groups, Level::error), "error", "s") + ", " +
          counted(count(groups, Level::warning), "warning", "s") + ", " +
          counted(count(groups, Level::ok), "ok");
  if (const int unchecked = count(groups, Level::unchecked); unchecked > 0)
    text += ", " + counted(unchecked, "not checked");
  return text + "\n";
}

std::string report_json(const std::vector<Group>& groups) {
  const ObjectRef<JsonBuilder> builder{json_builder_new()};
  json_builder_begin_object(builder.get());
  json::add(builder.get(), "version", gint64{1});
  json::add(builder.get(), "errors", gint64{count(groups, Level::error)});
  json::add(builder.get(), "warnings", gint64{count(groups, Level::warning)});
  json::add(builder.get(), "not-checked", gint64{count(groups, Level::unchecked)});
  json_builder_set_member_name(builder.get(), "findings");
  json_builder_begin_array(builder.get());
  for (const auto& group : groups)
    for (const auto& finding : group.findings()) add_finding(builder.get(), group, finding);
  json_builder_end_array(builder.get());
  json_builder_end_object(builder.get());
  return json::text_of(builder.get());
}

int exit_status(const std::vector<Group>& groups) {
  return count(groups, Level::error) > 0 ? found_trouble : success;
}

int doctor(std::span<char*> arguments) {
  bool as_json = false;
  std::string name;
  for (const std::string_view argument : arguments) {
    if (argument == "--json" && !as_json) {
      as_json = true;
    } else if (argument.starts_with('-') || argument.empty() || !name.empty()) {
      std::cerr << "Usage: nm-l2tp doctor [--json] [CONNECTION]\n";
      return wrong_usage;
    } else {
      name = argument;
    }
  }
  const auto groups = doctor::examine(doctor::this_machine(), name);
  std::cout << (as_json ? report_json(groups) : report(groups));
  return exit_status(groups);
}

}  // namespace l2tp::cli
