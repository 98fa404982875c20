// The last failure of each connection, kept as a file for `nm-l2tp explain` and the editor
// (core/failure_record.h says what is in it). It outlives the connection and the service on purpose.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "core/failure_record.h"

namespace l2tp {

class FailureFile {
 public:
  // Of the connection `uuid`; readable by everybody, or only by the user `owner` if that is not empty.
  FailureFile(std::string uuid, std::string owner, std::string dir = std::string{failure_record_dir});

  // Writes `record` in the place of the last one. Returns what went wrong, in words.
  [[nodiscard]] std::optional<std::string> keep(const FailureRecord& record) const;

  // Adds to the record, if there is one, that the connection came up at `time` (s since 1970). Returns what
  // went wrong, in words.
  [[nodiscard]] std::optional<std::string> came_up(std::int64_t time) const;

 private:
  std::string uuid_;
  std::string owner_;
  std::string dir_;
};

}  // namespace l2tp
