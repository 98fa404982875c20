// What a server has said about itself.
#pragma once

#include <chrono>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "core/ike/suite.h"

namespace l2tp::probe {

using Milliseconds = std::chrono::milliseconds;

enum class Standing { not_asked, accepted, refused, unanswered };
enum class Reply { not_asked, yes, refused, silent };

enum class Verdict {
  accepts,      // at least one suite
  refuses,      // it speaks IKEv1, and takes none of what it was asked
  only_ikev2,   // IKEv2 is answered, IKEv1 is not
  silent,       // no answer of any kind
  closed,       // "port unreachable": nothing listens there
  unreachable,  // "host unreachable" or "network unreachable"
};

struct Findings {
  std::map<ike::Suite, Standing> suites;  // of all 360; one that is missing was not asked
  Reply ikev2 = Reply::not_asked;
  Reply aggressive = Reply::not_asked;
  bool nat_traversal = false;
  bool fragmentation = false;
  std::set<std::string> vendors;      // in words, harmless
  std::set<std::string> other_ids;    // vendor IDs that nobody knows, in hexadecimal digits
  std::set<std::uint16_t> refusals;   // the notifications by which it refused: RFC 2408, 3.14.1
  bool other_choice = false;          // it chose what it was not offered
  std::optional<bool> forgets;        // an exchange that we end is no longer held there
  bool stopped_by_half_open = false;  // more questions would have left too many exchanges half open
  bool fell_silent = false;           // it answered, and then no more
  bool out_of_time = false;
  bool answered_ikev1 = false;
  bool closed = false, unreachable = false;  // ICMP said so
  int sent = 0, received = 0;  // packets of questions that were answered in the end, and their answers
  std::optional<Milliseconds> round_trip;
  std::optional<Milliseconds> first_usable;  // from the beginning to the first accepted suite
  Milliseconds taken{0};

  [[nodiscard]] Standing standing(const ike::Suite& suite) const;
  [[nodiscard]] std::size_t count(Standing standing) const;  // of all 360
  // More than a quarter of the packets is lost.
  [[nodiscard]] bool loses_packets() const { return sent >= 8 && received * 4 < sent * 3; }
  [[nodiscard]] Verdict verdict() const;
  // The strongest that is accepted with this authentication.
  [[nodiscard]] std::optional<ike::Suite> strongest(ike::Authentication authentication) const;
};

constexpr std::size_t number_of_suites = ike::all_encryptions.size() * ike::all_hashes.size() *
                                         ike::all_groups.size() * ike::all_authentications.size();

// For a profile's `ipsec-ike`: that suite alone, "aes256-sha256-modp2048!".
std::string ike_string(const ike::Suite& suite);
// For its `ipsec-esp`: the same algorithms first. Phase 2 can't be asked for without logging in, so there is
// no "!", and the defaults stay behind it.
std::string esp_string(const ike::Suite& suite);

}  // namespace l2tp::probe
