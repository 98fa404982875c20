// The daemons' own configuration, as people write it by hand: xl2tpd.conf(5) with ipsec.conf(5),
// ipsec.secrets(5) and the options of pppd(8).
#pragma once

#include <functional>
#include <optional>

#include "import/imported.h"

namespace l2tp::import {

bool looks_like_xl2tpd_conf(std::string_view text);
bool looks_like_ipsec_conf(std::string_view text);

// The content of a file that belongs to the one imported: a bare name lies beside it, an absolute path
// anywhere. Nothing: it can't be read.
using ReadBeside = std::function<std::optional<std::string>(const std::string& name)>;

// Begins with either of the pair and looks for the others beside it. `name` is that of the file.
ImportResult read_daemon_files(std::string_view text, const ReadBeside& read);

}  // namespace l2tp::import
