// A charon that is nothing but its VICI socket. It confirms whatever it is asked, unless the test has it
// answer otherwise.
//
// Source: README.md of strongSwan's vici plugin, "Transport protocol" and "Packet layer".
#pragma once

#include <glib-unix.h>
#include <gtest/gtest.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <algorithm>
#include <functional>
#include <map>
#include <string>
#include <vector>

#include "core/glib.h"
#include "core/vici.h"
#include "machine/fd.h"

namespace l2tp {

class FakeCharon {
 public:
  // Of the packets that a server sends.
  enum Type : char { response = 1, unknown_command = 2, confirmation = 5, unknown_event = 6, event = 7 };

  class Client {
   public:
    Client(FakeCharon& charon, int fd)
        : charon_(charon),
          fd_(fd),
          watch_(g_unix_fd_add(fd, static_cast<GIOCondition>(G_IO_IN | G_IO_HUP), on_readable, this)) {}
    Client(const Client&) = delete;
    Client& operator=(const Client&) = delete;
    ~Client() = default;

    void send_bytes(const std::string& bytes) {
      (void)!::send(fd_.get(), bytes.data(), bytes.size(), MSG_NOSIGNAL);
    }

    void send(Type type, const std::string& body = {}) {
      const auto size = body.size() + 1;
      std::string bytes;
      for (const unsigned shift : {24U, 16U, 8U, 0U}) bytes += static_cast<char>(size >> shift & 0xff);
      send_bytes(bytes + static_cast<char>(type) + body);
    }

    void reply(const vici::Section& message = {}) { send(response, body_of(message)); }
    void confirm() { send(confirmation); }
    void succeed() {
      vici::Section message;
      message.value("success", "yes");
      reply(message);
    }
    void refuse(const std::string& why) {
      vici::Section message;
      message.value("success", "no").value("errmsg", why);
      reply(message);
    }
    void raise(const std::string& name, const vici::Section& message) {
      send(event, static_cast<char>(name.size()) + name + body_of(message));
    }

    // The socket closes; this object stays.
    void hang_up() {
      watch_.reset();
      fd_.reset();
    }

    std::vector<std::string> events;  // that it registered for

   private:
    static std::string body_of(const vici::Section& message) {
      const auto bytes = vici::encode(message);
      EXPECT_TRUE(bytes);
      return bytes ? std::string{bytes->view()} : "";
    }

    static gboolean on_readable(int fd, GIOCondition, gpointer self) {
      auto* client = static_cast<Client*>(self);
      char buffer[4096];
      const auto size = read(fd, buffer, sizeof buffer);
      if (size <= 0) {
        client->watch_.forget();
        client->hang_up();
        return G_SOURCE_REMOVE;
      }
      client->input_.append(buffer, static_cast<std::size_t>(size));
      client->take_packets();
      return client->fd_ ? G_SOURCE_CONTINUE : G_SOURCE_REMOVE;
    }

    void take_packets() {
      while (input_.size() >= 4) {
        std::size_t size = 0;
        for (int i = 0; i < 4; ++i)
          size = size << 8 | static_cast<unsigned char>(input_[static_cast<std::size_t>(i)]);
        if (input_.size() < 4 + size) return;
        const auto packet = input_.substr(4, size);
        input_.erase(0, 4 + size);
        charon_.take(*this, packet);
      }
    }

    FakeCharon& charon_;
    Fd fd_;
    Source watch_;
    std::string input_;
  };

  explicit FakeCharon(std::string path) : path_(std::move(path)) {
    sockaddr_un name{};
    name.sun_family = AF_UNIX;
    path_.copy(name.sun_path, sizeof name.sun_path - 1);
    listener_ = Fd{socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0)};
    if (bind(listener_.get(), reinterpret_cast<sockaddr*>(&name), sizeof name) != 0 ||
        listen(listener_.get(), 8) != 0)
      std::abort();
    watch_ = Source{g_unix_fd_add(listener_.get(), G_IO_IN, on_client, this)};
  }
  FakeCharon(const FakeCharon&) = delete;
  FakeCharon& operator=(const FakeCharon&) = delete;
  ~FakeCharon() { die(); }

  // The answer to a command, where the plain "success" is not the right one.
  using Answer = std::function<void(Client&, const vici::Section& request)>;
  void on(const std::string& command, Answer answer) { answers_[command] = std::move(answer); }

  // Everything asked so far, in its order: "register list-sa", "load-conn".
  [[nodiscard]] const std::vector<std::string>& asked() const { return asked_; }
  [[nodiscard]] bool was_asked(const std::string& what) const {
    return std::find(asked_.begin(), asked_.end(), what) != asked_.end();
  }
  [[nodiscard]] auto times_asked(const std::string& what) const {
    return std::count(asked_.begin(), asked_.end(), what);
  }
  // The last request of this name.
  [[nodiscard]] const vici::Section& request(const std::string& command) { return requests_[command]; }
  // To everyone who registered for it.
  void raise(const std::string& name, const vici::Section& message) {
    for (const auto& client : clients_)
      if (std::find(client->events.begin(), client->events.end(), name) != client->events.end())
        client->raise(name, message);
  }
  Client& client(std::size_t index) { return *clients_.at(index); }
  [[nodiscard]] std::size_t client_count() const { return clients_.size(); }

  // As by kill -9: the sockets close, the file stays.
  void die() {
    watch_.reset();
    listener_.reset();
    for (const auto& client : clients_) client->hang_up();
  }

 private:
  static gboolean on_client(int fd, GIOCondition, gpointer self) {
    auto* charon = static_cast<FakeCharon*>(self);
    const int client = accept4(fd, nullptr, nullptr, SOCK_CLOEXEC);
    if (client >= 0) charon->clients_.push_back(std::make_unique<Client>(*charon, client));
    return G_SOURCE_CONTINUE;
  }

  void take(Client& client, const std::string& packet) {
    const auto length = static_cast<unsigned char>(packet.at(1));
    const auto name = packet.substr(2, length);
    if (packet.front() == 3) {
      asked_.push_back("register " + name);
      client.events.push_back(name);
      if (const auto answer = answers_.find("register " + name); answer != answers_.end())
        return answer->second(client, {});
      return client.confirm();
    }
    ASSERT_EQ(packet.front(), 0) << "neither a command nor a registration";
    auto message = vici::decode(packet.substr(2U + length));
    ASSERT_TRUE(message) << name;
    asked_.push_back(name);
    auto& kept = requests_[name] = std::move(*message);
    if (const auto answer = answers_.find(name); answer != answers_.end())
      return answer->second(client, kept);
    client.succeed();
  }

  std::string path_;
  Fd listener_;
  Source watch_;
  std::vector<std::unique_ptr<Client>> clients_;
  std::map<std::string, Answer> answers_;
  std::vector<std::string> asked_;
  std::map<std::string, vici::Section> requests_;
};

}  // namespace l2tp
