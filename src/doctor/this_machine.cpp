#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <sys/utsname.h>
#include <sys/wait.h>
#include <unistd.h>

extern "C" {
#include <sys/pidfd.h>  // glibc 2.36 does not say it itself
}

#include <algorithm>
#include <chrono>
#include <condition_variable>
#include <cstdlib>
#include <map>
#include <memory>
#include <mutex>
#include <set>
#include <thread>

#include "core/wording.h"
#include "doctor/machine.h"
#include "libnm/libnm.h"
#include "machine/fd.h"
#include "machine/user_file.h"

namespace l2tp::doctor {

namespace {

using Clock = std::chrono::steady_clock;
using std::chrono::milliseconds;

constexpr milliseconds whole_time{2000};  // of all waiting together
constexpr milliseconds one_time{1000};    // of one question

// How much may still be waited. What is waited for adds up; what is done meanwhile does not count.
class Patience {
 public:
  // Calls `wait` with the time that it may take.
  template <typename Wait>
  auto wait(Wait wait) {
    const auto began = Clock::now();
    auto answer =
        wait(std::clamp(std::chrono::duration_cast<milliseconds>(left_), milliseconds{0}, one_time));
    left_ -= Clock::now() - began;
    return answer;
  }

 private:
  Clock::duration left_ = whole_time;
};

// Within its life a call that does not come back is cancelled after `limit`.
class Watchdog {
 public:
  explicit Watchdog(milliseconds limit) : cancellable_(g_cancellable_new()) {
    thread_ = std::thread{[this, limit] {
      std::unique_lock lock{mutex_};
      if (!ended_.wait_for(lock, limit, [this] { return done_; })) g_cancellable_cancel(cancellable_.get());
    }};
  }
  Watchdog(const Watchdog&) = delete;
  Watchdog& operator=(const Watchdog&) = delete;
  ~Watchdog() {
    {
      const std::lock_guard lock{mutex_};
      done_ = true;
    }
    ended_.notify_one();
    thread_.join();
  }

  [[nodiscard]] GCancellable* get() const { return cancellable_.get(); }

 private:
  ObjectRef<GCancellable> cancellable_;
  std::mutex mutex_;
  std::condition_variable ended_;
  bool done_ = false;
  std::thread thread_;
};

// --- programs

struct SpawnActions {
  SpawnActions() { posix_spawn_file_actions_init(&actions); }
  SpawnActions(const SpawnActions&) = delete;
  SpawnActions& operator=(const SpawnActions&) = delete;
  ~SpawnActions() { posix_spawn_file_actions_destroy(&actions); }
  posix_spawn_file_actions_t actions{};
};

std::optional<std::string> output_of(std::vector<std::string> words, milliseconds limit) {
  constexpr std::size_t most = 64UL << 10;
  int ends[2];
  if (pipe2(ends, O_CLOEXEC) != 0) return std::nullopt;
  const Fd output{ends[0]};
  Fd input{ends[1]};

  SpawnActions spawn;
  posix_spawn_file_actions_addopen(&spawn.actions, STDIN_FILENO, "/dev/null", O_RDONLY, 0);
  posix_spawn_file_actions_adddup2(&spawn.actions, input.get(), STDOUT_FILENO);
  posix_spawn_file_actions_adddup2(&spawn.actions, input.get(), STDERR_FILENO);
  std::vector<char*> argv;
  for (auto& word : words) argv.push_back(word.data());
  argv.push_back(nullptr);
  pid_t pid = 0;
  if (posix_spawn(&pid, argv.front(), &spawn.actions, nullptr, argv.data(), environ) != 0)
    return std::nullopt;
  input.reset();

  const auto end = Clock::now() + limit;
  std::string text;
  bool whole = false;
  while (!whole && text.size() < most) {
    const auto left = std::chrono::duration_cast<milliseconds>(end - Clock::now());
    pollfd ready{output.get(), POLLIN, 0};
    if (left.count() <= 0 || poll(&ready, 1, static_cast<int>(left.count())) <= 0) break;
    char part[4096];
    const auto got = read(output.get(), part, sizeof part);
    if (got > 0) text.append(part, static_cast<std::size_t>(got));
    whole = got <= 0;
  }
  // Its end of the pipe may be closed before it is gone.
  const Fd process{pidfd_open(pid, 0)};
  pollfd ended{process.get(), POLLIN, 0};
  const auto left = std::chrono::duration_cast<milliseconds>(end - Clock::now());
  if (!whole || poll(&ended, 1, static_cast<int>(std::max<std::int64_t>(left.count(), 0))) == 0)
    kill(pid, SIGKILL);
  int status = 0;
  waitpid(pid, &status, 0);
  constexpr int could_not_run = 127;
  if (!whole || (WIFEXITED(status) && WEXITSTATUS(status) == could_not_run)) return std::nullopt;
  return text;
}

// --- D-Bus

class SystemBus {
 public:
  Result<VariantPtr, std::string> call(const BusCall& call, milliseconds limit) {
    const VariantPtr arguments{call.arguments == nullptr ? nullptr : g_variant_ref_sink(call.arguments)};
    if (limit.count() == 0 || deaf_.contains(call.service))
      return Unexpected{std::string{"no answer in time"}};
    const Watchdog watchdog{limit};
    if (auto error = connect(watchdog.get())) return Unexpected{std::move(*error)};
    GError* raw = nullptr;
    // Nothing is started for it: doctor looks at what is there.
    VariantPtr reply{g_dbus_connection_call_sync(
        connection_.get(), call.service, call.path.c_str(), call.interface, call.method, arguments.get(),
        nullptr, G_DBUS_CALL_FLAGS_NO_AUTO_START, static_cast<int>(limit.count()), watchdog.get(), &raw)};
    if (reply) return reply;
    return Unexpected{words(call.service, raw)};
  }

 private:
  std::optional<std::string> connect(GCancellable* cancellable) {
    if (connection_) return std::nullopt;
    if (refused_) return refused_;
    GError* raw = nullptr;
    const CharPtr address{g_dbus_address_get_for_bus_sync(G_BUS_TYPE_SYSTEM, cancellable, &raw)};
    if (address)
      connection_.reset(g_dbus_connection_new_for_address_sync(
          address.get(),
          static_cast<GDBusConnectionFlags>(G_DBUS_CONNECTION_FLAGS_AUTHENTICATION_CLIENT |
                                            G_DBUS_CONNECTION_FLAGS_MESSAGE_BUS_CONNECTION),
          nullptr, cancellable, &raw));
    if (!connection_) refused_ = words("the bus", raw);
    return refused_;
  }

  // One that did not answer once is not waited for again.
  std::string words(const char* service, GError* raw) {
    const ErrorPtr error{raw};
    if (was_cancelled(error.get()) ||
        g_error_matches(error.get(), G_IO_ERROR, G_IO_ERROR_TIMED_OUT) != FALSE ||
        g_error_matches(error.get(), G_DBUS_ERROR, G_DBUS_ERROR_NO_REPLY) != FALSE) {
      deaf_.insert(service);
      return "no answer in time";
    }
    if (g_dbus_error_is_remote_error(error.get()) != FALSE) g_dbus_error_strip_remote_error(error.get());
    return error->message;
  }

  ObjectRef<GDBusConnection> connection_;
  std::optional<std::string> refused_;
  std::set<std::string> deaf_;
};

// --- DNS

struct FreeAddresses {
  void operator()(GList* list) const { g_resolver_free_addresses(list); }
};

struct Lookup {
  std::unique_ptr<GList, FreeAddresses> list;
  ErrorPtr error;
  bool done = false;
};

void on_addresses(GObject* resolver, GAsyncResult* result, gpointer data) {
  auto* lookup = static_cast<Lookup*>(data);
  GError* raw = nullptr;
  lookup->list.reset(g_resolver_lookup_by_name_finish(G_RESOLVER(resolver), result, &raw));
  lookup->error.reset(raw);
  lookup->done = true;
}

Result<Addresses, std::string> addresses_of(const std::string& host, milliseconds limit) {
  if (limit.count() == 0) return Unexpected{std::string{"no answer in time"}};
  const ObjectRef<GResolver> resolver{g_resolver_get_default()};
  const Watchdog watchdog{limit};
  Lookup lookup;
  g_resolver_lookup_by_name_async(resolver.get(), host.c_str(), watchdog.get(), on_addresses, &lookup);
  while (!lookup.done) g_main_context_iteration(nullptr, TRUE);
  if (was_cancelled(lookup.error.get())) return Unexpected{std::string{"no answer in time"}};
  if (lookup.error) return Unexpected{std::string{lookup.error->message}};

  Addresses addresses;
  for (const GList* entry = lookup.list.get(); entry != nullptr; entry = entry->next) {
    const CharPtr text{g_inet_address_to_string(static_cast<GInetAddress*>(entry->data))};
    if (const auto address = Ipv4Address::parse(text.get()))
      addresses.ipv4.push_back(*address);
    else
      addresses.ipv6 = true;
  }
  return addresses;
}

std::string environment(const char* name) {
  const char* value = std::getenv(name);
  return value == nullptr ? std::string{} : std::string{value};
}

// Whose desktop is meant: who called sudo, if that is how we became root.
uid_t asking_user() {
  const auto caller = environment("SUDO_UID");
  if (getuid() != 0 || caller.empty()) return getuid();
  return static_cast<uid_t>(std::strtoul(caller.c_str(), nullptr, 10));
}

// NM_ENCODE_VERSION: a byte for each number.
std::string libnm_version() {
  const auto version = nm_utils_version();
  return std::to_string(version >> 16 & 0xff) + "." + std::to_string(version >> 8 & 0xff) + "." +
         std::to_string(version & 0xff);
}

}  // namespace

Machine this_machine() {
  Machine machine;
  machine.privileged = geteuid() == 0;
  machine.uid = asking_user();
  utsname name{};
  if (uname(&name) == 0) machine.kernel = name.release;
  machine.desktop = environment("XDG_CURRENT_DESKTOP");
  machine.libnm = libnm_version();
  machine.now = std::time(nullptr);
  const auto patience = std::make_shared<Patience>();
  // What was asked once is known.
  auto outputs = std::make_shared<std::map<std::vector<std::string>, std::optional<std::string>>>();
  machine.run = [patience, outputs](const std::vector<std::string>& argv) {
    auto [answer, is_new] = outputs->try_emplace(argv);
    if (is_new)
      answer->second = patience->wait([&argv](milliseconds limit) { return output_of(argv, limit); });
    return answer->second;
  };
  auto bus = std::make_shared<SystemBus>();
  machine.call = [bus, patience](const BusCall& call) {
    return patience->wait([&](milliseconds limit) { return bus->call(call, limit); });
  };
  machine.resolve = [patience](const std::string& host) {
    return patience->wait([&host](milliseconds limit) { return addresses_of(host, limit); });
  };
  machine.read_as = [patience](const std::string& path, const std::string& owner) {
    return patience->wait([&](milliseconds limit) { return read_user_file(path, owner, limit); });
  };
  return machine;
}

}  // namespace l2tp::doctor
