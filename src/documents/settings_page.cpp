// Prints nm-settings-l2tp(5), made from the table of keys, as roff (man(7)).
#include <iostream>
#include <string>

#include "core/settings.h"

namespace l2tp {
namespace {

// Text of ours as roff shows it: no line begins with a control character, and a hyphen is the one of the
// keyboard.
std::string roff(std::string_view text) {
  std::string shown;
  for (const char letter : text) {
    if (letter == '-' || letter == '\\') shown += '\\';
    shown += letter == '\\' ? 'e' : letter;
  }
  if (shown.starts_with('.') || shown.starts_with('\'')) shown.insert(0, "\\&");
  return shown;
}

std::string values_of(const Key& key) {
  const auto range = [&key] {
    return std::to_string(key.minimum) + " to " + std::to_string(key.maximum) +
           (key.unit.empty() ? std::string{} : " " + std::string{key.unit});
  };
  switch (key.kind) {
    case KeyKind::boolean:
      return "yes or no";
    case KeyKind::number:
      return "a number, " + range();
    case KeyKind::text:
      return "text of at most " + std::to_string(key.maximum) + " bytes, without control characters";
    case KeyKind::choice: {
      std::string choices{key.choices};
      for (auto bar = choices.find('|'); bar != std::string::npos; bar = choices.find('|', bar))
        choices.replace(bar, 1, " or ");
      return choices;
    }
    case KeyKind::host:
      return "an IPv4 or IPv6 address, or a DNS name";
    case KeyKind::address:
      return "an IPv4 address";
    case KeyKind::path:
      return "the absolute path of a file";
    case KeyKind::proposals:
      return "proposals, separated by commas; a ! may end them";
    case KeyKind::flags:
      return "a number, 0 to 7";
  }
  return {};
}

void print_key(const Key& key) {
  std::cout << ".TP\n.B " << roff(key.name) << "\n" << roff(key.text) << "\n";
  std::cout << ".RS\n.PP\nValues: " << roff(values_of(key)) << ".\n";
  if (!key.secret && key.replaced_by.empty()) std::cout << "Default: " << roff(key.fallback) << ".\n";
  std::cout << ".RE\n";
}

void print_page(const char* version) {
  std::cout << ".\\\" Made from the table of keys in src/core/settings.cpp.\n"
            << ".TH NM\\-SETTINGS\\-L2TP 5 \"\" \"nm\\-l2tp " << version
            << "\" \"Settings of L2TP/IPsec connections\"\n"
            << ".SH NAME\nnm\\-settings\\-l2tp \\- keys of L2TP/IPsec connections in NetworkManager\n"
            << ".SH SYNOPSIS\n.nf\n"
            << "nmcli connection add type vpn vpn\\-type l2tp con\\-name office \\e\n"
            << "    vpn.data 'gateway=vpn.example.com, user=alice, ipsec\\-enabled=yes' \\e\n"
            << "    vpn.secrets 'password=..., ipsec\\-psk=...'\n"
            << "nmcli connection modify office +vpn.data ipsec\\-ike=aes256\\-sha256\\-modp2048!\n.fi\n"
            << ".SH DESCRIPTION\n"
            << "A connection of the type vpn with the service org.freedesktop.NetworkManager.l2tp has its "
               "settings in the "
               "properties vpn.data and vpn.secrets, as pairs of key and value. A value of another form than "
               "the one "
               "given here, and a key that is not among these, is refused by name when the connection is "
               "brought up. "
               "An empty value is as none.\n";
  std::cout << ".SH KEYS OF VPN.DATA\n";
  for (const auto& key : key_table()) {
    if (!key.secret && key.replaced_by.empty()) print_key(key);
  }
  std::cout << ".SH KEYS OF VPN.SECRETS\n"
            << "Where each of them is kept is said by the key of its name with \\-flags among vpn.data.\n";
  for (const auto& key : key_table()) {
    if (key.secret && key.replaced_by.empty()) print_key(key);
  }
  std::cout << ".SH OLD FORMS\nUnderstood, so that old profiles connect; not to be written any more.\n";
  for (const auto& key : key_table()) {
    if (key.replaced_by.empty()) continue;
    std::cout << ".TP\n.B " << roff(key.name) << "\n" << roff(key.text) << "\n";
    if (key.replaced_by != "nothing") std::cout << "Use " << roff(key.replaced_by) << ".\n";
  }
  std::cout
      << ".SH ALGORITHMS\n"
      << "A proposal joins an encryption algorithm, a hash and a group by hyphens "
         "(aes256\\-sha256\\-modp2048); in "
         "ipsec\\-esp the group is optional, and asks for perfect forward secrecy. Several proposals are "
         "separated "
         "by commas, the best first. Without a final ! they are offered before the default list, with it "
         "instead "
         "of it; on Libreswan a list always stands alone. Some old servers refuse a long list, or ignore it: "
         "for them the ! is needed. nm\\-l2tp probe finds what a server takes.\n"
      << ".SH SEE ALSO\n"
      << ".BR nm\\-l2tp (1),\n.BR nmcli (1),\n.BR nm\\-settings\\-nmcli (5),\n.BR pppd (8),\n.BR xl2tpd.conf "
         "(5),\n.BR swanctl.conf (5),\n.BR ipsec.conf (5)\n";
}

}  // namespace
}  // namespace l2tp

int main(int argc, char** argv) {
  if (argc != 2) return 2;
  l2tp::print_page(argv[1]);
  return 0;
}
