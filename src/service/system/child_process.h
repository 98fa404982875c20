// A daemon that we run as our child: its life ends with ours, its log lines come to us.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "core/result.h"
#include "service/system/clock.h"

namespace l2tp {

// How a child ended: by itself with a status, or by a signal.
struct Exit {
  int status = 0;  // exit status; meaningful if signal is 0
  int signal = 0;
  [[nodiscard]] std::string words() const;  // "exit status 1", "signal 9"
};

class ChildProcess {
 public:
  struct Handlers {
    std::function<void(std::string_view)> line;  // one line of its output, without the newline; may be null
    std::function<void(Exit)> exited;            // last of all calls; the child may be destroyed within it
  };

  struct Command {
    std::vector<std::string> argv;
    std::vector<std::pair<std::string, std::string>> environment;  // added to ours
    int stdin_fd = -1;  // inherited as standard input; -1: /dev/null
    bool dies_with_us =
        true;  // SIGTERM when this process ends in whatever way; SIGKILL when this object goes
    bool keep_output = false;  // its output goes where ours goes, not to `line`
  };

  // Starts the program, found in PATH. The error is a sentence fragment ("xl2tpd: No such file or
  // directory").
  static Result<std::unique_ptr<ChildProcess>, std::string> spawn(const Command& command, Handlers handlers);

  virtual ~ChildProcess() = default;

  [[nodiscard]] virtual int pid() const = 0;
  // Sends `signal`, and SIGKILL if it still lives after `grace`; `exited` follows in either case.
  virtual void terminate(int signal, Milliseconds grace) = 0;
};

}  // namespace l2tp
