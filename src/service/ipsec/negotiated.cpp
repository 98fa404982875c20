#include "service/ipsec/negotiated.h"

#include <string_view>

#include "service/system/journal.h"

namespace l2tp {

namespace {

// charon writes MODP_1024, pluto MODP1024 and DH22.
bool weak(std::string_view words) {
  for (const auto* word :
       {"DES", "MD5", "SHA1", "MODP_768", "MODP_1024", "MODP_1536", "MODP1024", "MODP1536", "DH22"})
    if (words.find(word) != std::string_view::npos) return true;
  return false;
}

}  // namespace

void log_ipsec_up(const NegotiatedAlgorithms& algorithms) {
  const bool is_weak = weak(algorithms.ike) || weak(algorithms.esp);
  journal::log(is_weak ? journal::Level::warning : journal::Level::notice,
               is_weak ? "IPsec is up, with weak algorithms" : "IPsec is up",
               {{"NM_L2TP_IKE", algorithms.ike}, {"NM_L2TP_ESP", algorithms.esp}});
}

}  // namespace l2tp
