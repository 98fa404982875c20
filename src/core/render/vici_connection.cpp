#include "core/render/vici_connection.h"

#include <algorithm>

namespace l2tp::render {

namespace {

using vici::Section;

// A lifetime of L seconds means: start to renew at nine tenths, but at least a second before the end; be gone
// at L.
std::uint32_t renewal_time(std::uint32_t lifetime) {
  return lifetime - std::max(lifetime / 10, 1U);
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
  return child;
}

}  // namespace

Section vici_connection(const std::string& name, const IpsecSettings& ipsec, const Endpoints& endpoints) {
  Section local;
  local.value("auth", "psk");
  if (ipsec.group_name) local.value("id", *ipsec.group_name);

  Section remote;
  remote.value("auth", "psk").value("id", ipsec.remote_id.value_or("%any"));

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
  // charon lets connections of equal configuration share an IKE_SA, whatever their names, and then reports
  // the second one's SAs under the first one's name. This is compared, and means nothing else to IKEv1.
  if (!ipsec.ikev2) connection.value("ppk_id", name);
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

Section vici_shared_key(const std::string& name, const IpsecSettings& ipsec, const Endpoints& endpoints) {
  // charon takes the key whose owners match best: the server's identity, its address where no identity is
  // set.
  std::vector<std::string> owners{endpoints.gateway.to_string()};
  if (ipsec.remote_id) owners.push_back(*ipsec.remote_id);
  // An IKEv2 initiator that expects no certain identity looks its key up for its own, and not again for the
  // address as in IKEv1. Never "%any": in a charon that serves others too, everybody could then authenticate
  // with this key.
  else if (ipsec.ikev2)
    owners.push_back(ipsec.group_name.value_or(endpoints.local.to_string()));

  Section message;
  message.value("id", name).value("type", "IKE").value("data", ipsec.psk.view()).list("owners", owners);
  return message;
}

}  // namespace l2tp::render
