#include "editor/fields.h"

#include <algorithm>
#include <array>

#include "core/words.h"

namespace l2tp::editor {

namespace {

// A letter behind "_" leads to its field. There are too few of them for all: those of the first page and the
// sections have one each, none of which the windows around the page use ("_Save", "Connection _name",
// "_Export", "_Cancel", "_Apply").
constexpr std::array table{
    Field{"gateway", N_("_Gateway"), Input::text, Section::server},
    Field{ipsec_field, N_("_IPsec"), Input::choice, Section::server},
    Field{"ipsec-psk", N_("Pre-shared _key"), Input::secret, Section::server},
    Field{"machine-certificates", "", Input::certificates, Section::server},
    Field{"user-auth-type", N_("Use_r authentication"), Input::choice, Section::server},
    Field{"user", N_("_User name"), Input::text, Section::server},
    Field{"password", N_("_Password"), Input::secret, Section::server},
    Field{"user-certificates", "", Input::certificates, Section::server},
    Field{"domain", N_("NT _domain"), Input::text, Section::server},

    Field{"ipsec-remote-id", N_("Remote ID"), Input::text, Section::ipsec},
    Field{"ipsec-group-name", N_("Local ID (group name)"), Input::text, Section::ipsec},
    Field{algorithms_field, N_("Algorithms"), Input::choice, Section::ipsec},
    Field{"ipsec-ike", N_("Phase 1 algorithms"), Input::proposals, Section::ipsec},
    Field{"ipsec-esp", N_("Phase 2 algorithms"), Input::proposals, Section::ipsec},
    Field{"ipsec-pfs", N_("Perfect forward secrecy"), Input::choice, Section::ipsec},
    Field{"ipsec-ikelifetime", N_("Lifetime of phase 1 (s)"), Input::number, Section::ipsec},
    Field{"ipsec-salifetime", N_("Lifetime of phase 2 (s)"), Input::number, Section::ipsec},
    Field{"ipsec-dpd-delay", N_("Dead peer detection after (s)"), Input::number, Section::ipsec},
    Field{"ipsec-forceencaps", N_("Always wrap ESP in UDP"), Input::toggle, Section::ipsec},
    Field{"ipsec-ipcomp", N_("IP compression"), Input::toggle, Section::ipsec},
    Field{"ipsec-ikev2", N_("Use IKEv2"), Input::toggle, Section::ipsec},

    Field{"refuse-mschapv2", N_("Allow MS-CHAPv2"), Input::inverted_toggle, Section::authentication},
    Field{"refuse-mschap", N_("Allow MS-CHAP"), Input::inverted_toggle, Section::authentication},
    Field{"refuse-chap", N_("Allow CHAP"), Input::inverted_toggle, Section::authentication},
    Field{"refuse-pap", N_("Allow PAP"), Input::inverted_toggle, Section::authentication},
    Field{"refuse-eap", N_("Allow EAP"), Input::inverted_toggle, Section::authentication},
    Field{mppe_field, N_("Microsoft encryption (MPPE)"), Input::choice, Section::authentication},
    Field{"mppe-stateful", N_("Allow stateful MPPE"), Input::toggle, Section::authentication},

    Field{"mtu", N_("MTU (bytes)"), Input::number, Section::link},
    Field{"mru", N_("MRU (bytes)"), Input::number, Section::link},
    Field{"mrru", N_("Multilink, MRRU (bytes)"), Input::number, Section::link},
    Field{"lcp-echo-interval", N_("Send echo requests every (s)"), Input::number, Section::link},
    Field{"lcp-echo-failure", N_("Unanswered requests before giving up"), Input::number, Section::link},
    Field{"unit", N_("Number of the PPP interface"), Input::number, Section::link},
    Field{"nobsdcomp", N_("Allow BSD compression"), Input::inverted_toggle, Section::link},
    Field{"nodeflate", N_("Allow Deflate compression"), Input::inverted_toggle, Section::link},
    Field{"no-vj-comp", N_("Allow TCP header compression"), Input::inverted_toggle, Section::link},
    Field{"nopcomp", N_("Allow protocol field compression"), Input::inverted_toggle, Section::link},
    Field{"noaccomp", N_("Allow address and control field compression"), Input::inverted_toggle,
          Section::link},

    Field{"ephemeral-port", N_("Use a free source port instead of 1701"), Input::toggle, Section::tunnel},
    Field{"xl2tpd-max-retries", N_("Repetitions of a control message"), Input::number, Section::tunnel},
    Field{"ipcp-peer-ip", N_("Server's address in the tunnel"), Input::text, Section::tunnel},
};

constexpr std::array ipsec_choices{Choice{"psk", N_("With a pre-shared key")},
                                   Choice{"tls", N_("With certificates")},
                                   Choice{"none", N_("None, not encrypted")}};
constexpr std::array user_choices{Choice{"password", N_("Password")},
                                  Choice{"tls", N_("Certificate (EAP-TLS)")}};
constexpr std::array algorithm_choices{Choice{"automatic", N_("Automatic, from strong to old")},
                                       Choice{"strong", N_("Strong only")},
                                       Choice{"old", N_("For old servers")}, Choice{"custom", N_("Custom")}};
constexpr std::array pfs_choices{Choice{"", N_("As the phase 2 algorithms say")}, Choice{"yes", N_("Yes")},
                                 Choice{"no", N_("No")}};
constexpr std::array mppe_choices{
    Choice{"", N_("Not required")}, Choice{"any", N_("Required, of any strength")},
    Choice{"40", N_("Required, 40 bits")}, Choice{"128", N_("Required, 128 bits")}};

}  // namespace

std::span<const std::string_view> keys_behind(std::string_view field) {
  static constexpr std::array<std::string_view, 2> ipsec{"ipsec-enabled", "machine-auth-type"};
  static constexpr std::array<std::string_view, 3> mppe{"require-mppe", "require-mppe-40",
                                                        "require-mppe-128"};
  static constexpr std::array<std::string_view, 2> algorithms{"ipsec-ike", "ipsec-esp"};
  if (field == ipsec_field) return ipsec;
  if (field == mppe_field) return mppe;
  if (field == algorithms_field) return algorithms;
  return {};
}

CertificateKeys certificate_keys(std::string_view field) {
  if (field == "machine-certificates")
    return {"machine-ca", "machine-cert", "machine-key", "machine-certpass"};
  return {"user-ca", "user-cert", "user-key", "user-certpass"};
}

std::span<const Field> fields() {
  return table;
}

const Field* find_field(std::string_view key) {
  const auto found =
      std::find_if(table.begin(), table.end(), [key](const Field& field) { return field.key == key; });
  return found == table.end() ? nullptr : &*found;
}

std::span<const Choice> choices_of(std::string_view key) {
  if (key == ipsec_field) return ipsec_choices;
  if (key == "user-auth-type") return user_choices;
  if (key == algorithms_field) return algorithm_choices;
  if (key == "ipsec-pfs") return pfs_choices;
  if (key == mppe_field) return mppe_choices;
  return {};
}

std::string without_mnemonic(std::string label) {
  const auto mark = label.find('_');
  if (mark == std::string::npos) return label;
  // Languages without letters of their own put it behind: "网关(_G)".
  const bool behind = mark > 0 && label[mark - 1] == '(' && label.compare(mark + 2, 1, ")") == 0;
  return behind ? label.erase(mark - 1, 4) : label.erase(mark, 1);
}

std::string plain_label(const Field& field) {
  return without_mnemonic(translated(field.label));
}

std::string_view title(Section section) {
  switch (section) {
    case Section::server:
      return "";
    case Section::ipsec:
      return N_("_More IPsec settings");
    case Section::authentication:
      return N_("PPP aut_hentication and encryption");
    case Section::link:
      return N_("PPP _link");
    case Section::tunnel:
      return N_("L2TP _tunnel");
  }
  return "";
}

}  // namespace l2tp::editor
