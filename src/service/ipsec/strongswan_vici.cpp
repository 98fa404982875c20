#include "service/ipsec/strongswan_vici.h"

#include <sys/stat.h>
#include <unistd.h>

#include <csignal>
#include <fstream>

#include "core/log_reader.h"
#include "core/render/vici_connection.h"
#include "service/system/journal.h"
#include "service/system/locked_dir.h"
#include "service/system/run_dir.h"

namespace l2tp {

namespace {

using vici::Section;

constexpr const char* own_socket =
    "/run/charon.nm-l2tp.vici";  // charon's AppArmor profile allows /run/charon.*
std::string own_directory() {
  return std::string{run_base} + "/charon";
}  // the keeper's
constexpr const char* charon_pid_file = "/run/charon.pid";
constexpr Milliseconds socket_retry{10};
constexpr Milliseconds doubt_time{2000};
constexpr Milliseconds unload_time{1000};
constexpr int most_restarts = 2;

// Where distributions let the system's charon listen.
const std::vector<std::string>& system_sockets() {
  static const std::vector<std::string> paths{"/run/charon.vici", "/run/strongswan/charon.vici"};
  return paths;
}

// charon, or charon-systemd where a distribution has only that (Debian 13): it runs as well as any without
// systemd.
std::string find_charon() {
  for (const char* path : {"/usr/lib/ipsec/charon", "/usr/libexec/ipsec/charon", "/usr/lib/strongswan/charon",
                           "/usr/libexec/strongswan/charon", "/usr/local/libexec/ipsec/charon",
                           "/usr/sbin/charon-systemd", "/usr/bin/charon-systemd"})
    if (access(path, X_OK) == 0) return path;
  return {};
}

// A charon that runs, as its own pid file tells; it would not let a second one start.
bool some_charon_runs() {
  int pid = 0;
  std::ifstream{charon_pid_file} >> pid;
  return pid > 0 && kill(pid, 0) == 0;
}

// What a charon of ours, or a killed keeper, left. What belongs to a living one is not touched.
void remove_files_of_dead_charon() {
  if (!some_charon_runs()) unlink(charon_pid_file);
  if (!ViciClient::connect(own_socket, {})) unlink(own_socket);  // charon itself never removes it
  if (auto lock = lock_existing_directory(own_directory())) RunDir{own_directory(), std::move(lock.value())};
}

Section named(std::string_view key, const std::string& name) {
  Section section;
  section.value(key, name);
  return section;
}

// The negotiated algorithms of one SA as charon reports them: "AES_CBC-256/HMAC_SHA2_256_128/MODP_2048".
std::string algorithms(const Section& sa) {
  std::string text{sa.get("encr-alg")};
  if (const auto bits = sa.get("encr-keysize"); !bits.empty()) text.append("-").append(bits);
  for (const auto* part : {"integ-alg", "dh-group"})
    if (const auto word = sa.get(part); !word.empty()) text.append("/").append(word);
  return text;
}

bool weak(std::string_view words) {
  for (const auto* word : {"DES", "MD5", "SHA1", "MODP_768", "MODP_1024", "MODP_1536"})
    if (words.find(word) != std::string_view::npos) return true;
  return false;
}

// The installed CHILD_SA in a list-sa event's IKE_SA, or null.
const Section* installed_child(const Section& ike) {
  const auto* children = ike.find("child-sas");
  if (children == nullptr) return nullptr;
  for (const auto& entry : children->entries()) {
    const auto* child = std::get_if<Section>(&entry.content);
    if (child != nullptr && child->get("state") == "INSTALLED") return child;
  }
  return nullptr;
}

// Takes connection, SAs and key out of a charon: first the SAs, then the policy, so that nothing can set up
// new ones between.
void take_out(ViciClient& charon, const std::string& name, std::function<void()> done) {
  Section terminate = named("ike", name);
  terminate.value("force", "yes").value("timeout", "300").value("loglevel", "-1");
  charon.request("terminate", terminate, {});
  charon.request("unload-conn", named("name", name), {});
  charon.request("unload-shared", named("id", name),
                 [done = std::move(done)](const Result<Section, std::string>&) { done(); });
}

}  // namespace

void StrongswanVici::start(const std::string& name, const IpsecSettings& ipsec,
                           const render::Endpoints& endpoints, Started started, Lost lost) {
  name_ = name;
  connection_ = render::vici_connection(name, ipsec, endpoints);
  shared_key_ = render::vici_shared_key(name, ipsec, endpoints);
  started_ = std::move(started);
  lost_ = std::move(lost);
  if (const auto failure = find_daemon()) finish(failure);
}

std::optional<Failure> StrongswanVici::find_daemon() {
  for (const auto& path : system_sockets()) {
    if (connect_control(path)) continue;
    journal::log(journal::Level::info, "using the charon that runs already", {{"NM_L2TP_SOCKET", path}});
    load();
    return std::nullopt;
  }
  if (find_charon().empty()) return failure("ipsec-daemon-missing", "no charon in the usual places");

  // A charon with a pid file and no VICI socket of the system's is either ours, kept for another connection,
  // or one that only `ipsec` can reach.
  if (some_charon_runs() && access(own_socket, F_OK) != 0 && !KeptDaemon::runs(own_directory()))
    return failure("ipsec-daemon-without-vici", "no /run/charon.vici");

  if (const auto error = join_own()) return failure("ipsec-daemon-failed", *error);
  await_own_socket();
  return std::nullopt;
}

std::optional<std::string> StrongswanVici::join_own() {
  const KeptDaemon::Program program{{find_charon()}, {{"STRONGSWAN_CONF", CHARON_CONF}}};
  return KeptDaemon::join(own_directory(), program, own_);
}

void StrongswanVici::await_own_socket() {
  // Not before we are in: the socket may be that of a charon which is just being ended.
  if (own_->ready() && !connect_control(own_socket)) return load();
  if (own_->ended()) {
    // Its last user may have left just when we came.
    if (++restarts_ > most_restarts) return finish(failure("ipsec-daemon-failed", "it ended at once"));
    if (const auto error = join_own()) return finish(failure("ipsec-daemon-failed", *error));
  }
  retry_ = clock_.after(socket_retry, [this] { await_own_socket(); });
}

std::optional<std::string> StrongswanVici::connect_control(const std::string& path) {
  auto client = ViciClient::connect(
      path, {.event = [this](std::string_view, const Section& message) { take_sa(message); },
             .closed = [this](const std::string& why) { lose(why); }});
  if (!client) return client.error();
  control_ = std::move(client.value());
  socket_ = path;
  return std::nullopt;
}

// The daemon's report of an SA, asked for (list-sa) or as it comes up (child-updown).
void StrongswanVici::take_sa(const Section& message) {
  const auto* ike = message.find(name_);
  const auto* child = ike == nullptr ? nullptr : installed_child(*ike);
  if (child == nullptr) return;
  installed_ = Algorithms{algorithms(*ike), algorithms(*child)};
  finish_if_installed();
}

void StrongswanVici::lose(const std::string& why) {
  gone_ = true;
  if (started_) return finish(failure("ipsec-daemon-lost", why));
  if (lost_) lost_(failure("ipsec-daemon-lost", why));
}

void StrongswanVici::load() {
  const auto refused = [this](const Result<Section, std::string>& reply) {
    if (reply) return;
    finish(failure(control_->lost() ? "ipsec-daemon-lost" : "ipsec-config-refused", reply.error()));
  };
  control_->subscribe("list-sa", refused);
  control_->subscribe("child-updown", refused);
  control_->request("load-shared", shared_key_, refused);
  control_->request("load-conn", connection_, [this, refused](const Result<Section, std::string>& reply) {
    refused(reply);
    if (reply && started_) initiate();
  });
  shared_key_ = {};
}

void StrongswanVici::initiate() {
  auto client = ViciClient::connect(
      socket_,
      {.event = [this](std::string_view, const Section& message) { attempt_log(message.get("msg")); },
       .closed = {}});
  if (!client) return finish(failure("ipsec-failed", client.error()));
  initiator_ = std::move(client.value());

  Section request = named("child", name_);
  request.value("ike", name_).value("loglevel", "1");
  initiator_->subscribe("control-log", {});
  initiator_->request("initiate", request, [this](const Result<Section, std::string>& reply) {
    if (reply) return ask_for_sas();
    if (initiator_->lost()) return finish(failure("ipsec-daemon-lost", reply.error()));
    finish(told_ ? *told_ : failure("ipsec-failed", reply.error()));
  });
}

void StrongswanVici::attempt_log(std::string_view line) {
  if (line.empty()) return;
  journal::log(journal::Level::info, "charon: " + std::string{line});
  if (auto failure = read_charon_line(line); failure && !told_) told_ = std::move(failure);
  if (is_charon_decryption_trouble(line) && !doubt_)
    doubt_ = clock_.after(doubt_time, [this] {
      finish(
          failure("ipsec-authentication", "what it sent could not be decrypted; the pre-shared keys differ"));
    });
}

// A command's success is not yet an SA: the daemon's own report decides.
void StrongswanVici::ask_for_sas() {
  initiated_ = true;
  finish_if_installed();
  if (started_) control_->request("list-sas", named("ike", name_), {});
}

void StrongswanVici::finish_if_installed() {
  if (!started_ || !initiated_ || !installed_) return;
  const bool is_weak = weak(installed_->ike) || weak(installed_->esp);
  journal::log(is_weak ? journal::Level::warning : journal::Level::notice,
               is_weak ? "IPsec is up, with weak algorithms" : "IPsec is up",
               {{"NM_L2TP_IKE", installed_->ike}, {"NM_L2TP_ESP", installed_->esp}});
  finish(std::nullopt);
}

Failure StrongswanVici::timed_out() const {
  if (!control_) return failure("ipsec-daemon-failed", "its control socket did not open within 20 s");
  if (!initiator_) return failure("ipsec-daemon-failed", "it did not take the connection within 20 s");
  return told_ ? *told_ : failure("ipsec-silent", "no answer within 20 s");
}

void StrongswanVici::finish(std::optional<Failure> failure) {
  retry_.reset();
  doubt_.reset();
  if (const auto started = std::exchange(started_, {})) started(std::move(failure));
}

void StrongswanVici::stop(Stopped stopped) {
  stopped_ = std::move(stopped);
  started_ = {};
  lost_ = {};
  retry_.reset();
  doubt_.reset();
  initiator_.reset();
  unload();
}

void StrongswanVici::unload() {
  if (!control_ || gone_) return leave_daemon();
  // A charon that does not answer is as good as gone: what it made goes from the kernel by our own hand.
  unload_patience_ = clock_.after(unload_time, [this] {
    gone_ = true;
    leave_daemon();
  });
  take_out(*control_, name_, [this] {
    if (!std::exchange(unload_patience_, {})) return;
    gone_ = gone_ || control_->lost();
    leave_daemon();
  });
}

void StrongswanVici::leave_daemon() {
  unload_patience_.reset();
  if (!own_) return std::exchange(stopped_, {})();
  own_->leave([this] {
    remove_files_of_dead_charon();
    std::exchange(stopped_, {})();
  });
}

std::unique_ptr<ViciClient> StrongswanVici::sweep(const std::string& name,
                                                  const std::function<void()>& done) {
  auto paths = system_sockets();
  paths.emplace_back(own_socket);
  for (const auto& path : paths) {
    auto client = ViciClient::connect(path, {});
    if (!client) continue;
    take_out(*client.value(), name, done);
    return std::move(client.value());
  }
  done();
  return nullptr;
}

}  // namespace l2tp
