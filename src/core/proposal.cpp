#include "core/proposal.h"

#include <algorithm>
#include <array>
#include <map>
#include <set>
#include <span>
#include <utility>

#include "core/wording.h"
#include "core/words.h"

namespace l2tp {

namespace {

constexpr std::size_t most_proposals = 255;  // IKE counts them in one byte

enum class Kind { encryption, integrity, prf, group, no_group, sequence_numbers };
enum class Where { both, phase_one, phase_two };

struct Algorithm {
  std::string name;  // as strongSwan spells it
  Kind kind = Kind::encryption;
  Where where = Where::both;
  bool aead = false;

  [[nodiscard]] bool fits(Phase phase) const {
    return where == Where::both || (where == Where::phase_one) == (phase == Phase::one);
  }
};

// "'modp999' is not a known group"
std::string not_known(std::string_view word, Kind kind) {
  const auto quoted = in_quotes(word);
  switch (kind) {
    case Kind::encryption:
      return fill(_("{0} is not a known encryption algorithm"), {quoted});
    case Kind::integrity:
      return fill(_("{0} is not a known integrity algorithm"), {quoted});
    case Kind::prf:
      // Translators: PRF is a pseudorandom function, which IKE derives its keys by. Mostly said as PRF.
      return fill(_("{0} is not a known PRF"), {quoted});
    case Kind::group:
    case Kind::no_group:
      // Translators: a Diffie-Hellman group, such as modp2048.
      return fill(_("{0} is not a known group"), {quoted});
    case Kind::sequence_numbers:
      break;
  }
  return fill(_("{0} is not a known algorithm"), {quoted});
}

std::string misplaced(std::string_view word, Phase phase) {
  return fill(phase == Phase::one ? _("{0} has no place in phase 1") : _("{0} has no place in phase 2"),
              {in_quotes(word)});
}

// The daemons' spellings differ in case and underscores, above all; without both, most of them are one.
std::string squeezed(std::string_view word) {
  std::string result;
  for (const char letter : word) {
    if (letter == '_') continue;
    result += letter >= 'A' && letter <= 'Z' ? static_cast<char>(letter - 'A' + 'a') : letter;
  }
  return result;
}

// Every algorithm that strongSwan or Libreswan knows by name, under every spelling of either.
class Catalogue {
 public:
  Catalogue() {
    add_block_ciphers();
    add_aes_and_camellia_modes();
    add_other_ciphers();
    add_integrity();
    add_groups();
    add({"esn", Kind::sequence_numbers, Where::phase_two});
    add({"noesn", Kind::sequence_numbers, Where::phase_two});
  }

  [[nodiscard]] const Algorithm* find(std::string_view word, Phase phase) const {
    const auto found = spellings_.find(squeezed(word));
    return found != spellings_.end() && found->second.fits(phase) ? &found->second : nullptr;
  }

  // The algorithm that a wrong word was probably meant to be, or nullptr.
  [[nodiscard]] const Algorithm* find_nearest(std::string_view word, Phase phase) const {
    std::vector<std::string_view> known;
    for (const std::string& name : recommended_first_) {
      if (find(name, phase) != nullptr) known.push_back(name);
    }
    const std::string wanted = squeezed(word);
    std::string_view match = nearest(wanted, known);
    if (match.empty()) match = same_family(wanted, known);
    return match.empty() ? nullptr : find(match, phase);
  }

 private:
  using Spellings = std::vector<std::string>;

  void add(const Algorithm& algorithm, const Spellings& others = {}) {
    recommended_first_.push_back(algorithm.name);
    spellings_.emplace(squeezed(algorithm.name), algorithm);
    for (const std::string& spelling : others) spellings_.emplace(spelling, algorithm);
  }

  // "modp999" is no letter away from anything, but it is a modp.
  static std::string_view same_family(std::string_view word, std::span<const std::string_view> known) {
    const auto letters = [](std::string_view text) {
      return text.substr(0, text.find_first_of("0123456789"));
    };
    if (letters(word).size() < 2) return {};
    const auto* const relative = std::find_if(known.data(), known.data() + known.size(),
                                              [&](auto name) { return letters(name) == letters(word); });
    return relative == known.data() + known.size() ? std::string_view{} : *relative;
  }

  void add_block_ciphers() {
    for (const std::string cipher : {"aes", "camellia", "serpent", "twofish", "blowfish"}) {
      for (const std::string bits : {"256", "128", "192"}) {
        Spellings others{cipher + "cbc" + bits, cipher + bits + "cbc"};
        // Without a length both daemons mean 128 bits.
        if (bits == "128") others.insert(others.end(), {cipher, cipher + "cbc"});
        add({cipher + bits, Kind::encryption}, others);
      }
    }
  }

  void add_aes_and_camellia_modes() {
    for (const std::string cipher : {"aes", "camellia"}) {
      for (const std::string bits : {"256", "128", "192"}) {
        Spellings others{cipher + "ctr" + bits};
        if (bits == "128") others.push_back(cipher + "ctr");
        add({cipher + bits + "ctr", Kind::encryption}, others);
        if (cipher == "aes") add_aead(cipher, bits, "gcm");
        add_aead(cipher, bits, "ccm");
      }
    }
    // Authentication without encryption; ESP alone has it.
    for (const std::string bits : {"256", "128", "192"}) {
      const Algorithm gmac{"aes" + bits + "gmac", Kind::encryption, Where::phase_two, true};
      add(gmac, {"nullauthaesgmac" + bits, "aesgmac" + bits});
      if (bits == "128") add(gmac, {"nullauthaesgmac", "aesgmac"});
    }
  }

  // The length of the ICV is written in bytes, in bits or (Libreswan) as a letter: gcm16 = gcm128 = gcm_c.
  // Libreswan puts the key's bits last: aes_gcm256 and aes_gcm_c_256 are strongSwan's aes256gcm16.
  void add_aead(const std::string& cipher, const std::string& bits, const std::string& mode) {
    struct Icv {
      std::string bytes, bits, letter;
    };
    for (const Icv& icv : {Icv{"16", "128", "c"}, Icv{"12", "96", "b"}, Icv{"8", "64", "a"}}) {
      Spellings others{cipher + bits + mode + icv.bits, cipher + bits + mode + icv.letter};
      for (const std::string& length : {icv.bytes, icv.letter}) {
        others.push_back(cipher + mode + length + bits);
        if (bits == "128") others.push_back(cipher + mode + length);
      }
      if (icv.bytes == "16") {
        others.insert(others.end(), {cipher + bits + mode, cipher + mode + bits});
        if (bits == "128") others.push_back(cipher + mode);
      }
      add({cipher + bits + mode + icv.bytes, Kind::encryption, Where::both, true}, others);
    }
  }

  void add_other_ciphers() {
    add({"chacha20poly1305", Kind::encryption, Where::both, true});
    add({"cast128", Kind::encryption}, {"cast"});
    add({"3des", Kind::encryption}, {"3descbc"});
    add({"des", Kind::encryption}, {"descbc"});
    add({"null", Kind::encryption, Where::phase_two});
  }

  void add_integrity() {
    add_hash("sha256", {"sha2", "sha2256", "hmacsha2256", "hmacsha256", "sha2256128", "hmacsha2256128"});
    add_hash("sha384", {"sha2384", "hmacsha2384", "hmacsha384", "sha2384192", "hmacsha2384192"});
    add_hash("sha512", {"sha2512", "hmacsha2512", "hmacsha512", "sha2512256", "hmacsha2512256"});
    add_hash("aesxcbc", {"aesxcbc96", "aes128xcbc"});
    add_hash("aescmac", {"aescmac96", "aes128cmac"});
    add_hash("camelliaxcbc", {"camelliaxcbc96"});
    add_hash("sha1", {"sha", "hmacsha1", "sha196", "hmacsha196"});
    add_hash("md5", {"hmacmd5", "md596", "hmacmd596"});
    add({"sha256_96", Kind::integrity}, {"sha225696", "sha2256truncbug", "hmacsha2256truncbug"});
    add({"sha1_160", Kind::integrity});
    add({"md5_128", Kind::integrity});
  }

  void add_hash(const std::string& name, const Spellings& others) {
    add({name, Kind::integrity}, others);
    Spellings as_prf;
    for (const std::string& spelling : others) as_prf.push_back("prf" + spelling);
    add({"prf" + name, Kind::prf, Where::phase_one}, as_prf);
  }

  void add_groups() {
    struct Group {
      std::string name, number, other;
    };
    for (const auto& [name, number, other] :
         {Group{"modp2048", "14", ""},         Group{"modp3072", "15", ""},
          Group{"modp4096", "16", ""},         Group{"modp6144", "17", ""},
          Group{"modp8192", "18", ""},         Group{"ecp256", "19", ""},
          Group{"ecp384", "20", ""},           Group{"ecp521", "21", ""},
          Group{"curve25519", "31", "x25519"}, Group{"curve448", "32", "x448"},
          Group{"ecp256bp", "28", ""},         Group{"ecp384bp", "29", ""},
          Group{"ecp512bp", "30", ""},         Group{"ecp224", "26", ""},
          Group{"ecp224bp", "27", ""},         Group{"modp2048s256", "24", ""},
          Group{"modp2048s224", "23", ""},     Group{"modp1536", "5", ""},
          Group{"modp1024", "2", ""},          Group{"modp1024s160", "22", ""},
          Group{"ecp192", "25", ""},           Group{"modp768", "1", ""}}) {
      Spellings others{"dh" + number};
      if (!other.empty()) others.push_back(other);
      add({name, Kind::group}, others);
    }
    spellings_.emplace("modpnone", Algorithm{"", Kind::no_group, Where::phase_two});
    spellings_.emplace("dh0", Algorithm{"", Kind::no_group, Where::phase_two});
  }

  std::map<std::string, Algorithm, std::less<>> spellings_;
  std::vector<std::string> recommended_first_;  // of two words equally near, the better one is suggested
};

const Catalogue& catalogue() {
  static const Catalogue instance;
  return instance;
}

std::string_view trimmed(std::string_view text) {
  const auto first = text.find_first_not_of(' ');
  if (first == std::string_view::npos) return {};
  return text.substr(first, text.find_last_not_of(' ') - first + 1);
}

// A word of an entry and the sign that stands before it ('-' before the first).
struct Word {
  std::string text;
  char sign;
};

std::vector<Word> words_of(std::string_view entry) {
  std::vector<Word> words{{"", '-'}};
  for (const char letter : entry) {
    if (letter == '-' || letter == ';' || letter == '+') {
      words.push_back({"", letter});
    } else {
      words.back().text += letter;
    }
  }
  return words;
}

// One entry between commas. Several words of one kind are alternatives, whether they are joined by '-' as in
// strongSwan or by '+' as in Libreswan. IKEv1 has no alternatives within one proposal, so they become
// proposals of their own.
class Entry {
 public:
  Entry(std::string_view text, Phase phase) : text_(text), phase_(phase) {}

  Result<std::vector<Proposal>, std::string> read() {
    if (auto wrong = sort_words(); !wrong.empty()) return Unexpected{std::move(wrong)};
    if (auto wrong = complete(); !wrong.empty()) return Unexpected{std::move(wrong)};
    return combine();
  }

 private:
  using Names = std::vector<std::string>;

  // Puts each word into the list of its kind; returns what is wrong, or nothing.
  std::string sort_words() {
    const std::vector<Word> words = words_of(text_);
    for (std::size_t at = 0; at < words.size();) {
      if (words[at].text.empty())
        return fill(_("{0} lacks a word before or after a '-', '+' or ';'"), {in_quotes(text_)});
      if (at > 0 && is_none(words[at].text)) {
        if (auto wrong = take_none(words[at++].text); !wrong.empty()) return wrong;
        continue;
      }
      const auto [algorithm, count] = longest_match({&words[at], words.size() - at});
      if (algorithm == nullptr) return unknown(words[at].text);
      take(*algorithm);
      at += count;
    }
    return {};
  }

  // Some write one algorithm as several words: "aes-256-sha1", "aes-gcm-256", "sha2-256".
  [[nodiscard]] std::pair<const Algorithm*, std::size_t> longest_match(std::span<const Word> words) const {
    std::pair<const Algorithm*, std::size_t> match{nullptr, 0};
    std::string joined;
    for (std::size_t count = 1; count <= std::min<std::size_t>(words.size(), 4); ++count) {
      if (count > 1 && (words[count - 1].sign != '-' || words[count - 1].text.empty())) break;
      joined += words[count - 1].text;
      if (const Algorithm* found = catalogue().find(joined, phase_)) match = {found, count};
    }
    return match;
  }

  static bool is_none(std::string_view word) { return squeezed(word) == "none" || squeezed(word) == "null"; }

  // "none" is the integrity of an AEAD cipher in Libreswan ("aes_gcm256-none") and "without PFS" in
  // strongSwan
  // ("aes256-sha256-modp2048-none"). Returns what is wrong, or nothing.
  std::string take_none(std::string_view word) {
    const bool group_is_meant = !integrity_.empty() || !groups_.empty();
    if (!group_is_meant) return all_aead() ? std::string{} : without_integrity();
    if (phase_ == Phase::one) return misplaced(word, phase_);
    groups_.emplace_back();
    return {};
  }

  void take(const Algorithm& algorithm) {
    switch (algorithm.kind) {
      case Kind::encryption:
        encryption_.push_back(algorithm);
        break;
      case Kind::integrity:
        integrity_.push_back(algorithm.name);
        break;
      case Kind::prf:
        prfs_.push_back(algorithm.name);
        break;
      case Kind::group:
      case Kind::no_group:
        groups_.push_back(algorithm.name);
        break;
      // Extended sequence numbers are left to the daemon: an L2TP client has no use for either choice.
      case Kind::sequence_numbers:
        break;
    }
  }

  // Checks that each kind is there, or adds what goes without saying; returns what is wrong, or nothing.
  std::string complete() {
    if (encryption_.empty())
      return fill(_("{0} names no encryption algorithm, such as 'aes256'"), {in_quotes(text_)});
    if (!all_aead() && integrity_.empty()) return without_integrity();
    if (phase_ == Phase::two) {
      if (groups_.empty()) groups_.emplace_back();
      return {};
    }
    if (any_aead() && prfs_of_aead().empty())
      return fill(_("{0} names no PRF, such as 'prfsha256'"), {in_quotes(text_)});
    // Legal for Libreswan, which then offers its own default groups. These two are those that its versions
    // have in common.
    if (groups_.empty()) groups_ = {"modp2048", "modp1536"};
    return {};
  }

  [[nodiscard]] bool all_aead() const { return std::ranges::all_of(encryption_, &Algorithm::aead); }
  [[nodiscard]] bool any_aead() const { return std::ranges::any_of(encryption_, &Algorithm::aead); }

  [[nodiscard]] std::string without_integrity() const {
    return fill(_("{0} names no integrity algorithm, such as 'sha256'"), {in_quotes(text_)});
  }

  // An AEAD cipher has no integrity algorithm beside it; what stands in its place in phase 1 is the PRF
  // (Libreswan).
  [[nodiscard]] Names prfs_of_aead() const {
    if (!prfs_.empty()) return prfs_;
    Names prfs;
    for (const std::string& name : integrity_) {
      if (const Algorithm* prf = catalogue().find("prf" + name, phase_)) prfs.push_back(prf->name);
    }
    return prfs;
  }

  [[nodiscard]] Result<std::vector<Proposal>, std::string> combine() const {
    std::vector<Proposal> proposals;
    const Names nothing{""};
    for (const Algorithm& cipher : encryption_) {
      const Names& integrity = cipher.aead ? nothing : integrity_;
      const Names prfs = prfs_for(cipher);
      if (integrity.size() * prfs.size() * groups_.size() + proposals.size() > most_proposals)
        return Unexpected{fill(_("{0} stands for more than {1} proposals"),
                               {in_quotes(text_), std::to_string(most_proposals)})};
      for (const std::string& name : integrity) {
        for (const std::string& prf : prfs) {
          for (const std::string& group : groups_) proposals.push_back({cipher.name, name, prf, group});
        }
      }
    }
    return proposals;
  }

  [[nodiscard]] Names prfs_for(const Algorithm& cipher) const {
    if (phase_ == Phase::two || (!cipher.aead && prfs_.empty())) return {""};
    return cipher.aead ? prfs_of_aead() : prfs_;
  }

  [[nodiscard]] std::string unknown(std::string_view word) const {
    const Phase other = phase_ == Phase::one ? Phase::two : Phase::one;
    if (catalogue().find(word, other) != nullptr) return misplaced(word, phase_);
    const Algorithm* meant = catalogue().find_nearest(word, phase_);
    if (meant == nullptr) return fill(_("{0} is not a known algorithm"), {in_quotes(word)});
    return with_suggestion(not_known(word, meant->kind), meant->name);
  }

  std::string_view text_;
  Phase phase_;
  std::vector<Algorithm> encryption_;
  Names integrity_, prfs_, groups_;
};

void append_new(std::vector<Proposal>& list, const std::vector<Proposal>& more) {
  for (const Proposal& proposal : more) {
    if (std::find(list.begin(), list.end(), proposal) == list.end()) list.push_back(proposal);
  }
}

}  // namespace

Result<ProposalList, std::string> parse_proposals(std::string_view text, Phase phase) {
  ProposalList list;
  std::string_view rest = trimmed(text);
  if (rest.ends_with('!')) {
    list.strict = true;
    rest = trimmed(rest.substr(0, rest.size() - 1));
  }
  if (rest.find('!') != std::string_view::npos)
    return Unexpected{std::string(_("'!' may stand at the very end only"))};

  while (!rest.empty()) {
    const auto comma = std::min(rest.find(','), rest.size());
    const std::string_view entry = trimmed(rest.substr(0, comma));
    rest.remove_prefix(std::min(comma + 1, rest.size()));
    if (entry.empty()) continue;  // a comma too many harms nobody
    auto proposals = Entry(entry, phase).read();
    if (!proposals) return Unexpected{proposals.error()};
    append_new(list.proposals, proposals.value());
    if (list.proposals.size() > most_proposals)
      return Unexpected{
          fill(_("the list stands for more than {0} proposals"), {std::to_string(most_proposals)})};
  }
  if (list.proposals.empty()) return Unexpected{std::string(_("it names no algorithm"))};
  return list;
}

const std::vector<Proposal>& default_proposals(Phase phase) {
  static const std::vector<Proposal> phase_one =
      parse_proposals(
          "aes256-sha384-ecp384, aes256-sha256-ecp256, aes256-sha256-modp3072, aes256-sha256-modp2048,"
          "aes128-sha256-modp2048, aes256-sha256-modp1536, aes256-sha256-modp1024, aes256-sha1-ecp384,"
          "aes128-sha1-ecp256, aes256-sha1-modp2048, aes128-sha1-modp2048, aes256-sha1-modp1536,"
          "aes256-sha1-modp1024, aes128-sha1-modp1024, 3des-sha1-modp2048, 3des-sha1-modp1024",
          Phase::one)
          .value()
          .proposals;
  static const std::vector<Proposal> phase_two =
      parse_proposals(
          "aes256gcm16, aes128gcm16, aes256-sha256, aes128-sha256, aes256-sha1, aes128-sha1, 3des-sha1",
          Phase::two)
          .value()
          .proposals;
  return phase == Phase::one ? phase_one : phase_two;
}

std::vector<Proposal> effective_proposals(const ProposalList& list, Phase phase) {
  std::vector<Proposal> proposals = list.proposals;
  if (!list.strict) append_new(proposals, default_proposals(phase));
  return proposals;
}

std::string strongswan_spelling(const Proposal& proposal) {
  std::string text = proposal.encryption;
  for (const std::string* part : {&proposal.integrity, &proposal.prf, &proposal.group}) {
    if (!part->empty()) text += "-" + *part;
  }
  return text;
}

namespace {

// "aes256gcm16" -> "aes_gcm_c_256": the mode before the key's bits, and the ICV's length as a letter.
std::string libreswan_encryption(std::string_view name) {
  if (name == "chacha20poly1305") return "chacha20_poly1305";
  const auto digits = name.find_first_of("0123456789");
  if (digits == std::string_view::npos || digits == 0) return std::string{name};  // null, des, 3des
  const auto mode_at = std::min(name.find_first_not_of("0123456789", digits), name.size());
  std::string text{name.substr(0, digits)};
  const std::string bits{name.substr(digits, mode_at - digits)};
  const auto mode = name.substr(mode_at);
  if (mode.empty()) return text + bits;
  text += "_" + std::string{mode.substr(0, mode.find_first_of("0123456789"))};
  if (mode.ends_with("16")) text += "_c";
  if (mode.ends_with("12")) text += "_b";
  if (mode.ends_with("8")) text += "_a";
  return text + "_" + bits;
}

std::string libreswan_hash(std::string_view name) {
  static const std::map<std::string_view, std::string_view> others{
      {"sha256", "sha2_256"},  {"sha384", "sha2_384"},  {"sha512", "sha2_512"},
      {"aesxcbc", "aes_xcbc"}, {"aescmac", "aes_cmac"}, {"sha256_96", "hmac_sha2_256_truncbug"}};
  const auto found = others.find(name);
  return std::string{found == others.end() ? name : found->second};
}

// By number, where names differ between versions.
std::string libreswan_group(std::string_view name) {
  static const std::map<std::string_view, std::string_view> numbers{
      {"ecp192", "dh25"},       {"ecp224", "dh26"},      {"ecp256", "dh19"},   {"ecp384", "dh20"},
      {"ecp521", "dh21"},       {"ecp224bp", "dh27"},    {"ecp256bp", "dh28"}, {"ecp384bp", "dh29"},
      {"ecp512bp", "dh30"},     {"curve25519", "dh31"},  {"curve448", "dh32"}, {"modp1024s160", "dh22"},
      {"modp2048s224", "dh23"}, {"modp2048s256", "dh24"}};
  const auto found = numbers.find(name);
  return std::string{found == numbers.end() ? name : found->second};
}

}  // namespace

std::string libreswan_spelling(const Proposal& proposal, Phase phase) {
  std::string text = libreswan_encryption(proposal.encryption);
  if (!proposal.integrity.empty()) text += "-" + libreswan_hash(proposal.integrity);
  // The PRF has a place of its own only where no integrity algorithm stands; else Libreswan derives it.
  const bool own_prf = !proposal.prf.empty() && proposal.prf != "prf" + proposal.integrity;
  if (phase == Phase::one && own_prf) text += "-" + libreswan_hash(proposal.prf.substr(3));
  if (!proposal.group.empty()) text += "-" + libreswan_group(proposal.group);
  return text;
}

bool is_weak(const Proposal& proposal) {
  // Line by line: no encryption, blocks of 64 bits, broken hashes, short groups.
  // clang-format off
  static const std::set<std::string_view> weak{
      "null", "aes128gmac", "aes192gmac", "aes256gmac",
      "des", "3des", "cast128", "blowfish128", "blowfish192", "blowfish256",
      "md5", "md5_128", "prfmd5", "sha1", "sha1_160", "prfsha1",
      "modp768", "modp1024", "modp1024s160", "modp1536", "ecp192"};
  // clang-format on
  const std::array parts{&proposal.encryption, &proposal.integrity, &proposal.prf, &proposal.group};
  return std::any_of(parts.begin(), parts.end(),
                     [](const std::string* part) { return weak.contains(*part); });
}

}  // namespace l2tp
