// What is asked about certificates, all of them DER.
#pragma once

#include <ctime>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/result.h"
#include "core/secret.h"

namespace l2tp {

// What a certificate that a server showed is measured by.
struct ServerCertificateRule {
  const std::vector<std::string>& authorities;  // one of them must have issued it
  const std::vector<std::string>& untrusted;    // certificates that may stand between it and an authority
  std::string gateway;  // the name or address that it must be for; empty: anybody's will do
  std::time_t now;
};

// Why a server's certificate is not to be accepted, as a fragment of a sentence, or nothing.
struct CertificateComplaint {
  bool wrong_name = false;  // it is good, but another one's
  std::string words;
};
std::optional<CertificateComplaint> complaint_about(std::string_view certificate,
                                                    const ServerCertificateRule& rule);

// True if the first certificate in a file (PEM or DER) is not valid yet, or no longer; false for what is
// none.
bool is_out_of_date(std::string_view file, std::time_t now);

// The SHA-1 of a certificate's public key in lower-case hex, by which strongSwan names the private key; empty
// if `certificate` is none.
std::string public_key_id(std::string_view certificate);

// The certificates as PEM, one behind the other; broken ones are left out.
std::string certificates_pem(const std::vector<std::string>& certificates);

// A private key (PKCS#8) as PEM, encrypted with AES-256 under `passphrase`; nothing if `key` is none.
std::optional<std::string> encrypted_key_pem(const Secret& key, std::string_view passphrase);

}  // namespace l2tp
