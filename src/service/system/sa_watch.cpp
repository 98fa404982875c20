#include "service/system/sa_watch.h"

#include <glib-unix.h>
#include <linux/netlink.h>
#include <linux/xfrm.h>
#include <sys/socket.h>

#include <array>
#include <utility>

namespace l2tp {

namespace {

constexpr unsigned group_bit(unsigned group) {
  return 1U << (group - 1);
}

Fd subscribe() {
  Fd fd{socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC | SOCK_NONBLOCK, NETLINK_XFRM)};
  sockaddr_nl name{};
  name.nl_family = AF_NETLINK;
  name.nl_groups = group_bit(XFRMNLGRP_SA) | group_bit(XFRMNLGRP_EXPIRE);
  if (fd && bind(fd.get(), reinterpret_cast<sockaddr*>(&name), sizeof name) != 0) fd.reset();
  return fd;
}

}  // namespace

SaWatch::SaWatch(std::function<void()> changed) : changed_(std::move(changed)), socket_(subscribe()) {
  if (socket_) source_ = Source{g_unix_fd_add(socket_.get(), G_IO_IN, on_readable, this)};
}

// What the messages say is read from the kernel again; that some were lost in a full buffer is one more
// change.
gboolean SaWatch::on_readable(int fd, GIOCondition, gpointer self) {
  std::array<char, 8192> message{};
  while (recv(fd, message.data(), message.size(), MSG_DONTWAIT) > 0) {
  }
  const auto changed = static_cast<SaWatch*>(self)->changed_;  // the watch may go within it
  changed();
  return G_SOURCE_CONTINUE;
}

}  // namespace l2tp
