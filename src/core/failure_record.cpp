#include "core/failure_record.h"

#include <optional>
#include <utility>

#include "core/json.h"
#include "core/wording.h"

namespace l2tp {

namespace {

constexpr gint64 version = 1;

// The member `name` of the type wanted; nullptr if there is none such.
JsonNode* member(JsonObject* object, const char* name, GType type) {
  auto* node = json_object_get_member(object, name);
  return node != nullptr && JSON_NODE_HOLDS_VALUE(node) && json_node_get_value_type(node) == type ? node
                                                                                                  : nullptr;
}

std::string string_member(JsonObject* object, const char* name) {
  auto* node = member(object, name, G_TYPE_STRING);
  return node == nullptr ? std::string{} : std::string{json_node_get_string(node)};
}

std::int64_t integer_member(JsonObject* object, const char* name) {
  auto* node = member(object, name, G_TYPE_INT64);
  return node == nullptr ? 0 : json_node_get_int(node);
}

std::vector<std::string> strings_member(JsonObject* object, const char* name) {
  std::vector<std::string> strings;
  auto* node = json_object_get_member(object, name);
  if (node == nullptr || !JSON_NODE_HOLDS_ARRAY(node)) return strings;
  auto* array = json_node_get_array(node);
  for (guint i = 0; i < json_array_get_length(array); ++i) {
    auto* element = json_array_get_element(array, i);
    if (JSON_NODE_HOLDS_VALUE(element) && json_node_get_value_type(element) == G_TYPE_STRING)
      strings.emplace_back(json_node_get_string(element));
  }
  return strings;
}

// Before json-glib, which goes as deep as it is led, and root's service reads what a user can have written.
// Comments and words in single quotes, which json-glib takes as well, would hide brackets from us.
std::optional<std::string> objection(std::string_view json) {
  constexpr int deepest = 8;
  int depth = 0;
  bool in_string = false;
  for (std::size_t at = 0; at < json.size(); ++at) {
    const char c = json[at];
    if (c == '"') in_string = !in_string;
    if (in_string) {
      if (c == '\\') ++at;
      continue;
    }
    if (c == '\'' || c == '/' || c == '#') return "It is no JSON.";
    if (c == '[' || c == '{') ++depth;
    if (c == ']' || c == '}') --depth;
    if (depth > deepest) return "It is nested too deeply.";
  }
  return std::nullopt;
}

}  // namespace

bool is_uuid(std::string_view text) {
  if (text.size() != 36) return false;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const bool is_dash = i == 8 || i == 13 || i == 18 || i == 23;
    const bool is_digit = (text[i] >= '0' && text[i] <= '9') || (text[i] >= 'a' && text[i] <= 'f') ||
                          (text[i] >= 'A' && text[i] <= 'F');
    if (is_dash ? text[i] != '-' : !is_digit) return false;
  }
  return true;
}

std::string_view to_string(Reason reason) {
  switch (reason) {
    case Reason::login_failed:
      return "login-failed";
    case Reason::connect_failed:
      return "connect-failed";
    case Reason::bad_ip_config:
      return "bad-ip-config";
  }
  return "unknown";
}

std::string to_json(const FailureRecord& record) {
  const ObjectRef<JsonBuilder> object{json_builder_new()};
  auto* builder = object.get();
  const auto& failure = record.failure;
  json_builder_begin_object(builder);
  json::add(builder, "version", version);
  json::add(builder, "uuid", record.uuid);
  json::add(builder, "time", record.time);
  json::add(builder, "id", failure.kind->id);
  json::add(builder, "stage", to_string(failure.kind->stage));
  json::add(builder, "reason", to_string(failure.kind->reason));
  json::add(builder, "detail", failure.detail);
  json::add(builder, "sentence", failure.sentence());
  json::add(builder, "advice", failure.kind->advice);
  json::add(builder, "evidence", std::span{failure.evidence});
  json::add_boolean(builder, "was-up", record.was_up);
  json::add(builder, "up-since", record.up_since);
  json_builder_end_object(builder);
  return json::text_of(builder);
}

Result<FailureRecord, std::string> failure_record_from_json(std::string_view json) {
  if (auto words = objection(json)) return Unexpected{std::move(*words)};
  GError* raw = nullptr;
  const ObjectRef<JsonParser> parser{json_parser_new_immutable()};
  const bool parsed =
      json_parser_load_from_data(parser.get(), json.data(), static_cast<gssize>(json.size()), &raw) != FALSE;
  const ErrorPtr error{raw};
  if (!parsed) return Unexpected{harmless(error->message)};  // it quotes the file
  auto* root = json_parser_get_root(parser.get());
  if (root == nullptr || !JSON_NODE_HOLDS_OBJECT(root))
    return Unexpected{std::string{"It is no JSON object."}};

  auto* object = json_node_get_object(root);
  const auto id = string_member(object, "id");
  const auto* kind = find_failure_kind(id);
  if (kind == nullptr) return Unexpected{"There is no failure of the id " + in_quotes(id) + "."};
  FailureRecord record;
  record.uuid = string_member(object, "uuid");
  record.time = integer_member(object, "time");
  record.failure = {kind, string_member(object, "detail"), strings_member(object, "evidence")};
  auto* was_up = member(object, "was-up", G_TYPE_BOOLEAN);
  record.was_up = was_up != nullptr && json_node_get_boolean(was_up) != FALSE;
  record.up_since = integer_member(object, "up-since");
  return record;
}

}  // namespace l2tp
