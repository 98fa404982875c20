#include "core/render/ipsec_conf.h"

#include <algorithm>
#include <string_view>

#include "core/wording.h"

namespace l2tp::render {

namespace {

bool has_control_character(std::string_view text) {
  return std::any_of(text.begin(), text.end(), [](char letter) {
    const auto byte = static_cast<unsigned char>(letter);
    return byte < 0x20 || byte == 0x7f;
  });
}

// The one writer of ipsec.conf: every name and value is a quoted string, in which only the quote and the
// backslash mean anything.
class Section {
 public:
  Section(std::string_view type, std::string_view name) { text_.append(type).append(" ") += quoted(name); }

  Section& set(std::string_view key, std::string_view value) {
    text_.append("\n  ").append(key).append("=") += quoted(value);
    return *this;
  }
  Section& flag(std::string_view key, bool value) { return set(key, value ? "yes" : "no"); }
  Section& seconds(std::string_view key, std::uint32_t value) {
    return set(key, std::to_string(value) + "s");
  }

  [[nodiscard]] std::string text() const { return text_ + "\n"; }

 private:
  static std::string quoted(std::string_view value) {
    std::string text = "\"";
    for (const char letter : value) {
      if (letter == '"' || letter == '\\') text += '\\';
      text += letter;
    }
    return text + '"';
  }

  std::string text_;
};

// ipsec.conf gives a percent sign before an identity a meaning of its own ("any other is fine too").
std::optional<std::string> unsayable(std::string_view key, const std::optional<std::string>& identity) {
  if (!identity) return std::nullopt;
  const bool refused = identity->empty() || has_control_character(*identity) ||
                       (identity->starts_with('%') && *identity != "%any");
  if (!refused) return std::nullopt;
  return "strongSwan's ipsec.conf cannot say the identity " + in_quotes(*identity) + " (" + std::string{key} +
         ")";
}

// "a,b!"; empty: the daemon's own list. IKEv2 daemons know better defaults than we do: without a mark, theirs
// stand behind the user's.
std::string proposals_for(const std::optional<ProposalList>& wanted, Phase phase, bool ikev2,
                          bool without_groups) {
  auto list = wanted.value_or(ProposalList{});
  if (without_groups)
    for (auto& proposal : list.proposals) proposal.group.clear();
  std::string words;
  for (const auto& proposal : ikev2 ? list.proposals : effective_proposals(list, phase)) {
    if (!words.empty()) words += ',';
    words += strongswan_spelling(proposal);
  }
  if (!words.empty() && (!ikev2 || list.strict)) words += '!';
  return words;
}

// One margin serves both phases: a lifetime of L seconds means to start to renew at nine tenths of the
// shorter one, but at least a second before its end.
void set_lifetimes(Section& conn, const IpsecSettings& ipsec) {
  if (!ipsec.phase1_lifetime && !ipsec.phase2_lifetime) return;
  constexpr std::uint32_t never = ~std::uint32_t{0};
  const auto shorter = std::min(ipsec.phase1_lifetime.value_or(never), ipsec.phase2_lifetime.value_or(never));
  constexpr std::uint32_t longest_margin = 540;  // charon's own: what the profile leaves open stays valid
  conn.seconds("margintime", std::clamp(shorter / 10, 1U, longest_margin)).set("rekeyfuzz", "0%");
  if (ipsec.phase1_lifetime) conn.seconds("ikelifetime", *ipsec.phase1_lifetime);
  if (ipsec.phase2_lifetime) conn.seconds("lifetime", *ipsec.phase2_lifetime);
}

void set_dead_peer_detection(Section& conn, const IpsecSettings& ipsec) {
  if (ipsec.dpd_delay == 0) return;
  conn.set("dpdaction", "clear")
      .seconds("dpddelay", ipsec.dpd_delay)
      .seconds("dpdtimeout", dpd_timeout(ipsec.dpd_delay));
}

void set_authentication(Section& conn, const IpsecSettings& ipsec, const IpsecFiles& files) {
  const bool certificates = ipsec.certificate_files.has_value();
  const auto* method = certificates ? "pubkey" : "psk";
  conn.set("leftauth", method).set("rightauth", method);
  if (certificates) conn.set("leftcert", files.certificate).set("leftsendcert", "always");
  if (ipsec.group_name) conn.set("leftid", *ipsec.group_name);
  conn.set("rightid", ipsec.remote_id.value_or("%any"));
}

std::string flow_end(std::uint32_t port) {
  return "udp/" + std::to_string(port);
}

std::string authority_sections(const std::string& name, const std::vector<std::string>& paths) {
  std::string text;
  for (std::size_t index = 0; index < paths.size(); ++index)
    text += Section{"ca", name + "-" + std::to_string(index)}
                .set("cacert", paths[index])
                .set("auto", "add")
                .text();
  return text;
}

// ipsec.secrets(5) has no escapes: an owner stands between quotes that it does not hold itself, and " : "
// ends the owners wherever it stands.
std::optional<std::string> owner(const std::string& identity) {
  if (identity.find(" : ") != std::string::npos) return std::nullopt;
  for (const char* quote : {"\"", "'"})
    if (identity.find(*quote) == std::string::npos) return quote + identity + quote;
  return std::nullopt;
}

// Never "%any": everybody could then authenticate with this key.
Result<std::string, std::string> owners(const IpsecSettings& ipsec, const Endpoints& endpoints) {
  std::string text = endpoints.gateway.to_string();
  std::optional<std::string> named = ipsec.remote_id;
  if (named == "%any") named.reset();
  // An IKEv2 initiator that expects no certain identity looks its key up for its own.
  if (!named && ipsec.ikev2) named = ipsec.group_name.value_or(endpoints.local.to_string());
  if (!named) return text;
  const auto quoted = owner(*named);
  if (!quoted) return Unexpected{"strongSwan's ipsec.secrets cannot say the identity " + in_quotes(*named)};
  return text + " " + *quoted;
}

// Wipes what it was built from. `text` must never have moved: a copy left behind would not be wiped.
Secret taken(std::string& text) {
  Secret secret{text};
  explicit_bzero(text.data(), text.size());
  return secret;
}

Secret private_key_line(const IpsecFiles& files) {
  std::string text;
  text.reserve(files.private_key.size() + 16 + files.passphrase.view().size());
  text.append(": PKCS8 \"").append(files.private_key).append("\" \"");
  text.append(files.passphrase.view()).append("\"\n");
  return taken(text);
}

Secret shared_key_line(const std::string& of, const Secret& key) {
  constexpr std::string_view digits = "0123456789abcdef";
  std::string text;
  text.reserve(of.size() + 16 + 2 * key.view().size());
  text.append(of).append(" : PSK 0x");
  for (const char letter : key.view()) {
    const auto byte = static_cast<unsigned char>(letter);
    text += digits[byte >> 4];
    text += digits[byte & 0x0f];
  }
  text += '\n';
  return taken(text);
}

}  // namespace

Result<std::string, std::string> ipsec_conf(const std::string& name, const std::string& instance,
                                            const IpsecSettings& ipsec, const Endpoints& endpoints,
                                            const IpsecFiles& files) {
  if (const auto error = unsayable("ipsec-group-name", ipsec.group_name)) return Unexpected{*error};
  if (const auto error = unsayable("ipsec-remote-id", ipsec.remote_id)) return Unexpected{*error};

  Section conn{"conn", name};
  conn.set("keyexchange", ipsec.ikev2 ? "ikev2" : "ikev1")  // never left to the daemon
      .set("type", "transport")
      .set("auto", "route")
      .set("left", endpoints.local.to_string())
      .set("leftprotoport", flow_end(endpoints.source_port))
      .set("right", endpoints.gateway.to_string())
      .set("rightprotoport", flow_end(l2tp_port))
      .set("leftgroups", instance)  // of ourselves nobody asks a group, but it is compared
      .set("keyingtries", "1")      // one attempt has one result; the trap policy starts the next
      .flag("reauth", false)
      .flag("mobike", false);
  set_authentication(conn, ipsec, files);
  const auto phase1 = proposals_for(ipsec.phase1, Phase::one, ipsec.ikev2, false);
  const auto phase2 =
      proposals_for(ipsec.phase2, Phase::two, ipsec.ikev2, ipsec.pfs.has_value() && !*ipsec.pfs);
  if (!phase1.empty()) conn.set("ike", phase1);
  if (!phase2.empty()) conn.set("esp", phase2);
  set_dead_peer_detection(conn, ipsec);
  set_lifetimes(conn, ipsec);
  if (ipsec.force_encapsulation) conn.flag("forceencaps", *ipsec.force_encapsulation);
  if (ipsec.compression.value_or(false)) conn.flag("compress", true);
  return authority_sections(name, files.authorities) + conn.text();
}

Result<Secret, std::string> ipsec_secret(const IpsecSettings& ipsec, const Endpoints& endpoints,
                                         const IpsecFiles& files) {
  if (ipsec.certificate_files) return private_key_line(files);
  const auto of = owners(ipsec, endpoints);
  if (!of) return Unexpected{of.error()};
  return shared_key_line(of.value(), ipsec.psk);
}

}  // namespace l2tp::render
