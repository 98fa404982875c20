#include "service/ipsec/strongswan_vici.h"

#include <sys/stat.h>
#include <unistd.h>

#include "core/log_reader.h"
#include "core/render/vici_connection.h"
#include "machine/strongswan.h"
#include "service/activation.h"
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
constexpr Milliseconds unload_time{1000};
constexpr Milliseconds others_time{50};
constexpr int most_waits = 100;

// What a charon of ours, or a killed keeper, left. What belongs to a living one is not touched.
void remove_files_of_dead_charon() {
  strongswan::remove_stale_pid_file();
  if (!ViciClient::connect(own_socket, {})) unlink(own_socket);  // charon itself never removes it
  if (auto lock = lock_existing_directory(own_directory())) RunDir{own_directory(), std::move(lock.value())};
}

Section named(std::string_view key, const std::string& name) {
  Section section;
  section.value(key, name);
  return section;
}

std::string joined(const std::vector<std::string>& words) {
  std::string text;
  for (const auto& word : words) text.append(text.empty() ? "" : ", ").append(word);
  return text;
}

// The negotiated algorithms of one SA as charon reports them: "AES_CBC-256/HMAC_SHA2_256_128/MODP_2048".
std::string algorithms(const Section& sa) {
  std::string text{sa.get("encr-alg")};
  if (const auto bits = sa.get("encr-keysize"); !bits.empty()) text.append("-").append(bits);
  for (const auto* part : {"integ-alg", "dh-group"})
    if (const auto word = sa.get(part); !word.empty()) text.append("/").append(word);
  return text;
}

template <typename Take>
void each_section(const Section& parent, const Take& take) {
  for (const auto& entry : parent.entries())
    if (const auto* section = std::get_if<Section>(&entry.content)) take(entry.name, *section);
}

template <typename Take>
void each_child(const Section& ike, const Take& take) {
  if (const auto* children = ike.find("child-sas"))
    each_section(*children, [&take](const std::string&, const Section& child) { take(child); });
}

// An IKE_SA is named after the first connection that uses it; a CHILD_SA after its own.
void note_sas(const Section& list_sa, const std::string& name, StrongswanVici::OwnSas& own) {
  each_section(list_sa, [&](const std::string& first_user, const Section& ike) {
    bool used = false;
    bool shared = false;
    each_child(ike, [&](const Section& child) { (child.get("name") == name ? used : shared) = true; });
    if (shared)
      own.child = own.child || used;
    else if (used || first_user == name)
      own.ikes.emplace_back(ike.get("uniqueid"));
  });
}

void terminate(ViciClient& charon, std::string_view key, const std::string& value) {
  Section request = named(key, value);
  request.value("force", "yes").value("timeout", "300").value("loglevel", "-1");
  charon.request("terminate", request, {});
}

// Takes connection, SAs and key out of a charon: first the SAs, then the policy, so that nothing can set up
// new ones between. `own` is where this client's list-sa events are noted.
void take_out(ViciClient& charon, const std::string& name, const std::string& directory,
              const StrongswanVici::OwnSas& own, std::function<void()> done) {
  charon.request("list-sas", {}, [&charon, &own, name, directory, done = std::move(done)](const auto&) {
    if (own.child) terminate(charon, "child", name);
    for (const auto& ike : own.ikes) terminate(charon, "ike-id", ike);
    charon.request("unload-conn", named("name", name), {});
    charon.request("unload-shared", named("id", name), [&charon, name, directory, done](const auto&) {
      ViciCredentials::take_out(charon, name, directory, done);
    });
  });
}

// Another connection of ours that is just making the IKE_SA which we are to share.
bool makes_ike_sa(const Section& list_sa, const std::string& name, const std::string& gateway) {
  bool found = false;
  each_section(list_sa, [&](const std::string& user, const Section& ike) {
    found = found || (user != name && user.starts_with(name_for_daemon("")) &&
                      ike.get("state") == "CONNECTING" && ike.get("remote-host") == gateway);
  });
  return found;
}

}  // namespace

DaemonState StrongswanVici::state() {
  using Presence = DaemonState::Presence;
  DaemonState state{.presence = Presence::installed, .ikev1 = strongswan::speaks_ikev1(), .detail = {}};
  for (const auto& path : strongswan::system_vici_sockets) {
    if (!ViciClient::connect(path, {})) continue;
    state.presence = Presence::running;
    state.detail = path;
    return state;
  }
  // A charon with a pid file and no VICI socket of the system's is either ours, kept for another connection,
  // or one that only `ipsec` can reach.
  const bool ours_runs = KeptDaemon::runs(own_directory()) || ViciClient::connect(own_socket, {}).ok();
  if (ours_runs) {
    state.presence = Presence::ours;
  } else if (strongswan::find_charon().empty()) {
    state.presence = Presence::absent;
    state.detail = "strongSwan's charon is not installed";
  } else if (!strongswan::has_plugin("vici")) {
    state.presence = Presence::absent;
    state.detail = "strongSwan's VICI plugin is not installed";
  } else if (strongswan::charon_runs()) {
    state.presence = Presence::unreachable;
    state.detail =
        "a charon runs whose VICI socket (/run/charon.vici) does not answer; restart it, for its VICI plugin "
        "is installed";
  }
  return state;
}

void StrongswanVici::start(const IpsecRequest& request, Started started, Lost lost) {
  name_ = request.name;
  endpoints_ = request.endpoints;
  offer_ = offer_of(request.ipsec);
  connection_ = render::vici_connection(name_, request.ipsec, request.endpoints);
  directory_ = request.run_dir.path();
  private_ = request.is_private;
  if (request.ipsec.certificate_files)
    certificates_ = std::make_unique<ViciCredentials>(request);
  else
    shared_key_ = render::vici_shared_key(name_, request.ipsec, request.endpoints);
  started_ = std::move(started);
  lost_ = std::move(lost);
  if (const auto failure = find_daemon()) finish(failure);
}

std::optional<Failure> StrongswanVici::find_daemon() {
  for (const auto& path : strongswan::system_vici_sockets) {
    if (connect_control(path)) continue;
    // What its user names as a CA would be one for that charon's other connections too.
    if (certificates_ && private_) return failure("ipsec-private-certificates", path);
    journal::log(journal::Level::info, "using the charon that runs already", {{"NM_L2TP_SOCKET", path}});
    load();
    return std::nullopt;
  }
  if (const auto error = join_own()) return failure("ipsec-daemon-failed", *error);
  await_own_socket();
  return std::nullopt;
}

std::optional<std::string> StrongswanVici::join_own() {
  const KeptDaemon::Program program{{strongswan::find_charon()}, {{"STRONGSWAN_CONF", CHARON_CONF}}};
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
      path, {.event = [this](std::string_view event, const Section& message) { take_event(event, message); },
             .closed = [this](const std::string& why) { lose(why); }});
  if (!client) return client.error();
  control_ = std::move(client.value());
  socket_ = path;
  return std::nullopt;
}

void StrongswanVici::take_event(std::string_view event, const Section& message) {
  if (event == "log") return take_log(message);
  if (event == "list-sa" && stopped_) return note_sas(message, name_, own_sas_);
  if (event == "list-sa" && makes_ike_sa(message, name_, endpoints_.gateway.to_string()))
    others_first_ = true;
  if (certificates_) {
    if (const auto* ike = message.find(name_)) take_identity(*ike);
    certificates_->take_event(event, message);
  }
  take_sas(message);
}

// Each IKE_SA of ours, whoever made it and whenever: in each the other side proves anew who it is.
void StrongswanVici::take_identity(const Section& ike) {
  if (ike.get("state") != "ESTABLISHED" || !ike_sas_.emplace(ike.get("uniqueid")).second) return;
  unchecked_.emplace_back(ike.get("remote-id"));
  if (!checking_) check_servers();
}

void StrongswanVici::check_servers() {
  checking_ = !unchecked_.empty();
  if (!checking_) return finish_if_installed();
  const auto server = unchecked_.front();
  unchecked_.pop_front();
  certificates_->check_server(*control_, server, [this](std::optional<Failure> failure) {
    if (!failure) return check_servers();
    if (started_) return finish(std::move(failure));
    if (lost_) lost_(std::move(*failure));
  });
}

// The daemon's report of SAs, asked for (list-sa) or as they come up (child-updown).
void StrongswanVici::take_sas(const Section& message) {
  each_section(message, [this](const std::string&, const Section& ike) {
    each_child(ike, [this, &ike](const Section& child) {
      if (child.get("name") != name_ || child.get("state") != "INSTALLED") return;
      installed_ = NegotiatedAlgorithms{algorithms(ike), algorithms(child)};
      ike_sa_ = ike.get("uniqueid");
    });
  });
  finish_if_installed();
}

void StrongswanVici::lose(const std::string& why) {
  gone_ = true;
  if (started_) return finish(failure("ipsec-daemon-lost", why));
  if (lost_) lost_(failure("ipsec-daemon-lost", why));
}

void StrongswanVici::refuse(const std::string& why) {
  finish(failure(control_->lost() ? "ipsec-daemon-lost" : "ipsec-config-refused", why));
}

void StrongswanVici::load() {
  const auto refused = [this](const Result<Section, std::string>& reply) {
    if (!reply) refuse(reply.error());
  };
  control_->subscribe("list-sa", refused);
  control_->subscribe("child-updown", refused);
  if (certificates_) return load_certificates();
  control_->request("load-shared", shared_key_, refused);
  shared_key_ = {};
  ask_for_algorithms();
}

void StrongswanVici::load_certificates() {
  control_->subscribe("ike-updown", {});
  certificates_->load(*control_, [this](const std::optional<std::string>& error) {
    if (error) return refuse(*error);
    if (started_) ask_for_algorithms();
  });
}

void StrongswanVici::ask_for_algorithms() {
  control_->request("get-algorithms", {}, [this](const Result<Section, std::string>& reply) {
    // A charon too old to tell is left to judge for itself.
    if (started_ && (!reply || can_offer(reply.value()))) load_connection();
  });
}

// Proposals with an algorithm that charon lacks would end the attempt as soon as the server chose one.
bool StrongswanVici::can_offer(const Section& algorithms) {
  const auto dropped = render::drop_unknown_proposals(connection_, name_, algorithms);
  if (dropped.proposals.empty()) return true;
  const auto lacking = joined(dropped.algorithms);
  if (dropped.all) {
    finish(failure("ipsec-algorithms-missing", lacking));
    return false;
  }
  journal::log(journal::Level::notice,
               "not offered, for this strongSwan lacks " + lacking + ": " + joined(dropped.proposals));
  return true;
}

void StrongswanVici::load_connection() {
  control_->request("load-conn", connection_, [this](const Result<Section, std::string>& reply) {
    if (!reply) return refuse(reply.error());
    if (started_) wait_for_others();
  });
}

// Two that make one IKE_SA at once could not be told apart while one of them is ended.
void StrongswanVici::wait_for_others() {
  others_first_ = false;
  control_->request("list-sas", {}, [this](const Result<Section, std::string>&) {
    if (!started_) return;
    if (!others_first_ || ++waits_ > most_waits) return initiate();
    retry_ = clock_.after(others_time, [this] { wait_for_others(); });
  });
}

void StrongswanVici::initiate() {
  auto client = ViciClient::connect(
      socket_,
      {.event = [this](std::string_view, const Section& message) { attempt_log(message.get("msg")); },
       .closed = {}});
  if (!client) return finish(failure("ipsec-failed", client.error()));
  initiator_ = std::move(client.value());
  watch_ = std::make_unique<AttemptWatch>(clock_, std::make_unique<CharonAttempt>(offer()),
                                          endpoints_.gateway, [this](Failure failure) {
                                            if (started_) finish(std::move(failure));
                                          });
  installed_.reset();

  Section request = named("child", name_);
  request.value("ike", name_).value("loglevel", "1");
  initiator_->subscribe("control-log", {});
  initiator_->request("initiate", request, [this](const Result<Section, std::string>& reply) {
    if (reply) return ask_for_sas();
    if (initiator_->lost()) return finish(failure("ipsec-daemon-lost", reply.error()));
    finish(watch_->gave_up(reply.error()));
  });
}

void StrongswanVici::attempt_log(std::string_view line) {
  if (line.empty()) return;
  journal::log(journal::Level::info, "charon: " + std::string{line});
  if (started_) watch_->take(line);
}

// What of the profile's proposals charon has the algorithms for.
IkeOffer StrongswanVici::offer() const {
  auto offer = offer_;
  offer.phase1.clear();
  const auto* ike = connection_.find(name_);
  for (const auto word : ike->items("proposals")) offer.phase1.emplace_back(word);
  return offer;
}

// charon's log, of which others' lines are none of our business.
void StrongswanVici::take_log(const Section& message) {
  if (message.get("ikesa-name") != name_ && message.get("ikesa-uniqueid") != ike_sa_) return;
  const auto line = message.get("msg");
  auto loss = read_charon_loss(line);
  if (!loss) return;
  loss_ = std::move(loss);
  loss_->evidence.emplace_back(line);
}

// A command's success is not yet an SA: the daemon's own report decides.
void StrongswanVici::ask_for_sas() {
  initiated_ = true;
  finish_if_installed();
  if (started_) control_->request("list-sas", named("child", name_), {});
}

void StrongswanVici::finish_if_installed() {
  if (!started_ || !initiated_ || !installed_) return;
  if (certificates_ && (ike_sas_.empty() || checking_)) return;
  log_ipsec_up(*installed_);
  control_->subscribe("log", {});
  finish(std::nullopt);
}

void StrongswanVici::renew() {
  Section request = named("child", name_);
  request.value("ike", name_).value("timeout", "-1").value("loglevel", "-1");
  if (control_ && !gone_) control_->request("initiate", request, {});
}

Failure StrongswanVici::timed_out() const {
  if (!control_) return failure("ipsec-daemon-failed", "its control socket did not open in time");
  if (!initiator_) return failure("ipsec-daemon-failed", "it did not take the connection in time");
  return watch_->timed_out();
}

void StrongswanVici::finish(std::optional<Failure> failure) {
  retry_.reset();
  if (const auto started = std::exchange(started_, {})) started(std::move(failure));
}

void StrongswanVici::stop(Stopped stopped) {
  stopped_ = std::move(stopped);
  started_ = {};
  lost_ = {};
  retry_.reset();
  initiator_.reset();
  watch_.reset();
  unload();
}

void StrongswanVici::unload() {
  if (!control_ || gone_) return leave_daemon();
  // A charon that does not answer is as good as gone: what it made goes from the kernel by our own hand.
  unload_patience_ = clock_.after(unload_time, [this] {
    gone_ = true;
    leave_daemon();
  });
  take_out(*control_, name_, directory_, own_sas_, [this] {
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

std::unique_ptr<ViciClient> StrongswanVici::sweep(const std::string& name, const std::string& directory,
                                                  const std::function<void()>& done) {
  std::vector<std::string> paths{strongswan::system_vici_sockets.begin(),
                                 strongswan::system_vici_sockets.end()};
  paths.emplace_back(own_socket);
  for (const auto& path : paths) {
    const auto own = std::make_shared<OwnSas>();
    auto client = ViciClient::connect(
        path,
        {.event = [own, name](std::string_view, const Section& message) { note_sas(message, name, *own); },
         .closed = {}});
    if (!client) continue;
    client.value()->subscribe("list-sa", {});
    take_out(*client.value(), name, directory, *own, done);
    return std::move(client.value());
  }
  done();
  return nullptr;
}

}  // namespace l2tp
