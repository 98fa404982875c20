// What of Libreswan is installed on a machine, wherever its distribution put it.
#pragma once

#include <string>

namespace l2tp::libreswan {

// The folder of pluto and its programs, without `root`; empty where none is installed.
std::string find_programs(const std::string& root = {});

}  // namespace l2tp::libreswan
