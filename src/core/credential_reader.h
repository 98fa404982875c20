// The bytes of certificate and key files -> credentials, or what is wrong with them.
//
// The files are hostile input to a root process (law 8): whatever they hold, the answer is credentials or a
// failure, in bounded time and memory.
#pragma once

#include <cstdint>
#include <ctime>
#include <string>
#include <string_view>

#include "core/credentials.h"
#include "core/failure.h"
#include "core/result.h"
#include "core/secret.h"

namespace l2tp {

inline constexpr std::size_t largest_credential_file = 256UL * 1024;  // bytes

// A file as it was read. The path is for sentences only.
struct CredentialFile {
  std::string path;
  Secret content;
};

// What the keys of a profile name; a file may stand in several places. An empty content is "not given".
struct CredentialContents {
  CredentialFile authority;
  CredentialFile certificate;
  CredentialFile key;
};

// Certificates may be PEM, DER or PKCS#12; keys PKCS#1, SEC1 or PKCS#8, PEM or DER, or in PKCS#12; encrypted
// or not. `now` is what "valid" is measured by. Failure ids: "credentials-invalid", "credentials-passphrase",
// "credentials-mismatch", "credentials-not-valid-now", "credentials-old-encryption". No sentence holds a
// passphrase or any of a file's content but names in certificates.
Result<Credentials, Failure> read_credentials(const CredentialContents& contents, std::string_view passphrase,
                                              std::time_t now);

// Whether a file's private key cannot be had without a passphrase. What is no key at all needs none.
bool needs_passphrase(std::string_view content);

}  // namespace l2tp
