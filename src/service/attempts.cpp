#include "service/attempts.h"

#include <string>
#include <utility>

#include "core/refused_secret.h"

namespace l2tp {

// A server that missed the end of our last tunnel may take this one's data for that one's, as long as it
// comes from the same port. Where nothing was answered, no password was sent: a one-time one is still good.
bool Attempts::try_another_port(const Failure& failure, Milliseconds timeout, Milliseconds now) {
  if (failure.kind->id != "ppp-unanswered" || now - begun_ > latest_other_port) return false;
  if (timeout.count() > 0 && left_of(timeout, now) < shortest_attempt) return false;
  if (std::exchange(other_port_, true)) return false;
  profile_.data["ephemeral-port"] = "yes";
  return true;
}

Milliseconds Attempts::left_of(Milliseconds timeout, Milliseconds now) const {
  return timeout.count() > 0 ? timeout - (now - begun_) : timeout;
}

std::string_view Attempts::ask_again(const Failure& failure) {
  if (!may_ask_ || questions_ == most_questions) return {};
  asked_for_ = refused_secret(failure);
  // What the profile does not hold was not refused: a connection with certificates has no key to ask for.
  const std::string key{asked_for_};
  const bool held = profile_.secrets.contains(key) || profile_.data.contains(key);
  if (failure.secret.empty() && !held) asked_for_ = {};
  if (!asked_for_.empty()) ++questions_;
  return asked_for_;
}

// NetworkManager forgets the secrets that it does not keep itself when others are asked for, so that an
// answer may hold the one alone: what is not in it stays as it was.
bool Attempts::take_answer(const Profile& answer, Milliseconds now) {
  const std::string key{asked_for_};
  const auto given = answer.secrets.find(key);
  if (given == answer.secrets.end() || given->second.empty()) return false;
  const auto old_form = profile_.data.find(key);
  if (given->second.view() == profile_.secrets[key].view()) return false;
  if (old_form != profile_.data.end() && given->second.view() == old_form->second) return false;
  for (const auto& [name, secret] : answer.secrets)
    if (!secret.empty()) profile_.secrets[name] = secret.copy();
  begun_ = now;
  return true;
}

}  // namespace l2tp
