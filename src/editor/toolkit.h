// What GTK 3 and GTK 4 spell in different ways, so that the editor is written once. Properties and signals of
// the same name are used where there are such.
#pragma once

#include <gtk/gtk.h>

#include <functional>
#include <string>

#include "core/glib.h"

namespace l2tp::editor {

#if GTK_MAJOR_VERSION >= 4

constexpr auto alt_key = GDK_ALT_MASK;

inline void set_secret_text(GtkWidget* entry, const char* text) {
  gtk_editable_set_text(GTK_EDITABLE(entry), text);
}
inline void append(GtkWidget* box, GtkWidget* child) {
  gtk_box_append(GTK_BOX(box), child);
}
inline void set_expander_child(GtkWidget* expander, GtkWidget* child) {
  gtk_expander_set_child(GTK_EXPANDER(expander), child);
}
inline GtkWidget* scrolled(GtkWidget* child) {
  auto* window = gtk_scrolled_window_new();
  gtk_scrolled_window_set_child(GTK_SCROLLED_WINDOW(window), child);
  return window;
}
inline GtkWidget* framed(GtkWidget* child) {
  auto* frame = gtk_frame_new(nullptr);
  gtk_frame_set_child(GTK_FRAME(frame), child);
  return frame;
}
inline GtkWidget* icon(const char* name) {
  return gtk_image_new_from_icon_name(name);
}
inline GtkWidget* icon_button(const char* name) {
  return gtk_button_new_from_icon_name(name);
}
inline void set_class(GtkWidget* widget, const char* name, bool on) {
  if (on)
    gtk_widget_add_css_class(widget, name);
  else
    gtk_widget_remove_css_class(widget, name);
}
inline void set_accessible(GtkWidget* widget, const std::string& name, const std::string& description) {
  auto* accessible = GTK_ACCESSIBLE(widget);
  gtk_accessible_update_property(accessible, GTK_ACCESSIBLE_PROPERTY_LABEL, name.c_str(), -1);
  gtk_accessible_update_property(accessible, GTK_ACCESSIBLE_PROPERTY_DESCRIPTION, description.c_str(), -1);
}
inline void span_columns(GtkWidget* grid, GtkWidget* child, int columns) {
  g_object_set(gtk_layout_manager_get_layout_child(gtk_widget_get_layout_manager(grid), child), "column-span",
               columns, nullptr);
}
// Who scrolls the page over a combo box means the page: without this he would choose something.
inline void leave_scrolling_to_parents(GtkWidget* combo) {
  const ObjectRef<GListModel> controllers{gtk_widget_observe_controllers(combo)};
  for (guint i = 0; i < g_list_model_get_n_items(controllers.get()); ++i) {
    const ObjectRef<GtkEventController> controller{
        GTK_EVENT_CONTROLLER(g_list_model_get_item(controllers.get(), i))};
    if (GTK_IS_EVENT_CONTROLLER_SCROLL(controller.get()))
      gtk_event_controller_set_propagation_phase(controller.get(), GTK_PHASE_NONE);
  }
}
// GTK 4 shows what is not hidden.
inline void show_tree(GtkWidget*) {}
// A widget of that type inside of `widget`, at any depth, or itself.
inline GtkWidget* inner(GtkWidget* widget, GType type) {
  if (widget == nullptr || g_type_is_a(G_OBJECT_TYPE(widget), type) != FALSE) return widget;
  for (auto* child = gtk_widget_get_first_child(widget); child != nullptr;
       child = gtk_widget_get_next_sibling(child))
    if (auto* found = inner(child, type); found != nullptr) return found;
  return nullptr;
}
// For a widget that a label names: GTK 4 takes the name from there, but for a combo box's button, which is
// what has the focus.
inline void describe(GtkWidget* widget, const std::string& name, const std::string& description) {
  auto* target = GTK_IS_COMBO_BOX(widget) ? inner(widget, GTK_TYPE_BUTTON) : widget;
  if (target == nullptr) return;
  if (target != widget)
    set_accessible(target, name, description);
  else
    gtk_accessible_update_property(GTK_ACCESSIBLE(target), GTK_ACCESSIBLE_PROPERTY_DESCRIPTION,
                                   description.c_str(), -1);
}
inline GtkEventController* key_controller(GtkWidget* widget) {
  auto* controller = gtk_event_controller_key_new();
  gtk_widget_add_controller(widget, controller);
  return controller;
}
// What libnma opens its menu upon.
inline void open_icon_menu(GtkWidget* entry) {
  g_signal_emit_by_name(entry, "icon-release", GTK_ENTRY_ICON_SECONDARY);
}

#else

constexpr auto alt_key = GDK_MOD1_MASK;

inline void set_secret_text(GtkWidget* entry, const char* text) {
  gtk_entry_set_text(GTK_ENTRY(entry), text);
}
inline void append(GtkWidget* box, GtkWidget* child) {
  gtk_box_pack_start(GTK_BOX(box), child, FALSE, FALSE, 0);
}
inline void set_expander_child(GtkWidget* expander, GtkWidget* child) {
  gtk_container_add(GTK_CONTAINER(expander), child);
}
inline GtkWidget* scrolled(GtkWidget* child) {
  auto* window = gtk_scrolled_window_new(nullptr, nullptr);
  gtk_container_add(GTK_CONTAINER(window), child);
  return window;
}
inline GtkWidget* framed(GtkWidget* child) {
  auto* frame = gtk_frame_new(nullptr);
  gtk_container_add(GTK_CONTAINER(frame), child);
  return frame;
}
inline GtkWidget* icon(const char* name) {
  return gtk_image_new_from_icon_name(name, GTK_ICON_SIZE_BUTTON);
}
inline GtkWidget* icon_button(const char* name) {
  return gtk_button_new_from_icon_name(name, GTK_ICON_SIZE_BUTTON);
}
inline void set_class(GtkWidget* widget, const char* name, bool on) {
  auto* context = gtk_widget_get_style_context(widget);
  if (on)
    gtk_style_context_add_class(context, name);
  else
    gtk_style_context_remove_class(context, name);
}
inline void set_accessible(GtkWidget* widget, const std::string& name, const std::string& description) {
  auto* accessible = gtk_widget_get_accessible(widget);
  atk_object_set_name(accessible, name.c_str());
  atk_object_set_description(accessible, description.c_str());
}
inline void span_columns(GtkWidget* grid, GtkWidget* child, int columns) {
  gtk_container_child_set(GTK_CONTAINER(grid), child, "width", columns, nullptr);
}
inline void describe(GtkWidget* widget, const std::string& name, const std::string& description) {
  set_accessible(widget, name, description);
}
inline void leave_scrolling_to_parents(GtkWidget* combo) {
  const auto pass_on = +[](GtkWidget* widget, GdkEvent* event, gpointer) -> gboolean {
    if (auto* parent = gtk_widget_get_parent(widget); parent != nullptr) gtk_propagate_event(parent, event);
    return TRUE;
  };
  g_signal_connect(combo, "scroll-event", G_CALLBACK(pass_on), nullptr);
}
// Once, before anything is hidden; the window around calls gtk_widget_show_all() again, which then ends here.
inline void show_tree(GtkWidget* root) {
  gtk_widget_show_all(root);
  gtk_widget_set_no_show_all(root, TRUE);
}
inline GtkWidget* inner(GtkWidget* widget, GType type) {
  if (widget == nullptr || g_type_is_a(G_OBJECT_TYPE(widget), type) != FALSE) return widget;
  if (!GTK_IS_CONTAINER(widget)) return nullptr;
  auto* children = gtk_container_get_children(GTK_CONTAINER(widget));
  GtkWidget* found = nullptr;
  for (auto* child = children; child != nullptr && found == nullptr; child = child->next)
    found = inner(GTK_WIDGET(child->data), type);
  g_list_free(children);
  return found;
}
inline GtkEventController* key_controller(GtkWidget* widget) {
  return gtk_event_controller_key_new(widget);  // ours
}
inline void open_icon_menu(GtkWidget* entry) {
  g_signal_emit_by_name(entry, "icon-release", GTK_ENTRY_ICON_SECONDARY, nullptr);
}

#endif

// Calls `act` upon a signal without result, whatever it tells, until the handler goes.
inline SignalHandler on(gpointer instance, const char* signal, std::function<void()> act) {
  using Act = std::function<void()>;
  const auto call = +[](gpointer data) { (*static_cast<Act*>(data))(); };
  const auto free = +[](gpointer data, GClosure*) { delete static_cast<Act*>(data); };
  return {instance, g_signal_connect_data(instance, signal, G_CALLBACK(call), new Act{std::move(act)}, free,
                                          G_CONNECT_SWAPPED)};
}

inline std::string text_of(GtkWidget* entry) {
  char* text = nullptr;
  g_object_get(entry, "text", &text, nullptr);
  const CharPtr owner{text};
  return text == nullptr ? std::string{} : std::string{text};
}
inline void set_text(GtkWidget* entry, const std::string& text) {
  if (text_of(entry) != text) g_object_set(entry, "text", text.c_str(), nullptr);
}

inline bool is_active(GtkWidget* button) {
  gboolean active = FALSE;
  g_object_get(button, "active", &active, nullptr);
  return active != FALSE;
}
inline void set_active(GtkWidget* button, bool active) {
  if (is_active(button) != active) g_object_set(button, "active", active ? TRUE : FALSE, nullptr);
}

inline void set_margins(GtkWidget* widget, int pixels) {
  for (auto* set : {gtk_widget_set_margin_start, gtk_widget_set_margin_end, gtk_widget_set_margin_top,
                    gtk_widget_set_margin_bottom})
    set(widget, pixels);
}

// A label that wraps rather than widen the window; `xalign` 0 is where reading begins.
inline GtkWidget* wrapping_label(const std::string& text, float xalign, int width_chars) {
  auto* label = gtk_label_new(text.c_str());
  g_object_set(label, "wrap", TRUE, "wrap-mode", PANGO_WRAP_WORD_CHAR, "xalign", xalign, "max-width-chars",
               width_chars, nullptr);
  return label;
}

}  // namespace l2tp::editor
