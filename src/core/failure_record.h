// The last failure of a connection, as the service leaves it for `nm-l2tp explain` and the editor: a small
// file of JSON without secrets.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "core/failure.h"
#include "core/result.h"

namespace l2tp {

// Where the records are: UUID.json, readable by whoever may use the connection.
inline constexpr std::string_view failure_record_dir = "/run/nm-l2tp-failures";

// RFC 4122's text form. What is another one becomes no part of a path.
bool is_uuid(std::string_view text);

struct FailureRecord {
  std::string uuid;           // of the connection
  std::int64_t time = 0;      // when it failed; s since 1970, UTC
  Failure failure;            // its kind is never nullptr
  bool was_up = false;        // the connection had been up before
  std::int64_t up_since = 0;  // when the connection came up after that; s since 1970; 0: it did not
};

// The record as one JSON object: version, uuid, time, id, stage, reason, detail, sentence, advice, evidence,
// was-up, up-since.
std::string to_json(const FailureRecord& record);

// Reads what `to_json` wrote, also another version's. The error is a sentence: no JSON, a member of a wrong
// type, an id that this catalogue does not have.
Result<FailureRecord, std::string> failure_record_from_json(std::string_view json);

// "login-failed", "connect-failed", "bad-ip-config", as NMVpnPluginFailure spells them.
std::string_view to_string(Reason reason);

}  // namespace l2tp
