#include "core/ike_question.h"

#include <vector>

namespace l2tp {

namespace {

// Before IKE on port 4500, where ESP has its SPI (RFC 3948, 2.2).
constexpr std::string_view non_esp_marker{"\0\0\0\0", 4};

void append(std::string& bytes, unsigned value, int width) {
  for (int shift = 8 * (width - 1); shift >= 0; shift -= 8)
    bytes += static_cast<char>(value >> shift & 0xffU);
}

// Attributes of one value (RFC 2408, 3.3; their numbers are RFC 2409's, appendix A).
void append_attribute(std::string& bytes, unsigned type, unsigned value) {
  append(bytes, 0x8000U | type, 2);
  append(bytes, value, 2);
}

// A payload of RFC 2408, 3.2: what follows it, and its own length, stand before its content.
std::string payload(unsigned next, const std::string& content) {
  std::string bytes;
  append(bytes, next, 1);
  append(bytes, 0, 1);
  append(bytes, static_cast<unsigned>(content.size() + 4), 2);
  return bytes + content;
}

struct Suite {
  unsigned cipher;      // 5: 3DES, 7: AES
  unsigned key_length;  // bits; 0: the cipher has one only
  unsigned hash;        // 2: SHA-1, 4: SHA2-256
  unsigned group;       // 2: MODP1024, 14: MODP2048
};
constexpr Suite suites[] = {{7, 256, 4, 14}, {7, 128, 4, 14}, {7, 256, 2, 14}, {7, 128, 2, 14},
                            {7, 256, 2, 2},  {7, 128, 2, 2},  {5, 0, 2, 14},   {5, 0, 2, 2}};

std::string transform(const Suite& suite, unsigned number, bool last) {
  std::string content;
  append(content, number, 1);
  append(content, 1, 1);  // KEY_IKE
  append(content, 0, 2);
  append_attribute(content, 1, suite.cipher);
  append_attribute(content, 2, suite.hash);
  append_attribute(content, 3, 1);  // a pre-shared key
  append_attribute(content, 4, suite.group);
  append_attribute(content, 11, 1);  // life time in seconds
  append_attribute(content, 12, 28800);
  if (suite.key_length != 0) append_attribute(content, 14, suite.key_length);
  return payload(last ? 0 : 3, content);
}

std::string security_association() {
  std::string transforms;
  unsigned count = 0;
  for (const auto& suite : suites) {
    ++count;
    transforms += transform(suite, count, count == std::size(suites));
  }
  std::string proposal;
  append(proposal, 1, 1);  // the first and only one
  append(proposal, 1, 1);  // ISAKMP
  append(proposal, 0, 1);  // without an SPI
  append(proposal, count, 1);

  std::string content;
  append(content, 1, 4);  // IPsec's domain of interpretation
  append(content, 1, 4);  // SIT_IDENTITY_ONLY
  return payload(0, content + payload(0, proposal + transforms));
}

}  // namespace

std::string ike_question(const IkeCookie& cookie) {
  const auto body = security_association();
  std::string bytes{non_esp_marker};
  for (const auto byte : cookie) bytes += static_cast<char>(byte);
  bytes.append(cookie.size(), '\0');  // the server's, not known yet
  append(bytes, 1, 1);                // an SA payload follows
  append(bytes, 0x10, 1);             // version 1.0
  append(bytes, 2, 1);                // identity protection: main mode
  append(bytes, 0, 1);
  append(bytes, 0, 4);
  append(bytes, static_cast<unsigned>(28 + body.size()), 4);
  return bytes + body;
}

bool answers_ike_question(std::string_view datagram, const IkeCookie& cookie) {
  if (!datagram.starts_with(non_esp_marker)) return false;
  datagram.remove_prefix(non_esp_marker.size());
  return datagram.size() >= 28 &&
         datagram.starts_with({reinterpret_cast<const char*>(cookie.data()), cookie.size()});
}

}  // namespace l2tp
