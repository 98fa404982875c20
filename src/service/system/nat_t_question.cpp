#include "service/system/nat_t_question.h"

#include <glib-unix.h>
#include <netinet/in.h>
#include <sys/random.h>
#include <sys/socket.h>

#include <algorithm>
#include <utility>

#include "core/ike/ikev1.h"

namespace l2tp {

namespace {

constexpr std::uint16_t nat_t_port = 4500;  // RFC 3947, 4

// Before IKE on port 4500, where ESP has its SPI (RFC 3948, 2.2).
constexpr std::array<std::uint8_t, 4> non_esp_marker{};

// What most servers take one of; whether this one does is not the question.
constexpr auto psk = ike::Authentication::psk;
constexpr std::array suites{
    ike::Suite{ike::Encryption::aes256, ike::Hash::sha256, ike::Group::modp2048, psk},
    ike::Suite{ike::Encryption::aes256, ike::Hash::sha1, ike::Group::modp2048, psk},
    ike::Suite{ike::Encryption::aes128, ike::Hash::sha1, ike::Group::modp1024, psk},
    ike::Suite{ike::Encryption::triple_des, ike::Hash::sha1, ike::Group::modp1024, psk},
};

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

void NatTQuestion::send(const ike::Bytes& message) const {
  ike::Bytes datagram{non_esp_marker.begin(), non_esp_marker.end()};
  datagram.insert(datagram.end(), message.begin(), message.end());
  ::send(socket_.get(), datagram.data(), datagram.size(), MSG_NOSIGNAL);
}

void NatTQuestion::repeat() {
  send(ike::main_mode_question(cookie_, suites));
}

gboolean NatTQuestion::on_readable(int fd, GIOCondition, gpointer self) {
  auto* question = static_cast<NatTQuestion*>(self);
  std::array<std::uint8_t, 2048> buffer{};
  const auto size = recv(fd, buffer.data(), buffer.size(), MSG_DONTWAIT);
  if (size <= 0) return G_SOURCE_CONTINUE;  // "port unreachable" is read so, too
  const auto datagram = ike::View{buffer}.first(static_cast<std::size_t>(size));
  if (datagram.size() < non_esp_marker.size() ||
      !std::equal(non_esp_marker.begin(), non_esp_marker.end(), datagram.begin()))
    return G_SOURCE_CONTINUE;
  const auto answer = ike::read_ikev1_answer(datagram.subspan(non_esp_marker.size()));
  if (!answer || answer->initiator != question->cookie_) return G_SOURCE_CONTINUE;

  // A server keeps what it accepted for half a minute, and some keep few.
  if (answer->kind == ike::Answer::Kind::chosen) {
    std::uint32_t message_id = 0;
    if (getrandom(&message_id, sizeof message_id, 0) == sizeof message_id)
      question->send(ike::farewell(question->cookie_, answer->responder, message_id));
  }
  question->watch_.forget();
  const auto answered = std::exchange(question->answered_, {});
  answered();  // may destroy this
  return G_SOURCE_REMOVE;
}

}  // namespace l2tp
