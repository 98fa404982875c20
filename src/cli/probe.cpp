#include "cli/probe.h"

#include <glib-unix.h>
#include <unistd.h>

#include <charconv>
#include <csignal>
#include <iostream>
#include <optional>
#include <string>
#include <string_view>

#include "cli/command.h"
#include "cli/output.h"
#include "cli/probe_text.h"
#include "cli/proposal_writer.h"
#include "probe/run.h"

namespace l2tp::cli {

namespace {

struct Wish {
  std::string host, connection;
  bool json = false;
  probe::Run::Options options;
};

std::optional<std::uint16_t> port(std::string_view text) {
  std::uint16_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc{} || end != text.data() + text.size() || value == 0) return {};
  return value;
}

std::optional<Wish> wish_of(std::span<char*> arguments) {
  Wish wish;
  for (std::size_t i = 0; i < arguments.size(); ++i) {
    const std::string_view word = arguments[i];
    const bool has_value = i + 1 < arguments.size();
    if (word == "--json") {
      wish.json = true;
    } else if (word == "--patient") {
      wish.options.plan.patient = true;
    } else if (word == "--apply" && has_value) {
      wish.connection = arguments[++i];
    } else if (word == "--source-port" && has_value) {
      const auto number = port(arguments[++i]);
      if (!number) return {};
      wish.options.source_port = *number;
    } else if (!word.empty() && word[0] != '-' && wish.host.empty()) {
      wish.host = word;
    } else {
      return {};
    }
  }
  if (wish.host.empty() && wish.connection.empty()) return {};
  return wish;
}

// One line on standard error that is written over again and again, if that is a terminal.
class Progress {
 public:
  ~Progress() { show(""); }
  void show(const std::string& text) {
    if (!is_terminal_ || text == shown_) return;
    std::cerr << "\r\033[K" << text << std::flush;
    shown_ = text;
  }

 private:
  bool is_terminal_ = isatty(STDERR_FILENO) != 0;
  std::string shown_;
};

// Ctrl-C: ask nothing more, and show what is known.
gboolean on_interrupt(gpointer run) {
  static_cast<probe::Run*>(run)->stop();
  return G_SOURCE_CONTINUE;
}

Result<probe::Outcome, std::string> run_probe(const Wish& wish) {
  const std::unique_ptr<GMainLoop, decltype(&g_main_loop_unref)> loop{g_main_loop_new(nullptr, FALSE),
                                                                      g_main_loop_unref};
  std::optional<Result<probe::Outcome, std::string>> result;
  Progress progress;
  probe::Run run{wish.host, wish.options,
                 [&](const probe::Findings& findings) { progress.show(progress_text(findings)); },
                 [&](Result<probe::Outcome, std::string> outcome) {
                   result.emplace(std::move(outcome));
                   g_main_loop_quit(loop.get());
                 }};
  const Source interrupt{g_unix_signal_add(SIGINT, on_interrupt, &run)};
  g_main_loop_run(loop.get());
  return *result;
}

// Writes the strongest suite of the profile's own authentication into it.
int apply(ProposalWriter& writer, const probe::Findings& findings, std::ostream& stream) {
  const auto authentication =
      writer.uses_certificates() ? ike::Authentication::rsa : ike::Authentication::psk;
  const auto best = findings.strongest(authentication);
  if (!best) {
    std::cerr << "nm-l2tp probe: nothing is written into '" << harmless(writer.name())
              << "': the server accepts nothing for its kind of authentication.\n";
    return found_trouble;
  }
  const auto changes = writer.write(probe::ike_string(*best), probe::esp_string(*best));
  if (!changes) {
    std::cerr << "nm-l2tp probe: " << changes.error() << "\n";
    return found_trouble;
  }
  stream << "\n'" << harmless(writer.name())
         << "': " << (changes.value().empty() ? "it has these strings already\n" : "changed\n");
  for (const auto& line : changes.value()) stream << "  " << line << "\n";
  return success;
}

}  // namespace

int probe(std::span<char*> arguments) {
  auto wish = wish_of(arguments);
  if (!wish) {
    std::cerr << "Usage: nm-l2tp probe HOST [--json] [--apply CONNECTION] [--patient] [--source-port PORT]\n";
    return wrong_usage;
  }
  std::optional<ProposalWriter> writer;
  if (!wish->connection.empty()) {
    auto opened = ProposalWriter::open(wish->connection);
    if (!opened) {
      std::cerr << "nm-l2tp probe: " << opened.error() << "\n";
      return found_trouble;
    }
    writer.emplace(std::move(opened.value()));
    if (wish->host.empty()) wish->host = writer->gateway();
  }
  const auto result = run_probe(*wish);
  if (!result) {
    std::cerr << "nm-l2tp probe: " << harmless(wish->host) << ": " << harmless(result.error()) << "\n";
    return found_trouble;
  }
  const auto& outcome = result.value();
  std::cout << (wish->json ? probe_json(wish->host, outcome) : probe_text(wish->host, outcome));
  if (outcome.findings.verdict() != probe::Verdict::accepts) return found_trouble;
  return writer ? apply(*writer, outcome.findings, wish->json ? std::cerr : std::cout) : success;
}

}  // namespace l2tp::cli
