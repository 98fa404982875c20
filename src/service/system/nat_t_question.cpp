#include "service/system/nat_t_question.h"

#include <glib-unix.h>
#include <netinet/in.h>
#include <sys/random.h>
#include <sys/socket.h>

#include <string_view>
#include <utility>

namespace l2tp {

namespace {

constexpr std::uint16_t nat_t_port = 4500;  // RFC 3947, 4

}  // namespace

std::unique_ptr<NatTQuestion> NatTQuestion::ask(const Ipv4Address& server, std::function<void()> answered) {
  auto question = std::make_unique<NatTQuestion>();
  question->socket_ = Fd{socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0)};
  sockaddr_in name{};
  name.sin_family = AF_INET;
  name.sin_port = htons(nat_t_port);
  name.sin_addr.s_addr = server.network_order();
  auto& cookie = question->cookie_;
  if (!question->socket_ ||
      connect(question->socket_.get(), reinterpret_cast<sockaddr*>(&name), sizeof name) != 0 ||
      getrandom(cookie.data(), cookie.size(), 0) != static_cast<ssize_t>(cookie.size()))
    return nullptr;
  question->answered_ = std::move(answered);
  question->watch_ = Source{g_unix_fd_add(question->socket_.get(), G_IO_IN, on_readable, question.get())};
  question->repeat();
  return question;
}

void NatTQuestion::repeat() {
  const auto bytes = ike_question(cookie_);
  send(socket_.get(), bytes.data(), bytes.size(), MSG_NOSIGNAL);
}

gboolean NatTQuestion::on_readable(int fd, GIOCondition, gpointer self) {
  auto* question = static_cast<NatTQuestion*>(self);
  std::array<char, 2048> buffer{};
  const auto size = recv(fd, buffer.data(), buffer.size(), MSG_DONTWAIT);
  if (size <= 0) return G_SOURCE_CONTINUE;  // "port unreachable" is read so, too
  if (!answers_ike_question({buffer.data(), static_cast<std::size_t>(size)}, question->cookie_))
    return G_SOURCE_CONTINUE;
  question->watch_.forget();
  const auto answered = std::exchange(question->answered_, {});
  answered();  // may destroy this
  return G_SOURCE_REMOVE;
}

}  // namespace l2tp
