#include "auth-dialog/ask_in_window.h"

#include <glib.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <filesystem>

namespace l2tp {

namespace {

// Beside the program that runs: both are installed in one directory.
std::string window_program() {
  std::error_code none;
  return std::filesystem::read_symlink("/proc/self/exe", none).replace_filename("nm-l2tp-auth-window");
}

// What is asked for, and nothing of what is known.
Form question_in(const Form& form) {
  Form question{.title = form.title, .description = form.description, .entries = {}};
  for (const auto& entry : form.entries)
    if (entry.ask) question.entries.push_back({.key = entry.key, .label = entry.label, .ask = true});
  return question;
}

Secret read_all(int fd) {
  static std::array<char, 1 << 16> answer;
  std::size_t size = 0;
  while (size < answer.size()) {
    const auto got = read(fd, answer.data() + size, answer.size() - size);
    if (got < 0 && errno == EINTR) continue;
    if (got <= 0) break;
    size += static_cast<std::size_t>(got);
  }
  Secret text{{answer.data(), size}};
  explicit_bzero(answer.data(), size);
  return text;
}

}  // namespace

Asked ask_in_window(Form& form) {
  std::string program = window_program();
  if (access(program.c_str(), X_OK) != 0) return Asked::no_window;
  std::array<char*, 2> argv{program.data(), nullptr};
  GPid pid = 0;
  int input = -1, output = -1;
  // The window goes when we are ended: the client that asked is gone then.
  const auto die_with_parent = [](gpointer) { prctl(PR_SET_PDEATHSIG, SIGTERM); };
  if (g_spawn_async_with_pipes(nullptr, argv.data(), nullptr, G_SPAWN_DO_NOT_REAP_CHILD, die_with_parent,
                               nullptr, &pid, &input, &output, nullptr, nullptr) == FALSE)
    return Asked::no_window;

  signal(SIGPIPE, SIG_IGN);  // it may end before it has read all
  write_all(input, to_key_file(question_in(form)));
  close(input);
  const Secret answer = read_all(output);
  close(output);
  int status = 0;
  while (waitpid(pid, &status, 0) < 0 && errno == EINTR) {
  }
  if (!WIFEXITED(status)) return Asked::cancelled;
  if (WEXITSTATUS(status) == 0) return take_answers(form, answer.view()) ? Asked::answered : Asked::cancelled;
  return WEXITSTATUS(status) == 1 ? Asked::cancelled : Asked::no_window;
}

}  // namespace l2tp
