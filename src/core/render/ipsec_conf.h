// Settings -> what strongSwan's starter and its charon read: a section of ipsec.conf(5), and a line of
// ipsec.secrets(5).
#pragma once

#include <string>
#include <vector>

#include "core/render/endpoints.h"
#include "core/result.h"
#include "core/secret.h"
#include "core/settings.h"

namespace l2tp::render {

// Where charon finds what proves identities with certificates; absolute paths.
struct IpsecFiles {
  std::string certificate;
  std::string private_key;
  Secret passphrase;  // of the private key's file
  // CA certificates: those that we trust, and those that only complete our own chain. charon tells them
  // neither from each other nor from the machine's: a server's certificate is to be checked again.
  std::vector<std::string> authorities;
};

// One connection in transport mode for exactly the L2TP flow, called `name`, with a trap policy from the
// moment it is added. `instance` is a word that no other activation has: charon lets connections of equal
// configuration share an IKE_SA, and starter takes one of equal configuration for one that it has added
// already.
// The error is a part of a sentence that names what ipsec.conf has no words for.
Result<std::string, std::string> ipsec_conf(const std::string& name, const std::string& instance,
                                            const IpsecSettings& ipsec, const Endpoints& endpoints,
                                            const IpsecFiles& files);

// The line that holds the pre-shared key, for this gateway only, or names the private key's file.
Result<Secret, std::string> ipsec_secret(const IpsecSettings& ipsec, const Endpoints& endpoints,
                                         const IpsecFiles& files);

}  // namespace l2tp::render
