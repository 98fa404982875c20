// json-glib's objects held by RAII, and the few calls that all who write or read JSON make.
#pragma once

#include <json-glib/json-glib.h>

#include <memory>
#include <span>
#include <string>
#include <string_view>

#include "core/glib.h"

namespace l2tp::json {

struct UnrefNode {
  void operator()(JsonNode* node) const { json_node_unref(node); }
};
using NodePtr = std::unique_ptr<JsonNode, UnrefNode>;

// What a JsonBuilder has built, as text of two spaces' indentation that ends with a newline.
inline std::string text_of(JsonBuilder* builder) {
  const NodePtr root{json_builder_get_root(builder)};
  const CharPtr text{json_to_string(root.get(), TRUE)};
  return std::string{text.get()} + "\n";
}

// JSON is UTF-8; what strangers say need not be.
inline void add_text(JsonBuilder* builder, std::string_view text) {
  const CharPtr valid{g_utf8_make_valid(text.data(), static_cast<gssize>(text.size()))};
  json_builder_add_string_value(builder, valid.get());
}

inline void add(JsonBuilder* builder, const char* name, std::string_view value) {
  json_builder_set_member_name(builder, name);
  add_text(builder, value);
}

inline void add(JsonBuilder* builder, const char* name, gint64 value) {
  json_builder_set_member_name(builder, name);
  json_builder_add_int_value(builder, value);
}

// Named, so that no pointer becomes one.
inline void add_boolean(JsonBuilder* builder, const char* name, bool value) {
  json_builder_set_member_name(builder, name);
  json_builder_add_boolean_value(builder, value ? TRUE : FALSE);
}

inline void add(JsonBuilder* builder, const char* name, std::span<const std::string> values) {
  json_builder_set_member_name(builder, name);
  json_builder_begin_array(builder);
  for (const auto& value : values) add_text(builder, value);
  json_builder_end_array(builder);
}

}  // namespace l2tp::json
