#include "service/ipsec/vici_credentials.h"

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <ctime>
#include <filesystem>
#include <fstream>
#include <memory>
#include <utility>

#include "core/certificate.h"
#include "core/render/vici_connection.h"
#include "core/wording.h"
#include "machine/fd.h"
#include "service/system/run_dir.h"

namespace l2tp {

namespace {

using vici::Section;

// In a run directory: the id of the key that its connection has loaded.
constexpr const char* record_name = "ipsec-key";

std::string record_of(const std::string& directory) {
  std::string id;
  std::ifstream{directory + "/" + record_name} >> id;
  return id;
}

// Two connections may use the same certificate: the key stays as long as one of them does.
bool another_uses(const std::string& key_id, const std::string& directory) {
  std::error_code ignored;
  for (const auto& entry : std::filesystem::directory_iterator{run_base, ignored})
    if (entry.path() != directory && record_of(entry.path()) == key_id) return true;
  return false;
}

bool holds(const Section& message, std::string_view list, std::string_view item) {
  const auto items = message.items(list);
  return std::find(items.begin(), items.end(), item) != items.end();
}

void unload_authorities(ViciClient& charon, const std::string& name, const Section& all,
                        const std::function<void()>& done) {
  auto pending = std::make_shared<std::size_t>(1);
  const auto finished = [pending, done](const Result<Section, std::string>&) {
    if (--*pending == 0) done();
  };
  for (const auto authority : all.items("authorities")) {
    if (!authority.starts_with(name + "-ca")) continue;
    ++*pending;
    Section which;
    which.value("name", authority);
    charon.request("unload-authority", which, finished);
  }
  if (--*pending == 0) done();
}

}  // namespace

ViciCredentials::ViciCredentials(const IpsecRequest& request)
    : name_(request.name),
      directory_(request.run_dir.path()),
      gateway_(request.ipsec.remote_id ? std::string{} : request.gateway),
      certificate_(request.ipsec.credentials.certificate),
      authorities_(request.ipsec.credentials.authorities),
      key_id_(public_key_id(certificate_)),
      messages_(render::vici_authorities(name_, request.ipsec.credentials)),
      key_(render::vici_private_key(request.ipsec.credentials)) {}

void ViciCredentials::load(ViciClient& charon, Loaded loaded) {
  charon.subscribe("list-cert", {});
  charon.request(
      "get-keys", {}, [this, &charon, loaded = std::move(loaded)](const Result<Section, std::string>& keys) {
        if (!keys) return loaded(keys.error());
        // A key that somebody else gave charon is his to take away.
        const bool foreign = holds(keys.value(), "keys", key_id_) && !another_uses(key_id_, directory_);
        if (foreign) key_id_ = "-";
        const auto path = directory_ + "/" + record_name;
        const Fd record{open(path.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_NOFOLLOW | O_CLOEXEC, 0600)};
        if (!record || write(record.get(), key_id_.data(), key_id_.size()) < 0)
          return loaded("no record of the key could be written to " + path);
        load_into(charon, loaded);
      });
}

void ViciCredentials::load_into(ViciClient& charon, const Loaded& loaded) {
  const auto failed = std::make_shared<std::optional<std::string>>();
  const auto note = [failed](const Result<Section, std::string>& reply) {
    if (!reply && !*failed) *failed = reply.error();
  };
  for (const auto& message : std::exchange(messages_, {})) charon.request("load-authority", message, note);
  const auto last = [failed, note, loaded](const Result<Section, std::string>& reply) {
    note(reply);
    loaded(*failed);
  };
  if (key_id_ == "-")
    charon.request("get-keys", {}, last);
  else
    charon.request("load-key", key_, last);
  key_ = {};
}

void ViciCredentials::take_event(std::string_view name, const Section& message) {
  if (name == "list-cert") listed_.emplace_back(message.get("data"));
}

void ViciCredentials::check_server(ViciClient& charon, const std::string& identity, Checked checked) {
  listed_.clear();
  Section servers;
  servers.value("type", "X509").value("subject", identity);
  charon.request("list-certs", servers,
                 [this](const Result<Section, std::string>&) { candidates_ = std::exchange(listed_, {}); });
  Section authorities;
  authorities.value("type", "X509").value("flag", "CA");
  charon.request("list-certs", authorities,
                 [this, identity, checked = std::move(checked)](const Result<Section, std::string>& reply) {
                   if (!reply) return checked(failure("ipsec-failed", reply.error()));
                   checked(judge(identity));
                 });
}

// charon has verified the signature and that the certificate has this identity, but under any CA that it
// knows; which of several such certificates it was, it does not say: so all of them must be good.
std::optional<Failure> ViciCredentials::judge(const std::string& identity) {
  std::erase(candidates_, certificate_);
  if (candidates_.empty())
    return failure("ipsec-server-untrusted",
                   "charon does not show the certificate of " + in_quotes(identity));
  const ServerCertificateRule rule{authorities_, listed_, gateway_, std::time(nullptr)};
  for (const auto& candidate : candidates_) {
    const auto complaint = complaint_about(candidate, rule);
    if (!complaint) continue;
    return failure(complaint->wrong_name ? "ipsec-server-identity" : "ipsec-server-untrusted",
                   complaint->words);
  }
  return std::nullopt;
}

void ViciCredentials::take_out(ViciClient& charon, const std::string& name, const std::string& directory,
                               std::function<void()> done) {
  const auto key_id = record_of(directory);
  if (key_id.empty()) return done();
  if (key_id != "-" && !another_uses(key_id, directory)) {
    Section key;
    key.value("id", key_id);
    charon.request("unload-key", key, {});
  }
  charon.request("get-authorities", {},
                 [&charon, name, directory, done = std::move(done)](const Result<Section, std::string>& all) {
                   unlink((directory + "/" + record_name).c_str());
                   if (!all) return done();
                   unload_authorities(charon, name, all.value(), done);
                 });
}

}  // namespace l2tp
