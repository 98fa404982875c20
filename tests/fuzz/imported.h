// What holds of every importer's answer, whatever the bytes were.
#pragma once

#include <algorithm>
#include <cstdlib>
#include <string>
#include <string_view>
#include <vector>

#include "core/settings.h"
#include "core/wording.h"
#include "import/imported.h"

namespace l2tp {

inline void require(bool condition) {
  if (!condition) std::abort();
}

// It is for people, and fit for a terminal.
inline void require_sentence(std::string_view text) {
  require(!text.empty() && harmless(text) == text);
}

inline void require_sentences(const std::vector<std::string>& notes) {
  for (const auto& note : notes) require_sentence(note);
}

// A sentence, or keys of our own table, each where it belongs, in text that D-Bus can carry.
inline void require_whole(const import::ImportResult& result) {
  if (!result) return require_sentence(result.error());
  require_sentences(result.value().notes);
  for (const auto& [name, value] : result.value().data) {
    const auto* key = find_key(name);
    require(key != nullptr && !key->secret);
  }
  for (const auto& [name, value] : result.value().secrets) {
    const auto* key = find_key(name);
    require(key != nullptr && key->secret);
  }
}

inline std::string_view text_of(const std::uint8_t* data, std::size_t size) {
  return {reinterpret_cast<const char*>(data), size};
}

}  // namespace l2tp
