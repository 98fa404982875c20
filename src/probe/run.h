// Probes a server from the main loop: looks its name up, holds the socket, drives the interview. Needs
// neither root nor port 500.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>

#include "core/glib.h"
#include "core/result.h"
#include "probe/findings.h"
#include "probe/interview.h"

namespace l2tp::probe {

struct Outcome {
  // Some servers answer nobody whose packets do not come from port 500. It is tried where nothing answers.
  enum class Port500 { not_tried, answers, silent, forbidden, taken };

  std::string address;  // that was asked, "192.0.2.1"
  Port500 from_port_500 = Port500::not_tried;
  Findings findings;
};

class Run {
 public:
  struct Options {
    Plan plan;
    std::uint16_t source_port = 0;  // 0: any free one
    std::uint16_t server_port = 500;
  };
  using Changed = std::function<void(const Findings&)>;
  using Done = std::function<void(Result<Outcome, std::string>)>;

  // Begins at once. `host` is a name or an address, IPv4 before IPv6. `changed` is called whenever something
  // is known that was not; `done` once, unless the run goes before; its error is a sentence's end: why
  // nothing could be sent. Neither is called before the constructor returns.
  Run(std::string host, const Options& options, Changed changed, Done done);
  ~Run();
  Run(const Run&) = delete;
  Run& operator=(const Run&) = delete;

  // Asks nothing more, ends what is under way (at most some seconds) and is done.
  void stop();

 private:
  class Socket;

  static void on_resolved(GObject* source, GAsyncResult* result, gpointer self);
  static gboolean on_packet(gint fd, GIOCondition condition, gpointer self);
  static gboolean on_timer(gpointer self);

  void fail(std::string why);
  void begin(const Plan& plan, std::uint16_t source_port);
  void receive();
  void after_event();
  void conclude();
  void ask_from_port_500();
  void report();

  std::string host_;
  Options options_;
  Changed changed_;
  Done done_;
  Outcome outcome_;
  bool only_checking_ = false;  // whether port 500 helps
  bool stopped_ = false;
  ObjectRef<GInetAddress> address_;
  std::unique_ptr<Socket> socket_;
  std::unique_ptr<Interview> interview_;
  Source packets_, timer_;
  Cancellable cancellable_;
};

}  // namespace l2tp::probe
