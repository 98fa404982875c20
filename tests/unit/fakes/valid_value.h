// A valid value for any key, at random: for tests that take profiles through something and back.
#pragma once

#include <random>
#include <string>
#include <vector>

#include "core/settings.h"

namespace l2tp {

inline std::string valid_value(const Key& key, std::mt19937& random) {
  const auto pick = [&random](std::vector<std::string> values) { return values[random() % values.size()]; };
  switch (key.kind) {
    case KeyKind::boolean:
      return pick({"yes", "no"});
    case KeyKind::number:
      return std::to_string(key.minimum + random() % (key.maximum - key.minimum + 1));
    case KeyKind::text:
      return pick({"alice", "CORP\\bob", "a b;c#d=e", " spaces ", "@fqdn.example", "ünïcode", "[x]"});
    case KeyKind::choice:
      return std::string{random() % 2 == 0 ? key.choices.substr(0, key.choices.find('|'))
                                           : key.choices.substr(key.choices.rfind('|') + 1)};
    case KeyKind::host:
      return pick({"vpn.example", "192.0.2.1", "2001:db8::1"});
    case KeyKind::address:
      return "192.0.2.9";
    case KeyKind::path:
      return pick({"/home/alice/a key.pem", "/etc/x;y.p12"});
    case KeyKind::proposals:
      return pick({"aes256-sha256-modp2048", "aes128-sha1-modp1024,3des-sha1-modp1024!"});
    case KeyKind::flags:
      return pick({"0", "1", "2", "4"});
  }
  return {};
}

}  // namespace l2tp
