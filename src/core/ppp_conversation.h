// What pppd and the server told each other, as far as it says why their link fails.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/failure.h"
#include "core/settings.h"

namespace l2tp {

// How a PPP peer is to log in: the value of LCP's option Authentication-Protocol (RFC 1661, 6.2).
struct LoginMethod {
  std::uint16_t protocol = 0;
  std::uint8_t algorithm = 0;  // CHAP's alone (RFC 1994, 2433, 2759)

  [[nodiscard]] std::string name() const;  // "PAP", "MS-CHAPv2", "EAP"
  bool operator==(const LoginMethod& other) const = default;
};

class PppConversation {
 public:
  enum class From { us, server };

  // One packet, from its protocol's number on. What is cut short counts for nothing.
  void take(From from, std::string_view packet);

  // The server has asked to end the link.
  [[nodiscard]] bool ended_by_server() const { return server_reason_.has_value(); }

  // The server speaks no IPv4.
  [[nodiscard]] bool ipcp_rejected() const { return ipcp_rejected_; }

  // Why the server did not let us in, when pppd says that it did not.
  [[nodiscard]] Failure login_failure(const Settings& settings) const;

  // Why the link ends; nothing if the packets do not tell.
  [[nodiscard]] std::optional<Failure> cause(const Settings& settings) const;

 private:
  void take_lcp(From from, unsigned code, std::string_view content);
  void take_login_method(From from, unsigned code, LoginMethod method);
  void take_eap(From from, unsigned code, std::string_view content);
  void take_ipcp(From from, unsigned code, std::string_view content);
  void note(From from, const std::string& words);
  [[nodiscard]] bool methods_differ() const;
  [[nodiscard]] std::string methods(const Settings& settings) const;
  [[nodiscard]] std::string why_no_mppe() const;
  [[nodiscard]] Failure ended(const Settings& settings) const;
  [[nodiscard]] Failure with_evidence(Failure failure) const;

  std::vector<LoginMethod> wanted_;     // by the server, in the order of its requests
  std::optional<LoginMethod> agreed_;   // what we confirmed
  bool method_refused_ = false;         // we proposed another one, or none, and nothing came of it yet
  unsigned eap_method_ = 0;             // the last one that the server began
  bool eap_refused_ = false;            // it was not to be had here
  std::optional<std::string> refusal_;  // of the login, in the server's words
  std::optional<std::string> our_reason_, server_reason_;  // of LCP's Terminate-Request
  bool ccp_rejected_ = false, ipcp_rejected_ = false;      // by the server
  bool ipcp_confirmed_ = false;                            // our address, by the server
  std::string no_address_;             // why there is none; empty: it is not known that there is none
  std::vector<std::string> evidence_;  // the telling packets, in words
};

}  // namespace l2tp
