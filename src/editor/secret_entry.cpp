#include "editor/secret_entry.h"

#include <string.h>

#include "editor/libnma.h"

namespace l2tp::editor {

namespace {

// The entry's text, in memory that is wiped.
Secret secret_in(GtkWidget* entry) {
  char* text = nullptr;
  g_object_get(entry, "text", &text, nullptr);
  Secret secret{text == nullptr ? "" : text};
  if (text != nullptr) explicit_bzero(text, strlen(text));
  g_free(text);
  return secret;
}

unsigned flags_in(GtkWidget* entry) {
  return static_cast<unsigned>(nma_utils_menu_to_secret_flags(entry));
}

}  // namespace

SecretEntry::SecretEntry(GtkWidget* entry, std::string_view key, Form& form, std::function<void()> changed)
    : entry_(entry), key_(key), form_(form), changed_(std::move(changed)) {
  g_object_set(entry_, "visibility", FALSE, "input-purpose", GTK_INPUT_PURPOSE_PASSWORD, nullptr);
  std::string text{form.shown_secret(key)};
  set_secret_text(entry_, text.c_str());
  explicit_bzero(text.data(), text.size());
  // IPsec never works without its key, so nobody is offered that it is not required.
  const bool may_be_needless = key != "ipsec-psk" || (form.flags(key) & not_required) != 0;
  nma_utils_setup_password_storage(entry_, static_cast<NMSettingSecretFlags>(form.flags(key)), nullptr,
                                   nullptr, may_be_needless ? TRUE : FALSE, FALSE);
  let_keys_reach_menu();
  // The menu knows fewer combinations than flags do, and empties the entry for some: what counts as
  // unchanged is what it makes of the stored ones.
  initial_ = secret_in(entry_);
  initial_flags_ = flags_in(entry_);
  changes_ = on(entry_, "changed", [this] { take(); });
  auto* controller = key_controller(entry_);
#if GTK_MAJOR_VERSION < 4
  controller_.reset(controller);
#endif
  keys_ = {controller, g_signal_connect(controller, "key-pressed", G_CALLBACK(on_key), this)};
}

SecretEntry::~SecretEntry() = default;

void SecretEntry::reveal(bool clear) {
  g_object_set(entry_, "visibility", clear ? TRUE : FALSE, nullptr);
}

// The menu hangs on an icon that only a pointer reaches; Alt and Down open it, as they open other menus.
gboolean SecretEntry::on_key(GtkEventControllerKey*, guint key, guint, GdkModifierType state, gpointer self) {
  if ((key != GDK_KEY_Down && key != GDK_KEY_KP_Down) || (state & alt_key) == 0) return FALSE;
  open_icon_menu(static_cast<SecretEntry*>(self)->entry_);
  return TRUE;
}

// For secrets that are not kept libnma takes the focus from the entry, and with it the way back by keyboard.
void SecretEntry::let_keys_reach_menu() {
  const bool kept = (flags_in(entry_) & (not_saved | not_required)) == 0;
  gtk_widget_set_can_focus(entry_, TRUE);
  g_object_set(entry_, "editable", kept ? TRUE : FALSE, nullptr);
}

void SecretEntry::take() {
  let_keys_reach_menu();
  auto secret = secret_in(entry_);
  const auto flags = flags_in(entry_);
  if (flags == initial_flags_ && secret.view() == initial_.view())
    form_.keep_secret(key_);
  else
    form_.set_secret(key_, std::move(secret), flags);
  changed_();
}

}  // namespace l2tp::editor
