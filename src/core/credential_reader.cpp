#include "core/credential_reader.h"

#include <openssl/crypto.h>
#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/x509v3.h>

#include <algorithm>
#include <utility>
#include <vector>

#include "core/openssl.h"
#include "core/wording.h"

namespace l2tp {

namespace {

using openssl::Bio;
using openssl::bytes_of;
using openssl::Certificate;
using openssl::CertificateStack;
using openssl::EncryptedKey;
using openssl::KeyInfo;
using openssl::Pkcs12;

constexpr std::size_t most_certificates = 64;     // in one file
constexpr long most_iterations = 2'000'000;       // of a key derivation: a second or two
constexpr std::size_t longest_passphrase = 1024;  // bytes

// OpenSSL's algorithms for us alone: PKCS#12 files of Windows and of older tools are encrypted with RC2,
// which only its "legacy" provider knows, and which nobody else in this process is to use.
class Library {
 public:
  static const Library& instance() {
    static const Library library;
    return library;
  }
  [[nodiscard]] OSSL_LIB_CTX* context() const { return context_.get(); }
  [[nodiscard]] bool knows_old_algorithms() const { return legacy_ != nullptr; }

 private:
  Library()
      : context_(OSSL_LIB_CTX_new()),
        modern_(OSSL_PROVIDER_load(context_.get(), "default")),
        legacy_(OSSL_PROVIDER_load(context_.get(), "legacy")) {
    ERR_clear_error();
  }

  using Provider = std::unique_ptr<OSSL_PROVIDER, openssl::Free<OSSL_PROVIDER_unload>>;
  std::unique_ptr<OSSL_LIB_CTX, openssl::Free<OSSL_LIB_CTX_free>> context_;
  Provider modern_;
  Provider legacy_;
};

// What a file holds.
struct Content {
  std::vector<Certificate> certificates;
  openssl::Key key;
  bool pkcs12 = false;
};

using Parsed = Result<Content, Failure>;

Unexpected<Failure> refuse(std::string_view id, const CredentialFile& file, const std::string& what) {
  return Unexpected{failure(id, file.path + " " + what)};
}

// --- How a file is encrypted
// ------------------------------------------------------------------------------------------------

long iterations_of_parameters(const ASN1_INTEGER* iterations) {
  std::int64_t count = 0;
  if (iterations == nullptr || ASN1_INTEGER_get_int64(&count, iterations) != 1 || count < 0)
    return most_iterations + 1;
  return static_cast<long>(std::min<std::int64_t>(count, most_iterations + 1));
}

const ASN1_STRING* sequence_of(const X509_ALGOR* algorithm) {
  const void* value = nullptr;
  int type = 0;
  X509_ALGOR_get0(nullptr, &type, &value, algorithm);
  return type == V_ASN1_SEQUENCE ? static_cast<const ASN1_STRING*>(value) : nullptr;
}

int identifier_of(const X509_ALGOR* algorithm) {
  const ASN1_OBJECT* object = nullptr;
  X509_ALGOR_get0(&object, nullptr, nullptr, algorithm);
  return OBJ_obj2nid(object);
}

template <typename Parameters, auto parse, auto free>
std::unique_ptr<Parameters, openssl::Free<free>> parameters_of(const X509_ALGOR* algorithm) {
  const ASN1_STRING* sequence = sequence_of(algorithm);
  if (sequence == nullptr) return nullptr;
  const unsigned char* at = ASN1_STRING_get0_data(sequence);
  return std::unique_ptr<Parameters, openssl::Free<free>>{parse(nullptr, &at, ASN1_STRING_length(sequence))};
}

// How much work a password-based algorithm asks for: the one thing by which a small file could keep us busy
// for years.
bool is_too_much_work(const X509_ALGOR* algorithm) {
  if (identifier_of(algorithm) != NID_pbes2) {
    const auto old = parameters_of<PBEPARAM, d2i_PBEPARAM, PBEPARAM_free>(algorithm);
    return old != nullptr && iterations_of_parameters(old->iter) > most_iterations;
  }
  const auto pbes2 = parameters_of<PBE2PARAM, d2i_PBE2PARAM, PBE2PARAM_free>(algorithm);
  if (!pbes2) return false;
  if (identifier_of(pbes2->keyfunc) != NID_id_pbkdf2) return false;  // scrypt: OpenSSL limits its memory
  const auto pbkdf2 = parameters_of<PBKDF2PARAM, d2i_PBKDF2PARAM, PBKDF2PARAM_free>(pbes2->keyfunc);
  return pbkdf2 != nullptr && iterations_of_parameters(pbkdf2->iter) > most_iterations;
}

bool is_too_much_work(const X509_SIG* key) {
  const X509_ALGOR* algorithm = nullptr;
  X509_SIG_get0(key, &algorithm, nullptr);
  return is_too_much_work(algorithm);
}

void free_safes(STACK_OF(PKCS7) * safes) {
  sk_PKCS7_pop_free(safes, PKCS7_free);
}
void free_bags(STACK_OF(PKCS12_SAFEBAG) * bags) {
  sk_PKCS12_SAFEBAG_pop_free(bags, PKCS12_SAFEBAG_free);
}

// Bags are left to OpenSSL as far as they are plain: keys, certificates. One bag within another one is what
// no tool writes, and is refused.
bool is_acceptable_bag(const PKCS12_SAFEBAG* bag) {
  const int kind = PKCS12_SAFEBAG_get_nid(bag);
  if (kind == NID_safeContentsBag) return false;
  return kind != NID_pkcs8ShroudedKeyBag || !is_too_much_work(PKCS12_SAFEBAG_get0_pkcs8(bag));
}

bool is_acceptable_safe(PKCS7* safe) {
  if (PKCS7_type_is_encrypted(safe))
    return safe->d.encrypted != nullptr && !is_too_much_work(safe->d.encrypted->enc_data->algorithm);
  if (!PKCS7_type_is_data(safe)) return true;
  if (safe->d.data == nullptr) return false;
  const std::unique_ptr<STACK_OF(PKCS12_SAFEBAG), openssl::Free<free_bags>> bags{PKCS12_unpack_p7data(safe)};
  for (int i = 0; i < sk_PKCS12_SAFEBAG_num(bags.get()); ++i)
    if (!is_acceptable_bag(sk_PKCS12_SAFEBAG_value(bags.get(), i))) return false;
  return true;
}

bool is_acceptable(const PKCS12* file) {
  const ASN1_INTEGER* iterations = nullptr;
  PKCS12_get0_mac(nullptr, nullptr, nullptr, &iterations, file);
  if (iterations != nullptr && iterations_of_parameters(iterations) > most_iterations) return false;
  const std::unique_ptr<STACK_OF(PKCS7), openssl::Free<free_safes>> safes{PKCS12_unpack_authsafes(file)};
  for (int i = 0; i < sk_PKCS7_num(safes.get()); ++i)
    if (!is_acceptable_safe(sk_PKCS7_value(safes.get(), i))) return false;
  return true;
}

// --- The forms of files
// ------------------------------------------------------------------------------------------------

bool is_pem(std::string_view content) {
  return content.find("-----BEGIN ") != std::string_view::npos;
}

Pkcs12 parse_pkcs12(std::string_view content) {
  const Bio bio = openssl::reader(content);
  // Made beforehand, because the algorithms that it will be decrypted with are those of its own context.
  PKCS12* file = PKCS12_init_ex(NID_pkcs7_data, Library::instance().context(), nullptr);
  const bool read = d2i_PKCS12_bio(bio.get(), &file) != nullptr;
  Pkcs12 owned{file};  // null where OpenSSL has freed it already; not every failure does
  return read ? std::move(owned) : nullptr;
}

EncryptedKey parse_encrypted_key(std::string_view content) {
  const unsigned char* at = bytes_of(content);
  return EncryptedKey{d2i_X509_SIG(nullptr, &at, static_cast<long>(content.size()))};
}

// One block of a PEM file, wiped when it goes.
struct Block {
  std::string name;
  std::string header;
  Secret data;

  [[nodiscard]] bool is_certificate() const {
    return name == PEM_STRING_X509 || name == PEM_STRING_X509_OLD || name == PEM_STRING_X509_TRUSTED;
  }
  [[nodiscard]] bool is_key() const { return name.ends_with("PRIVATE KEY"); }
  [[nodiscard]] bool is_encrypted() const {
    return name == PEM_STRING_PKCS8 || header.find("ENCRYPTED") != std::string::npos;
  }
};

std::vector<Block> blocks_of(std::string_view content) {
  std::vector<Block> blocks;
  const Bio bio = openssl::reader(content);
  char* name = nullptr;
  char* header = nullptr;
  unsigned char* data = nullptr;
  long size = 0;
  while (blocks.size() < most_certificates && PEM_read_bio(bio.get(), &name, &header, &data, &size) == 1) {
    blocks.push_back({name, header, Secret{{reinterpret_cast<char*>(data), static_cast<std::size_t>(size)}}});
    OPENSSL_free(name);
    OPENSSL_free(header);
    OPENSSL_clear_free(data, static_cast<std::size_t>(size));
  }
  ERR_clear_error();
  return blocks;
}

// --- Reading one file
// ------------------------------------------------------------------------------------------------

int give_passphrase(char* buffer, int size, int, void* passphrase) {
  const auto words = *static_cast<std::string_view*>(passphrase);
  if (size < 0 || words.size() > static_cast<std::size_t>(size)) return -1;
  std::copy(words.begin(), words.end(), buffer);
  return static_cast<int>(words.size());
}

Unexpected<Failure> refuse_passphrase(const CredentialFile& file, std::string_view passphrase) {
  return refuse("credentials-passphrase", file,
                passphrase.empty() ? "is encrypted, and no passphrase is given"
                                   : "cannot be decrypted with the passphrase given");
}

// What a failed decryption means: an algorithm that nobody here knows is none of the passphrase's fault.
Unexpected<Failure> refuse_decryption(const CredentialFile& file, std::string_view passphrase) {
  bool unknown_algorithm = false;
  while (const unsigned long error = ERR_get_error()) {
    const int reason = ERR_GET_REASON(error);
    unknown_algorithm =
        unknown_algorithm || reason == ERR_R_UNSUPPORTED || reason == EVP_R_UNSUPPORTED_ALGORITHM;
  }
  if (unknown_algorithm && !Library::instance().knows_old_algorithms())
    return refuse("credentials-old-encryption", file, "is encrypted with an algorithm of old");
  return refuse_passphrase(file, passphrase);
}

Parsed read_pkcs12(const CredentialFile& file, PKCS12* pkcs12, std::string_view passphrase) {
  if (!is_acceptable(pkcs12))
    return refuse("credentials-invalid", file, "is a PKCS#12 file of impossible make");
  EVP_PKEY* key = nullptr;
  X509* certificate = nullptr;
  STACK_OF(X509)* others = nullptr;
  std::string words{passphrase};  // with a zero behind it
  ERR_clear_error();
  const bool parsed = PKCS12_parse(pkcs12, words.c_str(), &key, &certificate, &others) == 1;
  OPENSSL_cleanse(words.data(), words.size());
  const CertificateStack held{others};
  Content content;
  content.pkcs12 = true;
  content.key.reset(key);
  if (certificate != nullptr) content.certificates.emplace_back(certificate);
  if (!parsed) return refuse_decryption(file, passphrase);
  ERR_clear_error();
  for (int i = 0; i < sk_X509_num(others) && content.certificates.size() < most_certificates; ++i) {
    X509_up_ref(sk_X509_value(others, i));
    content.certificates.emplace_back(sk_X509_value(others, i));
  }
  return content;
}

openssl::Key decrypt_key(X509_SIG* encrypted, std::string_view passphrase) {
  const auto& library = Library::instance();
  const KeyInfo info{PKCS8_decrypt_ex(encrypted, passphrase.data(), static_cast<int>(passphrase.size()),
                                      library.context(), nullptr)};
  return openssl::Key{info ? EVP_PKCS82PKEY_ex(info.get(), library.context(), nullptr) : nullptr};
}

Result<openssl::Key, Failure> read_key_block(const CredentialFile& file, const Block& block,
                                             std::string_view passphrase) {
  ERR_clear_error();
  openssl::Key key;
  if (block.name == PEM_STRING_PKCS8) {
    const auto encrypted = parse_encrypted_key(block.data.view());
    if (!encrypted || is_too_much_work(encrypted.get()))
      return refuse("credentials-invalid", file, "holds a broken private key");
    key = decrypt_key(encrypted.get(), passphrase);
    if (!key) return refuse_decryption(file, passphrase);
    return key;
  }
  // Whole blocks, for OpenSSL itself reads the old form of encryption from their headers.
  const Bio bio = openssl::reader(file.content.view());
  auto words = passphrase;
  key.reset(PEM_read_bio_PrivateKey_ex(bio.get(), nullptr, give_passphrase, &words,
                                       Library::instance().context(), nullptr));
  if (!key && block.is_encrypted()) return refuse_decryption(file, passphrase);
  if (!key) return refuse("credentials-invalid", file, "holds a broken private key");
  return key;
}

Parsed read_pem(const CredentialFile& file, std::string_view passphrase, bool want_key) {
  Content content;
  for (const Block& block : blocks_of(file.content.view())) {
    if (block.is_certificate()) {
      const unsigned char* at = bytes_of(block.data.view());
      const auto size = static_cast<long>(block.data.view().size());
      Certificate certificate{block.name == PEM_STRING_X509_TRUSTED ? d2i_X509_AUX(nullptr, &at, size)
                                                                    : d2i_X509(nullptr, &at, size)};
      if (!certificate) return refuse("credentials-invalid", file, "holds a broken certificate");
      content.certificates.push_back(std::move(certificate));
    } else if (want_key && block.is_key() && !content.key) {
      auto key = read_key_block(file, block, passphrase);
      if (!key) return Unexpected{key.error()};
      content.key = std::move(key.value());
    }
  }
  return content;
}

Parsed read_der(const CredentialFile& file, std::string_view passphrase, bool want_key) {
  const auto bytes = file.content.view();
  Content content;
  if (auto certificate = openssl::parse_certificate(bytes)) {
    content.certificates.push_back(std::move(certificate));
    return content;
  }
  if (!want_key) return content;
  const unsigned char* at = bytes_of(bytes);
  content.key.reset(d2i_AutoPrivateKey_ex(nullptr, &at, static_cast<long>(bytes.size()),
                                          Library::instance().context(), nullptr));
  if (content.key) return content;
  const auto encrypted = parse_encrypted_key(bytes);
  if (!encrypted) return content;
  if (is_too_much_work(encrypted.get()))
    return refuse("credentials-invalid", file, "holds a broken private key");
  ERR_clear_error();
  content.key = decrypt_key(encrypted.get(), passphrase);
  if (!content.key) return refuse_decryption(file, passphrase);
  return content;
}

Parsed read_file(const CredentialFile& file, std::string_view passphrase, bool want_key) {
  const auto bytes = file.content.view();
  if (bytes.size() > largest_credential_file)
    return refuse("credentials-invalid", file, "is too large to hold certificates or a key");
  auto content = [&]() -> Parsed {
    if (is_pem(bytes)) return read_pem(file, passphrase, want_key);
    if (const auto pkcs12 = parse_pkcs12(bytes)) return read_pkcs12(file, pkcs12.get(), passphrase);
    return read_der(file, passphrase, want_key);
  }();
  ERR_clear_error();
  return content;
}

// --- Putting them together
// ------------------------------------------------------------------------------------------------

std::optional<Failure> check_time(const CredentialFile& file, X509* certificate, std::time_t now) {
  const auto refuse_time = [&](const std::string& why) {
    return failure("credentials-not-valid-now",
                   file.path + " (" + openssl::subject_of(certificate) + ") " + why);
  };
  std::time_t when = now;
  if (X509_cmp_time(X509_get0_notBefore(certificate), &when) > 0) return refuse_time("is not valid yet");
  if (X509_cmp_time(X509_get0_notAfter(certificate), &when) <= 0) return refuse_time("has expired");
  return std::nullopt;
}

bool is_self_signed(X509* certificate) {
  return X509_NAME_cmp(X509_get_subject_name(certificate), X509_get_issuer_name(certificate)) == 0;
}

std::optional<Secret> pkcs8_of(EVP_PKEY* key) {
  const KeyInfo info{EVP_PKEY2PKCS8(key)};
  unsigned char* bytes = nullptr;
  const int size = info ? i2d_PKCS8_PRIV_KEY_INFO(info.get(), &bytes) : 0;
  if (size <= 0) return std::nullopt;
  Secret secret{{reinterpret_cast<char*>(bytes), static_cast<std::size_t>(size)}};
  OPENSSL_clear_free(bytes, static_cast<std::size_t>(size));
  return secret;
}

// Our certificate comes first in files that hold its chain too; where it does not, the key tells which it is.
const Certificate* own_certificate(const Content& content, EVP_PKEY* key) {
  for (const auto& certificate : content.certificates)
    if (X509_check_private_key(certificate.get(), key) == 1) return &certificate;
  ERR_clear_error();
  return nullptr;
}

bool is_authority(X509* certificate) {
  return X509_check_ca(certificate) != 0;
}

}  // namespace

Result<Credentials, Failure> read_credentials(const CredentialContents& contents, std::string_view passphrase,
                                              std::time_t now) {
  const auto& [authority_file, certificate_file, key_file] = contents;
  passphrase = passphrase.substr(0, longest_passphrase);
  const CredentialFile& key_source = key_file.content.empty() ? certificate_file : key_file;

  auto from_key_file = read_file(key_source, passphrase, true);
  if (!from_key_file) return Unexpected{from_key_file.error()};
  EVP_PKEY* const key = from_key_file.value().key.get();
  if (key == nullptr) return refuse("credentials-invalid", key_source, "holds no private key");
  if (EVP_PKEY_get_base_id(key) != EVP_PKEY_RSA && EVP_PKEY_get_base_id(key) != EVP_PKEY_EC)
    return refuse("credentials-invalid", key_source, "holds a private key that is neither RSA nor EC");

  const bool apart = key_source.path != certificate_file.path;
  auto from_certificate_file = apart ? read_file(certificate_file, passphrase, false) : Parsed{Content{}};
  if (!from_certificate_file) return Unexpected{from_certificate_file.error()};
  const Content& ours = apart ? from_certificate_file.value() : from_key_file.value();
  if (ours.certificates.empty())
    return refuse("credentials-invalid", certificate_file, "holds no certificate");
  const Certificate* own = own_certificate(ours, key);
  if (own == nullptr)
    return Unexpected{failure("credentials-mismatch", key_source.path + " and " + certificate_file.path)};
  if (auto wrong = check_time(certificate_file, own->get(), now)) return Unexpected{std::move(*wrong)};

  Credentials credentials;
  credentials.certificate = openssl::der_of(own->get());
  auto pkcs8 = pkcs8_of(key);
  if (!pkcs8) return refuse("credentials-invalid", key_source, "holds a private key that cannot be exported");
  credentials.private_key = std::move(*pkcs8);
  for (const auto& other : ours.certificates) {
    if (&other == own || !is_authority(other.get()) || is_self_signed(other.get())) continue;
    credentials.chain.push_back(openssl::der_of(other.get()));
  }

  // A PKCS#12 file brings its CA along.
  const bool own_authority = authority_file.content.empty() || authority_file.path == certificate_file.path;
  auto from_authority_file = own_authority ? Parsed{Content{}} : read_file(authority_file, passphrase, false);
  if (!from_authority_file) return Unexpected{from_authority_file.error()};
  const Content& theirs = own_authority ? ours : from_authority_file.value();
  const auto& place = authority_file.content.empty() ? certificate_file : authority_file;
  if (authority_file.content.empty() && !ours.pkcs12)
    return Unexpected{failure("settings-missing", "the CA certificate that the server's is checked against")};
  std::optional<Failure> too_old;
  for (const auto& other : theirs.certificates) {
    if (&other == own || !is_authority(other.get())) continue;
    if (auto wrong = check_time(place, other.get(), now))
      too_old = std::move(wrong);
    else
      credentials.authorities.push_back(openssl::der_of(other.get()));
  }
  if (!credentials.authorities.empty()) return credentials;
  if (too_old) return Unexpected{std::move(*too_old)};
  return refuse("credentials-invalid", place,
                "holds no CA certificate against which the server's could be checked");
}

bool needs_passphrase(std::string_view content) {
  if (content.empty() || content.size() > largest_credential_file) return false;
  if (is_pem(content)) {
    const auto blocks = blocks_of(content);
    const auto key =
        std::find_if(blocks.begin(), blocks.end(), [](const Block& block) { return block.is_key(); });
    return key != blocks.end() && key->is_encrypted();
  }
  if (const auto pkcs12 = parse_pkcs12(content)) {
    ERR_clear_error();
    const bool open = is_acceptable(pkcs12.get()) && (PKCS12_mac_present(pkcs12.get()) == 0 ||
                                                      PKCS12_verify_mac(pkcs12.get(), nullptr, 0) == 1 ||
                                                      PKCS12_verify_mac(pkcs12.get(), "", 0) == 1);
    ERR_clear_error();
    return !open;
  }
  const auto encrypted = parse_encrypted_key(content);
  ERR_clear_error();
  return encrypted != nullptr && !openssl::parse_certificate(content);
}

}  // namespace l2tp
