// What an importer found in a file: enough to make a connection profile of it, or a sentence why not.
#pragma once

#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "core/result.h"
#include "core/secret.h"

namespace l2tp::import {

struct Imported {
  std::string name;                         // of the connection; may be empty
  std::map<std::string, std::string> data;  // vpn.data, by the names of core/settings.h
  std::map<std::string, Secret> secrets;    // vpn.secrets
  bool never_default = false;               // only routes of their own go through the tunnel
  std::vector<std::string> routes;          // "ADDRESS/PREFIX", IPv4 or IPv6
  std::vector<std::string> dns;             // IPv4 addresses
  std::vector<std::string> dns_search;
  std::vector<std::string> notes;  // what the file says and the profile does not: a sentence each
};

// The error is a sentence: what the file lacks, or why it is for something else.
using ImportResult = Result<Imported, std::string>;

// Files larger than this are none of ours; bytes.
inline constexpr std::size_t largest_file = 1048576;

}  // namespace l2tp::import
