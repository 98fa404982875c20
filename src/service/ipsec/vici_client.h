// A client of charon's VICI socket: requests, their replies, and events, without blocking.
//
// Source: README.md of strongSwan's vici plugin, "Transport protocol".
#pragma once

#include <deque>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "core/glib.h"
#include "core/result.h"
#include "core/vici.h"

namespace l2tp {

class ViciClient {
 public:
  using Reply = std::function<void(Result<vici::Section, std::string>)>;  // the error is a sentence fragment

  struct Handlers {
    std::function<void(std::string_view name, const vici::Section& message)> event;
    std::function<void(std::string why)> closed;  // charon is gone; no more calls follow
  };

  // Connects to the socket at `path`. The error is errno in words.
  static Result<std::unique_ptr<ViciClient>, std::string> connect(const std::string& path, Handlers handlers);

  ViciClient(ObjectRef<GSocketConnection> connection, Handlers handlers);

  // Sends a command; commands are answered in the order in which they were sent. A reply with "success = no"
  // is an error with charon's own words.
  void request(std::string_view command, const vici::Section& message, Reply reply);

  // True once charon is gone; answers that come then are errors.
  [[nodiscard]] bool lost() const { return lost_; }

  // Asks for events of this name.
  void subscribe(std::string_view event, Reply reply);

 private:
  struct Pending {
    Secret packet;
    Reply reply;
  };

  void enqueue(char type, std::string_view name, const vici::Section& message, Reply reply);
  void send_next();
  void read_header();
  void take_packet();
  void answer(Result<vici::Section, std::string> result);
  void lose(std::string why);

  static void on_written(GObject* source, GAsyncResult* result, gpointer self);
  static void on_header(GObject* source, GAsyncResult* result, gpointer self);
  static void on_packet(GObject* source, GAsyncResult* result, gpointer self);

  ObjectRef<GSocketConnection> connection_;
  Handlers handlers_;
  std::deque<Pending> queue_;  // the first one is under way
  bool lost_ = false;
  std::vector<unsigned char> header_ = std::vector<unsigned char>(4);
  std::vector<char> packet_;
  std::shared_ptr<bool> alive_ = std::make_shared<bool>(true);
  Cancellable cancellable_;
};

}  // namespace l2tp
