// The starter and the charon that we run where strongSwan has no VICI plugin: where they are reached, which
// charon is ours, and the files through which it learns secrets.
//
// charon's AppArmor profile allows /run/charon.* and no folder of /run, so what charon reads itself lies
// there. It does not allow to list /run either, so each connection's secrets are included by name.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "service/system/foreign_process.h"

namespace l2tp::own_starter {

inline constexpr const char* socket = "/run/charon.nm-l2tp.ctl";  // stroke's
inline constexpr std::string_view secrets_suffix = ".secrets";

// The keeper's.
std::string directory();

// The strongswan.conf of both; a process that has it in its environment is ours.
std::string configuration();

// Our own charon, if it runs; a file of the system's own is none of it.
std::unique_ptr<ForeignProcess> charon();

// True if a charon runs that is not ours.
bool others_charon_runs();

// True if a starter runs, whoever's.
bool some_starter_runs();

// The path of a file that charon reads for connection `name`; all of them begin alike.
std::string file(const std::string& name, std::string_view suffix);
void remove_files(const std::string& name);

// Includes the secrets of all connections that have some. The caller holds the lock of run_base. An error in
// words.
std::optional<std::string> write_shared_secrets();

// Removes what starter and charon leave when they are killed. What belongs to living ones is not touched.
void remove_files_of_the_dead();

}  // namespace l2tp::own_starter
