// The editor's modules as programs load them: through the plugin, with the real toolkit on a virtual screen.
// Built once with GTK 3 and once with GTK 4.
#include "libnm/libnm.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <gtk/gtk.h>

#include "core/failure_record.h"
#include "core/glib.h"
#include "core/settings.h"
#include "editor/form.h"
#include "fakes/probed_server.h"
#include "fakes/valid_value.h"

namespace l2tp::editor {
namespace {

using testing::Contains;
using testing::HasSubstr;
using testing::Pair;

constexpr const char* uuid = "0e4f9a2c-5c4b-4a3e-9d55-1f0a3d6a1b11";

// --- widgets
// ---------------------------------------------------------------------------------------------------

using Visit = std::function<void(GtkWidget*)>;

#if GTK_MAJOR_VERSION >= 4
void initialise_toolkit() {
  gtk_init();
}
void visit_tree(GtkWidget* root, const Visit& visit) {
  visit(root);
  // A folded section holds its child without being its parent.
  if (GTK_IS_EXPANDER(root) && gtk_expander_get_expanded(GTK_EXPANDER(root)) == FALSE)
    visit_tree(gtk_expander_get_child(GTK_EXPANDER(root)), visit);
  for (auto* child = gtk_widget_get_first_child(root); child != nullptr;
       child = gtk_widget_get_next_sibling(child))
    visit_tree(child, visit);
}
#else
void initialise_toolkit() {
  gtk_init(nullptr, nullptr);
}
void visit_tree(GtkWidget* root, const Visit& visit) {
  visit(root);
  if (!GTK_IS_CONTAINER(root)) return;
  const auto each =
      +[](GtkWidget* child, gpointer data) { visit_tree(child, *static_cast<const Visit*>(data)); };
  gtk_container_forall(GTK_CONTAINER(root), each, const_cast<Visit*>(&visit));
}
#endif

GtkWidget* find(GtkWidget* root, const std::string& name) {
  GtkWidget* found = nullptr;
  visit_tree(root, [&](GtkWidget* widget) {
    if (name == gtk_widget_get_name(widget)) found = widget;
  });
  return found;
}

std::string property(GtkWidget* widget, const char* name) {
  char* text = nullptr;
  g_object_get(widget, name, &text, nullptr);
  const CharPtr owner{text};
  return text == nullptr ? "" : text;
}

std::vector<std::string> visible_labels(GtkWidget* root) {
  std::vector<std::string> all;
  visit_tree(root, [&](GtkWidget* widget) {
    if (GTK_IS_LABEL(widget) && gtk_widget_get_visible(widget) != FALSE)
      all.emplace_back(gtk_label_get_text(GTK_LABEL(widget)));
  });
  return all;
}

// --- a profile in the editor
// ---------------------------------------------------------------------------------------

struct Profile {
  Items data;
  std::map<std::string, std::string> secrets;
};

ObjectRef<NMConnection> connection_of(const Profile& profile) {
  ObjectRef<NMConnection> connection{nm_simple_connection_new()};
  auto* general = nm_setting_connection_new();
  g_object_set(general, "id", "office", "uuid", uuid, "type", "vpn", nullptr);
  nm_connection_add_setting(connection.get(), general);
  auto* vpn = nm_setting_vpn_new();
  g_object_set(vpn, "service-type", "org.freedesktop.NetworkManager.l2tp", "timeout", 33U, "persistent", TRUE,
               nullptr);
  nm_connection_add_setting(connection.get(), vpn);
  for (const auto& [key, value] : profile.data)
    nm_setting_vpn_add_data_item(NM_SETTING_VPN(vpn), key.c_str(), value.c_str());
  for (const auto& [key, value] : profile.secrets)
    nm_setting_vpn_add_secret(NM_SETTING_VPN(vpn), key.c_str(), value.c_str());
  return connection;
}

Profile profile_of(NMConnection* connection) {
  Profile profile;
  auto* vpn = nm_connection_get_setting_vpn(connection);
  nm_setting_vpn_foreach_data_item(
      vpn,
      [](const char* key, const char* value, gpointer data) {
        static_cast<Profile*>(data)->data[key] = value;
      },
      &profile);
  nm_setting_vpn_foreach_secret(
      vpn,
      [](const char* key, const char* value, gpointer data) {
        static_cast<Profile*>(data)->secrets[key] = value;
      },
      &profile);
  return profile;
}

NMVpnEditorPlugin* plugin() {
  static NMVpnEditorPlugin* loaded = [] {
    GError* raw = nullptr;
    auto* made = nm_vpn_editor_plugin_load_from_file(PLUGIN, "org.freedesktop.NetworkManager.l2tp", -1,
                                                     nullptr, nullptr, &raw);
    const ErrorPtr error{raw};
    EXPECT_NE(made, nullptr) << (error ? error->message : "");
    return made;
  }();
  return loaded;
}

class OpenEditor {
 public:
  explicit OpenEditor(const Profile& profile) : connection_(connection_of(profile)) {
    GError* raw = nullptr;
    editor_.reset(nm_vpn_editor_plugin_get_editor(plugin(), connection_.get(), &raw));
    const ErrorPtr error{raw};
    EXPECT_NE(editor_, nullptr) << (error ? error->message : "");
    page_ = share(GTK_WIDGET(nm_vpn_editor_get_widget(editor_.get())));
    g_signal_connect(editor_.get(), "changed",
                     G_CALLBACK(+[](NMVpnEditor*, gpointer count) { ++*static_cast<int*>(count); }),
                     &changes);
  }

  [[nodiscard]] GtkWidget* page() const { return page_.get(); }
  [[nodiscard]] GtkWidget* operator[](const std::string& key) const {
    auto* widget = find(page_.get(), key);
    EXPECT_NE(widget, nullptr) << key;
    return widget;
  }

  // What is stored then; nothing, and a sentence, if the editor refuses.
  std::optional<ObjectRef<NMConnection>> save(std::string* sentence = nullptr) {
    ObjectRef<NMConnection> saved{nm_simple_connection_new_clone(connection_.get())};
    GError* raw = nullptr;
    const bool good = nm_vpn_editor_update_connection(editor_.get(), saved.get(), &raw) != FALSE;
    const ErrorPtr error{raw};
    if (sentence != nullptr) *sentence = error ? error->message : "";
    if (!good) return std::nullopt;
    return saved;
  }

  NMConnection* original() { return connection_.get(); }
  int changes = 0;

 private:
  ObjectRef<NMConnection> connection_;
  ObjectRef<NMVpnEditor> editor_;
  ObjectRef<GtkWidget> page_;
};

void fill(GtkWidget* widget, const Field& field, const std::string& value) {
  switch (field.input) {
    case Input::toggle:
      g_object_set(widget, "active", value == "yes" ? TRUE : FALSE, nullptr);
      break;
    case Input::inverted_toggle:
      g_object_set(widget, "active", value == "yes" ? FALSE : TRUE, nullptr);
      break;
    case Input::choice:
      g_object_set(widget, "active-id", ("=" + value).c_str(), nullptr);
      break;
    default:
      g_object_set(widget, "text", value.c_str(), nullptr);
      break;
  }
}

std::string value_for(const Field& field, std::mt19937& random) {
  if (field.input != Input::choice) return valid_value(*find_key(field.key), random);
  const auto choices = choices_of(field.key);
  return std::string{choices[random() % choices.size()].value};
}

Profile random_profile(std::mt19937& random) {
  Profile profile;
  for (const auto& key : key_table()) {
    if (random() % 3 == 0 || key.kind == KeyKind::proposals) continue;
    if (key.secret)
      profile.secrets[std::string{key.name}] = valid_value(key, random);
    else
      profile.data[std::string{key.name}] = valid_value(key, random);
  }
  profile.data["gateway"] = "vpn.example";
  profile.data["of-the-future"] = "1";
  for (const auto* key : {"user-cert", "machine-cert"}) profile.data[key] = "/etc/x y.p12";
  return profile;
}

TEST(Editor, OpeningAndSavingChangesNothing) {
  std::mt19937 random{1701};
  for (int round = 0; round < 30; ++round) {
    const auto profile = random_profile(random);
    OpenEditor editor{profile};
    std::string sentence;
    const auto saved = editor.save(&sentence);
    ASSERT_TRUE(saved) << sentence;
    EXPECT_NE(nm_connection_compare(editor.original(), saved->get(), NM_SETTING_COMPARE_FLAG_EXACT), FALSE);
    EXPECT_EQ(editor.changes, 0);
  }
}

TEST(Editor, EveryFieldIsStoredAsItIsFilledIn) {
  std::mt19937 random{1702};
  for (int round = 0; round < 15; ++round) {
    auto profile = random_profile(random);
    profile.secrets.clear();
    for (const auto* secret : {"password", "ipsec-psk"}) profile.data[std::string{secret} + "-flags"] = "1";
    OpenEditor editor{profile};
    Form form{profile.data, {}};
    std::map<std::string, std::string> secrets;
    for (const auto& field : fields()) {
      if (field.input == Input::certificates || random() % 3 == 0) continue;
      const auto value = value_for(field, random);
      fill(editor[std::string{field.key}], field, value);
      if (field.input == Input::secret)
        secrets[std::string{field.key}] = value;
      else
        form.set(field.key, value);
    }
    std::string sentence;
    const auto saved = editor.save(&sentence);
    if (!form.complaints().empty()) {
      EXPECT_THAT(sentence, HasSubstr(form.complaints().front().sentence));
      continue;
    }
    ASSERT_TRUE(saved) << sentence;
    const auto stored = profile_of(saved->get());
    EXPECT_EQ(stored.data, form.data());
    EXPECT_EQ(stored.secrets, secrets);
  }
}

TEST(Editor, WhatTheSettingHoldsBesidesIsKept) {
  OpenEditor editor{{{{"gateway", "vpn.example"}}, {}}};
  fill(editor["user"], fields()[5], "bob");
  auto saved = editor.save();
  ASSERT_TRUE(saved);
  auto* vpn = nm_connection_get_setting_vpn(saved->get());
  EXPECT_EQ(nm_setting_vpn_get_timeout(vpn), 33U);
  EXPECT_NE(nm_setting_vpn_get_persistent(vpn), FALSE);
  EXPECT_GT(editor.changes, 0);
}

TEST(Editor, AWrongValueIsSaidBesideItsFieldAndNothingIsStored) {
  OpenEditor editor{{{{"gateway", "vpn.example"}, {"ipsec-enabled", "yes"}}, {}}};
  g_object_set(editor["ipsec-ike"], "text", "aes256-sha256-modp999", nullptr);
  EXPECT_THAT(visible_labels(editor.page()), Contains(HasSubstr("'modp999' is not a known group")));
  std::string sentence;
  EXPECT_FALSE(editor.save(&sentence));
  EXPECT_THAT(sentence, HasSubstr("Phase 1 algorithms: 'modp999'"));

  g_object_set(editor["ipsec-ike"], "text", "3des-sha1-modp1024", nullptr);
  EXPECT_THAT(visible_labels(editor.page()), Contains(HasSubstr("Weak by today's standards")));
  EXPECT_TRUE(editor.save());
}

TEST(Editor, APresetFillsBothFields) {
  OpenEditor editor{{{{"gateway", "vpn.example"}, {"ipsec-enabled", "yes"}}, {}}};
  g_object_set(editor["algorithms"], "active-id", "=old", nullptr);
  EXPECT_EQ(property(editor["ipsec-esp"], "text"), "aes256-sha1,aes128-sha1,3des-sha1!");
  g_object_set(editor["ipsec-esp"], "text", "aes128-sha1", nullptr);
  EXPECT_EQ(property(editor["algorithms"], "active-id"), "=custom");
}

TEST(Editor, WhatDoesNotApplyIsHiddenOrGrey) {
  OpenEditor editor{{{{"gateway", "vpn.example"}, {"ipsec-enabled", "yes"}}, {}}};
  EXPECT_NE(gtk_widget_get_visible(editor["ipsec-psk"]), FALSE);
  EXPECT_EQ(gtk_widget_get_sensitive(editor["mppe"]), FALSE);
  g_object_set(editor["ipsec"], "active-id", "=none", nullptr);
  EXPECT_EQ(gtk_widget_get_visible(editor["ipsec-psk"]), FALSE);
  EXPECT_EQ(gtk_widget_get_sensitive(editor["ipsec-ike"]), FALSE);
  EXPECT_NE(gtk_widget_get_sensitive(editor["mppe"]), FALSE);
}

TEST(Editor, EveryFieldHasATooltipWithItsKey) {
  OpenEditor editor{{{}, {}}};
  for (const auto& field : fields()) {
    if (field.input == Input::certificates) continue;
    EXPECT_THAT(property(editor[std::string{field.key}], "tooltip-text"), HasSubstr("Key ")) << field.key;
  }
}

bool is_shown(GtkWidget* widget) {
  return gtk_widget_get_visible(widget) != FALSE;
}

TEST(Editor, DetectsWhatTheServerAcceptsAndTakesItOver) {
  ProbedServer server{500};
  server.responder.accepts = {
      {ike::Encryption::aes256, ike::Hash::sha1, ike::Group::modp1024, ike::Authentication::psk},
      {ike::Encryption::aes128, ike::Hash::sha1, ike::Group::modp1024, ike::Authentication::psk}};
  OpenEditor editor{{{{"gateway", "127.0.0.1"}, {"ipsec-enabled", "yes"}}, {}}};
  EXPECT_FALSE(is_shown(editor["use-detected"]));
  EXPECT_FALSE(is_shown(editor["stop-detecting"]));
  g_signal_emit_by_name(editor["detect"], "clicked");
  EXPECT_TRUE(is_shown(editor["stop-detecting"]));
  EXPECT_EQ(gtk_widget_get_sensitive(editor["detect"]), FALSE);
  while (!is_shown(editor["use-detected"])) g_main_context_iteration(nullptr, TRUE);
  EXPECT_FALSE(is_shown(editor["stop-detecting"]));
  EXPECT_THAT(visible_labels(editor.page()), Contains(HasSubstr("127.0.0.1 accepts 2 of")));

  g_signal_emit_by_name(editor["use-detected"], "clicked");
  EXPECT_EQ(property(editor["ipsec-ike"], "text"), "aes256-sha1-modp1024!");
  const auto saved = editor.save();
  ASSERT_TRUE(saved);
  EXPECT_THAT(profile_of(saved->get()).data, Contains(Pair("ipsec-ike", "aes256-sha1-modp1024!")));
}

TEST(Editor, DetectionSaysThatNothingListens) {
  OpenEditor editor{{{{"gateway", "127.0.0.1"}, {"ipsec-enabled", "yes"}}, {}}};
  g_signal_emit_by_name(editor["detect"], "clicked");
  while (is_shown(editor["stop-detecting"])) g_main_context_iteration(nullptr, TRUE);
  EXPECT_THAT(visible_labels(editor.page()), Contains(HasSubstr("nothing listens on UDP port 500")));
  EXPECT_FALSE(is_shown(editor["use-detected"]));
}

TEST(Editor, MayBeClosedWhileItAsksTheServer) {
  OpenEditor editor{{{{"gateway", "127.0.0.1"}, {"ipsec-enabled", "yes"}}, {}}};
  g_signal_emit_by_name(editor["detect"], "clicked");
  EXPECT_TRUE(is_shown(editor["stop-detecting"]));
}

TEST(Editor, TellsWhyTheConnectionFailedLast) {
  const std::string dir{failure_record_dir};
  ASSERT_EQ(g_mkdir_with_parents(dir.c_str(), 0755), 0);
  const auto file = dir + "/" + uuid + ".json";
  FailureRecord record{.uuid = uuid, .time = 1795288172, .failure = failure("ipsec-psk-wrong")};
  ASSERT_NE(g_file_set_contents(file.c_str(), to_json(record).c_str(), -1, nullptr), FALSE);
  const Profile profile{{{"gateway", "vpn.example"}}, {}};
  {
    OpenEditor editor{profile};
    EXPECT_THAT(visible_labels(editor.page()), Contains("The pre-shared key seems to be wrong."));
    EXPECT_THAT(visible_labels(editor.page()), Contains(HasSubstr("Enter it again")));
  }
  record.up_since = 1795288180;
  ASSERT_NE(g_file_set_contents(file.c_str(), to_json(record).c_str(), -1, nullptr), FALSE);
  OpenEditor editor{profile};
  EXPECT_EQ(find(editor.page(), "last-failure"), nullptr) << "it has come up since";
}

TEST(Editor, ThePageMayOutliveTheEditor) {
  ObjectRef<GtkWidget> page;
  {
    OpenEditor editor{{{{"gateway", "vpn.example"}}, {}}};
    page = share(editor.page());
  }
  g_object_set(find(page.get(), "gateway"), "text", "other.example", nullptr);
  EXPECT_NE(find(page.get(), "user"), nullptr);
}

}  // namespace
}  // namespace l2tp::editor

int main(int argc, char** argv) {
  testing::InitGoogleMock(&argc, argv);
  // What the toolkit complains of is a defect of ours.
  g_log_set_always_fatal(
      static_cast<GLogLevelFlags>(G_LOG_LEVEL_WARNING | G_LOG_LEVEL_CRITICAL | G_LOG_FATAL_MASK));
  l2tp::editor::initialise_toolkit();
  return RUN_ALL_TESTS();
}
