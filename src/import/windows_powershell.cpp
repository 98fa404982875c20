#include "import/windows_powershell.h"

#include <algorithm>
#include <array>
#include <optional>
#include <set>
#include <utility>

#include <glib.h>

#include "core/wording.h"
#include "core/words.h"
#include "import/text.h"

namespace l2tp::import {

namespace {

// One command: its name and its parameters in lower case; a switch's value is "$true".
struct Command {
  std::string name;
  std::map<std::string, std::string> parameters;
  std::set<std::string> variables;  // the parameters whose values only PowerShell knows
};

// --- PowerShell's words: quotes, the backtick, line ends
// -------------------------------------------------------

struct Word {
  std::string text;
  bool quoted = false;
  bool ends_command = false;
  bool is_variable = false;  // its text stands for something that only PowerShell knows
};

// PowerShell takes typographic quotation marks for plain ones.
std::string with_plain_quotes(std::string_view text) {
  constexpr std::array<std::pair<std::string_view, char>, 7> marks{{{"\u201c", '"'},
                                                                    {"\u201d", '"'},
                                                                    {"\u201e", '"'},
                                                                    {"\u2018", '\''},
                                                                    {"\u2019", '\''},
                                                                    {"\u201a", '\''},
                                                                    {"\u201b", '\''}}};
  std::string plain;
  for (std::size_t at = 0; at < text.size();) {
    const auto* mark = std::find_if(marks.begin(), marks.end(),
                                    [&](const auto& one) { return text.substr(at).starts_with(one.first); });
    plain += mark == marks.end() ? text[at] : mark->second;
    at += mark == marks.end() ? 1 : mark->first.size();
  }
  return plain;
}

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
      take_quoted(letter, word);
    } else if (letter == '`' && at_ + 1 < text_.size()) {
      word.text += text_[at_ + 1];
      at_ += 2;
    } else if (letter == ',') {
      word.text += letter;
      ++at_;
      while (at_ < text_.size() && (text_[at_] == ' ' || text_[at_] == '\t')) ++at_;
    } else {
      word.is_variable =
          word.is_variable || letter == '$' || (word.text.empty() && (letter == '(' || letter == '@'));
      word.text += letter;
      ++at_;
    }
  }

  // In '...' a doubled quote is one; in "..." the backtick escapes, too.
  void take_quoted(char quote, Word& word) {
    auto& text = word.text;
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
        word.is_variable = word.is_variable || (letter == '$' && quote == '"');
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
  const auto plain = with_plain_quotes(text);
  Words words{plain};
  bool fresh = true;
  std::string pending;      // a parameter that waits for its value
  std::string last_switch;  // one that may have a value
  std::size_t position = 0;
  const auto set = [&](const std::string& name, const std::string& value, bool is_variable) {
    const auto small = lower(value);
    commands.back().parameters[name] = value;
    if (is_variable && small != "$true" && small != "$false" && small != "$null")
      commands.back().variables.insert(name);
  };
  const auto store = [&](const Word& word) {
    const auto small = lower(word.text);
    if (!pending.empty()) {
      set(std::exchange(pending, {}), word.text, word.is_variable);
    } else if (!last_switch.empty() && (small == "$true" || small == "$false")) {
      set(last_switch, word.text, false);
    } else {
      // By position, as all of these cmdlets take them: the name first, then the server.
      constexpr std::array places{"name", "serveraddress"};
      if (position < places.size()) set(places[position], word.text, word.is_variable);
      ++position;
    }
    last_switch.clear();
  };
  const auto end_pending = [&] {
    if (!pending.empty()) set(std::exchange(pending, {}), "$true", false);
  };
  while (const auto word = words.next()) {
    if (word->ends_command) {
      end_pending();
      last_switch.clear();
      fresh = true;
    } else if (fresh) {
      commands.push_back({lower(word->text), {}, {}});
      fresh = false;
      position = 0;
    } else if (word->quoted || word->text.size() < 2 || word->text.front() != '-' ||
               g_ascii_isdigit(word->text[1])) {
      store(*word);
    } else {
      end_pending();
      last_switch.clear();
      const auto colon = word->text.find(':');
      auto name =
          lower(std::string_view{word->text}.substr(1, colon == std::string::npos ? colon : colon - 1));
      if (colon != std::string::npos) {
        set(name, word->text.substr(colon + 1), word->is_variable);
      } else if (is_switch(name)) {
        set(name, "$true", false);
        last_switch = std::move(name);
      } else {
        pending = std::move(name);
      }
    }
  }
  end_pending();
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
        _("Of EAP's methods only EAP-TLS and MD5 can be spoken: with EAP-TLS set user-auth-type=tls and "
          "user-cert."));
}

Imported connection_of(Parameters parameters) {
  Imported imported;
  imported.name = take(parameters, "name");
  imported.data["gateway"] = take(parameters, "serveraddress");
  imported.data["ipsec-enabled"] = "yes";
  if (lower(take(parameters, "tunneltype")) != "l2tp")
    imported.notes.emplace_back(
        _("Windows also tries other protocols for this connection; here it is L2TP alone."));

  const auto psk = take(parameters, "l2tppsk");
  const auto authentication = lower(take(parameters, "l2tpipsecauth"));
  if (!psk.empty()) {
    imported.secrets.emplace("ipsec-psk", Secret{psk});
  } else if (authentication == "psk") {
    imported.notes.emplace_back(_("Enter the pre-shared key: Windows does not print it."));
  } else {
    imported.data["machine-auth-type"] = "tls";
    imported.notes.emplace_back(
        _("Choose the machine's certificate (machine-cert) and the CA (machine-ca): Windows keeps them in a "
          "store of its own."));
  }
  take_methods(take(parameters, "authenticationmethod"), imported);
  imported.never_default = is_true(take(parameters, "splittunneling"));
  for (const auto& word : words_of(take(parameters, "dnssuffix"), ", "))
    imported.dns_search.emplace_back(word);

  // What a profile of NetworkManager says elsewhere, or does not need: IPsec encrypts whatever the level.
  for (const auto* idle :
       {"remembercredential", "alluserconnection", "force", "passthru", "encryptionlevel", "guid",
        "connectionstatus", "vpnconfigurationxml", "erroraction", "confirm", "whatif"})
    parameters.erase(idle);
  for (const auto& [name, value] : parameters) {
    if (!value.empty() && lower(value) != "false" && value != "{}" && value != "0")
      imported.notes.push_back(fill(_("The parameter {0} was not taken over."), {in_quotes(name)}));
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
    imported.notes.emplace_back(_("The algorithms of phase 1 were not taken over."));
  const bool combined = cipher && cipher->find("gcm") != std::string::npos;
  if (cipher && (authentication || combined))
    imported.data["ipsec-esp"] =
        *cipher + (combined ? "" : "-" + *authentication) + (pfs ? "-" + *pfs : "") + "!";
  else
    imported.notes.emplace_back(_("The algorithms of phase 2 were not taken over."));
  if (lower(pfs_name) == "none") imported.data["ipsec-pfs"] = "no";
}

// What only PowerShell knows is taken out, with a note.
std::vector<std::string> without_variables(Command& command) {
  std::vector<std::string> notes;
  for (const auto& name : command.variables) {
    if (name == "l2tppsk") {
      command.parameters["l2tpipsecauth"] = "psk";
    } else {
      notes.push_back(
          fill(_("The parameter {0} comes from a variable, and was not taken over."), {in_quotes(name)}));
    }
    command.parameters.erase(name);
  }
  return notes;
}

std::string parameter(const Command& command, const char* name) {
  const auto found = command.parameters.find(name);
  return found == command.parameters.end() ? std::string{} : found->second;
}

// What Set-VpnConnection changes of the connection that Add-VpnConnection has made.
void overlay(Command& connection, const Command& change) {
  for (const auto& [name, value] : change.parameters) {
    connection.parameters[name] = value;
    connection.variables.erase(name);
    if (change.variables.contains(name)) connection.variables.insert(name);
  }
}

ImportResult read_script(std::string_view text) {
  const auto commands = commands_of(text);
  std::vector<Command> connections;
  for (const auto& command : commands) {
    const auto known = std::find_if(connections.begin(), connections.end(), [&command](const Command& one) {
      return parameter(one, "name") == parameter(command, "name");
    });
    if (command.name == "set-vpnconnection" && known != connections.end())
      overlay(*known, command);
    else if (command.name == "add-vpnconnection" || command.name == "set-vpnconnection")
      connections.push_back(command);
  }
  const auto chosen = std::find_if(connections.begin(), connections.end(),
                                   [](const Command& command) { return is_l2tp(command.parameters); });
  if (connections.empty()) return Unexpected{std::string{_("The script adds no VPN connection.")}};
  if (chosen == connections.end())
    return Unexpected{std::string{_("The script's connection is none of L2TP.")}};
  if (chosen->variables.contains("name") || chosen->variables.contains("serveraddress"))
    return Unexpected{
        std::string{_("The script takes its values from variables: write them out, or use what "
                      "Get-VpnConnection prints.")}};

  const auto name = parameter(*chosen, "name");
  auto notes = without_variables(*chosen);
  auto imported = connection_of(chosen->parameters);
  imported.notes.insert(imported.notes.end(), notes.begin(), notes.end());
  for (const auto& command : commands) {
    const auto whose = parameter(command, "connectionname");
    const bool ours = (whose.empty() ? parameter(command, "name") : whose) == name;
    if (ours && command.name == "set-vpnconnectionipsecconfiguration")
      take_algorithms(command.parameters, imported);
    if (ours && command.name == "add-vpnconnectionroute")
      imported.routes.push_back(parameter(command, "destinationprefix"));
  }
  for (const auto& other : connections) {
    if (&other != &*chosen && is_l2tp(other.parameters))
      imported.notes.push_back(
          fill(_("The script also adds {0}, which was not imported: put it alone into a file of its own."),
               {in_quotes(parameter(other, "name"))}));
  }
  return imported;
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
  if (!imported)
    return Unexpected{std::string{_("The output of Get-VpnConnection holds no L2TP connection.")}};
  for (const auto& name : others)
    imported->notes.push_back(fill(_("The output of Get-VpnConnection also holds {0}, which was not "
                                     "imported: put it alone into a file of its own."),
                                   {in_quotes(name)}));
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
  if (imported && imported.value().data.at("gateway").empty())
    return Unexpected{std::string{_("The connection names no server (-ServerAddress).")}};
  return imported;
}

}  // namespace l2tp::import
