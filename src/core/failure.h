// The catalogue of failures: each has one id, its stage, a sentence, advice, and NetworkManager's reason (law
// 7). Logs, records and documents say them in English; front ends in the user's language.
#pragma once

#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace l2tp {

// The stages of one activation, in the order in which they start; `settings` is what comes before them.
enum class Stage { settings, workspace, credentials, resolve, port, ipsec, l2tp, ppp, handover };

// The stage's name as logs and documents spell it ("ipsec").
std::string_view to_string(Stage stage);

// What NetworkManager is told; the values are those of NMVpnPluginFailure.
enum class Reason { login_failed = 0, connect_failed = 1, bad_ip_config = 2 };

// One entry of the catalogue. `sentence` may hold one "{}" that the failure's detail replaces.
struct FailureKind {
  std::string_view id;  // stable, lower case, words joined by '-'
  Stage stage;
  Reason reason;
  std::string_view sentence;    // names the cause
  std::string_view advice;      // what to do about it
  std::string_view message_id;  // MESSAGE_ID of the journal line: 128 bits in lower-case hex
};

// The whole catalogue, for documents and tests.
std::span<const FailureKind> failure_catalogue();

// The entry with this id; nullptr if there is none.
const FailureKind* find_failure_kind(std::string_view id);

// The entry with this id; ends the program if there is none (ids are literals in our own code).
const FailureKind& failure_kind(std::string_view id);

// A failure that happened: its entry and what was particular about it. Never holds a secret.
struct Failure {
  const FailureKind* kind;
  std::string detail;
  std::vector<std::string> evidence{};  // the daemons' lines that prove it, oldest first; may be none
  std::string_view secret{};            // the secret that it refutes, where the kind alone does not tell

  // The catalogue's sentence with the detail in its place; ": {}" goes where there is no detail.
  [[nodiscard]] std::string sentence() const;
};

// As Failure::sentence, and the advice for it, in the user's language (core/words.h). A detail of the daemons
// or of a record stays as it is.
std::string translated_sentence(const Failure& failure);
std::string translated_advice(const Failure& failure);

// The failure that Failure::sentence said, as when NetworkManager hands the service's words to a dialog;
// nothing if the catalogue has no such sentence.
std::optional<Failure> failure_said_by(std::string_view sentence);

// A failure of the catalogue's kind `id`; `detail` takes the place of "{}" in its sentence.
Failure failure(std::string_view id, std::string detail = {});

}  // namespace l2tp
