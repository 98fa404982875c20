// nm-l2tp explain --log: what went wrong in a log that somebody pasted.
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <iostream>
#include <string>

#include "cli/command.h"
#include "cli/explain.h"
#include "cli/output.h"
#include "core/failure_record.h"
#include "core/json.h"
#include "core/log_diagnosis.h"
#include "core/result.h"

namespace l2tp::cli {

namespace {

constexpr std::size_t largest = std::size_t{64} << 20;  // bytes
constexpr gint64 json_version = 1;

Result<std::string, std::string> everything_from(int fd) {
  std::string text;
  char buffer[1 << 16];
  for (;;) {
    const auto got = read(fd, buffer, sizeof buffer);
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) return Unexpected{std::string{std::strerror(errno)}};
    if (got == 0) return text;
    if (text.size() + static_cast<std::size_t>(got) > largest)
      return Unexpected{std::string{"it is larger than 64 MiB; give the part of it that matters"}};
    text.append(buffer, static_cast<std::size_t>(got));
  }
}

Result<std::string, std::string> contents_of(const std::string& file) {
  if (file == "-") {
    if (isatty(STDIN_FILENO) != 0) std::cerr << "Paste the log, then press Ctrl-D on an empty line.\n";
    return everything_from(STDIN_FILENO);
  }
  const int fd = open(file.c_str(), O_RDONLY | O_CLOEXEC | O_NOCTTY);
  if (fd < 0) return Unexpected{std::string{std::strerror(errno)}};
  auto text = everything_from(fd);
  close(fd);
  return text;
}

void print_json(const LogDiagnosis& diagnosis) {
  const ObjectRef<JsonBuilder> object{json_builder_new()};
  auto* builder = object.get();
  const auto add_number = [builder](const char* name, std::size_t value) {
    json::add(builder, name, static_cast<gint64>(value));
  };
  json_builder_begin_object(builder);
  json::add(builder, "version", json_version);
  json::add(builder, "verdict", to_string(diagnosis.verdict));
  json::add(builder, "reached", to_string(diagnosis.furthest));
  add_number("reached-line", diagnosis.furthest_line);
  json::add(builder, "dialects", std::span{diagnosis.dialects});
  add_number("lines", diagnosis.lines);
  json_builder_set_member_name(builder, "problems");
  json_builder_begin_array(builder);
  for (const auto& finding : diagnosis.findings) {
    json_builder_begin_object(builder);
    json::add(builder, "id", finding.kind->id);
    json::add(builder, "stage", to_string(finding.kind->stage));
    json::add(builder, "reason", to_string(finding.kind->reason));
    json::add(builder, "side", to_string(finding.side));
    json::add(builder, "detail", harmless(finding.detail));
    json::add(builder, "sentence", harmless(finding.sentence));
    json::add(builder, "advice", finding.advice);
    json_builder_set_member_name(builder, "evidence");
    json_builder_begin_array(builder);
    for (const auto& line : finding.lines) {
      json_builder_begin_object(builder);
      add_number("line", line.number);
      json::add(builder, "text", harmless(line.text));
      json_builder_end_object(builder);
    }
    json_builder_end_array(builder);
    add_number("more-evidence", finding.more_lines);
    add_number("mended-by", finding.mended_by);
    json_builder_end_object(builder);
  }
  json_builder_end_array(builder);
  json_builder_end_object(builder);
  std::cout << json::text_of(builder);
}

std::string joined(const std::vector<std::string>& names) {
  std::string text;
  for (const auto& name : names) text += (text.empty() ? "" : ", ") + name;
  return text;
}

// What the terminal shows of a line; the whole of it is in the log.
std::string shortened(std::string line) {
  constexpr std::size_t longest = 200;  // bytes
  if (line.size() <= longest) return line;
  auto end = longest;
  while (end > 0 && (static_cast<unsigned char>(line[end]) & 0xc0) == 0x80) --end;
  return line.substr(0, end) + "...";
}

void print_finding(const Finding& finding, std::size_t number) {
  // Its number stands in the margin of the first line.
  auto sentence = paragraph(harmless(finding.sentence), 3);
  sentence.replace(0, 2, std::to_string(number) + ".");
  std::cout << "\n"
            << toned(Tone::strong, sentence) << paragraph(finding.advice, 3)
            << toned(Tone::faint, "   " + std::string{finding.kind->id} + ", stage " +
                                      std::string{to_string(finding.kind->stage)} + ", seen from the " +
                                      std::string{to_string(finding.side)})
            << "\n";
  for (const auto& line : finding.lines)
    std::cout << "   line " << line.number << ": " << shortened(harmless(line.text)) << "\n";
  if (finding.more_lines > 0) std::cout << "   and " << finding.more_lines << " more\n";
  if (finding.mended_by > 0)
    std::cout << "   "
              << toned(Tone::good, "It worked later: line " + std::to_string(finding.mended_by) + ".")
              << "\n";
}

void print_verdict(const LogDiagnosis& diagnosis) {
  const auto reached = [&diagnosis] {
    return std::string{to_sentence(diagnosis.furthest)} + " (line " +
           std::to_string(diagnosis.furthest_line) + ")";
  };
  switch (diagnosis.verdict) {
    case Verdict::failed:
      std::cout << toned(Tone::bad, "Something went wrong.") << "\n";
      if (diagnosis.furthest > Milestone::nothing)
        std::cout << "It came as far as this: " << reached() << ".\n";
      break;
    case Verdict::recovered:
      std::cout << toned(Tone::warning, "Something went wrong, and worked later.") << "\n"
                << "In the end, " << reached() << ".\n";
      break;
    case Verdict::healthy:
      std::cout << toned(Tone::good, "This log is healthy.") << "\n"
                << "Nothing went wrong in it, and " << reached() << ".\n";
      break;
    case Verdict::unknown:
      if (diagnosis.lines == 0)
        std::cout << "The log is empty.\n";
      else if (diagnosis.dialects.empty())
        std::cout << "Nothing was recognised: there is no line in it of charon, pluto, xl2tpd, pppd or a "
                     "Cisco.\n";
      else
        std::cout << "Nothing was recognised: there are lines of " << joined(diagnosis.dialects)
                  << " in it, but none that tells of a success or of a failure.\n";
      break;
  }
}

}  // namespace

int explain_log(const std::string& file, bool json) {
  const auto text = contents_of(file);
  if (!text) {
    std::cerr << "nm-l2tp: " << (file == "-" ? "standard input" : harmless(file))
              << " cannot be read: " << text.error() << "\n";
    return wrong_usage;
  }
  const auto diagnosis = diagnose_log(text.value());
  if (json) {
    print_json(diagnosis);
  } else {
    print_verdict(diagnosis);
    for (std::size_t i = 0; i < diagnosis.findings.size(); ++i) print_finding(diagnosis.findings[i], i + 1);
  }
  switch (diagnosis.verdict) {
    case Verdict::failed:
      return found_trouble;
    case Verdict::unknown:
      return nothing_known;
    default:
      return success;
  }
}

}  // namespace l2tp::cli
