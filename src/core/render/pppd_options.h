// Settings -> an options file of pppd(8) for one connection.
#pragma once

#include <string>
#include <string_view>

#include "core/address.h"
#include "core/settings.h"

namespace l2tp::render {

// What the options name beside the profile.
struct PppdEnvironment {
  std::string plugin;       // absolute path of our pppd plugin
  std::string link_socket;  // the service's private socket
  std::string no_script;    // a path where there is nothing: the scripts that pppd is not to run
  Ipv4Address gateway;
  bool debug = false;
  // With a user certificate: PEM files; the key is encrypted, and pppd gets its passphrase from our plugin.
  std::string authority_file, certificate_file, key_file;
};

std::string pppd_options(const Settings& settings, const PppdEnvironment& environment);

// One word of an options file that holds exactly `bytes`: letters and digits as they are, all others as octal
// escapes.
std::string pppd_word(std::string_view bytes);

}  // namespace l2tp::render
