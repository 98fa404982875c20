#include "machine/strongswan.h"

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cstring>
#include <fstream>
#include <string_view>

#include "machine/fd.h"

namespace l2tp::strongswan {

namespace {

constexpr const char* pid_file = "/run/charon.pid";

// Debian and Arch, Fedora and openSUSE, and what people build themselves.
constexpr std::array library_folders{"/usr/lib/ipsec",       "/usr/lib64/strongswan",
                                     "/usr/lib/strongswan",  "/usr/lib64/ipsec",
                                     "/usr/local/lib/ipsec", "/usr/lib/x86_64-linux-gnu/ipsec"};

// A function of the library: its name is among the exported symbols.
constexpr std::string_view main_mode = "main_mode_create";

bool file_holds(const std::string& path, std::string_view bytes, bool& readable) {
  const Fd fd{open(path.c_str(), O_RDONLY | O_CLOEXEC)};
  struct stat status {};
  readable = fd && fstat(fd.get(), &status) == 0 && status.st_size > 0;
  if (!readable) return false;
  const auto size = static_cast<std::size_t>(status.st_size);
  void* content = mmap(nullptr, size, PROT_READ, MAP_PRIVATE, fd.get(), 0);
  readable = content != MAP_FAILED;
  if (!readable) return false;
  const bool found = memmem(content, size, bytes.data(), bytes.size()) != nullptr;
  munmap(content, size);
  return found;
}

}  // namespace

std::string find_charon(const std::string& root) {
  for (std::string path : {"/usr/lib/ipsec/charon", "/usr/libexec/ipsec/charon", "/usr/lib/strongswan/charon",
                           "/usr/libexec/strongswan/charon", "/usr/local/libexec/ipsec/charon",
                           "/usr/sbin/charon-systemd", "/usr/bin/charon-systemd"})
    if (access((root + path).c_str(), X_OK) == 0) return path;
  return {};
}

std::string find_starter(const std::string& root) {
  for (const std::string folder : {"/usr/lib/ipsec", "/usr/libexec/ipsec", "/usr/lib/strongswan",
                                   "/usr/libexec/strongswan", "/usr/local/libexec/ipsec"})
    if (access((root + folder + "/starter").c_str(), X_OK) == 0 &&
        access((root + folder + "/charon").c_str(), X_OK) == 0)
      return folder + "/starter";
  return {};
}

bool has_plugin(const std::string& name, const std::string& root) {
  bool plugins_are_files = false;
  for (const std::string folder : library_folders) {
    const auto plugins = root + folder + "/plugins/libstrongswan-";
    if (access((plugins + name + ".so").c_str(), R_OK) == 0) return true;
    // Every strongSwan that keeps its plugins in files has this one.
    plugins_are_files = plugins_are_files || access((plugins + "kernel-netlink.so").c_str(), R_OK) == 0;
  }
  return !plugins_are_files;
}

bool speaks_ikev1(const std::string& root) {
  for (const std::string folder : library_folders) {
    bool readable = false;
    const bool found = file_holds(root + folder + "/libcharon.so.0", main_mode, readable);
    if (readable) return found;
  }
  return true;  // built in one piece: the attempt itself will show
}

namespace {

// 0: there is no such file, or it is only just being written.
int pid_of_charon(const std::string& root) {
  int pid = 0;
  std::ifstream{root + pid_file} >> pid;
  return std::max(pid, 0);
}

}  // namespace

bool charon_runs(const std::string& root) {
  const int pid = pid_of_charon(root);
  return pid > 0 && access((root + "/proc/" + std::to_string(pid)).c_str(), F_OK) == 0;
}

void remove_stale_pid_file() {
  if (pid_of_charon({}) > 0 && !charon_runs()) unlink(pid_file);
}

}  // namespace l2tp::strongswan
