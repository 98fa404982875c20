// A machine that is a tree of files in a temporary directory, with programs, services and names that answer
// as the test says. As it comes, it lacks nothing: Debian with strongSwan, no desktop.
#pragma once

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <filesystem>
#include <map>
#include <string>
#include <vector>

#include "doctor/checks.h"
#include "fakes/temporary_dir.h"

namespace l2tp::doctor {

class FakeMachine {
 public:
  FakeMachine() {
    machine.root = directory_.path();
    machine.privileged = true;
    machine.uid = getuid();
    machine.kernel = "6.1.0-test";
    machine.libnm = "1.42.4";
    machine.now = 1800000000;
    machine.run = [this](const std::vector<std::string>& argv) -> std::optional<std::string> {
      const auto found = outputs.find(argv.front().substr(argv.front().rfind('/') + 1));
      if (found == outputs.end()) return std::nullopt;
      return found->second;
    };
    machine.call = [this](const BusCall& call) { return answer(call); };
    machine.resolve = [this](const std::string& host) -> Result<Addresses, std::string> {
      const auto found = hosts.find(host);
      if (found == hosts.end()) return Unexpected{std::string{"no such name"}};
      return found->second;
    };
    machine.read_as = [this](const std::string& path,
                             const std::string& owner) -> Result<Secret, std::string> {
      readers.push_back(owner);
      const auto content = machine.read(path);
      if (!content) return Unexpected{std::string{"No such file or directory"}};
      return Secret{*content};
    };
    furnish();
  }

  void file(const std::string& path, std::string_view content = {}) {
    std::filesystem::create_directories(std::filesystem::path{directory_.path() + path}.parent_path());
    write_file(directory_.path() + path, content);
  }
  void program(const std::string& path, const std::string& prints = {}) {
    file(path);
    chmod((directory_.path() + path).c_str(), 0755);
    if (!prints.empty()) outputs[path.substr(path.rfind('/') + 1)] = prints;
  }
  void link(const std::string& path, const std::string& target) {
    file(path);
    std::filesystem::remove(directory_.path() + path);
    std::filesystem::create_symlink(target, directory_.path() + path);
  }
  void remove(const std::string& path) { std::filesystem::remove_all(directory_.path() + path); }

  void process(int pid, const std::string& name, const std::string& arguments = {}) {
    const auto folder = "/proc/" + std::to_string(pid);
    file(folder + "/comm", name.substr(0, 15) + "\n");
    file(folder + "/cmdline", arguments);
  }
  // A UDP socket of the process; pid 0: of none that can be seen.
  void socket(int port, int pid, const std::string& unit = {}) {
    const auto inode = std::to_string(70000 + port);
    char number[8];
    std::snprintf(number, sizeof number, "%04X", static_cast<unsigned>(port));
    sockets_ += "   1: 00000000:" + std::string{number} + " 00000000:0000 07 00000000:00000000 00:00000000 " +
                "00000000     0        0 " + inode + " 2 0000000000000000 0\n";
    file("/proc/net/udp", "  sl  local_address rem_address   st ...\n" + sockets_);
    if (pid == 0) return;
    link("/proc/" + std::to_string(pid) + "/fd/5", "socket:[" + inode + "]");
    if (!unit.empty()) cgroup(pid, "/system.slice/" + unit);
  }
  void cgroup(int pid, const std::string& path) {
    file("/proc/" + std::to_string(pid) + "/cgroup", "0::" + path + "\n");
  }
  // A local socket that a process has.
  void live_socket(const std::string& path) {
    local_sockets_ += "0000000000000000: 00000002 00000000 00010000 0001 01 23456 " + path + "\n";
    file("/proc/net/unix", "Num       RefCount Protocol Flags    Type St Inode Path\n" + local_sockets_);
  }
  // A charon that runs; without the socket only stroke reaches it.
  void charon_runs(const std::string& vici_socket = {}) {
    process(400, "charon");
    file("/run/charon.pid", "400\n");
    if (!vici_socket.empty()) live_socket(vici_socket);
  }

  // By "interface.method", or "interface.property" for a property: a tuple, or the property's value.
  void says(const std::string& what, const std::string& value) { answers_[what] = value; }
  void is_silent(const std::string& what) { answers_.erase(what); }

  void without_strongswan() {
    remove("/usr/lib/ipsec/charon");
    remove("/usr/lib/ipsec/starter");
    remove("/usr/lib/ipsec/plugins");
  }
  void with_libreswan() {
    program("/usr/libexec/ipsec/pluto", "Libreswan 4.10 IKEv2 IKEv1 XFRM\n");
    program("/usr/libexec/ipsec/whack");
    program("/usr/libexec/ipsec/addconn", "export ikev1_policy='2'\n");
  }

  Machine machine;
  std::map<std::string, std::string> outputs;  // by the program's name
  std::map<std::string, Addresses> hosts;
  std::vector<std::string> readers;  // as whom files were read

 private:
  Result<VariantPtr, std::string> answer(const BusCall& call) {
    const VariantPtr arguments{call.arguments == nullptr ? nullptr : g_variant_ref_sink(call.arguments)};
    std::string what = std::string{call.interface} + "." + call.method;
    const bool property = what == "org.freedesktop.DBus.Properties.Get";
    if (property) {
      const char* interface = nullptr;
      const char* name = nullptr;
      g_variant_get(arguments.get(), "(&s&s)", &interface, &name);
      what = std::string{interface} + "." + name;
    }
    auto found = answers_.find(what + " " + call.path);
    if (found == answers_.end()) found = answers_.find(what);
    if (found == answers_.end()) return Unexpected{std::string{"no answer in time"}};
    GError* error = nullptr;
    VariantPtr value{g_variant_parse(nullptr, found->second.c_str(), nullptr, nullptr, &error)};
    if (!value) {
      ADD_FAILURE() << found->second << ": " << error->message;
      g_error_free(error);
      return Unexpected{std::string{"broken test"}};
    }
    if (property) value.reset(g_variant_ref_sink(g_variant_new("(v)", value.get())));
    return value;
  }

  void furnish() {
    file("/etc/os-release", "ID=debian\n");
    furnish_network_manager();
    program("/usr/lib/ipsec/charon", "Linux strongSwan 5.9.8\n");
    program("/usr/lib/ipsec/starter");
    file("/usr/lib/ipsec/libcharon.so.0", "...main_mode_create...");
    for (const std::string plugin : {"kernel-netlink", "vici", "stroke"})
      file("/usr/lib/ipsec/plugins/libstrongswan-" + plugin + ".so");
    program("/usr/sbin/pppd", "pppd version " PPPD_VERSION "\n");
    file(PPPD_PLUGIN);
    program("/usr/sbin/xl2tpd", "\nxl2tpd version:  xl2tpd-1.3.18\n");
    file("/lib/modules/6.1.0-test/modules.dep",
         "kernel/net/l2tp/l2tp_ppp.ko: kernel/net/l2tp/l2tp_netlink.ko kernel/net/l2tp/l2tp_core.ko "
         "kernel/drivers/net/ppp/pppox.ko kernel/drivers/net/ppp/ppp_generic.ko\n"
         "kernel/net/l2tp/l2tp_netlink.ko: kernel/net/l2tp/l2tp_core.ko\n"
         "kernel/net/l2tp/l2tp_core.ko:\n"
         "kernel/drivers/net/ppp/ppp_generic.ko:\n"
         "kernel/drivers/net/ppp/pppox.ko: kernel/drivers/net/ppp/ppp_generic.ko\n"
         "kernel/net/ipv4/esp4.ko.xz:\n");
    file("/lib/modules/6.1.0-test/modules.builtin", "kernel/net/xfrm/xfrm_user.ko\n");
    file("/proc/modules", "veth 36864 0 - Live 0x0000000000000000\n");
    file("/proc/net/udp", "  sl  local_address rem_address   st ...\n");
    file("/proc/net/route",
         "Iface\tDestination\tGateway \tFlags\tRefCnt\tUse\tMetric\tMask\t\tMTU\tWindow\tIRTT\n"
         "eth0\t00000000\t010200C0\t0003\t0\t0\t100\t00000000\t0\t0\t0\n"
         "eth0\t000200C0\t00000000\t0001\t0\t0\t100\t00FFFFFF\t0\t0\t0\n");
    file("/etc/resolv.conf", "nameserver 192.0.2.53\n");
    file("/etc/nsswitch.conf", "hosts: files mdns4_minimal [NOTFOUND=return] dns\n");
  }

  void furnish_network_manager() {
    program("/usr/sbin/NetworkManager");
    process(300, "NetworkManager");
    file("/usr/lib/NetworkManager/VPN/nm-l2tp-service.name",
         "[VPN Connection]\nname=l2tp\nservice=org.freedesktop.NetworkManager.l2tp\nprogram=" SERVICE_PROGRAM
         "\n");
    file("/usr/share/dbus-1/system.d/nm-l2tp-service.conf",
         "<busconfig><policy user=\"root\"><allow "
         "own_prefix=\"org.freedesktop.NetworkManager.l2tp\"/></policy>"
         "</busconfig>\n");
    program(SERVICE_PROGRAM);
    program(KEEPER_PROGRAM);
    program(PLUTO_PROGRAM);
    file(CHARON_CONF);
    says("org.freedesktop.NetworkManager.Version", "'1.42.4'");
    says("org.freedesktop.NetworkManager.DnsManager.Mode", "'default'");
    says("org.freedesktop.NetworkManager.DnsManager.RcManager", "'symlink'");
    says("org.freedesktop.NetworkManager.GetDeviceByIpIface", "(objectpath '/device/2',)");
    says("org.freedesktop.NetworkManager.Device.State", "uint32 100");
  }

  TemporaryDir directory_;
  std::map<std::string, std::string> answers_;
  std::string sockets_, local_sockets_;
};

// The worst that was found under this id; nullptr if there is none.
inline const Finding* found(const Group& group, const std::string& id) {
  const Finding* worst = nullptr;
  const auto weight = [](Level level) {
    return level == Level::error ? 3 : level == Level::warning ? 2 : level == Level::unchecked ? 1 : 0;
  };
  for (const auto& finding : group.findings())
    if (finding.id == id && (worst == nullptr || weight(finding.level) > weight(worst->level)))
      worst = &finding;
  return worst;
}

// EXPECT_THAT(found(check(...), "id"), Is(Level::error, "words of the sentence", "words of the remedy"))
inline auto Is(Level level, const std::string& sentence = {}, const std::string& remedy = {}) {
  using testing::AllOf;
  using testing::Field;
  using testing::HasSubstr;
  return testing::Pointee(AllOf(Field("level", &Finding::level, level),
                                Field("sentence", &Finding::sentence, HasSubstr(sentence)),
                                Field("remedy", &Finding::remedy, HasSubstr(remedy))));
}

inline void PrintTo(const Finding& finding, std::ostream* stream) {
  *stream << static_cast<int>(finding.level) << " " << finding.id << ": " << finding.sentence << " -> "
          << finding.remedy;
}

}  // namespace l2tp::doctor
