// A key file as NetworkManager's .name files and our configuration are written.
#pragma once

#include <memory>
#include <string>

#include "core/glib.h"

namespace l2tp::doctor {

class KeyFile {
 public:
  explicit KeyFile(const std::string& text) : file_(g_key_file_new()) {
    g_key_file_load_from_data(file_.get(), text.c_str(), text.size(), G_KEY_FILE_NONE, nullptr);
  }

  // Empty if it is not there.
  [[nodiscard]] std::string value(const char* section, const char* key) const {
    const CharPtr text{g_key_file_get_string(file_.get(), section, key, nullptr)};
    return text ? std::string{text.get()} : std::string{};
  }

 private:
  struct Free {
    void operator()(GKeyFile* file) const { g_key_file_free(file); }
  };
  std::unique_ptr<GKeyFile, Free> file_;
};

}  // namespace l2tp::doctor
