#include "core/ike/vendor_ids.h"

#include <algorithm>
#include <array>
#include <string_view>

#include "core/wording.h"

namespace l2tp::ike {

namespace {

using Kind = VendorId::Kind;

// An ID begins with these bytes; what follows is a version or flags.
struct Known {
  std::string_view digits;
  Kind kind;
  std::string_view words;
};

// Most are the MD5 of a text (the unit test has the texts), some the text itself.
constexpr std::array known{
    Known{"4a131c81070358455c5728f20e95452f", Kind::nat_traversal, "NAT traversal (RFC 3947)"},
    Known{"7d9419a65310ca6f2c179d9215529d56", Kind::nat_traversal, "NAT traversal (draft 03)"},
    Known{"90cb80913ebb696e086381b5ec427b1f", Kind::nat_traversal, "NAT traversal (draft 02)"},
    Known{"cd60464335df21f87cfdb2fc68b6a448", Kind::nat_traversal, "NAT traversal (draft 02)"},
    Known{"4485152d18b6bbcd0be8a8469579ddcc", Kind::nat_traversal, "NAT traversal (draft 00)"},
    Known{"16f6ca16e4a4066d83821a0f0aeaa862", Kind::nat_traversal, "NAT traversal (draft 01)"},
    Known{"4048b7d56ebce88525e7de7f00d6c2d3", Kind::fragmentation, "fragmentation of IKE messages"},
    Known{"afcad71368a1f1c96b8696fc7757", Kind::ability, "dead peer detection (RFC 3706)"},
    Known{"09002689dfd6b712", Kind::ability, "XAUTH"},
    Known{"26244d38eddb61b3172a36e3d0cfb819", Kind::product, "Windows (initial contact)"},
    Known{"fb1de3cdf341b7ea16b7e5be0855f120", Kind::product, "Windows (negotiation discovery)"},
    Known{"e3a5966a76379fe707228231e5ce8652", Kind::product, "Windows (CGA)"},
    Known{"214ca4faffa7f32d6748e5303395ae83", Kind::product, "Windows (AuthIP)"},
    Known{"12f5f28c457168a9702d9fe274cc", Kind::product, "Cisco Unity"},
    Known{"1f07f70eaa6514d3b0fa96542a", Kind::product, "Cisco VPN concentrator"},
    Known{"882fe56d6fd20dbc2251613b2ebe5beb", Kind::product, "strongSwan"},
    Known{"4f452d4c69627265737761", Kind::product, "Libreswan"},
    Known{"4f45", Kind::product, "Openswan or Libreswan"},
    Known{"7003cbc1097dbe9c2600ba6983bc8b35", Kind::product, "racoon (macOS, BSD)"},
    Known{"8299031757a36082c6a621de", Kind::product, "Fortinet FortiGate"},
    Known{"1d6e178f6c2c0be284985465450fe9d4", Kind::product, "Fortinet FortiGate"},
    Known{"404bf439522ca3f6", Kind::product, "SonicWall"},
    Known{"5b362bc820f6", Kind::product, "SonicWall"},
    Known{"4865617274426561745f4e6f74696679", Kind::product, "Juniper or NetScreen"},
    Known{"f4ed19e0c114eb516faaac0ee37daf2807b4381f", Kind::product, "Check Point"},
    Known{"424e4553", Kind::product, "Nortel Contivity"},
};

constexpr std::string_view windows = "1e2b516905991c7d7c96fcbfb587e461";

// Behind Windows' ID stands the version of its IKE, in four bytes.
std::string windows_version(View rest) {
  constexpr std::array<std::string_view, 8> versions{"2000",
                                                     "XP",
                                                     "Server 2003 or XP SP2",
                                                     "Vista",
                                                     "Vista or Server 2008",
                                                     "7 or Server 2008 R2",
                                                     "8 or Server 2012",
                                                     "8.1, Server 2012 R2 or later"};
  if (rest.size() != 4) return "Windows";
  const auto version = number32_at(rest, 0);
  if (version < 2 || version - 2 >= versions.size()) return "Windows";
  return "Windows " + std::string{versions[version - 2]};
}

Bytes bytes_of(std::string_view digits) {
  const auto value = [](char digit) { return digit <= '9' ? digit - '0' : digit - 'a' + 10; };
  Bytes bytes;
  for (std::size_t i = 0; i + 1 < digits.size(); i += 2)
    bytes.push_back(static_cast<std::uint8_t>(value(digits[i]) << 4 | value(digits[i + 1])));
  return bytes;
}

// Some say their name and version as text.
bool is_text(View id) {
  return id.size() >= 8 && std::ranges::all_of(id, [](auto byte) { return byte >= 0x20 && byte < 0x7f; });
}

}  // namespace

std::optional<VendorId> vendor_of(View id) {
  const auto begins_with = [id](std::string_view digits) {
    const auto prefix = bytes_of(digits);
    return id.size() >= prefix.size() && std::equal(prefix.begin(), prefix.end(), id.begin());
  };
  if (begins_with(windows)) return VendorId{Kind::product, windows_version(id.subspan(16))};
  for (const auto& one : known) {
    if (!begins_with(one.digits)) continue;
    if (one.words == "Libreswan" && is_text(id))  // "OE-Libreswan-4.10"
      return VendorId{one.kind, std::string(id.begin() + 3, id.end())};
    return VendorId{one.kind, std::string{one.words}};
  }
  if (is_text(id)) return VendorId{Kind::product, in_quotes(std::string(id.begin(), id.end()))};
  return {};
}

std::string hexadecimal(View bytes) {
  constexpr std::string_view digits = "0123456789abcdef";
  std::string text;
  for (const auto byte : bytes.first(std::min<std::size_t>(bytes.size(), 40)))
    text += {digits[byte >> 4], digits[byte & 0x0f]};
  return text;
}

const std::vector<Bytes>& ids_of_a_client() {
  static const std::vector<Bytes> ids{
      bytes_of("4a131c81070358455c5728f20e95452f"), bytes_of("90cb80913ebb696e086381b5ec427b1f"),
      bytes_of("4048b7d56ebce88525e7de7f00d6c2d3"), bytes_of("afcad71368a1f1c96b8696fc77570100")};
  return ids;
}

}  // namespace l2tp::ike
