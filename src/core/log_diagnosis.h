// A log that a person pasted -> what went wrong in it, in order of cause.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "core/failure.h"

namespace l2tp {

// How far the log shows a connection to have come.
enum class Milestone { nothing, proposal, phase1, phase2, tunnel, call, login, ppp };

// What the milestone is, in words ("IPsec phase 1 was established"); and its name for programs ("phase1").
std::string_view to_sentence(Milestone milestone);
std::string_view to_string(Milestone milestone);

enum class Verdict {
  failed,     // something went wrong, and nothing later in the log mends it
  recovered,  // something went wrong, and worked later
  healthy,    // nothing went wrong, and something worked
  unknown,    // the log has nothing known in it
};
std::string_view to_string(Verdict verdict);

// Who wrote the log: the failure's words are for him who runs that side.
enum class Side { client, server };
std::string_view to_string(Side side);

struct LogLine {
  std::size_t number;  // from 1
  std::string text;    // a stranger's: may hold any byte but a newline
};

struct Finding {
  const FailureKind* kind;  // never nullptr
  Side side;
  std::string detail;  // what was particular; like `sentence`, it may hold a stranger's words
  std::string sentence;
  std::string advice;
  std::vector<LogLine> lines;  // that prove it; at most 6
  std::size_t more_lines = 0;  // how many more of them there are
  std::size_t mended_by = 0;   // the line by which it had worked later; 0: none
};

struct LogDiagnosis {
  Verdict verdict;
  std::vector<Finding> findings;  // the first cause first
  Milestone furthest = Milestone::nothing;
  std::size_t furthest_line = 0;
  std::vector<std::string> dialects;  // whose lines were seen ("charon", "xl2tpd")
  std::size_t lines = 0;              // how many the log has
};

// Takes any bytes; time and memory are linear in their number.
LogDiagnosis diagnose_log(std::string_view log);

}  // namespace l2tp
