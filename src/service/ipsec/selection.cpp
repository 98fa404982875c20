#include "service/ipsec/selection.h"

#include <vector>

#include "service/ipsec/libreswan.h"
#include "service/ipsec/strongswan_starter.h"
#include "service/ipsec/strongswan_vici.h"
#include "service/system/journal.h"

namespace l2tp {

namespace {

template <typename Daemon>
std::unique_ptr<IpsecDaemon> make(Clock& clock) {
  return std::make_unique<Daemon>(clock);
}

Errand sweep_vici(Clock&, const std::string& name, const std::string& directory,
                  const std::function<void()>& done) {
  return StrongswanVici::sweep(name, directory, done);
}

Errand sweep_starter(Clock& clock, const std::string& name, const std::string&,
                     const std::function<void()>& done) {
  return StrongswanStarter::sweep(clock, name, done);
}

Errand sweep_libreswan(Clock&, const std::string& name, const std::string& directory,
                       const std::function<void()>& done) {
  return Libreswan::sweep(name, directory, done);
}

constexpr IpsecBackend backends[] = {
    {ipsec_daemon_names[0], StrongswanVici::state, make<StrongswanVici>, sweep_vici},
    {ipsec_daemon_names[1], StrongswanStarter::state, make<StrongswanStarter>, sweep_starter},
    {ipsec_daemon_names[2], Libreswan::state, make<Libreswan>, sweep_libreswan},
};

}  // namespace

std::span<const IpsecBackend> ipsec_backends() {
  return backends;
}

Result<std::unique_ptr<IpsecDaemon>, Failure> select_daemon(const IpsecSettings& ipsec, Clock& clock) {
  const auto forced = forced_daemon(configuration_file);
  if (!forced) return Unexpected{failure("ipsec-choice-invalid", forced.error())};

  std::vector<DaemonChoice> choices;
  for (const auto& backend : backends) choices.push_back({backend.name, backend.state()});
  std::vector<std::string> passed_over;
  const auto chosen = choose_daemon(choices, !ipsec.ikev2, forced.value(), passed_over);
  for (const auto& sentence : passed_over) journal::log(journal::Level::warning, sentence);
  if (!chosen) return Unexpected{chosen.error()};

  const auto& backend = backends[chosen.value()];
  journal::log(journal::Level::info, "IPsec by " + std::string{backend.name});
  return backend.make(clock);
}

}  // namespace l2tp
