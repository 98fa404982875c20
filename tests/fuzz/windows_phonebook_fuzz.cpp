// libFuzzer's target for Windows' phone books.
#include "import/windows_phonebook.h"

#include "fuzz/imported.h"
#include "import/text.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace l2tp;
  if (const auto text = import::to_utf8(text_of(data, size))) {
    import::looks_like_windows_phonebook(*text);
    require_whole(import::read_windows_phonebook(*text));
  }
  return 0;
}
