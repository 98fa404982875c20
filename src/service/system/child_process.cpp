#include "service/system/child_process.h"

#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>
#include <csignal>
#include <string_view>

#include "core/glib.h"

namespace l2tp {

namespace {

constexpr std::size_t longest_line = 4096;

// Runs between fork and exec: only async-signal-safe calls.
void tie_to_parent(gpointer parent) {
  prctl(PR_SET_PDEATHSIG, SIGTERM);
  signal(SIGPIPE, SIG_IGN);  // when we die its last words have no reader, and it still has a farewell to send
  if (getppid() != GPOINTER_TO_INT(parent)) _exit(1);  // it died before the line above
}

class Subprocess final : public ChildProcess {
 public:
  Subprocess(ObjectRef<GSubprocess> process, bool dies_with_us, Handlers handlers)
      : process_(std::move(process)), dies_with_us_(dies_with_us), handlers_(std::move(handlers)) {
    if (const char* id = g_subprocess_get_identifier(process_.get()))
      pid_ = static_cast<int>(g_ascii_strtoll(id, nullptr, 10));
    g_subprocess_wait_async(process_.get(), cancellable_.get(), on_exit, this);
    if (auto* output = g_subprocess_get_stdout_pipe(process_.get())) {
      output_ = share(output);
      read_on();
    }
  }

  ~Subprocess() override {
    if (!ended_ && dies_with_us_) g_subprocess_force_exit(process_.get());
  }

  [[nodiscard]] int pid() const override { return pid_; }

  void terminate(int signal, Milliseconds grace) override {
    if (ended_) return;  // `exited` has been told, or is about to be
    g_subprocess_send_signal(process_.get(), signal);
    killer_ = clock_.after(grace, [this] { g_subprocess_force_exit(process_.get()); });
  }

 private:
  static void on_exit(GObject* source, GAsyncResult* result, gpointer self) {
    GError* raw = nullptr;
    const bool waited = g_subprocess_wait_finish(G_SUBPROCESS(source), result, &raw) != FALSE;
    const ErrorPtr error{raw};
    if (!waited && was_cancelled(error.get())) return;
    static_cast<Subprocess*>(self)->ended();
  }

  void ended() {
    ended_ = true;
    if (output_ && !output_at_end_) {
      // What it still said is worth hearing before its end is reported; a grandchild may hold the pipe open,
      // so not for long.
      killer_ = clock_.after(Milliseconds{50}, [this] { report_exit(); });
      return;
    }
    report_exit();
  }

  void report_exit() {
    killer_.reset();
    Exit exit;
    if (g_subprocess_get_if_signaled(process_.get()) != FALSE)
      exit.signal = g_subprocess_get_term_sig(process_.get());
    else
      exit.status = g_subprocess_get_exit_status(process_.get());
    const auto exited = std::move(handlers_.exited);
    handlers_ = {};
    if (exited) exited(exit);
  }

  void read_on() {
    g_input_stream_read_bytes_async(output_.get(), longest_line, G_PRIORITY_DEFAULT, cancellable_.get(),
                                    on_output, this);
  }

  static void on_output(GObject* source, GAsyncResult* result, gpointer self) {
    GError* raw = nullptr;
    GBytes* bytes = g_input_stream_read_bytes_finish(G_INPUT_STREAM(source), result, &raw);
    const ErrorPtr error{raw};
    if (bytes == nullptr && was_cancelled(error.get())) return;
    auto* child = static_cast<Subprocess*>(self);
    gsize size = 0;
    const auto* data = bytes == nullptr ? nullptr : static_cast<const char*>(g_bytes_get_data(bytes, &size));
    const std::string text = size > 0 ? std::string{data, size} : std::string{};
    if (bytes != nullptr) g_bytes_unref(bytes);
    if (text.empty()) {
      child->output_at_end_ = true;
      if (child->ended_ && child->killer_) child->report_exit();
      return;
    }
    child->read_on();
    child->take_output(text);
  }

  // Keeps what is not yet a whole line; a line without end is cut, not hoarded.
  void take_output(std::string_view text) {
    std::string lines = std::move(pending_);
    lines += text;
    pending_.clear();
    const auto line = handlers_.line;  // a copy: a line may end this child
    std::weak_ptr<bool> alive = alive_;
    std::size_t start = 0;
    for (auto end = lines.find('\n'); end != std::string::npos; end = lines.find('\n', start)) {
      if (line) line(std::string_view{lines}.substr(start, end - start));
      if (alive.expired()) return;
      start = end + 1;
    }
    pending_ = lines.substr(start);
    if (pending_.size() > longest_line) pending_.clear();
  }

  ObjectRef<GSubprocess> process_;
  bool dies_with_us_;
  Handlers handlers_;
  MainLoopClock clock_;
  ObjectRef<GInputStream> output_;
  std::string pending_;
  int pid_ = 0;
  bool ended_ = false;
  bool output_at_end_ = false;
  std::unique_ptr<Clock::Timer> killer_;
  std::shared_ptr<bool> alive_ = std::make_shared<bool>(true);
  Cancellable cancellable_;  // last: goes first
};

}  // namespace

std::string Exit::words() const {
  return signal != 0 ? "signal " + std::to_string(signal) : "exit status " + std::to_string(status);
}

Result<std::unique_ptr<ChildProcess>, std::string> ChildProcess::spawn(const Command& command,
                                                                       Handlers handlers) {
  const auto flags =
      command.keep_output
          ? G_SUBPROCESS_FLAGS_NONE
          : static_cast<GSubprocessFlags>(G_SUBPROCESS_FLAGS_STDOUT_PIPE | G_SUBPROCESS_FLAGS_STDERR_MERGE);
  const ObjectRef<GSubprocessLauncher> launcher{g_subprocess_launcher_new(flags)};
  for (const auto& [name, value] : command.environment)
    g_subprocess_launcher_setenv(launcher.get(), name.c_str(), value.c_str(), TRUE);
  if (command.dies_with_us)
    g_subprocess_launcher_set_child_setup(launcher.get(), tie_to_parent, GINT_TO_POINTER(getpid()), nullptr);
  if (command.stdin_fd >= 0) g_subprocess_launcher_take_stdin_fd(launcher.get(), dup(command.stdin_fd));

  std::vector<const char*> argv;
  argv.reserve(command.argv.size() + 1);
  for (const auto& word : command.argv) argv.push_back(word.c_str());
  argv.push_back(nullptr);

  GError* raw = nullptr;
  ObjectRef<GSubprocess> process{g_subprocess_launcher_spawnv(launcher.get(), argv.data(), &raw)};
  const ErrorPtr error{raw};
  if (!process) return Unexpected{std::string{error->message}};
  return std::unique_ptr<ChildProcess>{
      std::make_unique<Subprocess>(std::move(process), command.dies_with_us, std::move(handlers))};
}

}  // namespace l2tp
