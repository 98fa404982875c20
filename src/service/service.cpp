#include "service/service.h"

#include <array>
#include <ctime>
#include <vector>

#include "core/credential_reader.h"
#include "core/settings.h"
#include "core/wording.h"
#include "libnm/profile.h"
#include "machine/user_file.h"
#include "service/failure_file.h"
#include "service/ipsec/selection.h"
#include "service/stages/credentials.h"
#include "service/stages/handover.h"
#include "service/stages/ipsec.h"
#include "service/stages/l2tp.h"
#include "service/stages/port.h"
#include "service/stages/ppp.h"
#include "service/stages/resolve.h"
#include "service/stages/workspace.h"
#include "service/system/journal.h"
#include "service/system/mute_client.h"

namespace l2tp {

namespace {

// NetworkManager waits 120 s for an agent's answer, and then disconnects. This is for one that forgets to; a
// test has its own.
#ifndef LONGEST_QUESTION
#define LONGEST_QUESTION 125000
#endif
constexpr Milliseconds longest_question{LONGEST_QUESTION};

struct Plugin {
  NMVpnServicePlugin parent;
  Service* service;
};

Service& service_of(NMVpnServicePlugin* plugin) {
  return *reinterpret_cast<Plugin*>(plugin)->service;
}

// vpn.timeout, in s.
Milliseconds timeout_of(std::uint32_t seconds) {
  return Milliseconds{std::int64_t{seconds} * 1000};
}

std::string milliseconds(Milliseconds time) {
  return std::to_string(time.count());
}

std::vector<std::unique_ptr<StageBase>> stack(Activation& activation, Clock& clock,
                                              NetworkManagerSink& sink) {
  std::vector<std::unique_ptr<StageBase>> stages;
  stages.push_back(std::make_unique<WorkspaceStage>(activation, clock));
  if (CredentialsStage::is_needed(activation.settings))
    stages.push_back(std::make_unique<CredentialsStage>(activation));
  stages.push_back(std::make_unique<ResolveStage>(activation));
  stages.push_back(std::make_unique<PortStage>(activation));
  if (activation.settings.ipsec)
    stages.push_back(std::make_unique<IpsecStage>(
        activation, clock, [&clock](const IpsecSettings& ipsec) { return select_daemon(ipsec, clock); }));
  stages.push_back(std::make_unique<L2tpStage>(activation, clock));
  stages.push_back(std::make_unique<PppStage>(activation, clock));
  stages.push_back(std::make_unique<HandoverStage>(activation, clock, sink));
  return stages;
}

// A file that cannot be read needs no passphrase: connecting will say why it cannot.
bool lacks_secrets(const Profile& profile) {
  constexpr Milliseconds patience{1000};
  return needs_secrets(profile, [&](const std::string& path, std::string_view) {
    if (path.empty()) return false;
    const auto content = read_user_file(path, profile.owner, patience);
    return content && needs_passphrase(content.value().view());
  });
}

// `took`: how long the stage had been at it.
void log_failure(const Failure& failure, const std::string& uuid, Milliseconds took) {
  journal::log(journal::Level::error, failure.sentence() + " " + std::string{failure.kind->advice},
               {{"NM_L2TP_STAGE", std::string{to_string(failure.kind->stage)}},
                {"NM_L2TP_STATE", "failed"},
                {"NM_L2TP_FAILURE", std::string{failure.kind->id}},
                {"NM_L2TP_MS", milliseconds(took)},
                {"NM_L2TP_UUID", uuid},
                {"MESSAGE_ID", std::string{failure.kind->message_id}}});
}

// That it cannot be kept is no failure of the connection.
void log_trouble(const std::optional<std::string>& trouble, const std::string& uuid) {
  if (trouble)
    journal::log(journal::Level::warning, "the last failure is not kept for nm-l2tp explain: " + *trouble,
                 {{"NM_L2TP_UUID", uuid}});
}

void keep_failure(const Failure& failure, const std::string& uuid, const std::string& owner, bool was_up) {
  const FailureRecord record{.uuid = uuid, .time = std::time(nullptr), .failure = failure, .was_up = was_up};
  log_trouble(FailureFile{uuid, owner}.keep(record), uuid);
}

}  // namespace

// The C side: NMVpnServicePlugin's virtual functions, each handed on to its Service.
struct PluginClass {
  static GType type() {
    static const GType type = g_type_register_static_simple(
        NM_TYPE_VPN_SERVICE_PLUGIN, "NmL2tpPlugin", sizeof(NMVpnServicePluginClass), initialise,
        sizeof(Plugin), nullptr, static_cast<GTypeFlags>(0));
    return type;
  }

 private:
  static void initialise(gpointer klass, gpointer) {
    auto* plugin = static_cast<NMVpnServicePluginClass*>(klass);
    plugin->connect = connect;
    plugin->connect_interactive = connect_interactive;
    plugin->new_secrets = new_secrets;
    plugin->need_secrets = need_secrets;
    plugin->disconnect = disconnect;
  }

  static gboolean connect(NMVpnServicePlugin* plugin, NMConnection* connection, GError** error) {
    return service_of(plugin).connect(connection, false, error) ? TRUE : FALSE;
  }

  static gboolean connect_interactive(NMVpnServicePlugin* plugin, NMConnection* connection, GVariant*,
                                      GError** error) {
    return service_of(plugin).connect(connection, true, error) ? TRUE : FALSE;
  }

  // Always taken: after a refusal libnm would say STOPPED without having called `disconnect`.
  static gboolean new_secrets(NMVpnServicePlugin* plugin, NMConnection* connection, GError**) {
    service_of(plugin).new_secrets(connection);
    return TRUE;
  }

  static gboolean need_secrets(NMVpnServicePlugin*, NMConnection* connection, const char** setting,
                               GError**) {
    if (!lacks_secrets(profile_of(connection))) return FALSE;
    *setting = NM_SETTING_VPN_SETTING_NAME;
    return TRUE;
  }

  static gboolean disconnect(NMVpnServicePlugin* plugin, GError**) {
    service_of(plugin).disconnect();
    return TRUE;
  }
};

Result<std::unique_ptr<Service>, std::string> Service::create(const Options& options,
                                                              std::function<void()> quit) {
  std::unique_ptr<Service> service{new Service{options.persist, std::move(quit)}};
  auto* object =
      g_object_new(PluginClass::type(), NM_VPN_SERVICE_PLUGIN_DBUS_SERVICE_NAME, options.bus_name.c_str(),
                   NM_VPN_SERVICE_PLUGIN_DBUS_WATCH_PEER, options.persist ? FALSE : TRUE, nullptr);
  service->plugin_.reset(static_cast<NMVpnServicePlugin*>(object));
  static_cast<Plugin*>(object)->service = service.get();

  GError* raw = nullptr;
  const bool owned = g_initable_init(G_INITABLE(object), nullptr, &raw) != FALSE;
  const ErrorPtr error{raw};
  if (!owned) return Unexpected{std::string{error->message}};

  const auto on_quit = +[](NMVpnServicePlugin*, gpointer self) {
    auto* quitter = static_cast<Service*>(self);
    quitter->quitting_ = quitter->quitting_ || !quitter->persist_;
    quitter->quit_if_idle();
  };
  service->quit_signal_ =
      SignalHandler{object, g_signal_connect(object, "quit", G_CALLBACK(on_quit), service.get())};
  if (!options.persist) service->watch_network_manager();
  return service;
}

// libnm watches its caller only from Connect on; a service that waits for it must not outlive NetworkManager
// either.
void Service::watch_network_manager() {
  const ObjectRef<GDBusConnection> bus{nm_vpn_service_plugin_get_connection(plugin_.get())};
  const auto appeared = +[](GDBusConnection*, const char*, const char*, gpointer self) {
    static_cast<Service*>(self)->network_manager_seen_ = true;
  };
  const auto vanished = +[](GDBusConnection*, const char*, gpointer self) {
    auto* service = static_cast<Service*>(self);
    if (service->network_manager_seen_) service->shut_down();
  };
  network_manager_watch_ =
      g_bus_watch_name_on_connection(bus.get(), "org.freedesktop.NetworkManager",
                                     G_BUS_NAME_WATCHER_FLAGS_NONE, appeared, vanished, this, nullptr);
}

Service::~Service() {
  if (network_manager_watch_ != 0) g_bus_unwatch_name(network_manager_watch_);
  // What NetworkManager is to hear last may still wait in the connection's own thread.
  const ObjectRef<GDBusConnection> bus{nm_vpn_service_plugin_get_connection(plugin_.get())};
  if (bus) g_dbus_connection_flush_sync(bus.get(), nullptr, nullptr);
}

bool Service::connect(NMConnection* connection, bool interactive, GError** error) {
  if (connection_) {
    g_set_error_literal(error, NM_VPN_PLUGIN_ERROR, NM_VPN_PLUGIN_ERROR_STOPPING_IN_PROGRESS,
                        "The last connection is still being ended.");
    return false;
  }
  auto profile = profile_of(connection);
  auto settings = parse_settings(profile);
  if (!settings) {
    const auto& failure = settings.error();
    log_failure(failure, profile.uuid, Milliseconds{0});
    keep_failure(failure, profile.uuid, profile.owner, false);
    g_set_error_literal(error, NM_VPN_PLUGIN_ERROR, NM_VPN_PLUGIN_ERROR_BAD_ARGUMENTS,
                        failure.sentence().c_str());
    return false;
  }
  for (const auto& note : settings.value().notes)
    journal::log(journal::Level::notice, note, {{"NM_L2TP_UUID", profile.uuid}});

  attempts_.emplace(std::move(profile), interactive, clock_.now());
  begin(std::move(settings.value()), timeout_of(attempts_->profile().timeout));
  return true;
}

// `timeout`: for this attempt; 0: nothing said.
void Service::begin(Settings settings, Milliseconds timeout) {
  failure_.reset();
  was_up_ = false;
  stage_began_ = clock_.now();
  activation_ = std::make_unique<Activation>(std::move(settings));
  Connection::Observer& observer = *this;
  connection_ = std::make_unique<Connection>(stack(*activation_, clock_, *this), clock_, observer, timeout);
  connection_->start();
}

bool Service::try_again() {
  if (!attempts_ || !failure_) return false;
  const auto now = clock_.now();
  const auto timeout = timeout_of(attempts_->profile().timeout);
  if (!attempts_->try_another_port(*failure_, timeout, now)) return ask_again(*failure_);
  auto settings = parse_settings(attempts_->profile());
  if (!settings) return false;
  journal::log(journal::Level::notice, "trying once more, from another source port",
               {{"NM_L2TP_UUID", attempts_->profile().uuid}});
  begin(std::move(settings.value()), attempts_->left_of(timeout, now));
  return true;
}

// libnm stays in STARTING meanwhile, and NetworkManager goes back to where a user is asked.
bool Service::ask_again(const Failure& failure) {
  const auto secret = attempts_->ask_again(failure);
  if (secret.empty()) return false;
  const auto& profile = attempts_->profile();
  const std::array names{profile.uuid, profile.name};
  if (brought_up_by_mute_nmcli(names)) return false;

  const std::string key{secret};
  journal::log(journal::Level::notice,
               "asking for another " + key + " (" + std::to_string(attempts_->questions()) + " of " +
                   std::to_string(Attempts::most_questions) + ")",
               {{"NM_L2TP_STATE", "asking"}, {"NM_L2TP_UUID", profile.uuid}});
  question_ = clock_.after(longest_question, [this] { give_up(); });
  std::array<const char*, 2> hints{key.c_str(), nullptr};
  nm_vpn_service_plugin_secrets_required(plugin_.get(), harmless(failure.sentence()).c_str(), hints.data());
  return true;
}

void Service::new_secrets(NMConnection* connection) {
  if (!question_) return;  // not asked for: whatever goes on, goes on
  // libnm's answer to this call goes first.
  question_ = clock_.after(
      Milliseconds{0},
      [this, answer = std::make_shared<const Profile>(profile_of(connection))] { take_answer(*answer); });
}

void Service::take_answer(const Profile& answer) {
  question_.reset();
  if (!attempts_ || !attempts_->take_answer(answer, clock_.now())) return give_up();
  auto settings = parse_settings(attempts_->profile());
  if (settings) return begin(std::move(settings.value()), timeout_of(attempts_->profile().timeout));
  failure_ = settings.error();
  const auto& profile = attempts_->profile();
  log_failure(*failure_, profile.uuid, Milliseconds{0});
  keep_failure(*failure_, profile.uuid, profile.owner, false);
  give_up();
}

void Service::give_up() {
  nm_vpn_service_plugin_disconnect(plugin_.get(), nullptr);
  quit_if_idle();
}

void Service::disconnect() {
  attempts_.reset();
  question_.reset();
  if (connection_) return connection_->end();
  // Said from within the disconnect, our reason is the last one before STOPPED, and the one that
  // NetworkManager keeps: while STARTING, libnm itself says "connect failed" first.
  if (failure_)
    nm_vpn_service_plugin_failure(plugin_.get(), static_cast<NMVpnPluginFailure>(failure_->kind->reason));
}

void Service::shut_down() {
  quitting_ = true;
  nm_vpn_service_plugin_disconnect(plugin_.get(), nullptr);
  quit_if_idle();
}

void Service::stage_up(Stage stage, Milliseconds took) {
  stage_began_ = clock_.now();  // the next one
  const std::string name{to_string(stage)};
  journal::log(journal::Level::notice, name + " is up after " + milliseconds(took) + " ms",
               {{"NM_L2TP_STAGE", name},
                {"NM_L2TP_STATE", "up"},
                {"NM_L2TP_MS", milliseconds(took)},
                {"NM_L2TP_UUID", activation_->settings.uuid}});
}

void Service::up(Milliseconds took) {
  attempts_.reset();
  was_up_ = true;
  journal::log(journal::Level::notice, "connected in " + milliseconds(took) + " ms",
               {{"NM_L2TP_STATE", "connected"},
                {"NM_L2TP_MS", milliseconds(took)},
                {"NM_L2TP_UUID", activation_->settings.uuid}});
  const auto& settings = activation_->settings;
  log_trouble(FailureFile{settings.uuid, settings.owner}.came_up(std::time(nullptr)), settings.uuid);
}

void Service::failing(const Failure& failure) {
  const auto& settings = activation_->settings;
  log_failure(failure, settings.uuid, clock_.now() - stage_began_);
  keep_failure(failure, settings.uuid, settings.owner, was_up_);
}

void Service::ended(const std::optional<Failure>& failure) {
  journal::log(journal::Level::notice, "disconnected; nothing is left",
               {{"NM_L2TP_STATE", "ended"}, {"NM_L2TP_UUID", activation_->settings.uuid}});
  failure_ = failure;
  // Not from within the connection's own call.
  turn_ = clock_.after(Milliseconds{0}, [this] {
    connection_.reset();
    activation_.reset();
    if (try_again()) return;
    if (failure_) nm_vpn_service_plugin_disconnect(plugin_.get(), nullptr);
    quit_if_idle();
  });
}

void Service::config(VariantPtr config) {
  nm_vpn_service_plugin_set_config(plugin_.get(), config.get());
}
void Service::ip4_config(VariantPtr config) {
  nm_vpn_service_plugin_set_ip4_config(plugin_.get(), config.get());
}
void Service::ip6_config(VariantPtr config) {
  nm_vpn_service_plugin_set_ip6_config(plugin_.get(), config.get());
}

void Service::quit_if_idle() {
  if (quitting_ && !connection_) quit_();
}

}  // namespace l2tp
