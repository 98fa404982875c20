#include "core/render/vici_connection.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace l2tp::render {
namespace {

using testing::AllOf;
using testing::Contains;
using testing::Each;
using testing::ElementsAre;
using testing::EndsWith;
using testing::HasSubstr;
using testing::Not;
using testing::SizeIs;
using testing::StartsWith;

const Endpoints endpoints{Ipv4Address{{192, 0, 2, 7}}, Ipv4Address{{203, 0, 113, 9}}, 1701};
constexpr const char* name = "nm-l2tp-UUID";

// The parts of a load-conn message.
class Loaded {
 public:
  explicit Loaded(const IpsecSettings& ipsec, const Endpoints& where = endpoints)
      : message_(vici_connection(name, ipsec, where)) {}

  [[nodiscard]] const vici::Section& message() const { return message_; }
  [[nodiscard]] const vici::Section& connection() const { return part(""); }
  [[nodiscard]] const vici::Section& child() const { return part("/children/" + std::string{name}); }
  [[nodiscard]] std::string get(const std::string& key) const { return std::string{connection().get(key)}; }
  [[nodiscard]] std::string of_child(const std::string& key) const { return std::string{child().get(key)}; }
  [[nodiscard]] std::vector<std::string_view> phase1() const { return connection().items("proposals"); }
  [[nodiscard]] std::vector<std::string_view> phase2() const { return child().items("esp_proposals"); }

 private:
  [[nodiscard]] const vici::Section& part(const std::string& path) const {
    static const vici::Section nothing;
    const auto* section = message_.find(name + path);
    EXPECT_NE(section, nullptr) << path;
    return section == nullptr ? nothing : *section;
  }

  vici::Section message_;
};

IpsecSettings settings() {
  return {};
}

IpsecSettings with(const std::function<void(IpsecSettings&)>& change) {
  auto ipsec = settings();
  change(ipsec);
  return ipsec;
}

ProposalList proposals(const char* text, Phase phase) {
  return parse_proposals(text, phase).value();
}

TEST(ViciConnectionTest, TheMessageHoldsOneConnectionWithOneChild) {
  const Loaded loaded{settings()};
  EXPECT_THAT(loaded.message().entries(), SizeIs(1));
  ASSERT_NE(loaded.connection().find("children"), nullptr);
  EXPECT_THAT(loaded.connection().find("children")->entries(), SizeIs(1));
}

TEST(ViciConnectionTest, TheVersionIsAlwaysSaid) {
  EXPECT_EQ(Loaded{settings()}.get("version"), "1");
  EXPECT_EQ(Loaded{with([](auto& ipsec) { ipsec.ikev2 = true; })}.get("version"), "2");
}

IpsecSettings certificates() {
  IpsecSettings ipsec;
  ipsec.certificate_files.emplace();
  ipsec.credentials.certificate = "our certificate";
  ipsec.credentials.private_key = Secret{"our key"};
  ipsec.credentials.chain = {"intermediate"};
  ipsec.credentials.authorities = {"authority", "another"};
  return ipsec;
}

TEST(ViciConnectionTest, BothSidesProveThemselvesInTheSameWay) {
  for (const auto* side : {"local/auth", "remote/auth"}) {
    EXPECT_EQ(Loaded{settings()}.get(side), "psk");
    EXPECT_EQ(Loaded{certificates()}.get(side), "pubkey");
  }
  EXPECT_EQ(Loaded{certificates()}.get("local/certs"), "our certificate");
  EXPECT_EQ(Loaded{settings()}.get("local/certs"), "");
}

TEST(ViciConnectionTest, NoCaIsNamedThatCouldNotBeTakenBack) {
  EXPECT_EQ(Loaded{certificates()}.get("remote/cacerts"), "");
}

TEST(ViciAuthorityTest, EachCaHasANameOfItsOwn) {
  const auto messages = vici_authorities(name, certificates().credentials);
  ASSERT_THAT(messages, SizeIs(3));
  EXPECT_EQ(messages[0].get("nm-l2tp-UUID-ca0/cacert"), "intermediate");
  EXPECT_EQ(messages[1].get("nm-l2tp-UUID-ca1/cacert"), "authority");
  EXPECT_EQ(messages[2].get("nm-l2tp-UUID-ca2/cacert"), "another");
}

TEST(ViciKeyTest, ThePrivateKeyComesOfAnyType) {
  const auto message = vici_private_key(certificates().credentials);
  EXPECT_EQ(message.get("type"), "any");
  EXPECT_EQ(message.get("data"), "our key");
}

TEST(ViciConnectionTest, BothEndsAreTheAddressesThatWereResolved) {
  const Loaded loaded{settings()};
  EXPECT_THAT(loaded.connection().items("local_addrs"), ElementsAre("192.0.2.7"));
  EXPECT_THAT(loaded.connection().items("remote_addrs"), ElementsAre("203.0.113.9"));
}

TEST(ViciConnectionTest, TransportModeProtectsExactlyTheL2tpFlow) {
  const Loaded loaded{settings()};
  EXPECT_EQ(loaded.of_child("mode"), "transport");
  EXPECT_THAT(loaded.child().items("local_ts"), ElementsAre("dynamic[udp/1701]"));
  EXPECT_THAT(loaded.child().items("remote_ts"), ElementsAre("dynamic[udp/1701]"));
}

TEST(ViciConnectionTest, AnotherSourcePortIsOursOnly) {
  auto where = endpoints;
  where.source_port = 54321;
  const Loaded loaded{settings(), where};
  EXPECT_THAT(loaded.child().items("local_ts"), ElementsAre("dynamic[udp/54321]"));
  EXPECT_THAT(loaded.child().items("remote_ts"), ElementsAre("dynamic[udp/1701]"));
}

TEST(ViciConnectionTest, ThePolicyIsThereFromTheMomentTheConnectionIsLoaded) {
  EXPECT_EQ(Loaded{settings()}.of_child("start_action"), "trap");
}

TEST(ViciConnectionTest, BothSidesProveThemselvesByTheKey) {
  const Loaded loaded{settings()};
  EXPECT_EQ(loaded.get("local/auth"), "psk");
  EXPECT_EQ(loaded.get("remote/auth"), "psk");
}

TEST(ViciConnectionTest, TheServerMayBeAnybodyUnlessTheProfileNamesIt) {
  EXPECT_EQ(Loaded{settings()}.get("remote/id"), "%any");
  EXPECT_EQ(Loaded{with([](auto& ipsec) { ipsec.remote_id = "@vpn.example"; })}.get("remote/id"),
            "@vpn.example");
}

TEST(ViciConnectionTest, TheGroupNameIsOurIdentity) {
  EXPECT_EQ(Loaded{settings()}.get("local/id"), "");
  EXPECT_EQ(Loaded{with([](auto& ipsec) { ipsec.group_name = "staff"; })}.get("local/id"), "staff");
}

TEST(ViciConnectionTest, TheKeyIsNotPartOfTheConnection) {
  const Loaded loaded{with([](auto& ipsec) { ipsec.psk = Secret{"sesame-sesame"}; })};
  const auto bytes = vici::encode(loaded.message());
  ASSERT_TRUE(bytes);
  EXPECT_THAT(std::string{bytes->view()}, Not(HasSubstr("sesame")));
}

TEST(ViciConnectionTest, WithoutAStringTheDefaultsAreOffered) {
  const Loaded loaded{settings()};
  EXPECT_THAT(loaded.phase1(), SizeIs(default_proposals(Phase::one).size()));
  EXPECT_THAT(loaded.phase2(), SizeIs(default_proposals(Phase::two).size()));
  EXPECT_EQ(loaded.phase1().back(), "3des-sha1-modp1024");
}

TEST(ViciConnectionTest, AListWithoutAMarkStandsBeforeTheDefaults) {
  const Loaded loaded{with([](auto& ipsec) {
    ipsec.phase1 = proposals("aes192-sha512-modp4096", Phase::one);
    ipsec.phase2 = proposals("aes192-sha512", Phase::two);
  })};
  EXPECT_EQ(loaded.phase1().front(), "aes192-sha512-modp4096");
  EXPECT_THAT(loaded.phase1(), SizeIs(1 + default_proposals(Phase::one).size()));
  EXPECT_EQ(loaded.phase2().front(), "aes192-sha512");
  EXPECT_THAT(loaded.phase2(), SizeIs(1 + default_proposals(Phase::two).size()));
}

TEST(ViciConnectionTest, AListWithAMarkStandsAlone) {
  const Loaded loaded{with([](auto& ipsec) {
    ipsec.phase1 = proposals("3des-sha1-modp1024!", Phase::one);
    ipsec.phase2 = proposals("aes128-sha1,3des-sha1!", Phase::two);
  })};
  EXPECT_THAT(loaded.phase1(), ElementsAre("3des-sha1-modp1024"));
  EXPECT_THAT(loaded.phase2(), ElementsAre("aes128-sha1", "3des-sha1"));
}

TEST(ViciConnectionTest, WithIkev2TheDaemonsOwnListStandsBehind) {
  const Loaded plain{with([](auto& ipsec) { ipsec.ikev2 = true; })};
  EXPECT_THAT(plain.phase1(), ElementsAre("default"));
  EXPECT_THAT(plain.phase2(), ElementsAre("default"));

  const Loaded own{with([](auto& ipsec) {
    ipsec.ikev2 = true;
    ipsec.phase1 = proposals("aes256gcm16-prfsha384-ecp384", Phase::one);
    ipsec.phase2 = proposals("aes256gcm16!", Phase::two);
  })};
  EXPECT_THAT(own.phase1(), ElementsAre("aes256gcm16-prfsha384-ecp384", "default"));
  EXPECT_THAT(own.phase2(), ElementsAre("aes256gcm16"));
}

TEST(ViciConnectionTest, WithoutPfsNoGroupIsOfferedInPhase2) {
  const auto offered = [](std::optional<bool> pfs) {
    const Loaded loaded{with([pfs](auto& ipsec) {
      ipsec.phase2 = proposals("aes256-sha256-modp2048,aes128-sha1!", Phase::two);
      ipsec.pfs = pfs;
    })};
    std::vector<std::string> words;
    for (const auto word : loaded.phase2()) words.emplace_back(word);
    return words;
  };
  EXPECT_THAT(offered(false), ElementsAre("aes256-sha256", "aes128-sha1"));
  EXPECT_THAT(offered(true), ElementsAre("aes256-sha256-modp2048", "aes128-sha1"));
  EXPECT_THAT(offered(std::nullopt), ElementsAre("aes256-sha256-modp2048", "aes128-sha1"));
}

TEST(ViciConnectionTest, WithoutPfsPhase1KeepsItsGroups) {
  const Loaded loaded{with([](auto& ipsec) {
    ipsec.phase1 = proposals("aes256-sha256-modp2048!", Phase::one);
    ipsec.pfs = false;
  })};
  EXPECT_THAT(loaded.phase1(), ElementsAre("aes256-sha256-modp2048"));
}

TEST(ViciConnectionTest, LifetimesAreLeftToTheDaemonUnlessTheProfileSetsThem) {
  const Loaded loaded{settings()};
  for (const auto* key : {"rekey_time", "over_time", "rand_time"}) EXPECT_EQ(loaded.get(key), "") << key;
  for (const auto* key : {"rekey_time", "life_time"}) EXPECT_EQ(loaded.of_child(key), "") << key;
}

int seconds(const std::string& time) {
  EXPECT_THAT(time, EndsWith("s"));
  return std::stoi(time);
}

TEST(ViciConnectionTest, APhase1LifetimeIsTheMostThatThePhaseLasts) {
  for (const std::uint32_t lifetime : {1U, 2U, 9U, 10U, 600U, 3601U, 28800U, 2592000U}) {
    const Loaded loaded{with([lifetime](auto& ipsec) { ipsec.phase1_lifetime = lifetime; })};
    const int renewal = seconds(loaded.get("rekey_time"));
    EXPECT_EQ(renewal + seconds(loaded.get("over_time")), static_cast<int>(lifetime));
    EXPECT_GT(renewal, 0) << "0 s would mean never";
    EXPECT_EQ(seconds(loaded.get("rand_time")), 0) << "or it would not be the most";
    EXPECT_EQ(loaded.of_child("life_time"), "") << "it is not phase 2's";
  }
}

TEST(ViciConnectionTest, APhase2LifetimeIsRenewedBeforeItEnds) {
  for (const std::uint32_t lifetime : {2U, 9U, 10U, 600U, 3600U, 2592000U}) {
    const Loaded loaded{with([lifetime](auto& ipsec) { ipsec.phase2_lifetime = lifetime; })};
    EXPECT_EQ(seconds(loaded.of_child("life_time")), static_cast<int>(lifetime));
    EXPECT_LT(seconds(loaded.of_child("rekey_time")), static_cast<int>(lifetime));
    EXPECT_GE(seconds(loaded.of_child("rekey_time")), static_cast<int>(lifetime / 2));
    EXPECT_EQ(loaded.get("rekey_time"), "") << "it is not phase 1's";
  }
}

TEST(ViciConnectionTest, EncapsulationIsForcedOrForbiddenOnlyIfTheProfileSaysSo) {
  EXPECT_EQ(Loaded{settings()}.get("encap"), "");
  EXPECT_EQ(Loaded{with([](auto& ipsec) { ipsec.force_encapsulation = true; })}.get("encap"), "yes");
  EXPECT_EQ(Loaded{with([](auto& ipsec) { ipsec.force_encapsulation = false; })}.get("encap"), "no");
}

TEST(ViciConnectionTest, IpCompressionIsOfferedOnlyIfTheProfileSaysSo) {
  EXPECT_EQ(Loaded{settings()}.of_child("ipcomp"), "");
  EXPECT_EQ(Loaded{with([](auto& ipsec) { ipsec.compression = false; })}.of_child("ipcomp"), "");
  EXPECT_EQ(Loaded{with([](auto& ipsec) { ipsec.compression = true; })}.of_child("ipcomp"), "yes");
}

// charon shares an IKE_SA between connections that it finds equal, and takes no notice of their names.
TEST(ViciConnectionTest, TwoConnectionsToOneServerAreEqualToEachOtherAndToNobodyElses) {
  const auto connection_of = [](const std::string& named) {
    const auto message = vici_connection(named, settings(), endpoints);
    vici::Section without_children;
    for (const auto* key : {"version", "proposals", "encap", "ppk_id", "keyingtries", "mobike"})
      without_children.value(key, message.find(named)->get(key));
    return std::string{vici::encode(without_children)->view()};
  };
  EXPECT_EQ(connection_of("one"), connection_of("two"));
  EXPECT_THAT(Loaded{settings()}.get("ppk_id"), StartsWith("nm-l2tp-"));
  EXPECT_NE(Loaded{settings()}.get("ppk_id"),
            Loaded{with([](auto& ipsec) { ipsec.psk = Secret{"another"}; })}.get("ppk_id"));
}

TEST(ViciConnectionTest, OneAttemptHasOneResult) {
  EXPECT_EQ(Loaded{settings()}.get("keyingtries"), "1");
}

// An answer to get-algorithms: AES, and these groups.
vici::Section aes_and(std::initializer_list<const char*> groups) {
  vici::Section ciphers;
  ciphers.value("AES_CBC", "aes");
  vici::Section dh;
  for (const auto* group : groups) dh.value(group, "gmp");
  vici::Section algorithms;
  algorithms.section("encryption", std::move(ciphers)).section("dh", std::move(dh));
  return algorithms;
}

TEST(DropUnknownProposalsTest, OnlyWhatCharonHasStays) {
  auto message = vici_connection(
      name, with([](auto& ipsec) {
        ipsec.phase1 =
            parse_proposals("3des-sha1-modp1024, aes256-sha1-ecp384, aes128-sha1-modp1024!", Phase::one)
                .value();
      }),
      endpoints);
  const auto dropped = drop_unknown_proposals(message, name, aes_and({"MODP_1024"}));
  EXPECT_FALSE(dropped.all);
  EXPECT_THAT(dropped.proposals, ElementsAre("3des-sha1-modp1024", "aes256-sha1-ecp384"));
  EXPECT_THAT(dropped.algorithms, ElementsAre("3des", "ecp384"));
  EXPECT_THAT(message.find(name)->items("proposals"), ElementsAre("aes128-sha1-modp1024"));
  EXPECT_EQ(message.find(name)->get("version"), "1") << "nothing else is touched";
}

TEST(DropUnknownProposalsTest, WhenNothingIsLeftItSaysSo) {
  auto message = vici_connection(
      name, with([](auto& ipsec) {
        ipsec.phase1 = parse_proposals("3des-sha1-modp1024, 3des-md5-modp1024!", Phase::one).value();
      }),
      endpoints);
  const auto dropped = drop_unknown_proposals(message, name, aes_and({"MODP_1024"}));
  EXPECT_TRUE(dropped.all);
  EXPECT_THAT(dropped.algorithms, ElementsAre("3des")) << "each once";
}

TEST(DropUnknownProposalsTest, TheDefaultsAreNoExceptionForIkev1) {
  auto message = vici_connection(name, settings(), endpoints);
  const auto dropped = drop_unknown_proposals(message, name, aes_and({"MODP_2048", "MODP_1024"}));
  EXPECT_FALSE(dropped.all);
  EXPECT_THAT(
      message.find(name)->items("proposals"),
      AllOf(Contains("aes256-sha256-modp2048"), Each(Not(HasSubstr("ecp"))), Each(Not(HasSubstr("3des")))));
}

TEST(DropUnknownProposalsTest, CharonsOwnListStaysForIkev2) {
  auto message = vici_connection(name, with([](auto& ipsec) {
                                   ipsec.ikev2 = true;
                                   ipsec.phase1 = parse_proposals("3des-sha1-modp1024", Phase::one).value();
                                 }),
                                 endpoints);
  EXPECT_FALSE(drop_unknown_proposals(message, name, aes_and({"MODP_1024"})).all);
  EXPECT_THAT(message.find(name)->items("proposals"), ElementsAre("default"));
}

TEST(ViciSharedKeyTest, TheKeyIsItsBytesWhateverTheyAre) {
  const std::string bytes{"\0\xff key\n\"", 8};
  const auto message =
      vici_shared_key(name, with([&bytes](auto& ipsec) { ipsec.psk = Secret{bytes}; }), endpoints);
  EXPECT_EQ(message.get("data"), bytes);
  EXPECT_EQ(message.get("type"), "IKE");
  EXPECT_EQ(message.get("id"), name);
}

TEST(ViciSharedKeyTest, ItIsForThisServerOnly) {
  EXPECT_THAT(vici_shared_key(name, settings(), endpoints).items("owners"), ElementsAre("203.0.113.9"));
  const auto named = with([](auto& ipsec) {
    ipsec.remote_id = "vpn.example";
    ipsec.group_name = "staff";
  });
  EXPECT_THAT(vici_shared_key(name, named, endpoints).items("owners"), ElementsAre("203.0.113.9"))
      << "an identity that a profile chooses may be another connection's peer";
}

// For anybody ("%any") it would open a charon that serves others too.
TEST(ViciSharedKeyTest, WithIkev2ItIsForThisServerAndUs) {
  const auto owners = [](const std::function<void(IpsecSettings&)>& change) {
    auto ipsec = with(change);
    ipsec.ikev2 = true;
    std::vector<std::string> texts;
    const auto message = vici_shared_key(name, ipsec, endpoints);
    for (const auto item : message.items("owners")) texts.emplace_back(item);
    return texts;
  };
  EXPECT_THAT(owners([](auto&) {}), ElementsAre("203.0.113.9", "192.0.2.7"));
  EXPECT_THAT(owners([](auto& ipsec) { ipsec.group_name = "staff"; }), ElementsAre("203.0.113.9", "staff"));
  EXPECT_THAT(owners([](auto& ipsec) { ipsec.remote_id = "vpn.example"; }),
              ElementsAre("203.0.113.9", "192.0.2.7", "vpn.example"));
  for (const char* anybody :
       {"%any", "%any6", "0.0.0.0", "0.0.0.0/0", "*", "@*", "*@*", "::", "C=*", "203.0.113.77"})
    EXPECT_THAT(owners([anybody](auto& ipsec) { ipsec.remote_id = anybody; }),
                ElementsAre("203.0.113.9", "192.0.2.7"))
        << anybody;
}

}  // namespace
}  // namespace l2tp::render
