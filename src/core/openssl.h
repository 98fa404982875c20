// OpenSSL's objects held by RAII, for the few files of core that know it.
#pragma once

#include <openssl/bio.h>
#include <openssl/evp.h>
#include <openssl/pkcs12.h>
#include <openssl/pkcs7.h>
#include <openssl/provider.h>
#include <openssl/x509.h>
#include <openssl/x509_vfy.h>

#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "core/wording.h"

namespace l2tp::openssl {

template <auto free>
struct Free {
  template <typename T>
  void operator()(T* object) const {
    free(object);
  }
};

inline void free_certificates(STACK_OF(X509) * stack) {
  sk_X509_pop_free(stack, X509_free);
}

using Bio = std::unique_ptr<BIO, Free<BIO_free_all>>;
using Certificate = std::unique_ptr<X509, Free<X509_free>>;
using CertificateStack = std::unique_ptr<STACK_OF(X509), Free<free_certificates>>;
using Key = std::unique_ptr<EVP_PKEY, Free<EVP_PKEY_free>>;
using EncryptedKey = std::unique_ptr<X509_SIG, Free<X509_SIG_free>>;
using KeyInfo = std::unique_ptr<PKCS8_PRIV_KEY_INFO, Free<PKCS8_PRIV_KEY_INFO_free>>;
using Pkcs12 = std::unique_ptr<PKCS12, Free<PKCS12_free>>;

inline const unsigned char* bytes_of(std::string_view text) {
  return reinterpret_cast<const unsigned char*>(text.data());
}

// Reads from `text`, which must outlive it.
inline Bio reader(std::string_view text) {
  return Bio{BIO_new_mem_buf(text.data(), static_cast<int>(text.size()))};
}

// The certificate that `der` is, to its last byte, or null.
inline Certificate parse_certificate(std::string_view der) {
  const unsigned char* at = bytes_of(der);
  Certificate certificate{d2i_X509(nullptr, &at, static_cast<long>(der.size()))};
  return at == bytes_of(der) + der.size() ? std::move(certificate) : nullptr;
}

inline std::string der_of(const X509* certificate) {
  unsigned char* bytes = nullptr;
  const int size = i2d_X509(certificate, &bytes);
  std::string der =
      size > 0 ? std::string{reinterpret_cast<char*>(bytes), static_cast<std::size_t>(size)} : std::string{};
  OPENSSL_free(bytes);
  return der;
}

// Whom a certificate is for (RFC 2253), in quotes.
inline std::string subject_of(const X509* certificate) {
  const Bio bio{BIO_new(BIO_s_mem())};
  X509_NAME_print_ex(bio.get(), X509_get_subject_name(certificate), 0, XN_FLAG_RFC2253);
  char* text = nullptr;
  const long size = BIO_get_mem_data(bio.get(), &text);
  return in_quotes({text, size > 0 ? static_cast<std::size_t>(size) : 0});
}

}  // namespace l2tp::openssl
