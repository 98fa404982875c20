#include "service/ipsec/own_starter.h"

#include <unistd.h>

#include <cerrno>
#include <csignal>
#include <cstdio>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <sstream>

#include "machine/strongswan.h"
#include "service/system/locked_dir.h"
#include "service/system/run_dir.h"

namespace l2tp::own_starter {

namespace {

namespace fs = std::filesystem;

constexpr const char* shared_secrets = "/run/charon.nm-l2tp.secrets";
constexpr const char* charon_pid_file = "/run/charon.pid";
constexpr const char* starter_pid_file = "/run/starter.charon.pid";

int pid_in(const char* file) {
  int pid = 0;
  std::ifstream{file} >> pid;
  return pid;
}

bool is_ours(int pid) {
  std::ostringstream content;
  content << std::ifstream{"/proc/" + std::to_string(pid) + "/environ"}.rdbuf();
  const auto environment = content.str();
  const std::string mark = "STRONGSWAN_CONF=" + configuration() + '\0';
  return environment.starts_with(mark) || environment.find('\0' + mark) != std::string::npos;
}

bool holds_secrets(const fs::directory_entry& entry) {
  const auto file = entry.path().filename().string();
  return file.starts_with("charon.nm-l2tp-") && file.ends_with(secrets_suffix);
}

}  // namespace

std::string directory() {
  return std::string{run_base} + "/starter";
}

std::string configuration() {
  return CHARON_STARTER_CONF;
}

std::unique_ptr<ForeignProcess> charon() {
  const int pid = pid_in(charon_pid_file);
  // Held before it is judged, so that what is judged is what is meant.
  auto process = pid > 0 ? ForeignProcess::open(pid) : nullptr;
  if (!process || !is_ours(pid)) return nullptr;
  return process;
}

// The pid file is read once: ours may write it at this very moment.
bool others_charon_runs() {
  const int pid = pid_in(charon_pid_file);
  const auto process = pid > 0 ? ForeignProcess::open(pid) : nullptr;
  return process && !is_ours(pid);
}

bool some_starter_runs() {
  const int pid = pid_in(starter_pid_file);
  return pid > 0 && kill(pid, 0) == 0;
}

std::string file(const std::string& name, std::string_view suffix) {
  return "/run/charon." + name + std::string{suffix};
}

void remove_files(const std::string& name) {
  std::error_code ignored;
  const auto beginning = fs::path{file(name, ".")}.filename().string();
  for (const auto& entry : fs::directory_iterator{"/run", ignored})
    if (entry.path().filename().string().starts_with(beginning)) unlink(entry.path().c_str());
}

std::optional<std::string> write_shared_secrets() {
  std::string includes;
  std::error_code ignored;
  for (const auto& entry : fs::directory_iterator{"/run", ignored})
    if (holds_secrets(entry)) includes += "include " + entry.path().string() + "\n";
  if (includes.empty()) {
    unlink(shared_secrets);
    return std::nullopt;
  }
  const std::string fresh = std::string{shared_secrets} + ".new";
  unlink(fresh.c_str());
  if (const auto made = create_file(fresh, includes); !made) return made.error();
  if (rename(fresh.c_str(), shared_secrets) != 0)
    return std::string{shared_secrets} + ": " + std::strerror(errno);
  return std::nullopt;
}

void remove_files_of_the_dead() {
  strongswan::remove_stale_pid_file();
  if (!some_starter_runs()) unlink(starter_pid_file);
  if (!charon()) unlink(socket);  // charon itself never removes it
  if (auto lock = lock_existing_directory(directory())) RunDir{directory(), std::move(lock.value())};
}

}  // namespace l2tp::own_starter
