// The last lines that a daemon said: evidence for a failure that has no better.
#pragma once

#include <algorithm>
#include <deque>
#include <string>
#include <string_view>
#include <vector>

#include "core/failure.h"

namespace l2tp {

class LastLines {
 public:
  static constexpr std::size_t most = 8;

  // Keeps `line`, unless it could help to guess a password: pppd's `debug` shows challenges and the answers
  // to them.
  void add(std::string_view line) {
    if (line.empty()) return;
    for (const auto* packet : {"[CHAP Challenge", "[CHAP Response", "[PAP AuthReq", "[EAP "})
      if (line.find(packet) != std::string_view::npos) return;
    if (lines_.size() == most) lines_.pop_front();
    lines_.emplace_back(line);
  }

  // `failure` with these lines after what evidence it has, and no more than `most` of all.
  [[nodiscard]] Failure prove(Failure failure) const {
    auto& evidence = failure.evidence;
    const auto free = evidence.size() < most ? most - evidence.size() : 0;
    const auto count = std::min(free, lines_.size());
    evidence.insert(evidence.end(), lines_.end() - static_cast<std::ptrdiff_t>(count), lines_.end());
    return failure;
  }

 private:
  std::deque<std::string> lines_;
};

}  // namespace l2tp
