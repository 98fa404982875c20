// Messages of strongSwan's VICI protocol: a tree of sections, lists and values, and its bytes.
//
// Source: README.md of strongSwan's vici plugin, "Message format" and "Transport protocol". Only the inner
// message is here; the packet's type, name and length belong to the transport (service/ipsec/vici_client.h).
#pragma once

#include <initializer_list>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

#include "core/secret.h"

namespace l2tp::vici {

struct Entry;

// A section's entries keep their order. Values are held as `Secret`, because a pre-shared key travels as one
// of them.
class Section {
 public:
  Section& value(std::string_view name, std::string_view value);
  Section& list(std::string_view name, std::initializer_list<std::string_view> items);
  Section& list(std::string_view name, const std::vector<std::string>& items);
  Section& section(std::string_view name, Section section);

  // Gives the list at `path`, section names joined by '/', these items instead; nothing happens if it is not
  // there.
  void replace_list(std::string_view path, const std::vector<std::string>& items);

  // The value (or first list item) at `path`, section names joined by '/'; empty if it is not there.
  [[nodiscard]] std::string_view get(std::string_view path) const;
  // The section at `path`, or null.
  [[nodiscard]] const Section* find(std::string_view path) const;
  // The list called `name` in this section; empty if there is none.
  [[nodiscard]] std::vector<std::string_view> items(std::string_view name) const;

  [[nodiscard]] const std::vector<Entry>& entries() const { return entries_; }

 private:
  std::vector<Entry> entries_;
};

struct Entry {
  std::string name;
  std::variant<Secret, std::vector<Secret>, Section> content;
};

// The message's bytes. A name is at most 255 bytes and a value at most 65535; longer ones are refused with
// nothing.
std::optional<Secret> encode(const Section& message);

// The tree in `bytes`; nothing if they are malformed, or nested deeper than 32 sections.
std::optional<Section> decode(std::string_view bytes);

}  // namespace l2tp::vici
