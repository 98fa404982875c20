// Words of strangers in our own sentences: made harmless, and compared with the words that were meant.
#pragma once

#include <algorithm>
#include <array>
#include <cstddef>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "core/words.h"

namespace l2tp {

// How many bytes at the start of `text` are one character that a log or a terminal may show; 0 if they are
// none: a control character (C0, DEL, C1, the marks that turn the direction of writing) or no valid UTF-8.
inline std::size_t printable_length(std::string_view text) {
  const auto byte = [text](std::size_t index) -> unsigned {
    return index < text.size() ? static_cast<unsigned char>(text[index]) : 0;
  };
  const unsigned first = byte(0);
  if (first < 0x80) return first >= 0x20 && first != 0x7f ? 1 : 0;

  const std::size_t length = first >= 0xf0 ? 4 : first >= 0xe0 ? 3 : 2;
  unsigned point = first & (0xffU >> (length + 1));
  for (std::size_t index = 1; index < length; ++index) {
    if ((byte(index) & 0xc0) != 0x80) return 0;
    point = point << 6 | (byte(index) & 0x3f);
  }
  constexpr std::array<unsigned, 5> smallest{0, 0, 0x80, 0x800, 0x10000};
  const auto within = [point](unsigned low, unsigned high) { return point >= low && point <= high; };
  if (first < 0xc0 || first > 0xf4 || point < smallest[length] || point > 0x10ffff) return 0;
  if (within(0xd800, 0xdfff) || within(0x80, 0x9f)) return 0;
  if (within(0x200e, 0x200f) || within(0x2028, 0x202e) || within(0x2066, 0x2069)) return 0;
  return length;
}

// 'text', for a sentence: what cannot be shown as it is becomes \xNN, and what is longer than `longest` bytes
// is cut ("...").
inline std::string in_quotes(std::string_view text, std::size_t longest = 64) {
  constexpr std::string_view digits = "0123456789abcdef";
  std::string shown = "'";
  for (std::size_t at = 0; at < text.size();) {
    if (at >= longest) return shown + "...'";
    if (const std::size_t length = printable_length(text.substr(at)); length > 0) {
      shown += text.substr(at, length);
      at += length;
      continue;
    }
    const auto byte = static_cast<unsigned char>(text[at++]);
    shown += {'\\', 'x', digits[byte >> 4], digits[byte & 0x0f]};
  }
  return shown + "'";
}

// A stranger's line (of a log, a server, a file) as a terminal may show it: what is not printable becomes
// \xNN.
inline std::string harmless(std::string_view line) {
  constexpr std::string_view digits = "0123456789abcdef";
  std::string shown;
  for (std::size_t at = 0; at < line.size();) {
    if (const auto length = printable_length(line.substr(at)); length > 0) {
      shown += line.substr(at, length);
      at += length;
      continue;
    }
    const auto byte = static_cast<unsigned char>(line[at++]);
    if (byte == '\t')
      shown += ' ';
    else
      shown += {'\\', 'x', digits[byte >> 4], digits[byte & 0x0f]};
  }
  return shown;
}

// With its ASCII letters in lower case.
inline std::string lower(std::string_view text) {
  std::string small{text};
  for (char& letter : small)
    if (letter >= 'A' && letter <= 'Z') letter = static_cast<char>(letter - 'A' + 'a');
  return small;
}

// How many letters must be put in, left out, changed or swapped with their neighbour to make one word the
// other.
inline std::size_t edit_distance(std::string_view one, std::string_view other) {
  std::vector<std::size_t> before_last;
  std::vector<std::size_t> last(other.size() + 1);
  for (std::size_t column = 0; column <= other.size(); ++column) last[column] = column;
  for (std::size_t row = 1; row <= one.size(); ++row) {
    std::vector<std::size_t> current(other.size() + 1, row);
    for (std::size_t column = 1; column <= other.size(); ++column) {
      const std::size_t changed = one[row - 1] == other[column - 1] ? 0 : 1;
      current[column] = std::min({last[column] + 1, current[column - 1] + 1, last[column - 1] + changed});
      const bool swapped =
          row > 1 && column > 1 && one[row - 1] == other[column - 2] && one[row - 2] == other[column - 1];
      if (swapped) current[column] = std::min(current[column], before_last[column - 2] + 1);
    }
    before_last = std::move(last);
    last = std::move(current);
  }
  return last.back();
}

// The known word that `word` was probably meant to be, or nothing: the one fewest letters away, else the
// first one that contains it ("psk" for "ipsec-psk"), else the longest one that it contains ("username" for
// "user").
inline std::string_view nearest(std::string_view word, std::span<const std::string_view> known) {
  if (word.empty() || word.size() > 64) return {};
  std::string_view best;
  std::size_t best_distance = word.size() < 5 ? 2 : 3;  // one more than is near
  for (const std::string_view candidate : known) {
    const std::size_t distance = edit_distance(word, candidate);
    if (distance >= best_distance) continue;
    best = candidate;
    best_distance = distance;
  }
  if (!best.empty() || word.size() < 3) return best;

  for (const std::string_view candidate : known) {
    if (candidate.find(word) != std::string_view::npos) return candidate;
  }
  for (const std::string_view candidate : known) {
    if (candidate.size() >= 3 && candidate.size() > best.size() &&
        word.find(candidate) != std::string_view::npos)
      best = candidate;
  }
  return best;
}

// "... (did you mean 'gateway'?)", or the sentence alone if nothing is near.
inline std::string with_suggestion(const std::string& sentence, std::string_view suggestion) {
  if (suggestion.empty()) return sentence;
  // Translators: {0} is a sentence about a word that is not known, {1} the known word nearest to it.
  return fill(_("{0} (did you mean '{1}'?)"), {sentence, suggestion});
}

}  // namespace l2tp
