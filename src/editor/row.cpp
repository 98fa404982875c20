#include "editor/row.h"

#include <algorithm>
#include <optional>
#include <span>

#include "core/settings.h"
#include "core/words.h"
#include "editor/certificates_row.h"
#include "editor/secret_entry.h"

namespace l2tp::editor {

namespace {

constexpr int caption_chars = 26;  // a longer one wraps
constexpr int remark_chars = 48;

bool shows_first_page_only_what_applies(const Field& field) {
  return field.section == Section::server;
}

// A setting's name ("ipv4.gateway") is no example of what to fill in.
bool tells_a_default(const Key& key) {
  const bool is_name =
      key.fallback.find('.') != std::string_view::npos && key.fallback.find(' ') == std::string_view::npos;
  return key.fallback != "none" && key.fallback != "required" && !is_name;
}

bool is_number(std::string_view text) {
  return !text.empty() && text.find_first_not_of("0123456789") == std::string_view::npos;
}

// How wide a text is: letters of East Asia take two columns.
int columns_of(const std::string& text) {
  int columns = 0;
  for (const char* at = text.c_str(); *at != '\0'; at = g_utf8_next_char(at))
    columns += g_unichar_iswide(g_utf8_get_char(at)) != FALSE ? 2 : 1;
  return columns;
}

// "_Gateway" in the user's language.
std::string label_of(const Field& field) {
  return translated(field.label);
}

// A label of the grid's first column.
GtkWidget* caption(const std::string& mnemonic, GtkWidget* target, GtkSizeGroup* labels) {
  auto* label = wrapping_label("", 1, caption_chars);
  gtk_label_set_width_chars(GTK_LABEL(label), std::min(columns_of(mnemonic), caption_chars));
  gtk_label_set_text_with_mnemonic(GTK_LABEL(label), mnemonic.c_str());
  gtk_label_set_mnemonic_widget(GTK_LABEL(label), target);
  gtk_label_set_justify(GTK_LABEL(label), GTK_JUSTIFY_RIGHT);
  gtk_size_group_add_widget(labels, label);
  return label;
}

// A row of one widget, with a caption in the first column or without.
class SimpleRow : public Row {
 public:
  int attach(GtkGrid* grid, int at, GtkSizeGroup* labels) override {
    const auto label = label_of(field_);
    if (has_caption()) {
      caption_ = caption(label, input_, labels);
      gtk_grid_attach(grid, caption_, 0, at, 1, 1);
    }
    gtk_widget_set_hexpand(input_, TRUE);
    gtk_widget_set_valign(input_, GTK_ALIGN_CENTER);
    gtk_grid_attach(grid, input_, 1, at, 1, 1);
    gtk_grid_attach(grid, remark_.widget(), 1, at + 1, 1, 1);
    gtk_widget_set_tooltip_text(input_, tooltip().c_str());
    gtk_widget_set_name(input_, std::string{field_.key}.c_str());
    return at + 2;
  }

  void refresh(const std::vector<Complaint>& complaints) override {
    const auto complaint = complaint_about(complaints, field_.key);
    // What is wrong can be mended, whether it means anything now or not: connecting would refuse it.
    const bool applies = form_.applies(field_.key) || !complaint.empty();
    for (auto* widget : {caption_, input_}) {
      if (widget == nullptr) continue;
      if (shows_first_page_only_what_applies(field_))
        gtk_widget_set_visible(widget, applies ? TRUE : FALSE);
      else
        gtk_widget_set_sensitive(widget, applies ? TRUE : FALSE);
    }
    const auto remark = complaint.empty() ? form_.remark(field_.key) : complaint;
    const auto tone = complaint.empty() ? Remark::Tone::warning : Remark::Tone::error;
    // Each letter typed refreshes all rows; screen readers are told of those alone of which there is news.
    if (said_ == remark) return;
    said_ = remark;
    remark_.say(remark, tone);
    set_class(input_, "error", !complaint.empty());
    describe(input_, plain_label(field_), remark.empty() ? tooltip() : remark + " " + tooltip());
  }

 protected:
  SimpleRow(const Field& field, Form& form, Changed changed, GtkWidget* input)
      : Row(field, form, std::move(changed)), input_(input) {}

  [[nodiscard]] virtual bool has_caption() const { return true; }
  [[nodiscard]] std::string tooltip() const {
    return note_.empty() ? tooltip_of(field_.key) : tooltip_of(field_.key) + "\n" + note_;
  }

  GtkWidget* input_;
  GtkWidget* caption_ = nullptr;
  std::string note_;  // what a person should know besides what the key is for
  Remark remark_;

 private:
  std::optional<std::string> said_;
};

class EntryRow : public SimpleRow {
 public:
  EntryRow(const Field& field, Form& form, Changed changed)
      : SimpleRow(field, form, std::move(changed), gtk_entry_new()) {
    const auto* key = find_key(field.key);
    if (key != nullptr && tells_a_default(*key))
      g_object_set(input_, "placeholder-text", translated(key->fallback).c_str(), nullptr);
    if (field.input == Input::number)
      g_object_set(input_, "input-purpose", GTK_INPUT_PURPOSE_DIGITS, "width-chars", 10, nullptr);
    g_object_set(input_, "activates-default", TRUE, nullptr);
    set_text(input_, form.shown(field.key));
    initial_ = text_of(input_);
    changes_ = on(input_, "changed", [this] { take(); });
  }

  void refresh(const std::vector<Complaint>& complaints) override {
    // Others may have set it: a preset, or what was detected.
    const auto now = form_.shown(field_.key);
    if (now != form_value(text_of(input_))) set_text(input_, now);
    SimpleRow::refresh(complaints);
  }

 private:
  // What GTK can't show of a stored value (no UTF-8) is no change.
  [[nodiscard]] std::string form_value(const std::string& text) const {
    return text == initial_ ? form_.initial(field_.key) : text;
  }

  void take() {
    form_.set(field_.key, form_value(text_of(input_)));
    changed_();
  }

  std::string initial_;
  SignalHandler changes_;
};

class SecretRow : public SimpleRow {
 public:
  SecretRow(const Field& field, Form& form, Changed changed)
      : SimpleRow(field, form, std::move(changed), gtk_entry_new()),
        entry_(input_, field.key, form, [this] { changed_(); }) {
    g_object_set(input_, "activates-default", TRUE, nullptr);
    note_ = _("Alt+Down lets you choose where it is kept.");
  }
  void reveal(bool clear) override { entry_.reveal(clear); }

 private:
  SecretEntry entry_;
};

class ChoiceRow : public SimpleRow {
 public:
  ChoiceRow(const Field& field, Form& form, Changed changed)
      : SimpleRow(field, form, std::move(changed), gtk_combo_box_text_new()) {
    for (const auto& choice : choices_of(field.key))
      gtk_combo_box_text_append(box(), id(choice.value).c_str(), translated(choice.label).c_str());
    leave_scrolling_to_parents(input_);
    select();
    changes_ = on(input_, "changed", [this] { take(); });
  }

  void refresh(const std::vector<Complaint>& complaints) override {
    select();
    SimpleRow::refresh(complaints);
  }

 private:
  [[nodiscard]] GtkComboBoxText* box() const { return GTK_COMBO_BOX_TEXT(input_); }

  // GTK knows no empty id.
  static std::string id(std::string_view value) { return "=" + std::string{value}; }

  void select() {
    const auto wanted = id(form_.shown(field_.key));
    const char* active = gtk_combo_box_get_active_id(GTK_COMBO_BOX(input_));
    if (active != nullptr && wanted == active) return;
    if (gtk_combo_box_set_active_id(GTK_COMBO_BOX(input_), wanted.c_str()) == FALSE)
      gtk_combo_box_set_active(GTK_COMBO_BOX(input_), -1);
  }

  void take() {
    const char* active = gtk_combo_box_get_active_id(GTK_COMBO_BOX(input_));
    if (active == nullptr || active + 1 == form_.shown(field_.key)) return;
    form_.set(field_.key, active + 1);
    changed_();
  }

  SignalHandler changes_;
};

class ToggleRow : public SimpleRow {
 public:
  ToggleRow(const Field& field, Form& form, Changed changed)
      : SimpleRow(field, form, std::move(changed),
                  gtk_check_button_new_with_mnemonic(label_of(field).c_str())) {
    if (auto* label = inner(input_, GTK_TYPE_LABEL); label != nullptr)
      g_object_set(label, "wrap", TRUE, "xalign", 0.0, nullptr);
    set_active(input_, is_on());
    // Translators: {0} is a key of the profile, such as refuse-pap; the check button says the opposite of it.
    if (is_inverted()) note_ = fill(_("{0} is \"yes\" while this is not ticked."), {field.key});
    changes_ = on(input_, "toggled", [this] { take(); });
  }

 protected:
  [[nodiscard]] bool has_caption() const override { return false; }

 private:
  [[nodiscard]] bool is_inverted() const { return field_.input == Input::inverted_toggle; }
  [[nodiscard]] bool is_on() const { return (form_.shown(field_.key) == "yes") != is_inverted(); }

  void take() {
    form_.set(field_.key, is_active(input_) != is_inverted() ? "yes" : "no");
    changed_();
  }

  SignalHandler changes_;
};

}  // namespace

std::unique_ptr<Row> Row::make(const Field& field, Form& form, Changed changed) {
  switch (field.input) {
    case Input::secret:
      return std::make_unique<SecretRow>(field, form, std::move(changed));
    case Input::choice:
      return std::make_unique<ChoiceRow>(field, form, std::move(changed));
    case Input::toggle:
    case Input::inverted_toggle:
      return std::make_unique<ToggleRow>(field, form, std::move(changed));
    case Input::certificates:
      return make_certificates_row(field, form, std::move(changed));
    case Input::text:
    case Input::number:
    case Input::proposals:
      break;
  }
  return std::make_unique<EntryRow>(field, form, std::move(changed));
}

std::string tooltip_of(std::string_view key) {
  const auto behind = keys_behind(key);
  const auto keys = behind.empty() ? std::span{&key, 1} : behind;
  std::string text;
  for (const auto one : keys) {
    const auto* row = find_key(one);
    if (row == nullptr) continue;
    if (!text.empty()) text += "\n";
    text += translated(row->text) + "\n";
    const auto unit = row->unit.empty() || !is_number(row->fallback) ? "" : " " + translated(row->unit);
    // Translators: {0} is a key of the profile, such as ipsec-ike; {1} what holds without it.
    text += row->fallback == "required"
                ? fill(_("Key {0}; required."), {one})
                : fill(_("Key {0}; default: {1}."), {one, translated(row->fallback) + unit});
  }
  return text;
}

Remark::Remark() : label_(wrapping_label("", 0, remark_chars)) {
  gtk_widget_set_visible(label_, FALSE);
}

void Remark::say(const std::string& sentence, Tone tone) {
  // Not by colour alone, and GTK 3 has none for it.
  const auto text = tone == Tone::warning ? "\u26a0 " + sentence : sentence;
  gtk_label_set_text(GTK_LABEL(label_), text.c_str());
  set_class(label_, "error", tone == Tone::error);
  set_class(label_, "warning", tone == Tone::warning);
  gtk_widget_set_visible(label_, sentence.empty() ? FALSE : TRUE);
}

std::string complaint_about(const std::vector<Complaint>& complaints, std::string_view key) {
  const auto found = std::find_if(complaints.begin(), complaints.end(),
                                  [key](const Complaint& complaint) { return complaint.key == key; });
  return found == complaints.end() ? std::string{} : found->sentence;
}

}  // namespace l2tp::editor
