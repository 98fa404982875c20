// Settings -> the messages that give strongSwan's charon one connection over VICI.
#pragma once

#include <string>

#include "core/render/endpoints.h"
#include "core/settings.h"
#include "core/vici.h"

namespace l2tp::render {

// `load-conn`: one IKE connection and one CHILD_SA in transport mode for exactly the L2TP flow, both called
// `name`, with a trap policy from the moment it is loaded.
vici::Section vici_connection(const std::string& name, const IpsecSettings& ipsec,
                              const Endpoints& endpoints);

// `load-shared`: the pre-shared key, under the unique id `name`, for this gateway only.
vici::Section vici_shared_key(const std::string& name, const IpsecSettings& ipsec,
                              const Endpoints& endpoints);

}  // namespace l2tp::render
