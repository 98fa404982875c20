// libFuzzer's target for a profile: lines "KEY=VALUE", those of secrets too. What is refused is refused with
// a sentence, and what is accepted can be said in either daemon's spelling and read again.
#include "core/settings.h"

#include "fuzz/imported.h"

namespace {

using namespace l2tp;

void require_readable(std::string_view text, Phase phase) {
  const auto list = parse_proposals(text, phase);
  if (!list) return require_sentence(list.error());
  for (const auto& proposal : list.value().proposals) {
    require(static_cast<bool>(parse_proposals(strongswan_spelling(proposal), phase)));
    require(static_cast<bool>(parse_proposals(libreswan_spelling(proposal, phase), phase)));
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  Profile profile;
  profile.uuid = "00000000-0000-4000-8000-000000000000";
  for (auto rest = text_of(data, size); !rest.empty();) {
    const auto line = rest.substr(0, rest.find('\n'));
    rest.remove_prefix(std::min(line.size() + 1, rest.size()));
    const auto equals = std::min(line.find('='), line.size());
    const std::string name{line.substr(0, equals)};
    const auto value = line.substr(std::min(equals + 1, line.size()));
    const auto* key = find_key(name);
    if (key != nullptr && key->secret)
      profile.secrets.insert_or_assign(name, Secret{value});
    else
      profile.data.insert_or_assign(name, std::string{value});
    if (name == "ipsec-ike") require_readable(value, Phase::one);
    if (name == "ipsec-esp") require_readable(value, Phase::two);
  }
  const auto settings = parse_settings(profile);
  if (!settings)
    require_sentence(settings.error().sentence());
  else
    require_sentences(settings.value().notes);
  return 0;
}
