#include "service/stages/ppp.h"

#include <utility>

#include "service/system/journal.h"

namespace l2tp {

namespace {

constexpr Milliseconds time_to_hang_up{400};

// IPv6CP runs beside IPCP; a server without it says so at once, and one that never answers must not hold IPv4
// up.
constexpr Milliseconds ipv6_patience{1000};

// pppd asks every second. A server that has set the tunnel up and then answers nothing will not do so later.
constexpr Milliseconds longest_silence{8000};

// What ends pppd from without, ends it because of something that xl2tpd knows, and is about to say.
constexpr Milliseconds xl2tpds_last_word{600};

// pppd(8), EXIT STATUS.
enum PppdStatus : std::uint32_t {
  terminated = 5,
  negotiation_failed = 10,
  idle = 12,
  connect_time = 13,
  echo_lost = 15,
  hangup = 16,
  login_refused = 19
};

}  // namespace

Failure PppStage::timed_out() const {
  if (activation_.ppp_link == nullptr || activation_.ppp_link->pid() == 0)
    return failure("ppp-not-started", "its plugin did not report within 30 s");
  if (auto cause = conversation_.cause(activation_.settings)) return *cause;
  return failure("ppp-negotiation-failed", "phase " + phase_ + " did not end within 30 s");
}

void PppStage::start(Started started, Lost lost) {
  started_ = std::move(started);
  lost_ = std::move(lost);
  activation_.ppp_link->set_handlers(
      {.connected = [this](int pid) { pppd_ = ForeignProcess::open(pid); },
       .phase = [this](std::string_view phase) { enter(phase); },
       .answered = [this] { silence_.reset(); },
       .packet = [this](bool from_us, std::string_view packet) { take(from_us, packet); },
       .ip4_up = [this](PppLink::Ipv6 ipv6) { ip4_up(ipv6); },
       .ip6_up =
           [this] {
             if (ipv6_patience_ || !activation_.settings.ipv4) done();
           },
       .ip6_refused =
           [this] {
             if (ipv6_patience_)
               done();
             else if (!activation_.settings.ipv4)
               fail(failure("ppp-negotiation-failed", "the server does not speak IPv6"));
           },
       .exiting = [this](std::uint32_t status) { exiting(status); },
       // After its status pppd hangs up as well.
       .closed =
           [this] {
             if (!last_word_) fail(failure("ppp-ended", "pppd was killed"));
           }});
}

void PppStage::enter(std::string_view phase) {
  phase_ = phase;
  if (phase != "establish" || std::exchange(asked_, true)) return;
  silence_ = clock_.after(longest_silence, [this] {
    fail(failure("ppp-unanswered", "none of our packets was answered within 8 s"));
  });
}

void PppStage::ip4_up(PppLink::Ipv6 ipv6) {
  if (!started_) {
    // NetworkManager was given the first address, and cannot be given another one.
    if (activation_.ppp_link->result().address != activation_.ppp.address)
      fail(failure("ppp-ended", "the server changed our address"));
    return;
  }
  if (ipv6 != PppLink::Ipv6::pending) return done();
  ipv6_patience_ = clock_.after(ipv6_patience, [this] { done(); });
}

void PppStage::done() {
  ipv6_patience_.reset();
  activation_.ppp = activation_.ppp_link->result();
  if (const auto started = std::exchange(started_, {})) started(std::nullopt);
}

// A server that ends the link, or will never give what the profile needs, has said its last word: pppd may
// take its time over it.
void PppStage::take(bool from_us, std::string_view packet) {
  conversation_.take(from_us ? PppConversation::From::us : PppConversation::From::server, packet);
  const bool no_address = conversation_.ipcp_rejected() && activation_.settings.ipv4;
  if (from_us || !(conversation_.ended_by_server() || no_address)) return;
  if (const auto cause = conversation_.cause(activation_.settings)) fail(*cause);
}

void PppStage::exiting(std::uint32_t status) {
  const auto cause = failure_of(status);
  if (cause.kind->id != "ppp-ended" || (status != terminated && status != hangup)) return fail(cause);
  last_word_ = clock_.after(xl2tpds_last_word, [this, cause] { fail(cause); });
}

Failure PppStage::failure_of(std::uint32_t status) const {
  if (status == login_refused) return conversation_.login_failure(activation_.settings);
  if (status == echo_lost) return failure("ppp-echo-lost", "several in a row");
  if (status == idle) return failure("ppp-idle", "pppd's own limit, see /etc/ppp/options");
  if (auto cause = conversation_.cause(activation_.settings)) return *cause;
  switch (status) {
    case negotiation_failed:
      return failure("ppp-negotiation-failed", "in phase " + phase_);
    case connect_time:
      return failure("ppp-ended", "its time is over (maxconnect in /etc/ppp/options)");
    case terminated:
    case hangup:
      return failure("ppp-ended", "its L2TP session went away");
    default:
      return failure("ppp-ended", "pppd ended with status " + std::to_string(status) + " in phase " + phase_);
  }
}

void PppStage::fail(const Failure& failure) {
  silence_.reset();
  ipv6_patience_.reset();
  last_word_.reset();
  const auto proven = activation_.pppd_lines.prove(failure);
  if (const auto started = std::exchange(started_, {})) return started(proven);
  if (const auto lost = std::exchange(lost_, {})) lost(proven);
}

void PppStage::stop(Stopped stopped) {
  started_ = {};
  lost_ = {};
  silence_.reset();
  ipv6_patience_.reset();
  last_word_.reset();
  if (activation_.ppp_link) activation_.ppp_link->set_handlers({});
  if (!pppd_) return stopped();
  pppd_->terminate(time_to_hang_up, [this, stopped = std::move(stopped)] {
    remove_pppd_pid_file(pppd_->pid());
    stopped();
  });
}

}  // namespace l2tp
