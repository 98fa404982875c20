// What an IPsec daemon negotiated, in its own words.
#pragma once

#include <string>

namespace l2tp {

struct NegotiatedAlgorithms {
  std::string ike;
  std::string esp;
};

// The line that IPsec is up; a warning where an algorithm is considered broken or too short today.
void log_ipsec_up(const NegotiatedAlgorithms& algorithms);

}  // namespace l2tp
