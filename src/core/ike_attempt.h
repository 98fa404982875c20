// One attempt to set IPsec up, as its daemon's lines tell it: how far it came, and what it failed of.
//
// What a notify means depends on where it comes: a refused proposal is one of phase 1 or of phase 2, and what
// cannot be decrypted shows another pre-shared key only where that key has just been used.
#pragma once

#include <deque>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/failure.h"
#include "core/settings.h"

namespace l2tp {

// What the client offered, as far as a failure names it.
struct IkeOffer {
  bool ikev2 = false;
  bool certificates = false;              // else a pre-shared key
  std::optional<bool> pfs;                // as the profile says
  std::optional<std::string> group_name;  // our identity, where the profile names one
  std::vector<std::string> phase1;        // proposals; empty: the daemon's own
  std::vector<std::string> phase2;
};

// The offer of a profile, as far as the daemon knows all its algorithms.
IkeOffer offer_of(const IpsecSettings& ipsec);

class IkeAttempt {
 public:
  // The request that waits for the server's answer.
  enum class Step { none, proposal, key_exchange, authentication, phase2 };

  explicit IkeAttempt(IkeOffer offer) : offer_(std::move(offer)) {}
  IkeAttempt(const IkeAttempt&) = delete;
  IkeAttempt& operator=(const IkeAttempt&) = delete;
  virtual ~IkeAttempt() = default;

  // Reads one line of the daemon's log about this attempt.
  void take(std::string_view line);

  // What the daemon said that it failed of.
  [[nodiscard]] const std::optional<Failure>& told() const { return told_; }

  [[nodiscard]] Step step() const { return step_; }
  // How often the request was repeated.
  [[nodiscard]] int repetitions() const { return repetitions_; }
  // True once it went to UDP port 4500.
  [[nodiscard]] bool uses_port_4500() const { return port_4500_; }

  // True while all that the server has sent since our pre-shared key encrypted something (IKEv1, main mode,
  // message 5) is nothing, or what cannot be decrypted.
  [[nodiscard]] bool key_is_in_doubt() const;
  [[nodiscard]] bool undecryptable() const { return undecryptable_; }

  // What it failed of when the daemon gave up with `words` of its own.
  [[nodiscard]] Failure gave_up(const std::string& words) const;

  // What it fails of if nothing more is said. `answers_on_4500`: as a question of ours showed, if one was
  // asked; `waited`: "18 s", for how long the server had time.
  [[nodiscard]] Failure unanswered(bool answers_on_4500, const std::string& waited) const;

 protected:
  virtual void read(std::string_view line) = 0;
  // True for lines that prove nothing.
  [[nodiscard]] virtual bool is_noise(std::string_view line) const = 0;

  // Within `read`:
  void asked(Step step);  // `none`: it was answered
  void repeated() { ++repetitions_; }
  void sent_to_port_4500() { port_4500_ = true; }
  void could_not_decrypt();
  void tell(Failure failure);
  [[nodiscard]] const IkeOffer& offer() const { return offer_; }

 private:
  [[nodiscard]] Failure with_evidence(Failure failure) const;
  [[nodiscard]] Failure in_context(Failure failure) const;
  [[nodiscard]] std::string offered() const;

  IkeOffer offer_;
  Step step_ = Step::none;
  int repetitions_ = 0;
  bool port_4500_ = false;
  bool undecryptable_ = false;
  std::optional<Failure> told_;
  std::deque<std::string> recent_;
};

// charon's lines, over VICI and from stroke alike.
class CharonAttempt final : public IkeAttempt {
 public:
  using IkeAttempt::IkeAttempt;

 private:
  void read(std::string_view line) override;
  [[nodiscard]] bool is_noise(std::string_view line) const override;
};

// pluto's lines, as whack repeats them.
class PlutoAttempt final : public IkeAttempt {
 public:
  using IkeAttempt::IkeAttempt;

 private:
  void read(std::string_view line) override;
  [[nodiscard]] bool is_noise(std::string_view line) const override;
};

}  // namespace l2tp
