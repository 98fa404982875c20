// Orders to a pluto, by the programs that come with it, without blocking.
#pragma once

#include <deque>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "machine/fd.h"
#include "service/system/child_process.h"

namespace l2tp {

class PlutoControl {
 public:
  // How an order ended; `words` is its last line without whack's number, as the error of a sentence.
  struct Outcome {
    bool done = false;
    std::string words;
  };
  using Line = std::function<void(std::string_view line)>;
  using Ended = std::function<void(const Outcome&)>;

  // `programs`: the folder of whack, addconn and algparse; `socket`: pluto's control socket.
  PlutoControl(std::string programs, std::string socket)
      : programs_(std::move(programs)), socket_(std::move(socket)) {}

  // Each order waits for those before it. `line` gets what pluto says meanwhile; both may be null, and this
  // is not to go within either.
  void whack(std::vector<std::string> arguments, Line line, Ended ended);
  // Gives pluto the connection `name` of `conf`, the text of an ipsec.conf(5).
  void add(const std::string& conf, const std::string& name, Line line, Ended ended);
  // Asks the parser whether each "ike=..." and "esp=..." among `arguments` is known to it.
  void parse_algorithms(const std::vector<std::string>& arguments, Line line, Ended ended);

  // Forgets every order, also the one that is under way: pluto itself goes on with that.
  void cancel();

 private:
  struct Order {
    std::vector<std::string> argv;
    Fd input;
    Line line;
    Ended ended;
  };

  void enqueue(Order order);
  void start_next();
  void take_line(std::string_view line);
  void finish(bool done);

  std::string programs_;
  std::string socket_;
  std::deque<Order> orders_;  // the first one is under way
  Outcome outcome_;
  bool telling_ = false;
  std::unique_ptr<ChildProcess> child_;
};

}  // namespace l2tp
