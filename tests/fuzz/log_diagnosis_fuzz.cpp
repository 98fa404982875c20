// libFuzzer's target for pasted logs: whatever the bytes are, the diagnosis is whole.
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "core/log_diagnosis.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const auto diagnosis = l2tp::diagnose_log({reinterpret_cast<const char*>(data), size});
  for (const auto& finding : diagnosis.findings) {
    const bool whole = finding.kind != nullptr && !finding.sentence.empty() && !finding.advice.empty() &&
                       !finding.lines.empty() && finding.mended_by <= diagnosis.lines;
    if (!whole) std::abort();
  }
  return 0;
}
