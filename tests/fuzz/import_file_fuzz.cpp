// libFuzzer's target for the whole way from a file of any format to a connection: that one survives an
// export.
#include "properties/import_file.h"

#include <sys/mman.h>
#include <unistd.h>

#include "fuzz/imported.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace l2tp;
  g_log_set_always_fatal(G_LOG_LEVEL_CRITICAL);  // GLib itself warns of some key files
  const int file = memfd_create("import", MFD_CLOEXEC);
  require(file >= 0 && write(file, data, size) == static_cast<ssize_t>(size));
  const auto result = import_file("/proc/self/fd/" + std::to_string(file));
  close(file);
  if (!result) {
    require_sentence(result.error());
    return 0;
  }
  require_sentences(result.value().notes);
  auto* connection = result.value().connection.get();
  const auto again = read_own_file(own_file_of(connection, true));
  require(static_cast<bool>(again));
  require(nm_connection_compare(connection, again.value().connection.get(), NM_SETTING_COMPARE_FLAG_EXACT) !=
          FALSE);
  return 0;
}
