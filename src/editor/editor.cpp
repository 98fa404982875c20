// The editor's module: one for GTK 3 and one for GTK 4, made from the same source. It makes an NMVpnEditor of
// a connection, which shows a page and writes what was filled in back.
#include <string.h>

#include <memory>
#include <vector>

#include "core/words.h"
#include "editor/page.h"
#include "libnm/profile.h"

namespace l2tp::editor {

namespace {

struct Parts {
  Form form;
  std::unique_ptr<Page> page;
};

struct Editor {
  GObject parent;
  Parts* parts;
};
struct EditorClass {
  GObjectClass parent;
};

Parts& parts_of(gpointer editor) {
  return *static_cast<Editor*>(editor)->parts;
}

Form form_of(NMConnection* connection) {
  auto profile = profile_of(connection);
  Secrets secrets;
  for (auto& [key, secret] : profile.secrets) secrets.emplace(key, std::move(secret));
  return {Items{profile.data.begin(), profile.data.end()}, std::move(secrets)};
}

GObject* get_widget(NMVpnEditor* editor) {
  return G_OBJECT(parts_of(editor).page->widget());
}

// What connecting would say of it is said now; what nobody changed is left as it was.
std::string problem_with(const Form& form) {
  const auto complaints = form.complaints();
  if (complaints.empty()) return {};
  const auto& first = complaints.front();
  const auto* field = find_field(first.key);
  if (field != nullptr && field->input == Input::proposals)
    return plain_label(*field) + ": " + first.sentence;
  return first.sentence;
}

using ForEach = void (*)(NMSettingVpn*, NMVpnIterFunc, gpointer);
std::vector<std::string> keys_in(NMSettingVpn* vpn, ForEach for_each) {
  std::vector<std::string> keys;
  const auto note = [](const char* key, const char*, gpointer all) {
    static_cast<std::vector<std::string>*>(all)->emplace_back(key);
  };
  for_each(vpn, note, &keys);
  return keys;
}

// Only what differs is touched: libnm takes some values that a profile holds from no editor (empty ones).
void write_data(NMSettingVpn* vpn, const Items& data) {
  for (const auto& key : keys_in(vpn, nm_setting_vpn_foreach_data_item))
    if (data.find(key) == data.end()) nm_setting_vpn_remove_data_item(vpn, key.c_str());
  for (const auto& [key, value] : data) {
    const char* old = nm_setting_vpn_get_data_item(vpn, key.c_str());
    if (old == nullptr || value != old) nm_setting_vpn_add_data_item(vpn, key.c_str(), value.c_str());
  }
}

void write_secrets(NMSettingVpn* vpn, const Secrets& secrets) {
  for (const auto& key : keys_in(vpn, nm_setting_vpn_foreach_secret))
    if (secrets.find(key) == secrets.end()) nm_setting_vpn_remove_secret(vpn, key.c_str());
  for (const auto& [key, secret] : secrets) {
    std::string text{secret.view()};
    const char* old = nm_setting_vpn_get_secret(vpn, key.c_str());
    if (old == nullptr || text != old) nm_setting_vpn_add_secret(vpn, key.c_str(), text.c_str());
    explicit_bzero(text.data(), text.size());
  }
}

gboolean update_connection(NMVpnEditor* editor, NMConnection* connection, GError** error) {
  const auto& form = parts_of(editor).form;
  if (const auto problem = problem_with(form); !problem.empty()) {
    g_set_error_literal(error, NM_CONNECTION_ERROR, NM_CONNECTION_ERROR_INVALID_PROPERTY, problem.c_str());
    return FALSE;
  }
  // A copy of the setting: it has more than data and secrets (timeout, persistence).
  auto* old = nm_connection_get_setting_vpn(connection);
  auto* vpn = NM_SETTING_VPN(old == nullptr ? nm_setting_vpn_new() : nm_setting_duplicate(NM_SETTING(old)));
  g_object_set(vpn, NM_SETTING_VPN_SERVICE_TYPE, service_type, nullptr);
  write_data(vpn, form.data());
  write_secrets(vpn, form.secrets());
  nm_connection_add_setting(connection, NM_SETTING(vpn));
  return TRUE;
}

void initialise_interface(gpointer interface, gpointer) {
  auto* editor = static_cast<NMVpnEditorInterface*>(interface);
  editor->get_widget = get_widget;
  editor->update_connection = update_connection;
}

GObjectClass* parent_class() {
  return G_OBJECT_CLASS(g_type_class_peek(G_TYPE_OBJECT));
}

void finalize(GObject* object) {
  delete reinterpret_cast<Editor*>(object)->parts;
  parent_class()->finalize(object);
}

void initialise_class(gpointer klass, gpointer) {
  G_OBJECT_CLASS(klass)->finalize = finalize;
}

GType editor_type() {
  static const GType type = [] {
    const GType created =
        g_type_register_static_simple(G_TYPE_OBJECT, "NmL2tpEditor", sizeof(EditorClass), initialise_class,
                                      sizeof(Editor), nullptr, static_cast<GTypeFlags>(0));
    const GInterfaceInfo interface { initialise_interface, nullptr, nullptr };
    g_type_add_interface_static(created, NM_TYPE_VPN_EDITOR, &interface);
    return created;
  }();
  return type;
}

}  // namespace

}  // namespace l2tp::editor

extern "C" __attribute__((visibility("default"))) NMVpnEditor* nm_vpn_editor_factory_l2tp(
    NMVpnEditorPlugin*, NMConnection* connection, GError** error) {
  using namespace l2tp::editor;
  g_return_val_if_fail(error == nullptr || *error == nullptr, nullptr);
  l2tp::use_translations();
  auto* editor = static_cast<Editor*>(g_object_new(editor_type(), nullptr));
  editor->parts = new Parts{form_of(connection), nullptr};
  editor->parts->page = std::make_unique<Page>(editor->parts->form, nm_connection_get_uuid(connection),
                                               [editor] { g_signal_emit_by_name(editor, "changed"); });
  return NM_VPN_EDITOR(editor);
}
