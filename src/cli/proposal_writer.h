// Writes algorithm strings into a profile.
#pragma once

#include <string>
#include <vector>

#include "core/glib.h"
#include "core/result.h"
#include "libnm/libnm.h"

namespace l2tp::cli {

// One L2TP profile of NetworkManager, found by name or UUID. Everything but what is set stays as it is,
// secrets too.
class ProposalWriter {
 public:
  // The error is a sentence.
  static Result<ProposalWriter, std::string> open(const std::string& connection);

  [[nodiscard]] std::string name() const;
  [[nodiscard]] std::string gateway() const;  // empty: it has none
  [[nodiscard]] bool uses_certificates() const;

  // Saves the two strings; what has changed, one line each ("ipsec-ike: nothing -> aes256-..."), or a
  // sentence.
  Result<std::vector<std::string>, std::string> write(const std::string& ike, const std::string& esp);

 private:
  ProposalWriter(ObjectRef<NMClient> client, ObjectRef<NMRemoteConnection> connection);

  ObjectRef<NMClient> client_;
  ObjectRef<NMRemoteConnection> connection_;
};

}  // namespace l2tp::cli
