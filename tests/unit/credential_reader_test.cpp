#include "core/credential_reader.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <openssl/pem.h>
#include <openssl/rsa.h>
#include <openssl/x509v3.h>

#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <random>
#include <sstream>

#include "core/certificate.h"
#include "core/openssl.h"
#include "fakes/temporary_dir.h"

namespace l2tp {
namespace {

using testing::HasSubstr;
using testing::Not;

constexpr const char* passphrase = "open \"sesame\" ü";

// Files as openssl(1) makes them, for that is what people have. Made once for all tests.
class Files {
 public:
  static Files& instance() {
    static Files files;
    return files;
  }
  [[nodiscard]] std::string path(const std::string& name) const { return dir_.path() + "/" + name; }
  [[nodiscard]] std::string content(const std::string& name) const {
    const std::ifstream stream{path(name), std::ios::binary};
    std::ostringstream text;
    text << stream.rdbuf();
    EXPECT_FALSE(text.str().empty()) << name;
    return text.str();
  }

 private:
  Files() {
    const std::string script = "cd '" + dir_.path() + R"(' && exec >log 2>&1 && set -ex
      export P='open "sesame" ü'
      printf 'basicConstraints=critical,CA:TRUE\n' >ca.ext
      printf 'subjectAltName=DNS:vpn.example.com,DNS:*.wild.example.com,IP:192.0.2.1\n' >leaf.ext
      for k in rsa other; do openssl genpkey -algorithm RSA -pkeyopt rsa_keygen_bits:2048 -out $k.key; done
      openssl genpkey -algorithm EC -pkeyopt ec_paramgen_curve:P-256 -out ec.key
      openssl genpkey -algorithm ED25519 -out ed.key
      for k in ca mid ca2; do openssl genpkey -algorithm EC -pkeyopt ec_paramgen_curve:P-256 -out $k.key; done
      for k in ca ca2; do openssl req -x509 -new -key $k.key -subj /O=Test/CN=$k -days 3650 -out $k.pem \
        -addext basicConstraints=critical,CA:TRUE; done
      issue() { openssl req -new -key $1.key -subj "/O=Test/CN=$2" -out csr
        openssl x509 -req -in csr -CA $3.pem -CAkey $3.key -days 3000 -extfile $4.ext -out $2.pem; }
      issue mid mid ca ca
      issue rsa rsa mid leaf
      issue ec ec ca leaf
      issue ed ed ca leaf
      cat rsa.pem mid.pem >chain.pem
      cat ca.pem ca2.pem >cas.pem
      cat rsa.key rsa.pem mid.pem >all.pem
      openssl x509 -in rsa.pem -outform DER -out rsa.der
      openssl pkcs8 -topk8 -in rsa.key -passout env:P -v2 aes-256-cbc -out pkcs8.enc
      openssl pkcs8 -topk8 -in rsa.key -passout env:P -v2 aes-256-cbc -outform DER -out pkcs8.der
      openssl pkcs8 -topk8 -in rsa.key -passout env:P -v1 PBE-SHA1-RC2-40 -provider legacy -provider default -out rc2.enc
      openssl rsa -in rsa.key -traditional -out pkcs1.key
      openssl rsa -in rsa.key -traditional -outform DER -out pkcs1.der
      openssl rsa -in rsa.key -traditional -des3 -passout env:P -out pkcs1.enc
      openssl ec -in ec.key -out sec1.key
      openssl ec -in ec.key -aes128 -passout env:P -out sec1.enc
      openssl ecparam -name prime256v1 | cat - sec1.key >params.key
      p12() { openssl pkcs12 -export -inkey rsa.key -in rsa.pem -certfile with.pem -out $1 -passout "$2" $3; }
      cat mid.pem ca.pem >with.pem
      p12 new.p12 env:P
      p12 old.p12 env:P -legacy
      p12 open.p12 pass:
    )";
    const std::string file = dir_.path() + "/make";
    std::ofstream{file} << script;
    EXPECT_EQ(std::system(("sh " + file).c_str()), 0) << content("log");
  }

  TemporaryDir dir_;
};

CredentialFile file(const std::string& name) {
  return {name, name.empty() ? Secret{} : Secret{Files::instance().content(name)}};
}

// After the certificates were made, whatever comes first.
std::time_t now() {
  Files::instance();
  return std::time(nullptr);
}

Result<Credentials, Failure> read(const std::string& authority, const std::string& certificate,
                                  const std::string& key, const std::string& words = passphrase,
                                  std::time_t when = now()) {
  return read_credentials({file(authority), file(certificate), file(key)}, words, when);
}

std::string refusal(const Result<Credentials, Failure>& result) {
  if (result) return "accepted";
  return std::string{result.error().kind->id} + ": " + result.error().sentence();
}

// The key as it comes out, compared by what it can do: its public half is the certificate's.
void expect_pair(const Credentials& credentials) {
  const auto* at = openssl::bytes_of(credentials.private_key.view());
  const openssl::Key key{
      d2i_AutoPrivateKey(nullptr, &at, static_cast<long>(credentials.private_key.view().size()))};
  const auto certificate = openssl::parse_certificate(credentials.certificate);
  ASSERT_TRUE(key && certificate);
  EXPECT_EQ(X509_check_private_key(certificate.get(), key.get()), 1);
}

TEST(CredentialReaderTest, KeysOfEveryFormFitTheirCertificates) {
  for (const char* key :
       {"rsa.key", "pkcs1.key", "pkcs1.der", "pkcs1.enc", "pkcs8.enc", "pkcs8.der", "rc2.enc", "new.p12"}) {
    auto result = read("ca.pem", "rsa.pem", key);
    ASSERT_TRUE(result) << key << ": " << refusal(result);
    expect_pair(result.value());
  }
  for (const char* key : {"ec.key", "sec1.key", "sec1.enc", "params.key"}) {
    auto result = read("ca.pem", "ec.pem", key);
    ASSERT_TRUE(result) << key << ": " << refusal(result);
    expect_pair(result.value());
  }
}

TEST(CredentialReaderTest, CertificatesOfEveryFormAreTheSame) {
  const auto pem = read("ca.pem", "rsa.pem", "rsa.key");
  for (const char* certificate : {"rsa.der", "chain.pem", "new.p12", "old.p12"}) {
    const auto result = read("ca.pem", certificate, "rsa.key");
    ASSERT_TRUE(result) << certificate << ": " << refusal(result);
    EXPECT_EQ(result.value().certificate, pem.value().certificate) << certificate;
  }
}

TEST(CredentialReaderTest, AChainBehindTheCertificateIsKept) {
  const auto result = read("ca.pem", "chain.pem", "rsa.key");
  ASSERT_TRUE(result) << refusal(result);
  EXPECT_EQ(result.value().chain.size(), 1U);
  EXPECT_EQ(read("ca.pem", "rsa.pem", "rsa.key").value().chain.size(), 0U);
}

TEST(CredentialReaderTest, AFileOfSeveralCasGivesThemAll) {
  EXPECT_EQ(read("cas.pem", "rsa.pem", "rsa.key").value().authorities.size(), 2U);
}

TEST(CredentialReaderTest, OnePkcs12IsEnoughForAll) {
  for (const char* one : {"new.p12", "old.p12"}) {
    auto result = read(one, one, one);
    ASSERT_TRUE(result) << one << ": " << refusal(result);
    expect_pair(result.value());
    EXPECT_EQ(result.value().chain.size(), 1U);
    EXPECT_EQ(result.value().authorities.size(), 2U);
    EXPECT_TRUE(read("", one, "")) << one;
  }
  EXPECT_TRUE(read("", "open.p12", "", ""));
  EXPECT_TRUE(read("ca.pem", "all.pem", "", ""));
}

TEST(CredentialReaderTest, APassphraseThatIsWrongOrMissingIsSaidAndNotRepeated) {
  for (const char* key : {"pkcs1.enc", "pkcs8.enc", "pkcs8.der", "rc2.enc", "new.p12", "old.p12"}) {
    EXPECT_THAT(refusal(read("ca.pem", "rsa.pem", key, "wrongwrong")),
                AllOf(HasSubstr("credentials-passphrase"), HasSubstr(key),
                      HasSubstr("with the passphrase given"), Not(HasSubstr("wrongwrong"))));
    EXPECT_THAT(refusal(read("ca.pem", "rsa.pem", key, "")),
                AllOf(HasSubstr("credentials-passphrase"), HasSubstr("no passphrase is given")));
  }
}

TEST(CredentialReaderTest, AKeyOfAnotherCertificateIsRefused) {
  EXPECT_THAT(refusal(read("ca.pem", "rsa.pem", "other.key")), HasSubstr("credentials-mismatch"));
  EXPECT_THAT(refusal(read("ca.pem", "rsa.pem", "ec.key")), HasSubstr("credentials-mismatch"));
}

TEST(CredentialReaderTest, ACertificateIsRefusedBeforeAndAfterItsTime) {
  constexpr std::time_t year = 365L * 24 * 3600;
  EXPECT_THAT(refusal(read("ca.pem", "rsa.pem", "rsa.key", "", now() + 9 * year)),
              AllOf(HasSubstr("credentials-not-valid-now"), HasSubstr("CN=rsa"), HasSubstr("has expired")));
  EXPECT_THAT(refusal(read("ca.pem", "rsa.pem", "rsa.key", "", now() - year)),
              AllOf(HasSubstr("credentials-not-valid-now"), HasSubstr("is not valid yet")));
}

TEST(CredentialReaderTest, WhatIsMissingIsNamed) {
  EXPECT_THAT(refusal(read("ca.pem", "rsa.pem", "ca.pem")), HasSubstr("ca.pem holds no private key"));
  EXPECT_THAT(refusal(read("ca.pem", "rsa.key", "rsa.key")), HasSubstr("rsa.key holds no certificate"));
  EXPECT_THAT(refusal(read("", "rsa.pem", "rsa.key")), HasSubstr("settings-missing"));
  EXPECT_THAT(refusal(read("rsa.pem", "chain.pem", "rsa.key")), HasSubstr("holds no CA certificate"));
  EXPECT_THAT(refusal(read("ca.pem", "ed.pem", "ed.key")), HasSubstr("neither RSA nor EC"));
}

TEST(CredentialReaderTest, NothingOfAForeignFileIsInTheRefusal) {
  const CredentialFile shadow{"/etc/shadow", Secret{"root:$y$hash:19000:0:99999:7:::\n"}};
  const auto result =
      read_credentials({file("ca.pem"), file("rsa.pem"), {shadow.path, shadow.content.copy()}}, "", now());
  EXPECT_THAT(refusal(result), AllOf(HasSubstr("/etc/shadow holds no private key"), Not(HasSubstr("hash"))));
}

TEST(NeedsPassphraseTest, OnlyOfEncryptedKeys) {
  for (const char* name :
       {"pkcs1.enc", "pkcs8.enc", "pkcs8.der", "sec1.enc", "rc2.enc", "new.p12", "old.p12"})
    EXPECT_TRUE(needs_passphrase(Files::instance().content(name))) << name;
  for (const char* name : {"rsa.key", "pkcs1.key", "pkcs1.der", "ec.key", "sec1.key", "open.p12", "rsa.pem",
                           "rsa.der", "all.pem"})
    EXPECT_FALSE(needs_passphrase(Files::instance().content(name))) << name;
  EXPECT_FALSE(needs_passphrase(""));
  EXPECT_FALSE(needs_passphrase("root:x:0:0"));
}

// --- Hostile files

std::string damaged(std::string bytes, std::mt19937& random) {
  const auto position = [&] { return random() % bytes.size(); };
  for (auto i = random() % 8 + 1; i > 0; --i) bytes[position()] = static_cast<char>(random());
  if (random() % 4 == 0) bytes.resize(position() + 1);
  if (random() % 8 == 0) bytes.insert(position(), bytes.substr(position(), random() % 64));
  return bytes;
}

TEST(HostileCredentialsTest, DamagedFilesAreRefusedOrRead) {
  std::mt19937 random{20261121};
  for (const char* name : {"chain.pem", "rsa.der", "pkcs8.enc", "pkcs8.der", "pkcs1.enc", "sec1.key",
                           "new.p12", "old.p12", "all.pem"}) {
    const auto good = Files::instance().content(name);
    for (int round = 0; round < 150; ++round) {
      const auto bytes = damaged(good, random);
      needs_passphrase(bytes);
      const auto result = read_credentials(
          {file("ca.pem"), {"damaged", Secret{bytes}}, {"damaged key", Secret{bytes}}}, passphrase, now());
      if (!result) {
        EXPECT_NE(result.error().sentence(), "");
      }
    }
  }
}

TEST(HostileCredentialsTest, BytesOfAnyKindAreRefused) {
  std::mt19937 random{7};
  for (int round = 0; round < 300; ++round) {
    std::string bytes = round % 3 == 0 ? "0\x82" : round % 3 == 1 ? "-----BEGIN PRIVATE KEY-----\n" : "";
    for (auto i = random() % 400; i > 0; --i) bytes += static_cast<char>(random());
    EXPECT_FALSE(read_credentials({file("ca.pem"), {"a", Secret{bytes}}, {"b", Secret{bytes}}}, "", now()));
  }
}

TEST(HostileCredentialsTest, ALargeFileIsNotEvenLookedAt) {
  const std::string bytes(largest_credential_file + 1, 'x');
  EXPECT_THAT(
      refusal(read_credentials({file("ca.pem"), {"a", Secret{bytes}}, {"b", Secret{bytes}}}, "", now())),
      HasSubstr("too large"));
  EXPECT_FALSE(needs_passphrase(bytes));
}

// A key derivation of 2^31 rounds would keep us busy for an hour.
TEST(HostileCredentialsTest, AKeyThatAsksForEndlessWorkIsRefused) {
  auto bytes = Files::instance().content("pkcs8.der");
  const std::string rounds{"\x02\x02\x08\x00", 4};  // INTEGER 2048, openssl's default
  const auto at = bytes.find(rounds);
  ASSERT_NE(at, std::string::npos);
  const auto* start = openssl::bytes_of(bytes);
  const openssl::EncryptedKey key{d2i_X509_SIG(nullptr, &start, static_cast<long>(bytes.size()))};
  X509_ALGOR* algorithm = nullptr;
  ASN1_OCTET_STRING* data = nullptr;
  X509_SIG_getm(key.get(), &algorithm, &data);
  unsigned char salt[8] = {};
  X509_ALGOR* endless = PKCS5_pbe2_set(EVP_aes_256_cbc(), 2147483647, salt, sizeof salt);
  X509_ALGOR_copy(algorithm, endless);
  X509_ALGOR_free(endless);
  unsigned char* made = nullptr;
  const int size = i2d_X509_SIG(key.get(), &made);
  const Secret hostile{{reinterpret_cast<char*>(made), static_cast<std::size_t>(size)}};
  OPENSSL_free(made);
  EXPECT_THAT(
      refusal(read_credentials({file("ca.pem"), file("rsa.pem"), {"k", hostile.copy()}}, passphrase, now())),
      HasSubstr("credentials-invalid"));
}

// --- The server's certificate

std::vector<std::string> authorities(const std::string& name) {
  return std::move(read(name, "rsa.pem", "rsa.key").value().authorities);
}

std::string complaint(const std::string& gateway, const std::string& authority, std::time_t when = now()) {
  const auto leaf = read("ca.pem", "chain.pem", "rsa.key");
  const auto trusted = authorities(authority);
  const auto found = complaint_about(leaf.value().certificate, {trusted, leaf.value().chain, gateway, when});
  if (!found) return "none";
  return (found->wrong_name ? "name: " : "trust: ") + found->words;
}

TEST(ServerCertificateTest, IsGoodForItsNamesAndAddresses) {
  EXPECT_EQ(complaint("vpn.example.com", "ca.pem"), "none");
  EXPECT_EQ(complaint("VPN.example.com", "ca.pem"), "none");
  EXPECT_EQ(complaint("a.wild.example.com", "ca.pem"), "none");
  EXPECT_EQ(complaint("192.0.2.1", "ca.pem"), "none");
  EXPECT_EQ(complaint("", "ca.pem"), "none");
  EXPECT_EQ(complaint("vpn.example.com", "mid.pem"), "none");  // an intermediate CA as the one to trust
}

TEST(ServerCertificateTest, IsRefusedForOtherNames) {
  EXPECT_THAT(complaint("vpn.example.org", "ca.pem"),
              AllOf(HasSubstr("name: "), HasSubstr("CN=rsa"), HasSubstr("vpn.example.org")));
  EXPECT_THAT(complaint("192.0.2.2", "ca.pem"), HasSubstr("name: "));
  EXPECT_THAT(complaint("example.com", "ca.pem"), HasSubstr("name: "));
}

TEST(ServerCertificateTest, IsRefusedUnderAnotherCaAndAfterItsTime) {
  EXPECT_THAT(complaint("vpn.example.com", "ca2.pem"), HasSubstr("trust: "));
  EXPECT_THAT(complaint("vpn.example.com", "ca.pem", now() + 9L * 365 * 24 * 3600), HasSubstr("expired"));
  EXPECT_TRUE(complaint_about("no certificate", {{}, {}, "", now()}));
}

TEST(CertificateTest, AKeyInAFileIsEncrypted) {
  const auto credentials = read("ca.pem", "chain.pem", "rsa.key");
  const auto pem = encrypted_key_pem(credentials.value().private_key, "open");
  ASSERT_TRUE(pem);
  EXPECT_TRUE(needs_passphrase(*pem));
  EXPECT_TRUE(read_credentials({file("ca.pem"), file("rsa.pem"), {"k", Secret{*pem}}}, "open", now()));
  EXPECT_FALSE(encrypted_key_pem(Secret{"none"}, "open"));
}

TEST(CertificateTest, ItsPublicKeyHasTheIdThatStrongswanGivesIt) {
  EXPECT_EQ(public_key_id(read("ca.pem", "rsa.pem", "rsa.key").value().certificate).size(), 40U);
  EXPECT_EQ(public_key_id("no certificate"), "");
}

}  // namespace
}  // namespace l2tp
