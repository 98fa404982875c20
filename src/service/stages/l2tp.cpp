#include "service/stages/l2tp.h"

#include <unistd.h>

#include <array>
#include <csignal>
#include <cstdlib>
#include <utility>

#include "core/certificate.h"
#include "core/log_reader.h"
#include "core/render/pppd_options.h"
#include "core/render/xl2tpd_conf.h"
#include "service/ppp_link.h"
#include "service/system/foreign_process.h"
#include "service/system/journal.h"
#include "service/system/xfrm.h"

namespace l2tp {

namespace {

constexpr Milliseconds grace{600};

// When a server closes the call that pppd runs in, pppd may still have to say why: it was told so in PPP.
constexpr Milliseconds pppds_last_word{300};

// pppd(8), EXIT STATUS.
constexpr int pppd_without_kernel_support = 4;

// 256 bits in hex.
Secret random_passphrase() {
  std::array<unsigned char, 32> bytes{};
  if (getentropy(bytes.data(), bytes.size()) != 0) std::abort();
  std::array<char, 2 * bytes.size()> text{};
  constexpr std::string_view digits = "0123456789abcdef";
  for (std::size_t i = 0; i < bytes.size(); ++i) {
    text[2 * i] = digits[bytes[i] >> 4];
    text[2 * i + 1] = digits[bytes[i] & 15];
  }
  Secret passphrase{{text.data(), text.size()}};
  explicit_bzero(bytes.data(), bytes.size());
  explicit_bzero(text.data(), text.size());
  return passphrase;
}

}  // namespace

Failure L2tpStage::timed_out() const {
  return cause_of(failure(
      "l2tp-silent", activation_.endpoints.gateway.to_string() + " did not set the tunnel up within 15 s"));
}

// Behind a firewall that drops ESP, too, nobody answers L2TP.
Failure L2tpStage::cause_of(const Failure& failure) const {
  if (failure.kind->id != "l2tp-silent") return activation_.xl2tpd_lines.prove(failure);
  if (activation_.settings.ipsec && xfrm::esp_unanswered(activation_.endpoints))
    return activation_.xl2tpd_lines.prove(l2tp::failure("ipsec-esp-lost", failure.detail));
  auto silent = failure;
  if (!activation_.port_holder.empty())
    silent.detail += ", asked from port " + std::to_string(activation_.endpoints.source_port) +
                     " because 1701 is held by " + activation_.port_holder;
  return activation_.xl2tpd_lines.prove(silent);
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
                                          fail(cause_of(failure("l2tp-daemon-lost", exit.words())));
                                        }});
  if (!child) return fail(failure("l2tp-daemon-missing", child.error()));
  xl2tpd_ = std::move(child.value());
}

// pppd is xl2tpd's child: all that it reads must be there before xl2tpd runs.
std::optional<Failure> L2tpStage::prepare() {
  const auto& dir = *activation_.run_dir;
  auto& settings = activation_.settings;
  render::PppdEnvironment environment{.plugin = PPPD_PLUGIN,
                                      .link_socket = dir.file("pppd.sock"),
                                      .no_script = dir.file("no-script"),
                                      .gateway = activation_.endpoints.gateway,
                                      .debug = journal::shows(journal::Level::info)};
  if (settings.user_certificate_files)
    if (auto failure = write_user_certificate(environment)) return failure;
  auto link = PppLink::listen(dir.file("pppd.sock"), settings.user, std::move(settings.password));
  if (!link) return failure("l2tp-failed", link.error());
  activation_.ppp_link = link.value();

  const auto options = dir.write("ppp-options", render::pppd_options(settings, environment));
  if (!options) return failure("workspace-failed", options.error());
  const auto conf =
      dir.write("xl2tpd.conf", render::xl2tpd_conf(settings, activation_.endpoints, options.value()));
  if (!conf) return failure("workspace-failed", conf.error());
  return std::nullopt;
}

// pppd takes a key from a file only. The one that it gets is encrypted, with a passphrase that exists for
// this attempt and goes over the private socket in the place of a password.
std::optional<Failure> L2tpStage::write_user_certificate(render::PppdEnvironment& environment) {
  auto& credentials = activation_.settings.user_credentials;
  auto& passphrase = activation_.settings.password;
  passphrase = random_passphrase();
  const auto key = encrypted_key_pem(credentials.private_key, passphrase.view());
  credentials.private_key.wipe();
  if (!key) return failure("credentials-invalid", "the user's private key cannot be encrypted for pppd");

  auto chain = credentials.chain;
  chain.insert(chain.begin(), credentials.certificate);
  const auto write = [this](std::string_view name, const std::string& content, std::string& file) {
    const auto written = activation_.run_dir->write(name, content);
    if (written) file = written.value();
    return written ? std::nullopt : std::optional{failure("workspace-failed", written.error())};
  };
  if (auto failure =
          write("user-ca.pem", certificates_pem(credentials.authorities), environment.authority_file))
    return failure;
  if (auto failure = write("user-cert.pem", certificates_pem(chain), environment.certificate_file))
    return failure;
  return write("user-key.pem", *key, environment.key_file);
}

void L2tpStage::take_line(std::string_view line) {
  journal::log(journal::Level::info, std::string{line});
  if (stopping_) return;
  if (!is_xl2tpd_line(line)) return activation_.pppd_lines.add(line);
  activation_.xl2tpd_lines.add(line);
  if (const auto result = read_l2tp_result(line)) result_ = result;
  if (const auto status = read_pppd_status(line)) return pppd_ended(*status);
  if (auto failure = read_xl2tpd_line(line, result_)) return take_failure(std::move(*failure));
  const auto progress = read_xl2tpd_progress(line);
  if (progress == L2tpProgress::listening) activation_.held_port = {};
  if (progress != L2tpProgress::call_up) return;
  if (const auto started = std::exchange(started_, {})) started(std::nullopt);
}

void L2tpStage::take_failure(Failure failure) {
  const bool closed = failure.kind->id == "l2tp-refused" || failure.kind->id == "l2tp-call-refused";
  if (!closed || started_) return fail(cause_of(failure));
  const auto ended = l2tp::failure("l2tp-ended", std::move(failure.detail));
  last_word_ = clock_.after(pppds_last_word, [this, ended] { fail(cause_of(ended)); });
}

// Its plugin says so itself, and why; here only if pppd never came as far as its plugin.
void L2tpStage::pppd_ended(int status) {
  if (activation_.ppp_link->pid() != 0) return;
  auto failure = status == pppd_without_kernel_support
                     ? l2tp::failure("l2tp-kernel-missing", "pppd found no PPP in it")
                     : l2tp::failure("ppp-not-started", "it ended with status " + std::to_string(status));
  fail(activation_.pppd_lines.prove(std::move(failure)));
}

void L2tpStage::fail(const Failure& failure) {
  if (const auto started = std::exchange(started_, {})) return started(failure);
  if (const auto lost = std::exchange(lost_, {})) lost(failure);
}

void L2tpStage::stop(Stopped stopped) {
  stopping_ = true;
  started_ = {};
  lost_ = {};
  last_word_.reset();
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
