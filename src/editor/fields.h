// The fields of the editor: which key each one edits, what it is called, and where it stands.
#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace l2tp::editor {

// What a person fills in.
enum class Input {
  text,
  number,           // an empty field stands for the default, which it shows
  secret,           // with where it is kept
  choice,           // one of `choices_of`
  toggle,           // a check button: "yes" or "no"
  inverted_toggle,  // one that says the opposite of its key: "Allow PAP" for refuse-pap
  proposals,        // algorithms
  certificates,     // CA, certificate, key and the key's password, all of one machine or user
};

// `server` is in sight; the others are folded.
enum class Section { server, ipsec, authentication, link, tunnel };

struct Field {
  std::string_view key;    // of vpn.data or vpn.secrets; or one that stands for several: see below
  std::string_view label;  // marked by N_(), maybe with mnemonic
  Input input;
  Section section;
};

// Three fields stand for several keys: their values are those of `choices_of`.
inline constexpr std::string_view ipsec_field = "ipsec";
inline constexpr std::string_view mppe_field = "mppe";
inline constexpr std::string_view algorithms_field = "algorithms";

// The keys behind one of those three; none for any other.
std::span<const std::string_view> keys_behind(std::string_view field);

// The four keys behind "machine-certificates" and "user-certificates".
struct CertificateKeys {
  std::string_view authority, certificate, key, passphrase;
};
CertificateKeys certificate_keys(std::string_view field);

struct Choice {
  std::string_view value;
  std::string_view label;  // marked by N_()
};

// All fields, in the order in which a page shows them.
std::span<const Field> fields();
const Field* find_field(std::string_view key);  // nullptr: no field has it alone
std::span<const Choice> choices_of(std::string_view key);

// "Gateway" in the user's language: the label without its mnemonic's mark.
std::string plain_label(const Field& field);
std::string without_mnemonic(std::string label);

// The section's title, marked by N_(), with mnemonic.
std::string_view title(Section section);

}  // namespace l2tp::editor
