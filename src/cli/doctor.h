// nm-l2tp doctor: whether a machine has, and allows, all that a connection needs.
#pragma once

#include <span>
#include <string>
#include <vector>

#include "doctor/finding.h"

namespace l2tp::cli {

// [--json] [CONNECTION]: a connection's name or UUID. Exit status: success, also with warnings; found_trouble
// with an error.
int doctor(std::span<char*> arguments);

// The report for people: every line ends with a newline, the last one counts.
std::string report(const std::vector<doctor::Group>& groups);

// The same for programs: one JSON object with the members version, errors, warnings, not-checked, and
// findings, each of which has group, id, level, sentence and, if something is to be mended, remedy.
std::string report_json(const std::vector<doctor::Group>& groups);

// What the report comes to.
int exit_status(const std::vector<doctor::Group>& groups);

}  // namespace l2tp::cli
