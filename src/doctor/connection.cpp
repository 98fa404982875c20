#include <algorithm>
#include <map>

#include "core/certificate.h"
#include "core/credential_reader.h"
#include "core/proposal.h"
#include "core/wording.h"
#include "doctor/checks.h"

namespace l2tp::doctor {

namespace {

using Presence = DaemonState::Presence;

// --- the profile's keys and values

// NetworkManager does not tell secrets to everybody, and they are not to be asked for here: something stands
// in their place.
Profile with_stand_ins(const Profile& profile) {
  Profile copy;
  copy.uuid = profile.uuid;
  copy.owner = profile.owner;
  copy.vpn_user_name = profile.vpn_user_name;
  copy.data = profile.data;
  copy.ipv4_addresses = profile.ipv4_addresses;
  copy.ipv4_gateway = profile.ipv4_gateway;
  copy.ipv4_enabled = profile.ipv4_enabled;
  copy.ipv6_enabled = profile.ipv6_enabled;
  for (const char* name : {"password", "ipsec-psk"}) copy.secrets[name] = Secret{"stand-in"};
  return copy;
}

// What no shell takes for anything but a word.
bool is_plain(const std::string& word) {
  return !word.empty() && std::all_of(word.begin(), word.end(), [](char sign) {
    return g_ascii_isalnum(sign) != FALSE || sign == '-' || sign == '_' || sign == '.';
  });
}

void report_unknown_keys(Profile& profile, const std::string& change, Group& group) {
  constexpr const char* id = "settings-unknown-key";
  bool fine = true;
  for (auto item = profile.data.begin(); item != profile.data.end();) {
    if (find_key(item->first) != nullptr) {
      ++item;
      continue;
    }
    fine = false;
    group.error(id,
                with_suggestion("The profile has an unknown key: " + in_quotes(item->first),
                                nearest_key(item->first)) +
                    ".",
                is_plain(item->first) ? change + " -vpn.data " + item->first : "Remove the key.");
    item = profile.data.erase(item);
  }
  if (fine) group.ok(id, "All keys of the profile are known.");
}

// The key without which the same failure does not come.
std::string culprit(Profile& profile, const Failure& failure) {
  const auto data = profile.data;
  for (const auto& [name, value] : data) {
    profile.data.erase(name);
    const auto settings = parse_settings(profile);
    profile.data[name] = value;
    if (settings || settings.error().sentence() != failure.sentence()) return name;
  }
  return {};
}

// All that is wrong, not only the first; what is left after that, if it can be understood.
std::optional<Settings> report_values(Profile& profile, const std::string& change, Group& group) {
  bool fine = true;
  while (true) {
    auto settings = parse_settings(profile);
    if (settings) {
      if (fine) group.ok("settings-invalid", "All values of the profile are right.");
      return std::move(settings.value());
    }
    const auto& failure = settings.error();
    // What is missing may be what was just taken out for its wrong value.
    if (!fine && failure.kind->id == "settings-missing") return std::nullopt;
    fine = false;
    const auto key = culprit(profile, failure);
    // Something is missing, which no other key's absence brings.
    const bool missing = failure.kind->id == "settings-missing" || key.empty();
    group.error(std::string{failure.kind->id}, failure.sentence(),
                missing ? std::string{failure.kind->advice} : change + " +vpn.data '" + key + "=...'");
    if (missing) return std::nullopt;
    profile.data.erase(key);
  }
}

// --- secrets

std::string place_of(const Profile& profile, const std::string& secret) {
  const auto found = profile.data.find(secret + "-flags");
  const auto flags = found == profile.data.end()
                         ? 0U
                         : static_cast<unsigned>(std::strtoul(found->second.c_str(), nullptr, 10));
  if ((flags & 4U) != 0) return "not needed";
  if ((flags & 2U) != 0) return "asked for each time";
  if ((flags & 1U) != 0) return "kept by the user's agent";
  return found == profile.data.end() ? "kept by NetworkManager (no flags are set)" : "kept by NetworkManager";
}

void report_secrets(const Profile& profile, const Settings& settings, const std::string& change,
                    Group& group) {
  constexpr const char* id = "connection-secrets";
  if (profile.data.contains("ipsec-psk"))
    return group.warning(
        id, "The pre-shared key lies among vpn.data, where everybody can read it.",
        change + " -vpn.data ipsec-psk, then enter it as a secret (nmcli --ask connection up).");
  std::string text = settings.user_certificate_files ? "Key's password: " + place_of(profile, "user-certpass")
                                                     : "Password: " + place_of(profile, "password");
  if (settings.ipsec)
    text += settings.ipsec->certificate_files
                ? "; machine key's password: " + place_of(profile, "machine-certpass")
                : "; pre-shared key: " + place_of(profile, "ipsec-psk");
  group.ok(id, text + ".");
}

// --- IPsec

std::string weak_ones(const std::optional<ProposalList>& list) {
  std::string text;
  if (!list) return text;
  for (const auto& proposal : list->proposals)
    if (is_weak(proposal)) text += (text.empty() ? "" : ",") + strongswan_spelling(proposal);
  return text;
}

void report_algorithms(const Settings& settings, const std::string& change, Group& group) {
  constexpr const char* id = "connection-algorithms";
  const auto weak1 = weak_ones(settings.ipsec->phase1), weak2 = weak_ones(settings.ipsec->phase2);
  if (weak1.empty() && weak2.empty()) return group.ok(id, "The profile asks for no weak algorithm.");
  const bool first = !weak1.empty();
  std::string sentence = "The profile asks for weak algorithms:";
  if (first) sentence += " ipsec-ike=" + in_quotes(weak1);
  if (!weak2.empty()) sentence += " ipsec-esp=" + in_quotes(weak2);
  group.warning(id, sentence + ".",
                "See what the server accepts (nm-l2tp probe " + settings.gateway +
                    "), then for example: " + change + " +vpn.data '" +
                    (first ? "ipsec-ike=aes256-sha256-modp2048" : "ipsec-esp=aes256-sha256") + "'");
}

void report_daemon(const Machine& machine, const Profile& profile, const Settings& settings, Group& group) {
  constexpr const char* id = "connection-daemon";
  const auto daemons = ipsec_daemons(machine);
  const auto forced = forced_daemon(machine.root + configuration_file);
  if (!forced) return;  // said already
  std::vector<std::string> passed_over;
  const auto& ipsec = *settings.ipsec;
  const auto chosen = choose_daemon(daemons, !ipsec.ikev2, forced.value(), passed_over);
  if (!chosen) return group.error(id, chosen.error().sentence(), std::string{chosen.error().kind->advice});
  const auto& daemon = daemons[chosen.value()];
  const bool systems_charon = daemon.name == "strongswan" && daemon.state.presence == Presence::running;
  if (systems_charon && ipsec.certificate_files && !profile.owner.empty()) {
    const auto refusal = failure("ipsec-private-certificates", profile.owner + "'s profile");
    return group.error(id, refusal.sentence(), std::string{refusal.kind->advice});
  }
  // Since 3.30, unless it was built with it.
  const auto is_small = [](const Proposal& one) { return one.group == "modp1024" || one.group == "modp768"; };
  if (daemon.name == "libreswan" && ipsec.phase1 &&
      std::all_of(ipsec.phase1->proposals.begin(), ipsec.phase1->proposals.end(), is_small))
    return group.warning(
        id, "Libreswan is used, and most builds of it lack the group that ipsec-ike asks for.",
        "Allow another group (such as modp1536 or modp2048) in ipsec-ike, or install strongSwan.");
  group.ok(id, "IPsec is done by " + std::string{daemon.name} + ".");
}

// --- files

class Files {
 public:
  Files(const Machine& machine, const std::string& owner) : machine_(machine), owner_(owner) {}

  void report(const CredentialFiles& files, Group& group) {
    for (const auto& path : {files.authority, files.certificate, files.key})
      if (!path.empty() && !read(path, group)) return;
    const auto understood =
        read_credentials({file(files.authority), file(files.certificate), file(files.key)}, {}, machine_.now);
    if (understood)
      return group.ok("connection-files", "The certificate " + in_quotes(files.certificate) + " is good.");
    const auto& why = understood.error();
    // The passphrase is asked for later; what is not encrypted can be looked at now.
    if (why.kind->id != "credentials-passphrase")
      return group.error(std::string{why.kind->id}, why.sentence(), std::string{why.kind->advice});
    for (const auto& path : {files.certificate, files.authority})
      if (!path.empty() && is_out_of_date(contents_.at(path).view(), machine_.now)) {
        const auto late = failure("credentials-not-valid-now", path);
        return group.error(std::string{late.kind->id}, late.sentence(), std::string{late.kind->advice});
      }
    group.ok("connection-files",
             "The key " + in_quotes(files.key) + " has a password, and its certificate is good.");
  }

 private:
  bool read(const std::string& path, Group& group) {
    if (contents_.contains(path)) return true;
    auto content = machine_.read_as(path, owner_);
    if (content) {
      contents_.emplace(path, std::move(content.value()));
      return true;
    }
    const auto& why = content.error();
    const bool forbidden = why == "Permission denied" || why == "Operation not permitted";
    if (forbidden && !machine_.privileged) {
      group.unchecked("credentials-unreadable", "the file " + in_quotes(path) + ": needs root");
      return false;
    }
    const auto refusal = failure("credentials-unreadable", path + " (" + why + ")");
    group.error(std::string{refusal.kind->id}, refusal.sentence(), std::string{refusal.kind->advice});
    return false;
  }

  [[nodiscard]] CredentialFile file(const std::string& path) const {
    const auto found = contents_.find(path);
    return {path, found == contents_.end() ? Secret{} : found->second.copy()};
  }

  const Machine& machine_;
  std::string owner_;
  std::map<std::string, Secret> contents_;
};

// --- the gateway, and the way to it

bool covers(const Connection::Route& route, const Ipv4Address& address) {
  const auto network = Ipv4Address::parse(route.destination);
  if (!network || route.prefix > 32) return false;
  const auto bits = [](const Ipv4Address& one) { return g_ntohl(one.network_order()); };
  const auto mask = route.prefix == 0 ? 0U : ~0U << (32 - route.prefix);
  return (bits(*network) & mask) == (bits(address) & mask);
}

void report_routes(const Connection& connection, const Ipv4Address& gateway, const std::string& change,
                   Group& group) {
  constexpr const char* id = "connection-routes";
  if (connection.routes_gateway)
    return group.ok(id, "NetworkManager keeps the way to the gateway outside of the tunnel.");
  const auto& routes = connection.ipv4_routes;
  const bool covered = std::any_of(routes.begin(), routes.end(),
                                   [&gateway](const auto& route) { return covers(route, gateway); });
  if (!covered && connection.profile.ipv4_never_default)
    return group.ok(id, "No route of the profile covers the gateway.");
  group.error(id,
              "The profile's routes cover the gateway " + gateway.to_string() +
                  ", and ipv4.auto-route-ext-gw=no keeps NetworkManager from making an exception.",
              change + " ipv4.auto-route-ext-gw yes");
}

void report_gateway(const Machine& machine, const Connection& connection, const Settings& settings,
                    const std::string& change, Group& group) {
  constexpr const char* id = "connection-gateway";
  const auto refuse = [&](const Failure& failure) {
    group.error(id, failure.sentence(), std::string{failure.kind->advice});
  };
  const auto addresses = machine.resolve(settings.gateway);
  if (!addresses)
    return refuse(failure("gateway-unresolved", settings.gateway + " (" + addresses.error() + ")"));
  if (addresses.value().ipv4.empty())
    return refuse(
        failure(addresses.value().ipv6 ? "gateway-only-ipv6" : "gateway-unresolved", settings.gateway));
  const auto& gateway = addresses.value().ipv4.front();
  group.ok(id, "The gateway is " + gateway.to_string() + ".");
  report_routes(connection, gateway, change, group);
}

}  // namespace

Group check_connection(const Machine& machine, const Connection& connection) {
  Group group{"Connection " + in_quotes(connection.name)};
  // By its UUID, which no shell misreads.
  const auto change = "nmcli connection modify " + connection.profile.uuid;
  auto profile = with_stand_ins(connection.profile);
  report_unknown_keys(profile, change, group);
  const auto settings = report_values(profile, change, group);
  if (!settings) return group;

  report_secrets(profile, *settings, change, group);
  Files files{machine, settings->owner};
  if (settings->ipsec) {
    report_algorithms(*settings, change, group);
    report_daemon(machine, profile, *settings, group);
    if (settings->ipsec->certificate_files) files.report(*settings->ipsec->certificate_files, group);
  } else {
    group.warning("connection-ipsec", "IPsec is off: the tunnel is not encrypted.",
                  change + " +vpn.data ipsec-enabled=yes");
  }
  if (settings->user_certificate_files) files.report(*settings->user_certificate_files, group);
  report_gateway(machine, connection, *settings, change, group);
  return group;
}

}  // namespace l2tp::doctor
