#include "core/diagnosis/statement.h"

#include <algorithm>
#include <array>
#include <utility>

namespace l2tp::diagnosis {

namespace {

constexpr std::size_t longest_statement = 4096;  // bytes

bool is_digit(char c) {
  return c >= '0' && c <= '9';
}
bool is_letter(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}
bool is_blank(char c) {
  return c == ' ' || c == '\t' || c == '\r' || c == '\f' || c == '\v';
}
char lower(char c) {
  return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
}

bool starts_with_word(std::string_view text, std::string_view word) {
  return text.size() >= word.size() && std::equal(word.begin(), word.end(), text.begin(),
                                                  [](char one, char other) { return one == lower(other); });
}

using Replacement = std::pair<std::string_view, std::string_view>;

// What web pages and word processors make of ASCII, and what no reader needs.
constexpr std::array replacements{
    Replacement{"&amp;", "&"},        Replacement{"&lt;", "<"},     Replacement{"&gt;", ">"},
    Replacement{"&quot;", "\""},      Replacement{"&apos;", "'"},   Replacement{"&nbsp;", " "},
    Replacement{"&#39;", "'"},        Replacement{"&#039;", "'"},   Replacement{"&#x27;", "'"},
    Replacement{"&#34;", "\""},       Replacement{"&#160;", " "},   Replacement{"&ldquo;", "\""},
    Replacement{"&rdquo;", "\""},     Replacement{"&lsquo;", "'"},  Replacement{"&rsquo;", "'"},
    Replacement{"&hellip;", "..."},   Replacement{"&#91;", "["},    Replacement{"&#93;", "]"},
    Replacement{"\u00a0", " "},       Replacement{"\u200b", ""},    Replacement{"\ufeff", ""},
    Replacement{"\u201c", "\""},      Replacement{"\u201d", "\""},  Replacement{"\u201e", "\""},
    Replacement{"\u2018", "'"},       Replacement{"\u2019", "'"},   Replacement{"\u2026", "..."},
    Replacement{"\u2013", "-"},       Replacement{"\u2014", "-"},   Replacement{"\uff1a", ":"},
    Replacement{"<b>", ""},           Replacement{"</b>", ""},      Replacement{"<code>", ""},
    Replacement{"</code>", ""},       Replacement{"<span>", ""},    Replacement{"</span>", ""},
    Replacement{"<strong>", ""},      Replacement{"</strong>", ""}, Replacement{"<pre>", ""},
    Replacement{"</pre>", ""},        Replacement{"<td>", " "},     Replacement{"</td>", " "},
    Replacement{"<tr>", " "},         Replacement{"</tr>", " "},    Replacement{"<p>", ""},
    Replacement{"</p>", ""},          Replacement{"<div>", ""},     Replacement{"</div>", ""},
    Replacement{"<li>", ""},          Replacement{"</li>", ""},     Replacement{"<blockquote>", ""},
    Replacement{"</blockquote>", ""},
};

constexpr std::array line_breaks{std::string_view{"<br>"}, std::string_view{"<br/>"},
                                 std::string_view{"<br />"}};

// The length of a terminal's colour sequence at the start of `text`; 0 if there is none.
std::size_t colour_length(std::string_view text) {
  if (!text.starts_with("\033[")) return 0;
  std::size_t end = 2;
  while (end < text.size() && end < 16 && (is_digit(text[end]) || text[end] == ';')) ++end;
  return end < text.size() && is_letter(text[end]) ? end + 1 : 2;
}

// In plain ASCII as far as it goes. NUL bytes go: of UTF-16, which PowerShell writes, ASCII remains.
std::string plain(std::string_view line) {
  std::string text;
  text.reserve(line.size());
  for (std::size_t at = 0; at < line.size();) {
    const char c = line[at];
    const auto rest = line.substr(at);
    if (c == '\0') {
      ++at;
      continue;
    }
    if (c == '\033') {
      at += std::max<std::size_t>(colour_length(rest), 1);
      continue;
    }
    const bool special = c == '&' || c == '<' || (static_cast<unsigned char>(c) & 0x80) != 0;
    if (special) {
      const auto* found =
          std::find_if(replacements.begin(), replacements.end(),
                       [rest](const Replacement& one) { return starts_with_word(rest, one.first); });
      if (found != replacements.end()) {
        text += found->second;
        at += found->first.size();
        continue;
      }
    }
    text += c;
    ++at;
  }
  return text;
}

// Without blanks, the quote marks of mails, the bars of tables and the ticks of Markdown around it.
std::string_view trimmed(std::string_view text) {
  const auto around = [](char c) { return is_blank(c) || c == '|' || c == '`'; };
  while (!text.empty() && (around(text.front()) || text.front() == '>')) text.remove_prefix(1);
  while (!text.empty() && around(text.back())) text.remove_suffix(1);
  return text;
}

constexpr std::array months{"jan", "feb", "mar", "apr", "may", "jun",
                            "jul", "aug", "sep", "oct", "nov", "dec"};

std::size_t skip_blanks(std::string_view text, std::size_t at) {
  while (at < text.size() && is_blank(text[at])) ++at;
  return at;
}

// charon's "05[IKE]", also "05 [ike]": two digits and three letters.
bool is_charon_mark(std::string_view text, std::size_t at) {
  if (at + 2 >= text.size() || !is_digit(text[at]) || !is_digit(text[at + 1])) return false;
  if (at > 0 && (is_digit(text[at - 1]) || text[at - 1] == '.' || text[at - 1] == '-')) return false;
  const auto open = skip_blanks(text, at + 2);
  return open - at < 6 && open + 4 < text.size() && text[open] == '[' && is_letter(text[open + 1]) &&
         is_letter(text[open + 2]) && is_letter(text[open + 3]) && text[open + 4] == ']';
}

// "NAME[123]:" at `at`.
bool is_daemon_mark(std::string_view text, std::size_t at, std::string_view name) {
  if (!starts_with_word(text.substr(at), name)) return false;
  at += name.size();
  if (at >= text.size() || text[at] != '[') return false;
  const auto begin = ++at;
  while (at < text.size() && at - begin < 12 && is_digit(text[at])) ++at;
  return at > begin && at + 1 < text.size() && text[at] == ']' && text[at + 1] == ':';
}

// Cisco's "*Oct 11 11:35:10.831: "; its length, or 0.
std::size_t cisco_time_length(std::string_view text, std::size_t at) {
  if (text[at] != '*' && text[at] != '.') return 0;
  const auto after = text.substr(at + 1);
  const bool month = std::any_of(months.begin(), months.end(),
                                 [after](const char* name) { return starts_with_word(after, name); });
  if (!month || after.size() < 5 || !is_blank(after[3])) return 0;
  std::size_t end = 3;
  while (end < after.size() && end < 32 &&
         (is_blank(after[end]) || is_digit(after[end]) || after[end] == ':' || after[end] == '.'))
    ++end;
  return end + 1;
}

bool is_cisco_word(std::string_view text, std::size_t at) {
  if (at > 0 && (is_letter(text[at - 1]) || is_digit(text[at - 1]) || text[at - 1] == '_')) return false;
  const auto rest = text.substr(at);
  for (const auto* word : {"isakmp:", "isakmp-", "isakmp(", "isakmp (", "ipsec("})
    if (starts_with_word(rest, word)) return true;
  return false;
}

// How long the mark of a new statement at `at` is; 0 if there is none.
std::size_t mark_length(std::string_view text, std::size_t at) {
  switch (lower(text[at])) {
    case '*':
    case '.': {
      const auto time = cisco_time_length(text, at);
      if (time == 0) return 0;
      const auto next = skip_blanks(text, at + time);
      return next < text.size() && is_cisco_word(text, next) ? next - at + 7 : time;
    }
    case 'i':
      return is_cisco_word(text, at) ? 7 : 0;
    case 'x':
      return is_daemon_mark(text, at, "xl2tpd") ? 7 : 0;
    case 'p':
      return is_daemon_mark(text, at, "pppd") || is_daemon_mark(text, at, "pluto") ? 5 : 0;
    default:
      return is_charon_mark(text, at) ? 7 : 0;
  }
}

// "... foundcharon:" is what is left of the next statement's prefix.
std::string_view without_next_prefix(std::string_view text) {
  text = trimmed(text);
  constexpr std::string_view name = "charon:";
  if (text.size() > name.size() && starts_with_word(text.substr(text.size() - name.size()), name))
    text.remove_suffix(name.size());
  return trimmed(text);
}

bool is_pluto_statement(std::string_view text) {
  if (text.find("packetfrom") != std::string_view::npos && text.find(":500:") != std::string_view::npos)
    return true;
  const auto quote = text.find('"');
  if (quote == std::string_view::npos) return false;
  const auto number = text.find('#', quote);
  if (number == std::string_view::npos) return false;
  auto end = number + 1;
  while (end < text.size() && end - number < 12 && is_digit(text[end])) ++end;
  return end > number + 1 && end < text.size() && text[end] == ':';
}

Dialect dialect_of(std::string_view text) {
  using Mark = std::pair<std::string_view, Dialect>;
  constexpr std::array marks{
      Mark{"nm-l2tp[", Dialect::system},  Mark{"nm-l2tp-service[", Dialect::system},
      Mark{"apparmor=", Dialect::system}, Mark{"avc:denied", Dialect::system},
      Mark{"charon:", Dialect::charon},   Mark{"charon[", Dialect::charon},
      Mark{"-systemd[", Dialect::charon}, Mark{"pluto[", Dialect::pluto},
      Mark{"pluto:", Dialect::pluto},     Mark{"xl2tpd[", Dialect::xl2tpd},
      Mark{"xl2tpd:", Dialect::xl2tpd},   Mark{"pppd[", Dialect::pppd},
      Mark{"pppd:", Dialect::pppd},       Mark{"isakmp:", Dialect::cisco},
      Mark{"isakmp(", Dialect::cisco},    Mark{"isakmp-", Dialect::cisco},
      Mark{"ipsec(", Dialect::cisco},     Mark{"%crypto-", Dialect::cisco},
      Mark{"%asa-", Dialect::cisco},      Mark{"[ikev1", Dialect::cisco},
  };
  // A prefix stands at the front: what follows may be a stranger's words.
  const auto front = text.substr(0, 160);
  auto first = std::string_view::npos;
  auto dialect = Dialect::unknown;
  for (const auto& [mark, whose] : marks) {
    const auto at = front.find(mark);
    if (at >= first) continue;
    first = at;
    dialect = whose;
  }
  if (dialect != Dialect::unknown) return dialect;
  for (std::size_t at = 0; at + 7 <= front.size(); ++at)
    if (is_charon_mark(front, at)) return Dialect::charon;
  return is_pluto_statement(front) ? Dialect::pluto : Dialect::unknown;
}

class Splitter {
 public:
  explicit Splitter(const std::function<void(const Statement&)>& take) : take_(take) {}

  void line(std::string_view text, std::size_t number) {
    std::size_t begin = 0;
    bool marked = false;
    for (std::size_t at = 0; at < text.size();) {
      const auto length = mark_length(text, at);
      if (length == 0) {
        ++at;
        continue;
      }
      if (marked) {
        emit(text.substr(begin, at - begin), number);
        begin = at;
      }
      marked = true;
      at += length;
    }
    emit(text.substr(begin), number);
  }

 private:
  void emit(std::string_view text, std::size_t number) {
    text = without_next_prefix(text).substr(0, longest_statement);
    if (text.empty()) return;
    auto words = squeezed(text);
    const auto dialect = dialect_of(words);
    take_({number, std::string{text}, std::move(words), dialect});
  }

  const std::function<void(const Statement&)>& take_;
};

void split_at_breaks(std::string_view line, std::size_t number, Splitter& splitter) {
  std::size_t begin = 0;
  for (auto at = line.find('<'); at != std::string_view::npos; at = line.find('<', at + 1)) {
    const auto rest = line.substr(at);
    for (const auto tag : line_breaks) {
      if (!starts_with_word(rest, tag)) continue;
      splitter.line(plain(line.substr(begin, at - begin)), number);
      begin = at + tag.size();
      break;
    }
  }
  splitter.line(plain(line.substr(begin)), number);
}

}  // namespace

std::string_view to_string(Dialect dialect) {
  switch (dialect) {
    case Dialect::unknown:
      return "unknown";
    case Dialect::charon:
      return "charon";
    case Dialect::pluto:
      return "pluto";
    case Dialect::xl2tpd:
      return "xl2tpd";
    case Dialect::pppd:
      return "pppd";
    case Dialect::cisco:
      return "cisco";
    case Dialect::system:
      return "system";
  }
  return "unknown";
}

std::string squeezed(std::string_view text) {
  std::string words;
  words.reserve(text.size());
  for (const char c : text)
    if (!is_blank(c)) words += lower(c);
  return words;
}

std::string message_of(std::string_view text) {
  constexpr std::size_t longest = 160, prefix = 120;  // bytes
  for (std::size_t at = 0; at < std::min(text.size(), prefix); ++at) {
    if (!is_charon_mark(text, at)) continue;
    text.remove_prefix(text.find(']', at) + 1);
    break;
  }
  // "Nov 21 10:00:00 host pppd[77]: ", "ISAKMP:(0):", "control_finish: "
  const auto is_prefix = [](std::string_view head) {
    return head.ends_with(']') || head.ends_with(')') || head.find(' ') == std::string_view::npos ||
           starts_with_word(head.substr(head.rfind(' ') + 1), "isakmp") ||
           starts_with_word(head.substr(head.rfind(' ') + 1), "pppd") ||
           (head.size() > 1 && head.starts_with('*'));
  };
  for (auto colon = text.find(':'); colon < prefix; colon = text.find(':')) {
    const auto next = colon + 1;
    const bool ends = next < text.size() && (is_blank(text[next]) || text[next] == '(');
    // The colons of a time of day are followed by digits: go on behind it.
    if (!ends) {
      const auto word = text.find(": ");
      if (word >= prefix || !is_prefix(text.substr(0, word))) break;
      text.remove_prefix(word + 2);
      continue;
    }
    if (!is_prefix(text.substr(0, colon))) break;
    text.remove_prefix(next);
    if (text.starts_with('(')) text.remove_prefix(std::min(text.find(')'), text.size() - 1) + 1);
    if (text.starts_with(':')) text.remove_prefix(1);
  }
  text = trimmed(text);
  while (!text.empty() && (text.back() == '.' || text.back() == '!')) text.remove_suffix(1);
  return text.size() > longest ? std::string{text.substr(0, longest)} + "..." : std::string{text};
}

std::size_t read_statements(std::string_view log, const std::function<void(const Statement&)>& take) {
  Splitter splitter{take};
  std::size_t number = 0;
  while (!log.empty()) {
    const auto end = std::min(log.find('\n'), log.size());
    split_at_breaks(log.substr(0, end), ++number, splitter);
    log.remove_prefix(std::min(end + 1, log.size()));
  }
  return number;
}

}  // namespace l2tp::diagnosis
