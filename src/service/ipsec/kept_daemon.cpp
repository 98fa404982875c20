#include "service/ipsec/kept_daemon.h"

#include <glib-unix.h>
#include <sys/socket.h>
#include <sys/un.h>

#include <array>
#include <cerrno>
#include <cstring>

#include "service/system/locked_dir.h"

namespace l2tp {

namespace {

Fd connect_to(const std::string& path) {
  sockaddr_un name{};
  name.sun_family = AF_UNIX;
  if (path.size() >= sizeof name.sun_path) return {};
  path.copy(name.sun_path, path.size());
  Fd fd{socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0)};
  if (fd && connect(fd.get(), reinterpret_cast<sockaddr*>(&name), sizeof name) != 0) fd.reset();
  return fd;
}

}  // namespace

std::optional<std::string> KeptDaemon::join(const std::string& directory, const Program& program,
                                            std::unique_ptr<KeptDaemon>& kept) {
  kept = std::make_unique<KeptDaemon>();
  kept->socket_ = connect_to(directory + "/keeper.sock");
  if (!kept->socket_) {
    std::array<int, 2> pair{};
    if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair.data()) != 0)
      return std::string{std::strerror(errno)};
    kept->socket_ = Fd{pair[0]};
    const Fd keepers{pair[1]};

    ChildProcess::Command command;
    command.argv = {KEEPER_PROGRAM, directory};
    command.argv.insert(command.argv.end(), program.argv.begin(), program.argv.end());
    command.environment = program.environment;
    command.stdin_fd = keepers.get();
    command.dies_with_us = false;  // others may use the daemon; the keeper notices our end by its socket
    command.keep_output = true;
    auto* self = kept.get();
    auto keeper = ChildProcess::spawn(command, {.line = {}, .exited = [self](Exit) { self->ended_ = true; }});
    if (!keeper) return keeper.error();
    kept->keeper_ = std::move(keeper.value());
  }
  kept->watch_ = Source{g_unix_fd_add(kept->socket_.get(), static_cast<GIOCondition>(G_IO_IN | G_IO_HUP),
                                      on_readable, kept.get())};
  return std::nullopt;
}

bool KeptDaemon::runs(const std::string& directory) {
  const auto lock = lock_existing_directory(directory);
  return !lock && lock.error() == LockError::in_use;
}

void KeptDaemon::reload() const {
  const char wish = 1;
  send(socket_.get(), &wish, 1, MSG_NOSIGNAL | MSG_DONTWAIT);
}

void KeptDaemon::leave(std::function<void()> left) {
  left_ = std::move(left);
  if (!watch_) return std::exchange(left_, {})();
  const char goodbye = 0;  // a keeper tells by it who leaves from who dies
  send(socket_.get(), &goodbye, 1, MSG_NOSIGNAL);
  shutdown(socket_.get(), SHUT_WR);
}

gboolean KeptDaemon::on_readable(int, GIOCondition, gpointer self) {
  auto* kept = static_cast<KeptDaemon*>(self);
  char byte = 0;
  if (recv(kept->socket_.get(), &byte, 1, MSG_DONTWAIT) > 0) {
    kept->ready_ = true;
    return G_SOURCE_CONTINUE;
  }
  kept->watch_.forget();
  kept->socket_.reset();
  if (const auto left = std::exchange(kept->left_, {}))
    left();
  else
    kept->ended_ = true;
  return G_SOURCE_REMOVE;
}

}  // namespace l2tp
