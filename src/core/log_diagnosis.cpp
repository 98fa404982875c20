#include "core/log_diagnosis.h"

#include "core/diagnosis/history.h"
#include "core/diagnosis/statement.h"

namespace l2tp {

std::string_view to_sentence(Milestone milestone) {
  switch (milestone) {
    case Milestone::nothing:
      return "nothing was established";
    case Milestone::proposal:
      return "a proposal was accepted";
    case Milestone::phase1:
      return "IPsec phase 1 was established (the keys and identities are right)";
    case Milestone::phase2:
      return "IPsec was established (phase 2)";
    case Milestone::tunnel:
      return "the L2TP tunnel was established";
    case Milestone::call:
      return "the L2TP call was established";
    case Milestone::login:
      return "the user was logged in";
    case Milestone::ppp:
      return "PPP was up, with an IP address";
  }
  return "";
}

std::string_view to_string(Milestone milestone) {
  switch (milestone) {
    case Milestone::nothing:
      return "nothing";
    case Milestone::proposal:
      return "proposal";
    case Milestone::phase1:
      return "phase1";
    case Milestone::phase2:
      return "phase2";
    case Milestone::tunnel:
      return "tunnel";
    case Milestone::call:
      return "call";
    case Milestone::login:
      return "login";
    case Milestone::ppp:
      return "ppp";
  }
  return "";
}

std::string_view to_string(Verdict verdict) {
  switch (verdict) {
    case Verdict::failed:
      return "failed";
    case Verdict::recovered:
      return "recovered";
    case Verdict::healthy:
      return "healthy";
    case Verdict::unknown:
      return "unknown";
  }
  return "";
}

std::string_view to_string(Side side) {
  return side == Side::client ? "client" : "server";
}

LogDiagnosis diagnose_log(std::string_view log) {
  diagnosis::History history;
  const auto lines = diagnosis::read_statements(
      log, [&history](const diagnosis::Statement& statement) { history.take(statement); });
  auto diagnosis = history.diagnosis();
  diagnosis.lines = lines;
  return diagnosis;
}

}  // namespace l2tp
