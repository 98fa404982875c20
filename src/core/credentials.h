// What proves an identity with certificates.
#pragma once

#include <string>
#include <vector>

#include "core/secret.h"

namespace l2tp {

// A certificate with its private key, and whom to trust on the other side. All of it is DER; a private key is
// unencrypted PKCS#8 and never leaves memory in this form.
struct Credentials {
  std::string certificate;  // empty: none
  Secret private_key;
  std::vector<std::string> chain;        // intermediate CAs of `certificate`
  std::vector<std::string> authorities;  // CAs that the other side's certificate is checked against
};

}  // namespace l2tp
