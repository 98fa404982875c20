// The seam to an IPsec daemon: what a connection asks of whichever one serves it.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>

#include "core/failure.h"
#include "core/render/endpoints.h"
#include "core/settings.h"

namespace l2tp {

class IpsecDaemon {
 public:
  using Started = std::function<void(std::optional<Failure>)>;
  using Stopped = std::function<void()>;
  using Lost = std::function<void(Failure)>;

  IpsecDaemon() = default;
  IpsecDaemon(const IpsecDaemon&) = delete;
  IpsecDaemon& operator=(const IpsecDaemon&) = delete;
  virtual ~IpsecDaemon() = default;

  // Finds a running daemon or starts one, gives it the connection `name` (policy first), and brings its SAs
  // up. `lost`: the daemon ended, or gave the connection up.
  virtual void start(const std::string& name, const IpsecSettings& ipsec, const render::Endpoints& endpoints,
                     Started started, Lost lost) = 0;

  // Why a start that took too long did.
  [[nodiscard]] virtual Failure timed_out() const = 0;

  // Takes the connection away again: SAs, policy, key; and the daemon, if it is ours and nobody else uses it.
  // True in `gone` afterwards means that the daemon was not there to do it, so that the kernel may still hold
  // what it made.
  virtual void stop(Stopped stopped) = 0;
  [[nodiscard]] virtual bool gone() const = 0;
};

}  // namespace l2tp
