// The questions that a server is asked, and when: a state machine without socket or clock. Whoever drives it
// hands over what comes and the time, and sends what it gives.
//
// A question is a first message with all suites of one group; a server takes one or none. What it took is
// left out of the next question on that group, until it refuses. Each accepted question leaves an exchange
// half open at the server, and some servers (strongSwan: five, for 30 s) then ignore the whole address. So
// each is ended by a farewell; whether the server forgets it upon that is tried once, by asking the same
// again: one that has forgotten answers with a new cookie. One that does not forget is asked only as long as
// four exchanges are left there.
#pragma once

#include <functional>
#include <optional>
#include <span>
#include <vector>

#include "core/ike/ikev1.h"
#include "probe/findings.h"

namespace l2tp::probe {

struct Plan {
  bool patient = false;          // wait for the server to forget, however long it takes
  bool first_only = false;       // one question of each kind: is there any answer?
  Milliseconds longest{15'000};  // after it nothing new is asked, unless patient
};

class Interview {
 public:
  using Send = std::function<void(const ike::Bytes&)>;
  using Random = std::function<void(std::span<std::uint8_t>)>;

  Interview(Plan plan, Send send, Random random);

  // Times are monotonic, from any beginning.
  void begin(Milliseconds now);
  void take(ike::View packet, Milliseconds now);
  void take_unreachable(bool port, Milliseconds now);  // ICMP: the port, or the host
  void advance(Milliseconds now);                      // at `wakes_at` at the latest
  // Asks nothing more; what is under way is still ended.
  void stop(Milliseconds now);

  [[nodiscard]] Milliseconds wakes_at() const;
  [[nodiscard]] bool is_over() const { return over_; }
  [[nodiscard]] const Findings& findings() const { return findings_; }

 private:
  enum class Kind { main, recall, check, ikev2, aggressive };
  // Not sent yet. What comes first is asked first: all groups once, before any of them again.
  struct Item {
    int section = 0, depth = 0, order = 0;
    Kind kind = Kind::main;
    std::vector<ike::Suite> suites;
    auto position() const { return std::tuple{section, depth, order}; }
  };
  struct Question {
    Item item;
    ike::Cookie cookie{};
    ike::Cookie responder{};  // recall: of the exchange that was ended
    ike::Bytes packet;
    Milliseconds first_sent{0}, next_send{0};
    int sends = 0;
    int round = 1;            // recall
    bool weightless = false;  // has gone unanswered for so long that it is hardly half open
  };
  struct Tally {
    ike::Cookie cookie{};
    int sent = 0;
  };
  struct Copy {
    Milliseconds at{0};
    ike::Bytes packet;
  };

  void plan_questions();
  void plan_small_questions();
  void ask(Item item, Milliseconds now);
  void send_again(Question& question, Milliseconds now);
  void fill(Milliseconds now);
  void finish_if_done(Milliseconds now);
  void give_up(const Question& question, Milliseconds now);
  void take_main(Question question, const ike::Answer& answer, Milliseconds now);
  void take_recall(const Question& question, const ike::Answer& answer, Milliseconds now);
  void narrow();  // to a few questions, for nothing is heard
  void widen();   // to all, for something is heard after all
  void doubt(Milliseconds now);
  void take_aggressive(const ike::Answer& answer, Milliseconds now);
  void take_ikev2(ike::View packet, Milliseconds now);
  void end_exchange(const ike::Answer& answer, Milliseconds now);
  void try_whether_it_forgets(const Question& question, const ike::Cookie& responder, Milliseconds delay,
                              int round, Milliseconds now);
  void settle(bool forgets, Milliseconds now);
  void note_vendors(const std::vector<ike::Bytes>& ids);
  void mark(const std::vector<ike::Suite>& suites, Standing standing);
  [[nodiscard]] Milliseconds effect_of_farewell() const;
  void pass_time(Milliseconds now);
  void measure(const Question& question, Milliseconds now);
  [[nodiscard]] std::size_t undecided() const;  // questions that may leave an exchange half open
  [[nodiscard]] std::size_t half_open(Milliseconds now) const;  // at most so many are at the server
  [[nodiscard]] std::size_t most_half_open() const;
  [[nodiscard]] Milliseconds patience(int sends) const;
  [[nodiscard]] int most_sends() const;
  [[nodiscard]] bool heard() const { return findings_.answered_ikev1 || findings_.ikev2 == Reply::yes; }
  ike::Cookie new_cookie();

  Plan plan_;
  Send send_;
  Random random_;
  Findings findings_;
  std::vector<Item> queue_;
  std::vector<Question> pending_;
  std::vector<Item> given_up_;  // before it was known that packets get lost
  std::size_t unheard_ = 0;     // main questions given up before anything was heard
  bool narrowed_ = false;
  std::vector<Item> set_aside_;  // meanwhile
  std::vector<Tally> answered_;
  std::vector<Copy> copies_;              // of farewells, for one may be lost
  std::optional<Milliseconds> quickest_;  // of the answers so far
  Milliseconds lag_{};                    // how much later than that the last ones came
  std::vector<Milliseconds> ended_;       // until when an ended exchange still counts
  std::vector<Milliseconds> held_;        // the same, by a server that does not forget
  std::size_t untried_ = 0;               // ended, and not yet known whether forgotten
  bool trying_ = false;
  bool refuses_like_pluto_ = false, refuses_otherwise_ = false;
  bool small_planned_ = false;
  std::vector<ike::Suite> refused_aloud_;  // by one answer
  int silences_ = 0, next_doubt_ = 2;      // questions that it seems to ignore
  bool doubting_ = false;                  // that it still answers at all
  Milliseconds began_{0}, now_{0};
  bool over_ = false;
};

}  // namespace l2tp::probe
