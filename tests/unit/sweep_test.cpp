#include "service/sweep.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "fakes/child.h"
#include "fakes/fake_charon.h"
#include "fakes/main_loop.h"
#include "fakes/named_process.h"
#include "fakes/temporary_dir.h"
#include "service/system/xfrm.h"

namespace l2tp {
namespace {

using namespace std::chrono_literals;
using testing::AnyOf;
using testing::ElementsAre;

namespace fs = std::filesystem;
const render::Endpoints flow{Ipv4Address{{127, 0, 0, 1}}, Ipv4Address{{127, 0, 0, 9}}, 54321};

TEST(FlowRecordTest, AFlowComesBack) {
  EXPECT_EQ(parse_flow_record(flow_record(flow)), flow);
  const render::Endpoints plain{Ipv4Address{{192, 0, 2, 7}}, Ipv4Address{{203, 0, 113, 9}}, 1701};
  EXPECT_EQ(parse_flow_record(flow_record(plain)), plain);
}

TEST(FlowRecordTest, WhatIsNoFlowIsNothing) {
  for (const auto* text : {"", "\n", "127.0.0.1", "127.0.0.1 1701", "127.0.0.1 1701 gateway",
                           "host 1701 127.0.0.1", "127.0.0.1 0 127.0.0.9", "127.0.0.1 70000 127.0.0.9",
                           "127.0.0.1 x 127.0.0.9", "127.0.0.1 127.0.0.9 1701"})
    EXPECT_FALSE(parse_flow_record(text)) << text;
}

class SweepTest : public testing::Test {
 protected:
  SweepTest() { fs::remove_all(run_base); }

  // A service that died: its directory, with the record of its flow.
  static void die_with(const std::string& uuid) {
    Child{[&uuid] {
      const std::string path = std::string{run_base} + "/" + uuid;
      auto* dir = new RunDir{path, std::move(lock_directory(path).value())};
      (void)dir->write(flow_file, flow_record(flow));
    }}.kill();
  }

  void start() {
    sweep_ = std::make_unique<Sweep>(clock_);
    sweep_->start([this] { ++done_; });
  }

  bool done() {
    return run_until([this] { return done_ > 0; }, 3s);
  }

  static bool exists(const std::string& uuid) { return fs::exists(std::string{run_base} + "/" + uuid); }

  MainLoopClock clock_;
  std::unique_ptr<Sweep> sweep_;
  int done_ = 0;
};

TEST_F(SweepTest, WhereNobodyDiedThereIsNothingToDo) {
  start();
  EXPECT_EQ(done_, 1);
}

TEST_F(SweepTest, EveryDeadServicesDirectoryGoes) {
  for (const auto* uuid : {"one", "two", "three"}) die_with(uuid);
  start();
  EXPECT_TRUE(done());
  for (const auto* uuid : {"one", "two", "three"}) EXPECT_FALSE(exists(uuid)) << uuid;
  run_for(20ms);
  EXPECT_EQ(done_, 1);
}

TEST_F(SweepTest, ALivingServicesDirectoryStays) {
  const Child living{[] { lock_directory(std::string{run_base} + "/living").value().release(); }};
  die_with("dead");
  start();
  EXPECT_TRUE(done());
  EXPECT_TRUE(exists("living"));
  EXPECT_FALSE(exists("dead"));
}

TEST_F(SweepTest, CharonIsRidOfEachDeadConnection) {
  FakeCharon charon{"/run/charon.vici"};
  std::vector<std::string> unloaded;
  charon.on("unload-conn", [&unloaded](FakeCharon::Client& client, const vici::Section& request) {
    unloaded.emplace_back(request.get("name"));
    client.succeed();
  });
  die_with("one");
  die_with("two");
  start();
  EXPECT_TRUE(done());
  EXPECT_THAT(unloaded, testing::UnorderedElementsAre("nm-l2tp-one", "nm-l2tp-two"));
  EXPECT_FALSE(exists("one"));
  EXPECT_FALSE(exists("two"));
  unlink("/run/charon.vici");
}

TEST_F(SweepTest, AProcessOfADeadServiceIsKilledFirst) {
  die_with("dead");
  FakeCharon charon{"/run/charon.vici"};
  const NamedProcess pppd{"pppd", "pppd file /run/nm-l2tp/dead/ppp-options"};
  bool gone = false;
  charon.on("list-sas", [&](FakeCharon::Client& client, const vici::Section&) {
    gone = pppd.ends();
    client.succeed();
  });
  start();
  EXPECT_TRUE(done());
  EXPECT_TRUE(gone) << "what can send must be gone before its protection goes";
  unlink("/run/charon.vici");
}

TEST_F(SweepTest, ACharonThatDoesNotAnswerIsLeftToTheNextSweep) {
  die_with("dead");
  FakeCharon charon{"/run/charon.vici"};
  charon.on("list-sas", [](FakeCharon::Client&, const vici::Section&) {});
  start();
  EXPECT_TRUE(done());
  EXPECT_EQ(parse_flow_record(content_of(std::string{run_base} + "/dead/" + flow_file)), flow);
  unlink("/run/charon.vici");
}

std::string policies() {
  FILE* output = popen("ip xfrm policy", "r");
  std::string text;
  char buffer[4096];
  while (const auto size = fread(buffer, 1, sizeof buffer, output)) text.append(buffer, size);
  pclose(output);
  return text;
}

TEST_F(SweepTest, TheGuardOfADeadServiceGoes) {
  if (const auto error = xfrm::add_guard(flow)) GTEST_SKIP() << "no XFRM in this kernel: " << *error;
  ASSERT_NE(policies(), "");
  die_with("dead");
  start();
  EXPECT_TRUE(done());
  EXPECT_EQ(policies(), "");
}

// One that is told to stop in the middle must leave the next one what it needs to go on.
TEST_F(SweepTest, WhatWasNotYetClearedStaysForTheNextSweep) {
  FakeCharon charon{"/run/charon.vici"};
  charon.on("list-sas", [](FakeCharon::Client&, const vici::Section&) {});
  die_with("one");
  die_with("two");
  start();
  ASSERT_TRUE(run_until([&charon] { return charon.was_asked("list-sas"); }));
  sweep_.reset();
  charon.die();
  run_for(20ms);
  EXPECT_EQ(done_, 0);
  EXPECT_EQ(parse_flow_record(content_of(std::string{run_base} + "/one/" + flow_file)), flow);
  EXPECT_EQ(parse_flow_record(content_of(std::string{run_base} + "/two/" + flow_file)), flow);
  unlink("/run/charon.vici");
  start();
  EXPECT_TRUE(done());
  EXPECT_FALSE(exists("one"));
  EXPECT_FALSE(exists("two"));
}

}  // namespace
}  // namespace l2tp
