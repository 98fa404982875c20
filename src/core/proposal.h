// IKE and ESP algorithm strings: "enc-integ[-prf][-group],...", with an optional "!" at the end.
//
// Users' profiles hold them as ipsec.conf(5) spells `ike=` and `esp=`, for strongSwan or for Libreswan; here
// they become values, checked against the algorithms that the daemons know, and are said again in a daemon's
// own spelling.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "core/result.h"

namespace l2tp {

enum class Phase { one, two };  // IKE (ISAKMP) SA; ESP (IPsec) SA

// One suite, each part in strongSwan's spelling ("aes256", "sha256", "modp2048"). AEAD ciphers have no
// `integrity`.
struct Proposal {
  std::string encryption;
  std::string integrity;  // empty: AEAD
  std::string prf;        // empty: follows from integrity
  std::string group;      // empty: in phase 2, no PFS

  bool operator==(const Proposal&) const = default;
};

struct ProposalList {
  std::vector<Proposal> proposals;
  bool strict = false;  // "!" was there: this list alone, not beside the defaults

  bool operator==(const ProposalList&) const = default;
};

// Reads a user's string. The error is a part of a sentence that names the wrong word and the nearest known
// one:
// "'modp999' is not a known group (did you mean 'modp2048'?)"; what it quotes is safe to show. Accepts either
// daemon's spelling, upper case, spaces around commas (sha2_256 and sha256, ecp_384 and ecp384, dh14 and
// modp2048, aes_gcm256 and aes256gcm16, ...), and Libreswan's ';' before a group. Alternatives within one
// entry ("aes256+aes128-sha1", or strongSwan's "aes256-aes128-sha1") become proposals of their own. A phase 1
// entry without a group gets Libreswan's default groups.
Result<ProposalList, std::string> parse_proposals(std::string_view text, Phase phase);

// What is offered without a string, or behind one without "!": strong first, 3DES-SHA1-MODP1024 last. IKEv1
// only.
const std::vector<Proposal>& default_proposals(Phase phase);

// The list to offer: the user's own, then (unless it is strict) the defaults that it does not hold already.
std::vector<Proposal> effective_proposals(const ProposalList& list, Phase phase);

// "aes256-sha256-modp2048", as VICI and ipsec.conf of strongSwan take it.
std::string strongswan_spelling(const Proposal& proposal);

// "aes256-sha2_256-modp2048", "aes_gcm_c_256", as Libreswan's `ike=` and `esp=` take it, whatever its
// version.
std::string libreswan_spelling(const Proposal& proposal, Phase phase);

// True if any part is considered broken or too short today: no encryption, ciphers with blocks of 64 bits
// (DES, 3DES, ...), MD5, SHA-1, groups under 2048 bits or what equals them.
bool is_weak(const Proposal& proposal);

}  // namespace l2tp
