// Certificates and keys: the files that the profile names, read with its owner's rights and understood.
#pragma once

#include <map>
#include <memory>
#include <string>
#include <vector>

#include "core/credential_reader.h"
#include "machine/user_file.h"
#include "service/activation.h"
#include "service/stage.h"

namespace l2tp {

class CredentialsStage final : public StageBase {
 public:
  explicit CredentialsStage(Activation& activation) : activation_(activation) {}

  // Whether a profile names any file.
  static bool is_needed(const Settings& settings);

  [[nodiscard]] Stage id() const override { return Stage::credentials; }
  [[nodiscard]] Milliseconds deadline() const override { return Milliseconds{5000}; }
  [[nodiscard]] Failure timed_out() const override;
  void start(Started started, Lost lost) override;
  void stop(Stopped stopped) override;

 private:
  void read_next();
  [[nodiscard]] std::optional<Failure> understand();
  [[nodiscard]] std::optional<Failure> understand(CredentialFiles& files, Credentials& credentials,
                                                  std::string_view secret);
  [[nodiscard]] CredentialFile file(const std::string& path) const;

  Activation& activation_;
  Started started_;
  std::vector<std::string> paths_;          // still to be read
  std::map<std::string, Secret> contents_;  // by path
  std::unique_ptr<UserFile> reading_;
};

}  // namespace l2tp
