// Vendor IDs: by what implementations of IKE tell each other who they are and what they can.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "core/ike/message.h"

namespace l2tp::ike {

struct VendorId {
  enum class Kind { product, nat_traversal, fragmentation, ability };

  Kind kind = Kind::ability;
  std::string words;  // "Windows Server 2008 R2 or 7"; without hostile bytes
};

// What is known of an ID; nothing if it is not known.
std::optional<VendorId> vendor_of(View id);

// The bytes as hexadecimal digits, at most 40 bytes of them.
std::string hexadecimal(View bytes);

// The IDs that we send: NAT traversal (RFC 3947 and its draft 02), fragmentation, dead peer detection (RFC
// 3706). A server tells what it can only to those who can it too.
const std::vector<Bytes>& ids_of_a_client();

}  // namespace l2tp::ike
