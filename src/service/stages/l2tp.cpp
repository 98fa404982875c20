#include "service/stages/l2tp.h"

#include <csignal>
#include <utility>

#include "core/log_reader.h"
#include "core/render/pppd_options.h"
#include "core/render/xl2tpd_conf.h"
#include "service/ppp_link.h"
#include "service/system/foreign_process.h"
#include "service/system/journal.h"

namespace l2tp {

namespace {

constexpr Milliseconds grace{600};

}  // namespace

Failure L2tpStage::timed_out() const {
  return failure("l2tp-silent",
                 activation_.endpoints.gateway.to_string() + " did not set the tunnel up within 15 s");
}

void L2tpStage::start(Started started, Lost lost) {
  started_ = std::move(started);
  lost_ = std::move(lost);
  modules_.load([this] {
    if (!stopping_) run();
  });
}

void L2tpStage::run() {
  if (!KernelModules::have_l2tp_ppp())
    journal::log(journal::Level::notice,
                 "the kernel has no l2tp_ppp; the tunnel's data goes through xl2tpd, which is slower");
  if (const auto failure = prepare()) return fail(*failure);

  offer_udp_port(activation_.held_port);
  const auto& dir = *activation_.run_dir;
  auto child = ChildProcess::spawn({.argv = {"xl2tpd", "-D", "-c", dir.file("xl2tpd.conf"), "-C",
                                             dir.file("xl2tpd-control"), "-p", dir.file("xl2tpd.pid")},
                                    .environment = {}},
                                   {.line = [this](std::string_view line) { take_line(line); },
                                    .exited =
                                        [this](Exit exit) {
                                          xl2tpd_.reset();
                                          if (stopping_) return clear_up();
                                          fail(failure("l2tp-daemon-lost", exit.words()));
                                        }});
  if (!child) return fail(failure("l2tp-daemon-missing", child.error()));
  xl2tpd_ = std::move(child.value());
}

// pppd is xl2tpd's child: all that it reads must be there before xl2tpd runs.
std::optional<Failure> L2tpStage::prepare() {
  const auto& dir = *activation_.run_dir;
  auto& settings = activation_.settings;
  auto link = PppLink::listen(dir.file("pppd.sock"), settings.user, std::move(settings.password));
  if (!link) return failure("l2tp-failed", link.error());
  activation_.ppp_link = link.value();

  const render::PppdEnvironment environment{.plugin = PPPD_PLUGIN,
                                            .link_socket = dir.file("pppd.sock"),
                                            .no_script = dir.file("no-script"),
                                            .gateway = activation_.endpoints.gateway,
                                            .debug = journal::shows(journal::Level::info)};
  const auto options = dir.write("ppp-options", render::pppd_options(settings, environment));
  if (!options) return failure("workspace-failed", options.error());
  const auto conf =
      dir.write("xl2tpd.conf", render::xl2tpd_conf(settings, activation_.endpoints, options.value()));
  if (!conf) return failure("workspace-failed", conf.error());
  return std::nullopt;
}

void L2tpStage::take_line(std::string_view line) {
  journal::log(journal::Level::info, std::string{line});
  if (stopping_ || !is_xl2tpd_line(line)) return;
  if (const auto failure = read_xl2tpd_line(line)) return fail(*failure);
  const auto progress = read_xl2tpd_progress(line);
  if (progress == L2tpProgress::listening) activation_.held_port = {};
  if (progress != L2tpProgress::call_up) return;
  if (const auto started = std::exchange(started_, {})) started(std::nullopt);
}

void L2tpStage::fail(const Failure& failure) {
  if (const auto started = std::exchange(started_, {})) return started(failure);
  if (const auto lost = std::exchange(lost_, {})) lost(failure);
}

void L2tpStage::stop(Stopped stopped) {
  stopping_ = true;
  started_ = {};
  lost_ = {};
  stopped_ = std::move(stopped);
  if (!xl2tpd_) return clear_up();
  // SIGINT, because xl2tpd tells the server that it goes (StopCCN) on SIGTERM only if the kernel carries its
  // data.
  xl2tpd_->terminate(SIGINT, grace);
}

// A pppd that never reached us may be left; what can still send must be gone before IPsec goes.
void L2tpStage::clear_up() {
  if (activation_.run_dir && kill_processes_of(activation_.run_dir->path())) {
    again_ = clock_.after(Milliseconds{20}, [this] { clear_up(); });
    return;
  }
  activation_.ppp_link.reset();
  std::exchange(stopped_, {})();
}

}  // namespace l2tp
