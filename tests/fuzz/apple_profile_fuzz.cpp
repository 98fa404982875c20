// libFuzzer's target for Apple's configuration profiles, signed ones too.
#include "import/apple_profile.h"

#include "fuzz/imported.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace l2tp;
  import::looks_like_apple_profile(text_of(data, size));
  require_whole(import::read_apple_profile(text_of(data, size)));
  return 0;
}
