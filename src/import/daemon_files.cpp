#include "import/daemon_files.h"

#include <algorithm>
#include <array>
#include <span>
#include <utility>

#include <glib.h>

#include "core/wording.h"
#include "core/words.h"
#include "import/text.h"

namespace l2tp::import {

namespace {

struct Section {
  std::string kind;  // "lac", "conn", ...
  std::string name;
  std::map<std::string, std::string> values;
};

std::string value(const Section& section, const std::string& name) {
  const auto found = section.values.find(name);
  return found == section.values.end() ? std::string{} : found->second;
}

std::string_view unquoted(std::string_view text) {
  if (text.size() >= 2 && text.front() == '"' && text.back() == '"') return text.substr(1, text.size() - 2);
  return text;
}

bool is_yes(std::string_view text) {
  const auto small = lower(text);
  return small == "yes" || small == "true" || small == "1";
}

constexpr std::size_t most_sections = 500;  // of a file that people write

// "[lac NAME]" and "key = value"; a comment begins with ';'.
std::vector<Section> xl2tpd_sections(std::string_view text) {
  std::vector<Section> sections;
  for (const auto raw : lines_of(text)) {
    const auto line = trimmed(raw.substr(0, std::min(raw.find(';'), raw.size())));
    if (line.size() > 2 && line.front() == '[' && line.back() == ']') {
      const auto inner = trimmed(line.substr(1, line.size() - 2));
      const auto space = std::min(inner.find(' '), inner.size());
      sections.push_back({lower(inner.substr(0, space)), std::string{trimmed(inner.substr(space))}, {}});
    } else if (const auto equals = line.find('='); equals != std::string_view::npos && !sections.empty()) {
      sections.back().values[lower(trimmed(line.substr(0, equals)))] = trimmed(line.substr(equals + 1));
    }
  }
  return sections;
}

// "conn NAME", and indented "key=value"; a comment begins with '#'.
std::vector<Section> ipsec_sections(std::string_view text) {
  std::vector<Section> sections;
  for (const auto raw : lines_of(text)) {
    const auto line = raw.substr(0, std::min(raw.find('#'), raw.size()));
    const auto content = trimmed(line);
    if (content.empty() || sections.size() > most_sections) continue;
    if (line.front() != ' ' && line.front() != '\t') {
      const auto space = std::min(content.find_first_of(" \t"), content.size());
      sections.push_back({lower(content.substr(0, space)), std::string{trimmed(content.substr(space))}, {}});
    } else if (const auto equals = content.find('='); equals != std::string_view::npos && !sections.empty()) {
      sections.back().values[lower(trimmed(content.substr(0, equals)))] =
          unquoted(trimmed(content.substr(equals + 1)));
    }
  }
  return sections;
}

// A conn's own values before those of the sections that it names with also=, and those before conn %default.
Section with_inherited(const std::vector<Section>& sections, const Section& conn) {
  Section whole = conn;
  for (const auto& name : {value(conn, "also"), std::string{"%default"}}) {
    for (const auto& section : sections) {
      if (section.kind == "conn" && section.name == name && !name.empty())
        whole.values.insert(section.values.begin(), section.values.end());
    }
  }
  return whole;
}

bool is_l2tp_conn(const Section& conn) {
  const auto has_port = [&conn](const char* key) {
    const auto port = value(conn, key);
    return port.ends_with("/1701") || port.ends_with("/l2tp");
  };
  return has_port("rightprotoport") || has_port("leftprotoport");
}

// --- pppd's options
// --------------------------------------------------------------------------------------------

// Words as pppd splits them, lines or not: quotes and backslashes as in a shell, '#' up to the end of the
// line.
std::vector<std::string> ppp_words(std::string_view text) {
  std::vector<std::string> words;
  for (const auto line : lines_of(text)) {
    std::string word;
    bool open = false;
    char quote = 0;
    for (std::size_t at = 0; at < line.size(); ++at) {
      const char letter = line[at];
      if (letter == '\\' && at + 1 < line.size()) {
        word += line[++at];
        open = true;
      } else if (quote != 0) {
        if (letter == quote)
          quote = 0;
        else
          word += letter;
      } else if (letter == '"' || letter == '\'') {
        quote = letter;
        open = true;
      } else if (letter == ' ' || letter == '\t') {
        if (open) words.push_back(std::exchange(word, {}));
        open = false;
      } else if (letter == '#' && !open) {
        break;
      } else {
        word += letter;
        open = true;
      }
    }
    if (open) words.push_back(std::move(word));
  }
  return words;
}

struct Option {
  const char* pppd;
  const char* key;
};
constexpr std::array flag_options{Option{"refuse-eap", "refuse-eap"},
                                  Option{"refuse-pap", "refuse-pap"},
                                  Option{"refuse-chap", "refuse-chap"},
                                  Option{"refuse-mschap", "refuse-mschap"},
                                  Option{"refuse-mschap-v2", "refuse-mschapv2"},
                                  Option{"require-mppe", "require-mppe"},
                                  Option{"require-mppe-40", "require-mppe-40"},
                                  Option{"require-mppe-128", "require-mppe-128"},
                                  Option{"mppe-stateful", "mppe-stateful"},
                                  Option{"nobsdcomp", "nobsdcomp"},
                                  Option{"nodeflate", "nodeflate"},
                                  Option{"novj", "no-vj-comp"},
                                  Option{"nopcomp", "nopcomp"},
                                  Option{"noaccomp", "noaccomp"}};
constexpr std::array value_options{Option{"mtu", "mtu"},
                                   Option{"mru", "mru"},
                                   Option{"mrru", "mrru"},
                                   Option{"unit", "unit"},
                                   Option{"lcp-echo-failure", "lcp-echo-failure"},
                                   Option{"lcp-echo-interval", "lcp-echo-interval"},
                                   Option{"user", "user"},
                                   Option{"name", "user"},
                                   Option{"ca", "user-ca"},
                                   Option{"cert", "user-cert"},
                                   Option{"key", "user-key"}};
// What NetworkManager or the service does by itself, and what is for other kinds of links.
constexpr std::array idle_options{"noauth",
                                  "auth",
                                  "debug",
                                  "nodebug",
                                  "lock",
                                  "nolock",
                                  "crtscts",
                                  "nocrtscts",
                                  "modem",
                                  "local",
                                  "proxyarp",
                                  "noproxyarp",
                                  "usepeerdns",
                                  "nodetach",
                                  "updetach",
                                  "persist",
                                  "nopersist",
                                  "ipcp-accept-local",
                                  "ipcp-accept-remote",
                                  "noipdefault",
                                  "hide-password",
                                  "noccp",
                                  "silent",
                                  "passive",
                                  "noipx",
                                  "nodefaultroute",
                                  "default-asyncmap",
                                  "dump",
                                  "+ipv6",
                                  "noipv6"};
constexpr std::array idle_options_with_value{"logfd",   "logfile", "connect-delay", "ipparam",  "asyncmap",
                                             "maxfail", "holdoff", "plugin",        "linkname", "ipv6"};

template <typename Options>
bool is_among(const std::string& option, const Options& options) {
  return std::find(options.begin(), options.end(), option) != options.end();
}

void take_ppp_options(std::string_view text, Imported& imported) {
  const auto words = ppp_words(text);
  for (std::size_t at = 0; at < words.size(); ++at) {
    const auto& option = words[at];
    const auto named = [&option](const Option& known) { return option == known.pppd; };
    const bool has_value = at + 1 < words.size();
    if (const auto* flag = std::find_if(flag_options.begin(), flag_options.end(), named);
        flag != flag_options.end()) {
      imported.data[flag->key] = "yes";
    } else if (const auto* known = std::find_if(value_options.begin(), value_options.end(), named);
               known != value_options.end() && has_value) {
      imported.data[known->key] = words[++at];
    } else if (option == "password" && has_value) {
      imported.secrets.insert_or_assign("password", Secret{words[++at]});
    } else if (option == "idle" && has_value) {
      ++at;
      imported.notes.emplace_back(
          _("The connection will not end by itself when it is idle, although pppd's option idle asks for "
            "that."));
    } else if (option == "defaultroute" || option == "replacedefaultroute") {
      imported.never_default = false;
    } else if (is_among(option, idle_options_with_value)) {
      ++at;
    } else if (!is_among(option, idle_options)) {
      imported.notes.push_back(fill(_("pppd's option {0} was not taken over."), {in_quotes(option)}));
    }
  }
}

// --- IPsec
// -----------------------------------------------------------------------------------------------------

// Seconds, from "3600", "60m", "8h" or "1d".
std::optional<std::string> seconds_of(std::string_view text) {
  if (text.empty()) return std::nullopt;
  std::uint32_t factor = 1;
  switch (text.back()) {
    case 's':
      text.remove_suffix(1);
      break;
    case 'm':
      factor = 60;
      text.remove_suffix(1);
      break;
    case 'h':
      factor = 3600;
      text.remove_suffix(1);
      break;
    case 'd':
      factor = 86400;
      text.remove_suffix(1);
      break;
    default:
      break;
  }
  const auto number = number_of(text);
  if (!number || *number > 10000000) return std::nullopt;
  return std::to_string(*number * factor);
}

// Which end of the conn is the server: pluto and charon call either of them theirs.
std::string server_side(const Section& conn) {
  return value(conn, "right").starts_with("%defaultroute") ? "left" : "right";
}

// The bytes of a key as ipsec.secrets(5) writes it: in quotes, 0s and base64, 0x and hex digits, or bare.
std::optional<std::string> key_of(std::string_view text) {
  if (text.starts_with('"') || text.starts_with('\'')) {
    const auto end = text.find(text.front(), 1);
    if (end == std::string_view::npos) return std::nullopt;
    return std::string{text.substr(1, end - 1)};
  }
  text = text.substr(0, std::min(text.find_first_of(" \t#"), text.size()));
  if (text.starts_with("0s")) return from_base64(text.substr(2));
  if (!text.starts_with("0x")) return std::string{text};
  text.remove_prefix(2);
  std::string bytes;
  for (; text.size() >= 2; text.remove_prefix(2)) {
    const int high = g_ascii_xdigit_value(text[0]);
    const int low = g_ascii_xdigit_value(text[1]);
    if (high < 0 || low < 0) return std::nullopt;
    bytes += static_cast<char>(high * 16 + low);
  }
  return bytes;
}

// The key of the line that names the server, else of one that is for everybody; never that of another server.
void take_psk(std::string_view secrets, std::span<const std::string> server, Imported& imported) {
  constexpr std::array everybody{"%any", "%any6", "0.0.0.0"};
  std::optional<std::string> chosen;
  for (const auto whole : lines_of(secrets)) {
    const auto line = trimmed(whole);
    const std::size_t colon = line.starts_with(": ") ? 0 : line.find(" : ");
    if (line.starts_with('#') || colon == std::string_view::npos) continue;
    const auto rest = trimmed(line.substr(line.find(": ", colon) + 1));
    if (lower(rest.substr(0, 3)) != "psk") continue;
    const auto owners = words_of(line.substr(0, colon), " \t");
    const auto among = [&owners](std::string_view name) {
      return std::find(owners.begin(), owners.end(), name) != owners.end();
    };
    const bool named = std::any_of(server.begin(), server.end(), among);
    const bool for_all = owners.empty() || std::any_of(everybody.begin(), everybody.end(), among);
    if (!named && (chosen || !for_all)) continue;
    if (auto key = key_of(trimmed(rest.substr(3)))) chosen = std::move(key);
    if (named) break;
  }
  if (chosen) imported.secrets.insert_or_assign("ipsec-psk", Secret{*chosen});
}

void take_conn(const Section& conn, const ReadBeside& read, Imported& imported) {
  auto& data = imported.data;
  const auto server = server_side(conn);
  const auto ours = server == "right" ? std::string{"left"} : std::string{"right"};
  data["ipsec-enabled"] = "yes";
  if (data["gateway"].empty()) data["gateway"] = value(conn, server);
  const auto copy = [&](const std::string& from, const char* key) {
    if (const auto found = value(conn, from); !found.empty()) data[key] = found;
  };
  if (const auto id = value(conn, server + "id"); id != "%any") copy(server + "id", "ipsec-remote-id");
  copy("ike", "ipsec-ike");
  copy("esp", "ipsec-esp");
  copy("phase2alg", "ipsec-esp");
  for (const auto& [from, key] : {std::pair{"ikelifetime", "ipsec-ikelifetime"},
                                  {"lifetime", "ipsec-salifetime"},
                                  {"keylife", "ipsec-salifetime"},
                                  {"salifetime", "ipsec-salifetime"}}) {
    if (const auto seconds = seconds_of(value(conn, from))) data[key] = *seconds;
  }
  for (const auto& [from, key] : {std::pair{"forceencaps", "ipsec-forceencaps"},
                                  {"encapsulation", "ipsec-forceencaps"},
                                  {"compress", "ipsec-ipcomp"},
                                  {"pfs", "ipsec-pfs"}}) {
    if (const auto found = value(conn, from); !found.empty()) data[key] = is_yes(found) ? "yes" : "no";
  }
  const auto version = lower(value(conn, "ikev2"));
  if (value(conn, "keyexchange") == "ikev2" || version == "yes" || version == "insist")
    data["ipsec-ikev2"] = "yes";

  if (const auto own = value(conn, ours + "protoport"); own.ends_with("/%any") || own.ends_with("/0"))
    data["ephemeral-port"] = "yes";
  if (lower(value(conn, "aggressive")) == "yes" || lower(value(conn, "aggrmode")) == "yes")
    imported.notes.emplace_back(_("Aggressive mode was not taken over: it gives the pre-shared key away."));
  if (lower(value(conn, "type")) == "tunnel")
    imported.notes.emplace_back(_("The connection has type=tunnel; here L2TP goes over transport mode."));

  const auto authentication = lower(value(conn, "authby") + " " + value(conn, ours + "auth"));
  if (authentication.find("rsa") != std::string::npos || authentication.find("pubkey") != std::string::npos ||
      !value(conn, ours + "cert").empty()) {
    data["machine-auth-type"] = "tls";
    imported.notes.emplace_back(
        _("Choose the machine's certificate (machine-cert), its key and the CA (machine-ca): their paths "
          "were not taken over."));
  } else {
    copy(ours + "id", "ipsec-group-name");
    const auto secrets = read("ipsec.secrets");
    const std::array names{data["gateway"], value(conn, server + "id")};
    if (secrets) take_psk(*secrets, names, imported);
    if (!imported.secrets.contains("ipsec-psk"))
      imported.notes.emplace_back(
          _("Enter the pre-shared key: no ipsec.secrets with one lies beside the file."));
  }
}

}  // namespace

bool looks_like_xl2tpd_conf(std::string_view text) {
  const auto sections = xl2tpd_sections(text);
  return std::any_of(sections.begin(), sections.end(),
                     [](const Section& section) { return section.kind == "lac" || section.kind == "lns"; });
}

bool looks_like_ipsec_conf(std::string_view text) {
  const auto sections = ipsec_sections(text);
  return std::any_of(sections.begin(), sections.end(), [](const Section& section) {
    return section.kind == "conn" && (section.values.contains("right") || section.values.contains("left"));
  });
}

ImportResult read_daemon_files(std::string_view text, const ReadBeside& read) {
  const bool is_xl2tpd = looks_like_xl2tpd_conf(text);
  const auto other = read(is_xl2tpd ? "ipsec.conf" : "xl2tpd.conf");
  const auto xl2tpd = is_xl2tpd ? std::string{text} : other.value_or("");
  const auto ipsec = is_xl2tpd ? other.value_or("") : std::string{text};

  Imported imported;
  const auto lacs = xl2tpd_sections(xl2tpd);
  const auto lac = std::find_if(lacs.begin(), lacs.end(), [](const Section& section) {
    return section.kind == "lac" && section.name != "default" && !value(section, "lns").empty();
  });
  if (lac != lacs.end()) {
    imported.name = lac->name;
    const auto server = value(*lac, "lns");
    imported.data["gateway"] = trimmed(server.substr(0, std::min(server.find_first_of(", "), server.size())));
    if (const auto user = value(*lac, "name"); !user.empty()) imported.data["user"] = user;
    if (const auto retries = value(*lac, "max retries"); !retries.empty())
      imported.data["xl2tpd-max-retries"] = retries;
    for (const auto& [from, key] : {std::pair{"refuse pap", "refuse-pap"}, {"refuse chap", "refuse-chap"}}) {
      if (is_yes(value(*lac, from))) imported.data[key] = "yes";
    }
    if (const auto file = value(*lac, "pppoptfile"); !file.empty()) {
      const auto slash = file.rfind('/');
      auto options = read(slash == std::string::npos ? file : file.substr(slash + 1));
      if (!options) options = read(file);
      imported.never_default = !is_yes(value(*lac, "defaultroute"));  // as pppd does it
      if (options)
        take_ppp_options(*options, imported);
      else
        imported.notes.push_back(fill(_("pppd's options could not be read: {0}."), {in_quotes(file)}));
    }
  } else if (is_xl2tpd) {
    return Unexpected{
        std::string{_("The file configures a server ([lns]), or no [lac] of it names its lns.")}};
  }

  const auto conns = ipsec_sections(ipsec);
  std::vector<Section> candidates;
  for (const auto& section : conns) {
    if (section.kind != "conn" || section.name == "%default") continue;
    if (auto whole = with_inherited(conns, section); is_l2tp_conn(whole))
      candidates.push_back(std::move(whole));
  }
  const auto gateway = imported.data["gateway"];
  auto conn = std::find_if(candidates.begin(), candidates.end(), [&gateway](const Section& section) {
    return !gateway.empty() && (value(section, "right") == gateway || value(section, "left") == gateway);
  });
  if (conn == candidates.end()) conn = candidates.begin();
  if (conn != candidates.end()) {
    if (imported.name.empty()) imported.name = conn->name;
    take_conn(*conn, read, imported);
  } else if (is_xl2tpd) {
    imported.notes.emplace_back(
        _("No ipsec.conf with a connection for UDP port 1701 lies beside it: L2TP without IPsec."));
  } else {
    return Unexpected{std::string{_("No connection of the file is for L2TP (rightprotoport=17/1701).")}};
  }
  const auto server = imported.data["gateway"];
  if (server.empty() || server.front() == '%')
    return Unexpected{std::string{_("The file names no server: it may be a server's own.")}};
  return imported;
}

}  // namespace l2tp::import
