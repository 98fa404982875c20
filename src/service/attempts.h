// The attempts of one activation: what they have in common, and whether another one may follow a failure.
#pragma once

#include <string_view>

#include "core/failure.h"
#include "core/settings.h"
#include "service/system/clock.h"

namespace l2tp {

class Attempts {
 public:
  // How often the user is asked for another secret.
  static constexpr int most_questions = 3;

  // libnm ends an attempt after 60 s, counted anew after each answer: later than this, a second one from
  // another port would not come to its end.
  static constexpr Milliseconds latest_other_port{25000};

  // `may_ask`: somebody is there who can be asked.
  Attempts(Profile profile, bool may_ask, Milliseconds now)
      : profile_(std::move(profile)), may_ask_(may_ask), begun_(now) {}

  // An attempt of less is not worth to be begun.
  static constexpr Milliseconds shortest_attempt{3000};

  // What the next attempt is made with.
  [[nodiscard]] const Profile& profile() const { return profile_; }

  // Whether to try once more from another port, in what is left of `timeout`; the profile then says so.
  bool try_another_port(const Failure& failure, Milliseconds timeout, Milliseconds now);

  // What is left of `timeout`, which counts from the start, or the last answer, on; 0 stands for no limit,
  // and stays 0.
  [[nodiscard]] Milliseconds left_of(Milliseconds timeout, Milliseconds now) const;

  // The secret to ask the user for, or empty: the failure ends the activation.
  std::string_view ask_again(const Failure& failure);

  // Which question of how many this is: from 1 on.
  [[nodiscard]] int questions() const { return questions_; }

  // Takes the secrets of an answer into the profile. False: the one that was asked for did not come, or is
  // the refused one, which is not worth an attempt.
  bool take_answer(const Profile& answer, Milliseconds now);

 private:
  Profile profile_;
  bool may_ask_;
  Milliseconds begun_;
  bool other_port_ = false;
  int questions_ = 0;
  std::string_view asked_for_;
};

}  // namespace l2tp
