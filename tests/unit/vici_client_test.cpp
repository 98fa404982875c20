#include "service/ipsec/vici_client.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <random>

#include "fakes/fake_charon.h"
#include "fakes/main_loop.h"
#include "fakes/temporary_dir.h"

namespace l2tp {
namespace {

using namespace std::chrono_literals;
using namespace std::string_literals;
using testing::AllOf;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::SizeIs;
using testing::StartsWith;
using vici::Section;

Section named(const std::string& name) {
  Section section;
  section.value("name", name);
  return section;
}

class ViciClientTest : public testing::Test {
 protected:
  void SetUp() override {
    auto client = ViciClient::connect(
        path_, {.event =
                    [this](std::string_view name, const Section& message) {
                      log_.push_back(std::string{name} + " " + std::string{message.get("msg")});
                    },
                .closed = [this](const std::string& why) { log_.push_back("closed: " + why); }});
    ASSERT_TRUE(client) << client.error();
    client_ = std::move(client.value());
  }

  // What an answer adds to the log.
  ViciClient::Reply reply(const std::string& to) {
    return [this, to](const Result<Section, std::string>& result) {
      log_.push_back(to + (result ? ": done" : ": " + result.error()));
      last_ = result ? std::string{result.value().get("value")} : "";
    };
  }

  bool logged(std::size_t count) {
    return run_until([this, count] { return log_.size() >= count; });
  }

  TemporaryDir temporary_;
  std::string path_ = temporary_.path("charon.vici");
  FakeCharon charon_{path_};
  std::unique_ptr<ViciClient> client_;
  std::vector<std::string> log_;
  std::string last_;
};

TEST(ViciClientConnectTest, ASocketThatIsNotThereIsAnError) {
  const TemporaryDir temporary;
  const auto client = ViciClient::connect(temporary.path("none"), {});
  ASSERT_FALSE(client);
  EXPECT_THAT(client.error(), HasSubstr("No such file"));
}

TEST(ViciClientConnectTest, ASocketThatNobodyServesIsAnError) {
  const TemporaryDir temporary;
  FakeCharon{temporary.path("dead")}.die();
  const auto client = ViciClient::connect(temporary.path("dead"), {});
  ASSERT_FALSE(client);
  EXPECT_THAT(client.error(), HasSubstr("refused"));
}

TEST_F(ViciClientTest, ARequestArrivesWithItsMessage) {
  client_->request("load-shared", named("key\0one"s), reply("load-shared"));
  ASSERT_TRUE(logged(1));
  EXPECT_THAT(log_, ElementsAre("load-shared: done"));
  EXPECT_EQ(charon_.request("load-shared").get("name"), "key\0one"s);
}

TEST_F(ViciClientTest, AReplyComesWithItsMessage) {
  charon_.on("version", [](FakeCharon::Client& client, const Section&) {
    Section message;
    message.value("value", "5.9.8");
    client.reply(message);
  });
  client_->request("version", {}, reply("version"));
  ASSERT_TRUE(logged(1));
  EXPECT_EQ(last_, "5.9.8");
}

TEST_F(ViciClientTest, AnEmptyReplyIsOneToo) {
  charon_.on("list-sas", [](FakeCharon::Client& client, const Section&) { client.reply(); });
  client_->request("list-sas", {}, reply("list-sas"));
  ASSERT_TRUE(logged(1));
  EXPECT_THAT(log_, ElementsAre("list-sas: done"));
}

TEST_F(ViciClientTest, CommandsAreAnsweredInTheirOrder) {
  client_->subscribe("list-sa", reply("register"));
  for (const auto* command : {"one", "two", "three"}) client_->request(command, {}, reply(command));
  ASSERT_TRUE(logged(4));
  EXPECT_THAT(log_, ElementsAre("register: done", "one: done", "two: done", "three: done"));
  EXPECT_THAT(charon_.asked(), ElementsAre("register list-sa", "one", "two", "three"));
}

// charon knows one command at a time on one connection.
TEST_F(ViciClientTest, OneCommandIsUnderWayAtATime) {
  charon_.on("one", [](FakeCharon::Client&, const Section&) {});
  client_->request("one", {}, reply("one"));
  client_->request("two", {}, reply("two"));
  ASSERT_TRUE(run_until([this] { return charon_.was_asked("one"); }));
  run_for(20ms);
  EXPECT_THAT(charon_.asked(), ElementsAre("one"));
  charon_.client(0).succeed();
  ASSERT_TRUE(logged(2));
  EXPECT_THAT(charon_.asked(), ElementsAre("one", "two"));
}

TEST_F(ViciClientTest, ACommandMayBeAskedFromWithinAnAnswer) {
  client_->request(
      "one", {}, [this](const Result<Section, std::string>&) { client_->request("two", {}, reply("two")); });
  ASSERT_TRUE(logged(1));
  EXPECT_THAT(charon_.asked(), ElementsAre("one", "two"));
}

TEST_F(ViciClientTest, ARefusalIsAnErrorInCharonsWords) {
  charon_.on("load-conn", [](FakeCharon::Client& client, const Section&) {
    client.refuse("invalid value for: proposals");
  });
  client_->request("load-conn", {}, reply("load-conn"));
  ASSERT_TRUE(logged(1));
  EXPECT_THAT(log_, ElementsAre("load-conn: invalid value for: proposals"));
}

TEST_F(ViciClientTest, ARefusalWithoutWordsIsAnErrorAllTheSame) {
  charon_.on("load-conn", [](FakeCharon::Client& client, const Section&) {
    Section message;
    message.value("success", "no");
    client.reply(message);
  });
  client_->request("load-conn", {}, reply("load-conn"));
  ASSERT_TRUE(logged(1));
  EXPECT_THAT(log_[0], AllOf(StartsWith("load-conn: "), testing::Not("load-conn: ")));
  EXPECT_NE(log_[0], "load-conn: done");
}

TEST_F(ViciClientTest, WhatCharonDoesNotKnowIsAnError) {
  charon_.on("future",
             [](FakeCharon::Client& client, const Section&) { client.send(FakeCharon::unknown_command); });
  charon_.on("register future",
             [](FakeCharon::Client& client, const Section&) { client.send(FakeCharon::unknown_event); });
  client_->request("future", {}, reply("command"));
  client_->subscribe("future", reply("event"));
  ASSERT_TRUE(logged(2));
  EXPECT_THAT(log_,
              ElementsAre("command: it does not know the command", "event: it does not know the event"));
}

TEST_F(ViciClientTest, AMalformedReplyIsAnErrorAndTheNextOneIsRead) {
  charon_.on("one", [](FakeCharon::Client& client, const Section&) {
    client.send(FakeCharon::response, "\x01\x09oops");
  });
  client_->request("one", {}, reply("one"));
  client_->request("two", {}, reply("two"));
  ASSERT_TRUE(logged(2));
  EXPECT_THAT(log_, ElementsAre("one: it sent a malformed reply", "two: done"));
}

Section message(const std::string& text) {
  Section section;
  section.value("msg", text);
  return section;
}

TEST_F(ViciClientTest, EventsComeBeforeDuringAndAfterACommand) {
  charon_.on("initiate", [](FakeCharon::Client& client, const Section&) {
    client.raise("control-log", message("first"));
    client.raise("control-log", message("second"));
    client.succeed();
    client.raise("child-updown", message("third"));
  });
  client_->request("initiate", {}, reply("initiate"));
  ASSERT_TRUE(logged(4));
  EXPECT_THAT(log_,
              ElementsAre("control-log first", "control-log second", "initiate: done", "child-updown third"));
}

TEST_F(ViciClientTest, APacketMayComeInPieces) {
  charon_.on("one", [](FakeCharon::Client&, const Section&) {});
  client_->request("one", {}, reply("one"));
  ASSERT_TRUE(run_until([this] { return charon_.was_asked("one"); }));
  for (const char byte : "\0\0\0\x0f\x01\x03\x07success\0\x03yes"s) {
    charon_.client(0).send_bytes(std::string(1, byte));
    run_for(1ms);
  }
  ASSERT_TRUE(logged(1));
  EXPECT_THAT(log_, ElementsAre("one: done"));
}

TEST_F(ViciClientTest, ManyPacketsMayComeInOnePiece) {
  run_until([this] { return charon_.client_count() == 1; });
  std::string bytes;
  for (int i = 0; i < 50; ++i) bytes += "\0\0\0\x0e\x07\x03log\x03\x03msg\0\x02hi"s;
  charon_.client(0).send_bytes(bytes);
  ASSERT_TRUE(logged(50));
  EXPECT_THAT(log_, testing::Each("log hi"));
}

TEST_F(ViciClientTest, AMalformedEventIsPassedOver) {
  run_until([this] { return charon_.client_count() == 1; });
  charon_.client(0).send(FakeCharon::event, "");
  charon_.client(0).send(FakeCharon::event, "\x09log");
  charon_.client(0).send(FakeCharon::event, "\x03log\x02");
  charon_.client(0).send(static_cast<FakeCharon::Type>(99), "whatever");
  charon_.client(0).raise("log", message("good"));
  ASSERT_TRUE(logged(1));
  EXPECT_THAT(log_, ElementsAre("log good"));
}

TEST_F(ViciClientTest, AnAnswerThatNobodyAskedForIsPassedOver) {
  run_until([this] { return charon_.client_count() == 1; });
  charon_.client(0).succeed();
  charon_.client(0).raise("log", message("good"));
  ASSERT_TRUE(logged(1));
  EXPECT_THAT(log_, ElementsAre("log good"));
}

TEST_F(ViciClientTest, APacketOfImpossibleLengthEndsTheConnection) {
  run_until([this] { return charon_.client_count() == 1; });
  charon_.client(0).send_bytes("\xff\xff\xff\xff");
  ASSERT_TRUE(logged(1));
  EXPECT_THAT(log_, ElementsAre("closed: it sent a packet of impossible length"));
}

TEST_F(ViciClientTest, APacketWithoutATypeEndsTheConnection) {
  run_until([this] { return charon_.client_count() == 1; });
  charon_.client(0).send_bytes("\0\0\0\0"s);
  ASSERT_TRUE(logged(1));
  EXPECT_THAT(log_[0], StartsWith("closed: "));
}

TEST_F(ViciClientTest, WhateverBytesComeNothingBreaks) {
  std::mt19937 random{1701};
  std::uniform_int_distribution<int> any_byte{0, 255};
  for (int round = 0; round < 200; ++round) {
    SetUp();
    log_.clear();
    ASSERT_TRUE(
        run_until([this, round] { return charon_.client_count() == static_cast<std::size_t>(round) + 2; }));
    std::string bytes = "\0\0\0"s + static_cast<char>(any_byte(random) % 30);
    for (int size = any_byte(random); size > 0; --size) bytes += static_cast<char>(any_byte(random));
    auto& peer = charon_.client(charon_.client_count() - 1);
    peer.send_bytes(bytes);
    peer.hang_up();
    ASSERT_TRUE(run_until([this] { return !log_.empty() && log_.back().starts_with("closed: "); }));
  }
}

TEST_F(ViciClientTest, WhatIsPendingWhenCharonGoesFailsInItsOrder) {
  charon_.on("one", [](FakeCharon::Client& client, const Section&) { client.hang_up(); });
  for (const auto* command : {"one", "two", "three"}) client_->request(command, {}, reply(command));
  ASSERT_TRUE(logged(4));
  EXPECT_THAT(log_,
              ElementsAre("one: it closed its control socket", "two: it closed its control socket",
                          "three: it closed its control socket", "closed: it closed its control socket"));
}

TEST_F(ViciClientTest, WhatIsAskedAfterCharonHasGoneFailsAtOnce) {
  charon_.die();
  ASSERT_TRUE(logged(1));
  client_->request("one", {}, reply("one"));
  EXPECT_THAT(log_, ElementsAre(StartsWith("closed: "), "one: its control socket is closed"));
}

TEST_F(ViciClientTest, NobodyNeedsToListenForAnAnswer) {
  client_->request("one", {}, {});
  client_->subscribe("event", {});
  client_->request("two", {}, reply("two"));
  ASSERT_TRUE(logged(1));
  client_->request("three", named(std::string(70000, 'x')), {});
  charon_.die();
  ASSERT_TRUE(logged(2));
  client_->request("four", {}, {});
}

TEST_F(ViciClientTest, AValueThatIsTooLongIsRefusedAndTheNextRequestIsNot) {
  client_->request("load-conn", named(std::string(70000, 'x')), reply("load-conn"));
  client_->request("two", {}, reply("two"));
  ASSERT_TRUE(logged(2));
  EXPECT_THAT(log_, ElementsAre(HasSubstr("too long"), "two: done"));
  EXPECT_THAT(charon_.asked(), ElementsAre("two"));
}

TEST_F(ViciClientTest, ALongRequestIsSentWhole) {
  Section long_message;
  for (int i = 0; i < 7; ++i) long_message.value("v" + std::to_string(i), std::string(60000, 'x'));
  client_->request("long", long_message, reply("long"));
  ASSERT_TRUE(logged(1));
  EXPECT_THAT(charon_.request("long").get("v6"), SizeIs(60000));
}

TEST_F(ViciClientTest, ItMayGoWithinAnAnswer) {
  client_->request("one", {}, [this](const Result<Section, std::string>&) {
    client_.reset();
    log_.emplace_back("gone");
  });
  client_->request("two", {}, reply("two"));
  ASSERT_TRUE(logged(1));
  run_for(20ms);
  EXPECT_THAT(log_, ElementsAre("gone"));
}

TEST_F(ViciClientTest, ItMayGoWhileARequestIsUnderWay) {
  charon_.on("one", [](FakeCharon::Client&, const Section&) {});
  client_->request("one", named(std::string(60000, 'x')), reply("one"));
  client_.reset();
  run_for(20ms);
  EXPECT_THAT(log_, IsEmpty());
}

TEST_F(ViciClientTest, ItMayGoWithinTheNewsThatCharonHasGone) {
  auto client = ViciClient::connect(path_, {.event = {}, .closed = [this](const std::string&) {
                                              client_.reset();
                                              log_.emplace_back("gone");
                                            }});
  ASSERT_TRUE(client);
  client_ = std::move(client.value());
  run_until([this] { return charon_.client_count() == 2; });
  charon_.die();
  EXPECT_TRUE(logged(1));
}

TEST_F(ViciClientTest, ItMayGoWithinAnAnswerThatFailsBecauseCharonHasGone) {
  charon_.on("one", [](FakeCharon::Client& client, const Section&) { client.hang_up(); });
  client_->request("one", {}, [this](const Result<Section, std::string>&) {
    client_.reset();
    log_.emplace_back("gone");
  });
  client_->request("two", {}, reply("two"));
  ASSERT_TRUE(logged(1));
  run_for(20ms);
  EXPECT_THAT(log_, ElementsAre("gone"));
}

}  // namespace
}  // namespace l2tp
