#include "service/ipsec/attempt_watch.h"

#include <algorithm>
#include <utility>

namespace l2tp {

namespace {

// A daemon that knows of its failure ends by itself in this time, or will not.
constexpr Milliseconds end_time{500};
// Another answer may follow that can be decrypted.
constexpr Milliseconds undecryptable_time{1000};
// What the pre-shared key has encrypted takes the server no longer than what came before; at least one
// repetition (charon's is sent after 2 s) must have had its time, too.
constexpr Milliseconds key_time{2600};
constexpr Milliseconds repetition_time{600};
// A server that has answered before has had several requests by then, charon's at 0, 2 and 5 s.
constexpr Milliseconds silence_time{8000};

}  // namespace

AttemptWatch::AttemptWatch(Clock& clock, std::unique_ptr<IkeAttempt> attempt, const Ipv4Address& server,
                           Failed failed)
    : clock_(clock),
      attempt_(std::move(attempt)),
      server_(server),
      failed_(std::move(failed)),
      asked_at_(clock.now()) {}

void AttemptWatch::take(std::string_view line) {
  using Step = IkeAttempt::Step;
  const bool told_before = attempt_->told().has_value();
  const int repeated_before = attempt_->repetitions();
  const auto step_before = attempt_->step();
  attempt_->take(line);
  if (told_before) {
    // The daemon goes on to phase 2: what was told is not what it fails of.
    if (attempt_->step() == Step::phase2 && step_before != Step::phase2) {
      step_ = Step::phase2;
      asked_at_ = clock_.now();
      await(silence_time);
    }
    return;
  }
  if (attempt_->told()) return await(end_time);
  if (attempt_->step() != step_) {
    step_ = attempt_->step();
    undecryptable_ = attempt_->undecryptable();
    asked_at_ = clock_.now();
    patience_.reset();
    if (attempt_->key_is_in_doubt()) return await(key_time);
    if (step_ == Step::authentication || step_ == Step::phase2) await(silence_time);
    return;
  }
  if (attempt_->undecryptable() && !std::exchange(undecryptable_, attempt_->undecryptable()))
    return await(undecryptable_time);
  if (attempt_->key_is_in_doubt() && attempt_->repetitions() > repeated_before) doubt_key();
}

// The server does not answer what the key encrypted, and the daemon has just repeated it.
void AttemptWatch::doubt_key() {
  if (attempt_->uses_port_4500()) {
    if (question_)
      question_->repeat();
    else
      question_ = NatTQuestion::ask(server_, [this] { answers_on_4500_ = true; });
  }
  if (undecryptable_) return;
  const auto waited = clock_.now() - asked_at_;
  await(std::max(repetition_time, key_time - waited));
}

void AttemptWatch::await(Milliseconds patience) {
  patience_ = clock_.after(patience, [this] {
    // Not before it was asked twice: either may have been lost.
    if (attempt_->key_is_in_doubt() && !undecryptable_ && attempt_->repetitions() == 0) return;
    fail(timed_out());
  });
}

Failure AttemptWatch::gave_up(const std::string& words) const {
  return attempt_->gave_up(words);
}

Failure AttemptWatch::timed_out() const {
  const auto seconds = (clock_.now() - asked_at_).count() / 1000;
  return attempt_->unanswered(answers_on_4500_, std::to_string(seconds) + " s");
}

void AttemptWatch::fail(Failure failure) {
  patience_.reset();
  question_.reset();
  if (const auto failed = std::exchange(failed_, {})) failed(std::move(failure));
}

}  // namespace l2tp
