// libFuzzer's target for our own file format: what it reads, it can write, and reads again as the same.
#include "properties/own_file.h"

#include "fuzz/imported.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace l2tp;
  g_log_set_always_fatal(G_LOG_LEVEL_CRITICAL);  // GLib itself warns of some key files
  looks_like_own_file(text_of(data, size));
  const auto first = read_own_file(text_of(data, size));
  if (!first) {
    require_sentence(first.error());
    return 0;
  }
  require_sentences(first.value().notes);
  auto* connection = first.value().connection.get();
  const auto again = read_own_file(own_file_of(connection, true));
  require(again && again.value().notes.empty());
  require(nm_connection_compare(connection, again.value().connection.get(), NM_SETTING_COMPARE_FLAG_EXACT) !=
          FALSE);
  return 0;
}
