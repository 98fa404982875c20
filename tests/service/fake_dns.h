// The name server of the namespace, 127.0.0.1: knows the names that the tests use.
#pragma once

#include <arpa/inet.h>
#include <glib-unix.h>
#include <gtest/gtest.h>
#include <netinet/in.h>
#include <sys/socket.h>

#include <string>

#include "core/glib.h"
#include "machine/fd.h"

namespace l2tp {

class FakeDns {
 public:
  // silent.test is never answered; server.test is 127.0.0.9; six.test has an IPv6 address only; all others do
  // not exist.
  FakeDns() {
    fd_ = Fd{socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0)};
    sockaddr_in name{};
    name.sin_family = AF_INET;
    name.sin_port = htons(53);
    name.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    EXPECT_EQ(bind(fd_.get(), reinterpret_cast<sockaddr*>(&name), sizeof name), 0);
    watch_ = Source{g_unix_fd_add(fd_.get(), G_IO_IN, on_question, this)};
  }

 private:
  static constexpr char type_a = 1, type_aaaa = 28;

  static gboolean on_question(int fd, GIOCondition, gpointer) {
    char buffer[512];
    sockaddr_in from{};
    socklen_t size = sizeof from;
    const auto length = recvfrom(fd, buffer, sizeof buffer, 0, reinterpret_cast<sockaddr*>(&from), &size);
    if (length < 17) return G_SOURCE_CONTINUE;
    const auto answer = answer_to(std::string{buffer, static_cast<std::size_t>(length)});
    if (!answer.empty())
      sendto(fd, answer.data(), answer.size(), 0, reinterpret_cast<sockaddr*>(&from), size);
    return G_SOURCE_CONTINUE;
  }

  // RFC 1035, 4.1: a header of 12 bytes, the question, the answer with a pointer to the question's name.
  static std::string answer_to(const std::string& question) {
    const auto name_end = question.find('\0', 12);
    if (name_end == std::string::npos || name_end + 5 > question.size()) return {};
    const auto name = question.substr(12, name_end - 12);
    const char type = question[name_end + 2];
    if (name == "\x06silent\x04test") return {};
    const bool known = name == "\x06server\x04test" || name == "\x03six\x04test";
    std::string data;
    if (name == "\x06server\x04test" && type == type_a) data = std::string{"\x7f\0\0\x09", 4};
    if (name == "\x03six\x04test" && type == type_aaaa) data = std::string(15, '\0') + '\x01';

    std::string answer = question.substr(0, 2) + "\x85" + (known ? '\x80' : '\x83') +
                         std::string{"\0\1\0", 3} + static_cast<char>(data.empty() ? 0 : 1) +
                         std::string(4, '\0') + question.substr(12, name_end + 5 - 12);
    if (!data.empty())
      answer += std::string{"\xc0\x0c\0", 3} + type + std::string{"\0\1\0\0\0\x0a\0", 7} +
                static_cast<char>(data.size()) + data;
    return answer;
  }

  Fd fd_;
  Source watch_;
};

}  // namespace l2tp
