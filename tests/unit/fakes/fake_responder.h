// A server of IKEv1 as far as its first answer: takes or refuses suites, keeps what it took half open, and
// may grow silent because of that. Its own reading and writing of messages, for the tested ones are not to be
// trusted.
#pragma once

#include <algorithm>
#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <set>
#include <vector>

#include "core/ike/suite.h"

namespace l2tp {

class FakeResponder {
 public:
  using Bytes = std::vector<std::uint8_t>;

  std::set<ike::Suite> accepts;
  bool speaks_ikev1 = true, speaks_ikev2 = true, aggressive = false;
  bool forgets = true;        // an exchange that the initiator ends
  bool refuses_aloud = true;  // else a refusal is silence
  bool refuses_without_cookie = false;
  std::size_t most_half_open = 5;  // then it ignores everything
  std::vector<Bytes> vendor_ids;

  int ignored = 0;          // packets, for too much was half open
  std::size_t highest = 0;  // most exchanges half open at a time
  [[nodiscard]] std::size_t half_open() const { return exchanges_.size(); }

  std::optional<Bytes> answer(const Bytes& packet) {
    const std::uint8_t version = packet[17] >> 4, exchange = packet[18];
    const Bytes initiator(packet.begin(), packet.begin() + 8);
    if (version == 2) return speaks_ikev2 ? std::optional{invalid_group(initiator)} : std::nullopt;
    if (!speaks_ikev1) return {};
    if (exchange == 5) {
      const auto found = exchanges_.find(initiator);
      const bool same = found != exchanges_.end() &&
                        std::equal(packet.begin() + 8, packet.begin() + 16, found->second.begin() + 8);
      if (same && forgets) exchanges_.erase(found);
      return {};
    }
    if (const auto known = exchanges_.find(initiator); known != exchanges_.end()) return known->second;
    if (exchanges_.size() >= most_half_open) {
      ++ignored;
      return {};
    }
    if (exchange == 4 && !aggressive) return refusal(initiator);
    for (const auto& [suite, transform] : transforms_of(packet)) {
      if (!accepts.contains(suite)) continue;
      auto reply = choice(initiator, exchange, transform);
      exchanges_[initiator] = reply;
      highest = std::max(highest, exchanges_.size());
      return reply;
    }
    return refusal(initiator);
  }

 private:
  static std::size_t number16(const Bytes& bytes, std::size_t at) {
    return static_cast<std::size_t>(bytes[at] << 8 | bytes[at + 1]);
  }
  static void put32(Bytes& bytes, std::size_t value) {
    for (int shift = 24; shift >= 0; shift -= 8) bytes.push_back(static_cast<std::uint8_t>(value >> shift));
  }
  static void append(Bytes& bytes, const Bytes& more) { bytes.insert(bytes.end(), more.begin(), more.end()); }

  static std::vector<std::pair<ike::Suite, Bytes>> transforms_of(const Bytes& packet) {
    std::vector<std::pair<ike::Suite, Bytes>> all;
    const std::size_t count = packet[28 + 4 + 8 + 7];
    std::size_t at = 28 + 4 + 8 + 8;
    for (std::size_t i = 0; i < count; ++i) {
      const auto length = number16(packet, at + 2);
      std::map<std::size_t, std::size_t> values;
      for (std::size_t attribute = at + 8; attribute < at + length; attribute += 4)
        values[number16(packet, attribute) & 0x7fff] = number16(packet, attribute + 2);
      ike::Suite suite;
      suite.encryption = values[1] == 5      ? ike::Encryption::triple_des
                         : values[14] == 128 ? ike::Encryption::aes128
                         : values[14] == 192 ? ike::Encryption::aes192
                                             : ike::Encryption::aes256;
      suite.hash = static_cast<ike::Hash>(values[2]);
      suite.authentication = static_cast<ike::Authentication>(values[3]);
      suite.group = static_cast<ike::Group>(values[4]);
      Bytes transform(packet.begin() + static_cast<std::ptrdiff_t>(at),
                      packet.begin() + static_cast<std::ptrdiff_t>(at + length));
      transform[0] = 0;  // it stands alone in the answer
      all.emplace_back(suite, transform);
      at += length;
    }
    return all;
  }

  Bytes head(const Bytes& initiator, bool with_cookie, std::uint8_t first, std::uint8_t version,
             std::uint8_t exchange, std::uint8_t flags, std::size_t body) {
    Bytes bytes = initiator;
    put32(bytes, with_cookie ? 0x11223344 : 0);
    put32(bytes, with_cookie ? ++next_ : 0);
    append(bytes, {first, version, exchange, flags});
    put32(bytes, 0);
    put32(bytes, 28 + body);
    return bytes;
  }

  Bytes choice(const Bytes& initiator, std::uint8_t exchange, const Bytes& transform) {
    Bytes payloads{static_cast<std::uint8_t>(vendor_ids.empty() ? 0 : 13), 0, 0,
                   static_cast<std::uint8_t>(20 + transform.size())};
    put32(payloads, 1);
    put32(payloads, 1);
    append(payloads, {0, 0, 0, static_cast<std::uint8_t>(8 + transform.size()), 1, 1, 0, 1});
    append(payloads, transform);
    for (std::size_t i = 0; i < vendor_ids.size(); ++i) {
      append(payloads, {static_cast<std::uint8_t>(i + 1 < vendor_ids.size() ? 13 : 0), 0, 0,
                        static_cast<std::uint8_t>(4 + vendor_ids[i].size())});
      append(payloads, vendor_ids[i]);
    }
    auto bytes = head(initiator, true, 1, 0x10, exchange, 0, payloads.size());
    append(bytes, payloads);
    return bytes;
  }

  std::optional<Bytes> refusal(const Bytes& initiator) {
    if (!refuses_aloud) return {};
    auto bytes = head(initiator, !refuses_without_cookie, 11, 0x10, 5, 0, 12);
    append(bytes, {0, 0, 0, 12, 0, 0, 0, 1, 1, 0, 0, 14});
    return bytes;
  }

  // RFC 7296, 1.2: it would rather have group 14.
  Bytes invalid_group(const Bytes& initiator) {
    auto bytes = head(initiator, true, 41, 0x20, 34, 0x20, 10);
    append(bytes, {0, 0, 0, 10, 0, 0, 0, 17, 0, 14});
    return bytes;
  }

  std::map<Bytes, Bytes> exchanges_;  // initiator's cookie -> our answer
  std::uint32_t next_ = 0;
};

}  // namespace l2tp
