// Whether who brought a connection up can be asked for a secret.
//
// NetworkManager lets a service ask wherever each agent understands hints. nmcli is such an agent even
// without
// --ask, but then answers no question, and NetworkManager ends the activation for want of secrets where the
// truth is a refused login. Nobody but nmcli's own arguments tells.
#pragma once

#include <span>
#include <string>

namespace l2tp {

// Whether a process nmcli brings the connection up that goes by one of `names` (its id, its UUID) and can't
// ask. Looks through /proc: some milliseconds.
bool brought_up_by_mute_nmcli(std::span<const std::string> names);

// The same for one process, by its arguments from the program's name on.
bool is_mute_nmcli(std::span<const std::string> arguments, std::span<const std::string> names);

}  // namespace l2tp
