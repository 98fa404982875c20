#include "core/render/vici_connection.h"

#include <openssl/evp.h>

#include <algorithm>
#include <array>

#include "core/charon_algorithms.h"

namespace l2tp::render {

namespace {

using vici::Section;

// A lifetime of L seconds means: be gone at L. Renewing starts at nine tenths, but early enough to repeat a
// lost request twice (after 2 s and 3 s), as far as half the lifetime allows that. 0 s would be never.
std::uint32_t renewal_time(std::uint32_t lifetime) {
  const auto margin = std::max(lifetime / 10, std::min(lifetime / 2, 6U));
  return std::max(lifetime - margin, 1U);
}

std::string seconds(std::uint32_t value) {
  return std::to_string(value) + "s";
}

std::string flow_end(std::uint32_t port) {
  return "dynamic[udp/" + std::to_string(port) + "]";
}

std::vector<std::string> spellings(const std::vector<Proposal>& proposals) {
  std::vector<std::string> words;
  words.reserve(proposals.size());
  for (const auto& proposal : proposals) words.push_back(strongswan_spelling(proposal));
  return words;
}

// IKEv2 daemons know better defaults than we do: there, the daemon's own list stands behind (or in place of)
// the user's.
std::vector<std::string> proposals_for(const std::optional<ProposalList>& wanted, Phase phase, bool ikev2,
                                       bool without_groups) {
  auto list = wanted.value_or(ProposalList{});
  if (without_groups)
    for (auto& proposal : list.proposals) proposal.group.clear();
  if (!ikev2) return spellings(effective_proposals(list, phase));
  auto words = spellings(list.proposals);
  if (words.empty() || !list.strict) words.emplace_back("default");
  return words;
}

// Tells connections of one pre-shared key from those of another, without telling the key.
std::string key_mark(const Secret& psk) {
  std::array<unsigned char, EVP_MAX_MD_SIZE> digest{};
  EVP_Digest(psk.view().data(), psk.view().size(), digest.data(), nullptr, EVP_sha256(), nullptr);
  std::string mark = "nm-l2tp-";
  for (std::size_t i = 0; i < 4; ++i) mark += std::to_string(digest[i]) + ".";
  return mark;
}

Section child(const IpsecSettings& ipsec, const Endpoints& endpoints) {
  Section child;
  child.value("mode", "transport")
      .list("local_ts", {flow_end(endpoints.source_port)})
      .list("remote_ts", {flow_end(l2tp_port)})
      .list("esp_proposals",
            proposals_for(ipsec.phase2, Phase::two, ipsec.ikev2, ipsec.pfs.has_value() && !*ipsec.pfs))
      .value("start_action", "trap");
  if (ipsec.phase2_lifetime)
    child.value("life_time", seconds(*ipsec.phase2_lifetime))
        .value("rekey_time", seconds(renewal_time(*ipsec.phase2_lifetime)));
  if (ipsec.compression.value_or(false)) child.value("ipcomp", "yes");
  if (ipsec.dpd_delay > 0) child.value("dpd_action", "clear");
  return child;
}

}  // namespace

Section vici_connection(const std::string& name, const IpsecSettings& ipsec, const Endpoints& endpoints) {
  const bool certificates = ipsec.certificate_files.has_value();
  Section local;
  local.value("auth", certificates ? "pubkey" : "psk");
  if (certificates) local.list("certs", {ipsec.credentials.certificate});
  if (ipsec.group_name) local.value("id", *ipsec.group_name);

  Section remote;
  remote.value("auth", certificates ? "pubkey" : "psk").value("id", ipsec.remote_id.value_or("%any"));

  Section children;
  children.section(name, child(ipsec, endpoints));

  Section connection;
  connection
      .value("version",
             ipsec.ikev2 ? "2" : "1")  // never left to the daemon: strongSwan 6.1 changed its default
      .list("local_addrs", {endpoints.local.to_string()})
      .list("remote_addrs", {endpoints.gateway.to_string()})
      .list("proposals", proposals_for(ipsec.phase1, Phase::one, ipsec.ikev2, false))
      .value("keyingtries", "1")  // one attempt has one result; the trap policy starts the next
      .value("mobike", "no");
  if (ipsec.dpd_delay > 0) {
    connection.value("dpd_delay", seconds(ipsec.dpd_delay));
    // IKEv1 only; with IKEv2 a request that is not answered counts.
    if (!ipsec.ikev2) connection.value("dpd_timeout", seconds(dpd_timeout(ipsec.dpd_delay)));
  }
  // charon lets connections of equal configuration share an IKE_SA, whatever their names. So shall ours to
  // one server, for many a server takes a client's second IKE_SA for the successor of its first; but not with
  // somebody else's, nor with one of another key, nor where each checks the server's certificate for itself.
  // This is compared, and means nothing else to IKEv1.
  if (!ipsec.ikev2) connection.value("ppk_id", certificates ? name : key_mark(ipsec.psk));
  if (ipsec.phase1_lifetime) {
    const auto renewal = renewal_time(*ipsec.phase1_lifetime);
    connection.value("rekey_time", seconds(renewal))
        .value("over_time", seconds(*ipsec.phase1_lifetime - renewal))
        .value("rand_time", "0s");
  }
  if (ipsec.force_encapsulation) connection.value("encap", *ipsec.force_encapsulation ? "yes" : "no");
  connection.section("local", std::move(local))
      .section("remote", std::move(remote))
      .section("children", std::move(children));

  Section message;
  message.section(name, std::move(connection));
  return message;
}

DroppedProposals drop_unknown_proposals(Section& message, const std::string& name,
                                        const Section& algorithms) {
  DroppedProposals dropped;
  std::vector<std::string> left;
  for (const auto word : message.find(name)->items("proposals")) {
    std::vector<std::string> missing;
    // "default" is no proposal of ours: charon itself puts in it what it has.
    if (const auto list = parse_proposals(word, Phase::one))
      for (const auto& proposal : list.value().proposals) missing = missing_in_charon(proposal, algorithms);
    (missing.empty() ? left : dropped.proposals).emplace_back(word);
    for (auto& algorithm : missing)
      if (std::ranges::find(dropped.algorithms, algorithm) == dropped.algorithms.end())
        dropped.algorithms.push_back(std::move(algorithm));
  }
  dropped.all = left.empty();
  if (!dropped.all && !dropped.proposals.empty()) message.replace_list(name + "/proposals", left);
  return dropped;
}

namespace {

// A name, a mail address or a key ID that stands for one peer, in none of charon's spellings of "any".
bool is_single_identity(std::string_view identity) {
  const bool has_letter =
      std::ranges::any_of(identity, [](char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'); });
  return has_letter && !identity.starts_with('%') &&
         identity.find_first_of("*=/:#") == std::string_view::npos;
}

}  // namespace

Section vici_shared_key(const std::string& name, const IpsecSettings& ipsec, const Endpoints& endpoints) {
  // Addresses, never what a profile chooses: charon would take the key for any peer of such an identity, also
  // for those that other people's connections wait for. IKEv1 falls back to the addresses by itself.
  std::vector<std::string> owners{endpoints.gateway.to_string()};
  // An IKEv2 initiator looks its key up by the identities alone, so that ours or the server's must be there;
  // one that could stand for others ("%any", "*", "0.0.0.0", a DN) is left out.
  if (ipsec.ikev2) {
    if (!ipsec.group_name)
      owners.push_back(endpoints.local.to_string());
    else if (is_single_identity(*ipsec.group_name))
      owners.push_back(*ipsec.group_name);
    if (ipsec.remote_id && is_single_identity(*ipsec.remote_id)) owners.push_back(*ipsec.remote_id);
  }

  Section message;
  message.value("id", name).value("type", "IKE").value("data", ipsec.psk.view()).list("owners", owners);
  return message;
}

std::vector<Section> vici_authorities(const std::string& name, const Credentials& credentials) {
  std::vector<Section> messages;
  for (const auto* list : {&credentials.chain, &credentials.authorities}) {
    for (const auto& certificate : *list) {
      Section authority;
      authority.value("cacert", certificate);
      Section message;
      message.section(name + "-ca" + std::to_string(messages.size()), std::move(authority));
      messages.push_back(std::move(message));
    }
  }
  return messages;
}

Section vici_private_key(const Credentials& credentials) {
  Section message;
  message.value("type", "any").value("data", credentials.private_key.view());
  return message;
}

}  // namespace l2tp::render
