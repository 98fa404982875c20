// Our certificate, key and CAs in a charon that may serve others too, and the check of the server's
// certificate.
//
// What VICI can take back is used, and taken back at the end: the key, and CAs as authorities. Two things
// follow from what it cannot:
//   - A `cacerts` of a connection stays in charon for ever, so none is given. Instead of charon's pin, we
//   check the
//     server's certificate ourselves once the SA is up, and before anybody sends a packet over it.
//   - Our own certificate, which charon shows to every server anyway, stays in a charon of the system's until
//   that ends
//     or is told to forget its credentials. A second connection finds the same one there.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "core/credentials.h"
#include "core/failure.h"
#include "core/vici.h"
#include "service/ipsec/daemon.h"
#include "service/ipsec/vici_client.h"

namespace l2tp {

class ViciCredentials {
 public:
  // The error is charon's, in words.
  using Loaded = std::function<void(std::optional<std::string>)>;
  using Checked = std::function<void(std::optional<Failure>)>;

  // Only for a request with certificates; takes what it needs from it.
  explicit ViciCredentials(const IpsecRequest& request);
  ViciCredentials(const ViciCredentials&) = delete;
  ViciCredentials& operator=(const ViciCredentials&) = delete;

  // Gives them to charon, and remembers in the run directory what is to be taken back.
  void load(ViciClient& charon, Loaded loaded);

  // What the owner of `charon` hears of its events; others than those asked for here are ignored.
  void take_event(std::string_view name, const vici::Section& message);

  // Whether the server that proved to be `identity` (charon's spelling) is the one that the profile means.
  void check_server(ViciClient& charon, const std::string& identity, Checked checked);

  // Takes back what was loaded for connection `name`, whose run directory is `directory`, by us or by a dead
  // service.
  static void take_out(ViciClient& charon, const std::string& name, const std::string& directory,
                       std::function<void()> done);

 private:
  void load_into(ViciClient& charon, const Loaded& loaded);
  [[nodiscard]] std::optional<Failure> judge(const std::string& identity);

  std::string name_;
  std::string directory_;
  std::string
      gateway_;  // that the certificate must be for; empty: charon has compared identities, or any will do
  std::string certificate_;
  std::vector<std::string> authorities_;
  std::string key_id_;
  std::vector<vici::Section> messages_;  // load-authority
  vici::Section key_;                    // load-key
  std::vector<std::string> listed_;      // the certificates of the list that is being received
  std::vector<std::string> candidates_;  // of the server
};

}  // namespace l2tp
