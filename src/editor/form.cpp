#include "editor/form.h"

#include <algorithm>
#include <array>
#include <utility>

#include "core/settings.h"
#include "core/words.h"
#include "editor/algorithms.h"

namespace l2tp::editor {

namespace {

std::string text_in(const Items& items, std::string_view key) {
  const auto item = items.find(key);
  return item == items.end() ? std::string{} : item->second;
}

bool is_yes(const Items& items, std::string_view key) {
  return text_in(items, key) == "yes";
}

// --- old forms
// -------------------------------------------------------------------------------------------------

struct OldForm {
  std::string_view key, old;
  bool overrides;  // the old one wins where both are set
};
constexpr std::array old_forms{OldForm{"ipsec-remote-id", "ipsec-gateway-id", true},
                               OldForm{"ipsec-forceencaps", "ipsec-force-udp-encaps", false},
                               OldForm{"user-ca", "cert-ca", false}, OldForm{"user-cert", "cert-pub", false},
                               OldForm{"user-key", "cert-key", false}};

// The value of a key under its own or its old name.
std::string value_in(const Items& items, std::string_view key) {
  auto own = text_in(items, key);
  for (const auto& form : old_forms) {
    if (form.key != key) continue;
    auto old = text_in(items, form.old);
    if (!old.empty() && (form.overrides || own.empty())) return old;
  }
  return own;
}

void erase(Items& items, std::string_view key) {
  if (const auto item = items.find(key); item != items.end()) items.erase(item);
}

void put(Items& items, std::string_view key, std::string_view value) {
  if (value.empty())
    erase(items, key);
  else
    items[std::string{key}] = value;
}

// --- fields that stand for several keys
// ------------------------------------------------------------------------

// What they hold is no value of theirs: nothing that could be chosen.
constexpr const char* unreadable = "?";

// The first key behind `field` whose value is wrong.
const Key* wrong_behind(const Items& items, std::string_view field) {
  for (const auto key : keys_behind(field)) {
    const auto text = text_in(items, key);
    if (!text.empty() && value_complaint(*find_key(key), text, key)) return find_key(key);
  }
  return nullptr;
}

std::string ipsec_in(const Items& items) {
  if (wrong_behind(items, ipsec_field) != nullptr) return unreadable;
  if (!is_yes(items, "ipsec-enabled")) return "none";
  return text_in(items, "machine-auth-type") == "tls" ? "tls" : "psk";
}

void put_ipsec(Items& items, std::string_view value) {
  put(items, "ipsec-enabled", value == "none" ? "no" : "yes");
  if (value != "none" || wrong_behind(items, ipsec_field) != nullptr)
    put(items, "machine-auth-type", value == "none" ? "" : value);
}

std::string mppe_in(const Items& items) {
  if (wrong_behind(items, mppe_field) != nullptr) return unreadable;
  if (is_yes(items, "require-mppe-128")) return "128";
  if (is_yes(items, "require-mppe-40")) return "40";
  return is_yes(items, "require-mppe") ? "any" : "";
}

void put_mppe(Items& items, std::string_view value) {
  put(items, "require-mppe", value == "any" ? "yes" : "");
  put(items, "require-mppe-40", value == "40" ? "yes" : "");
  put(items, "require-mppe-128", value == "128" ? "yes" : "");
}

// --- one field
// ------------------------------------------------------------------------------------------------

// A boolean whose absence means "no". That of ipsec-pfs means neither.
bool is_toggle(std::string_view key) {
  const auto* row = find_key(key);
  return row != nullptr && row->kind == KeyKind::boolean && key != "ipsec-pfs";
}

// A wrong value is shown as it is, so that any other one is a change.
std::string shown_in(const Items& items, std::string_view key) {
  if (key == ipsec_field) return ipsec_in(items);
  if (key == mppe_field) return mppe_in(items);
  auto value = value_in(items, key);
  if (key == "user-auth-type" && value.empty()) return is_yes(items, "use-cert") ? "tls" : "password";
  if (key == "noaccomp" && value.empty()) {
    const auto opposite = text_in(items, "accomp");
    if (opposite == "yes" || opposite == "no") return opposite == "yes" ? "no" : "yes";
  }
  return is_toggle(key) && value.empty() ? "no" : value;
}

void put_shown(Items& items, std::string_view key, std::string_view value) {
  if (key == ipsec_field) return put_ipsec(items, value);
  if (key == mppe_field) return put_mppe(items, value);
  if (key == "user-auth-type") erase(items, "use-cert");
  if (key == "noaccomp") erase(items, "accomp");
  for (const auto& form : old_forms)
    if (form.key == key) erase(items, form.old);
  put(items, key, is_toggle(key) && value == "no" ? "" : value);
}

const Secret* secret_in(const Secrets& secrets, std::string_view key) {
  const auto item = secrets.find(key);
  return item == secrets.end() ? nullptr : &item->second;
}

std::string flags_key(std::string_view secret) {
  return std::string{secret} + "-flags";
}

bool is_proposals(std::string_view key) {
  return key == "ipsec-ike" || key == "ipsec-esp";
}

// The keys behind a field that can be wrong each for itself.
std::vector<std::string_view> keys_of(const Field& field) {
  if (field.input == Input::secret) return {};
  if (field.input == Input::certificates) {
    const auto keys = certificate_keys(field.key);
    return {keys.authority, keys.certificate, keys.key};
  }
  if (find_key(field.key) == nullptr) return {};
  return {field.key};
}

// What sentences call a key: as its field is called.
std::string name_of(const Field& field, std::string_view key) {
  return field.input == Input::certificates ? std::string{key} : plain_label(field);
}

}  // namespace

Form::Form(Items data, Secrets secrets)
    : data_(std::move(data)), secrets_(std::move(secrets)), is_new_(text_in(data_, "gateway").empty()) {}

std::string Form::stored(std::string_view key) const {
  return shown_in(data_, key);
}

std::string Form::initial(std::string_view key) const {
  const bool undecided = is_new_ && data_.find("ipsec-enabled") == data_.end();
  if (key == ipsec_field && undecided) return text_in(data_, "machine-auth-type") == "tls" ? "tls" : "psk";
  if (key == algorithms_field) return std::string{preset_of(initial("ipsec-ike"), initial("ipsec-esp"))};
  return stored(key);
}

std::string Form::value(std::string_view key) const {
  const auto change = changed_.find(key);
  return change == changed_.end() ? initial(key) : change->second;
}

std::string Form::shown(std::string_view key) const {
  if (key == algorithms_field)
    return custom_ ? "custom" : std::string{preset_of(value("ipsec-ike"), value("ipsec-esp"))};
  return value(key);
}

void Form::set(std::string_view key, std::string value) {
  if (key == algorithms_field) {
    custom_ = value == "custom";
    if (custom_) {
      if (initial(key) != "custom") return;  // what is there is the beginning of it
      erase(changed_, "ipsec-ike");
      erase(changed_, "ipsec-esp");
      return;
    }
    const auto strings = preset(value);
    set("ipsec-ike", std::string{strings.ike});
    set("ipsec-esp", std::string{strings.esp});
    return;
  }
  if (value == initial(key))
    erase(changed_, key);
  else
    changed_[std::string{key}] = std::move(value);
}

std::string_view Form::shown_secret(std::string_view key) const {
  if (const auto change = changed_secrets_.find(key); change != changed_secrets_.end())
    return change->second.value.view();
  if (const auto* secret = secret_in(secrets_, key); secret != nullptr && !secret->empty())
    return secret->view();
  // Old profiles keep the pre-shared key among the data.
  const auto old = data_.find(key);
  return old == data_.end() ? std::string_view{} : std::string_view{old->second};
}

unsigned Form::flags(std::string_view key) const {
  if (const auto change = changed_secrets_.find(key); change != changed_secrets_.end())
    return change->second.flags;
  const auto text = text_in(data_, flags_key(key));
  if (text.empty()) return is_new_ ? kept_by_agent : kept_by_system;
  return text.size() == 1 && text[0] >= '0' && text[0] <= '7' ? static_cast<unsigned>(text[0] - '0') : 0;
}

void Form::set_secret(std::string_view key, Secret value, unsigned flags) {
  changed_secrets_.insert_or_assign(std::string{key}, ChangedSecret{std::move(value), flags});
}

void Form::keep_secret(std::string_view key) {
  if (const auto change = changed_secrets_.find(key); change != changed_secrets_.end())
    changed_secrets_.erase(change);
}

bool Form::applies(std::string_view key) const {
  const auto ipsec = value(ipsec_field);
  const bool with_password = value("user-auth-type") != "tls";
  if (key == "ipsec-psk") return ipsec == "psk";
  if (key.starts_with("machine-")) return ipsec == "tls";
  if (key == algorithms_field || (key.starts_with("ipsec-") && key != "ipsec-enabled"))
    return ipsec != "none";
  if (key == "password" || key.starts_with("refuse-")) return with_password;
  if (key.starts_with("user-") && key != "user-auth-type") return !with_password;
  // IPsec encrypts already. What a profile requires all the same can be taken away.
  if (key == mppe_field) return ipsec == "none" || !value(key).empty() || !initial(key).empty();
  if (key == "mppe-stateful") return applies(mppe_field) && !value(mppe_field).empty();
  if (key == "lcp-echo-failure") {
    const auto interval = value("lcp-echo-interval");
    return (!interval.empty() && interval != "0") || !value(key).empty() || !initial(key).empty();
  }
  return true;
}

void Form::add_secret_complaints(std::vector<Complaint>& all) const {
  for (const auto& [key, change] : changed_secrets_) {
    const auto* row = find_key(key);
    if (row == nullptr || change.value.empty()) continue;
    const auto* field = find_field(key);
    const auto name = field == nullptr ? key : plain_label(*field);
    if (const auto wrong = value_complaint(*row, change.value.view(), name))
      all.push_back({row->name, *wrong});
  }
}

std::vector<Complaint> Form::complaints() const {
  std::vector<Complaint> all;
  for (const auto& field : fields()) {
    for (const auto key : keys_of(field)) {
      const auto text = value(key);
      if (text.empty()) continue;
      if (const auto wrong = value_complaint(*find_key(key), text, name_of(field, key)))
        all.push_back({key, *wrong});
    }
  }
  for (const auto field : {ipsec_field, mppe_field}) {
    const auto* wrong = wrong_behind(data_, field);
    if (wrong != nullptr && value(field) == unreadable)
      all.push_back({field, *value_complaint(*wrong, text_in(data_, wrong->name), wrong->name)});
  }
  add_secret_complaints(all);
  if (value("gateway").empty()) all.push_back({"gateway", _("The gateway is missing.")});
  for (const auto* key : {"machine-cert", "user-cert"})
    if (applies(key) && value(key).empty()) all.push_back({key, _("The certificate is missing.")});
  if (!all.empty()) return all;

  // What no field can know alone is asked as for connecting. What the profile holds besides, or will be asked
  // for then, is no matter of the editor.
  Profile profile;
  profile.uuid = "00000000-0000-0000-0000-000000000000";
  profile.vpn_user_name = "user";
  for (const auto& [key, text] : this->data()) {
    const auto* row = find_key(key);
    if (row != nullptr && !row->secret && row->kind != KeyKind::flags && applies(key) &&
        !value_complaint(*row, text, key))
      profile.data[key] = text;
  }
  for (const auto* secret : {"password", "ipsec-psk"}) profile.secrets[secret] = Secret{"x"};
  if (const auto settings = parse_settings(profile); !settings)
    all.push_back({"", translated_sentence(settings.error())});
  return all;
}

std::string Form::remark(std::string_view key) const {
  if (!applies(key)) return {};
  if (is_proposals(key)) return weakness(value(key), key == "ipsec-ike" ? Phase::one : Phase::two);
  if (key == ipsec_field && value(key) == "none" && value(mppe_field).empty())
    return _("Everything is sent in clear, the password perhaps among it.");
  if (key == "ipsec-pfs" && value(key) == "yes") {
    const auto list = parse_proposals(value("ipsec-esp"), Phase::two);
    const bool has_group =
        list && std::any_of(list.value().proposals.begin(), list.value().proposals.end(),
                            [](const Proposal& proposal) { return !proposal.group.empty(); });
    if (!has_group)
      return _("With strongSwan this takes a group in the phase 2 algorithms, such as -modp2048.");
  }
  return {};
}

Items Form::data() const {
  Items items = data_;
  if (value(ipsec_field) != stored(ipsec_field)) put_ipsec(items, value(ipsec_field));
  for (const auto& [key, value] : changed_) put_shown(items, key, value);
  // What a page shows of a new profile's secrets holds for those that are asked for later, too.
  for (const auto* key : {"password", "ipsec-psk", "user-certpass", "machine-certpass"})
    if (is_new_ && applies(key) && items.find(flags_key(key)) == items.end())
      items[flags_key(key)] = std::to_string(flags(key));
  for (const auto& [key, change] : changed_secrets_) {
    erase(items, key);
    put(items, flags_key(key), change.flags == 0 ? "" : std::to_string(change.flags));
  }
  return items;
}

Secrets Form::secrets() const {
  Secrets all;
  for (const auto& [key, secret] : secrets_) all.emplace(key, secret.copy());
  for (const auto& [key, change] : changed_secrets_) {
    const bool kept = (change.flags & (not_saved | not_required)) == 0;
    if (kept && !change.value.empty())
      all.insert_or_assign(key, change.value.copy());
    else
      all.erase(key);
  }
  return all;
}

}  // namespace l2tp::editor
