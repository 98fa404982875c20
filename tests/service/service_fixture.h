// A bus, a NetworkManager on it, and the real service between them.
#pragma once

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <csignal>
#include <filesystem>
#include <memory>

#include "core/failure_record.h"
#include "fakes/child.h"
#include "fakes/main_loop.h"
#include "fakes/temporary_dir.h"
#include "network_manager.h"
#include "service_process.h"

namespace l2tp {

#if defined(__SANITIZE_ADDRESS__)
constexpr bool sanitized = true;  // slower, and larger
#else
constexpr bool sanitized = false;
#endif

class ServiceFixture : public testing::Test {
 protected:
  // However a test leaves it, the service can be asked to end, and then leaves nothing, not even memory
  // (under LSan).
  void TearDown() override {
    if (!service_ || service_->has_ended()) return;
    service_->send(SIGTERM);
    EXPECT_EQ(service_->end(), "exit status 0") << service_->output();
    EXPECT_TRUE(nothing_is_left());
  }

  ~ServiceFixture() override {
    service_.reset();
    for (const auto* file : {"/run/fake-pppd.pid", "/run/fake-pppd.user", "/run/fake-pppd.password"})
      unlink(file);
    std::filesystem::remove_all(failure_record_dir);
  }

  void start(const ServiceProcess::Options& options = {}) {
    service_ = std::make_unique<ServiceProcess>(bus_, options);
    ASSERT_TRUE(manager_.sees_service()) << service_->output();
  }
  void start_with(const std::string& l2tp) { start({.l2tp = l2tp}); }

  // Plain L2TP to an address of the namespace's own, with all that is needed.
  static ConnectionProfile plain() {
    ConnectionProfile profile;
    profile.data = {{"gateway", "127.0.0.9"}, {"user", "anna"}};
    profile.secrets = {{"password", "geheim-pw"}};
    return profile;
  }
  static ConnectionProfile with_ipsec() {
    auto profile = plain();
    profile.data["ipsec-enabled"] = "yes";
    profile.secrets["ipsec-psk"] = "sesame-psk";
    return profile;
  }

  static bool nothing_is_left() { return !std::filesystem::exists("/run/nm-l2tp"); }

  void expect_a_clean_exit() {
    EXPECT_EQ(service_->end(), "exit status 0") << service_->output();
    EXPECT_TRUE(nothing_is_left());
  }

  // What the service left for explain.
  static FailureRecord last_failure() {
    const auto record =
        failure_record_from_json(content_of(std::string{failure_record_dir} + "/" + plain().uuid + ".json"));
    EXPECT_TRUE(record) << record.error();
    return record ? record.value() : FailureRecord{};
  }

  SystemBus bus_;
  NetworkManager manager_{bus_, first_bus_name};
  std::unique_ptr<ServiceProcess> service_;
};

}  // namespace l2tp
