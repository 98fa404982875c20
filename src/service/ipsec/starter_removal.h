// Takes one connection away from our own charon: its files, and what charon has of it, the SAs first, so that
// nothing can set up new ones between; at last the charon, should nobody keep it any more.
#pragma once

#include <deque>
#include <functional>
#include <memory>
#include <string>

#include "machine/fd.h"
#include "service/ipsec/stroke_client.h"
#include "service/system/clock.h"
#include "service/system/foreign_process.h"

namespace l2tp {

class StarterRemoval {
 public:
  // `done` gets false if there was no charon that answered; it may come within `start`. This object is not to
  // go within it; without it `done` never comes.
  using Done = std::function<void(bool answered)>;
  StarterRemoval(Clock& clock, const std::string& name, Done done);

  void start();

 private:
  void take_lock();
  void ask_next();
  void finish(bool answered);

  Clock& clock_;
  std::string name_;
  Done done_;
  std::deque<StrokeRequest> requests_;
  Fd lock_;
  std::unique_ptr<ForeignProcess> charon_;
  std::unique_ptr<StrokeClient> request_;
  std::unique_ptr<Clock::Timer> patience_;
  std::unique_ptr<Clock::Timer> turn_;
};

}  // namespace l2tp
