// What the secrets dialog asks, and how each of NetworkManager's clients reads it.

#include <gio/gio.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>

#include <chrono>
#include <fstream>
#include <stdexcept>

#include "auth-dialog/form.h"
#include "core/glib.h"
#include "fakes/temporary_dir.h"

namespace l2tp {
namespace {

using testing::AllOf;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;
using testing::Pair;
using Pairs = std::vector<std::pair<std::string, std::string>>;
using Names = std::vector<std::string>;

// --- Clients, each by its own rules

struct FreeKeyFile {
  void operator()(GKeyFile* file) const { g_key_file_free(file); }
};
using KeyFilePtr = std::unique_ptr<GKeyFile, FreeKeyFile>;

KeyFilePtr parse(const std::string& text) {
  KeyFilePtr file{g_key_file_new()};
  if (g_key_file_load_from_data(file.get(), text.data(), text.size(), G_KEY_FILE_NONE, nullptr) == FALSE)
    throw std::runtime_error{"no key file: " + text};
  return file;
}

std::string string_in(GKeyFile* file, const std::string& group, const char* key) {
  const CharPtr value{g_key_file_get_string(file, group.c_str(), key, nullptr)};
  if (!value) throw std::runtime_error{group + " has no " + key};
  return value.get();
}

bool boolean_in(GKeyFile* file, const std::string& group, const char* key) {
  GError* raw = nullptr;
  const bool value = g_key_file_get_boolean(file, group.c_str(), key, &raw) != FALSE;
  const ErrorPtr error{raw};
  if (error) throw std::runtime_error{group + " has no " + key};
  return value;
}

Names groups_in(GKeyFile* file) {
  char** groups = g_key_file_get_groups(file, nullptr);
  Names names{groups, groups + g_strv_length(groups)};
  g_strfreev(groups);
  return names;
}

constexpr const char* ui = "VPN Plugin UI";

// Its own group is the first; what is a secret and to be asked is asked under its label.
Pairs asked_by_nmcli(const std::string& text) {
  const auto file = parse(text);
  const auto groups = groups_in(file.get());
  if (groups.at(0) != ui) throw std::runtime_error{"the first group is " + groups[0]};
  string_in(file.get(), ui, "Title");
  string_in(file.get(), ui, "Description");
  Pairs asked;
  for (const auto& group : groups)
    if (group != ui && boolean_in(file.get(), group, "IsSecret") &&
        boolean_in(file.get(), group, "ShouldAsk"))
      asked.emplace_back(group, string_in(file.get(), group, "Label"));
  return asked;
}

struct GnomeShell {
  Names shown;   // "LABEL=what stands in the entry"
  Pairs silent;  // returned without a question
};

// Throws where one of the keys is missing; what is not to be asked is returned if it is not empty.
GnomeShell read_by_gnome_shell(const std::string& text) {
  const auto file = parse(text);
  if (g_key_file_get_integer(file.get(), ui, "Version", nullptr) != 2) throw std::runtime_error{"Version"};
  string_in(file.get(), ui, "Title");
  string_in(file.get(), ui, "Description");
  GnomeShell result;
  for (const auto& group : groups_in(file.get())) {
    if (group == ui) continue;
    const auto value = string_in(file.get(), group, "Value");
    if (boolean_in(file.get(), group, "ShouldAsk")) {
      boolean_in(file.get(), group, "IsSecret");
      result.shown.push_back(string_in(file.get(), group, "Label") + "=" + value);
    } else if (!value.empty()) {
      result.silent.emplace_back(group, value);
    }
  }
  return result;
}

std::string description_in(const std::string& text) {
  return string_in(parse(text).get(), ui, "Description");
}

// nm-applet without an external UI: lines by turns, until two empty ones.
Pairs read_by_old_applet(const std::string& text) {
  Pairs pairs;
  std::istringstream lines{text};
  for (std::string key, value; std::getline(lines, key) && std::getline(lines, value);)
    if (!key.empty()) pairs.emplace_back(key, value);
  return pairs;
}

// --- The form

KeyFile no_keys(const std::string&) {
  return KeyFile::open;
}

Profile profile(const Pairs& data, const Pairs& secrets = {}) {
  Profile profile;
  for (const auto& [key, value] : data) profile.data[key] = value;
  for (const auto& [key, value] : secrets) profile.secrets[key] = Secret{value};
  return profile;
}

const Pairs with_ipsec{{"gateway", "vpn.example.com"}, {"ipsec-enabled", "yes"}};
const Pairs with_certificates{{"ipsec-enabled", "yes"},
                              {"machine-auth-type", "tls"},
                              {"machine-key", "/m.pem"},
                              {"user-auth-type", "tls"},
                              {"user-key", "/u.pem"}};

Request asking(Names hints = {}) {
  return {.name = "office", .interaction = true, .hints = std::move(hints)};
}

Names asked(const Request& request, const Profile& profile, const LookAtKey& look_at_key = no_keys) {
  Names keys;
  for (const auto& entry : make_form(request, profile, look_at_key).entries)
    if (entry.ask) keys.emplace_back(entry.key);
  return keys;
}

std::string key_file(const Request& request, const Profile& profile) {
  return std::string{to_key_file(make_form(request, profile, no_keys)).view()};
}

TEST(FormTest, WhatIsMissingIsAskedInTheOrderOfItsUse) {
  EXPECT_THAT(asked(asking(), profile(with_ipsec)), ElementsAre("ipsec-psk", "password"));
  EXPECT_THAT(asked(asking(), profile(with_ipsec, {{"ipsec-psk", "x"}})), ElementsAre("password"));
  EXPECT_THAT(asked(asking(), profile({{"gateway", "a"}}, {{"ipsec-psk", "x"}})), ElementsAre("password"));
  EXPECT_THAT(asked(asking(), profile(with_ipsec, {{"ipsec-psk", "x"}, {"password", "y"}})), IsEmpty());
}

TEST(FormTest, WithoutInteractionNothingIsAsked) {
  auto request = asking({"password"});
  request.interaction = false;
  EXPECT_THAT(asked(request, profile(with_ipsec)), IsEmpty());
}

TEST(FormTest, FlagsAreHonoured) {
  const auto with_flags = [](const std::string& flags) {
    return profile({{"gateway", "a"}, {"password-flags", flags}}, {{"password", "stored"}});
  };
  EXPECT_THAT(asked(asking(), with_flags("0")), IsEmpty());
  EXPECT_THAT(asked(asking(), with_flags("1")), IsEmpty());
  EXPECT_THAT(asked(asking(), with_flags("2")), ElementsAre("password")) << "each time";
  EXPECT_THAT(asked(asking(), with_flags("4")), IsEmpty());
  EXPECT_THAT(asked(asking(), profile({{"gateway", "a"}, {"password-flags", "4"}})), IsEmpty());
}

TEST(FormTest, AHintedSecretIsAskedThoughItIsStoredAndNoOther) {
  EXPECT_THAT(asked(asking({"ipsec-psk"}), profile(with_ipsec, {{"ipsec-psk", "wrong"}})),
              ElementsAre("ipsec-psk"));
  EXPECT_THAT(asked(asking({"x-vpn-message:Hello", "password"}), profile(with_ipsec)),
              ElementsAre("password"));
  EXPECT_THAT(asked(asking({"x-vpn-message:Hello", "x-dynamic-challenge:pin"}), profile(with_ipsec)),
              ElementsAre("ipsec-psk", "password"))
      << "that names no secret of ours";
}

TEST(FormTest, ARepromptAsksForAllThatIsRequired) {
  auto request = asking();
  request.again = true;
  const auto full = profile(with_ipsec, {{"ipsec-psk", "x"}, {"password", "y"}});
  EXPECT_THAT(asked(request, full), ElementsAre("ipsec-psk", "password"));
}

TEST(FormTest, APassphraseIsAskedOnlyForAnEncryptedKey) {
  const auto machine_only = [](const std::string& path) {
    return path == "/m.pem" ? KeyFile::encrypted : KeyFile::open;
  };
  EXPECT_THAT(asked(asking(), profile(with_certificates), machine_only), ElementsAre("machine-certpass"));
  EXPECT_THAT(asked(asking({"user-certpass"}), profile(with_certificates), no_keys),
              ElementsAre("user-certpass"))
      << "the service knows better";
}

TEST(FormTest, AKeyThatOnlyRootCanReadIsAskedAboutWhereNothingElseIsMissing) {
  const auto unreadable = [](const std::string&) { return KeyFile::unreadable; };
  EXPECT_THAT(asked(asking(), profile(with_certificates), unreadable),
              ElementsAre("machine-certpass", "user-certpass"));

  const Pairs with_password{
      {"ipsec-enabled", "yes"}, {"machine-auth-type", "tls"}, {"machine-key", "/m.pem"}};
  EXPECT_THAT(asked(asking(), profile(with_password), unreadable), ElementsAre("password"));
  auto flagged = profile(with_password);
  flagged.data["machine-certpass-flags"] = "2";
  EXPECT_THAT(asked(asking(), flagged, unreadable), ElementsAre("machine-certpass", "password"));

  auto found = asking();
  found.from_keyring = true;
  EXPECT_THAT(asked(found, profile(with_password, {{"password", "kept"}}), unreadable), IsEmpty())
      << "the password was missing, not the passphrase";
}

TEST(FormTest, TheMessageIsTheHintsOrSaysWhatIsNeeded) {
  EXPECT_EQ(make_form(asking({"x-vpn-message:The key is wrong."}), profile(with_ipsec), no_keys).description,
            "The key is wrong.");
  EXPECT_EQ(make_form(asking(), profile(with_ipsec), no_keys).description,
            "The VPN connection 'office' needs the pre-shared key and the password.");
}

TEST(FormTest, WhatIsNeededIsOneSentenceForEachTwoThatCanBeMissingTogether) {
  const auto encrypted = [](const std::string&) { return KeyFile::encrypted; };
  const auto need = [&](const Profile& profile, Names hints = {}) {
    return make_form(asking(std::move(hints)), profile, encrypted).description;
  };
  const auto mixed = [](const std::string& machine, const std::string& user) {
    return profile({{"ipsec-enabled", "yes"},
                    {"machine-auth-type", machine},
                    {"machine-key", "/m.pem"},
                    {"user-auth-type", user},
                    {"user-key", "/u.pem"}});
  };
  EXPECT_EQ(need(profile({{"gateway", "a"}})), "The VPN connection 'office' needs the password.");
  EXPECT_EQ(need(mixed("psk", "password"), {"ipsec-psk"}),
            "The VPN connection 'office' needs the pre-shared key.");
  EXPECT_EQ(
      need(mixed("psk", "tls")),
      "The VPN connection 'office' needs the pre-shared key and the password of the user's private key.");
  EXPECT_EQ(need(mixed("tls", "password")),
            "The VPN connection 'office' needs the password of the machine's private key and the password.");
  EXPECT_EQ(
      need(mixed("tls", "tls")),
      "The VPN connection 'office' needs the passwords of the machine's and of the user's private key.");
  EXPECT_EQ(need(mixed("tls", "tls"), {"machine-certpass"}),
            "The VPN connection 'office' needs the password of the machine's private key.");
  EXPECT_EQ(need(mixed("tls", "tls"), {"user-certpass"}),
            "The VPN connection 'office' needs the password of the user's private key.");
  EXPECT_EQ(need(profile({{"password-flags", "4"}})), "The VPN connection 'office' needs nothing more.");
}

TEST(FormTest, TheKeyringIsAskedForWhatTheAgentKeepsAndNobodyGave) {
  const auto flagged = [](const std::string& flags, const Pairs& secrets = {}) {
    return profile({{"password-flags", flags}}, secrets);
  };
  EXPECT_THAT(kept_by_agent(asking(), flagged("1")), ElementsAre("password"));
  EXPECT_THAT(kept_by_agent(asking(), flagged("5")), ElementsAre("password")) << "not required, but kept";
  for (const std::string flags : {"", "0", "2", "3", "4", "6", "7", "8", "1 ", "11", "one"})
    EXPECT_THAT(kept_by_agent(asking(), flagged(flags)), IsEmpty()) << flags;
  EXPECT_THAT(kept_by_agent(asking(), flagged("1", {{"password", "given"}})), IsEmpty());
  EXPECT_THAT(kept_by_agent(asking(), flagged("1", {{"password", ""}})), ElementsAre("password"));
}

TEST(FormTest, WhatIsKnownToBeWrongIsNotLookedForInTheKeyring) {
  const auto both = profile({{"ipsec-psk-flags", "1"}, {"password-flags", "1"}});
  EXPECT_THAT(kept_by_agent(asking({"password"}), both), ElementsAre("ipsec-psk"));
  auto again = asking();
  again.again = true;
  EXPECT_THAT(kept_by_agent(again, both), IsEmpty());
}

TEST(FormTest, AStrangersWordsAreMadeHarmless) {
  auto request = asking({"x-vpn-message:\033[2Jgone\nValue=x"});
  request.name = "\033]0;owned\a";
  const auto form = make_form(request, profile(with_ipsec), no_keys);
  for (const auto& text : {form.title, form.description})
    EXPECT_THAT(text, AllOf(Not(HasSubstr("\033")), Not(HasSubstr("\n")), Not(HasSubstr("\a"))));
}

TEST(FormTest, NmcliAsksWhatIsToBeAsked) {
  const auto text = key_file(asking(), profile(with_ipsec, {{"password", "stored"}}));
  EXPECT_THAT(asked_by_nmcli(text), ElementsAre(Pair("ipsec-psk", "Pre-shared key")));
}

TEST(FormTest, GnomeShellShowsTheOneAndReturnsTheOther) {
  const auto text = key_file(asking(), profile(with_ipsec, {{"password", " st\\or=ed\n\t[x] "}}));
  const auto shell = read_by_gnome_shell(text);
  EXPECT_THAT(shell.shown, ElementsAre("Pre-shared key="));
  EXPECT_THAT(shell.silent, ElementsAre(Pair("password", " st\\or=ed\n\t[x] ")));
}

TEST(FormTest, ARefusedSecretIsNotShown) {
  const auto text = key_file(asking({"password"}), profile(with_ipsec, {{"password", "old one"}}));
  EXPECT_THAT(text, Not(HasSubstr("old one")));
  EXPECT_THAT(read_by_gnome_shell(text).shown, ElementsAre("Password="));
}

TEST(FormTest, AFormThatAsksNothingIsWholeAllTheSame) {
  const auto text = key_file(asking(), profile({{"gateway", "a"}}, {{"password", "stored"}}));
  EXPECT_THAT(asked_by_nmcli(text), IsEmpty());
  EXPECT_THAT(read_by_gnome_shell(text).silent, ElementsAre(Pair("password", "stored")));
}

// --- The window's side of it

TEST(FormTest, AWindowReadsWhatIsAskedAndNothingOfWhatIsKnown) {
  const auto form = form_in_key_file(key_file(asking(), profile(with_ipsec, {{"password", "known"}})));
  ASSERT_TRUE(form);
  EXPECT_EQ(form->title, "Authentication required by VPN 'office'");
  EXPECT_EQ(form->description, "The VPN connection 'office' needs the pre-shared key.");
  ASSERT_EQ(form->entries.size(), 1U);
  EXPECT_EQ(form->entries[0].key, "ipsec-psk");
  EXPECT_EQ(label_with_mnemonic("ipsec-psk"), "Pre-shared _key");
  EXPECT_TRUE(form->entries[0].value.empty());
}

TEST(FormTest, WhatAsksForNothingIsNoForm) {
  EXPECT_FALSE(form_in_key_file(""));
  EXPECT_FALSE(form_in_key_file("no key file"));
  EXPECT_FALSE(form_in_key_file("[VPN Plugin UI]\nVersion=2\n"));
  EXPECT_FALSE(form_in_key_file("[of a stranger]\nShouldAsk=true\n"));
}

TEST(FormTest, AnswersAreTakenForWhatWasAskedOnly) {
  auto form = make_form(asking(), profile(with_ipsec, {{"password", "known"}}), no_keys);
  EXPECT_FALSE(take_answers(form, ""));
  EXPECT_FALSE(take_answers(form, "password\nnew\nipsec-psk\n\n\n\n")) << "an empty one is none";
  EXPECT_TRUE(take_answers(form, "password\nnew\nipsec-psk\n s=e\\c \n\n\n"));
  EXPECT_THAT(read_by_old_applet(std::string{to_lines(form).view()}),
              ElementsAre(Pair("ipsec-psk", " s=e\\c "), Pair("password", "known")));
}

// --- The program

struct Run {
  int status = -1;
  std::string output;
  std::string errors;
};

Run run(const Names& arguments, const std::string& input) {
  std::vector<const char*> argv{
      AUTH_DIALOG_PROGRAM, "-u", "2f3ac9a5", "-n", "office", "-s", "org.freedesktop.NetworkManager.l2tp"};
  for (const auto& argument : arguments) argv.push_back(argument.c_str());
  argv.push_back(nullptr);
  const ObjectRef<GSubprocessLauncher> launcher{g_subprocess_launcher_new(static_cast<GSubprocessFlags>(
      G_SUBPROCESS_FLAGS_STDIN_PIPE | G_SUBPROCESS_FLAGS_STDOUT_PIPE | G_SUBPROCESS_FLAGS_STDERR_PIPE))};
  // No desktop: tests/auth-dialog has one.
  for (const char* name : {"DISPLAY", "WAYLAND_DISPLAY", "DBUS_SESSION_BUS_ADDRESS", "XDG_RUNTIME_DIR"})
    g_subprocess_launcher_unsetenv(launcher.get(), name);
  const ObjectRef<GSubprocess> process{g_subprocess_launcher_spawnv(launcher.get(), argv.data(), nullptr)};
  char *output = nullptr, *errors = nullptr;
  g_subprocess_communicate_utf8(process.get(), input.c_str(), nullptr, &output, &errors, nullptr);
  const CharPtr own_output{output}, own_errors{errors};
  Run run;
  if (g_subprocess_get_if_exited(process.get()) != FALSE)
    run.status = g_subprocess_get_exit_status(process.get());
  run.output = output == nullptr ? "" : output;
  run.errors = errors == nullptr ? "" : errors;
  return run;
}

constexpr const char* ipsec_lines =
    "DATA_KEY=gateway\nDATA_VAL=a\n\nDATA_KEY=ipsec-enabled\nDATA_VAL=yes\n\n";

TEST(AuthDialogTest, ItAnswersWithoutADisplay) {
  const auto run = l2tp::run({"--external-ui-mode", "-i"}, ipsec_lines + std::string{"DONE\nQUIT\n"});
  EXPECT_EQ(run.status, 0) << run.errors;
  EXPECT_THAT(asked_by_nmcli(run.output),
              ElementsAre(Pair("ipsec-psk", "Pre-shared key"), Pair("password", "Password")));
}

TEST(AuthDialogTest, ItTakesHintsAndValuesOfSeveralLines) {
  const auto run =
      l2tp::run({"--external-ui-mode", "-i", "-t", "ipsec-psk", "-t", "x-vpn-message:It is wrong."},
                ipsec_lines + std::string{"SECRET_KEY=ipsec-psk\nSECRET_VAL=old\n\n"
                                          "SECRET_KEY=password\nSECRET_VAL=one\n=two\n\nDONE\n\n"});
  EXPECT_EQ(run.status, 0) << run.errors;
  EXPECT_EQ(description_in(run.output), "It is wrong.");
  EXPECT_THAT(asked_by_nmcli(run.output), ElementsAre(Pair("ipsec-psk", "Pre-shared key")));
  EXPECT_THAT(read_by_gnome_shell(run.output).silent, ElementsAre(Pair("password", "one\ntwo")));
}

TEST(AuthDialogTest, WithoutAWindowItSaysSoWhereOneIsNeeded) {
  const auto run = l2tp::run({"-i"}, ipsec_lines + std::string{"DONE\n"});
  EXPECT_EQ(run.status, 1);
  EXPECT_EQ(run.output, "");
  EXPECT_THAT(run.errors, HasSubstr("--external-ui-mode"));
}

TEST(AuthDialogTest, AnOldClientGetsWhatIsStoredAndSaysQuit) {
  const auto began = std::chrono::steady_clock::now();
  const auto run = l2tp::run({"-i"},
                             "DATA_KEY=gateway\nDATA_VAL=a\n\nSECRET_KEY=password\nSECRET_VAL=stored\n\n"
                             "DONE\n\nQUIT\n\n");
  EXPECT_EQ(run.status, 0) << run.errors;
  EXPECT_THAT(read_by_old_applet(run.output), ElementsAre(Pair("password", "stored")));
  EXPECT_TRUE(run.output.ends_with("\n\n\n")) << "two empty lines: that is all";
  EXPECT_LT(std::chrono::steady_clock::now() - began, std::chrono::seconds{5});
}

TEST(AuthDialogTest, WhatMakesNoSenseIsRefused) {
  EXPECT_EQ(l2tp::run({"--external-ui-mode"}, "").status, 1);
  EXPECT_EQ(l2tp::run({"--no-such-option"}, "").status, 2);
  EXPECT_EQ(l2tp::run({"-s", "org.freedesktop.NetworkManager.openvpn"}, ipsec_lines).status, 2);
}

TEST(AuthDialogTest, AKeyFileIsLookedAtAndAFifoIsNotWaitedFor) {
  const TemporaryDir dir;
  const auto key = dir.path("key.pem");
  std::ofstream{key} << "-----BEGIN ENCRYPTED PRIVATE KEY-----\nMIIB\n-----END ENCRYPTED PRIVATE KEY-----\n";
  const auto lines = [](const std::string& path) {
    return "DATA_KEY=user-auth-type\nDATA_VAL=tls\n\nDATA_KEY=user-key\nDATA_VAL=" + path + "\n\nDONE\n";
  };
  const auto fifo = dir.path("fifo");
  ASSERT_EQ(mkfifo(fifo.c_str(), 0600), 0);
  EXPECT_THAT(asked_by_nmcli(run({"--external-ui-mode", "-i"}, lines(key)).output),
              ElementsAre(Pair("user-certpass", "User key's password")));
  for (const auto& path : {fifo, dir.path("none"), std::string{"/dev/zero"}})
    EXPECT_THAT(asked_by_nmcli(run({"--external-ui-mode", "-i"}, lines(path)).output), IsEmpty()) << path;
}

}  // namespace
}  // namespace l2tp
