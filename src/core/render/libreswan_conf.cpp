#include "core/render/libreswan_conf.h"

#include <algorithm>

#include "core/wording.h"

namespace l2tp::render {

namespace {

std::string line(std::string_view key, std::string_view value) {
  return "  " + std::string{key} + "=" + std::string{value} + "\n";
}

std::string yes_no(bool value) {
  return value ? "yes" : "no";
}

std::string joined(const std::vector<std::string>& words) {
  std::string text;
  for (const auto& word : words) text += (text.empty() ? "" : ",") + word;
  return text;
}

// The one writer of what a profile says in words: between double quotes, where only a double quote, a
// backslash and the end of the line mean anything to either file.
Result<std::string, std::string> quoted(const std::string& value) {
  const bool safe = std::all_of(value.begin(), value.end(), [](char letter) {
    const auto byte = static_cast<unsigned char>(letter);
    return byte >= 0x20 && byte < 0x7f && letter != '"' && letter != '\\';
  });
  if (!safe) return Unexpected{"Libreswan cannot be told the identity " + in_quotes(value)};
  return "\"" + value + "\"";
}

// An identity as strongSwan and users write it. Libreswan would look a bare name up in DNS, and gives words
// that begin with '%' or '{' meanings of their own.
Result<std::string, std::string> identity(const std::string& text) {
  if (text.empty() || text.front() == '%' || text.front() == '{')
    return Unexpected{"Libreswan cannot be told the identity " + in_quotes(text)};
  const bool plain = text.find('@') == std::string::npos && text.find('=') == std::string::npos &&
                     !Ipv4Address::parse(text) && !is_ipv6_literal(text);
  return quoted(plain ? "@" + text : text);
}

bool without_groups(const IpsecSettings& ipsec) {
  return ipsec.pfs.has_value() && !*ipsec.pfs;
}

// Both phases have one margin: renewed at nine tenths of the shorter life, but at least a second before its
// end.
std::string lifetimes(const IpsecSettings& ipsec) {
  if (!ipsec.phase1_lifetime && !ipsec.phase2_lifetime) return {};
  constexpr std::uint32_t own_default = 28800;
  const auto shorter =
      std::min(ipsec.phase1_lifetime.value_or(own_default), ipsec.phase2_lifetime.value_or(own_default));
  std::string text = line("rekeymargin", std::to_string(std::max(shorter / 10, 1U)) + "s");
  text += line("rekeyfuzz", "0%");
  if (ipsec.phase1_lifetime) text += line("ikelifetime", std::to_string(*ipsec.phase1_lifetime) + "s");
  if (ipsec.phase2_lifetime) text += line("salifetime", std::to_string(*ipsec.phase2_lifetime) + "s");
  return text;
}

std::string dead_peer_detection(const IpsecSettings& ipsec) {
  if (ipsec.dpd_delay == 0) return {};
  std::string text = line("dpddelay", std::to_string(ipsec.dpd_delay) + "s");
  // IKEv1 only; with IKEv2 a request that is not answered counts.
  if (!ipsec.ikev2) text += line("dpdtimeout", std::to_string(dpd_timeout(ipsec.dpd_delay)) + "s");
  return text;
}

// Whom the server must prove to be. With a pre-shared key whoever knows it, unless the profile names
// somebody; with certificates the gateway, unless the profile names somebody else.
Result<std::string, std::string> server_identity(const IpsecSettings& ipsec, const std::string& gateway,
                                                 bool certificates) {
  const auto wanted = ipsec.remote_id.value_or(certificates ? gateway : "%any");
  if (wanted == "%any") return wanted;
  return identity(wanted);
}

}  // namespace

std::vector<std::string> libreswan_proposals(const IpsecSettings& ipsec, Phase phase) {
  const auto& wanted = phase == Phase::one ? ipsec.phase1 : ipsec.phase2;
  if (!wanted && ipsec.ikev2) return {};
  std::vector<std::string> words;
  for (auto proposal : wanted ? wanted->proposals : default_proposals(phase)) {
    if (phase == Phase::two && without_groups(ipsec)) proposal.group.clear();
    auto word = libreswan_spelling(proposal, phase);
    if (std::find(words.begin(), words.end(), word) == words.end()) words.push_back(std::move(word));
  }
  return words;
}

bool libreswan_pfs(const IpsecSettings& ipsec) {
  if (ipsec.pfs || !ipsec.phase2) return ipsec.pfs.value_or(false);
  const auto& proposals = ipsec.phase2->proposals;
  return std::any_of(proposals.begin(), proposals.end(),
                     [](const Proposal& proposal) { return !proposal.group.empty(); });
}

Result<std::string, std::string> libreswan_conn(const std::string& name, const IpsecSettings& ipsec,
                                                const Endpoints& endpoints, const std::string& gateway,
                                                const std::string& nickname) {
  const bool certificates = !nickname.empty();
  auto server = server_identity(ipsec, gateway, certificates);
  if (!server) return server;

  std::string text = "conn " + name + "\n";
  text += line("type", "transport");
  text += line("left", endpoints.local.to_string());
  text += line("leftprotoport", "udp/" + std::to_string(endpoints.source_port));
  text += line("right", endpoints.gateway.to_string());
  text += line("rightprotoport", "udp/" + std::to_string(l2tp_port));
  text += line("rightid", server.value());
  if (ipsec.group_name) {
    auto ours = identity(*ipsec.group_name);
    if (!ours) return ours;
    text += line("leftid", ours.value());
  } else if (certificates) {
    text += line("leftid", "%fromcert");
  }
  if (certificates) {
    // pluto signs by ECDSA in IKEv2 only.
    text += line("authby", ipsec.ikev2 ? "rsa-sha2,ecdsa,rsa-sha1" : "rsasig");
    text += line("leftcert", nickname) + line("leftsendcert", "always");
    text += line("rightca", "%same");
  } else {
    text += line("authby", "secret");
  }
  // Transport mode needs no routes, and `ipsec` may be another daemon's program.
  text += line("leftupdown", "%disabled");
  text += line("pfs", yes_no(libreswan_pfs(ipsec)));
  text += line("compress", yes_no(ipsec.compression.value_or(false)));
  if (ipsec.force_encapsulation) text += line("encapsulation", *ipsec.force_encapsulation ? "yes" : "auto");
  if (ipsec.ikev2) text += line("mobike", "no");
  text += dead_peer_detection(ipsec) + lifetimes(ipsec);
  return text;
}

std::string libreswan_conf(const std::string& conn, const LibreswanAnswers& answers, bool ikev2) {
  std::string text = conn;
  text += answers.version_keyword == IkeVersionKeyword::keyexchange
              ? line("keyexchange", ikev2 ? "ikev2" : "ikev1")
              : line("ikev2", yes_no(ikev2));
  if (!answers.phase1.empty()) text += line("ike", joined(answers.phase1));
  if (!answers.phase2.empty()) text += line("esp", joined(answers.phase2));
  return text;
}

Result<Secret, std::string> libreswan_secrets(const IpsecSettings& ipsec, const Endpoints& endpoints) {
  // pluto takes the key whose owners match both identities; never "%any", with which everybody could
  // authenticate with this key to a pluto that serves others too.
  std::string owners;
  const auto ours = identity(ipsec.group_name.value_or(endpoints.local.to_string()));
  if (!ours) return Unexpected{ours.error()};
  owners = ours.value() + " " + endpoints.gateway.to_string();
  if (ipsec.remote_id && *ipsec.remote_id != "%any") {
    const auto server = identity(*ipsec.remote_id);
    if (!server) return Unexpected{server.error()};
    owners += " " + server.value();
  }

  constexpr std::string_view digits = "0123456789abcdef";
  const auto key = ipsec.psk.view();
  std::string text;
  text.reserve(owners.size() + 2 * key.size() + 16);  // it must not leave copies behind as it grows
  text += owners + " : PSK 0x";
  for (const char letter : key) {
    const auto byte = static_cast<unsigned char>(letter);
    text += digits[byte >> 4];
    text += digits[byte & 0x0f];
  }
  text += '\n';
  Secret secret{text};
  explicit_bzero(text.data(), text.size());
  return secret;
}

}  // namespace l2tp::render
