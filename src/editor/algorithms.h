// The algorithms of phase 1 and 2 as a person chooses them: by what they are for, or one by one.
#pragma once

#include <string>
#include <string_view>

#include "core/proposal.h"

namespace l2tp::editor {

struct AlgorithmStrings {
  std::string_view ike, esp;  // as in ipsec-ike and ipsec-esp
};

// What "automatic", "strong" and "old" of the choices stand for. "custom" stands for nothing.
AlgorithmStrings preset(std::string_view choice);

// The choice that two strings are, "custom" if none other.
std::string_view preset_of(std::string_view ike, std::string_view esp);

// A sentence that names the weak ones of a list that can be read; empty: none is.
std::string weakness(std::string_view list, Phase phase);

}  // namespace l2tp::editor
