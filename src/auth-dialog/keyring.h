// What the user's keyring keeps of a connection's secrets: any that speaks the Secret Service API, under the
// attributes with which NetworkManager's agents store them.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "core/secret.h"

namespace l2tp {

// Those of `names` that the keyring has for the connection `uuid`; without a keyring, or one that does not
// answer in 5 s, none. `may_unlock`: the user may be asked, for at most 60 s, to unlock it; else what is
// locked is not there.
std::map<std::string, Secret> find_in_keyring(const std::string& uuid, const std::vector<std::string>& names,
                                              bool may_unlock);

}  // namespace l2tp
