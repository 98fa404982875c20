// The processes that run on this machine, as /proc lists them.
//
// Here and in the other files of this folder, `root` stands before every path: empty for this machine, else a
// tree that looks like one.
#pragma once

#include <string>
#include <vector>

namespace l2tp {

// All processes that run now.
std::vector<int> process_ids(const std::string& root = {});

// The program's name as the kernel keeps it, at most 15 bytes; empty if there is no such process.
std::string process_name(int pid, const std::string& root = {});

// Its arguments, each ended by a zero byte; empty if there is no such process.
std::string command_line(int pid, const std::string& root = {});

}  // namespace l2tp
