// How the commands speak to people.
#pragma once

#include <string>
#include <string_view>

#include "core/wording.h"

namespace l2tp::cli {

enum class Tone { good, warning, bad, strong, faint };

// `text` in its tone's colour where standard output is a terminal and NO_COLOR is not set; else as it is.
std::string toned(Tone tone, std::string_view text);

// `text` in lines of at most 100 columns, broken at spaces, each indented by `indent` columns; ends with a
// newline.
std::string paragraph(std::string_view text, std::size_t indent = 0);

using l2tp::harmless;

}  // namespace l2tp::cli
