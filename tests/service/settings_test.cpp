// What the service says about a profile before anything starts: which secrets it needs, and what is wrong
// with it.

#include "service_fixture.h"

namespace l2tp {
namespace {

using testing::AllOf;
using testing::HasSubstr;
using testing::Not;

class NeedSecretsTest : public ServiceFixture {
 protected:
  void SetUp() override { start(); }

  std::string needed(const ConnectionProfile& profile) {
    const auto reply = manager_.need_secrets(profile);
    EXPECT_TRUE(reply.ok) << reply.error << ": " << reply.message;
    return reply.text;
  }
};

TEST_F(NeedSecretsTest, APasswordIsNeeded) {
  auto profile = plain();
  EXPECT_EQ(needed(profile), "");
  profile.secrets.clear();
  EXPECT_EQ(needed(profile), "vpn");
}

TEST_F(NeedSecretsTest, WithIpsecAKeyIsNeededToo) {
  auto profile = with_ipsec();
  EXPECT_EQ(needed(profile), "");
  profile.secrets.erase("ipsec-psk");
  EXPECT_EQ(needed(profile), "vpn");
  profile.data["ipsec-enabled"] = "no";
  EXPECT_EQ(needed(profile), "") << "without IPsec there is no use for it";
}

TEST_F(NeedSecretsTest, WhatIsNotRequiredIsNotAskedFor) {
  auto profile = with_ipsec();
  profile.secrets.clear();
  profile.data["password-flags"] = "4";
  EXPECT_EQ(needed(profile), "vpn");
  profile.data["ipsec-psk-flags"] = "4";
  EXPECT_EQ(needed(profile), "");
}

TEST_F(NeedSecretsTest, WhereASecretIsKeptDoesNotMatter) {
  for (const auto* flags : {"0", "1", "2"}) {
    auto profile = plain();
    profile.data["password-flags"] = flags;
    EXPECT_EQ(needed(profile), "") << flags;
    profile.secrets.clear();
    EXPECT_EQ(needed(profile), "vpn") << flags;
  }
}

TEST_F(NeedSecretsTest, AnOldKeyAmongTheDataIsAKey) {
  auto profile = with_ipsec();
  profile.secrets.erase("ipsec-psk");
  profile.data["ipsec-psk"] = "sesame-psk";
  EXPECT_EQ(needed(profile), "");
}

class BadSettingsTest : public ServiceFixture {
 protected:
  void SetUp() override { start(); }

  // Connects with one item changed, which must be refused; what was said.
  std::string refusal(const std::string& key, const std::string& value) {
    auto profile = with_ipsec();
    profile.data[key] = value;
    return refusal_of(profile);
  }

  std::string refusal_of(const ConnectionProfile& profile) {
    manager_.forget();
    const auto reply = manager_.connect(profile);
    EXPECT_FALSE(reply.ok);
    EXPECT_EQ(reply.error, "BadArguments");
    EXPECT_TRUE(manager_.hears("StateChanged stopped"));
    return reply.message;
  }
};

TEST_F(BadSettingsTest, AWrongValueIsNamedWithItsKeyAndWhatIsAllowed) {
  EXPECT_THAT(refusal("mtu", "1400x"), AllOf(HasSubstr("mtu"), HasSubstr("1400x"), HasSubstr("16384")));
  EXPECT_THAT(service_->output(), HasSubstr("failure=settings-invalid"));
  EXPECT_EQ(last_failure().failure.kind->id, "settings-invalid");
  EXPECT_TRUE(nothing_is_left());
}

TEST_F(BadSettingsTest, AnUnknownKeyIsNamedWithTheOneThatWasMeant) {
  EXPECT_THAT(refusal("gatewya", "x"), AllOf(HasSubstr("gatewya"), HasSubstr("did you mean 'gateway'?")));
}

TEST_F(BadSettingsTest, AMissingGatewayIsNamed) {
  auto profile = plain();
  profile.data.erase("gateway");
  EXPECT_THAT(refusal_of(profile), HasSubstr("gateway"));
}

TEST_F(BadSettingsTest, AMissingUserCertificateIsNamed) {
  EXPECT_THAT(refusal("user-auth-type", "tls"), HasSubstr("user-cert"));
}

TEST_F(BadSettingsTest, AMissingMachineCertificateIsNamed) {
  EXPECT_THAT(refusal("machine-auth-type", "tls"), HasSubstr("machine-cert"));
}

TEST_F(BadSettingsTest, AWrongSecretIsNotRepeated) {
  auto profile = plain();
  profile.secrets["password"] = "top\nsecret";
  EXPECT_THAT(refusal_of(profile),
              AllOf(HasSubstr("password"), Not(HasSubstr("secret\n")), Not(HasSubstr("top"))));
  EXPECT_THAT(service_->output(), Not(HasSubstr("top")));
}

TEST_F(BadSettingsTest, AHostileValueCannotForgeALogLine) {
  refusal("user", "anna\nnm-l2tp[1] notice: connected");
  EXPECT_THAT(service_->output(), Not(HasSubstr("\nnm-l2tp[1] notice: connected")));
}

TEST_F(BadSettingsTest, TheServiceEndsAfterARefusal) {
  refusal("mtu", "0");
  EXPECT_EQ(service_->end(), "exit status 0");
}

}  // namespace
}  // namespace l2tp
