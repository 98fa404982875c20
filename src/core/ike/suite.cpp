#include "core/ike/suite.h"

#include <algorithm>
#include <tuple>

namespace l2tp::ike {

namespace {

// Bits of security, as NIST SP 800-57 part 1 counts them.
int strength(Encryption encryption) {
  return encryption == Encryption::triple_des ? 112 : key_bits_of(encryption);
}

int strength(Hash hash) {
  switch (hash) {
    case Hash::md5:
      return 64;
    case Hash::sha1:
      return 80;
    case Hash::sha256:
      return 128;
    case Hash::sha384:
      return 192;
    case Hash::sha512:
      break;
  }
  return 256;
}

int strength(Group group) {
  switch (group) {
    case Group::modp768:
      return 60;
    case Group::modp1024:
      return 80;
    case Group::modp1536:
      return 90;
    case Group::modp2048:
      return 112;
    case Group::modp3072:
    case Group::ecp256:
      return 128;
    case Group::modp4096:
      return 140;
    case Group::ecp384:
      return 192;
    case Group::ecp521:
      break;
  }
  return 256;
}

auto rank(const Suite& suite) {
  const int encryption = strength(suite.encryption), hash = strength(suite.hash),
            group = strength(suite.group);
  return std::tuple{!is_weak(proposal_of(suite)), std::min({encryption, hash, group}), encryption, hash,
                    group};
}

}  // namespace

std::uint16_t number_of(Encryption encryption) {
  return encryption == Encryption::triple_des ? 5 : 7;
}

std::uint16_t key_bits_of(Encryption encryption) {
  switch (encryption) {
    case Encryption::triple_des:
      break;
    case Encryption::aes128:
      return 128;
    case Encryption::aes192:
      return 192;
    case Encryption::aes256:
      return 256;
  }
  return 0;
}

std::string to_string(Encryption encryption) {
  const auto bits = key_bits_of(encryption);
  return bits == 0 ? "3des" : "aes" + std::to_string(bits);
}

std::string to_string(Hash hash) {
  switch (hash) {
    case Hash::md5:
      return "md5";
    case Hash::sha1:
      return "sha1";
    case Hash::sha256:
      return "sha256";
    case Hash::sha384:
      return "sha384";
    case Hash::sha512:
      break;
  }
  return "sha512";
}

std::string to_string(Group group) {
  switch (group) {
    case Group::modp768:
      return "modp768";
    case Group::modp1024:
      return "modp1024";
    case Group::modp1536:
      return "modp1536";
    case Group::modp2048:
      return "modp2048";
    case Group::modp3072:
      return "modp3072";
    case Group::modp4096:
      return "modp4096";
    case Group::ecp256:
      return "ecp256";
    case Group::ecp384:
      return "ecp384";
    case Group::ecp521:
      break;
  }
  return "ecp521";
}

std::string to_string(Authentication authentication) {
  return authentication == Authentication::psk ? "PSK" : "RSA";
}

Proposal proposal_of(const Suite& suite) {
  return {to_string(suite.encryption), to_string(suite.hash), "", to_string(suite.group)};
}

bool is_stronger(const Suite& one, const Suite& other) {
  return rank(one) > rank(other);
}

std::vector<Suite> suites_of(Group group, Authentication authentication) {
  std::vector<Suite> suites;
  for (const auto encryption : all_encryptions)
    for (const auto hash : all_hashes) suites.push_back({encryption, hash, group, authentication});
  std::ranges::sort(suites, is_stronger);
  return suites;
}

}  // namespace l2tp::ike
