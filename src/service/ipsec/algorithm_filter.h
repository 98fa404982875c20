// Which of the proposals that are wanted a Libreswan takes: its versions and builds differ (modp1024), and
// one word that it does not know would cost the whole connection.
#pragma once

#include <array>
#include <functional>
#include <set>
#include <string>
#include <vector>

#include "core/proposal.h"
#include "service/ipsec/pluto_control.h"

namespace l2tp {

class AlgorithmFilter {
 public:
  // By phase, each in Libreswan's spelling.
  using Lists = std::array<std::vector<std::string>, 2>;
  using Known = std::function<void(const Lists&)>;

  AlgorithmFilter(PlutoControl& control, bool ikev2, bool pfs)
      : control_(control), options_{ikev2 ? "-v2" : "-v1", pfs ? "-pfs=yes" : "-pfs=no"} {}

  // Calls `known` with what is left of `wanted`, in its order; each one that is not is logged.
  void start(Lists wanted, Known known);

 private:
  void ask_for_all();
  void ask_for_each();
  void take_line(std::string_view line);
  void drop_refused();
  void ask_one_by_one(Phase phase, std::size_t index);
  void ask(const std::vector<std::string>& words, PlutoControl::Line line, PlutoControl::Ended ended);

  PlutoControl& control_;
  std::vector<std::string> options_;
  Lists lists_;
  Lists kept_;
  Known known_;
  bool asked_for_each_ = false;
  std::string asked_;  // what the parser's next line is about
  std::set<std::string> refused_;
};

}  // namespace l2tp
