// The seam between doctor and the machine that it looks at: everything is asked, nothing is changed, and
// every answer comes within a bounded time. Tests show it a tree of files and answers of their own.
#pragma once

#include <sys/types.h>

#include <ctime>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "core/address.h"
#include "core/glib.h"
#include "core/result.h"
#include "core/secret.h"

namespace l2tp::doctor {

// A method of a service on the system bus.
struct BusCall {
  const char* service;
  std::string path;
  const char* interface;
  const char* method;
  GVariant* arguments = nullptr;  // may be floating; a tuple
};

// What a host's name stands for.
struct Addresses {
  std::vector<Ipv4Address> ipv4;
  bool ipv6 = false;
};

struct Machine {
  std::string root;         // stands before every path; empty: this machine
  bool privileged = false;  // sees what only root can
  uid_t uid = 0;            // of the user who asks
  std::string kernel;       // the release that runs
  std::string desktop;      // XDG_CURRENT_DESKTOP
  std::string libnm;        // its version
  std::time_t now = 0;

  // What a program prints on both streams; nothing if it is not there, may not be run or takes too long.
  std::function<std::optional<std::string>(const std::vector<std::string>& argv)> run;
  // A method's reply, a tuple; or why there is none.
  std::function<Result<VariantPtr, std::string>(const BusCall& call)> call;
  std::function<Result<Addresses, std::string>(const std::string& host)> resolve;
  // A file of a profile, read as `owner` (empty: as ourselves).
  std::function<Result<Secret, std::string>(const std::string& path, const std::string& owner)> read_as;

  [[nodiscard]] bool exists(const std::string& path) const;
  // A folder on the way lets us not see whether it is there.
  [[nodiscard]] bool is_hidden(const std::string& path) const;
  [[nodiscard]] bool is_executable(const std::string& path) const;
  // A file, or its last 4 MiB; what the kernel has logged of /dev/kmsg. Nothing if it cannot be read.
  [[nodiscard]] std::optional<std::string> read(const std::string& path) const;
  // Paths of what is in a folder, sorted; none if it cannot be read.
  [[nodiscard]] std::vector<std::string> list(const std::string& folder) const;
  // The first of `paths` that is there; empty: none.
  [[nodiscard]] std::string first_of(const std::vector<std::string>& paths) const;
  // The processes whose name (at most 15 bytes) is `name`, without those that are seen to have another
  // network: a container's.
  [[nodiscard]] std::vector<int> processes(const std::string& name) const;

  // A property of an object of NetworkManager's; nothing if there was no answer.
  [[nodiscard]] VariantPtr network_manager_property(const std::string& path, const char* interface,
                                                    const char* property) const;
};

// The machine that we run on. Programs, D-Bus, DNS and profiles' files together get 2 s of waiting.
Machine this_machine();

// A text's lines, without their ends.
std::vector<std::string> lines_of(const std::string& text);

// A line's words, parted by blanks.
std::vector<std::string> words_of(const std::string& line);

}  // namespace l2tp::doctor
