#include "service/stages/credentials.h"

#include <algorithm>
#include <ctime>
#include <utility>

namespace l2tp {

namespace {

void add_paths(const std::optional<CredentialFiles>& files, std::vector<std::string>& paths) {
  if (!files) return;
  for (const auto& path : {files->authority, files->certificate, files->key})
    if (!path.empty() && std::find(paths.begin(), paths.end(), path) == paths.end()) paths.push_back(path);
}

}  // namespace

bool CredentialsStage::is_needed(const Settings& settings) {
  return settings.user_certificate_files || (settings.ipsec && settings.ipsec->certificate_files);
}

Failure CredentialsStage::timed_out() const {
  return failure("credentials-unreadable",
                 (paths_.empty() ? std::string{"the last file"} : paths_.back()) + " (no answer within 5 s)");
}

void CredentialsStage::start(Started started, Lost) {
  started_ = std::move(started);
  if (activation_.settings.ipsec) add_paths(activation_.settings.ipsec->certificate_files, paths_);
  add_paths(activation_.settings.user_certificate_files, paths_);
  read_next();
}

void CredentialsStage::read_next() {
  if (paths_.empty()) return std::exchange(started_, {})(understand());
  reading_ =
      UserFile::read(paths_.back(), activation_.settings.owner, [this](Result<Secret, std::string> content) {
        if (!content)
          return std::exchange(
              started_, {})(failure("credentials-unreadable", paths_.back() + " (" + content.error() + ")"));
        contents_.emplace(paths_.back(), std::move(content.value()));
        paths_.pop_back();
        read_next();
      });
}

std::optional<Failure> CredentialsStage::understand() {
  auto& settings = activation_.settings;
  std::optional<Failure> failure;
  if (settings.ipsec && settings.ipsec->certificate_files)
    failure = understand(*settings.ipsec->certificate_files, settings.ipsec->credentials, "machine-certpass");
  if (!failure && settings.user_certificate_files)
    failure = understand(*settings.user_certificate_files, settings.user_credentials, "user-certpass");
  contents_.clear();
  return failure;
}

std::optional<Failure> CredentialsStage::understand(CredentialFiles& files, Credentials& credentials,
                                                    std::string_view secret) {
  auto read = read_credentials({file(files.authority), file(files.certificate), file(files.key)},
                               files.passphrase.view(), std::time(nullptr));
  files.passphrase.wipe();
  if (!read) {
    auto failure = read.error();
    if (failure.kind->id == "credentials-passphrase") failure.secret = secret;
    return failure;
  }
  credentials = std::move(read.value());
  return std::nullopt;
}

CredentialFile CredentialsStage::file(const std::string& path) const {
  const auto found = contents_.find(path);
  return {path, found == contents_.end() ? Secret{} : found->second.copy()};
}

void CredentialsStage::stop(Stopped stopped) {
  started_ = {};
  reading_.reset();
  contents_.clear();
  auto& settings = activation_.settings;
  if (settings.ipsec) settings.ipsec->credentials = {};
  settings.user_credentials = {};
  stopped();
}

}  // namespace l2tp
