// What a probe has found, in one or two sentences for people, in their language.
#pragma once

#include <string>

#include "probe/run.h"

namespace l2tp::probe {

// What the server is like, and what to do about it if it is of no use.
std::string verdict_text(const Outcome& outcome);

}  // namespace l2tp::probe
