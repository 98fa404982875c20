#include "service/ipsec/libreswan.h"

extern "C" {
#include <sys/pidfd.h>  // glibc 2.36 does not say it itself
}
#include <fcntl.h>
#include <poll.h>
#include <spawn.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <csignal>
#include <filesystem>
#include <fstream>
#include <utility>

#include "machine/libreswan.h"
#include "service/ipsec/negotiated.h"
#include "service/system/journal.h"
#include "service/system/locked_dir.h"
#include "service/system/run_dir.h"
#include "service/system/xfrm.h"

namespace l2tp {

namespace {

constexpr const char* system_rundir = "/run/pluto";
constexpr const char* secrets_file_name = "ipsec.secrets";  // nm-l2tp-pluto includes it under this name
constexpr Milliseconds unload_time{1500};
constexpr Milliseconds probe_time{1000};

std::string own_rundir() {
  return std::string{run_base} + "/pluto";
}

std::string socket_in(const std::string& rundir) {
  return rundir + "/pluto.ctl";
}

// The pluto that wrote its number into `rundir`; 0 if it has ended.
int pluto_of(const std::string& rundir) {
  int pid = 0;
  std::ifstream{rundir + "/pluto.pid"} >> pid;
  if (pid <= 0) return 0;
  std::error_code error;
  const auto program = std::filesystem::read_symlink("/proc/" + std::to_string(pid) + "/exe", error);
  return program.filename().string().starts_with("pluto") ? pid : 0;  // " (deleted)" follows after an upgrade
}

// What a pluto of ours, or a killed keeper, left. What belongs to a living one is not touched.
void remove_remains_of_dead_pluto() {
  if (auto lock = lock_existing_directory(own_rundir())) RunDir{own_rundir(), std::move(lock.value())};
  if (pluto_of(system_rundir) == 0 && pluto_of(own_rundir()) == 0) xfrm::remove_neighbour_bypass();
}

// Runs a program to its end, or kills it after `limit`; true if it succeeded. `input` becomes its standard
// input. Its words go nowhere.
bool succeeds(std::vector<std::string> words, const std::string& input, Milliseconds limit) {
  const Fd text{memfd_create("input", MFD_CLOEXEC)};
  if (!text || write(text.get(), input.data(), input.size()) != static_cast<ssize_t>(input.size()))
    return false;
  lseek(text.get(), 0, SEEK_SET);

  posix_spawn_file_actions_t actions;
  posix_spawn_file_actions_init(&actions);
  posix_spawn_file_actions_adddup2(&actions, text.get(), STDIN_FILENO);
  posix_spawn_file_actions_addopen(&actions, STDOUT_FILENO, "/dev/null", O_WRONLY, 0);
  posix_spawn_file_actions_addopen(&actions, STDERR_FILENO, "/dev/null", O_WRONLY, 0);
  std::vector<char*> argv;
  for (auto& word : words) argv.push_back(word.data());
  argv.push_back(nullptr);
  pid_t pid = 0;
  const int error = posix_spawn(&pid, argv.front(), &actions, nullptr, argv.data(), environ);
  posix_spawn_file_actions_destroy(&actions);
  if (error != 0) return false;

  const Fd process{pidfd_open(pid, 0)};
  pollfd ended{process.get(), POLLIN, 0};
  if (poll(&ended, 1, static_cast<int>(limit.count())) == 0) kill(pid, SIGKILL);
  int status = 0;
  waitpid(pid, &status, 0);
  return WIFEXITED(status) && WEXITSTATUS(status) == 0;
}

// Whether the pluto that runs takes connections of IKEv1: it is given one that goes nowhere, and takes it or
// not.
bool accepts_ikev1(const std::string& programs, const std::string& socket) {
  const auto name = "nm-l2tp-probe-" + std::to_string(getpid());
  const auto takes = [&](const std::string& version) {
    const auto conf = "conn " + name + "\n  left=127.0.0.1\n  right=127.0.0.2\n  authby=secret\n  " +
                      version + "\n  leftupdown=%disabled\n";
    return succeeds({programs + "/addconn", "--ctlsocket", socket, "--config", "/proc/self/fd/0", name}, conf,
                    probe_time);
  };
  // A pluto that does not even take IKEv2 fails for another reason, which the attempt will name.
  const bool accepts = takes("keyexchange=ikev1") || takes("ikev2=no") || !takes("ikev2=yes");
  succeeds({programs + "/whack", "--ctlsocket", socket, "--name", name, "--delete"}, {}, probe_time);
  return accepts;
}

}  // namespace

DaemonState Libreswan::state() {
  using Presence = DaemonState::Presence;
  const auto programs = libreswan::find_programs();
  DaemonState state{.presence = Presence::installed, .ikev1 = true, .detail = {}};
  if (programs.empty()) {
    state.presence = Presence::absent;
    state.detail = "Libreswan's pluto is not installed";
  } else if (KeptDaemon::runs(own_rundir())) {
    state.presence = Presence::ours;
  } else if (pluto_of(system_rundir) > 0) {
    const auto socket = socket_in(system_rundir);
    state.presence = access(socket.c_str(), W_OK) == 0 ? Presence::running : Presence::unreachable;
    state.detail = state.presence == Presence::running
                       ? socket
                       : "a pluto runs whose control socket (" + socket + ") is not there; restart it";
    if (state.presence == Presence::running && !accepts_ikev1(programs, socket)) {
      state.ikev1 = false;
      state.detail =
          "its pluto runs already and refuses it; put the line ikev1-policy=accept into the section "
          "`config setup` of /etc/ipsec.conf and restart it (systemctl restart ipsec)";
    }
  }
  return state;
}

void Libreswan::start(const IpsecRequest& request, Started started, Lost lost) {
  started_ = std::move(started);
  lost_ = std::move(lost);
  auto failure = prepare(request);
  if (!failure) failure = find_daemon();
  if (failure) return finish(std::move(failure));
  ask_for_algorithms();
}

std::optional<Failure> Libreswan::prepare(const IpsecRequest& request) {
  const auto& ipsec = request.ipsec;
  name_ = request.name;
  endpoints_ = request.endpoints;
  ikev2_ = ipsec.ikev2;
  offer_ = offer_of(ipsec);
  if (programs_.empty()) return failure("ipsec-daemon-missing", "Libreswan's pluto is not installed");
  if (ipsec.certificate_files)
    return failure("ipsec-credentials-refused", "certificates are served by strongSwan alone");
  if ((ipsec.phase1 && ipsec.phase1->strict) || (ipsec.phase2 && ipsec.phase2->strict))
    journal::log(journal::Level::notice,
                 "the '!' is dropped: on Libreswan a list always stands in place of the defaults");

  auto conn = render::libreswan_conn(name_, ipsec, endpoints_, request.gateway, {});
  if (!conn) return failure("ipsec-config-refused", conn.error());
  conn_ = std::move(conn.value());
  pfs_ = render::libreswan_pfs(ipsec);
  wanted_ = {render::libreswan_proposals(ipsec, Phase::one), render::libreswan_proposals(ipsec, Phase::two)};

  const auto secrets = render::libreswan_secrets(ipsec, endpoints_);
  if (!secrets) return failure("ipsec-config-refused", secrets.error());
  const auto file = request.run_dir.write(secrets_file_name, secrets.value().view());
  if (!file) return failure("workspace-failed", file.error());
  secret_file_ = file.value();
  return std::nullopt;
}

std::optional<Failure> Libreswan::find_daemon() {
  if (!KeptDaemon::runs(own_rundir()) && pluto_of(system_rundir) > 0) {
    rundir_ = system_rundir;
    journal::log(journal::Level::info, "using the pluto that runs already",
                 {{"NM_L2TP_SOCKET", socket_in(rundir_)}});
  } else {
    rundir_ = own_rundir();
    remove_remains_of_dead_pluto();
    if (const auto error = join_own()) return failure("ipsec-daemon-failed", *error);
  }
  control_ = std::make_unique<PlutoControl>(programs_, socket_in(rundir_));
  return std::nullopt;
}

std::optional<std::string> Libreswan::join_own() {
  return KeptDaemon::join(rundir_, {{PLUTO_PROGRAM, rundir_, programs_ + "/pluto"}, {}}, own_);
}

void Libreswan::ask_for_algorithms() {
  const auto answered = [this](const AlgorithmFilter::Lists& known) {
    if (!started_) return;
    for (std::size_t phase = 0; phase < known.size(); ++phase)
      if (known[phase].empty() && !wanted_[phase].empty())
        return finish(failure("ipsec-no-algorithm", phase == 0 ? "ipsec-ike" : "ipsec-esp"));
    answers_.phase1 = known[0];
    answers_.phase2 = known[1];
    offer_.phase1 = known[0];
    offer_.phase2 = known[1];
    if (own_) return await_own_socket();
    watch_pluto();
    listen();
  };
  // Without the parser pluto itself is left to judge.
  if (access((programs_ + "/algparse").c_str(), X_OK) != 0) return answered(wanted_);
  filter_ = std::make_unique<AlgorithmFilter>(*control_, ikev2_, pfs_);
  filter_->start(wanted_, answered);
}

void Libreswan::await_own_socket() {
  // Not before we are in: the socket may be that of a pluto which is just being ended.
  if (own_->ready() && pluto_of(rundir_) > 0 && access(socket_in(rundir_).c_str(), W_OK) == 0) {
    watch_pluto();
    return listen();
  }
  if (own_->ended()) {
    // Its last user may have left just when we came.
    if (++restarts_ > most_restarts) return finish(failure("ipsec-daemon-failed", "pluto ended at once"));
    if (const auto error = join_own()) return finish(failure("ipsec-daemon-failed", *error));
  }
  retry_ = clock_.after(socket_retry, [this] { await_own_socket(); });
}

void Libreswan::watch_pluto() {
  pluto_ = ForeignProcess::open(pluto_of(rundir_));
  if (pluto_) pluto_->watch([this] { lose(); });
}

void Libreswan::lose() {
  gone_ = true;
  control_->cancel();
  renewal_.reset();
  auto why = failure("ipsec-daemon-lost", "pluto ended");
  if (stopped_) return leave_daemon();
  if (started_) return finish(std::move(why));
  if (lost_) lost_(std::move(why));
}

// Looks for addresses that are new since pluto looked last, and reads the secrets.
void Libreswan::listen() {
  control_->whack(
      {"--listen"},
      [this](std::string_view line) {
        if (line.find("\"" + secret_file_ + "\"") != std::string_view::npos) secret_read_ = true;
      },
      [this](const PlutoControl::Outcome& outcome) {
        if (!outcome.done) return finish(failure("ipsec-daemon-failed", outcome.words));
        listening_ = true;
        if (!secret_read_) return finish(failure("ipsec-secret-unread", "it did not read " + secret_file_));
        add();
      });
}

void Libreswan::add() {
  auto refusal = std::make_shared<std::string>();
  control_->add(
      render::libreswan_conf(conn_, answers_, ikev2_), name_,
      [refusal](std::string_view line) {
        if (line.find("failed to add") != std::string_view::npos) *refusal = line;
      },
      [this, refusal](const PlutoControl::Outcome& outcome) {
        using render::IkeVersionKeyword;
        if (outcome.done) return initiate();
        // pluto itself has refused, or addconn has not understood.
        if (refusal->find("ikev1-policy") != std::string::npos)
          return finish(failure("ipsec-ikev1-refused", "ikev1-policy is not accept"));
        if (!refusal->empty() || answers_.version_keyword == IkeVersionKeyword::ikev2)
          return finish(failure("ipsec-config-refused", refusal->empty() ? outcome.words : *refusal));
        answers_.version_keyword = IkeVersionKeyword::ikev2;
        add();
      });
}

// The policy first: from then on no packet leaves in clear, and any packet asks for the SAs.
void Libreswan::initiate() {
  if (own_) log_ = std::make_unique<PlutoLog>(rundir_ + "/pluto.log");
  watch_ = std::make_unique<AttemptWatch>(clock_, std::make_unique<PlutoAttempt>(offer_), endpoints_.gateway,
                                          [this](Failure failure) {
                                            if (started_) finish(std::move(failure));
                                          });
  control_->whack({"--name", name_, "--route"}, {}, [this](const PlutoControl::Outcome& outcome) {
    if (!outcome.done) finish(failure("ipsec-config-refused", outcome.words));
  });
  control_->whack(
      {"--name", name_, "--initiate"}, [this](std::string_view line) { attempt_line(line); },
      [this](const PlutoControl::Outcome& outcome) { finish_if_installed(outcome.words); });
  initiated_ = true;
}

void Libreswan::attempt_line(std::string_view line) {
  journal::log(journal::Level::info, "pluto: " + std::string{line});
  read_pluto_algorithms(line, algorithms_);
  if (started_) watch_->take(line);
  if (started_ && watch_->attempt().key_is_in_doubt() && watch_->attempt().repetitions() > 0) ask_for_port();
  read_log();
}

// pluto does not say when it changes to UDP port 4500, where silence may be a firewall's.
void Libreswan::ask_for_port() {
  if (states_) return;
  states_ = std::make_unique<PlutoControl>(programs_, socket_in(rundir_));
  states_->whack({"--showstates"},
                 [this](std::string_view line) {
                   if (started_ && line.find("\"" + name_ + "\":") != std::string_view::npos)
                     watch_->take(line);
                 },
                 {});
}

// Of what whack does not repeat, a refusal is worth knowing.
void Libreswan::read_log() {
  if (!log_ || !started_) return;
  for (const auto& line : log_->news(name_))
    if (read_pluto_line(line)) watch_->take(line);
}

// A command's end is not yet an SA: the kernel decides.
void Libreswan::finish_if_installed(const std::string& words) {
  if (!started_) return;
  if (!xfrm::has_sas(endpoints_)) return finish(watch_->gave_up(words));
  log_ipsec_up({algorithms_.ike, algorithms_.esp});
  finish(std::nullopt);
}

std::optional<Failure> Libreswan::loss() const {
  if (!log_) return std::nullopt;
  for (const auto& line : log_->news(name_)) {
    auto loss = read_pluto_loss(line);
    if (!loss) continue;
    loss->evidence.push_back(line);
    return loss;
  }
  return std::nullopt;
}

// What was lost before is there again.
void Libreswan::sas_changed() {
  if (log_) log_->news(name_);
}

void Libreswan::renew() {
  if (gone_) return;
  renewal_ = std::make_unique<PlutoControl>(programs_, socket_in(rundir_));
  renewal_->whack({"--name", name_, "--initiate", "--asynchronous"}, {}, {});
}

Failure Libreswan::timed_out() const {
  if (!listening_) return failure("ipsec-daemon-failed", "pluto's control socket did not answer in time");
  if (!initiated_) return failure("ipsec-daemon-failed", "it did not take the connection in time");
  return watch_->timed_out();
}

void Libreswan::finish(std::optional<Failure> failure) {
  retry_.reset();
  if (failure && control_) control_->cancel();
  if (const auto started = std::exchange(started_, {})) started(std::move(failure));
}

void Libreswan::stop(Stopped stopped) {
  stopped_ = std::move(stopped);
  started_ = {};
  lost_ = {};
  retry_.reset();
  renewal_.reset();
  states_.reset();
  filter_.reset();
  if (control_) control_->cancel();
  watch_.reset();
  if (!control_ || gone_ || !pluto_) return leave_daemon();
  unload();
}

void Libreswan::unload() {
  // A pluto that does not answer is as good as gone: what it made goes from the kernel by our own hand.
  unload_patience_ = clock_.after(unload_time, [this] {
    gone_ = true;
    control_->cancel();
    leave_daemon();
  });
  control_->whack({"--name", name_, "--delete"}, {}, {});
  unlink(secret_file_.c_str());
  control_->whack({"--rereadsecrets"}, {}, [this](const PlutoControl::Outcome&) { leave_daemon(); });
}

void Libreswan::leave_daemon() {
  unload_patience_.reset();
  pluto_.reset();
  if (!own_) return std::exchange(stopped_, {})();
  own_->leave([this] {
    remove_remains_of_dead_pluto();
    std::exchange(stopped_, {})();
  });
}

std::unique_ptr<PlutoControl> Libreswan::sweep(const std::string& name, const std::string& directory,
                                               const std::function<void()>& done) {
  const auto programs = libreswan::find_programs();
  for (const auto& rundir : {std::string{system_rundir}, own_rundir()}) {
    if (programs.empty() || pluto_of(rundir) == 0) continue;
    auto control = std::make_unique<PlutoControl>(programs, socket_in(rundir));
    unlink((directory + "/" + secrets_file_name).c_str());
    control->whack({"--name", name, "--delete"}, {}, {});
    control->whack({"--rereadsecrets"}, {}, [done](const PlutoControl::Outcome&) { done(); });
    return control;
  }
  remove_remains_of_dead_pluto();
  done();
  return nullptr;
}

}  // namespace l2tp
