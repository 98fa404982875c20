// An IPsec daemon of our own, which lives for as long as any connection uses it.
//
// A machine can run one IKE daemon, but has one service process per connection (law 9). So the daemon's
// parent is a small keeper process (src/keeper): each connection holds a socket to it, and when the last one
// is closed, by whatever end, the daemon ends.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "core/glib.h"
#include "machine/fd.h"
#include "service/system/child_process.h"
#include "service/system/clock.h"

namespace l2tp {

inline constexpr Milliseconds socket_retry{10};  // between two tries to reach a daemon that has just started
inline constexpr int most_restarts = 2;          // of one that ends at once

class KeptDaemon {
 public:
  struct Program {
    std::vector<std::string> argv;
    std::vector<std::pair<std::string, std::string>> environment;
  };

  // Joins the daemon that the keeper of `directory` already runs, or starts a keeper with `program`. An error
  // in words.
  static std::optional<std::string> join(const std::string& directory, const Program& program,
                                         std::unique_ptr<KeptDaemon>& kept);

  // True while a keeper of `directory` lives.
  static bool runs(const std::string& directory);

  // Has the keeper send the daemon SIGHUP.
  void reload() const;

  // Lets go; `left` is called when the keeper has ended the daemon, or keeps it for others.
  void leave(std::function<void()> left);

  // True once the keeper has taken us in: what runs now will run for as long as we stay.
  [[nodiscard]] bool ready() const { return ready_; }

  // True once the keeper that we started ended although nobody had let go.
  [[nodiscard]] bool ended() const { return ended_; }

 private:
  static gboolean on_readable(int fd, GIOCondition condition, gpointer self);

  Fd socket_;
  std::unique_ptr<ChildProcess> keeper_;
  bool ready_ = false;
  bool ended_ = false;
  std::function<void()> left_;
  Source watch_;
};

}  // namespace l2tp
