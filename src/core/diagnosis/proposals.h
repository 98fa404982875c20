// What keeps two lists of proposals, as charon logs them, from having one in common.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace l2tp::diagnosis {

// The kinds of algorithm ("encryption", "integrity", "group", ...) of which the lists have none in common,
// and what each side has of them, in words: "encryption AES_CBC_128 is offered, AES_CBC_256 is configured".
struct Difference {
  std::string kind;
  std::string words;
};
std::vector<Difference> differences(std::string_view offered, std::string_view configured);

// 1 for a list of "IKE:", 2 for one of "ESP:" or "AH:", 0 for neither.
int phase_of(std::string_view proposals);

}  // namespace l2tp::diagnosis
