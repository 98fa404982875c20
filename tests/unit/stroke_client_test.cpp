#include "service/ipsec/stroke_client.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "fakes/fake_stroke.h"
#include "fakes/main_loop.h"

namespace l2tp {
namespace {

using namespace std::chrono_literals;
using testing::ElementsAre;
using testing::IsEmpty;

constexpr const char* path = "/run/charon.test.ctl";

class StrokeClientTest : public testing::Test {
 protected:
  void ask(const StrokeRequest& request) {
    auto asked = StrokeClient::ask(path, request,
                                   {.line = [this](std::string_view line) { lines_.emplace_back(line); },
                                    .done = [this] { done_ = true; }});
    ASSERT_TRUE(asked) << asked.error();
    client_ = std::move(asked.value());
  }
  bool done() {
    return run_until([this] { return done_; }, 3s);
  }
  static void say(const Fd& client, const char* text) {
    (void)!send(client.get(), text, std::strlen(text), MSG_NOSIGNAL);
  }

  FakeStroke stroke_{path};
  std::unique_ptr<StrokeClient> client_;
  std::vector<std::string> lines_;
  bool done_ = false;
};

TEST_F(StrokeClientTest, ARequestHasItsTypeItsNameAndHowMuchIsToBeTold) {
  ask({StrokeCommand::terminate, "nm-l2tp-UUID[*]"});
  ASSERT_TRUE(done());
  ASSERT_EQ(stroke_.requests.size(), 1U);
  EXPECT_EQ(stroke_.requests[0].type, 5);
  EXPECT_EQ(stroke_.requests[0].name, "nm-l2tp-UUID[*]");
  EXPECT_EQ(stroke_.requests[0].verbosity, 1);
}

TEST_F(StrokeClientTest, AQuietRequestIsNotToldOf) {
  ask({.command = StrokeCommand::initiate, .name = "nm-l2tp-UUID", .quiet = true});
  ASSERT_TRUE(done());
  EXPECT_EQ(stroke_.requests[0].type, 0);
  EXPECT_EQ(stroke_.requests[0].verbosity, -1);
}

TEST_F(StrokeClientTest, RereadingIsOfTheSecretsOnly) {
  ask({StrokeCommand::reread, {}, StrokeRequest::secrets});
  ASSERT_TRUE(done());
  EXPECT_EQ(stroke_.requests[0].type, 16);
  EXPECT_EQ(stroke_.requests[0].flags, 1);
}

TEST_F(StrokeClientTest, ACertificateIsAskedForByTheConnectionsName) {
  ask({StrokeCommand::export_certificates, "nm-l2tp-UUID", StrokeRequest::servers_certificate});
  ASSERT_TRUE(done());
  EXPECT_EQ(stroke_.requests[0].type, 19);
  EXPECT_EQ(stroke_.requests[0].flags, 2);
  EXPECT_EQ(stroke_.requests[0].chosen, "nm-l2tp-UUID");
}

TEST_F(StrokeClientTest, TheAnswerComesInLinesAsTheyAreWritten) {
  Fd open;
  stroke_.answer = [&open](Fd client) {
    say(client, "initiating Main");
    open = std::move(client);
  };
  ask({StrokeCommand::initiate, "v"});
  ASSERT_TRUE(run_until([&open] { return static_cast<bool>(open); }, 3s));
  run_for(20ms);
  EXPECT_THAT(lines_, IsEmpty());
  say(open, " Mode\nsending packet\nrest");
  ASSERT_TRUE(run_until([this] { return lines_.size() == 2; }, 3s));
  EXPECT_THAT(lines_, ElementsAre("initiating Main Mode", "sending packet"));
  EXPECT_FALSE(done_);
  open.reset();
  EXPECT_TRUE(done());
}

TEST_F(StrokeClientTest, ALineMayEndTheClient) {
  stroke_.answer = [](const Fd& client) { say(client, "one\ntwo\n"); };
  auto asked = StrokeClient::ask(path, {StrokeCommand::initiate, "v"},
                                 {.line =
                                      [this](std::string_view line) {
                                        lines_.emplace_back(line);
                                        client_.reset();
                                      },
                                  .done = [this] { done_ = true; }});
  client_ = std::move(asked.value());
  ASSERT_TRUE(run_until([this] { return !lines_.empty(); }, 3s));
  run_for(20ms);
  EXPECT_THAT(lines_, ElementsAre("one"));
  EXPECT_FALSE(done_);
}

TEST_F(StrokeClientTest, NobodyThereIsAnErrorInWords) {
  const auto asked = StrokeClient::ask("/run/nothing.ctl", {StrokeCommand::initiate, "v"}, {});
  ASSERT_FALSE(asked);
  EXPECT_FALSE(asked.error().empty());
}

}  // namespace
}  // namespace l2tp
