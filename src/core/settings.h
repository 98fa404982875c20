// What a connection is: the one table of keys, and the typed settings that a profile becomes.
//
// Keys, defaults and old forms are those of NetworkManager-l2tp, whose profiles are ours to serve. A profile
// is hostile input to a root process (law 8): each value becomes its type here, or the profile is refused
// with a sentence.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "core/address.h"
#include "core/credentials.h"
#include "core/failure.h"
#include "core/proposal.h"
#include "core/result.h"
#include "core/secret.h"

namespace l2tp {

// How a value is written in a profile.
enum class KeyKind {
  boolean,    // "yes" or "no"
  number,     // decimal digits only, within the key's range
  text,       // no control characters, at most `maximum` bytes
  choice,     // one of `choices`
  host,       // IPv4 or IPv6 literal (the latter also in brackets), or a DNS name
  address,    // IPv4 literal
  path,       // absolute path of a file, or empty
  proposals,  // see core/proposal.h; at most `maximum` bytes
  flags,      // NMSettingSecretFlags: 0 to 7
};

// One row of the table.
struct Key {
  std::string_view name;
  KeyKind kind;
  bool secret;                // lives in vpn.secrets (a few old forms also as data)
  std::uint32_t minimum;      // numbers: smallest value; others: 0
  std::uint32_t maximum;      // numbers: largest value; text: bytes
  std::string_view choices;   // "a|b" for `choice`
  std::string_view fallback;  // what holds without the key, in words or as a value
  std::string_view unit;      // "s", "bytes" or empty
  std::string_view text;      // one sentence for people: what it does, and which daemon's option it becomes
  std::string_view replaced_by{};  // old forms: the key that took their place, or "nothing"; else empty
};

// All keys, in the order in which documents list them.
std::span<const Key> key_table();
const Key* find_key(std::string_view name);

// What is not right about a value of `key`, as the end of a sentence ("must be ..."); nothing: it can be so.
std::optional<std::string> value_complaint(const Key& key, std::string_view value);

// The key nearest to a misspelt one, or empty if none is near. Never an old form.
std::string_view nearest_key(std::string_view name);

// A connection profile as NetworkManager hands it over, reduced to what a tunnel needs.
struct Profile {
  std::string uuid;
  std::string name;                         // connection.id
  std::string owner;                        // the first user of connection.permissions; empty: everybody's
  std::string vpn_user_name;                // vpn.user-name: the fallback of `user`
  std::map<std::string, std::string> data;  // vpn.data
  std::map<std::string, Secret> secrets;    // vpn.secrets
  std::vector<std::string> ipv4_addresses;  // ipv4.addresses without prefix, when ipv4.method=manual
  std::string ipv4_gateway;                 // ipv4.gateway: the fallback of `ipcp-peer-ip`
  bool ipv4_enabled = true;                 // ipv4.method is not disabled
  bool ipv4_never_default = false;
  bool ipv4_ignore_auto_dns = false;
  bool ipv6_enabled = true;  // ipv6.method is not ignore or disabled
  bool ipv6_never_default = false;
  std::uint32_t timeout = 0;  // vpn.timeout; s, 0: nothing said
};

// The files that hold a certificate, its key and the other side's CA, as the profile names them: PEM, DER or
// PKCS#12, and any of them may be the same file. Empty: not given.
struct CredentialFiles {
  std::string authority;    // CA certificate
  std::string certificate;  // ours
  std::string key;          // ours
  Secret passphrase;        // of `key`, or of a PKCS#12 file
};

struct IpsecSettings {
  Secret psk;  // the key's bytes, "0s" base64 already decoded; empty with certificates
  std::optional<CredentialFiles> certificate_files;  // authentication by certificates instead of a PSK
  Credentials credentials;                           // what the service read from those files
  std::optional<std::string> remote_id;
  std::optional<std::string> group_name;  // our own identity
  std::optional<ProposalList> phase1;
  std::optional<ProposalList> phase2;
  std::optional<std::uint32_t> phase1_lifetime;  // s
  std::optional<std::uint32_t> phase2_lifetime;  // s
  std::optional<bool> force_encapsulation;
  std::optional<bool> compression;  // IPComp
  std::optional<bool> pfs;
  bool ikev2 = false;
  std::uint32_t dpd_delay = 30;  // s of silence until the server is asked for a sign of life; 0: never
};

// Dead peer detection (RFC 3706): a server that has been silent for this long counts as gone; s. Requests go
// out after `delay` seconds of silence, and then every `delay` seconds.
constexpr std::uint32_t dpd_timeout(std::uint32_t delay) {
  return 3 * delay;
}

struct PppSettings {
  bool refuse_eap = false, refuse_pap = false, refuse_chap = false, refuse_mschap = false,
       refuse_mschapv2 = false;
  bool require_mppe = false, require_mppe_40 = false, require_mppe_128 = false, mppe_stateful = false;
  bool no_bsd_compression = false, no_deflate = false, no_vj_compression = false;
  bool no_protocol_compression = false, no_address_compression = false;
  std::optional<std::uint32_t> mrru;         // bytes; multilink when set
  std::uint32_t mtu = 1400;                  // bytes
  std::uint32_t mru = 1400;                  // bytes
  std::uint32_t echo_failure = 0;            // unanswered requests; 0: never give up
  std::uint32_t echo_interval = 0;           // s; 0: no echo requests
  std::optional<std::uint32_t> unit;         // the N of pppN
  std::optional<Ipv4Address> local_address;  // a fixed address to ask for (ipv4.method=manual)
  std::optional<Ipv4Address> peer_address;   // suggested peer address, only with local_address
};

struct Settings {
  std::string uuid;
  std::string gateway;  // a literal (IPv6 without brackets) or a DNS name without its trailing dot
  std::string user;     // as PPP sends it: "DOMAIN\user" if there is a domain; at most 255 bytes
  Secret password;      // at most 255 bytes
  std::optional<CredentialFiles> user_certificate_files;  // EAP-TLS instead of a password
  Credentials user_credentials;                           // what the service read from those files
  std::string owner;  // the one user whose profile this is, and whose files are read; empty: the system's
  bool ephemeral_port = false;
  std::optional<std::uint32_t> l2tp_max_retries;
  PppSettings ppp;
  std::optional<IpsecSettings> ipsec;  // nothing: plain L2TP
  bool ipv4 = true, ipv6 = true;
  bool ipv4_never_default = false, ipv6_never_default = false;
  bool ignore_auto_dns = false;
  std::uint32_t timeout = 0;       // s that connecting may take; 0: nothing said
  std::vector<std::string> notes;  // what was accepted but deserves a line in the log: old forms, idle keys
};

// Checks and types a whole profile. Failure ids: "settings-missing" (a key or a secret is needed),
// "settings-invalid" (a value), "settings-unknown-key". No sentence ever holds a secret's value.
Result<Settings, Failure> parse_settings(const Profile& profile);

// A secret that a connection uses, and what its flags say of it.
struct SecretUse {
  std::string_view key;  // its name in vpn.secrets
  bool given;            // the profile holds it
  bool required;         // not flagged "not required"
  bool kept;             // not flagged "not saved": if it is, it is asked for each time
  [[nodiscard]] bool missing() const { return required && !given; }
};

// Whether the key file at `path` (maybe empty) can only be read with the passphrase `secret`.
using IsEncrypted = std::function<bool(const std::string& path, std::string_view secret)>;

// The secrets of a profile that connecting uses, in the order in which they are used; a passphrase only where
// the key really has one. A pre-shared key kept as a data item counts as given.
std::vector<SecretUse> used_secrets(const Profile& profile, const IsEncrypted& is_encrypted);

// Whether one of them is missing. True: NetworkManager is to ask the user for setting "vpn".
bool needs_secrets(const Profile& profile, const IsEncrypted& is_encrypted);

}  // namespace l2tp
