#include "service/ipsec/starter_credentials.h"

#include <sys/random.h>

#include <array>
#include <ctime>
#include <optional>
#include <utility>

#include "core/certificate.h"
#include "core/glib.h"
#include "service/ipsec/own_starter.h"
#include "service/system/run_dir.h"

namespace l2tp {

namespace {

// 128 random bits in hex digits.
std::optional<Secret> random_passphrase() {
  std::array<unsigned char, 16> bytes{};
  if (getrandom(bytes.data(), bytes.size(), 0) != static_cast<ssize_t>(bytes.size())) return std::nullopt;
  constexpr std::string_view digits = "0123456789abcdef";
  std::array<char, 2 * bytes.size()> text{};
  for (std::size_t i = 0; i < bytes.size(); ++i) {
    text[2 * i] = digits[bytes[i] >> 4];
    text[2 * i + 1] = digits[bytes[i] & 0x0f];
  }
  Secret passphrase{std::string_view{text.data(), text.size()}};
  explicit_bzero(text.data(), text.size());
  return passphrase;
}

class Writer {
 public:
  explicit Writer(const std::string& name) : name_(name) {}

  // The path, whether or not it could be written.
  std::string write(const std::string& suffix, std::string_view content) {
    auto path = own_starter::file(name_, suffix);
    if (const auto written = create_file(path, content); !written && !error_) error_ = written.error();
    return path;
  }
  [[nodiscard]] const std::optional<std::string>& error() const { return error_; }

 private:
  const std::string& name_;
  std::optional<std::string> error_;
};

}  // namespace

Result<render::IpsecFiles, Failure> write_credentials(const std::string& name,
                                                      const Credentials& credentials) {
  render::IpsecFiles files;
  auto passphrase = random_passphrase();
  const auto key = passphrase ? encrypted_key_pem(credentials.private_key, passphrase->view()) : std::nullopt;
  if (!key) return Unexpected{failure("ipsec-config-refused", "the private key could not be encrypted")};
  files.passphrase = std::move(*passphrase);

  Writer writer{name};
  files.private_key = writer.write(".key", *key);
  files.certificate = writer.write(".cert", credentials.certificate);
  for (const auto* certificates : {&credentials.authorities, &credentials.chain})
    for (const auto& certificate : *certificates)
      files.authorities.push_back(
          writer.write(".ca" + std::to_string(files.authorities.size()), certificate));
  if (writer.error()) return Unexpected{failure("workspace-failed", *writer.error())};
  return files;
}

std::vector<std::string> certificates_in(const std::string& pem) {
  constexpr std::string_view begin = "-----BEGIN CERTIFICATE-----";
  constexpr std::string_view end = "-----END CERTIFICATE-----";
  std::vector<std::string> found;
  for (auto at = pem.find(begin); at != std::string::npos; at = pem.find(begin, at)) {
    at += begin.size();
    const auto until = pem.find(end, at);
    if (until == std::string::npos) break;
    gsize size = 0;
    const CharPtr bytes{reinterpret_cast<char*>(g_base64_decode(pem.substr(at, until - at).c_str(), &size))};
    found.emplace_back(bytes.get(), size);
  }
  return found;
}

ServerCheck::ServerCheck(const IpsecRequest& request)
    : gateway_(request.ipsec.remote_id ? std::string{} : request.gateway),
      authorities_(request.ipsec.credentials.authorities) {}

void ServerCheck::start(const std::string& name, Checked checked) {
  name_ = name;
  checked_ = std::move(checked);
  ask(StrokeRequest::servers_certificate, [this] {
    shown_ = certificates_in(pem_);
    ask_chain();
  });
}

void ServerCheck::ask_chain() {
  ask(StrokeRequest::servers_certificates, [this] {
    chain_ = certificates_in(pem_);
    finish(judge());
  });
}

void ServerCheck::ask(int flags, std::function<void()> done) {
  pem_.clear();
  auto asked = StrokeClient::ask(
      own_starter::socket, {StrokeCommand::export_certificates, name_, flags},
      {.line = [this](std::string_view line) { pem_.append(line).append("\n"); }, .done = std::move(done)});
  if (!asked) return finish(failure("ipsec-daemon-lost", asked.error()));
  request_ = std::move(asked.value());
}

void ServerCheck::finish(std::optional<Failure> failure) {
  const auto checked = std::move(checked_);
  checked(std::move(failure));
}

std::optional<Failure> ServerCheck::judge() const {
  if (shown_.empty())
    return failure("ipsec-server-untrusted", "charon does not show the server's certificate");
  const ServerCertificateRule rule{authorities_, chain_, gateway_, std::time(nullptr)};
  for (const auto& certificate : shown_) {
    const auto complaint = complaint_about(certificate, rule);
    if (!complaint) continue;
    return failure(complaint->wrong_name ? "ipsec-server-identity" : "ipsec-server-untrusted",
                   complaint->words);
  }
  return std::nullopt;
}

}  // namespace l2tp
