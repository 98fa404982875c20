#include "core/words.h"

namespace l2tp {

void use_translations() {
  bindtextdomain(GETTEXT_PACKAGE, LOCALE_DIR);
  bind_textdomain_codeset(GETTEXT_PACKAGE, "UTF-8");
}

std::string translated(std::string_view marked) {
  if (marked.empty()) return {};  // gettext's answer would be the catalogue's header
  return g_dgettext(GETTEXT_PACKAGE, std::string{marked}.c_str());
}

std::string fill(std::string_view sentence, std::initializer_list<std::string_view> values) {
  std::string filled;
  for (std::size_t at = 0; at < sentence.size(); ++at) {
    const bool place = at + 2 < sentence.size() && sentence[at] == '{' && sentence[at + 2] == '}';
    const auto index = place ? static_cast<std::size_t>(sentence[at + 1] - '0') : values.size();
    if (index >= values.size()) {
      filled += sentence[at];
      continue;
    }
    filled += values.begin()[index];
    at += 2;
  }
  return filled;
}

}  // namespace l2tp
