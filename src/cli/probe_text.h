// What a probe has found, in words for people and as JSON for programs.
#pragma once

#include <string>

#include "probe/run.h"

namespace l2tp::cli {

// The table, what else is known, what was not asked and why, and the strings to paste.
std::string probe_text(const std::string& host, const probe::Outcome& outcome);

std::string probe_json(const std::string& host, const probe::Outcome& outcome);

// "asking: 120 of 360, 4 accepted".
std::string progress_text(const probe::Findings& findings);

}  // namespace l2tp::cli
