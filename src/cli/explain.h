// nm-l2tp explain: why a connection failed.
#pragma once

#include <span>

namespace l2tp::cli {

// [--catalogue]: every failure there is, as Markdown.
int explain(std::span<char*> arguments);

}  // namespace l2tp::cli
