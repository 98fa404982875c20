#include "auth-dialog/keyring.h"

#include <libsecret/secret.h>
#include <unistd.h>

#include <algorithm>
#include <cstdlib>

#include "core/glib.h"

namespace l2tp {

namespace {

constexpr unsigned answer_time = 5;   // s
constexpr unsigned unlock_time = 60;  // s

struct FreeObjects {
  void operator()(GList* list) const { g_list_free_full(list, g_object_unref); }
};
using Objects = std::unique_ptr<GList, FreeObjects>;

struct UnrefTable {
  void operator()(GHashTable* table) const { g_hash_table_unref(table); }
};
using Table = std::unique_ptr<GHashTable, UnrefTable>;

// Asking for a bus where there is none would start one (dbus-launch), and leave it behind.
bool has_session_bus() {
  if (std::getenv("DBUS_SESSION_BUS_ADDRESS") != nullptr) return true;
  const char* runtime_dir = std::getenv("XDG_RUNTIME_DIR");
  return runtime_dir != nullptr && access((std::string{runtime_dir} + "/bus").c_str(), F_OK) == 0;
}

// One call of libsecret: begun, waited for, and cancelled when its time is over.
class Call {
 public:
  explicit Call(unsigned seconds) : timeout_(g_timeout_add_seconds(seconds, &Call::give_up, this)) {}

  [[nodiscard]] GCancellable* cancellable() const { return cancellable_.get(); }

  static void done(GObject*, GAsyncResult* result, gpointer data) {
    static_cast<Call*>(data)->result_.reset(static_cast<GAsyncResult*>(g_object_ref(result)));
  }

  // Call::done must be the callback of what was begun, and this its data.
  GAsyncResult* result() {
    while (!result_) g_main_context_iteration(nullptr, TRUE);
    return result_.get();
  }

 private:
  static gboolean give_up(gpointer data) {
    auto* call = static_cast<Call*>(data);
    call->timeout_.forget();
    g_cancellable_cancel(call->cancellable_.get());
    return G_SOURCE_REMOVE;
  }

  ObjectRef<GCancellable> cancellable_{g_cancellable_new()};
  Source timeout_;
  ObjectRef<GAsyncResult> result_;
};

ObjectRef<SecretService> open_keyring() {
  Call call{answer_time};
  secret_service_get(SECRET_SERVICE_OPEN_SESSION, call.cancellable(), &Call::done, &call);
  return ObjectRef<SecretService>{secret_service_get_finish(call.result(), nullptr)};
}

// What it keeps of the connection, locked or not; without the secrets themselves.
Objects search(SecretService* service, const std::string& uuid) {
  // libsecret has this schema, too, but no public header with it.
  static const SecretSchema schema{.name = "org.freedesktop.NetworkManager.Connection",
                                   .flags = SECRET_SCHEMA_DONT_MATCH_NAME,
                                   .attributes = {{"connection-uuid", SECRET_SCHEMA_ATTRIBUTE_STRING},
                                                  {"setting-name", SECRET_SCHEMA_ATTRIBUTE_STRING},
                                                  {"setting-key", SECRET_SCHEMA_ATTRIBUTE_STRING}}};
  const Table attributes{
      secret_attributes_build(&schema, "connection-uuid", uuid.c_str(), "setting-name", "vpn", nullptr)};
  Call call{answer_time};
  secret_service_search(service, &schema, attributes.get(), SECRET_SEARCH_ALL, call.cancellable(),
                        &Call::done, &call);
  return Objects{secret_service_search_finish(service, call.result(), nullptr)};
}

std::string name_of(SecretItem* item) {
  const Table attributes{secret_item_get_attributes(item)};
  const auto* name = static_cast<const char*>(g_hash_table_lookup(attributes.get(), "setting-key"));
  return name == nullptr ? "" : name;
}

// The keyring's own program shows the question.
void unlock(SecretService* service, const std::vector<SecretItem*>& items) {
  GList* locked = nullptr;
  for (SecretItem* item : items)
    if (secret_item_get_locked(item) != FALSE) locked = g_list_prepend(locked, item);
  if (locked == nullptr) return;
  Call call{unlock_time};
  secret_service_unlock(service, locked, call.cancellable(), &Call::done, &call);
  secret_service_unlock_finish(service, call.result(), nullptr, nullptr);
  g_list_free(locked);
}

Secret load(SecretItem* item) {
  Call call{answer_time};
  secret_item_load_secret(item, call.cancellable(), &Call::done, &call);
  if (secret_item_load_secret_finish(item, call.result(), nullptr) == FALSE) return {};
  SecretValue* value = secret_item_get_secret(item);
  if (value == nullptr) return {};
  gsize size = 0;
  const char* bytes = secret_value_get(value, &size);
  Secret secret{{bytes, size}};
  secret_value_unref(value);
  return secret;
}

}  // namespace

std::map<std::string, Secret> find_in_keyring(const std::string& uuid, const std::vector<std::string>& names,
                                              bool may_unlock) {
  std::map<std::string, Secret> found;
  if (names.empty() || uuid.empty() || !has_session_bus()) return found;
  const auto service = open_keyring();
  if (!service) return found;
  const auto objects = search(service.get(), uuid);
  std::vector<SecretItem*> items;
  for (GList* one = objects.get(); one != nullptr; one = one->next) {
    auto* item = static_cast<SecretItem*>(one->data);
    if (std::find(names.begin(), names.end(), name_of(item)) != names.end()) items.push_back(item);
  }
  if (may_unlock) unlock(service.get(), items);
  for (SecretItem* item : items) {
    if (!may_unlock && secret_item_get_locked(item) != FALSE) continue;
    if (auto secret = load(item); !secret.empty()) found.insert_or_assign(name_of(item), std::move(secret));
  }
  return found;
}

}  // namespace l2tp
