// The kernel's IPsec policies and states for one L2TP flow, by netlink (ip-xfrm(8)).
//
// A guard, which blocks the flow whenever the IPsec daemon's own policy is not there; the removal of what a
// killed daemon left in the kernel; and what the kernel has of the flow at this moment.
#pragma once

#include <optional>
#include <string>

#include "core/render/endpoints.h"

namespace l2tp::xfrm {

// The reason in words, or nothing if all went well.
using Error = std::optional<std::string>;

// Blocks the flow in both directions, behind (with a lower priority than) every policy of an IPsec daemon.
// A guard that is there already is success.
Error add_guard(const render::Endpoints& flow);

// Takes the guard away; one that is not there is success.
Error remove_guard(const render::Endpoints& flow);

// A policy that lets the flow pass without IPsec and wins over the daemon's for it, in words; nothing if
// there is none.
std::optional<std::string> bypass_of(const render::Endpoints& flow);

// True while bare ESP, not in UDP, carries the flow, and none of it has come back yet.
bool esp_unanswered(const render::Endpoints& flow);

// True while the kernel has an SA for each direction of the flow, as the reqids of its policies name them.
bool has_sas(const render::Endpoints& flow);

// True while the kernel has a daemon's policy for each direction of the flow.
bool has_policies(const render::Endpoints& flow);

// Removes every other policy for exactly this flow, and the states that such a policy refers to by its reqid
// between the same two addresses. Only for flows whose daemon is gone.
Error remove_remains(const render::Endpoints& flow);

// Removes the policies by which a pluto lets IPv6 find its neighbours, and which it leaves behind when it
// ends. Only when none runs.
Error remove_neighbour_bypass();

}  // namespace l2tp::xfrm
