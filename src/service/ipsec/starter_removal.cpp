#include "service/ipsec/starter_removal.h"

#include <utility>

#include "service/ipsec/kept_daemon.h"
#include "service/ipsec/own_starter.h"
#include "service/system/locked_dir.h"

namespace l2tp {

namespace {

constexpr Milliseconds lock_retry{10};
constexpr Milliseconds removal_time{1000};
constexpr Milliseconds orphan_time{1000};

}  // namespace

StarterRemoval::StarterRemoval(Clock& clock, const std::string& name, Done done)
    : clock_(clock),
      name_(name),
      done_(std::move(done)),
      requests_{{StrokeCommand::terminate, name + "[*]"},
                {StrokeCommand::unroute, name},
                {StrokeCommand::remove, name},
                {StrokeCommand::reread, {}, StrokeRequest::secrets}} {}

void StarterRemoval::start() {
  own_starter::remove_files(name_);
  patience_ = clock_.after(removal_time, [this] { finish(false); });
  take_lock();
}

void StarterRemoval::take_lock() {
  auto lock = lock_existing_directory(run_base);
  if (!lock && lock.error() == LockError::in_use) {
    turn_ = clock_.after(lock_retry, [this] { take_lock(); });
    return;
  }
  if (lock) lock_ = std::move(lock.value());
  own_starter::write_shared_secrets();  // what could not be written is no worse than what was there
  charon_ = own_starter::charon();
  if (!charon_) return finish(false);
  ask_next();
}

void StarterRemoval::ask_next() {
  if (requests_.empty()) return finish(true);
  const auto request = std::move(requests_.front());
  requests_.pop_front();
  auto asked = StrokeClient::ask(own_starter::socket, request, {.line = {}, .done = [this] { ask_next(); }});
  if (!asked) return finish(false);
  request_ = std::move(asked.value());
}

void StarterRemoval::finish(bool answered) {
  patience_.reset();
  turn_.reset();
  request_.reset();
  lock_.reset();
  if (!charon_ || KeptDaemon::runs(own_starter::directory())) return done_(answered);
  charon_->terminate(orphan_time, [this, answered] { done_(answered); });
}

}  // namespace l2tp
