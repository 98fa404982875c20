#include "cli/proposal_writer.h"

#include <string_view>
#include <utility>

#include "core/wording.h"
#include "libnm/profile.h"

namespace l2tp::cli {

namespace {

NMSettingVpn* vpn_of(NMRemoteConnection* connection) {
  return l2tp_setting(NM_CONNECTION(connection));
}

std::string item(NMRemoteConnection* connection, const char* key) {
  const char* value = nm_setting_vpn_get_data_item(vpn_of(connection), key);
  return value == nullptr ? "" : value;
}

struct Saving {
  bool done = false;
  ErrorPtr error;

  static void on_done(GObject* connection, GAsyncResult* result, gpointer self) {
    auto* saving = static_cast<Saving*>(self);
    GError* raw = nullptr;
    nm_remote_connection_commit_changes_finish(NM_REMOTE_CONNECTION(connection), result, &raw);
    saving->error.reset(raw);
    saving->done = true;
  }
};

}  // namespace

ProposalWriter::ProposalWriter(ObjectRef<NMClient> client, ObjectRef<NMRemoteConnection> connection)
    : client_(std::move(client)), connection_(std::move(connection)) {}

Result<ProposalWriter, std::string> ProposalWriter::open(const std::string& connection) {
  GError* raw = nullptr;
  ObjectRef<NMClient> client{nm_client_new(nullptr, &raw)};
  const ErrorPtr error{raw};
  if (!client) return Unexpected{std::string{"NetworkManager can't be asked: "} + error->message};
  auto* found = nm_client_get_connection_by_uuid(client.get(), connection.c_str());
  if (found == nullptr) found = nm_client_get_connection_by_id(client.get(), connection.c_str());
  if (found == nullptr) return Unexpected{"There is no connection " + in_quotes(connection) + "."};
  if (vpn_of(found) == nullptr) return Unexpected{in_quotes(connection) + " is no L2TP connection."};
  return ProposalWriter{std::move(client), share(found)};
}

std::string ProposalWriter::name() const {
  return nm_connection_get_id(NM_CONNECTION(connection_.get()));
}

std::string ProposalWriter::gateway() const {
  return item(connection_.get(), "gateway");
}

bool ProposalWriter::uses_certificates() const {
  return item(connection_.get(), "machine-auth-type") == "tls";
}

Result<std::vector<std::string>, std::string> ProposalWriter::write(const std::string& ike,
                                                                    const std::string& esp) {
  std::vector<std::string> changes;
  for (const auto& [key, value] : {std::pair{"ipsec-ike", ike}, std::pair{"ipsec-esp", esp}}) {
    const auto before = item(connection_.get(), key);
    if (before == value) continue;
    nm_setting_vpn_add_data_item(vpn_of(connection_.get()), key, value.c_str());
    changes.push_back(std::string{key} + ": " + (before.empty() ? "nothing" : in_quotes(before)) + " -> " +
                      in_quotes(value));
  }
  if (changes.empty()) return changes;
  // Without secrets in it, NetworkManager keeps those that it has.
  Saving saving;
  nm_remote_connection_commit_changes_async(connection_.get(), TRUE, nullptr, Saving::on_done, &saving);
  while (!saving.done) g_main_context_iteration(nullptr, TRUE);
  if (const auto& error = saving.error)
    return Unexpected{"NetworkManager does not save " + in_quotes(name()) + ": " + error->message};
  return changes;
}

}  // namespace l2tp::cli
