// Bytes of a text file -> words, as the importers want them.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/wording.h"

namespace l2tp::import {

// The file as UTF-8: UTF-16 and UTF-8 with a byte order mark, plain UTF-8, and else Windows-1252. Nothing: it
// holds a zero byte, and is no text.
std::optional<std::string> to_utf8(std::string_view bytes);

// Its lines, without their ends (CR, LF or both).
std::vector<std::string_view> lines_of(std::string_view text);

// Without white space at both ends.
std::string_view trimmed(std::string_view text);

// The words between any of `separators`, trimmed; empty ones are left out.
std::vector<std::string> words_of(std::string_view text, std::string_view separators);

// A decimal number and nothing else.
std::optional<std::uint32_t> number_of(std::string_view text);

// What standard base64 stands for, white space in it left aside. Nothing: it is no base64.
std::optional<std::string> from_base64(std::string_view text);

}  // namespace l2tp::import
