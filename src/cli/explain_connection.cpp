// nm-l2tp explain [CONNECTION]: the last failure that the service kept.
#include <dirent.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <ctime>
#include <fstream>
#include <iostream>
#include <iterator>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "cli/command.h"
#include "cli/explain.h"
#include "cli/output.h"
#include "core/failure_record.h"
#include "core/json.h"
#include "core/wording.h"
#include "libnm/profile.h"

namespace l2tp::cli {

namespace {

struct Known {
  std::string uuid;
  std::string name;
};

// NetworkManager's L2TP connections; nothing if it does not run.
std::optional<std::vector<Known>> known_connections() {
  GError* raw = nullptr;
  const ObjectRef<NMClient> client{nm_client_new(nullptr, &raw)};
  const ErrorPtr error{raw};
  if (client == nullptr || nm_client_get_nm_running(client.get()) == FALSE) return std::nullopt;
  std::vector<Known> known;
  const auto* all = nm_client_get_connections(client.get());
  for (guint i = 0; i < all->len; ++i) {
    auto* connection = NM_CONNECTION(g_ptr_array_index(all, i));
    if (l2tp_setting(connection) != nullptr)
      known.push_back({nm_connection_get_uuid(connection), nm_connection_get_id(connection)});
  }
  return known;
}

std::string record_file(const std::string& uuid) {
  return std::string{failure_record_dir} + "/" + uuid + ".json";
}

// A record, or errno of the file; an unreadable content is EINVAL, with its sentence.
struct Unreadable {
  int number;
  std::string sentence;
};
Result<FailureRecord, Unreadable> record_of(const std::string& uuid) {
  constexpr std::streamsize largest = 1 << 20;  // bytes; the service writes some KiB
  std::ifstream file{record_file(uuid)};
  if (!file) return Unexpected{Unreadable{errno, std::strerror(errno)}};
  std::string text(largest, '\0');
  file.read(text.data(), largest);
  text.resize(static_cast<std::size_t>(file.gcount()));
  auto record = failure_record_from_json(text);
  if (!record) return Unexpected{Unreadable{EINVAL, record.error()}};
  record.value().uuid = uuid;
  return std::move(record.value());
}

struct CloseDir {
  void operator()(DIR* dir) const { closedir(dir); }
};

// The UUIDs of which there are records; errno if the directory is not to be listed.
Result<std::vector<std::string>, int> recorded() {
  std::vector<std::string> uuids;
  const std::unique_ptr<DIR, CloseDir> dir{opendir(std::string{failure_record_dir}.c_str())};
  if (dir == nullptr) {
    if (errno == ENOENT) return uuids;
    return Unexpected{errno};
  }
  while (const auto* entry = readdir(dir.get())) {
    std::string name = entry->d_name;
    if (!name.ends_with(".json")) continue;
    name.resize(name.size() - 5);
    if (is_uuid(name)) uuids.push_back(std::move(name));
  }
  return uuids;
}

std::string local_time(std::int64_t seconds) {
  const auto time = static_cast<std::time_t>(seconds);
  std::tm parts{};
  char text[64];
  if (localtime_r(&time, &parts) == nullptr ||
      std::strftime(text, sizeof text, "%Y-%m-%d %H:%M:%S", &parts) == 0)
    return "at an unknown time";
  return text;
}

std::string title(const Known& connection) {
  return connection.name.empty() ? connection.uuid : harmless(connection.name) + " (" + connection.uuid + ")";
}

void print(const FailureRecord& record, const Known& connection) {
  const auto& kind = *record.failure.kind;
  std::cout << title(connection) << "\n"
            << (record.was_up ? "The connection had been up; it failed " : "Connecting failed ")
            << local_time(record.time) << ".\n\n"
            << toned(Tone::strong, paragraph(harmless(record.failure.sentence()))) << paragraph(kind.advice)
            << toned(Tone::faint, std::string{kind.id} + ", stage " + std::string{to_string(kind.stage)} +
                                      ", " + std::string{to_string(kind.reason)})
            << "\n";
  if (!record.failure.evidence.empty()) std::cout << "\nWhat the daemons said:\n";
  for (const auto& line : record.failure.evidence) std::cout << "  " << harmless(line) << "\n";
  std::cout << "\n";
  if (record.up_since > 0)
    std::cout << toned(Tone::good, "The connection came up after that: " + local_time(record.up_since) + ".")
              << "\n";
  else
    std::cout << "The connection has not been up since.\n";
}

int tell(FailureRecord record, const Known& connection, bool json) {
  if (json) {
    record.failure.detail = harmless(record.failure.detail);
    for (auto& line : record.failure.evidence) line = harmless(line);
    std::cout << to_json(record);
  } else {
    print(record, connection);
  }
  return record.up_since > 0 ? success : found_trouble;
}

// "No failure" is an answer, too.
int tell_none(const Known& connection, const std::string& sentence, bool json) {
  if (!json) {
    std::cout << sentence << "\n";
    return success;
  }
  const ObjectRef<JsonBuilder> object{json_builder_new()};
  auto* builder = object.get();
  json_builder_begin_object(builder);
  json::add(builder, "version", gint64{1});
  if (!connection.uuid.empty()) json::add(builder, "uuid", connection.uuid);
  json_builder_set_member_name(builder, "id");
  json_builder_add_null_value(builder);
  json_builder_end_object(builder);
  std::cout << json::text_of(builder);
  return success;
}

int complain(const std::string& sentence) {
  std::cerr << "nm-l2tp: " << sentence << "\n";
  return wrong_usage;
}

// A name or UUID -> the connection, or a sentence.
Result<Known, std::string> find_connection(const std::string& word) {
  const auto known = known_connections();
  if (is_uuid(word)) {
    const auto uuid = lower(word);
    for (const auto& one : known.value_or(std::vector<Known>{}))
      if (one.uuid == uuid) return one;
    if (known && access(record_file(uuid).c_str(), F_OK) != 0 && errno == ENOENT)
      return Unexpected{"There is no L2TP connection with the UUID " + uuid +
                        " (see: nmcli connection show)."};
    return Known{uuid, {}};
  }
  if (!known)
    return Unexpected{std::string{
        "NetworkManager does not run, or cannot be asked; give the connection's UUID instead of its name."}};
  std::vector<Known> named;
  std::copy_if(known->begin(), known->end(), std::back_inserter(named),
               [&word](const Known& one) { return one.name == word; });
  if (named.empty())
    return Unexpected{"There is no L2TP connection '" + harmless(word) + "' (see: nmcli connection show)."};
  if (named.size() > 1)
    return Unexpected{"There are " + std::to_string(named.size()) + " L2TP connections '" + harmless(word) +
                      "'; give the UUID."};
  return named.front();
}

int explain_one(const std::string& word, bool json) {
  const auto connection = find_connection(word);
  if (!connection) return complain(connection.error());
  auto record = record_of(connection.value().uuid);
  if (record) return tell(std::move(record.value()), connection.value(), json);
  const auto& [number, sentence] = record.error();
  if (number == ENOENT)
    return tell_none(connection.value(), "No failure of " + title(connection.value()) + " is on record.",
                     json);
  if (number == EACCES || number == EPERM)
    return complain("The record of " + title(connection.value()) +
                    " is another user's: only he and root may read it.");
  return complain("The record of " + title(connection.value()) + " cannot be read: " + harmless(sentence));
}

int explain_last(bool json) {
  const auto known = known_connections().value_or(std::vector<Known>{});
  auto uuids = recorded();
  std::vector<std::string> candidates;
  if (uuids)
    candidates = std::move(uuids.value());
  else
    std::transform(known.begin(), known.end(), std::back_inserter(candidates),
                   [](const Known& one) { return one.uuid; });

  std::optional<FailureRecord> last;
  std::size_t others = 0;
  for (const auto& uuid : candidates) {
    auto record = record_of(uuid);
    if (!record) {
      if (record.error().number == EACCES) ++others;
      continue;
    }
    if (!last || record.value().time > last->time) last = std::move(record.value());
  }
  if (!last && others > 0)
    return complain("There are records of failures, but only of other users' connections.");
  if (!last) return tell_none({}, "No failure is on record.", json);
  const auto name =
      std::find_if(known.begin(), known.end(), [&last](const Known& one) { return one.uuid == last->uuid; });
  Known connection{last->uuid, name == known.end() ? std::string{} : name->name};
  return tell(std::move(*last), connection, json);
}

}  // namespace

int explain_connection(std::string_view connection, bool json) {
  return connection.empty() ? explain_last(json) : explain_one(std::string{connection}, json);
}

}  // namespace l2tp::cli
