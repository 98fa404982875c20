// Phase 1 suites as IKEv1 numbers them: RFC 2409 appendix A, RFC 3526, RFC 5903, and IANA's registry "IPSec
// Registry" (ipsec-registry) for AES and SHA-2.
#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <tuple>
#include <vector>

#include "core/proposal.h"

namespace l2tp::ike {

// With the key's length, as people speak of it; IKE's number and length: `number_of`, `key_bits_of`.
enum class Encryption : std::uint8_t { triple_des, aes128, aes192, aes256 };
enum class Hash : std::uint16_t { md5 = 1, sha1 = 2, sha256 = 4, sha384 = 5, sha512 = 6 };
enum class Group : std::uint16_t {
  modp768 = 1,
  modp1024 = 2,
  modp1536 = 5,
  modp2048 = 14,
  modp3072 = 15,
  modp4096 = 16,
  ecp256 = 19,
  ecp384 = 20,
  ecp521 = 21
};
enum class Authentication : std::uint16_t { psk = 1, rsa = 3 };  // pre-shared key; RSA signatures

inline constexpr std::array all_encryptions{Encryption::triple_des, Encryption::aes128, Encryption::aes192,
                                            Encryption::aes256};
inline constexpr std::array all_hashes{Hash::md5, Hash::sha1, Hash::sha256, Hash::sha384, Hash::sha512};
inline constexpr std::array all_groups{Group::modp768,  Group::modp1024, Group::modp1536,
                                       Group::modp2048, Group::modp3072, Group::modp4096,
                                       Group::ecp256,   Group::ecp384,   Group::ecp521};
inline constexpr std::array all_authentications{Authentication::psk, Authentication::rsa};

struct Suite {
  Encryption encryption = Encryption::triple_des;
  Hash hash = Hash::md5;
  Group group = Group::modp768;
  Authentication authentication = Authentication::psk;

  bool operator==(const Suite&) const = default;
  // The order of the table, as a map's.
  bool operator<(const Suite& other) const {
    return std::tie(encryption, hash, group, authentication) <
           std::tie(other.encryption, other.hash, other.group, other.authentication);
  }
};

std::uint16_t number_of(Encryption encryption);
std::uint16_t key_bits_of(Encryption encryption);  // 0: its length is fixed

// As core/proposal spells them: "aes256", "sha256", "modp2048"; "PSK", "RSA".
std::string to_string(Encryption encryption);
std::string to_string(Hash hash);
std::string to_string(Group group);
std::string to_string(Authentication authentication);

Proposal proposal_of(const Suite& suite);

// True if `one` resists more than `other`: first none of its parts is weak (`is_weak`), then its weakest part
// is stronger, then the encryption, the hash, the group.
bool is_stronger(const Suite& one, const Suite& other);

// Every encryption with every hash in that group, the strongest first.
std::vector<Suite> suites_of(Group group, Authentication authentication);

}  // namespace l2tp::ike
