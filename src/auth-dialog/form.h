// What the user is to be asked, and what is known already: decided here, shown by whoever called us.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/secret.h"
#include "core/settings.h"

namespace l2tp {

// What the caller says beside the profile.
struct Request {
  std::string name;                // connection.id
  bool interaction = false;        // the user may be asked
  bool again = false;              // what is known is wrong: ask for all of it
  bool from_keyring = false;       // the keyring had what the caller lacks: it was this that made it ask
  std::vector<std::string> hints;  // keys of secrets to ask for, and "x-vpn-message:" with what to say
};

// What can be said about a key file before it is opened with a passphrase.
enum class KeyFile { open, encrypted, unreadable };
using LookAtKey = std::function<KeyFile(const std::string& path)>;

struct Form {
  struct Entry {
    std::string_view key;  // its name in vpn.secrets
    std::string label;     // for people
    Secret value;          // what is stored; empty if it is asked for
    bool ask = false;
  };

  std::string title;
  std::string description;
  std::vector<Entry> entries;  // in the order in which connecting uses them

  [[nodiscard]] bool asks() const;
};

// The secrets that the user's agent keeps and did not hand over: what to look for in the keyring. None is
// looked for that a hint names, nor any if all are to be asked for: those are known to be wrong.
std::vector<std::string> kept_by_agent(const Request& request, const Profile& profile);

// The secrets that hints name are asked for, and no others; without such a hint those that are missing or
// that nobody keeps. A stored secret is never part of what is shown.
Form make_form(const Request& request, const Profile& profile, const LookAtKey& look_at_key);

// What a window calls the secret, in the user's language: "_Password".
std::string label_with_mnemonic(std::string_view secret);

// The form as NetworkManager's clients read it from a dialog without a window: a key file, a group for each
// secret.
Secret to_key_file(const Form& form);

// A form as to_key_file wrote it, without its values; nothing, if `text` is none that asks for a secret.
std::optional<Form> form_in_key_file(std::string_view text);

// What is known, as NetworkManager's clients read it from a dialog with a window: lines with key and value by
// turns, and two empty lines.
Secret to_lines(const Form& form);

// Takes the answers in such lines into what the form asks for. False: one is missing.
bool take_answers(Form& form, std::string_view lines);

// Writes all of it. False: nobody reads it.
bool write_all(int fd, const Secret& text);

}  // namespace l2tp
