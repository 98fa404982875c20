// What the signs of a log make together: which of them is a failure, which only follows from one, and what
// was mended later.
#pragma once

#include <cstddef>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "core/diagnosis/rules.h"
#include "core/diagnosis/statement.h"
#include "core/log_diagnosis.h"

namespace l2tp::diagnosis {

class History {
 public:
  // The statements come in the log's order.
  void take(const Statement& statement);

  // What all of them say; to be asked once, at the end. Leaves `lines` alone.
  LogDiagnosis diagnosis();

 private:
  struct Problem {
    Finding finding;
    std::size_t attempt;
    bool consequence;
  };

  // The negotiation of one proposal, whose outcome is not known yet.
  struct Negotiation {
    std::string offered, configured;     // charon's lists
    std::vector<std::string> parts;      // Cisco's: "hash SHA"
    std::vector<std::string> differing;  // what does not fit, in words
    std::vector<LogLine> lines;          // that say so
    [[nodiscard]] bool failing() const {
      return !differing.empty() || (!offered.empty() && !configured.empty());
    }
  };

  // What is known of the attempt that is going on.
  struct Attempt {
    bool aggressive = false;
    bool certificates = false;
    bool notice_is_protected = false;
    bool phase2_begun = false;
    bool pfs = false;
    bool asked_on_4500 = false;
    bool heard = false;
    bool heard_on_4500 = false;
    Milestone reached = Milestone::nothing;
    std::string client;               // as the server looks for it: "203.0.113.5...198.51.100.3[someid]"
    std::string selectors;            // that a client asks for
    std::vector<LogLine> unanswered;  // repeated, and nothing came back since
    std::string silence_id, silence_detail;  // what pluto says the silence means
    Negotiation negotiation;
  };

  void begin(Side side, bool aggressive);
  void see_side(Side side);
  void reach(Milestone milestone);
  void hear(bool on_4500);

  void add(std::string_view id, std::string detail, Side side, std::string_view advice = {},
           bool consequence = false);
  void add(std::string_view id, std::string detail) { add(id, std::move(detail), side_); }
  void follow(std::string_view id, std::string detail) { add(id, std::move(detail), side_, {}, true); }
  [[nodiscard]] bool is_explained(const FailureKind& kind) const;
  [[nodiscard]] bool has_reached(Milestone milestone) const { return attempt_.reached >= milestone; }

  void take_failure(const Rule& rule, bool at_server, bool consequence);
  void take_own(const Rule& rule);
  void take_certificate(bool expired);
  void take_identity();
  void take_authentication_refused();
  void take_difference(const Rule& rule);
  void refuse_here(int phase);
  void refuse_there();
  void give_up();
  void take_deletion();
  void take_l2tp_end(bool call);
  void take_pppd_exit();
  void take_lcp_end();
  void settle();
  void join_repeated();

  const Statement* statement_ = nullptr;  // the one that is being taken
  std::vector<Problem> problems_;
  std::size_t number_of_attempt_ = 0;
  Attempt attempt_;
  Side side_ = Side::client;
  bool side_known_ = false;
  bool ended_by_us_ = false;
  int live_ike_sas_ = 0;
  Milestone furthest_ = Milestone::nothing;
  std::size_t furthest_line_ = 0;
  std::set<Dialect> dialects_;
};

}  // namespace l2tp::diagnosis
