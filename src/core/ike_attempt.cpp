#include "core/ike_attempt.h"

#include <algorithm>
#include <span>
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

// A line by which a daemon shows that it waits for the answer to this request; `none`: that it has come.
struct Request {
  std::string_view words;
  IkeAttempt::Step step;
};

// What the first of the words in `line` say.
std::optional<IkeAttempt::Step> step_in(std::span<const Request> requests, std::string_view line) {
  const auto found =
      std::ranges::find_if(requests, [line](const Request& request) { return holds(line, request.words); });
  if (found == requests.end()) return std::nullopt;
  return found->step;
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
  // Whatever could not be decrypted, the server went on: it was no answer of its.
  if (step != Step::authentication) undecryptable_ = false;
  step_ = step;
  repetitions_ = 0;
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
  constexpr Request requests[] = {
      {"generating ID_PROT request 0 [ SA ", Step::proposal},
      {"generating ID_PROT request 0 [ KE ", Step::key_exchange},
      {"generating ID_PROT request", Step::authentication},
      {"generating IKE_SA_INIT request", Step::proposal},
      {"generating IKE_AUTH request", Step::authentication},
      {"generating QUICK_MODE request", Step::phase2},
      {"generating CREATE_CHILD_SA request", Step::phase2},
      // IKEv2 asks for phase 2 with the authentication, and this answers it.
      {", no CHILD_SA built", Step::phase2},
      {"parsed ID_PROT response", Step::none},
      {"parsed IKE_SA_INIT response", Step::none},
      {"parsed QUICK_MODE response", Step::none},
  };
  if (const auto step = step_in(requests, line)) asked(*step);
  if (holds(line, "sending retransmit ")) repeated();
  if (holds(line, "sending packet: ") && holds(line, "[4500] (")) sent_to_port_4500();
  if (is_charon_decryption_trouble(line)) could_not_decrypt();
  if (auto failure = read_charon_line(line)) tell(std::move(*failure));
}

// --- pluto

bool PlutoAttempt::is_noise(std::string_view line) const {
  return holds(line, "in FIPS mode") || holds(line, "vendor ID");
}

void PlutoAttempt::read(std::string_view line) {
  constexpr Request requests[] = {
      {": sent Main Mode request", Step::proposal},
      {": sent IKE_SA_INIT request", Step::proposal},
      {": sent Main Mode I2", Step::key_exchange},
      {": sent Main Mode I3", Step::authentication},
      {": sent IKE_AUTH request", Step::authentication},
      {": sent Quick Mode request", Step::phase2},
      {"rejected Child SA", Step::phase2},  // as charon's ", no CHILD_SA built"
      {"IKE SA established", Step::none},
      {"established IKE SA", Step::none},
  };
  if (const auto step = step_in(requests, line)) asked(*step);
  if (holds(line, ": retransmission; will wait ")) repeated();
  if (holds(line, "\":4500 STATE_")) sent_to_port_4500();  // as whack shows the state, when asked for it
  if (is_pluto_decryption_trouble(line)) could_not_decrypt();
  if (auto failure = read_pluto_line(line)) tell(std::move(*failure));
  if (holds(line, "timeout exceeded after ")) tell(unanswered(false, {}));
}

}  // namespace l2tp
