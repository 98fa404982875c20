// The seam to an IPsec daemon: what a connection asks of whichever one serves it.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>

#include "core/failure.h"
#include "core/render/endpoints.h"
#include "core/settings.h"
#include "machine/ipsec_choice.h"
#include "service/system/run_dir.h"

namespace l2tp {

// One connection, as a daemon needs to know it. It is used within `start` only.
struct IpsecRequest {
  std::string name;            // the connection's name towards the daemon
  std::string gateway;         // as the profile names it: what a server's certificate is checked against
  const IpsecSettings& ipsec;  // with its secrets
  render::Endpoints endpoints;
  const RunDir& run_dir;    // for daemons that read files
  bool is_private = false;  // one user's own profile: it is not to decide what the system's daemon trusts
};

class IpsecDaemon {
 public:
  using Started = std::function<void(std::optional<Failure>)>;
  using Stopped = std::function<void()>;
  using Lost = std::function<void(Failure)>;

  IpsecDaemon() = default;
  IpsecDaemon(const IpsecDaemon&) = delete;
  IpsecDaemon& operator=(const IpsecDaemon&) = delete;
  virtual ~IpsecDaemon() = default;

  // Finds a running daemon or starts one, gives it the connection (policy first), and brings its SAs up.
  // `lost`: the daemon ended, or gave the connection up.
  virtual void start(const IpsecRequest& request, Started started, Lost lost) = 0;

  // Why a start that took too long did.
  [[nodiscard]] virtual Failure timed_out() const = 0;

  // After a successful start: the SAs are gone, and new ones are wanted now, not with the next packet. The
  // kernel shows whether they come.
  virtual void renew() = 0;

  // After a successful start: the kernel's SAs of the connection are not those of before. A daemon whose new
  // phase 1 nobody else looks at checks the server again.
  virtual void sas_changed() {}

  // After a successful start: why the SAs went, where the daemon has told.
  [[nodiscard]] virtual std::optional<Failure> loss() const { return std::nullopt; }

  // Takes the connection away again: SAs, policy, key; and the daemon, if it is ours and nobody else uses it.
  // True in `gone` afterwards means that the daemon was not there to do it, so that the kernel may still hold
  // what it made.
  virtual void stop(Stopped stopped) = 0;
  [[nodiscard]] virtual bool gone() const = 0;
};

}  // namespace l2tp
