// A pasted log -> single statements of the daemons, however mangled it came: syslog prefixes, mail quotes,
// Markdown tables, HTML, typographic quotes, colours, CRLF, UTF-16, lines run together.
#pragma once

#include <cstddef>
#include <functional>
#include <string>
#include <string_view>

namespace l2tp::diagnosis {

// Whose words a statement is; `system` is the rest of the machine: kernel, audit, desktop, NetworkManager.
enum class Dialect { unknown, charon, pluto, xl2tpd, pppd, cisco, system };

std::string_view to_string(Dialect dialect);

struct Statement {
  std::size_t line;      // of the log, from 1
  std::string text;      // as a person would copy it; at most 4 KiB of it; may hold any byte but a newline
  std::string squeezed;  // the same in lower case and without blanks: what patterns are compared with
  Dialect dialect;
};

// Lower case, no blanks.
std::string squeezed(std::string_view text);

// What a statement says behind its prefixes (time, host, daemon, thread), without the full stop; at most 160
// bytes and "...".
std::string message_of(std::string_view text);

// Calls `take` for each statement of `log`, in order; the time is linear in the log's size. Returns the
// number of lines.
std::size_t read_statements(std::string_view log, const std::function<void(const Statement&)>& take);

}  // namespace l2tp::diagnosis
