// Apple's XML property lists (DTD PropertyList-1.0) as a tree.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace l2tp::import {

struct PropertyList {
  enum class Kind { string, data, number, boolean, date, array, dictionary };
  Kind kind = Kind::string;
  std::string text;  // of string, number and date; the bytes of data; "true" or "false" of boolean
  std::vector<PropertyList> array;
  std::map<std::string, PropertyList> dictionary;

  // The member of a dictionary; nullptr if there is none, or this is no dictionary.
  [[nodiscard]] const PropertyList* find(const std::string& name) const;
  // A member's text (a number or boolean as it is written); empty if there is none.
  [[nodiscard]] std::string text_of(const std::string& name) const;
};

// Nothing: it is no property list. Deeper than 32 levels is none.
std::optional<PropertyList> parse_property_list(std::string_view xml);

}  // namespace l2tp::import
