// nm-l2tp explain: why a connection failed.
#pragma once

#include <span>
#include <string>
#include <string_view>

namespace l2tp::cli {

// [CONNECTION | --log FILE|- | --catalogue] [--json]: success if nothing is wrong or it was mended since,
// found_trouble if a failure is told, nothing_known if a log says nothing.
int explain(std::span<char*> arguments);

constexpr int nothing_known = 3;

// The last failure of the connection with this name or UUID; empty: the last one of all that may be read.
int explain_connection(std::string_view connection, bool json);

// A log from a file, or from standard input ("-").
int explain_log(const std::string& file, bool json);

// Every failure there is, as Markdown: the page docs/failures.md.
int explain_catalogue();

}  // namespace l2tp::cli
