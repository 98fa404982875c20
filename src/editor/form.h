// What the editor shows of a profile, and what it makes of it. No GTK: a page hands over what a person does.
//
// A key changes only if its field does: what is stored stays as it is - old forms, unknown keys, values that
// are spelt in another way - until somebody puts something else in its place.
#pragma once

#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "core/secret.h"
#include "editor/fields.h"

namespace l2tp::editor {

using Items = std::map<std::string, std::string, std::less<>>;
using Secrets = std::map<std::string, Secret, std::less<>>;

// NMSettingSecretFlags of a secret; more than one may be set.
enum SecretFlag : unsigned { kept_by_system = 0, kept_by_agent = 1, not_saved = 2, not_required = 4 };

struct Complaint {
  std::string_view key;  // of the field; empty: of none alone
  std::string sentence;  // in the user's language, maybe without a full stop
};

class Form {
 public:
  // `data` and `secrets` of the stored profile. One without gateway is new: it begins with IPsec, unless its
  // kind says otherwise, and with secrets that the user's agent keeps.
  Form(Items data, Secrets secrets);

  // Fields that are no secrets; a key of the table, or one of the fields that stand for several. Toggles are
  // "yes" and "no"; what is not set is empty, or the choice that stands for it.
  [[nodiscard]] std::string shown(std::string_view key) const;
  // As `shown` was in the beginning: putting it back brings the stored value back.
  [[nodiscard]] std::string initial(std::string_view key) const;
  void set(std::string_view key, std::string value);

  [[nodiscard]] std::string_view shown_secret(std::string_view key) const;
  [[nodiscard]] unsigned flags(std::string_view key) const;
  void set_secret(std::string_view key, Secret value, unsigned flags);
  // Puts back what is stored.
  void keep_secret(std::string_view key);

  // Whether the field means anything with what the others say.
  [[nodiscard]] bool applies(std::string_view key) const;

  // Why the profile can't be saved so; none: it can. Secrets may be missing: they can be asked for.
  [[nodiscard]] std::vector<Complaint> complaints() const;
  // What a person should know about a value that can be; empty: nothing.
  [[nodiscard]] std::string remark(std::string_view key) const;

  // What is to be stored.
  [[nodiscard]] Items data() const;
  [[nodiscard]] Secrets secrets() const;

 private:
  struct ChangedSecret {
    Secret value;
    unsigned flags;
  };
  [[nodiscard]] std::string stored(std::string_view key) const;
  [[nodiscard]] std::string value(std::string_view key) const;
  void add_secret_complaints(std::vector<Complaint>& all) const;

  Items data_;
  Secrets secrets_;
  bool is_new_;
  bool custom_ = false;  // a person wants to write algorithms, though those there are a preset's
  Items changed_;
  std::map<std::string, ChangedSecret, std::less<>> changed_secrets_;
};

}  // namespace l2tp::editor
