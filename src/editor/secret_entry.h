// An entry for a secret, with libnma's menu of where it is kept.
#pragma once

#include "editor/form.h"
#include "editor/toolkit.h"

namespace l2tp::editor {

class SecretEntry {
 public:
  // `entry` lives in some container. Tells the form, then calls `changed`.
  SecretEntry(GtkWidget* entry, std::string_view key, Form& form, std::function<void()> changed);
  SecretEntry(const SecretEntry&) = delete;
  SecretEntry& operator=(const SecretEntry&) = delete;
  ~SecretEntry();

  void reveal(bool clear);

 private:
  static gboolean on_key(GtkEventControllerKey*, guint key, guint code, GdkModifierType state, gpointer self);
  void take();
  void let_keys_reach_menu();

  GtkWidget* entry_;
  std::string key_;
  Form& form_;
  std::function<void()> changed_;
  Secret initial_;
  unsigned initial_flags_ = 0;
  SignalHandler changes_, keys_;
#if GTK_MAJOR_VERSION < 4
  ObjectRef<GtkEventController> controller_;
#endif
};

}  // namespace l2tp::editor
