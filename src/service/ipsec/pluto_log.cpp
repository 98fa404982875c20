#include "service/ipsec/pluto_log.h"

namespace l2tp {

PlutoLog::PlutoLog(const std::string& path) : file_(path) {
  file_.seekg(0, std::ios::end);
}

std::vector<std::string> PlutoLog::news(const std::string& name) {
  std::vector<std::string> lines;
  const std::string mark = ": \"" + name + "\"";
  file_.clear();  // its end was reached, and has moved since
  while (file_) {
    const auto begin = file_.tellg();
    std::string line;
    if (!std::getline(file_, line)) break;
    if (file_.eof()) {  // half written
      file_.seekg(begin);
      break;
    }
    if (const auto at = line.find(mark); at != std::string::npos) lines.push_back(line.substr(at + 2));
  }
  return lines;
}

}  // namespace l2tp
