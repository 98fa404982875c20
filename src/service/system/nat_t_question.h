// Asks a server whether it hears IKE on UDP port 4500, where a firewall may let nothing through, from a port
// of our own choice. The question is the first message of a main mode, which servers answer there as they do
// on port 500 (RFC 3947, 4), if only with a refusal; what it may begin is ended at once.
#pragma once

#include <functional>
#include <memory>

#include "core/address.h"
#include "core/glib.h"
#include "core/ike/message.h"
#include "machine/fd.h"

namespace l2tp {

class NatTQuestion {
 public:
  // Sends it at once, and once more by each `repeat`. `answered` is called once, when an answer comes; it may
  // never. Nothing where no socket is to be had.
  static std::unique_ptr<NatTQuestion> ask(const Ipv4Address& server, std::function<void()> answered);

  void repeat();

 private:
  static gboolean on_readable(int fd, GIOCondition condition, gpointer self);
  void send(const ike::Bytes& message) const;

  Fd socket_;
  ike::Cookie cookie_{};
  std::function<void()> answered_;
  Source watch_;
};

}  // namespace l2tp
