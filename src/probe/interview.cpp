#include "probe/interview.h"

#include <algorithm>
#include <array>

#include "core/ike/ikev2.h"
#include "core/ike/vendor_ids.h"

namespace l2tp::probe {

namespace {

using namespace std::chrono_literals;
using ike::Authentication;
using ike::Group;

// strongSwan's limit is five: one is left for the user's own connection.
constexpr std::size_t most_half_open_anywhere = 4;
// Also those that wait for an answer which hardly comes.
constexpr std::size_t most_pending = 24;
// While a server is not known yet.
constexpr std::size_t cautious_half_open = 2;
// Libreswan's pluto keeps ended exchanges for a minute, but allows 50000 of them.
constexpr std::size_t most_half_open_of_pluto = 200;
constexpr auto kept_by_others = 40s;
// How long a farewell takes at least from its arrival to its effect.
constexpr auto least_effect_of_farewell = 20ms;
// And at most, however slow the last answer was: we may have stood still ourselves.
constexpr Milliseconds most_effect_of_farewell = 1s;

// Those that servers have most are asked first.
constexpr std::array group_order{Group::modp2048, Group::modp1024, Group::ecp256,
                                 Group::ecp384,   Group::modp1536, Group::modp3072,
                                 Group::modp4096, Group::ecp521,   Group::modp768};
constexpr int psk_section = 0, aggressive_section = 1, rsa_section = 2, small_section = 3;

// For servers that do not bear long lists.
constexpr std::array classics{
    ike::Suite{ike::Encryption::aes256, ike::Hash::sha1, Group::modp2048, Authentication::psk},
    ike::Suite{ike::Encryption::aes256, ike::Hash::sha1, Group::modp1024, Authentication::psk},
    ike::Suite{ike::Encryption::aes128, ike::Hash::sha1, Group::modp1024, Authentication::psk},
    ike::Suite{ike::Encryption::triple_des, ike::Hash::sha1, Group::modp1024, Authentication::psk}};

}  // namespace

Interview::Interview(Plan plan, Send send, Random random)
    : plan_(plan), send_(std::move(send)), random_(std::move(random)) {}

void Interview::begin(Milliseconds now) {
  began_ = now_ = now;
  plan_questions();
  ask({.kind = Kind::ikev2}, now);
  fill(now);
}

void Interview::plan_questions() {
  for (const auto authentication : ike::all_authentications) {
    const bool psk = authentication == Authentication::psk;
    int order = 0;
    for (const auto group : group_order)
      queue_.push_back({.section = psk ? psk_section : rsa_section,
                        .order = order++,
                        .suites = ike::suites_of(group, authentication)});
    if (plan_.first_only) {
      queue_.resize(cautious_half_open);
      return;
    }
  }
  queue_.push_back({.section = aggressive_section, .kind = Kind::aggressive});
}

void Interview::plan_small_questions() {
  small_planned_ = true;
  int order = 0;
  for (const auto& suite : classics)
    queue_.push_back({.section = small_section, .order = order++, .suites = {suite}});
}

ike::Cookie Interview::new_cookie() {
  ike::Cookie cookie{};
  random_(cookie);
  cookie[0] |= 1;  // never all zero
  return cookie;
}

void Interview::ask(Item item, Milliseconds now) {
  Question question{.item = std::move(item), .cookie = new_cookie()};
  std::array<std::uint8_t, 20> nonce{};
  random_(nonce);
  auto& suites = question.item.suites;
  if (question.item.kind == Kind::ikev2) {
    question.packet = ike::ikev2_question(question.cookie, nonce);
  } else if (question.item.kind == Kind::aggressive) {
    const auto best = findings_.strongest(Authentication::psk);
    suites = best ? std::vector{*best} : ike::suites_of(Group::modp1024, Authentication::psk);
    question.packet = ike::aggressive_mode_question(question.cookie, suites, nonce, "probe.invalid");
  } else {
    question.packet = ike::main_mode_question(question.cookie, suites);
  }
  question.first_sent = now;
  send_again(question, now);
  pending_.push_back(std::move(question));
}

void Interview::send_again(Question& question, Milliseconds now) {
  const bool was_weightless =
      std::exchange(question.weightless, question.sends >= 2 && !findings_.loses_packets());
  if (question.weightless && !was_weightless && question.item.kind == Kind::main) ++silences_;
  ++question.sends;
  question.next_send = now + patience(question.sends);
  send_(question.packet);
}

Milliseconds Interview::patience(int sends) const {
  const auto first = findings_.round_trip
                         ? std::clamp<Milliseconds>(2 * *findings_.round_trip + 60ms, 150ms, 1000ms)
                         : Milliseconds{300};
  if (findings_.loses_packets()) return first;
  return std::min<Milliseconds>(first * (1 << std::min(sends - 1, 4)), std::max<Milliseconds>(first, 1000ms));
}

int Interview::most_sends() const {
  return findings_.loses_packets() ? 10 : 4;
}

std::size_t Interview::undecided() const {
  return static_cast<std::size_t>(std::ranges::count_if(pending_, [this](const Question& question) {
    return (!question.weightless || !heard()) &&
           (question.item.kind == Kind::main || question.item.kind == Kind::aggressive);
  }));
}

std::size_t Interview::half_open(Milliseconds now) const {
  const auto later = [now](Milliseconds until) { return until > now; };
  const auto count = [&](const auto& times) {
    return static_cast<std::size_t>(std::ranges::count_if(times, later));
  };
  return undecided() + (heard() ? 0 : unheard_) + untried_ + count(ended_) + count(held_);
}

std::size_t Interview::most_half_open() const {
  if (!findings_.forgets) return narrowed_ ? most_half_open_anywhere : cautious_half_open;
  if (*findings_.forgets) return findings_.loses_packets() ? cautious_half_open : most_half_open_anywhere;
  return refuses_like_pluto_ && !refuses_otherwise_ ? most_half_open_of_pluto : most_half_open_anywhere;
}

void Interview::fill(Milliseconds now) {
  std::ranges::sort(queue_, {}, &Item::position);
  while (!queue_.empty() && !doubting_ && half_open(now) < most_half_open() &&
         undecided() < 2 * most_half_open_anywhere && pending_.size() < most_pending) {
    // What the server takes is to be known before it is asked in aggressive mode, once.
    const auto is_open = [](const Question& question) {
      return !question.weightless && question.item.kind == Kind::main;
    };
    if (queue_.front().kind == Kind::aggressive && std::ranges::any_of(pending_, is_open)) break;
    auto item = std::move(queue_.front());
    queue_.erase(queue_.begin());
    ask(std::move(item), now);
  }
  if (queue_.empty() && !small_planned_ && !plan_.first_only && findings_.count(Standing::accepted) == 0 &&
      !findings_.out_of_time && !findings_.closed && findings_.refusals != std::set{ike::no_proposal_chosen})
    plan_small_questions();
}

// While this machine had no time for us, the server (or the way to it) may have had none either: such a time,
// which may have begun right after the last event, does not count as one in which a farewell took effect.
void Interview::pass_time(Milliseconds now) {
  constexpr auto usual_delay = 5ms;
  // What was due at the last event is late since then, and no longer.
  if (now - std::max(wakes_at(), now_) > usual_delay)
    for (auto& until : ended_) until = std::min(until + (now - now_), now + most_effect_of_farewell);
  now_ = now;
}

void Interview::advance(Milliseconds now) {
  if (over_) return;
  pass_time(now);
  for (auto& copy : copies_)
    if (copy.at <= now) send_(copy.packet);
  std::erase_if(copies_, [now](const Copy& copy) { return copy.at <= now; });
  std::erase_if(ended_, [now](Milliseconds until) { return until <= now; });
  std::erase_if(held_, [now](Milliseconds until) { return until <= now; });

  if (!plan_.patient && now - began_ >= plan_.longest && !queue_.empty()) {
    queue_.clear();
    findings_.out_of_time = true;
  }
  for (std::size_t i = 0; i < pending_.size();) {
    if (pending_[i].next_send > now) {
      ++i;
    } else if (pending_[i].sends < most_sends()) {
      send_again(pending_[i++], now);
    } else {
      const auto question = std::move(pending_[i]);
      pending_.erase(pending_.begin() + static_cast<std::ptrdiff_t>(i));
      give_up(question, now);
    }
  }
  if (!refused_aloud_.empty() && !doubting_ && silences_ >= next_doubt_) doubt(now);
  fill(now);
  finish_if_done(now);
}

void Interview::stop(Milliseconds now) {
  queue_.clear();
  plan_.patient = false;
  small_planned_ = true;
  findings_.out_of_time = true;
  std::erase_if(pending_, [](const Question& question) { return question.sends >= 2; });
  advance(now);
}

void Interview::finish_if_done(Milliseconds now) {
  findings_.taken = now - began_;
  if (!pending_.empty() || !copies_.empty()) return;
  const auto later = [now](Milliseconds until) { return until > now; };
  if (!queue_.empty()) {
    // Only a server that does not forget can be in the way now, for all else passes by itself.
    if (plan_.patient || std::ranges::any_of(ended_, later) || half_open(now) < most_half_open()) return;
    findings_.stopped_by_half_open = true;
    queue_.clear();
  }
  over_ = true;
}

Milliseconds Interview::wakes_at() const {
  auto earliest = now_ + 1000ms;
  const auto consider = [&earliest](Milliseconds time) { earliest = std::min(earliest, time); };
  for (const auto& question : pending_) consider(question.next_send);
  for (const auto& copy : copies_) consider(copy.at);
  for (const auto time : ended_) consider(time);
  for (const auto time : held_) consider(time);
  if (!plan_.patient && !queue_.empty()) consider(began_ + plan_.longest);
  return earliest;
}

void Interview::mark(const std::vector<ike::Suite>& suites, Standing standing) {
  for (const auto& suite : suites)
    if (findings_.standing(suite) != Standing::accepted) findings_.suites[suite] = standing;
}

void Interview::give_up(const Question& question, Milliseconds now) {
  switch (question.item.kind) {
    case Kind::main:
      mark(question.item.suites, Standing::unanswered);
      if (!findings_.loses_packets()) given_up_.push_back(question.item);
      if (!heard() && ++unheard_ == cautious_half_open) narrow();
      break;
    case Kind::recall:
      settle(false, now);
      break;
    case Kind::check:
      queue_.clear();
      findings_.fell_silent = true;
      doubting_ = false;
      break;
    case Kind::aggressive:
      findings_.aggressive = Reply::silent;
      break;
    case Kind::ikev2:
      findings_.ikev2 = Reply::silent;
      break;
  }
}

// Perhaps nobody is there; or our questions arrive, and the answers do not: then each is half open at the
// server. So few more are asked, of those that any server bears.
void Interview::narrow() {
  set_aside_ = std::exchange(queue_, {});
  if (findings_.out_of_time || plan_.first_only) return;
  narrowed_ = small_planned_ = true;
  for (const auto& suite : {classics.front(), classics.back()})
    queue_.push_back({.section = small_section, .suites = {suite}});
}

void Interview::widen() {
  narrowed_ = small_planned_ = false;
  for (auto* items : {&set_aside_, &given_up_})
    for (auto& item : std::exchange(*items, {})) queue_.push_back(std::move(item));
}

// One that says no aloud, and then nothing any more: has it had enough of us, or does it ignore some
// questions? What it has refused, it refuses again.
void Interview::doubt(Milliseconds now) {
  constexpr int more = 6;  // some questions it does ignore, then
  doubting_ = true;
  next_doubt_ = silences_ + more;
  ask({.kind = Kind::check, .suites = refused_aloud_}, now);
}

void Interview::take_unreachable(bool port, Milliseconds now) {
  if (over_ || heard()) return;
  pass_time(now);
  int sent = 0;
  for (const auto& question : pending_) sent += question.sends;
  // A single one may be left over from before, or forged.
  if (sent < 4) return;
  (port ? findings_.closed : findings_.unreachable) = true;
  for (const auto& question : pending_)
    if (question.item.kind == Kind::main) mark(question.item.suites, Standing::unanswered);
  findings_.ikev2 = Reply::silent;
  queue_.clear();
  pending_.clear();
  small_planned_ = true;
  finish_if_done(now);
}

// A server that is slow to answer is as slow to read a farewell.
Milliseconds Interview::effect_of_farewell() const {
  return std::min(least_effect_of_farewell + 2 * lag_, most_effect_of_farewell);
}

void Interview::measure(const Question& question, Milliseconds now) {
  findings_.sent += question.sends;
  ++findings_.received;
  answered_.push_back({question.cookie, question.sends});
  if (question.sends > 1 && findings_.round_trip) return;  // answers which of them?
  const auto taken = now - question.first_sent;
  quickest_ = std::min(quickest_.value_or(taken), taken);
  lag_ = std::max(taken - *quickest_, lag_ / 2);
  findings_.round_trip = findings_.round_trip ? (3 * *findings_.round_trip + taken) / 4 : taken;
}

void Interview::take(ike::View packet, Milliseconds now) {
  if (over_) return;
  pass_time(now);
  const auto header = ike::read_header(packet);
  if (!header) return;
  const auto found = std::ranges::find_if(pending_, [&](const Question& question) {
    return question.cookie == header->initiator && question.sends > 0;
  });
  if (found == pending_.end()) {
    // A further answer to a question that was repeated: its other copies were not lost.
    const auto tally = std::ranges::find(answered_, header->initiator, &Tally::cookie);
    if (tally != answered_.end() && tally->sent > 1) {
      --tally->sent;
      ++findings_.received;
    }
    return;
  }
  const bool lossy = findings_.loses_packets();
  if (header->version >> 4 == 2) {
    take_ikev2(packet, now);
  } else {
    const auto answer = ike::read_ikev1_answer(packet);
    if (!answer || answer->kind == ike::Answer::Kind::other) return;
    auto question = std::move(*found);
    pending_.erase(found);
    if (question.item.kind != Kind::recall) measure(question, now);
    note_vendors(answer->vendor_ids);
    if (question.item.kind != Kind::ikev2) findings_.answered_ikev1 = true;
    switch (question.item.kind) {
      case Kind::main:
        take_main(std::move(question), *answer, now);
        break;
      case Kind::recall:
        take_recall(question, *answer, now);
        break;
      case Kind::check:
        doubting_ = false;
        break;
      case Kind::aggressive:
        take_aggressive(*answer, now);
        break;
      case Kind::ikev2:
        findings_.ikev2 = Reply::refused;
        break;
    }
  }
  if (narrowed_ && heard() && !findings_.out_of_time) widen();
  if (!lossy && findings_.loses_packets())
    for (auto& item : std::exchange(given_up_, {})) queue_.push_back(std::move(item));
  advance(now);
}

void Interview::take_main(Question question, const ike::Answer& answer, Milliseconds now) {
  auto& item = question.item;
  if (answer.kind == ike::Answer::Kind::refused) {
    findings_.refusals.insert(answer.notification);
    refused_aloud_ = item.suites;
    (answer.responder == ike::Cookie{} ? refuses_like_pluto_ : refuses_otherwise_) = true;
    return mark(item.suites, Standing::refused);
  }
  end_exchange(answer, now);
  if (!findings_.forgets && !trying_ && !plan_.first_only)
    try_whether_it_forgets(question, answer.responder, 60ms, 1, now);
  const auto chosen = answer.suite ? std::ranges::find(item.suites, *answer.suite) : item.suites.end();
  if (chosen == item.suites.end()) {
    findings_.other_choice = true;
    return mark(item.suites, Standing::unanswered);
  }
  findings_.suites[*chosen] = Standing::accepted;
  if (!findings_.first_usable) findings_.first_usable = now - began_;
  item.suites.erase(chosen);
  ++item.depth;
  if (!item.suites.empty() && !findings_.out_of_time && !plan_.first_only) queue_.push_back(std::move(item));
}

void Interview::try_whether_it_forgets(const Question& question, const ike::Cookie& responder,
                                       Milliseconds delay, int round, Milliseconds now) {
  trying_ = true;
  Question recall{.item = {.kind = Kind::recall},
                  .cookie = question.cookie,
                  .responder = responder,
                  .packet = question.packet,
                  .first_sent = now,
                  .next_send = now + delay,
                  .round = round};
  pending_.push_back(std::move(recall));
}

void Interview::take_recall(const Question& question, const ike::Answer& answer, Milliseconds now) {
  const bool is_new = answer.kind == ike::Answer::Kind::chosen && answer.responder != question.responder;
  if (is_new) {
    settle(true, now);
    return end_exchange(answer, now);
  }
  // The farewell may have been lost, or overtaken.
  if (question.round < (findings_.loses_packets() ? 4 : 2) && answer.kind == ike::Answer::Kind::chosen) {
    send_(ike::farewell(question.cookie, question.responder, 1));
    return try_whether_it_forgets(question, question.responder, 200ms, question.round + 1, now);
  }
  settle(false, now);
}

void Interview::settle(bool forgets, Milliseconds now) {
  findings_.forgets = forgets;
  trying_ = false;
  auto& times = forgets ? ended_ : held_;
  times.insert(times.end(), std::exchange(untried_, 0),
               now + (forgets ? effect_of_farewell() : Milliseconds{kept_by_others}));
}

void Interview::end_exchange(const ike::Answer& answer, Milliseconds now) {
  std::array<std::uint8_t, 4> id{};
  random_(id);
  const auto packet = ike::farewell(answer.initiator, answer.responder, ike::number32_at(id, 0) | 1);
  send_(packet);
  copies_.push_back({now + 15ms, packet});
  if (findings_.loses_packets())
    for (const auto delay : {60ms, 150ms, 300ms}) copies_.push_back({now + delay, packet});
  if (!findings_.forgets)
    ++untried_;
  else if (*findings_.forgets)
    ended_.push_back(now + effect_of_farewell());
  else
    held_.push_back(now + kept_by_others);
}

void Interview::take_aggressive(const ike::Answer& answer, Milliseconds now) {
  if (answer.kind == ike::Answer::Kind::refused) {
    findings_.aggressive = Reply::refused;
    return;
  }
  findings_.aggressive = Reply::yes;
  end_exchange(answer, now);
}

void Interview::take_ikev2(ike::View packet, Milliseconds now) {
  const auto answer = ike::read_ikev2_answer(packet);
  if (!answer) return;
  const auto found = std::ranges::find_if(
      pending_, [&](const Question& question) { return question.cookie == answer->initiator; });
  if (found->item.kind == Kind::ikev2) {
    measure(*found, now);
    findings_.ikev2 = Reply::yes;
    note_vendors(answer->vendor_ids);
    if (answer->accepted) held_.push_back(now + kept_by_others);
  } else {
    // "That version I do not speak", in its own.
    findings_.ikev2 = Reply::yes;
    const auto kind = found->item.kind;
    if (kind == Kind::main) mark(found->item.suites, Standing::refused);
    if (kind == Kind::recall) settle(false, now);
    if (kind == Kind::check) doubting_ = false;
    if (kind == Kind::aggressive) findings_.aggressive = Reply::refused;
  }
  pending_.erase(found);
}

void Interview::note_vendors(const std::vector<ike::Bytes>& ids) {
  constexpr std::size_t most = 32;
  for (const auto& id : ids) {
    const auto vendor = ike::vendor_of(id);
    if (!vendor) {
      if (findings_.other_ids.size() < most) findings_.other_ids.insert(ike::hexadecimal(id));
      continue;
    }
    findings_.nat_traversal |= vendor->kind == ike::VendorId::Kind::nat_traversal;
    findings_.fragmentation |= vendor->kind == ike::VendorId::Kind::fragmentation;
    if (findings_.vendors.size() < most) findings_.vendors.insert(vendor->words);
  }
}

}  // namespace l2tp::probe
