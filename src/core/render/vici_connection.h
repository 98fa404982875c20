// Settings -> the messages that give strongSwan's charon one connection over VICI.
#pragma once

#include <string>
#include <vector>

#include "core/render/endpoints.h"
#include "core/settings.h"
#include "core/vici.h"

namespace l2tp::render {

// `load-conn`: one IKE connection and one CHILD_SA in transport mode for exactly the L2TP flow, both called
// `name`, with a trap policy from the moment it is loaded.
vici::Section vici_connection(const std::string& name, const IpsecSettings& ipsec,
                              const Endpoints& endpoints);

// Takes the phase 1 proposals that charon has not the algorithms for out of `message`, one of
// vici_connection() for `name`. `algorithms` is charon's answer to `get-algorithms`.
struct DroppedProposals {
  std::vector<std::string> proposals;   // as they stood in the message
  std::vector<std::string> algorithms;  // what charon lacks of them, each once
  bool all = false;                     // nothing is left to offer; the message was not changed
};
DroppedProposals drop_unknown_proposals(vici::Section& message, const std::string& name,
                                        const vici::Section& algorithms);

// `load-shared`: the pre-shared key, under the unique id `name`, for this gateway only.
vici::Section vici_shared_key(const std::string& name, const IpsecSettings& ipsec,
                              const Endpoints& endpoints);

// `load-authority`: each CA that is trusted, or stands between one of those and our certificate, under a name
// that begins with "`name`-ca".
std::vector<vici::Section> vici_authorities(const std::string& name, const Credentials& credentials);

// `load-key`: our private key.
vici::Section vici_private_key(const Credentials& credentials);

}  // namespace l2tp::render
