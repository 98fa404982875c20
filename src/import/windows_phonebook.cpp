#include "import/windows_phonebook.h"

#include <array>

#include "core/wording.h"
#include "core/words.h"
#include "import/text.h"

namespace l2tp::import {

namespace {

struct Entry {
  std::string name;
  std::map<std::string, std::string> values;  // of several with one name (one for each device), the last
};

std::vector<Entry> entries_of(std::string_view text) {
  std::vector<Entry> entries;
  for (const auto raw : lines_of(text)) {
    const auto line = trimmed(raw);
    if (line.size() > 2 && line.front() == '[' && line.back() == ']') {
      entries.push_back({std::string{line.substr(1, line.size() - 2)}, {}});
    } else if (const auto equals = line.find('='); equals != std::string_view::npos && !entries.empty()) {
      entries.back().values[lower(trimmed(line.substr(0, equals)))] = trimmed(line.substr(equals + 1));
    }
  }
  return entries;
}

std::string value(const Entry& entry, const std::string& name) {
  const auto found = entry.values.find(name);
  return found == entry.values.end() ? std::string{} : found->second;
}

// dwVpnStrategy: which protocols Windows tries, and in which order.
enum class Strategy { l2tp, l2tp_among_others, other };
Strategy strategy_of(const Entry& entry) {
  switch (number_of(value(entry, "vpnstrategy")).value_or(0)) {
    case 3:  // VS_L2tpOnly
      return Strategy::l2tp;
    case 0:   // VS_Default
    case 2:   // VS_PptpFirst
    case 4:   // VS_L2tpFirst
    case 6:   // VS_SstpFirst
    case 8:   // VS_Ikev2First
    case 13:  // VS_L2tpSstp
      return Strategy::l2tp_among_others;
    default:
      return Strategy::other;
  }
}

bool is_vpn(const Entry& entry) {
  constexpr std::string_view vpn = "2";  // RASET_Vpn
  return value(entry, "type") == vpn || lower(value(entry, "device")) == "vpn";
}

// The bits of AuthRestrictions: which methods the server may ask for.
constexpr std::uint32_t any_method = 0x1 | 0x2;  // "typical" settings, which name none
struct Method {
  std::uint32_t bit;
  const char* refuse;
};
constexpr std::array methods{Method{0x08, "refuse-pap"}, Method{0x20, "refuse-chap"},
                             Method{0x40, "refuse-mschap"}, Method{0x200, "refuse-mschapv2"},
                             Method{0x80, "refuse-eap"}};
constexpr std::uint32_t all_methods = 0x08 | 0x20 | 0x40 | 0x80 | 0x200;

void take_methods(const Entry& entry, Imported& imported) {
  const auto bits = number_of(value(entry, "authrestrictions")).value_or(0);
  if ((bits & all_methods) == 0 || (bits & any_method) != 0) return;
  for (const auto& method : methods) {
    if ((bits & method.bit) == 0) imported.data[method.refuse] = "yes";
  }
  constexpr std::string_view eap_tls = "13";  // IANA's PPP EAP request types
  if ((bits & 0x80) == 0) return;
  if (value(entry, "customauthkey") == eap_tls) {
    imported.data["user-auth-type"] = "tls";
    imported.notes.emplace_back(
        _("Choose the user's certificate (user-cert): Windows keeps it in a store of its own."));
  } else {
    imported.notes.emplace_back(
        _("Of EAP's methods only EAP-TLS and MD5 can be spoken; the server may ask for another."));
  }
}

void take_ipsec(const Entry& entry, Imported& imported) {
  constexpr std::uint32_t preshared_key = 0x1;
  imported.data["ipsec-enabled"] = "yes";
  if ((number_of(value(entry, "ipsecflags")).value_or(0) & preshared_key) != 0) {
    imported.notes.emplace_back(_("Enter the pre-shared key: a phone book does not hold it."));
  } else {
    imported.data["machine-auth-type"] = "tls";
    imported.notes.emplace_back(
        _("Choose the machine's certificate (machine-cert) and the CA (machine-ca): Windows keeps them in a "
          "store of its own."));
  }
}

void take_network(const Entry& entry, Imported& imported) {
  imported.never_default = value(entry, "ipprioritizeremote") == "0";
  for (const auto& word : words_of(value(entry, "ipdnssuffix"), ", ")) imported.dns_search.emplace_back(word);
  if (value(entry, "ipnameassign") == "2") {
    for (const auto* name : {"ipdnsaddress", "ipdns2address"}) {
      if (const auto address = value(entry, name); !address.empty() && address != "0.0.0.0")
        imported.dns.push_back(address);
    }
  }
  if (value(entry, "ipassign") == "2" || value(entry, "ipaddrassign") == "2")
    imported.notes.push_back(fill(
        _("The fixed address {0} was not taken over: set it with ipv4.method=manual if the server wants it."),
        {in_quotes(value(entry, "ipaddress"))}));
  if (number_of(value(entry, "numroutes")).value_or(0) > 0)
    imported.notes.emplace_back(
        _("The connection's routes were not taken over: their binary form is Windows' own."));
  if (number_of(value(entry, "idledisconnectseconds")).value_or(0) > 0 &&
      value(entry, "idledisconnectseconds") != "4294967295")
    imported.notes.emplace_back(
        _("Unlike on Windows, the connection will not end by itself when it is idle."));
}

}  // namespace

bool looks_like_windows_phonebook(std::string_view text) {
  const auto small = lower(text);
  return small.find("vpnstrategy=") != std::string::npos && small.find("phonenumber=") != std::string::npos;
}

ImportResult read_windows_phonebook(std::string_view text) {
  const auto entries = entries_of(text);
  const Entry* chosen = nullptr;
  std::vector<std::string> others;
  for (const auto& entry : entries) {
    if (!is_vpn(entry) || strategy_of(entry) == Strategy::other) continue;
    if (chosen == nullptr)
      chosen = &entry;
    else
      others.push_back(entry.name);
  }
  if (chosen == nullptr) return Unexpected{std::string{_("The phone book holds no L2TP connection.")}};
  if (value(*chosen, "phonenumber").empty())
    return Unexpected{fill(_("The phone book's connection {0} names no server."), {in_quotes(chosen->name)})};

  Imported imported;
  imported.name = chosen->name;
  imported.data["gateway"] = value(*chosen, "phonenumber");
  take_ipsec(*chosen, imported);
  take_methods(*chosen, imported);
  take_network(*chosen, imported);
  if (strategy_of(*chosen) == Strategy::l2tp_among_others)
    imported.notes.emplace_back(
        _("Windows also tries other protocols for this connection; here it is L2TP alone."));
  for (const auto& name : others)
    imported.notes.push_back(
        fill(_("The phone book also holds {0}, which was not imported: put it alone into a file of its own."),
             {in_quotes(name)}));
  return imported;
}

}  // namespace l2tp::import
