#include "machine/libreswan.h"

#include <unistd.h>

namespace l2tp::libreswan {

std::string find_programs(const std::string& root) {
  for (std::string folder : {"/usr/libexec/ipsec", "/usr/lib/ipsec", "/usr/local/libexec/ipsec"})
    if (access((root + folder + "/pluto").c_str(), X_OK) == 0 &&
        access((root + folder + "/whack").c_str(), X_OK) == 0)
      return folder;
  return {};
}

}  // namespace l2tp::libreswan
