#include "core/render/xl2tpd_conf.h"

namespace l2tp::render {

std::string xl2tpd_conf(const Settings& settings, const Endpoints& endpoints,
                        const std::string& ppp_options_file) {
  // Every value is a number, an address or a path of our own making: nothing here can break out of its line.
  std::string text;
  text += "[global]\n";
  text += "access control = yes\n";
  text += "debug avp = yes\n";  // else it does not say why the server closes
  text += "listen-addr = " + endpoints.local.to_string() + "\n";
  text += "port = " + std::to_string(endpoints.source_port) + "\n";
  if (settings.l2tp_max_retries) text += "max retries = " + std::to_string(*settings.l2tp_max_retries) + "\n";
  text += "\n[lac l2tp]\n";
  text += "lns = " + endpoints.gateway.to_string() + "\n";
  text += "autodial = yes\n";
  text += "tunnel rws = 8\n";
  text += "tx bps = 100000000\n";
  text += "rx bps = 100000000\n";
  text += "pppoptfile = " + ppp_options_file + "\n";
  return text;
}

}  // namespace l2tp::render
