#include "import/windows_powershell.h"

#include <algorithm>
#include <array>
#include <optional>

#include <glib.h>

#include "core/wording.h"
#include "import/text.h"

namespace l2tp::import {

namespace {

// One command: its name and its parameters in lower case; a switch's value is "$true".
struct Command {
  std::string name;
  std::map<std::string, std::string> parameters;
};

// --- PowerShell's words: quotes, the backtick, line ends
// -------------------------------------------------------

struct Word {
  std::string text;
  bool quoted = false;
  bool ends_command = false;
};

class Words {
 public:
  explicit Words(std::string_view text) : text_(text) {}

  // The next word; nothing at the end. Commas join words to lists, as in "-AuthenticationMethod Pap, Chap".
  std::optional<Word> next() {
    skip_space();
    if (at_ >= text_.size()) return std::nullopt;
    const char first = text_[at_];
    if (first == '\n' || first == ';' || first == '|' || first == '{' || first == '}') {
      ++at_;
      return Word{"", false, true};
    }
    Word word;
    while (at_ < text_.size() && !ends_word(text_[at_])) take(word);
    if (at_ == last_) ++at_;  // whatever it is, go on
    last_ = at_;
    return word;
  }

 private:
  static bool ends_word(char letter) {
    return letter == ' ' || letter == '\t' || letter == '\n' || letter == ';' || letter == '|' ||
           letter == '{' || letter == '}';
  }

  void skip_space() {
    while (at_ < text_.size()) {
      const char letter = text_[at_];
      if (letter == ' ' || letter == '\t' || letter == '\r')
        ++at_;
      else if (letter == '`' && at_ + 1 < text_.size() && (text_[at_ + 1] == '\n' || text_[at_ + 1] == '\r'))
        at_ += text_.substr(at_ + 1, 2) == "\r\n" ? 3 : 2;
      else if (text_.substr(at_, 2) == "<#")
        at_ = std::min(text_.find("#>", at_), text_.size() - 2) + 2;
      else if (letter == '#')
        at_ = std::min(text_.find('\n', at_), text_.size());
      else
        break;
    }
    last_ = at_;
  }

  void take(Word& word) {
    const char letter = text_[at_];
    if (letter == '\r') {
      ++at_;
    } else if (letter == '\'' || letter == '"') {
      word.quoted = true;
      take_quoted(letter, word.text);
    } else if (letter == '`' && at_ + 1 < text_.size()) {
      word.text += text_[at_ + 1];
      at_ += 2;
    } else if (letter == ',') {
      word.text += letter;
      ++at_;
      while (at_ < text_.size() && (text_[at_] == ' ' || text_[at_] == '\t')) ++at_;
    } else {
      word.text += letter;
      ++at_;
    }
  }

  // In '...' a doubled quote is one; in "..." the backtick escapes, too.
  void take_quoted(char quote, std::string& text) {
    ++at_;
    while (at_ < text_.size()) {
      const char letter = text_[at_++];
      if (letter == quote) {
        if (at_ >= text_.size() || text_[at_] != quote) return;
        ++at_;
        text += quote;
      } else if (letter == '`' && quote == '"' && at_ < text_.size()) {
        text += text_[at_++];
      } else {
        text += letter;
      }
    }
  }

  std::string_view text_;
  std::size_t at_ = 0;
  std::size_t last_ = 0;
};

constexpr std::array switches{"splittunneling",        "allusers", "alluserconnection", "remembercredential",
                              "usewinlogoncredential", "force",    "passthru"};

bool is_switch(std::string_view name) {
  return std::find(switches.begin(), switches.end(), name) != switches.end();
}

std::vector<Command> commands_of(std::string_view text) {
  std::vector<Command> commands;
  Words words{text};
  bool fresh = true;
  std::string pending;  // a parameter that waits for its value
  std::size_t position = 0;
  const auto store = [&](const std::string& value) {
    if (!pending.empty()) {
      commands.back().parameters[pending] = value;
      pending.clear();
    } else if (!commands.empty()) {
      // By position, as all of these cmdlets take them: the name first, then the server.
      constexpr std::array places{"name", "serveraddress"};
      if (position < places.size()) commands.back().parameters.try_emplace(places[position], value);
      ++position;
    }
  };
  while (auto word = words.next()) {
    if (word->ends_command) {
      if (!pending.empty() && !commands.empty()) commands.back().parameters[pending] = "$true";
      pending.clear();
      fresh = true;
      continue;
    }
    if (fresh) {
      commands.push_back({lower(word->text), {}});
      fresh = false;
      position = 0;
      continue;
    }
    if (word->quoted || word->text.size() < 2 || word->text.front() != '-' ||
        g_ascii_isdigit(word->text[1])) {
      store(word->text);
      continue;
    }
    if (!pending.empty()) store("$true");
    const auto colon = word->text.find(':');
    auto name = lower(std::string_view{word->text}.substr(1, colon == std::string::npos ? colon : colon - 1));
    if (colon != std::string::npos)
      commands.back().parameters[name] = word->text.substr(colon + 1);
    else if (is_switch(name))
      commands.back().parameters[name] = "$true";
    else
      pending = std::move(name);
  }
  if (!pending.empty() && !commands.empty()) commands.back().parameters[pending] = "$true";
  return commands;
}

// --- What the cmdlets mean
// -------------------------------------------------------------------------------------

using Parameters = std::map<std::string, std::string>;

std::string take(Parameters& parameters, const std::string& name) {
  const auto found = parameters.find(name);
  if (found == parameters.end()) return {};
  auto value = found->second;
  parameters.erase(found);
  return value;
}

bool is_true(std::string_view value) {
  const auto small = lower(value);
  return small == "$true" || small == "true" || small == "1";
}

bool is_l2tp(const Parameters& parameters) {
  const auto found = parameters.find("tunneltype");
  const auto type = found == parameters.end() ? "" : lower(found->second);
  return type == "l2tp" || type == "automatic" || type.empty();
}

void take_methods(std::string_view list, Imported& imported) {
  const auto names = words_of(list, ", {}@()\"'");
  if (names.empty()) return;
  const auto has = [&names](std::string_view wanted) {
    return std::any_of(names.begin(), names.end(),
                       [wanted](std::string_view name) { return lower(name) == wanted; });
  };
  struct Method {
    const char* name;
    const char* refuse;
  };
  for (const auto& method : {Method{"pap", "refuse-pap"}, Method{"chap", "refuse-chap"},
                             Method{"mschapv2", "refuse-mschapv2"}, Method{"eap", "refuse-eap"}}) {
    if (!has(method.name)) imported.data[method.refuse] = "yes";
  }
  imported.data["refuse-mschap"] = "yes";  // Windows no longer speaks it
  if (has("eap"))
    imported.notes.emplace_back(
        "Of EAP's methods only EAP-TLS and MD5 can be spoken: with EAP-TLS set user-auth-type=tls and "
        "user-cert.");
}

Imported connection_of(Parameters parameters) {
  Imported imported;
  imported.name = take(parameters, "name");
  imported.data["gateway"] = take(parameters, "serveraddress");
  imported.data["ipsec-enabled"] = "yes";
  if (lower(take(parameters, "tunneltype")) != "l2tp")
    imported.notes.emplace_back(
        "Windows also tries other protocols for this connection; here it is L2TP alone.");

  const auto psk = take(parameters, "l2tppsk");
  const auto authentication = lower(take(parameters, "l2tpipsecauth"));
  if (!psk.empty()) {
    imported.secrets.emplace("ipsec-psk", Secret{psk});
  } else if (authentication == "psk") {
    imported.notes.emplace_back("Enter the pre-shared key: Windows does not print it.");
  } else {
    imported.data["machine-auth-type"] = "tls";
    imported.notes.emplace_back(
        "Choose the machine's certificate (machine-cert) and its CA (machine-ca): Windows keeps them in a "
        "store of "
        "its own.");
  }
  take_methods(take(parameters, "authenticationmethod"), imported);
  imported.never_default = is_true(take(parameters, "splittunneling"));
  for (const auto word : words_of(take(parameters, "dnssuffix"), ", "))
    imported.dns_search.emplace_back(word);

  // What a profile of NetworkManager says elsewhere, or does not need: IPsec encrypts whatever the level.
  for (const auto* idle :
       {"remembercredential", "alluserconnection", "force", "passthru", "encryptionlevel", "guid",
        "connectionstatus", "vpnconfigurationxml", "erroraction", "confirm", "whatif"})
    parameters.erase(idle);
  for (const auto& [name, value] : parameters) {
    if (!value.empty() && lower(value) != "false" && value != "{}" && value != "0")
      imported.notes.push_back("The parameter " + in_quotes(name) + " was not taken over.");
  }
  return imported;
}

// Windows' constants of the IPsec settings, in ours.
struct Constant {
  const char* windows;
  const char* ours;
};
constexpr std::array constants{Constant{"des3", "3des"},
                               Constant{"aes128", "aes128"},
                               Constant{"aes192", "aes192"},
                               Constant{"aes256", "aes256"},
                               Constant{"gcmaes128", "aes128gcm16"},
                               Constant{"gcmaes192", "aes192gcm16"},
                               Constant{"gcmaes256", "aes256gcm16"},
                               Constant{"md5", "md5"},
                               Constant{"md596", "md5"},
                               Constant{"sha1", "sha1"},
                               Constant{"sha196", "sha1"},
                               Constant{"sha256", "sha256"},
                               Constant{"sha256128", "sha256"},
                               Constant{"sha384", "sha384"},
                               Constant{"group1", "modp768"},
                               Constant{"group2", "modp1024"},
                               Constant{"group14", "modp2048"},
                               Constant{"ecp256", "ecp256"},
                               Constant{"ecp384", "ecp384"},
                               Constant{"group24", "modp2048s256"},
                               Constant{"pfs1", "modp768"},
                               Constant{"pfs2", "modp1024"},
                               Constant{"pfs2048", "modp2048"},
                               Constant{"pfs24", "modp2048s256"}};

std::optional<std::string> in_ours(std::string_view windows) {
  const auto small = lower(windows);
  for (const auto& constant : constants) {
    if (small == constant.windows) return constant.ours;
  }
  return std::nullopt;
}

void take_algorithms(Parameters parameters, Imported& imported) {
  const auto encryption = in_ours(take(parameters, "encryptionmethod"));
  const auto integrity = in_ours(take(parameters, "integritycheckmethod"));
  const auto group = in_ours(take(parameters, "dhgroup"));
  const auto cipher = in_ours(take(parameters, "ciphertransformconstants"));
  const auto authentication = in_ours(take(parameters, "authenticationtransformconstants"));
  const auto pfs_name = take(parameters, "pfsgroup");
  const auto pfs = in_ours(pfs_name);
  if (encryption && integrity && group)
    imported.data["ipsec-ike"] = *encryption + "-" + *integrity + "-" + *group + "!";
  else
    imported.notes.emplace_back("The algorithms of phase 1 were not taken over.");
  const bool combined = cipher && cipher->find("gcm") != std::string::npos;
  if (cipher && (authentication || combined))
    imported.data["ipsec-esp"] =
        *cipher + (combined ? "" : "-" + *authentication) + (pfs ? "-" + *pfs : "") + "!";
  else
    imported.notes.emplace_back("The algorithms of phase 2 were not taken over.");
  if (lower(pfs_name) == "none") imported.data["ipsec-pfs"] = "no";
}

ImportResult read_script(std::string_view text) {
  std::optional<Imported> imported;
  std::vector<std::string> others;
  bool other_protocol = false;
  for (auto& command : commands_of(text)) {
    const auto about = [&](const char* name) {
      const auto found = command.parameters.find(name);
      return !imported || found == command.parameters.end() || found->second == imported->name;
    };
    if (command.name == "add-vpnconnection" || command.name == "set-vpnconnection") {
      if (!is_l2tp(command.parameters)) {
        other_protocol = true;
      } else if (imported) {
        others.push_back(take(command.parameters, "name"));
      } else {
        imported = connection_of(std::move(command.parameters));
      }
    } else if (command.name == "set-vpnconnectionipsecconfiguration" && imported &&
               (about("connectionname") && about("name"))) {
      take_algorithms(std::move(command.parameters), *imported);
    } else if (command.name == "add-vpnconnectionroute" && imported && about("connectionname")) {
      const auto prefix = take(command.parameters, "destinationprefix");
      if (!prefix.empty()) imported->routes.push_back(prefix);
    }
  }
  if (!imported)
    return Unexpected{std::string{other_protocol ? "The script's connection is none of L2TP."
                                                 : "The script adds no VPN connection."}};
  for (const auto& name : others)
    imported->notes.push_back("The script also adds " + in_quotes(name) +
                              ", which was not imported: put it alone into a file of its own.");
  return std::move(*imported);
}

// "Name        : Office", as Get-VpnConnection and -PassThru print it.
ImportResult read_listing(std::string_view text) {
  std::vector<Parameters> blocks;
  std::string last;
  for (const auto line : lines_of(text)) {
    const auto end = trimmed(line);
    const bool empty = end.ends_with(" :");  // a name without a value
    const auto colon = empty ? line.rfind(" :") : line.find(" : ");
    const auto name = lower(trimmed(line.substr(0, std::min(colon, line.size()))));
    const bool names = colon != std::string_view::npos && !line.empty() && line.front() != ' ' &&
                       name.find(' ') == std::string::npos;
    if (names) {
      if (name == "name") blocks.emplace_back();
      if (blocks.empty()) continue;
      last = name;
      blocks.back()[name] = empty ? "" : trimmed(line.substr(colon + 3));
    } else if (!last.empty() && !end.empty()) {
      blocks.back()[last] += end;  // a long value goes on in the next line
    }
  }
  std::optional<Imported> imported;
  std::vector<std::string> others;
  for (auto& block : blocks) {
    if (!is_l2tp(block)) continue;
    if (imported)
      others.push_back(take(block, "name"));
    else
      imported = connection_of(std::move(block));
  }
  if (!imported) return Unexpected{std::string{"The listing holds no L2TP connection."}};
  for (const auto& name : others)
    imported->notes.push_back("The listing also holds " + in_quotes(name) +
                              ", which was not imported: put it alone into a file of its own.");
  return std::move(*imported);
}

bool is_script(std::string_view small) {
  return small.find("add-vpnconnection") != std::string_view::npos;
}

}  // namespace

bool looks_like_windows_powershell(std::string_view text) {
  const auto small = lower(text);
  if (is_script(small)) return true;
  return small.find("tunneltype") != std::string::npos && small.find("serveraddress") != std::string::npos &&
         small.find(" : ") != std::string::npos;
}

ImportResult read_windows_powershell(std::string_view text) {
  auto imported = is_script(lower(text)) ? read_script(text) : read_listing(text);
  if (!imported) return imported;
  const auto& gateway = imported.value().data.at("gateway");
  const auto is_variable = [](std::string_view word) {
    return word.starts_with("$") || word.starts_with("@");
  };
  if (is_variable(gateway) || is_variable(imported.value().name))
    return Unexpected{std::string{
        "The script takes its values from variables: write them out, or use what Get-VpnConnection prints."}};
  if (gateway.empty()) return Unexpected{std::string{"The connection names no server (-ServerAddress)."}};
  return imported;
}

}  // namespace l2tp::import
