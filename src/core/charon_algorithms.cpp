#include "core/charon_algorithms.h"

#include <cctype>
#include <map>
#include <string_view>

namespace l2tp {

namespace {

using Names = std::map<std::string_view, std::string_view>;

// Where charon's name is more than ours in capital letters.
const Names& encryption_names() {
  static const Names names{{"3des", "3DES_CBC"},
                           {"des", "DES_CBC"},
                           {"cast128", "CAST_CBC"},
                           {"chacha20poly1305", "CHACHA20_POLY1305"}};
  return names;
}

const Names& integrity_names() {
  static const Names names{
      {"md5", "HMAC_MD5_96"},          {"md5_128", "HMAC_MD5_128"},         {"sha1", "HMAC_SHA1_96"},
      {"sha1_160", "HMAC_SHA1_160"},   {"sha256", "HMAC_SHA2_256_128"},     {"sha256_96", "HMAC_SHA2_256_96"},
      {"sha384", "HMAC_SHA2_384_192"}, {"sha512", "HMAC_SHA2_512_256"},     {"aesxcbc", "AES_XCBC_96"},
      {"aescmac", "AES_CMAC_96"},      {"camelliaxcbc", "CAMELLIA_XCBC_96"}};
  return names;
}

// By the integrity algorithm from which a PRF follows.
const Names& prf_names() {
  static const Names names{{"md5", "PRF_HMAC_MD5"},
                           {"md5_128", "PRF_HMAC_MD5"},
                           {"sha1", "PRF_HMAC_SHA1"},
                           {"sha1_160", "PRF_HMAC_SHA1"},
                           {"sha256", "PRF_HMAC_SHA2_256"},
                           {"sha256_96", "PRF_HMAC_SHA2_256"},
                           {"sha384", "PRF_HMAC_SHA2_384"},
                           {"sha512", "PRF_HMAC_SHA2_512"},
                           {"aesxcbc", "PRF_AES128_XCBC"},
                           {"aescmac", "PRF_AES128_CMAC"},
                           {"camelliaxcbc", "PRF_CAMELLIA128_XCBC"}};
  return names;
}

std::string found_in(const Names& names, std::string_view word) {
  const auto found = names.find(word);
  return found == names.end() ? std::string{} : std::string{found->second};
}

// "aes256" is AES_CBC, "aes256gcm16" AES_GCM_16: charon does not speak of the key's length.
std::string charon_encryption(std::string_view word) {
  if (auto name = found_in(encryption_names(), word); !name.empty()) return name;
  const auto family = word.find_first_of("0123456789");
  if (family == std::string_view::npos || word.size() < family + 3) return {};
  std::string name;
  for (const char letter : word.substr(0, family))
    name += static_cast<char>(std::toupper(static_cast<unsigned char>(letter)));
  const auto rest = word.substr(family + 3);
  if (rest.empty()) return name + "_CBC";
  if (rest == "ctr") return name + "_CTR";
  const auto mode = rest.substr(0, 3) == "gcm" ? "_GCM_" : "_CCM_";
  return name + mode + std::string{rest.substr(3)};
}

// "modp2048s256" is MODP_2048_256, "ecp256bp" ECP_256_BP, "curve25519" CURVE_25519.
std::string charon_group(std::string_view word) {
  std::string name;
  bool in_number = false;
  for (const char letter : word) {
    const bool digit = letter >= '0' && letter <= '9';
    const bool separator = in_number && letter == 's';
    if (!separator && digit != in_number) name += '_';
    if (separator)
      name += '_';
    else
      name += static_cast<char>(std::toupper(static_cast<unsigned char>(letter)));
    in_number = digit || separator;
  }
  return name;
}

// Charon's name for it may be unknown to us: then it is for charon to say what it thinks of it.
bool lacks(const vici::Section& algorithms, std::string_view type, const std::string& name) {
  const auto* section = algorithms.find(type);
  return section != nullptr && !name.empty() && section->get(name).empty();
}

}  // namespace

std::vector<std::string> missing_in_charon(const Proposal& proposal, const vici::Section& algorithms) {
  std::vector<std::string> missing;
  const auto* cipher_type = proposal.integrity.empty() ? "aead" : "encryption";
  if (lacks(algorithms, cipher_type, charon_encryption(proposal.encryption)))
    missing.push_back(proposal.encryption);

  const auto has_prf = proposal.prf.starts_with("prf");
  const auto& hash = has_prf ? proposal.prf.substr(3) : proposal.integrity;
  if (lacks(algorithms, "integrity", found_in(integrity_names(), proposal.integrity)))
    missing.push_back(proposal.integrity);
  else if (lacks(algorithms, "prf", found_in(prf_names(), hash)))
    missing.push_back(has_prf ? proposal.prf : proposal.integrity);

  const auto* group_type = algorithms.find("ke") != nullptr ? "ke" : "dh";  // strongSwan 6, 5
  if (lacks(algorithms, group_type, charon_group(proposal.group))) missing.push_back(proposal.group);
  return missing;
}

}  // namespace l2tp
