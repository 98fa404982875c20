// A FakeResponder behind a real socket, answered from the main loop.
#pragma once

#include <glib-unix.h>
#include <gtest/gtest.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include "core/glib.h"
#include "fakes/fake_responder.h"

namespace l2tp {

// Takes IPv4 as well as IPv6.
class ProbedServer {
 public:
  FakeResponder responder;
  std::uint16_t only_to = 0;  // its answers arrive at that port alone

  explicit ProbedServer(std::uint16_t port)
      : fd_(socket(AF_INET6, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0)) {
    sockaddr_in6 name{};
    name.sin6_family = AF_INET6;
    name.sin6_port = htons(port);
    EXPECT_EQ(bind(fd_, reinterpret_cast<sockaddr*>(&name), sizeof name), 0);
    packets_ = Source{g_unix_fd_add(fd_, G_IO_IN, on_packet, this)};
  }
  ProbedServer(const ProbedServer&) = delete;
  ProbedServer& operator=(const ProbedServer&) = delete;
  ~ProbedServer() { close(fd_); }

 private:
  static gboolean on_packet(gint fd, GIOCondition, gpointer self) {
    auto* server = static_cast<ProbedServer*>(self);
    FakeResponder::Bytes packet(65536);
    sockaddr_in6 from{};
    socklen_t size = sizeof from;
    auto* name = reinterpret_cast<sockaddr*>(&from);
    const auto length = recvfrom(fd, packet.data(), packet.size(), 0, name, &size);
    if (length <= 0) return G_SOURCE_CONTINUE;
    packet.resize(static_cast<std::size_t>(length));
    const auto answer = server->responder.answer(packet);
    if (answer && (server->only_to == 0 || ntohs(from.sin6_port) == server->only_to))
      sendto(fd, answer->data(), answer->size(), 0, name, size);
    return G_SOURCE_CONTINUE;
  }

  int fd_;
  Source packets_;
};

}  // namespace l2tp
