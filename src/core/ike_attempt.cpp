#include "core/ike_attempt.h"

#include <utility>

#include "core/log_reader.h"
#include "core/wording.h"

namespace l2tp {

namespace {

constexpr std::size_t most_evidence = 8;
constexpr std::size_t longest_line = 300;  // bytes

bool holds(std::string_view line, std::string_view words) {
  return line.find(words) != std::string_view::npos;
}

std::string joined(const std::vector<std::string>& words) {
  std::string text;
  for (const auto& word : words) text.append(text.empty() ? "" : ", ").append(word);
  return text;
}

// Empty: the daemon's own, which an IKEv2 daemon knows better.
std::vector<std::string> proposals_of(const IpsecSettings& ipsec, Phase phase) {
  const auto list = (phase == Phase::one ? ipsec.phase1 : ipsec.phase2).value_or(ProposalList{});
  std::vector<std::string> words;
  for (auto proposal : ipsec.ikev2 ? list.proposals : effective_proposals(list, phase)) {
    if (phase == Phase::two && ipsec.pfs.has_value() && !*ipsec.pfs) proposal.group.clear();
    words.push_back(strongswan_spelling(proposal));
  }
  return words;
}

Failure as(std::string_view id, const Failure& failure) {
  return l2tp::failure(id, failure.detail);
}

}  // namespace

IkeOffer offer_of(const IpsecSettings& ipsec) {
  return {ipsec.ikev2,      ipsec.certificate_files.has_value(), ipsec.pfs,
          ipsec.group_name, proposals_of(ipsec, Phase::one),     proposals_of(ipsec, Phase::two)};
}

void IkeAttempt::take(std::string_view line) {
  if (line.empty()) return;
  if (!is_noise(line)) {
    recent_.emplace_back(line.substr(0, longest_line));
    if (recent_.size() > most_evidence) recent_.pop_front();
  }
  read(line);
}

bool IkeAttempt::key_is_in_doubt() const {
  return step_ == Step::authentication && !offer_.ikev2 && !offer_.certificates && !told_;
}

void IkeAttempt::asked(Step step) {
  step_ = step;
  repetitions_ = 0;
}

void IkeAttempt::answered() {
  step_ = Step::none;
}

void IkeAttempt::could_not_decrypt() {
  undecryptable_ = undecryptable_ || key_is_in_doubt();
}

void IkeAttempt::tell(Failure failure) {
  if (!told_) told_ = with_evidence(in_context(std::move(failure)));
}

Failure IkeAttempt::with_evidence(Failure failure) const {
  failure.evidence = {recent_.begin(), recent_.end()};
  return failure;
}

// What the profile offers in the phase that the server was asked for.
std::string IkeAttempt::offered() const {
  const auto& proposals = step_ == Step::phase2 ? offer_.phase2 : offer_.phase1;
  return proposals.empty() ? std::string{"the daemon's own proposals"} : joined(proposals);
}

Failure IkeAttempt::in_context(Failure failure) const {
  const auto id = failure.kind->id;
  if (id == "ipsec-no-proposal") {
    auto refused = step_ == Step::phase2 ? as("ipsec-no-esp-proposal", failure) : std::move(failure);
    refused.detail += " to " + offered();
    if (step_ == Step::phase2 && offer_.pfs)
      refused.detail += *offer_.pfs ? "; the profile demands perfect forward secrecy"
                                    : "; the profile forbids perfect forward secrecy";
    return refused;
  }
  if (id == "ipsec-identity-refused" && step_ == Step::phase2) return as("ipsec-selectors-refused", failure);
  if (id == "ipsec-authentication" && offer_.certificates) return as("ipsec-certificate-refused", failure);
  // In main mode the key encrypts the answer as well: it could be read, so it is not the key that is wrong.
  if (id == "ipsec-authentication" && !offer_.ikev2 && holds(failure.detail, "AUTHENTICATION_FAILED")) {
    auto refused = as("ipsec-identity-refused", failure);
    refused.detail +=
        offer_.group_name ? " to " + in_quotes(*offer_.group_name) : " to this machine's address";
    return refused;
  }
  if (id == "ipsec-authentication" && key_is_in_doubt()) return as("ipsec-psk-wrong", failure);
  if (id == "ipsec-silent" && step_ != Step::none) return unanswered(false, {});
  return failure;
}

Failure IkeAttempt::gave_up(const std::string& words) const {
  if (told_ || undecryptable_) return unanswered(false, {});
  return with_evidence(failure("ipsec-failed", words));
}

Failure IkeAttempt::unanswered(bool answers_on_4500, const std::string& waited) const {
  const auto within = waited.empty() ? std::string{} : " within " + waited;
  if (told_) return *told_;
  if (undecryptable_)
    return with_evidence(failure("ipsec-psk-wrong", "what it sent back cannot be decrypted with ours"));
  switch (step_) {
    case Step::none:
    case Step::proposal:
      return with_evidence(failure("ipsec-silent", "no answer to the first message" + within));
    case Step::key_exchange:
      return with_evidence(
          failure("ipsec-silent", "it answered the first message, but not the key exchange" + within));
    case Step::phase2:
      return with_evidence(failure("ipsec-phase2-unanswered", offered()));
    case Step::authentication:
      break;
  }
  if (port_4500_ && !answers_on_4500)
    return with_evidence(failure("ipsec-nat-t-silent", "no answer to the authentication" + within));
  if (key_is_in_doubt())
    return with_evidence(failure("ipsec-psk-wrong", "it does not answer what ours encrypted"));
  return with_evidence(
      failure("ipsec-silent", "it answered the key exchange, but not the authentication" + within));
}

// --- charon

bool CharonAttempt::is_noise(std::string_view line) const {
  return line.ends_with(" vendor ID") || holds(line, "no shared key found for") ||
         line.starts_with("scheduling ") || line.starts_with("maximum IKE_SA lifetime");
}

void CharonAttempt::read(std::string_view line) {
  if (holds(line, "generating ")) {
    if (holds(line, "generating ID_PROT request") && holds(line, "[ SA "))
      asked(Step::proposal);
    else if (holds(line, "generating ID_PROT request") && holds(line, "[ KE "))
      asked(Step::key_exchange);
    else if (holds(line, "generating ID_PROT request"))
      asked(Step::authentication);
    else if (holds(line, "generating IKE_SA_INIT request"))
      asked(Step::proposal);
    else if (holds(line, "generating IKE_AUTH request"))
      asked(Step::authentication);
    else if (holds(line, "generating QUICK_MODE request") ||
             holds(line, "generating CREATE_CHILD_SA request"))
      asked(Step::phase2);
  } else if (holds(line, "sending retransmit ")) {
    repeated();
  } else if (holds(line, "sending packet: ") && holds(line, "[4500] (")) {
    sent_to_port_4500();
  } else if (holds(line, "parsed ID_PROT response") || holds(line, "parsed IKE_SA_INIT response") ||
             holds(line, "parsed QUICK_MODE response")) {
    answered();
  } else if (is_charon_decryption_trouble(line)) {
    could_not_decrypt();
  } else if (holds(line, ", no CHILD_SA built")) {
    asked(Step::phase2);  // IKEv2 asks for phase 2 with the authentication, and this answers it
  }
  if (auto failure = read_charon_line(line)) tell(std::move(*failure));
}

// --- pluto

bool PlutoAttempt::is_noise(std::string_view line) const {
  return holds(line, "in FIPS mode") || holds(line, "vendor ID");
}

void PlutoAttempt::read(std::string_view line) {
  if (holds(line, ": sent Main Mode request") || holds(line, ": sent IKE_SA_INIT request"))
    asked(Step::proposal);
  else if (holds(line, ": sent Main Mode I2"))
    asked(Step::key_exchange);
  else if (holds(line, ": sent Main Mode I3") || holds(line, ": sent IKE_AUTH request"))
    asked(Step::authentication);
  else if (holds(line, ": sent Quick Mode request"))
    asked(Step::phase2);
  else if (holds(line, ": retransmission; will wait "))
    repeated();
  else if (holds(line, "\":4500 STATE_"))  // as whack shows the state, when asked for it
    sent_to_port_4500();
  else if (holds(line, "IKE SA established") || holds(line, "established IKE SA"))
    answered();
  else if (is_pluto_decryption_trouble(line))
    could_not_decrypt();
  else if (holds(line, "rejected Child SA"))
    asked(Step::phase2);  // IKEv2 asks for phase 2 with the authentication, and this answers it
  if (auto failure = read_pluto_line(line)) tell(std::move(*failure));
  if (holds(line, "timeout exceeded after ")) tell(unanswered(false, {}));
}

}  // namespace l2tp
