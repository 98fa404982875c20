// libFuzzer's target for the record of the last failure: what is read can be written, and reads as the same.
#include "core/failure_record.h"

#include "fuzz/imported.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace l2tp;
  const auto record = failure_record_from_json(text_of(data, size));
  if (!record) {
    require_sentence(record.error());
    return 0;
  }
  require(record.value().failure.kind != nullptr);
  const auto json = to_json(record.value());
  const auto again = failure_record_from_json(json);
  require(again && to_json(again.value()) == json);
  return 0;
}
