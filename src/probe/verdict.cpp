#include "probe/verdict.h"

#include "core/words.h"

namespace l2tp::probe {

namespace {

std::string about_the_server(const Outcome& outcome) {
  const auto& findings = outcome.findings;
  switch (findings.verdict()) {
    case Verdict::accepts:
      // Translators: {0} is an address, {1} and {2} are numbers.
      return fill(_("{0} accepts {1} of {2} combinations."),
                  {outcome.address, std::to_string(findings.count(Standing::accepted)),
                   std::to_string(number_of_suites)});
    case Verdict::refuses:
      return fill(
          _("{0} speaks IKEv1, but accepts nothing of what it was asked: it may want aggressive mode, "
            "ask for other algorithms, or not know your address."),
          {outcome.address});
    case Verdict::only_ikev2:
      return fill(_("{0} answers IKEv2, but not IKEv1: set ipsec-ikev2=yes in the profile, or ask for IKEv1 "
                    "at the server."),
                  {outcome.address});
    case Verdict::closed:
      return fill(
          _("{0} says that nothing listens on UDP port 500: the VPN server is not running, or this is "
            "another machine."),
          {outcome.address});
    case Verdict::unreachable:
      return fill(_("{0} can't be reached: a router on the way says that there is no way to it."),
                  {outcome.address});
    case Verdict::silent:
      break;
  }
  return fill(_("Nothing answers at {0}: no server is there, or a firewall drops UDP port 500 on the way. "
                "Check the address, and try another network."),
              {outcome.address});
}

}  // namespace

std::string verdict_text(const Outcome& outcome) {
  const auto& findings = outcome.findings;
  auto text = about_the_server(outcome);
  if (outcome.from_port_500 == Outcome::Port500::answers)
    text += std::string{" "} +
            _("It answers only if asked from port 500: behind a NAT that changes it, it will not answer.");
  if (findings.loses_packets())
    text +=
        " " + fill(_("It answered only {0} of {1} packets: the path loses them, or the server answers only "
                     "so many. Connecting will be slow, and may fail."),
                   {std::to_string(findings.received), std::to_string(findings.sent)});
  return text;
}

}  // namespace l2tp::probe
