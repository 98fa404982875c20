// What a running charon can do, from its answer to VICI's "get-algorithms": strongSwan's plugins decide, and
// a distribution or an administrator may have left some out.
#pragma once

#include <string>
#include <vector>

#include "core/proposal.h"
#include "core/vici.h"

namespace l2tp {

// The parts of a phase 1 proposal, as a user spells them ("3des", "modp1024"), that charon does not have.
// `algorithms` is its answer; of what that does not speak, nothing is said to be missing.
std::vector<std::string> missing_in_charon(const Proposal& proposal, const vici::Section& algorithms);

}  // namespace l2tp
