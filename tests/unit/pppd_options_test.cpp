#include "core/render/pppd_options.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <random>

namespace l2tp::render {
namespace {

using testing::AllOf;
using testing::Contains;
using testing::ElementsAre;
using testing::IsEmpty;
using testing::IsSupersetOf;
using testing::Not;
using testing::SizeIs;

// Reads an options file by the rules of pppd(8), OPTIONS FILES: words between white space, comments from '#',
// quotes of two kinds, and a backslash before what would mean something else. As pppd does, it understands \a
// \b \e \f \n \r \s \t and one to three octal digits; a backslash before the end of a line joins the lines.
class OptionsReader {
 public:
  explicit OptionsReader(std::string text) : text_(std::move(text)) {}

  std::vector<std::vector<std::string>> lines() {
    std::vector<std::vector<std::string>> lines{{}};
    while (at_ < text_.size()) {
      const char next = text_[at_];
      if (next == '\n') {
        ++at_;
        lines.emplace_back();
      } else if (next == ' ' || next == '\t') {
        ++at_;
      } else if (next == '#') {
        at_ = std::min(text_.find('\n', at_), text_.size());
      } else {
        lines.back().push_back(word());
      }
    }
    std::erase_if(lines, [](const auto& line) { return line.empty(); });
    return lines;
  }

 private:
  std::string word() {
    std::string word;
    char quote = 0;
    for (; at_ < text_.size(); ++at_) {
      const char next = text_[at_];
      if (next == '\\') {
        ++at_;
        escaped(word);
      } else if (quote != 0) {
        if (next == quote)
          quote = 0;
        else
          word += next;
      } else if (next == '"' || next == '\'') {
        quote = next;
      } else if (next == ' ' || next == '\t' || next == '\n') {
        break;
      } else {
        word += next;
      }
    }
    EXPECT_EQ(quote, 0) << "a quote stays open";
    return word;
  }

  // Leaves `at_` on the last character of the escape.
  void escaped(std::string& word) {
    static constexpr std::string_view letters = "abefnrst";
    static constexpr std::string_view meanings = "\a\b\033\f\n\r \t";
    if (at_ >= text_.size()) return;
    const char next = text_[at_];
    if (next == '\n') return;
    if (const auto known = letters.find(next); known != std::string_view::npos) {
      word += meanings[known];
      return;
    }
    if (next < '0' || next > '7') {
      word += next;
      return;
    }
    int value = 0;
    for (int digits = 0; digits < 3 && at_ < text_.size() && text_[at_] >= '0' && text_[at_] <= '7'; ++digits)
      value = value * 8 + (text_[at_++] - '0');
    --at_;
    word += static_cast<char>(value);
  }

  std::string text_;
  std::size_t at_ = 0;
};

using Line = std::vector<std::string>;

const PppdEnvironment environment{.plugin = "/usr/lib/pppd/2.4.9/nm-l2tp-pppd-plugin.so",
                                  .link_socket = "/run/nm-l2tp/UUID/pppd.sock",
                                  .no_script = "/run/nm-l2tp/UUID/no-script",
                                  .gateway = Ipv4Address{{203, 0, 113, 9}}};

Settings plain_settings() {
  Settings settings;
  settings.uuid = "UUID";
  settings.user = "anna";
  return settings;
}

std::vector<Line> lines(const Settings& settings, const PppdEnvironment& where = environment) {
  return OptionsReader{pppd_options(settings, where)}.lines();
}

std::vector<Line> lines_with(const std::function<void(Settings&)>& change) {
  auto settings = plain_settings();
  change(settings);
  return lines(settings);
}

// What a change of the settings adds to the file, and what it takes from it.
struct Difference {
  std::vector<Line> added, removed;
};

Difference difference(const std::function<void(Settings&)>& change) {
  auto before = lines(plain_settings());
  auto after = lines_with(change);
  std::sort(before.begin(), before.end());
  std::sort(after.begin(), after.end());
  Difference found;
  std::set_difference(after.begin(), after.end(), before.begin(), before.end(),
                      std::back_inserter(found.added));
  std::set_difference(before.begin(), before.end(), after.begin(), after.end(),
                      std::back_inserter(found.removed));
  return found;
}

TEST(PppdWordTest, EachByteComesBack) {
  for (int byte = 1; byte < 256; ++byte) {
    const std::string bytes(1, static_cast<char>(byte));
    EXPECT_THAT(OptionsReader{pppd_word(bytes)}.lines(), ElementsAre(ElementsAre(bytes))) << byte;
  }
}

TEST(PppdWordTest, AnyBytesAreOneWord) {
  std::mt19937 random{1661};
  std::uniform_int_distribution<int> any_byte{1, 255}, any_length{1, 255};
  for (int round = 0; round < 2000; ++round) {
    std::string bytes(static_cast<std::size_t>(any_length(random)), '\0');
    for (auto& byte : bytes) byte = static_cast<char>(any_byte(random));
    ASSERT_THAT(OptionsReader{"user " + pppd_word(bytes)}.lines(), ElementsAre(ElementsAre("user", bytes)));
  }
}

TEST(PppdWordTest, ADigitBehindAnEscapeIsNotPartOfIt) {
  EXPECT_THAT(OptionsReader{pppd_word("\t7\a8 9")}.lines(), ElementsAre(ElementsAre("\t7\a8 9")));
}

TEST(PppdWordTest, NothingIsAWordToo) {
  EXPECT_THAT(OptionsReader{pppd_word("")}.lines(), ElementsAre(ElementsAre("")));
}

TEST(PppdOptionsTest, WithACertificateNothingButEapTlsIsDone) {
  auto settings = plain_settings();
  settings.user_certificate_files.emplace();
  auto where = environment;
  where.authority_file = "/run/nm-l2tp/UUID/user-ca.pem";
  where.certificate_file = "/run/nm-l2tp/UUID/user-cert.pem";
  where.key_file = "/run/nm-l2tp/UUID/user-key.pem";
  const auto found = lines(settings, where);
  EXPECT_THAT(found, IsSupersetOf({Line{"ca", where.authority_file}, Line{"cert", where.certificate_file},
                                   Line{"key", where.key_file}, Line{"need-peer-eap"},
                                   Line{"nm-l2tp-certificate"}, Line{"user", "anna"}, Line{"refuse-pap"},
                                   Line{"refuse-chap"}, Line{"refuse-mschap"}, Line{"refuse-mschap-v2"}}));
  EXPECT_THAT(lines(plain_settings()), Not(Contains(Line{"nm-l2tp-certificate"})));
}

TEST(PppdOptionsTest, AUserNameCannotAddAWordOrALine) {
  for (const std::string name :
       {"x\nplugin /tmp/evil.so", "x\" pap\nplugin \"/tmp/evil.so", "x\\", "x\\\nroot", "#", "x # y", "'",
        "\"", "EXAMPLE\\anna", "two words", "\tx", "m\xc3\xbcller", "\"\"", "x\r", "\x7f\x01\xff"}) {
    const auto found = lines_with([&name](Settings& settings) { settings.user = name; });
    EXPECT_THAT(found, SizeIs(lines(plain_settings()).size())) << name;
    EXPECT_THAT(found, Contains(ElementsAre("user", name)));
  }
}

TEST(PppdOptionsTest, ThePasswordIsNotInTheFile) {
  auto settings = plain_settings();
  settings.password = Secret{"geheim"};
  EXPECT_EQ(pppd_options(settings, environment), pppd_options(plain_settings(), environment));
}

TEST(PppdOptionsTest, ThePluginComesBeforeItsOptions) {
  const auto found = lines(plain_settings());
  ASSERT_THAT(found, Not(IsEmpty()));
  EXPECT_THAT(found.front(), ElementsAre("plugin", environment.plugin));
  EXPECT_THAT(found, IsSupersetOf<Line>(
                         {{"nm-l2tp-socket", environment.link_socket}, {"nm-l2tp-gateway", "203.0.113.9"}}));
}

TEST(PppdOptionsTest, PppdStaysAChildAndTouchesNothingElseOfTheSystem) {
  EXPECT_THAT(lines(plain_settings()), IsSupersetOf<Line>({{"noauth"},
                                                           {"nodetach"},
                                                           {"logfd", "2"},
                                                           {"nodefaultroute"},
                                                           {"ip-up-script", environment.no_script},
                                                           {"ip-down-script", environment.no_script},
                                                           {"ipparam", "nm-l2tp-service-UUID"}}));
  EXPECT_THAT(lines(plain_settings()), Not(Contains(Contains("usepeerdns"))));
}

TEST(PppdOptionsTest, DebuggingIsAskedForOnlyIfOurLogIsShown) {
  auto debugging = environment;
  debugging.debug = true;
  EXPECT_THAT(lines(plain_settings(), debugging), Contains(ElementsAre("debug")));
  EXPECT_THAT(lines(plain_settings()), Not(Contains(ElementsAre("debug"))));
}

TEST(PppdOptionsTest, WithoutAnySettingTheDefaultsHold) {
  const auto found = lines(plain_settings());
  EXPECT_THAT(found, IsSupersetOf<Line>({{"mtu", "1400"},
                                         {"mru", "1400"},
                                         {"lcp-echo-failure", "0"},
                                         {"lcp-echo-interval", "0"},
                                         {"noccp"},
                                         {"noipdefault"},
                                         {"+ipv6"},
                                         {"nm-l2tp-dns"}}));
  for (const auto* word : {"unit", "multilink", "mrru", "noip", "novj", "refuse-eap", "require-mppe"})
    EXPECT_THAT(found, Not(Contains(Contains(word))));
}

struct Flag {
  bool PppSettings::*setting;
  std::string word;
};

TEST(PppdOptionsTest, EachPlainSettingIsItsOwnWord) {
  for (const auto& [setting, word] :
       {Flag{&PppSettings::refuse_eap, "refuse-eap"}, Flag{&PppSettings::refuse_pap, "refuse-pap"},
        Flag{&PppSettings::refuse_chap, "refuse-chap"}, Flag{&PppSettings::refuse_mschap, "refuse-mschap"},
        Flag{&PppSettings::refuse_mschapv2, "refuse-mschap-v2"},
        Flag{&PppSettings::mppe_stateful, "mppe-stateful"},
        Flag{&PppSettings::no_bsd_compression, "nobsdcomp"}, Flag{&PppSettings::no_deflate, "nodeflate"},
        Flag{&PppSettings::no_vj_compression, "novj"}, Flag{&PppSettings::no_protocol_compression, "nopcomp"},
        Flag{&PppSettings::no_address_compression, "noaccomp"}}) {
    const auto found = difference([setting = setting](Settings& settings) { settings.ppp.*setting = true; });
    EXPECT_THAT(found.added, ElementsAre(ElementsAre(word)));
    EXPECT_THAT(found.removed, IsEmpty()) << word;
  }
}

TEST(PppdOptionsTest, MppeNeedsCompressionControl) {
  for (const auto& [setting, word] : {Flag{&PppSettings::require_mppe, "require-mppe"},
                                      Flag{&PppSettings::require_mppe_40, "require-mppe-40"},
                                      Flag{&PppSettings::require_mppe_128, "require-mppe-128"}}) {
    const auto found = difference([setting = setting](Settings& settings) { settings.ppp.*setting = true; });
    EXPECT_THAT(found.added, ElementsAre(ElementsAre(word)));
    EXPECT_THAT(found.removed, ElementsAre(ElementsAre("noccp")));
  }
}

TEST(PppdOptionsTest, NumbersAreSaid) {
  const auto found = difference([](Settings& settings) {
    settings.ppp.mtu = 1280;
    settings.ppp.mru = 1300;
    settings.ppp.echo_failure = 5;
    settings.ppp.echo_interval = 30;
    settings.ppp.unit = 12;
  });
  EXPECT_THAT(found.added, ElementsAre(Line{"lcp-echo-failure", "5"}, Line{"lcp-echo-interval", "30"},
                                       Line{"mru", "1300"}, Line{"mtu", "1280"}, Line{"unit", "12"}));
}

TEST(PppdOptionsTest, UnitZeroIsAUnit) {
  EXPECT_THAT(lines_with([](Settings& settings) { settings.ppp.unit = 0; }),
              Contains(ElementsAre("unit", "0")));
}

TEST(PppdOptionsTest, MultilinkComesWithItsPacketSize) {
  EXPECT_THAT(difference([](Settings& settings) { settings.ppp.mrru = 1600; }).added,
              ElementsAre(Line{"mrru", "1600"}, Line{"multilink"}));
}

TEST(PppdOptionsTest, AFixedAddressIsASuggestionToTheServer) {
  const auto found = difference([](Settings& settings) {
    settings.ppp.local_address = Ipv4Address{{10, 0, 0, 5}};
  });
  EXPECT_THAT(found.added, ElementsAre(Line{"10.0.0.5:"}, Line{"ipcp-accept-local"}));
  EXPECT_THAT(found.removed, ElementsAre(Line{"noipdefault"}));
}

TEST(PppdOptionsTest, AFixedPeerIsASuggestionToo) {
  const auto found = difference([](Settings& settings) {
    settings.ppp.local_address = Ipv4Address{{10, 0, 0, 5}};
    settings.ppp.peer_address = Ipv4Address{{10, 0, 0, 1}};
  });
  EXPECT_THAT(found.added,
              ElementsAre(Line{"10.0.0.5:10.0.0.1"}, Line{"ipcp-accept-local"}, Line{"ipcp-accept-remote"}));
}

TEST(PppdOptionsTest, WithoutIpv4ThereIsNoIpcp) {
  const auto found = difference([](Settings& settings) {
    settings.ipv4 = false;
    settings.ppp.local_address = Ipv4Address{{10, 0, 0, 5}};
  });
  EXPECT_THAT(found.added, ElementsAre(Line{"noip"}));
  EXPECT_THAT(found.removed, ElementsAre(Line{"nm-l2tp-dns"}, Line{"noipdefault"}));
}

TEST(PppdOptionsTest, WithoutIpv6ThereIsNoIpv6cp) {
  const auto found = difference([](Settings& settings) { settings.ipv6 = false; });
  EXPECT_THAT(found.added, ElementsAre(Line{"noipv6"}));
  EXPECT_THAT(found.removed, ElementsAre(Line{"+ipv6"}));
}

TEST(PppdOptionsTest, DnsIsNotAskedForIfTheProfileIgnoresIt) {
  EXPECT_THAT(difference([](Settings& settings) { settings.ignore_auto_dns = true; }).removed,
              ElementsAre(Line{"nm-l2tp-dns"}));
}

TEST(PppdOptionsTest, ALostRequestIsRepeatedEverySecond) {
  EXPECT_THAT(lines(plain_settings()),
              IsSupersetOf<Line>({{"lcp-restart", "1"}, {"ipcp-restart", "1"}, {"ipv6cp-restart", "1"}}));
}

}  // namespace
}  // namespace l2tp::render
