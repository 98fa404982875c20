// The gateway's address, and ours towards it.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "core/address.h"
#include "core/glib.h"
#include "core/result.h"

namespace l2tp {

class Resolver {
 public:
  struct Answer {
    std::vector<Ipv4Address> ipv4;
    bool ipv6 = false;  // there are IPv6 addresses
  };

  // Looks `host` (a literal or a name) up without blocking; `done` is called once, unless the resolver goes
  // before.
  void resolve(const std::string& host, std::function<void(Result<Answer, std::string>)> done);

  // Our address on the route to `gateway`; the error is errno in words. Sends nothing.
  static Result<Ipv4Address, std::string> source_address(const Ipv4Address& gateway);

 private:
  static void on_answer(GObject* source, GAsyncResult* result, gpointer self);

  std::function<void(Result<Answer, std::string>)> done_;
  Cancellable cancellable_;
};

}  // namespace l2tp
