#include "service/ipsec/algorithm_filter.h"

#include <utility>

#include "service/system/journal.h"

namespace l2tp {

namespace {

constexpr std::array phases{Phase::one, Phase::two};

std::size_t index_of(Phase phase) {
  return phase == Phase::one ? 0 : 1;
}

std::string in_phase(Phase phase, const std::string& list) {
  return (phase == Phase::one ? "ike=" : "esp=") + list;
}

std::string joined(const std::vector<std::string>& words) {
  std::string text;
  for (const auto& word : words) text += (text.empty() ? "" : ",") + word;
  return text;
}

void tell_of(const std::vector<std::string>& words) {
  if (!words.empty())
    journal::log(journal::Level::notice, "left out, for this Libreswan does not take it: " + joined(words));
}

}  // namespace

void AlgorithmFilter::start(Lists wanted, Known known) {
  lists_ = std::move(wanted);
  known_ = std::move(known);
  ask_for_all();
}

// The parser's exit status decides. Most lists are taken whole, or hold words that no version of this build
// takes; those its lines tell in one run. Where even then the rest is refused (IKEv1 has one group for all of
// phase 2), they are tried one more at a time.
void AlgorithmFilter::ask_for_all() {
  std::vector<std::string> words;
  for (const auto phase : phases)
    if (const auto& list = lists_[index_of(phase)]; !list.empty())
      words.push_back(in_phase(phase, joined(list)));
  if (words.empty()) return known_(lists_);
  ask(words, {}, [this](const PlutoControl::Outcome& outcome) {
    if (outcome.done) return known_(lists_);
    if (!std::exchange(asked_for_each_, true)) return ask_for_each();
    ask_one_by_one(Phase::one, 0);
  });
}

void AlgorithmFilter::ask_for_each() {
  std::vector<std::string> words;
  for (const auto phase : phases)
    for (const auto& word : lists_[index_of(phase)]) words.push_back(in_phase(phase, word));
  ask(
      words, [this](std::string_view line) { take_line(line); },
      [this](const PlutoControl::Outcome&) {
        drop_refused();
        ask_for_all();
      });
}

// "algparse -v1 'ike=aes128-sha1-modp1024'", then what it became, or an error; both indented.
void AlgorithmFilter::take_line(std::string_view line) {
  if (line.find("\tERROR") == 0) refused_.insert(asked_);
  const auto begin = line.find('\'');
  if (line.starts_with("algparse") && begin != std::string_view::npos)
    asked_ = line.substr(begin + 1, line.rfind('\'') - begin - 1);
}

void AlgorithmFilter::drop_refused() {
  std::vector<std::string> dropped;
  for (const auto phase : phases) {
    std::vector<std::string> rest;
    for (const auto& word : lists_[index_of(phase)]) {
      if (!refused_.contains(in_phase(phase, word)))
        rest.push_back(word);
      else
        dropped.push_back(in_phase(phase, word));
    }
    lists_[index_of(phase)] = std::move(rest);
  }
  tell_of(dropped);
}

// `kept_` stays a list that is taken: each word is added to it if it still is then.
void AlgorithmFilter::ask_one_by_one(Phase phase, std::size_t index) {
  const auto& wanted = lists_[index_of(phase)];
  if (index == wanted.size()) {
    if (phase == Phase::one) return ask_one_by_one(Phase::two, 0);
    return known_(kept_);
  }
  auto list = kept_[index_of(phase)];
  list.push_back(wanted[index]);
  ask({in_phase(phase, joined(list))}, {}, [this, phase, index, list](const PlutoControl::Outcome& outcome) {
    if (outcome.done)
      kept_[index_of(phase)] = list;
    else
      tell_of({in_phase(phase, list.back())});
    ask_one_by_one(phase, index + 1);
  });
}

void AlgorithmFilter::ask(const std::vector<std::string>& words, PlutoControl::Line line,
                          PlutoControl::Ended ended) {
  auto arguments = options_;
  arguments.insert(arguments.end(), words.begin(), words.end());
  control_.parse_algorithms(arguments, std::move(line), std::move(ended));
}

}  // namespace l2tp
