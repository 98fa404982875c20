// Asks a server whether it hears IKE on UDP port 4500, from a port of our own choice.
#pragma once

#include <functional>
#include <memory>

#include "core/address.h"
#include "core/glib.h"
#include "core/ike_question.h"
#include "service/system/fd.h"

namespace l2tp {

class NatTQuestion {
 public:
  // Sends it at once, and once more by each `repeat`. `answered` is called once, when an answer comes; it may
  // never. Nothing where no socket is to be had.
  static std::unique_ptr<NatTQuestion> ask(const Ipv4Address& server, std::function<void()> answered);

  void repeat();

 private:
  static gboolean on_readable(int fd, GIOCondition condition, gpointer self);

  Fd socket_;
  IkeCookie cookie_{};
  std::function<void()> answered_;
  Source watch_;
};

}  // namespace l2tp
