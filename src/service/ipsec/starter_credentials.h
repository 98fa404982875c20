// The files through which our own charon learns a connection's certificates and key.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "core/credentials.h"
#include "core/failure.h"
#include "core/render/ipsec_conf.h"
#include "core/result.h"
#include "service/ipsec/daemon.h"
#include "service/ipsec/stroke_client.h"

namespace l2tp {

// Writes them, beside the connection's secrets (own_starter::file); the private key encrypted, for charon
// reads it from a file as it reads the passphrase. Whoever removes the connection's files removes them.
Result<render::IpsecFiles, Failure> write_credentials(const std::string& name,
                                                      const Credentials& credentials);

// Looks at the certificate that the server has shown, once the SAs are up and before anybody sends a packet
// over them: charon takes any certificate of the right identity under any CA that it knows.
class ServerCheck {
 public:
  using Checked = std::function<void(std::optional<Failure>)>;

  // Only for a request with certificates; takes what it needs from it.
  explicit ServerCheck(const IpsecRequest& request);
  ServerCheck(const ServerCheck&) = delete;
  ServerCheck& operator=(const ServerCheck&) = delete;

  // Asks our own charon what it was shown for connection `name`. `checked` may destroy this.
  void start(const std::string& name, Checked checked);
  // True if the last check saw a certificate of the server's.
  [[nodiscard]] bool was_shown() const { return !shown_.empty(); }

 private:
  void ask_chain();
  void ask(int flags, std::function<void()> done);
  void finish(std::optional<Failure> failure);
  [[nodiscard]] std::optional<Failure> judge() const;

  std::string name_;
  std::string gateway_;  // that it must be for; empty: charon has compared identities, or any will do
  std::vector<std::string> authorities_;
  Checked checked_;
  std::unique_ptr<StrokeClient> request_;
  std::string pem_;
  std::vector<std::string> shown_;
  std::vector<std::string> chain_;
};

// The certificates in a PEM text, as DER.
std::vector<std::string> certificates_in(const std::string& pem);

}  // namespace l2tp
