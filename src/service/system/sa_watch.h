// Tells when the kernel's SAs change, by its own notifications (XFRMNLGRP_SA, XFRMNLGRP_EXPIRE).
#pragma once

#include <functional>

#include "core/glib.h"
#include "machine/fd.h"

namespace l2tp {

class SaWatch {
 public:
  // Calls `changed` from the main loop after every change, whosever SA it was: what it means for one flow,
  // ask xfrm.h. Without notifications (no XFRM in the kernel) it never calls.
  explicit SaWatch(std::function<void()> changed);

 private:
  static gboolean on_readable(int fd, GIOCondition condition, gpointer self);

  std::function<void()> changed_;
  Fd socket_;
  Source source_;
};

}  // namespace l2tp
