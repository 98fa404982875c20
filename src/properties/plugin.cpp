// libnm-vpn-plugin-l2tp.so: what nmcli and the editors load. No GTK; the editor is a module of its own,
// beside this one.
#include <dlfcn.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstdlib>
#include <cstring>

#include "core/words.h"
#include "libnm/profile.h"
#include "properties/import_file.h"

namespace l2tp {

namespace {

constexpr const char* plugin_name = N_("Layer 2 Tunneling Protocol (L2TP)");
constexpr const char* plugin_description =
    N_("L2TP, mostly inside of IPsec: Windows Server, Cisco, Meraki, MikroTik, "
       "pfSense, Fortinet, strongSwan and others.");

// NM_VPN_EDITOR_PLUGIN_CAPABILITY_NO_EDITOR: libnm 1.42 does not have it yet.
constexpr int no_editor = 0x08;

// The table of functions that get_vt hands out, as nm-connection-editor and others know it (NetworkManager's
// src/contrib/nm-vpn-editor-plugin-call.h): it offers the kinds of connections below, each of which sets one
// key.
struct FunctionTable {
  gboolean (*get_service_info)(NMVpnEditorPlugin*, const char* service, char** short_name, char** pretty_name,
                               char** description, guint* flags);
  char** (*get_service_add_details)(NMVpnEditorPlugin*, const char* service);
  gboolean (*get_service_add_detail)(NMVpnEditorPlugin*, const char* service, const char* detail,
                                     char** pretty_name, char** description, char** key, char** value,
                                     guint* flags);
};
constexpr guint can_add = 0x01;

struct NewKind {
  const char* id;
  const char* name;
  const char* description;
  const char* key;
  const char* value;
};
constexpr std::array new_kinds{
    NewKind{"psk", N_("L2TP/IPsec with pre-shared key"),
            N_("The usual kind: a key that all users share, then user and password."), "machine-auth-type",
            "psk"},
    NewKind{"certificate", N_("L2TP/IPsec with certificate"),
            N_("A certificate of this machine, then user and password."), "machine-auth-type", "tls"},
    NewKind{"plain", N_("L2TP without IPsec"),
            N_("Not encrypted: for networks that are safe by other means."), "ipsec-enabled", "no"}};

gboolean get_service_info(NMVpnEditorPlugin*, const char* service, char** short_name, char** pretty_name,
                          char** description, guint* flags) {
  if (g_strcmp0(service, service_type) != 0) return FALSE;
  if (short_name != nullptr) *short_name = g_strdup("l2tp");
  if (pretty_name != nullptr) *pretty_name = g_strdup(_(plugin_name));
  if (description != nullptr) *description = g_strdup(_(plugin_description));
  if (flags != nullptr) *flags = can_add;
  return TRUE;
}

char** get_service_add_details(NMVpnEditorPlugin*, const char* service) {
  if (g_strcmp0(service, service_type) != 0) return nullptr;
  auto** ids = g_new0(char*, new_kinds.size() + 1);
  for (std::size_t i = 0; i < new_kinds.size(); ++i) ids[i] = g_strdup(new_kinds[i].id);
  return ids;
}

gboolean get_service_add_detail(NMVpnEditorPlugin*, const char* service, const char* detail,
                                char** pretty_name, char** description, char** key, char** value,
                                guint* flags) {
  if (g_strcmp0(service, service_type) != 0) return FALSE;
  for (const auto& kind : new_kinds) {
    if (g_strcmp0(detail, kind.id) != 0) continue;
    if (pretty_name != nullptr) *pretty_name = g_strdup(_(kind.name));
    if (description != nullptr) *description = g_strdup(_(kind.description));
    if (key != nullptr) *key = g_strdup(kind.key);
    if (value != nullptr) *value = g_strdup(kind.value);
    if (flags != nullptr) *flags = 0;
    return TRUE;
  }
  return FALSE;
}

constexpr FunctionTable function_table{get_service_info, get_service_add_details, get_service_add_detail};

// --- the editor's module
// ---------------------------------------------------------------------------------------

// It lies beside this one; which of the two depends on the GTK that the program has loaded.
std::string editor_path(bool gtk4) {
  Dl_info info{};
  static const char here = 0;
  if (dladdr(&here, &info) == 0 || info.dli_fname == nullptr) return {};
  const std::string path{info.dli_fname};
  return path.substr(0, path.rfind('/') + 1) +
         (gtk4 ? "libnm-gtk4-vpn-plugin-l2tp-editor.so" : "libnm-vpn-plugin-l2tp-editor.so");
}

bool host_has_gtk3() {
  return dlsym(RTLD_DEFAULT, "gtk_container_add") != nullptr;
}

bool has_editor() {
  return access(editor_path(false).c_str(), R_OK) == 0 || access(editor_path(true).c_str(), R_OK) == 0;
}

// --- the plugin
// ------------------------------------------------------------------------------------------------

struct Plugin {
  GObject parent;
};
struct PluginClass {
  GObjectClass parent;
};

enum Property : guint { property_name = 1, property_description, property_service };

void get_property(GObject*, guint id, GValue* value, GParamSpec*) {
  switch (id) {
    case property_name:
      g_value_set_string(value, _(plugin_name));
      break;
    case property_description:
      g_value_set_string(value, _(plugin_description));
      break;
    case property_service:
      g_value_set_string(value, service_type);
      break;
    default:
      break;
  }
}

void set_error(GError** error, const std::string& sentence) {
  g_set_error_literal(error, NM_CONNECTION_ERROR, NM_CONNECTION_ERROR_FAILED, sentence.c_str());
}

NMVpnEditorPluginCapability get_capabilities(NMVpnEditorPlugin*) {
  const int all = NM_VPN_EDITOR_PLUGIN_CAPABILITY_IMPORT | NM_VPN_EDITOR_PLUGIN_CAPABILITY_EXPORT |
                  NM_VPN_EDITOR_PLUGIN_CAPABILITY_IPV6 | (has_editor() ? 0 : no_editor);
  return static_cast<NMVpnEditorPluginCapability>(all);
}

NMVpnEditor* get_editor(NMVpnEditorPlugin* plugin, NMConnection* connection, GError** error) {
  using Factory = NMVpnEditor* (*)(NMVpnEditorPlugin*, NMConnection*, GError**);
  const auto path = editor_path(!host_has_gtk3());
  auto* module = dlopen(path.c_str(), RTLD_LAZY | RTLD_LOCAL);
  if (module == nullptr) {
    set_error(error, fill(_("The editor for L2TP is not installed: {0} cannot be loaded."), {path}));
    return nullptr;
  }
  const auto factory = reinterpret_cast<Factory>(dlsym(module, "nm_vpn_editor_factory_l2tp"));
  if (factory == nullptr) {
    set_error(error, fill(_("{0} is no editor for L2TP."), {path}));
    return nullptr;
  }
  return factory(plugin, connection, error);  // the module stays: its types can't be taken back
}

// What a file says and a connection can't hold goes to standard error, where nmcli's user reads it.
NMConnection* import_from_file(NMVpnEditorPlugin*, const char* path, GError** error) {
  auto imported = import_file(path);
  if (!imported) {
    set_error(error, imported.error());
    return nullptr;
  }
  for (const auto& note : imported.value().notes) g_printerr("%s\n", note.c_str());
  return imported.value().connection.release();
}

// Secrets only where they were asked for: by the environment, for no program that exports has an option.
bool wants_secrets() {
  const auto* asked = std::getenv("NM_L2TP_EXPORT_SECRETS");
  return asked != nullptr && std::strcmp(asked, "yes") == 0;
}

// What programs hand over holds no secrets: NetworkManager is asked for those that it keeps.
ObjectRef<NMConnection> with_its_secrets(NMConnection* connection) {
  ObjectRef<NMConnection> copy{nm_simple_connection_new_clone(connection)};
  if (!NM_IS_REMOTE_CONNECTION(connection)) return copy;
  const VariantPtr secrets{nm_remote_connection_get_secrets(NM_REMOTE_CONNECTION(connection),
                                                            NM_SETTING_VPN_SETTING_NAME, nullptr, nullptr)};
  if (secrets) nm_connection_update_secrets(copy.get(), NM_SETTING_VPN_SETTING_NAME, secrets.get(), nullptr);
  return copy;
}

// A file of mode 0600 in its place at once, or nothing.
gboolean export_to_file(NMVpnEditorPlugin*, const char* path, NMConnection* connection, GError** error) {
  const auto content = wants_secrets() ? own_file_of(with_its_secrets(connection).get(), true)
                                       : own_file_of(connection, false);
  return g_file_set_contents_full(path, content.data(), static_cast<gssize>(content.size()),
                                  G_FILE_SET_CONTENTS_CONSISTENT, 0600, error);
}

char* get_suggested_filename(NMVpnEditorPlugin*, NMConnection* connection) {
  const auto* id = nm_connection_get_id(connection);
  auto* name = g_strdup_printf("%s (l2tp).conf", id == nullptr ? "connection" : id);
  return g_strdelimit(name, "/", '-');
}

const NMVpnEditorPluginVT* get_vt(NMVpnEditorPlugin*, gsize* size) {
  *size = sizeof(FunctionTable);
  return reinterpret_cast<const NMVpnEditorPluginVT*>(&function_table);
}

void initialise_interface(gpointer interface, gpointer) {
  auto* plugin = static_cast<NMVpnEditorPluginInterface*>(interface);
  plugin->get_editor = get_editor;
  plugin->get_capabilities = get_capabilities;
  plugin->import_from_file = import_from_file;
  plugin->export_to_file = export_to_file;
  plugin->get_suggested_filename = get_suggested_filename;
  plugin->get_vt = get_vt;
}

void initialise_class(gpointer klass, gpointer) {
  auto* object = G_OBJECT_CLASS(klass);
  object->get_property = get_property;
  g_object_class_override_property(object, property_name, NM_VPN_EDITOR_PLUGIN_NAME);
  g_object_class_override_property(object, property_description, NM_VPN_EDITOR_PLUGIN_DESCRIPTION);
  g_object_class_override_property(object, property_service, NM_VPN_EDITOR_PLUGIN_SERVICE);
}

GType plugin_type() {
  static const GType type = [] {
    const GType created =
        g_type_register_static_simple(G_TYPE_OBJECT, "NmL2tpEditorPlugin", sizeof(PluginClass),
                                      initialise_class, sizeof(Plugin), nullptr, static_cast<GTypeFlags>(0));
    const GInterfaceInfo interface { initialise_interface, nullptr, nullptr };
    g_type_add_interface_static(created, NM_TYPE_VPN_EDITOR_PLUGIN, &interface);
    return created;
  }();
  return type;
}

}  // namespace

}  // namespace l2tp

extern "C" __attribute__((visibility("default"))) NMVpnEditorPlugin* nm_vpn_editor_plugin_factory(
    GError** error) {
  g_return_val_if_fail(error == nullptr || *error == nullptr, nullptr);
  l2tp::use_translations();
  return static_cast<NMVpnEditorPlugin*>(g_object_new(l2tp::plugin_type(), nullptr));
}
