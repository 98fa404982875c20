#include "core/settings.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <utility>

#include "core/wording.h"

namespace l2tp {

namespace {

// --- The table
// ------------------------------------------------------------------------------------------------

constexpr std::uint32_t longest_text = 1024;      // bytes
constexpr std::uint32_t longest_ppp_text = 255;   // bytes; PAP and CHAP count them in one byte
constexpr std::uint32_t smallest_ppp_unit = 128;  // bytes; pppd's own limits for MTU, MRU and MRRU
constexpr std::uint32_t largest_ppp_unit = 16384;
constexpr std::uint32_t longest_lifetime = 2592000;  // s; 30 days, the most that common servers offer
constexpr std::uint32_t largest_count = 1000000;

constexpr Key boolean(std::string_view name, std::string_view text, std::string_view fallback = "no") {
  return {name, KeyKind::boolean, false, 0, 0, "", fallback, "", text};
}

constexpr Key number(std::string_view name, std::uint32_t minimum, std::uint32_t maximum,
                     std::string_view unit, std::string_view fallback, std::string_view text) {
  return {name, KeyKind::number, false, minimum, maximum, "", fallback, unit, text};
}

constexpr Key words(std::string_view name, std::uint32_t maximum, std::string_view fallback,
                    std::string_view text) {
  return {name, KeyKind::text, false, 0, maximum, "", fallback, "", text};
}

constexpr Key choice(std::string_view name, std::string_view choices, std::string_view fallback,
                     std::string_view text) {
  return {name, KeyKind::choice, false, 0, 0, choices, fallback, "", text};
}

constexpr Key path(std::string_view name, std::string_view text) {
  return {name, KeyKind::path, false, 0, 4095, "", "none", "", text};
}

constexpr Key proposals(std::string_view name, std::string_view fallback, std::string_view text) {
  return {name, KeyKind::proposals, false, 0, 4096, "", fallback, "", text};
}

constexpr Key flags(std::string_view name, std::string_view text) {
  return {name, KeyKind::flags, false, 0, 7, "", "0", "", text};
}

constexpr Key secret(std::string_view name, std::uint32_t maximum, std::string_view text) {
  return {name, KeyKind::text, true, 0, maximum, "", "none", "", text};
}

constexpr Key old_form(Key key, std::string_view replaced_by) {
  key.replaced_by = replaced_by;
  return key;
}

constexpr std::string_view nothing = "nothing";  // what took the place of an old form that has no effect

constexpr std::array table{
    // L2TP and the user
    Key{"gateway", KeyKind::host, false, 0, 253, "", "required", "",
        "The L2TP server: an IPv4 or IPv6 address, or a DNS name; becomes xl2tpd's lns, and the remote "
        "address of the "
        "IPsec connection."},
    choice("user-auth-type", "password|tls", "password",
           "How the user is authenticated in PPP: with a password, or with a certificate (EAP-TLS)."),
    words("user", longest_ppp_text, "vpn.user-name", "The user name that PPP sends; becomes pppd's user."),
    words("domain", longest_ppp_text, "none",
          "The Windows (NT) domain of the user: PPP then sends DOMAIN\\user as the name; becomes part of "
          "pppd's user."),
    boolean(
        "ephemeral-port",
        "Send L2TP from a free UDP port instead of 1701, as several clients behind one NAT need it; becomes "
        "xl2tpd's port. Without it such a port is used when 1701 is taken."),
    path("user-ca",
         "The CA certificate that the server's EAP-TLS certificate is checked against, unless user-cert is a "
         "PKCS#12 file that holds it; becomes pppd's ca."),
    path("user-cert",
         "The user's certificate for EAP-TLS: PEM, DER or PKCS#12, alone or with its chain; becomes pppd's "
         "cert."),
    path("user-key",
         "The private key of the user's certificate for EAP-TLS, unless user-cert holds it too; becomes "
         "pppd's key."),
    number("xl2tpd-max-retries", 0, largest_count, "", "xl2tpd's own (5)",
           "How often an L2TP control message is sent again before the tunnel is given up; becomes xl2tpd's "
           "max retries."),
    Key{"ipcp-peer-ip", KeyKind::address, false, 0, 0, "", "ipv4.gateway", "",
        "The server's address inside the tunnel, suggested to it if ipv4.method is manual; becomes the "
        "second half of "
        "pppd's LOCAL:REMOTE."},

    // PPP
    boolean("refuse-eap", "Do not let the server ask for EAP; becomes pppd's refuse-eap."),
    boolean("refuse-pap", "Do not let the server ask for PAP; becomes pppd's refuse-pap."),
    boolean("refuse-chap", "Do not let the server ask for CHAP; becomes pppd's refuse-chap."),
    boolean("refuse-mschap", "Do not let the server ask for MS-CHAP; becomes pppd's refuse-mschap."),
    boolean("refuse-mschapv2", "Do not let the server ask for MS-CHAPv2; becomes pppd's refuse-mschap-v2."),
    boolean(
        "require-mppe",
        "Connect only with Microsoft's encryption inside PPP, of any strength; becomes pppd's require-mppe."),
    boolean("require-mppe-40", "Connect only with 40-bit MPPE; becomes pppd's require-mppe-40."),
    boolean("require-mppe-128", "Connect only with 128-bit MPPE; becomes pppd's require-mppe-128."),
    boolean("mppe-stateful",
            "Allow MPPE's stateful mode beside the stateless one; becomes pppd's mppe-stateful."),
    boolean("nobsdcomp", "Do not use BSD-Compress; becomes pppd's nobsdcomp."),
    boolean("nodeflate", "Do not use Deflate compression; becomes pppd's nodeflate."),
    boolean("no-vj-comp", "Do not use Van Jacobson's compression of TCP/IP headers; becomes pppd's novj."),
    boolean("nopcomp", "Do not negotiate compression of PPP's protocol field; becomes pppd's nopcomp."),
    boolean("noaccomp",
            "Do not negotiate compression of PPP's address and control fields; becomes pppd's noaccomp."),
    number("mrru", smallest_ppp_unit, largest_ppp_unit, "bytes", "no multilink",
           "Use multilink PPP with this largest reassembled packet; becomes pppd's multilink and mrru."),
    number("mtu", smallest_ppp_unit, largest_ppp_unit, "bytes", "1400",
           "The largest packet sent through the tunnel, unless the server takes smaller ones only; becomes "
           "pppd's mtu."),
    number("mru", smallest_ppp_unit, largest_ppp_unit, "bytes", "1400",
           "The largest packet that the server is asked to send; becomes pppd's mru."),
    number("lcp-echo-failure", 0, largest_count, "", "0",
           "After how many unanswered LCP echo requests the server counts as gone; 0 means never; becomes "
           "pppd's "
           "lcp-echo-failure."),
    number("lcp-echo-interval", 0, largest_count, "s", "0",
           "The time between two LCP echo requests; 0 means that none are sent; becomes pppd's "
           "lcp-echo-interval."),
    number("unit", 0, largest_count, "", "the first free one",
           "The number N of the interface pppN, if it is free; becomes pppd's unit."),

    // IPsec
    boolean("ipsec-enabled",
            "Protect L2TP with IPsec; without it everything is sent in clear unless PPP encrypts it."),
    choice("machine-auth-type", "psk|tls", "psk",
           "How IPsec is authenticated: with a pre-shared key, or with certificates; becomes strongSwan's "
           "auth."),
    path(
        "machine-ca",
        "The CA certificate that the server's IPsec certificate is checked against, unless machine-cert is a "
        "PKCS#12 file that holds it; becomes an authority of strongSwan."),
    path("machine-cert",
         "This machine's certificate for IPsec: PEM, DER or PKCS#12, alone or with its chain; becomes "
         "strongSwan's certs."),
    path("machine-key",
         "The private key of this machine's certificate for IPsec, unless machine-cert holds it too; becomes "
         "a private key of strongSwan."),
    words("ipsec-remote-id", longest_text, "any; with certificates, the gateway",
          "The identity that the server must prove in IPsec, such as an address, a DNS name, @name or a "
          "certificate's subject; %any takes every certificate under machine-ca; becomes the id of "
          "strongSwan's remote section."),
    words("ipsec-group-name", longest_text, "this machine's address",
          "Our own identity in IPsec, called group name by some servers; becomes the id of strongSwan's "
          "local section."),
    proposals("ipsec-ike", "a list from strong to old",
              "The algorithms of phase 1, as in aes256-sha256-modp2048,aes256-sha1-modp1024, offered before "
              "the default "
              "list, or instead of it if a ! ends the string; becomes strongSwan's proposals."),
    proposals("ipsec-esp", "a list from strong to old",
              "The algorithms of phase 2, as in aes256-sha256,aes128-sha1, offered before the default list, "
              "or instead "
              "of it if a ! ends the string; becomes strongSwan's esp_proposals."),
    number("ipsec-ikelifetime", 0, longest_lifetime, "s", "the daemon's own",
           "How long phase 1 lasts at most, its keys being renewed a little earlier; 0 means the daemon's "
           "own time; "
           "becomes strongSwan's rekey_time and over_time of the connection."),
    number("ipsec-salifetime", 0, longest_lifetime, "s", "the daemon's own",
           "How long phase 2 lasts at most, its keys being renewed a little earlier; 0 means the daemon's "
           "own time; "
           "becomes strongSwan's life_time and rekey_time of the child."),
    boolean("ipsec-forceencaps",
            "Wrap ESP in UDP even if there is no NAT on the way, for networks that drop ESP; becomes "
            "strongSwan's "
            "encap."),
    boolean("ipsec-ipcomp", "Offer IP compression (IPComp) inside IPsec; becomes strongSwan's ipcomp."),
    boolean("ipsec-ikev2", "Use IKEv2 instead of IKEv1; becomes strongSwan's version."),
    boolean("ipsec-pfs",
            "Perfect forward secrecy of phase 2: \"no\" leaves out the groups that ipsec-esp names; \"yes\" "
            "needs one "
            "there on strongSwan; becomes Libreswan's pfs.",
            "as ipsec-esp says"),

    number(
        "ipsec-dpd-delay", 0, 3600, "s", "30",
        "After how long a silence the server is asked for a sign of life (dead peer detection); after three "
        "times as long it counts as gone. 0 turns this off; becomes strongSwan's dpd_delay and Libreswan's "
        "dpddelay."),

    // Secrets
    secret("password", longest_ppp_text, "The user's password for PPP; pppd gets it from our plugin."),
    secret("ipsec-psk", longest_text,
           "The pre-shared key of IPsec; if it begins with 0s and the rest is base64, the bytes that this "
           "stands for; "
           "goes to strongSwan as a shared secret of type IKE."),
    secret("user-certpass", longest_text, "The password of the private key in user-key."),
    secret("machine-certpass", longest_text, "The password of the private key in machine-key."),
    flags("password-flags",
          "Where the password is kept: 0 by the system, 1 by the user's agent, 2 nowhere (asked for each "
          "time), 4 not "
          "required; the sum of those that hold."),
    flags("ipsec-psk-flags", "Where the pre-shared key is kept; as password-flags."),
    flags("user-certpass-flags", "Where the password of the user's private key is kept; as password-flags."),
    flags("machine-certpass-flags",
          "Where the password of the machine's private key is kept; as password-flags."),
    old_form(
        secret("no-secret", longest_text, "What the secrets dialog answers when nothing needs to be asked."),
        nothing),

    // Old forms
    old_form(
        words("ipsec-gateway-id", longest_text, "none", "Old name of ipsec-remote-id, which it overrides."),
        "ipsec-remote-id"),
    old_form(boolean("ipsec-force-udp-encaps", "Old name of ipsec-forceencaps, which overrides it."),
             "ipsec-forceencaps"),
    old_form(boolean("accomp", "Old opposite of noaccomp, which overrides it.", "yes"), "noaccomp"),
    old_form(boolean("use-cert", "Old form of user-auth-type=tls, as KDE wrote it."), "user-auth-type"),
    old_form(path("cert-pub", "Old name of user-cert, as KDE wrote it."), "user-cert"),
    old_form(path("cert-ca", "Old name of user-ca, as KDE wrote it."), "user-ca"),
    old_form(path("cert-key", "Old name of user-key, as KDE wrote it."), "user-key"),
    old_form(words("name", longest_text, "none", "Found in some profiles; has no effect."), nothing),
};

// --- Reading values of a profile
// -----------------------------------------------------------------------------

// A data item's value. Editors write empty strings for what is not set, so an empty one is as none.
std::optional<std::string_view> value_of(const Profile& profile, std::string_view name) {
  const auto item = profile.data.find(std::string(name));
  if (item == profile.data.end() || item->second.empty()) return std::nullopt;
  return item->second;
}

bool is_set(const Profile& profile, std::string_view name) {
  return value_of(profile, name).has_value();
}

std::optional<std::string> text_of(const Profile& profile, std::string_view name) {
  const auto value = value_of(profile, name);
  return value ? std::optional<std::string>(*value) : std::nullopt;
}

std::optional<bool> boolean_of(const Profile& profile, std::string_view name) {
  const auto value = value_of(profile, name);
  return value ? std::optional(*value == "yes") : std::nullopt;
}

bool is_yes(const Profile& profile, std::string_view name) {
  return value_of(profile, name) == "yes";
}

// Decimal digits and nothing else, no larger than 32 bits hold.
std::optional<std::uint32_t> parse_number(std::string_view text) {
  std::uint32_t number = 0;
  const char* const end = text.data() + text.size();
  const auto [stopped, error] = std::from_chars(text.data(), end, number);
  if (error != std::errc{} || stopped != end) return std::nullopt;
  return number;
}

std::optional<std::uint32_t> number_of(const Profile& profile, std::string_view name) {
  const auto value = value_of(profile, name);
  return value ? parse_number(*value) : std::nullopt;
}

Phase phase_of(std::string_view key) {
  return key == "ipsec-ike" ? Phase::one : Phase::two;
}

std::optional<ProposalList> proposals_of(const Profile& profile, std::string_view name) {
  const auto value = value_of(profile, name);
  if (!value) return std::nullopt;
  auto list = parse_proposals(*value, phase_of(name));
  if (!list) return std::nullopt;
  return std::move(list.value());
}

std::string_view secret_of(const Profile& profile, std::string_view name) {
  const auto item = profile.secrets.find(std::string(name));
  return item == profile.secrets.end() ? std::string_view{} : item->second.view();
}

// The pre-shared key as it was typed; old profiles keep it among the data.
std::string_view typed_psk(const Profile& profile) {
  const auto psk = secret_of(profile, "ipsec-psk");
  return psk.empty() ? value_of(profile, "ipsec-psk").value_or(std::string_view{}) : psk;
}

// NMSettingSecretFlags
constexpr std::uint32_t not_saved = 2;
constexpr std::uint32_t not_required = 4;

std::uint32_t flags_of(const Profile& profile, std::string_view secret_name) {
  return number_of(profile, std::string(secret_name) + "-flags").value_or(0);
}

bool is_required(const Profile& profile, std::string_view secret_name) {
  return (flags_of(profile, secret_name) & not_required) == 0;
}

std::string user_of(const Profile& profile) {
  const std::string user = text_of(profile, "user").value_or(profile.vpn_user_name);
  const auto domain = text_of(profile, "domain");
  return domain ? *domain + "\\" + user : user;
}

bool has_user_certificate(const Profile& profile) {
  if (const auto type = value_of(profile, "user-auth-type")) return *type == "tls";
  return is_yes(profile, "use-cert");
}

bool has_machine_certificate(const Profile& profile) {
  return is_yes(profile, "ipsec-enabled") && value_of(profile, "machine-auth-type") == "tls";
}

// The files of "user" or "machine". A certificate's file may hold its key as well.
CredentialFiles credential_files(const Profile& profile, const std::string& whose) {
  const auto named = [&](const char* what, const char* old_name) {
    auto path = text_of(profile, whose + "-" + what);
    if (!path && whose == "user") path = text_of(profile, old_name);
    return path.value_or(std::string{});
  };
  CredentialFiles files;
  files.authority = named("ca", "cert-ca");
  files.certificate = named("cert", "cert-pub");
  files.key = named("key", "cert-key");
  if (files.key.empty()) files.key = files.certificate;
  files.passphrase = Secret(secret_of(profile, whose + "-certpass"));
  return files;
}

// --- Checking values
// ------------------------------------------------------------------------------------------

using Wrong = std::optional<std::string>;  // what is not right about a value, or nothing

bool is_control(char letter) {
  const auto byte = static_cast<unsigned char>(letter);
  return byte < 0x20 || byte == 0x7f;
}

bool has_control(std::string_view text) {
  return std::any_of(text.begin(), text.end(), is_control);
}

bool is_digit(char letter) {
  return letter >= '0' && letter <= '9';
}
bool is_letter(char letter) {
  return (letter >= 'a' && letter <= 'z') || (letter >= 'A' && letter <= 'Z');
}
bool is_letter_or_digit(char letter) {
  return is_letter(letter) || is_digit(letter);
}

bool is_dns_label(std::string_view label) {
  if (label.empty() || label.size() > 63) return false;
  if (!is_letter_or_digit(label.front()) || !is_letter_or_digit(label.back())) return false;
  return std::all_of(label.begin(), label.end(),
                     [](char letter) { return is_letter_or_digit(letter) || letter == '-'; });
}

bool is_dns_name(std::string_view name) {
  if (name.empty() || name.size() > 253) return false;
  while (true) {
    const auto dot = name.find('.');
    if (!is_dns_label(name.substr(0, dot))) return false;
    if (dot == std::string_view::npos) return true;
    name.remove_prefix(dot + 1);
  }
}

// Resolvers take names that end in a number for addresses in an old notation ("1.2.3", "0x7f000001"): not
// what was meant.
bool ends_in_number(std::string_view name) {
  std::string_view label = name.substr(name.rfind('.') + 1);
  if (std::all_of(label.begin(), label.end(), is_digit)) return true;
  if (!label.starts_with("0x") && !label.starts_with("0X")) return false;
  return label.find_first_not_of("0123456789abcdefABCDEF", 2) == std::string_view::npos;
}

// A host in its plain form: a literal without brackets, or a name without its trailing dot.
Result<std::string, std::string> parse_host(std::string_view text) {
  if (Ipv4Address::parse(text) || is_ipv6_literal(text)) return std::string(text);
  if (text.starts_with('[') && text.ends_with(']') && is_ipv6_literal(text.substr(1, text.size() - 2)))
    return std::string(text.substr(1, text.size() - 2));
  const std::string_view name = text.ends_with('.') ? text.substr(0, text.size() - 1) : text;
  if (!is_dns_name(name))
    return Unexpected{
        std::string("must be an IPv4 or IPv6 address, or a DNS name (letters, digits, hyphens, dots)")};
  if (ends_in_number(name))
    return Unexpected{std::string("must be a whole IPv4 address (four numbers from 0 to 255) or a DNS name")};
  return std::string(name);
}

std::vector<std::string_view> split(std::string_view text, char separator) {
  std::vector<std::string_view> parts;
  while (true) {
    const auto end = text.find(separator);
    parts.push_back(text.substr(0, end));
    if (end == std::string_view::npos) return parts;
    text.remove_prefix(end + 1);
  }
}

Wrong number_complaint(const Key& key, std::string_view value) {
  const auto number = parse_number(value);
  if (number && *number >= key.minimum && *number <= key.maximum) return std::nullopt;
  return "must be a whole number from " + std::to_string(key.minimum) + " to " + std::to_string(key.maximum);
}

Wrong choice_complaint(const Key& key, std::string_view value) {
  std::string allowed;
  for (const std::string_view one : split(key.choices, '|')) {
    if (value == one) return std::nullopt;
    allowed += (allowed.empty() ? "'" : " or '") + std::string(one) + "'";
  }
  return "must be " + allowed;
}

Wrong text_complaint(const Key& key, std::string_view value) {
  if (has_control(value)) return "must not hold a control character";
  if (value.size() > key.maximum) return "must have at most " + std::to_string(key.maximum) + " bytes";
  return std::nullopt;
}

Wrong path_complaint(const Key& key, std::string_view value) {
  if (!value.starts_with('/')) return "must be the absolute path of a file";
  return text_complaint(key, value);
}

Wrong proposals_complaint(const Key& key, std::string_view value) {
  if (auto wrong = text_complaint(key, value)) return wrong;
  const auto list = parse_proposals(value, phase_of(key.name));
  return list ? Wrong{} : Wrong{list.error()};
}

Wrong host_complaint(std::string_view value) {
  const auto host = parse_host(value);
  return host ? Wrong{} : Wrong{host.error()};
}

Wrong address_complaint(std::string_view value) {
  if (Ipv4Address::parse(value)) return std::nullopt;
  return "must be an IPv4 address, such as 192.0.2.1";
}

bool may_be_empty(KeyKind kind) {
  return kind == KeyKind::text || kind == KeyKind::host || kind == KeyKind::address ||
         kind == KeyKind::path || kind == KeyKind::proposals;
}

Wrong complaint(const Key& key, std::string_view value) {
  if (value.empty() && may_be_empty(key.kind)) return std::nullopt;
  switch (key.kind) {
    case KeyKind::boolean:
      return value == "yes" || value == "no" ? Wrong{} : Wrong{"must be 'yes' or 'no'"};
    case KeyKind::number:
    case KeyKind::flags:
      return number_complaint(key, value);
    case KeyKind::text:
      return text_complaint(key, value);
    case KeyKind::choice:
      return choice_complaint(key, value);
    case KeyKind::host:
      return host_complaint(value);
    case KeyKind::address:
      return address_complaint(value);
    case KeyKind::path:
      return path_complaint(key, value);
    case KeyKind::proposals:
      return proposals_complaint(key, value);
  }
  return "is of no known kind";
}

Failure invalid(std::string_view name, std::string_view value, const std::string& complaint) {
  return failure("settings-invalid", std::string(name) + " is " + in_quotes(value) + ", but " + complaint);
}

// As `invalid`, for a secret: its value stays unsaid.
Failure invalid_secret(std::string_view name, const std::string& complaint) {
  return failure("settings-invalid", std::string(name) + " " + complaint);
}

// --- Checking a profile
// ---------------------------------------------------------------------------------------

using Check = std::optional<Failure>;  // why the profile is refused, or nothing

// The UUID names our run directory, so it must not be able to name another one.
Check check_uuid(const Profile& profile) {
  if (profile.uuid.empty()) return failure("settings-missing", "its UUID (connection.uuid)");
  const bool harmless =
      profile.uuid.size() <= 64 && std::all_of(profile.uuid.begin(), profile.uuid.end(),
                                               [](char c) { return is_letter_or_digit(c) || c == '-'; });
  if (harmless) return std::nullopt;
  return invalid("connection.uuid", profile.uuid, "must have letters, digits and hyphens only");
}

std::string_view nearest_current(std::string_view name, bool secrets_only) {
  std::vector<std::string_view> known;
  for (const Key& key : table) {
    if (key.replaced_by.empty() && (key.secret || !secrets_only)) known.push_back(key.name);
  }
  return nearest(name, known);
}

Check check_data_names(const Profile& profile) {
  for (const auto& [name, value] : profile.data) {
    const Key* key = find_key(name);
    if (key == nullptr)
      return failure("settings-unknown-key", with_suggestion(in_quotes(name), nearest_current(name, false)));
    if (key->secret && name != "ipsec-psk")
      return failure("settings-invalid", name + " is a secret, and must be in vpn.secrets, not in vpn.data");
  }
  return std::nullopt;
}

Check check_secret_names(const Profile& profile) {
  for (const auto& [name, value] : profile.secrets) {
    const Key* key = find_key(name);
    if (key == nullptr)
      return failure("settings-unknown-key",
                     "the secret " + with_suggestion(in_quotes(name), nearest_current(name, true)));
    if (!key->secret) return failure("settings-invalid", name + " is no secret, and must be in vpn.data");
  }
  return std::nullopt;
}

Check check_data_values(const Profile& profile) {
  for (const auto& [name, value] : profile.data) {
    const Key& key = *find_key(name);
    const Wrong wrong = complaint(key, value);
    if (wrong) return key.secret ? invalid_secret(name, *wrong) : invalid(name, value, *wrong);
  }
  return std::nullopt;
}

Check check_secret_values(const Profile& profile) {
  for (const auto& [name, value] : profile.secrets) {
    if (const Wrong wrong = complaint(*find_key(name), value.view())) return invalid_secret(name, *wrong);
  }
  return std::nullopt;
}

Check check_presence(const Profile& profile) {
  if (!is_set(profile, "gateway")) return failure("settings-missing", "the gateway (key gateway)");
  if (!is_set(profile, "user") && profile.vpn_user_name.empty())
    return failure("settings-missing", "the user name (key user, or vpn.user-name)");
  if (has_user_certificate(profile)) {
    if (credential_files(profile, "user").certificate.empty())
      return failure("settings-missing", "the user's certificate (key user-cert)");
  } else if (is_required(profile, "password") && secret_of(profile, "password").empty()) {
    return failure("settings-missing", "the password (secret password)");
  }
  if (has_machine_certificate(profile)) {
    if (credential_files(profile, "machine").certificate.empty())
      return failure("settings-missing", "the machine's certificate (key machine-cert)");
    return std::nullopt;
  }
  // Flags may say that no key needs to be asked for; IPsec cannot work without one all the same.
  if (is_yes(profile, "ipsec-enabled") && typed_psk(profile).empty())
    return failure("settings-missing", "the pre-shared key (secret ipsec-psk)");
  return std::nullopt;
}

Check check_user(const Profile& profile) {
  const Key& key = *find_key("user");
  if (const Wrong wrong = is_set(profile, "user") ? Wrong{} : complaint(key, profile.vpn_user_name))
    return invalid("vpn.user-name", profile.vpn_user_name, *wrong);
  const std::string whole_name = user_of(profile);
  if (whole_name.size() <= longest_ppp_text) return std::nullopt;
  return invalid("the user name with its domain", whole_name,
                 "must have at most " + std::to_string(longest_ppp_text) + " bytes");
}

// In phase 1 of IKEv1 there is no number for a cipher with built-in integrity (RFC 5282 is about IKEv2).
Check check_phase1(const Profile& profile) {
  const auto list = proposals_of(profile, "ipsec-ike");
  if (!list || is_yes(profile, "ipsec-ikev2")) return std::nullopt;
  for (const Proposal& proposal : list->proposals) {
    if (proposal.integrity.empty())
      return invalid("ipsec-ike", *value_of(profile, "ipsec-ike"),
                     "'" + proposal.encryption + "' in phase 1 needs ipsec-ikev2=yes");
  }
  return std::nullopt;
}

Check check_addresses(const Profile& profile) {
  if (!profile.ipv4_enabled && !profile.ipv6_enabled)
    return failure("settings-invalid", "ipv4.method and ipv6.method are both disabled, but one must not be");
  if (profile.ipv4_addresses.empty()) return std::nullopt;
  const std::string& own = profile.ipv4_addresses.front();
  if (const Wrong wrong = address_complaint(own)) return invalid("ipv4.addresses", own, *wrong);
  if (profile.ipv4_gateway.empty()) return std::nullopt;
  if (const Wrong wrong = address_complaint(profile.ipv4_gateway))
    return invalid("ipv4.gateway", profile.ipv4_gateway, *wrong);
  return std::nullopt;
}

Check check(const Profile& profile) {
  for (auto* step : {check_uuid, check_data_names, check_secret_names, check_data_values, check_secret_values,
                     check_presence, check_user, check_phase1, check_addresses}) {
    if (auto refusal = step(profile)) return refusal;
  }
  return std::nullopt;
}

// --- The pre-shared key
// ---------------------------------------------------------------------------------------

std::optional<std::uint32_t> base64_digit(char letter) {
  constexpr std::string_view alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
  const auto at = alphabet.find(letter);
  return at == std::string_view::npos ? std::nullopt : std::optional(static_cast<std::uint32_t>(at));
}

// The bytes that base64 text stands for; nothing unless it is exactly what an encoder would write (RFC
// 4648, 3.5).
std::optional<Secret> decode_base64(std::string_view text) {
  std::array<char, longest_text> bytes{};
  if (text.empty() || text.size() % 4 != 0 || text.size() > bytes.size()) return std::nullopt;
  const std::size_t padding = text.ends_with("==") ? 2 : text.ends_with('=') ? 1 : 0;

  std::size_t size = 0;
  std::uint32_t bits = 0;
  std::uint32_t bit_count = 0;
  bool valid = true;
  for (const char letter : text.substr(0, text.size() - padding)) {
    const auto digit = base64_digit(letter);
    valid = valid && digit.has_value();
    bits = (bits << 6 | digit.value_or(0)) & 0xffff;
    bit_count += 6;
    if (bit_count < 8) continue;
    bit_count -= 8;
    bytes[size++] = static_cast<char>(bits >> bit_count & 0xff);
  }
  const bool left_over = (bits & ((1U << bit_count) - 1)) != 0;
  Secret secret(std::string_view(bytes.data(), size));
  explicit_bzero(bytes.data(), bytes.size());
  if (!valid || left_over) return std::nullopt;
  return secret;
}

// The bytes of a key in the old form "0s" and base64, or nothing: then the key is what was typed.
std::optional<Secret> decode_psk(std::string_view typed) {
  if (!typed.starts_with("0s")) return std::nullopt;
  return decode_base64(typed.substr(2));
}

// --- Notes
// ----------------------------------------------------------------------------------------------------

class Notes {
 public:
  explicit Notes(const Profile& profile) : profile_(profile) {}

  std::vector<std::string> take() {
    note_old_forms();
    if (!has_user_certificate(profile_)) {
      note_without_effect("user-auth-type is not tls", {"user-ca", "user-cert", "user-key"});
      note_without_effect("use-cert is not yes", {"cert-ca", "cert-pub", "cert-key"});
    }
    if (profile_.ipv4_addresses.empty()) note_without_effect("ipv4.method is not manual", {"ipcp-peer-ip"});
    if (is_yes(profile_, "ipsec-enabled")) {
      note_ipsec();
    } else {
      note_ipsec_without_effect();
    }
    return std::move(notes_);
  }

 private:
  void note_old_forms() {
    for (const Key& key : table) {
      if (key.replaced_by.empty() || !is_set(profile_, key.name)) continue;
      const std::string name{key.name};
      notes_.push_back(key.replaced_by == nothing
                           ? name + " has no effect"
                           : name + " is an old form of " + std::string(key.replaced_by));
    }
  }

  void note_without_effect(const std::string& reason, const std::vector<std::string_view>& names) {
    std::string list;
    for (const std::string_view name : names) {
      if (is_set(profile_, name)) list += (list.empty() ? "" : ", ") + std::string(name);
    }
    if (!list.empty()) notes_.push_back("without effect because " + reason + ": " + list);
  }

  void note_ipsec_without_effect() {
    std::vector<std::string_view> names;
    for (const Key& key : table) {
      const bool of_ipsec = key.name.starts_with("ipsec-") || key.name.starts_with("machine-");
      if (of_ipsec && key.kind != KeyKind::flags && key.name != "ipsec-enabled") names.push_back(key.name);
    }
    note_without_effect("ipsec-enabled is not yes", names);
  }

  void note_ipsec() {
    if (!has_machine_certificate(profile_))
      note_without_effect("machine-auth-type is not tls", {"machine-ca", "machine-cert", "machine-key"});
    if (is_set(profile_, "ipsec-gateway-id") && is_set(profile_, "ipsec-remote-id"))
      notes_.emplace_back("ipsec-gateway-id overrides ipsec-remote-id");
    if (is_set(profile_, "ipsec-psk")) note_psk_among_data();
    if (decode_psk(typed_psk(profile_)))
      notes_.emplace_back("ipsec-psk is in the old base64 form and was decoded");
    for (const std::string name : {"ipsec-ikelifetime", "ipsec-salifetime"}) {
      if (number_of(profile_, name) == 0U) notes_.push_back(name + " is 0: the daemon's own lifetime holds");
    }
    note_pfs();
  }

  void note_psk_among_data() {
    const bool overridden = !secret_of(profile_, "ipsec-psk").empty();
    notes_.emplace_back(
        overridden ? "ipsec-psk among vpn.data is an old form, and the one in vpn.secrets overrides it"
                   : "ipsec-psk among vpn.data is an old form: anybody can read it there");
  }

  void note_pfs() {
    const auto pfs = boolean_of(profile_, "ipsec-pfs");
    if (!pfs) return;
    const auto phase2 = proposals_of(profile_, "ipsec-esp");
    const bool has_group =
        phase2 && std::any_of(phase2->proposals.begin(), phase2->proposals.end(),
                              [](const Proposal& proposal) { return !proposal.group.empty(); });
    if (*pfs && !has_group)
      notes_.emplace_back("ipsec-pfs=yes has no effect with strongSwan unless ipsec-esp names a group");
    if (!*pfs && has_group)
      notes_.emplace_back("the groups in ipsec-esp are left out because of ipsec-pfs=no");
  }

  const Profile& profile_;
  std::vector<std::string> notes_;
};

// --- From a checked profile to settings
// -----------------------------------------------------------------------

IpsecSettings read_ipsec(const Profile& profile) {
  const auto lifetime = [&profile](std::string_view name) {
    const auto seconds = number_of(profile, name);
    return seconds == 0U ? std::nullopt : seconds;
  };
  const auto either = [](auto one, auto other) { return one ? one : other; };
  const std::string_view psk = typed_psk(profile);
  auto decoded_psk = decode_psk(psk);

  IpsecSettings ipsec;
  if (has_machine_certificate(profile))
    ipsec.certificate_files = credential_files(profile, "machine");
  else
    ipsec.psk = decoded_psk ? std::move(*decoded_psk) : Secret(psk);
  ipsec.remote_id = either(text_of(profile, "ipsec-gateway-id"), text_of(profile, "ipsec-remote-id"));
  ipsec.group_name = text_of(profile, "ipsec-group-name");
  ipsec.phase1 = proposals_of(profile, "ipsec-ike");
  ipsec.phase2 = proposals_of(profile, "ipsec-esp");
  ipsec.phase1_lifetime = lifetime("ipsec-ikelifetime");
  ipsec.phase2_lifetime = lifetime("ipsec-salifetime");
  ipsec.force_encapsulation =
      either(boolean_of(profile, "ipsec-forceencaps"), boolean_of(profile, "ipsec-force-udp-encaps"));
  ipsec.compression = boolean_of(profile, "ipsec-ipcomp");
  ipsec.pfs = boolean_of(profile, "ipsec-pfs");
  ipsec.ikev2 = is_yes(profile, "ipsec-ikev2");
  ipsec.dpd_delay = number_of(profile, "ipsec-dpd-delay").value_or(ipsec.dpd_delay);
  return ipsec;
}

PppSettings read_ppp(const Profile& profile) {
  PppSettings ppp;
  ppp.refuse_eap = is_yes(profile, "refuse-eap");
  ppp.refuse_pap = is_yes(profile, "refuse-pap");
  ppp.refuse_chap = is_yes(profile, "refuse-chap");
  ppp.refuse_mschap = is_yes(profile, "refuse-mschap");
  ppp.refuse_mschapv2 = is_yes(profile, "refuse-mschapv2");
  ppp.require_mppe = is_yes(profile, "require-mppe");
  ppp.require_mppe_40 = is_yes(profile, "require-mppe-40");
  ppp.require_mppe_128 = is_yes(profile, "require-mppe-128");
  ppp.mppe_stateful = is_yes(profile, "mppe-stateful");
  ppp.no_bsd_compression = is_yes(profile, "nobsdcomp");
  ppp.no_deflate = is_yes(profile, "nodeflate");
  ppp.no_vj_compression = is_yes(profile, "no-vj-comp");
  ppp.no_protocol_compression = is_yes(profile, "nopcomp");
  ppp.no_address_compression = boolean_of(profile, "noaccomp").value_or(value_of(profile, "accomp") == "no");
  ppp.mrru = number_of(profile, "mrru");
  ppp.mtu = number_of(profile, "mtu").value_or(ppp.mtu);
  ppp.mru = number_of(profile, "mru").value_or(ppp.mru);
  ppp.echo_failure = number_of(profile, "lcp-echo-failure").value_or(ppp.echo_failure);
  ppp.echo_interval = number_of(profile, "lcp-echo-interval").value_or(ppp.echo_interval);
  ppp.unit = number_of(profile, "unit");
  if (!profile.ipv4_addresses.empty()) {
    ppp.local_address = Ipv4Address::parse(profile.ipv4_addresses.front());
    ppp.peer_address = Ipv4Address::parse(value_of(profile, "ipcp-peer-ip").value_or(profile.ipv4_gateway));
  }
  return ppp;
}

Settings read(const Profile& profile) {
  Settings settings;
  settings.uuid = profile.uuid;
  settings.timeout = profile.timeout;
  settings.gateway = parse_host(*value_of(profile, "gateway")).value();
  settings.user = user_of(profile);
  if (has_user_certificate(profile))
    settings.user_certificate_files = credential_files(profile, "user");
  else
    settings.password = Secret(secret_of(profile, "password"));
  settings.owner = profile.owner;
  settings.ephemeral_port = is_yes(profile, "ephemeral-port");
  settings.l2tp_max_retries = number_of(profile, "xl2tpd-max-retries");
  settings.ppp = read_ppp(profile);
  if (is_yes(profile, "ipsec-enabled")) settings.ipsec = read_ipsec(profile);
  settings.ipv4 = profile.ipv4_enabled;
  settings.ipv6 = profile.ipv6_enabled;
  settings.ipv4_never_default = profile.ipv4_never_default;
  settings.ipv6_never_default = profile.ipv6_never_default;
  settings.ignore_auto_dns = profile.ipv4_ignore_auto_dns;
  settings.notes = Notes(profile).take();
  return settings;
}

}  // namespace

std::span<const Key> key_table() {
  return table;
}

const Key* find_key(std::string_view name) {
  const auto* const key = std::find_if(table.data(), table.data() + table.size(),
                                       [name](const Key& candidate) { return candidate.name == name; });
  return key == table.data() + table.size() ? nullptr : key;
}

std::optional<std::string> value_complaint(const Key& key, std::string_view value) {
  return complaint(key, value);
}

std::string_view nearest_key(std::string_view name) {
  return nearest_current(name, false);
}

Result<Settings, Failure> parse_settings(const Profile& profile) {
  if (auto refusal = check(profile)) return Unexpected{std::move(*refusal)};
  return read(profile);
}

std::vector<SecretUse> used_secrets(const Profile& profile, const IsEncrypted& is_encrypted) {
  std::vector<SecretUse> uses;
  const auto use = [&](std::string_view key, std::string_view value) {
    uses.push_back({.key = key,
                    .given = !value.empty(),
                    .required = is_required(profile, key),
                    .kept = (flags_of(profile, key) & not_saved) == 0});
  };
  const auto use_passphrase = [&](const std::string& whose, std::string_view key) {
    if (is_encrypted(credential_files(profile, whose).key, key)) use(key, secret_of(profile, key));
  };
  if (has_machine_certificate(profile))
    use_passphrase("machine", "machine-certpass");
  else if (is_yes(profile, "ipsec-enabled"))
    use("ipsec-psk", typed_psk(profile));
  if (has_user_certificate(profile))
    use_passphrase("user", "user-certpass");
  else
    use("password", secret_of(profile, "password"));
  return uses;
}

bool needs_secrets(const Profile& profile, const IsEncrypted& is_encrypted) {
  const auto uses = used_secrets(profile, is_encrypted);
  return std::any_of(uses.begin(), uses.end(), [](const SecretUse& use) { return use.missing(); });
}

}  // namespace l2tp
