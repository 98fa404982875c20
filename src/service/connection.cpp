#include "service/connection.h"

#include <algorithm>
#include <utility>

namespace l2tp {

namespace {

// NetworkManager counts from our answer to its call, and ends the attempt without a reason.
constexpr Milliseconds headstart{500};

Milliseconds shortest(Milliseconds patience) {
  if (patience <= headstart) return Connection::longest_start;
  return std::min(patience - headstart, Connection::longest_start);
}

}  // namespace

Connection::Connection(std::vector<std::unique_ptr<StageBase>> stages, Clock& clock, Observer& observer,
                       Milliseconds patience)
    : stages_(std::move(stages)), clock_(clock), observer_(observer), patience_(shortest(patience)) {}

void Connection::start() {
  if (state_ != State::idle) return;
  state_ = State::starting;
  connection_start_ = clock_.now();
  last_deadline_ = clock_.after(patience_, [this] {
    if (begun_ > 0) fail(stages_[begun_ - 1]->timed_out());
  });
  turn_ = clock_.after(Milliseconds{0}, [this] { start_next(); });
}

void Connection::end() {
  if (state_ == State::unwinding || state_ == State::ended) return;
  unwind();
}

void Connection::start_next() {
  if (begun_ == stages_.size()) {
    state_ = State::up;
    last_deadline_.reset();
    observer_.up(clock_.now() - connection_start_);
    return;
  }
  const auto index = begun_++;
  auto& stage = *stages_[index];
  stage_start_ = clock_.now();
  deadline_ =
      clock_.after(stage.deadline(), [this, index] { stage_started(index, stages_[index]->timed_out()); });
  stage.start([this, index](const std::optional<Failure>& failure) { stage_started(index, failure); },
              [this](const Failure& failure) { fail(failure); });
}

void Connection::stage_started(std::size_t index, const std::optional<Failure>& failure) {
  // A late word from a stage that is being stopped, or a second one, is nothing new.
  if (state_ != State::starting || index + 1 != begun_ || !deadline_) return;
  deadline_.reset();
  if (failure) return fail(*failure);
  observer_.stage_up(stages_[index]->id(), clock_.now() - stage_start_);
  if (state_ == State::starting) turn_ = clock_.after(Milliseconds{0}, [this] { start_next(); });
}

void Connection::fail(const Failure& failure) {
  if (state_ != State::starting && state_ != State::up) return;
  failure_ = failure;
  observer_.failing(failure);
  unwind();
}

void Connection::unwind() {
  state_ = State::unwinding;
  deadline_.reset();
  last_deadline_.reset();
  turn_ = clock_.after(Milliseconds{0}, [this] { stop_next(); });
}

void Connection::stop_next() {
  if (begun_ == 0) {
    state_ = State::ended;
    observer_.ended(failure_);
    return;
  }
  const auto index = begun_ - 1;
  deadline_ = clock_.after(longest_stop, [this, index] { stage_stopped(index); });
  stages_[index]->stop([this, index] { stage_stopped(index); });
}

void Connection::stage_stopped(std::size_t index) {
  if (state_ != State::unwinding || index + 1 != begun_) return;
  deadline_.reset();
  --begun_;
  turn_ = clock_.after(Milliseconds{0}, [this] { stop_next(); });
}

}  // namespace l2tp
