// nm-l2tp probe: what a server accepts.
#pragma once

#include <span>

namespace l2tp::cli {

// HOST [--json] [--apply CONNECTION] [--patient] [--source-port PORT]; without HOST, CONNECTION's gateway.
// Exit status: success if the server accepts something, and that is written where it was to be.
int probe(std::span<char*> arguments);

}  // namespace l2tp::cli
