// Watches over one attempt of an IPsec daemon's: ends it as soon as what it fails of is known, and says what
// that is. The daemons themselves would go on asking for minutes.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <string_view>

#include "core/address.h"
#include "core/failure.h"
#include "core/ike_attempt.h"
#include "service/system/clock.h"
#include "service/system/nat_t_question.h"

namespace l2tp {

class AttemptWatch {
 public:
  using Failed = std::function<void(Failure)>;

  // `failed` is called at most once, from the main loop, and may destroy this.
  AttemptWatch(Clock& clock, std::unique_ptr<IkeAttempt> attempt, const Ipv4Address& server, Failed failed);
  AttemptWatch(const AttemptWatch&) = delete;
  AttemptWatch& operator=(const AttemptWatch&) = delete;

  // One line of the daemon's about the attempt.
  void take(std::string_view line);

  // The daemon gave up by itself, with these words: why, if its lines tell.
  [[nodiscard]] Failure gave_up(const std::string& words) const;
  // There is no more time.
  [[nodiscard]] Failure timed_out() const;

  [[nodiscard]] const IkeAttempt& attempt() const { return *attempt_; }

 private:
  void await(Milliseconds patience);
  void doubt_key();
  void fail(Failure failure);

  Clock& clock_;
  std::unique_ptr<IkeAttempt> attempt_;
  Ipv4Address server_;
  Failed failed_;
  IkeAttempt::Step step_ = IkeAttempt::Step::none;
  bool undecryptable_ = false;
  Milliseconds asked_at_;  // the request that waits for its answer
  std::unique_ptr<Clock::Timer> patience_;
  std::unique_ptr<NatTQuestion> question_;
  bool answers_on_4500_ = false;
};

}  // namespace l2tp
