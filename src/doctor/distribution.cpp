#include "doctor/distribution.h"

#include <algorithm>

namespace l2tp::doctor {

namespace {

enum class Family { debian, fedora, arch, suse, other };

// The value of a line NAME=VALUE of os-release(5).
std::string value_of(const std::string& text, const std::string& name) {
  for (const auto& line : lines_of(text)) {
    if (!line.starts_with(name + "=")) continue;
    auto value = line.substr(name.size() + 1);
    std::erase(value, '"');
    std::erase(value, '\'');
    return value;
  }
  return {};
}

struct Distribution {
  Family family = Family::other;
  bool ubuntu = false;
};

Distribution distribution_of(const Machine& machine) {
  auto text = machine.read("/etc/os-release");
  if (!text) text = machine.read("/usr/lib/os-release");
  if (!text) return {};
  const auto names = words_of(value_of(*text, "ID") + " " + value_of(*text, "ID_LIKE"));
  const auto is = [&names](std::string_view name) {
    return std::any_of(names.begin(), names.end(), [name](const auto& one) { return one == name; });
  };
  Distribution distribution;
  distribution.ubuntu = is("ubuntu");
  if (is("debian") || is("ubuntu"))
    distribution.family = Family::debian;
  else if (is("fedora") || is("rhel") || is("centos"))
    distribution.family = Family::fedora;
  else if (is("arch"))
    distribution.family = Family::arch;
  else if (is("suse") || is("opensuse") || is("opensuse-leap") || is("opensuse-tumbleweed"))
    distribution.family = Family::suse;
  return distribution;
}

std::string kernel_modules(const Machine& machine, const Distribution& distribution) {
  switch (distribution.family) {
    case Family::debian:
      if (distribution.ubuntu) return "sudo apt install linux-modules-extra-" + machine.kernel;
      return "Install Debian's ordinary kernel (such as linux-image-amd64), for the cloud one lacks these "
             "modules, then restart the machine.";
    case Family::fedora:
      return "sudo dnf install kernel-modules-extra";
    case Family::arch:
      return "sudo pacman -S linux, then restart the machine.";
    case Family::suse:
      return "sudo zypper install kernel-default, then restart the machine.";
    case Family::other:
      break;
  }
  return "Install the kernel's modules for L2TP, PPP and IPsec, or a kernel that has them.";
}

std::string package(Family family, Software software) {
  const bool debian = family == Family::debian;
  switch (software) {
    case Software::network_manager:
      return debian ? "network-manager" : family == Family::arch ? "networkmanager" : "NetworkManager";
    case Software::strongswan:
      return debian
                 ? "strongswan-charon strongswan-swanctl libstrongswan-extra-plugins libcharon-extra-plugins"
                 : "strongswan";
    case Software::libreswan:
      return "libreswan";
    case Software::xl2tpd:
      return "xl2tpd";
    case Software::pppd:
    case Software::kernel_modules:
      break;
  }
  return "ppp";
}

}  // namespace

std::string how_to_install(const Machine& machine, Software software) {
  const auto distribution = distribution_of(machine);
  if (software == Software::kernel_modules) return kernel_modules(machine, distribution);
  const auto name = package(distribution.family, software);
  switch (distribution.family) {
    case Family::debian:
      return "sudo apt install " + name;
    case Family::fedora:
      return "sudo dnf install " + name;
    case Family::arch:
      // Arch has no libreswan; its users' repository does.
      return software == Software::libreswan ? "Install libreswan (from the AUR)." : "sudo pacman -S " + name;
    case Family::suse:
      return "sudo zypper install " + name;
    case Family::other:
      break;
  }
  return "Install " + name + ".";
}

}  // namespace l2tp::doctor
