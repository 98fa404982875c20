#include "editor/certificates_row.h"

#include <optional>

#include "core/words.h"
#include "editor/libnma.h"
#include "editor/secret_entry.h"

namespace l2tp::editor {

namespace {

// libnma's chooser is a grid: labels in the first column, what is chosen in the second.
enum ChooserRow { certificate_row = 0, key_row = 2, password_row = 3, show_row = 6 };

GtkWidget* part(NMACertChooser* chooser, int column, int row) {
  return gtk_grid_get_child_at(GTK_GRID(chooser), column, row);
}

std::string take(char* text) {
  const CharPtr owner{text};
  return text == nullptr ? std::string{} : std::string{text};
}

// By URI: libnma's functions for paths undo an escaping that they do not do.
struct Getter {
  char* (*get)(NMACertChooser*);
  void (*set)(NMACertChooser*, const char*);
};
constexpr Getter certificate_of{nma_cert_chooser_get_cert_uri, nma_cert_chooser_set_cert_uri};
constexpr Getter key_of{nma_cert_chooser_get_key_uri, nma_cert_chooser_set_key_uri};

// One file of a chooser: its button, and one to take the choice back, which libnma has not.
class FileChoice {
 public:
  FileChoice(NMACertChooser* chooser, const Getter& how, int row, std::string_view key,
             const std::string& label, Form& form)
      : chooser_(chooser), how_(how), key_(key), form_(form), label_(label) {
    gtk_label_set_text(GTK_LABEL(part(chooser, 0, row)), label.c_str());
    button_ = inner(part(chooser, 1, row), GTK_TYPE_BUTTON);
    clear_ = icon_button("edit-clear-symbolic");
    // Translators: {0} is what is chosen, such as "CA certificate".
    const auto name = fill(_("Clear: {0}"), {label});
    gtk_widget_set_tooltip_text(clear_, name.c_str());
    set_accessible(clear_, name, "");
    gtk_grid_attach(GTK_GRID(chooser), clear_, 2, row, 1, 1);
    // A relative path has no URI; it is complained of, and can be replaced.
    const auto uri = editor::take(g_filename_to_uri(form.shown(key).c_str(), nullptr, nullptr));
    if (!uri.empty()) how.set(chooser, uri.c_str());
    initial_ = path();
    gtk_widget_set_sensitive(part(chooser, 1, row), TRUE);
    gtk_widget_set_sensitive(part(chooser, 0, row), TRUE);
    cleared_ = on(clear_, "clicked", [this] {
      how_.set(chooser_, nullptr);
      form_.set(key_, "");
      g_signal_emit_by_name(chooser_, "changed");
    });
  }

  void take() {
    const auto now = path();
    if (!now.empty() || !initial_.empty()) form_.set(key_, now == initial_ ? form_.initial(key_) : now);
  }

  void refresh() {
    const auto now = path();
    if (shown_ == now) return;
    shown_ = now;
    gtk_widget_set_sensitive(clear_, now.empty() ? FALSE : TRUE);
    const auto tooltip = now.empty() ? tooltip_of(key_) : now + "\n" + tooltip_of(key_);
    if (button_ == nullptr) return;
    gtk_widget_set_tooltip_text(button_, tooltip.c_str());
    gtk_widget_set_name(button_, key_.c_str());
    set_accessible(button_, label_, tooltip);
  }

 private:
  [[nodiscard]] std::string path() const {
    const auto uri = editor::take(how_.get(chooser_));
    return editor::take(g_filename_from_uri(uri.c_str(), nullptr, nullptr));
  }

  NMACertChooser* chooser_;
  const Getter& how_;
  std::string key_;
  Form& form_;
  std::string label_;
  std::string initial_;
  std::optional<std::string> shown_;
  GtkWidget *button_ = nullptr, *clear_ = nullptr;
  SignalHandler cleared_;
};

class CertificatesRow : public Row {
 public:
  CertificatesRow(const Field& field, Form& form, Changed changed)
      : Row(field, form, std::move(changed)),
        keys_(certificate_keys(field.key)),
        // Translators: these three stand in libnma's "Choose a %s Certificate".
        authority_(new_chooser(C_("certificate", "CA"), NMA_CERT_CHOOSER_FLAG_CERT)),
        own_(new_chooser(
            field.key == "machine-certificates" ? C_("certificate", "Machine") : C_("certificate", "User"),
            NMA_CERT_CHOOSER_FLAG_NONE)),
        authority_file_(authority_, certificate_of, certificate_row, keys_.authority, _("CA certificate"),
                        form),
        certificate_file_(own_, certificate_of, certificate_row, keys_.certificate, _("Certificate"), form),
        key_file_(own_, key_of, key_row, keys_.key, _("Private key"), form),
        passphrase_(part(own_, 1, password_row), keys_.passphrase, form, [this] { changed_(); }) {
    const std::string label = _("Key password");
    auto* entry = part(own_, 1, password_row);
    gtk_label_set_text(GTK_LABEL(part(own_, 0, password_row)), label.c_str());
    span_columns(GTK_WIDGET(own_), entry, 2);
    gtk_widget_set_tooltip_text(entry, tooltip_of(keys_.passphrase).c_str());
    gtk_widget_set_name(entry, std::string{keys_.passphrase}.c_str());
    describe(entry, label, tooltip_of(keys_.passphrase));
    authority_changes_ = on(authority_, "changed", [this] { take(); });
    own_changes_ = on(own_, "changed", [this] { take(); });
  }

  int attach(GtkGrid* grid, int at, GtkSizeGroup* labels) override {
    for (auto* chooser : {authority_, own_}) {
      gtk_grid_set_row_spacing(GTK_GRID(chooser), gtk_grid_get_row_spacing(grid));
      gtk_grid_set_column_spacing(GTK_GRID(chooser), gtk_grid_get_column_spacing(grid));
      nma_cert_chooser_add_to_size_group(chooser, labels);
      gtk_grid_attach(grid, GTK_WIDGET(chooser), 0, at++, 2, 1);
    }
    gtk_grid_attach(grid, remark_.widget(), 1, at, 1, 1);
    return at + 1;
  }

  void refresh(const std::vector<Complaint>& complaints) override {
    std::string sentence;
    for (const auto key : {keys_.authority, keys_.certificate, keys_.key, keys_.passphrase})
      if (sentence.empty()) sentence = complaint_about(complaints, key);
    const bool applies = form_.applies(keys_.certificate) || !sentence.empty();
    for (auto* chooser : {authority_, own_}) {
      gtk_widget_set_visible(GTK_WIDGET(chooser), applies ? TRUE : FALSE);
      // One button shows the secrets of the whole page, and a chooser of files has no other password.
      gtk_widget_set_visible(part(chooser, 1, show_row), FALSE);
    }
    for (const int column : {0, 1}) {
      auto* password = part(own_, column, password_row);
      gtk_widget_set_visible(password, TRUE);
      gtk_widget_set_sensitive(password, TRUE);
      auto* key = part(own_, column, key_row);
      gtk_widget_set_sensitive(key, TRUE);
    }
    for (auto* file : {&authority_file_, &certificate_file_, &key_file_}) file->refresh();
    remark_.say(sentence, Remark::Tone::error);
  }

  void reveal(bool clear) override { passphrase_.reveal(clear); }

 private:
  static NMACertChooser* new_chooser(const char* title, int flags) {
    // Files only, no tokens: no daemon below us reads those.
    return NMA_CERT_CHOOSER(
        nma_cert_chooser_new(title, static_cast<NMACertChooserFlags>(flags | NMA_CERT_CHOOSER_FLAG_PEM)));
  }

  void take() {
    for (auto* file : {&authority_file_, &certificate_file_, &key_file_}) file->take();
    changed_();
  }

  CertificateKeys keys_;
  NMACertChooser *authority_, *own_;
  FileChoice authority_file_, certificate_file_, key_file_;
  SecretEntry passphrase_;
  Remark remark_;
  SignalHandler authority_changes_, own_changes_;
};

}  // namespace

std::unique_ptr<Row> make_certificates_row(const Field& field, Form& form, Row::Changed changed) {
  return std::make_unique<CertificatesRow>(field, form, std::move(changed));
}

}  // namespace l2tp::editor
