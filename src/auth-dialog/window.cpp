// nm-l2tp-auth-window: asks for secrets in a window. nm-l2tp-auth-dialog runs it for clients that show no
// form themselves: the form comes through standard input, the answers leave by standard output. Exit status:
// 0, it was answered; 1, cancelled; 3, there is no display or no form to show.

#include <gtk/gtk.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <clocale>
#include <optional>
#include <string>
#include <vector>

#include "auth-dialog/form.h"
#include "core/words.h"

namespace {

using l2tp::Form;
using l2tp::Secret;

constexpr int spacing = 12;  // pixels

class Window {
 public:
  explicit Window(const Form& form) : window_(GTK_WINDOW(gtk_window_new())) {
    gtk_window_set_title(window_, _("Authentication required"));
    gtk_window_set_resizable(window_, FALSE);
    GtkWidget* page = gtk_box_new(GTK_ORIENTATION_VERTICAL, spacing);
    for (auto set_margin : {gtk_widget_set_margin_top, gtk_widget_set_margin_bottom,
                            gtk_widget_set_margin_start, gtk_widget_set_margin_end})
      set_margin(page, 2 * spacing);
    GtkWidget* title = paragraph(form.title);
    gtk_widget_add_css_class(title, "title-4");
    GtkWidget* description = paragraph(form.description);
    GtkWidget* rows = gtk_grid_new();
    gtk_grid_set_row_spacing(GTK_GRID(rows), spacing / 2);
    gtk_grid_set_column_spacing(GTK_GRID(rows), spacing);
    for (const auto& entry : form.entries) add_row(GTK_GRID(rows), entry.key);
    GtkWidget* show = gtk_check_button_new_with_mnemonic(_("_Show passwords"));
    set_accessible_name(show, _("_Show passwords"));
    g_signal_connect(show, "toggled", G_CALLBACK(+[](GtkCheckButton* button, Window* self) {
                       self->show_passwords(gtk_check_button_get_active(button));
                     }),
                     this);
    for (GtkWidget* part : {title, description, rows, show, buttons()}) gtk_box_append(GTK_BOX(page), part);
    gtk_window_set_child(window_, page);
    gtk_accessible_update_relation(GTK_ACCESSIBLE(window_), GTK_ACCESSIBLE_RELATION_DESCRIBED_BY, description,
                                   nullptr, -1);

    GtkEventController* keys = gtk_shortcut_controller_new();
    gtk_shortcut_controller_add_shortcut(
        GTK_SHORTCUT_CONTROLLER(keys),
        gtk_shortcut_new(gtk_keyval_trigger_new(GDK_KEY_Escape, GdkModifierType{}),
                         gtk_named_action_new("window.close")));
    gtk_widget_add_controller(GTK_WIDGET(window_), keys);
    g_signal_connect(window_, "close-request", G_CALLBACK(+[](GtkWindow*, Window* self) -> gboolean {
                       g_main_loop_quit(self->loop_);
                       return TRUE;
                     }),
                     this);
  }
  Window(const Window&) = delete;
  Window& operator=(const Window&) = delete;
  ~Window() {
    gtk_window_destroy(window_);
    g_main_loop_unref(loop_);
  }

  // Whether the user answered; the answers are in `form` then.
  bool ask(Form& form) {
    update();
    gtk_window_present(window_);
    g_main_loop_run(loop_);
    if (!answered_) return false;
    for (auto& entry : form.entries) {
      const auto row = std::find_if(rows_.begin(), rows_.end(),
                                    [&entry](const Row& one) { return one.secret == entry.key; });
      entry.value = Secret{gtk_editable_get_text(row->entry)};
      entry.ask = false;
    }
    return true;
  }

 private:
  struct Row {
    std::string_view secret;
    GtkEditable* entry;
  };

  static GtkWidget* paragraph(const std::string& text) {
    GtkWidget* label = gtk_label_new(text.c_str());
    gtk_label_set_wrap(GTK_LABEL(label), TRUE);
    gtk_label_set_wrap_mode(GTK_LABEL(label), PANGO_WRAP_WORD_CHAR);
    gtk_label_set_max_width_chars(GTK_LABEL(label), 50);
    gtk_label_set_xalign(GTK_LABEL(label), 0);
    return label;
  }

  // GTK 4.8 has "_Cancel Cancel" read out.
  static void set_accessible_name(GtkWidget* button, std::string label) {
    std::erase(label, '_');
    gtk_accessible_reset_relation(GTK_ACCESSIBLE(button), GTK_ACCESSIBLE_RELATION_LABELLED_BY);
    gtk_accessible_update_property(GTK_ACCESSIBLE(button), GTK_ACCESSIBLE_PROPERTY_LABEL, label.c_str(), -1);
  }

  void add_row(GtkGrid* grid, std::string_view secret) {
    const int line = static_cast<int>(rows_.size());
    GtkWidget* entry = gtk_password_entry_new();
    GtkWidget* label = gtk_label_new_with_mnemonic(l2tp::label_with_mnemonic(secret).c_str());
    gtk_label_set_xalign(GTK_LABEL(label), 0);
    gtk_label_set_mnemonic_widget(GTK_LABEL(label), entry);
    gtk_accessible_update_relation(GTK_ACCESSIBLE(entry), GTK_ACCESSIBLE_RELATION_LABELLED_BY, label, nullptr,
                                   -1);
    gtk_widget_set_hexpand(entry, TRUE);
    g_object_set(entry, "activates-default", TRUE, nullptr);
    // An answer is one line: what is pasted beyond it would be taken for the next one.
    gtk_text_set_truncate_multiline(text_of(GTK_EDITABLE(entry)), TRUE);
    g_signal_connect_swapped(entry, "changed", G_CALLBACK(+[](Window* self) { self->update(); }), this);
    gtk_grid_attach(grid, label, 0, line, 1, 1);
    gtk_grid_attach(grid, entry, 1, line, 1, 1);
    rows_.push_back({.secret = secret, .entry = GTK_EDITABLE(entry)});
  }

  GtkWidget* buttons() {
    GtkWidget* row = gtk_box_new(GTK_ORIENTATION_HORIZONTAL, spacing);
    gtk_widget_set_halign(row, GTK_ALIGN_END);
    gtk_box_set_homogeneous(GTK_BOX(row), TRUE);
    GtkWidget* cancel = gtk_button_new_with_mnemonic(_("_Cancel"));
    set_accessible_name(cancel, _("_Cancel"));
    g_signal_connect_swapped(cancel, "clicked", G_CALLBACK(gtk_window_close), window_);
    connect_ = gtk_button_new_with_mnemonic(_("C_onnect"));
    set_accessible_name(connect_, _("C_onnect"));
    gtk_widget_add_css_class(connect_, "suggested-action");
    g_signal_connect_swapped(connect_, "clicked", G_CALLBACK(+[](Window* self) {
                               self->answered_ = true;
                               g_main_loop_quit(self->loop_);
                             }),
                             this);
    gtk_box_append(GTK_BOX(row), cancel);
    gtk_box_append(GTK_BOX(row), connect_);
    gtk_window_set_default_widget(window_, connect_);
    return row;
  }

  // A password entry shows its text by an icon only, one at a time.
  static GtkText* text_of(GtkEditable* entry) { return GTK_TEXT(gtk_editable_get_delegate(entry)); }

  void show_passwords(gboolean shown) {
    for (const auto& row : rows_) gtk_text_set_visibility(text_of(row.entry), shown);
  }

  // An empty secret is a missing one.
  void update() {
    const bool complete = std::all_of(
        rows_.begin(), rows_.end(), [](const Row& row) { return *gtk_editable_get_text(row.entry) != '\0'; });
    gtk_widget_set_sensitive(connect_, complete ? TRUE : FALSE);
  }

  GMainLoop* loop_ = g_main_loop_new(nullptr, FALSE);
  GtkWindow* window_;
  GtkWidget* connect_ = nullptr;
  std::vector<Row> rows_;
  bool answered_ = false;
};

std::optional<Form> read_form() {
  constexpr std::size_t largest = 1 << 16;  // bytes
  std::string text;
  std::array<char, 4096> part;
  while (text.size() < largest) {
    const auto got = read(STDIN_FILENO, part.data(), part.size());
    if (got < 0 && errno == EINTR) continue;
    if (got <= 0) break;
    text.append(part.data(), static_cast<std::size_t>(got));
  }
  return l2tp::form_in_key_file(text);
}

}  // namespace

int main() {
  constexpr int cancelled = 1, impossible = 3;
  std::setlocale(LC_ALL, "");
  l2tp::use_translations();
  g_set_prgname("nm-l2tp-auth-window");
  g_set_application_name("nm-l2tp-auth-window");
  auto form = read_form();
  if (!form || gtk_init_check() == FALSE) return impossible;
  if (!Window{*form}.ask(*form)) return cancelled;
  return l2tp::write_all(STDOUT_FILENO, to_lines(*form)) ? 0 : cancelled;
}
