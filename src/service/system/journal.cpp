#include "service/system/journal.h"

#include <glib.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <vector>

#include "core/wording.h"

namespace l2tp::journal {

namespace {

Level shown = Level::notice;

std::string_view name_of(Level level) {
  switch (level) {
    case Level::error:
      return "error";
    case Level::warning:
      return "warning";
    case Level::notice:
      return "notice";
    case Level::info:
      return "info";
    case Level::debug:
      return "debug";
  }
  return "?";
}

// NM_L2TP_STAGE=ipsec is written "stage=ipsec" where there is no journal.
std::string plain_field(const Field& field) {
  std::string name{field.first};
  if (name.starts_with("NM_L2TP_")) name.erase(0, strlen("NM_L2TP_"));
  std::transform(name.begin(), name.end(), name.begin(), [](char c) { return g_ascii_tolower(c); });
  return " " + name + "=" + field.second;
}

bool to_journal(Level level, const std::string& message, std::initializer_list<Field> fields) {
  if (g_log_writer_is_journald(STDERR_FILENO) == FALSE) return false;
  const std::string priority = std::to_string(static_cast<int>(level));
  std::vector<GLogField> entries{{"MESSAGE", message.c_str(), -1},
                                 {"PRIORITY", priority.c_str(), -1},
                                 {"SYSLOG_IDENTIFIER", "nm-l2tp-service", -1}};
  for (const auto& [name, value] : fields) entries.push_back({name.data(), value.c_str(), -1});
  return g_log_writer_journald(G_LOG_LEVEL_MESSAGE, entries.data(), entries.size(), nullptr) ==
         G_LOG_WRITER_HANDLED;
}

}  // namespace

void set_up(bool debug) {
  if (debug) {
    shown = Level::debug;
    return;
  }
  const char* text = std::getenv("NM_VPN_LOG_LEVEL");
  if (text == nullptr) return;
  int value = 0;
  const char* end = text + strlen(text);
  const auto [stop, error] = std::from_chars(text, end, value);
  // NetworkManager says 0 unless somebody set a level for its domain VPN_PLUGIN: no wish, not a wish for
  // silence.
  if (error == std::errc{} && stop == end && value > 0) shown = static_cast<Level>(std::min(value, 7));
}

bool shows(Level level) {
  return level <= shown;
}

void log(Level level, const std::string& text, std::initializer_list<Field> fields) {
  if (!shows(level)) return;
  // Daemons repeat what servers send: nobody's terminal is to obey it.
  const auto message = harmless(text);
  if (to_journal(level, message, fields)) return;
  std::string line =
      "nm-l2tp[" + std::to_string(getpid()) + "] " + std::string{name_of(level)} + ": " + message;
  for (const auto& field : fields) line += plain_field(field);
  line += '\n';
  // One write, so that lines of several processes do not mix; a log that cannot be written must not stop a
  // tunnel.
  const auto written = write(STDERR_FILENO, line.data(), line.size());
  (void)written;
}

}  // namespace l2tp::journal
