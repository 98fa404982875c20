// A charon that is nothing but a process, its pid file and its stroke socket.
#pragma once

#include <glib-unix.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <cstdint>
#include <cstring>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "core/glib.h"
#include "fakes/child.h"
#include "fakes/temporary_dir.h"
#include "machine/fd.h"

namespace l2tp {

// A process with this strongswan.conf in its environment, named by /run/charon.pid.
class FakeCharonProcess {
 public:
  explicit FakeCharonProcess(const std::string& configuration)
      : child_([] {},
               [configuration] {
                 const std::string variable = "STRONGSWAN_CONF=" + configuration;
                 execle("/bin/sleep", "sleep", "1000", nullptr,
                        std::vector<const char*>{variable.c_str(), nullptr}.data());
               }) {
    write_file("/run/charon.pid", std::to_string(child_.pid()));
    const std::string environment = "/proc/" + std::to_string(child_.pid()) + "/environ";
    comes_true([&] { return content_of(environment).starts_with("STRONGSWAN_CONF=" + configuration); });
  }
  FakeCharonProcess(const FakeCharonProcess&) = delete;
  FakeCharonProcess& operator=(const FakeCharonProcess&) = delete;
  ~FakeCharonProcess() { unlink("/run/charon.pid"); }

  [[nodiscard]] pid_t pid() const { return child_.pid(); }

 private:
  Child child_;
};

// The socket. It closes each connection at once, unless the test has it answer otherwise.
class FakeStroke {
 public:
  struct Request {
    int type;
    int verbosity;
    std::string name;    // where a request is only of a name
    int flags;           // else,
    std::string chosen;  // with a name behind them
  };

  explicit FakeStroke(const char* path) : path_(path) {
    sockaddr_un name{};
    name.sun_family = AF_UNIX;
    path_.copy(name.sun_path, sizeof name.sun_path - 1);
    listener_ = Fd{socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0)};
    if (bind(listener_.get(), reinterpret_cast<sockaddr*>(&name), sizeof name) != 0 ||
        listen(listener_.get(), 8) != 0)
      std::abort();
    watch_ = Source{g_unix_fd_add(listener_.get(), G_IO_IN, on_client, this)};
  }
  FakeStroke(const FakeStroke&) = delete;
  FakeStroke& operator=(const FakeStroke&) = delete;
  ~FakeStroke() { unlink(path_.c_str()); }

  std::function<void(Fd)> answer = [](const Fd&) {};  // takes the connection over
  std::vector<Request> requests;

 private:
  static gboolean on_client(int fd, GIOCondition, gpointer self) {
    auto* stroke = static_cast<FakeStroke*>(self);
    Fd client{accept(fd, nullptr, nullptr)};
    stroke->requests.push_back(read_request(client.get()));
    stroke->answer(std::move(client));
    return G_SOURCE_CONTINUE;
  }

  // As charon reads it on 64 bits: length (16 bits), type and verbosity (32 bits at 4 and 8), and at 16 a
  // union of a string's offset and flags.
  static Request read_request(int fd) {
    std::uint16_t length = 0;
    (void)!recv(fd, &length, sizeof length, MSG_PEEK | MSG_WAITALL);
    std::string bytes(length, '\0');
    (void)!recv(fd, bytes.data(), bytes.size(), MSG_WAITALL);
    Request request{};
    std::uint64_t offset = 0;
    std::uint64_t behind = 0;
    std::memcpy(&request.type, bytes.data() + 4, 4);
    std::memcpy(&request.verbosity, bytes.data() + 8, 4);
    std::memcpy(&request.flags, bytes.data() + 16, 4);
    std::memcpy(&offset, bytes.data() + 16, 8);
    std::memcpy(&behind, bytes.data() + 24, 8);
    // Below is charon's structure itself, where it takes no string from.
    constexpr std::uint64_t structure = 1024;
    if (offset >= structure && offset < length)
      request.name = bytes.c_str() + offset;
    else if (behind >= structure && behind < length)
      request.chosen = bytes.c_str() + behind;
    return request;
  }

  std::string path_;
  Fd listener_;
  Source watch_;
};

}  // namespace l2tp
