#include "service/ipsec/pluto_control.h"

#include <sys/mman.h>
#include <unistd.h>

#include <algorithm>
#include <cctype>

namespace l2tp {

namespace {

// A file of memory alone: addconn reads a file, but nothing needs to lie anywhere for it.
Fd in_memory(const std::string& text) {
  Fd fd{memfd_create("ipsec.conf", MFD_CLOEXEC)};
  if (fd && write(fd.get(), text.data(), text.size()) != static_cast<ssize_t>(text.size())) fd.reset();
  return fd;
}

// whack 4 puts the line's number ("036 ") before it, whack 5 does not.
std::string_view without_number(std::string_view line) {
  const auto is_digit = [](char letter) { return std::isdigit(static_cast<unsigned char>(letter)) != 0; };
  if (line.size() > 4 && line[3] == ' ' && std::all_of(line.begin(), line.begin() + 3, is_digit))
    line.remove_prefix(4);
  return line;
}

}  // namespace

void PlutoControl::whack(std::vector<std::string> arguments, Line line, Ended ended) {
  arguments.insert(arguments.begin(), {programs_ + "/whack", "--ctlsocket", socket_});
  enqueue({std::move(arguments), {}, std::move(line), std::move(ended)});
}

void PlutoControl::add(const std::string& conf, const std::string& name, Line line, Ended ended) {
  enqueue({{programs_ + "/addconn", "--ctlsocket", socket_, "--config", "/proc/self/fd/0", name},
           in_memory(conf),
           std::move(line),
           std::move(ended)});
}

void PlutoControl::parse_algorithms(const std::vector<std::string>& arguments, Line line, Ended ended) {
  std::vector<std::string> argv{programs_ + "/algparse"};
  argv.insert(argv.end(), arguments.begin(), arguments.end());
  enqueue({std::move(argv), {}, std::move(line), std::move(ended)});
}

void PlutoControl::cancel() {
  orders_.clear();
  child_.reset();
}

void PlutoControl::enqueue(Order order) {
  orders_.push_back(std::move(order));
  if (!child_ && !telling_) start_next();
}

void PlutoControl::start_next() {
  outcome_ = {};
  const auto& order = orders_.front();
  ChildProcess::Command command;
  command.argv = order.argv;
  command.stdin_fd = order.input.get();
  if (order.input) lseek(order.input.get(), 0, SEEK_SET);
  auto child = ChildProcess::spawn(
      command, {.line = [this](std::string_view line) { take_line(line); },
                .exited = [this](Exit exit) { finish(exit.signal == 0 && exit.status == 0); }});
  if (child) {
    child_ = std::move(child.value());
    return;
  }
  outcome_.words = child.error();
  finish(false);
}

void PlutoControl::take_line(std::string_view line) {
  line = without_number(line);
  if (line.empty()) return;
  outcome_.words = line;
  const auto take = orders_.front().line;  // a copy: it may cancel everything
  if (take) take(line);
}

void PlutoControl::finish(bool done) {
  outcome_.done = done;
  const auto outcome = std::move(outcome_);
  const auto ended = std::move(orders_.front().ended);
  orders_.pop_front();
  const auto child = std::move(child_);  // it may be what calls us
  telling_ = true;                       // what is ordered meanwhile starts afterwards
  if (ended) ended(outcome);
  telling_ = false;
  if (!orders_.empty()) start_next();
}

}  // namespace l2tp
