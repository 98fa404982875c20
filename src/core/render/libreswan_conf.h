// Settings -> ipsec.conf(5) and ipsec.secrets(5) of Libreswan for one connection.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "core/proposal.h"
#include "core/render/endpoints.h"
#include "core/result.h"
#include "core/secret.h"
#include "core/settings.h"

namespace l2tp::render {

// How a Libreswan spells the version of IKE: 5 knows keyexchange=ikev1, 4 only ikev2=no.
enum class IkeVersionKeyword { keyexchange, ikev2 };

// What is known only after the daemon was asked.
struct LibreswanAnswers {
  IkeVersionKeyword version_keyword = IkeVersionKeyword::keyexchange;
  std::vector<std::string> phase1;  // in its spelling; empty: its own defaults
  std::vector<std::string> phase2;
};

// What is to be offered, each in Libreswan's spelling, the best first: the user's list or else our own, never
// both; nothing where an IKEv2 daemon's own list is better.
std::vector<std::string> libreswan_proposals(const IpsecSettings& ipsec, Phase phase);

// Whether phase 2 has a key exchange of its own: as the profile says, else if it names a group for it.
bool libreswan_pfs(const IpsecSettings& ipsec);

// The connection `name`: transport mode for exactly the L2TP flow. The error names the value that cannot be
// said to Libreswan. `gateway`: the server's name, which its certificate must hold unless the profile says
// otherwise. `nickname`: our certificate in the daemon's database; empty with a pre-shared key.
Result<std::string, std::string> libreswan_conn(const std::string& name, const IpsecSettings& ipsec,
                                                const Endpoints& endpoints, const std::string& gateway,
                                                const std::string& nickname);

// The whole file for addconn: the connection together with the daemon's answers.
std::string libreswan_conf(const std::string& conn, const LibreswanAnswers& answers, bool ikev2);

// The line with the pre-shared key, for these two identities only.
Result<Secret, std::string> libreswan_secrets(const IpsecSettings& ipsec, const Endpoints& endpoints);

}  // namespace l2tp::render
