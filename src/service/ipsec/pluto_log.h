// The log of our own pluto, for what whack does not repeat: a server's refusal of phase 2, and why SAs that
// were up went. A line there begins with the time: `Nov 21 15:54:22.541780: "NAME" #1: words`.
#pragma once

#include <fstream>
#include <string>
#include <vector>

namespace l2tp {

class PlutoLog {
 public:
  // Reads from what is written from now on; a file that is not there stays silent.
  explicit PlutoLog(const std::string& path);

  // The lines about connection `name` since the last call, as whack would repeat them.
  std::vector<std::string> news(const std::string& name);

 private:
  std::ifstream file_;
};

}  // namespace l2tp
