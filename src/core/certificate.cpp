#include "core/certificate.h"

#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/x509v3.h>

#include <array>

#include "core/openssl.h"
#include "core/wording.h"

namespace l2tp {

namespace {

using openssl::Bio;
using openssl::Certificate;
using openssl::CertificateStack;

CertificateStack stack_of(const std::vector<std::string>& certificates) {
  CertificateStack stack{sk_X509_new_null()};
  for (const auto& der : certificates)
    if (auto certificate = openssl::parse_certificate(der)) sk_X509_push(stack.get(), certificate.release());
  return stack;
}

std::string text_of(BIO* memory) {
  char* text = nullptr;
  const long size = BIO_get_mem_data(memory, &text);
  return {text, size > 0 ? static_cast<std::size_t>(size) : 0};
}

// Addresses are looked for among names too: old servers' certificates have theirs as the common name.
bool is_for(X509* certificate, const std::string& gateway) {
  return X509_check_ip_asc(certificate, gateway.c_str(), 0) == 1 ||
         X509_check_host(certificate, gateway.data(), gateway.size(), 0, nullptr) == 1;
}

// Nothing: one of the authorities vouches for it now.
std::optional<std::string> distrust(X509* certificate, const ServerCertificateRule& rule) {
  const auto trusted = stack_of(rule.authorities);
  const auto untrusted = stack_of(rule.untrusted);
  const std::unique_ptr<X509_STORE, openssl::Free<X509_STORE_free>> store{X509_STORE_new()};
  const std::unique_ptr<X509_STORE_CTX, openssl::Free<X509_STORE_CTX_free>> check{X509_STORE_CTX_new()};
  if (!store || !check || X509_STORE_CTX_init(check.get(), store.get(), certificate, untrusted.get()) != 1)
    return "cannot be checked";
  X509_STORE_CTX_set0_trusted_stack(check.get(), trusted.get());
  // An intermediate CA may be the one that a profile names.
  X509_STORE_CTX_set_flags(check.get(), X509_V_FLAG_PARTIAL_CHAIN);
  X509_STORE_CTX_set_time(check.get(), 0, rule.now);
  const bool good = X509_verify_cert(check.get()) == 1;
  ERR_clear_error();
  if (good) return std::nullopt;
  return X509_verify_cert_error_string(X509_STORE_CTX_get_error(check.get()));
}

}  // namespace

std::optional<CertificateComplaint> complaint_about(std::string_view certificate,
                                                    const ServerCertificateRule& rule) {
  const auto parsed = openssl::parse_certificate(certificate);
  ERR_clear_error();
  if (!parsed) return CertificateComplaint{.words = "it is no certificate"};
  const auto subject = openssl::subject_of(parsed.get());
  if (const auto why = distrust(parsed.get(), rule))
    return CertificateComplaint{.words = subject + ": " + *why};
  if (rule.gateway.empty() || is_for(parsed.get(), rule.gateway)) return std::nullopt;
  return CertificateComplaint{.wrong_name = true,
                              .words = "it is " + subject + ", which is not for " + in_quotes(rule.gateway)};
}

bool is_out_of_date(std::string_view file, std::time_t now) {
  const Bio bio{BIO_new_mem_buf(file.data(), static_cast<int>(file.size()))};
  Certificate certificate{PEM_read_bio_X509(bio.get(), nullptr, nullptr, nullptr)};
  if (!certificate) certificate = openssl::parse_certificate(file);
  ERR_clear_error();
  if (!certificate) return false;
  return X509_cmp_time(X509_get0_notBefore(certificate.get()), &now) > 0 ||
         X509_cmp_time(X509_get0_notAfter(certificate.get()), &now) <= 0;
}

std::string public_key_id(std::string_view certificate) {
  const auto parsed = openssl::parse_certificate(certificate);
  ERR_clear_error();
  std::array<unsigned char, EVP_MAX_MD_SIZE> digest{};
  unsigned size = 0;
  if (!parsed || X509_pubkey_digest(parsed.get(), EVP_sha1(), digest.data(), &size) != 1) return {};
  constexpr std::string_view digits = "0123456789abcdef";
  std::string text;
  for (unsigned i = 0; i < size; ++i) text += {digits[digest[i] >> 4], digits[digest[i] & 15]};
  return text;
}

std::string certificates_pem(const std::vector<std::string>& certificates) {
  const Bio bio{BIO_new(BIO_s_mem())};
  for (const auto& der : certificates)
    if (const auto certificate = openssl::parse_certificate(der))
      PEM_write_bio_X509(bio.get(), certificate.get());
  return text_of(bio.get());
}

std::optional<std::string> encrypted_key_pem(const Secret& key, std::string_view passphrase) {
  const unsigned char* at = openssl::bytes_of(key.view());
  const openssl::Key parsed{d2i_AutoPrivateKey(nullptr, &at, static_cast<long>(key.view().size()))};
  const Bio bio{BIO_new(BIO_s_mem())};
  const bool written = parsed != nullptr && PEM_write_bio_PKCS8PrivateKey(
                                                bio.get(), parsed.get(), EVP_aes_256_cbc(), passphrase.data(),
                                                static_cast<int>(passphrase.size()), nullptr, nullptr) == 1;
  ERR_clear_error();
  if (!written) return std::nullopt;
  return text_of(bio.get());
}

}  // namespace l2tp
