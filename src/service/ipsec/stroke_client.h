// One request to charon's stroke socket: what the program `stroke` sends, and charon's answer as it is
// written.
//
// Source: strongSwan's stroke_msg.h. A request is the C structure stroke_msg_t, whose size grew over the
// years, but not its beginning; its strings lie behind it, at offsets that the request names. Ours lie so far
// behind that they are valid for every version. `stroke` itself would do, did it not keep its output back
// until it ends when that is no terminal.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <string_view>

#include "core/glib.h"
#include "core/result.h"

namespace l2tp {

// The values are stroke's own.
enum class StrokeCommand {
  initiate = 0,
  unroute = 2,
  remove = 4,
  terminate = 5,
  reread = 16,
  export_certificates = 19
};

struct StrokeRequest {
  static constexpr int secrets = 1;               // of `reread`
  static constexpr int servers_certificate = 2;   // of `export_certificates`
  static constexpr int servers_certificates = 6;  // with its chain

  StrokeCommand command;
  std::string name;    // of a connection; empty for `reread`
  int flags = 0;       // what of it, for the commands that have a choice
  bool quiet = false;  // charon does not tell how it goes, nor waits until it is done
};

class StrokeClient {
 public:
  struct Handlers {
    std::function<void(std::string_view)> line;  // of charon's answer, without the newline; may be null
    std::function<void()> done;  // charon has closed the connection: last of all calls, may destroy this
  };

  // Connects and asks at once. The error is errno in words.
  static Result<std::unique_ptr<StrokeClient>, std::string> ask(const std::string& path,
                                                                const StrokeRequest& request,
                                                                Handlers handlers);

  StrokeClient(ObjectRef<GSocketConnection> connection, Handlers handlers);

 private:
  void read_on();
  void take(std::string_view text);
  static void on_read(GObject* source, GAsyncResult* result, gpointer self);

  ObjectRef<GSocketConnection> connection_;
  Handlers handlers_;
  std::string pending_;
  std::shared_ptr<bool> alive_ = std::make_shared<bool>(true);
  Cancellable cancellable_;
};

// The request's bytes.
std::string bytes_of(const StrokeRequest& request);

}  // namespace l2tp
