#include "core/render/pppd_options.h"

#include <array>
#include <utility>

namespace l2tp::render {

namespace {

class OptionsFile {
 public:
  void flag(bool wanted, std::string_view word) {
    if (wanted) line(word);
  }
  void line(std::string_view words) { text_.append(words).append("\n"); }
  void number(std::string_view word, std::uint32_t value) {
    line(std::string{word} + " " + std::to_string(value));
  }
  void word(std::string_view option, std::string_view value) {
    line(std::string{option} + " " + pppd_word(value));
  }

  std::string take() { return std::move(text_); }

 private:
  std::string text_;
};

// EAP-TLS and nothing else: there is no password that another method could send.
void certificate(OptionsFile& file, const PppdEnvironment& environment) {
  file.line("nm-l2tp-certificate");
  file.word("ca", environment.authority_file);
  file.word("cert", environment.certificate_file);
  file.word("key", environment.key_file);
  file.line("need-peer-eap");
  for (const std::string_view method : {"pap", "chap", "mschap", "mschap-v2"})
    file.line("refuse-" + std::string{method});
}

void authentication(OptionsFile& file, const Settings& settings, const PppdEnvironment& environment) {
  const auto& ppp = settings.ppp;
  file.line("noauth");  // the server is not asked to prove itself: that is IPsec's part, or EAP-TLS's own
  file.word("user", settings.user);
  if (settings.user_certificate_files) return certificate(file, environment);
  file.flag(ppp.refuse_eap, "refuse-eap");
  file.flag(ppp.refuse_pap, "refuse-pap");
  file.flag(ppp.refuse_chap, "refuse-chap");
  file.flag(ppp.refuse_mschap, "refuse-mschap");
  file.flag(ppp.refuse_mschapv2, "refuse-mschap-v2");
}

void compression(OptionsFile& file, const PppSettings& ppp) {
  const bool mppe = ppp.require_mppe || ppp.require_mppe_40 || ppp.require_mppe_128;
  file.flag(!mppe, "noccp");  // MPPE is negotiated within CCP
  file.flag(ppp.require_mppe, "require-mppe");
  file.flag(ppp.require_mppe_40, "require-mppe-40");
  file.flag(ppp.require_mppe_128, "require-mppe-128");
  file.flag(ppp.mppe_stateful, "mppe-stateful");
  file.flag(ppp.no_bsd_compression, "nobsdcomp");
  file.flag(ppp.no_deflate, "nodeflate");
  file.flag(ppp.no_vj_compression, "novj");
  file.flag(ppp.no_protocol_compression, "nopcomp");
  file.flag(ppp.no_address_compression, "noaccomp");
}

void addresses(OptionsFile& file, const Settings& settings) {
  const auto& ppp = settings.ppp;
  if (!settings.ipv4) {
    file.line("noip");
  } else if (ppp.local_address && ppp.peer_address) {
    file.line(ppp.local_address->to_string() + ":" + ppp.peer_address->to_string());
    file.line("ipcp-accept-local");
    file.line("ipcp-accept-remote");
  } else if (ppp.local_address) {
    file.line(ppp.local_address->to_string() + ":");
    file.line("ipcp-accept-local");
  } else {
    file.line("noipdefault");
  }
  file.line("nodefaultroute");
  file.line(settings.ipv6 ? "+ipv6" : "noipv6");
}

}  // namespace

std::string pppd_word(std::string_view bytes) {
  std::string word = "\"";
  for (const char character : bytes) {
    const auto byte = static_cast<unsigned char>(character);
    const bool plain =
        (byte >= 'a' && byte <= 'z') || (byte >= 'A' && byte <= 'Z') || (byte >= '0' && byte <= '9');
    if (plain) {
      word += character;
    } else {
      word += '\\';
      word += static_cast<char>('0' + (byte >> 6));
      word += static_cast<char>('0' + ((byte >> 3) & 7));
      word += static_cast<char>('0' + (byte & 7));
    }
  }
  return word + "\"";
}

std::string pppd_options(const Settings& settings, const PppdEnvironment& environment) {
  OptionsFile file;
  file.line("plugin " + environment.plugin);
  file.line("nm-l2tp-socket " + environment.link_socket);
  file.line("nm-l2tp-gateway " + environment.gateway.to_string());
  file.flag(settings.ipv4 && !settings.ignore_auto_dns, "nm-l2tp-dns");
  file.line("ipparam nm-l2tp-service-" + settings.uuid);
  file.line("nodetach");
  file.line("logfd 2");
  file.flag(environment.debug, "debug");
  // What an administrator's /etc/ppp/options means for other links.
  file.line("nopersist");
  file.line("noproxyarp");
  file.line("hide-password");
  file.line("ip-up-script " + environment.no_script);
  file.line("ip-down-script " + environment.no_script);

  authentication(file, settings, environment);
  compression(file, settings.ppp);
  addresses(file, settings);

  if (settings.ppp.unit) file.number("unit", *settings.ppp.unit);
  if (settings.ppp.mrru) {
    file.line("multilink");
    file.number("mrru", *settings.ppp.mrru);
  }
  file.number("mtu", settings.ppp.mtu);
  file.number("mru", settings.ppp.mru);
  file.number("lcp-echo-failure", settings.ppp.echo_failure);
  file.number("lcp-echo-interval", settings.ppp.echo_interval);

  // A request that the server's side was not yet ready for is said again after 1 s instead of 3 s, for 30 s
  // as before.
  for (const std::string_view protocol : {"lcp", "ipcp", "ipv6cp"}) {
    file.number(std::string{protocol} + "-restart", 1);
    file.number(std::string{protocol} + "-max-configure", 30);
  }
  return file.take();
}

}  // namespace l2tp::render
