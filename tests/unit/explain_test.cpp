// The real nm-l2tp explain, run as a program.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <json-glib/json-glib.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <memory>
#include <string>

#include "core/failure_record.h"
#include "core/glib.h"
#include "fakes/temporary_dir.h"

namespace l2tp {
namespace {

using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;

struct Answer {
  int status;
  std::string output;  // standard output
  std::string complaint;
};

class ExplainTest : public testing::Test {
 protected:
  // `arguments` are shell words.
  Answer explain(const std::string& arguments, const std::string& input = {}, const std::string& as = {}) {
    write("input", input);
    const auto command = as + " " NM_L2TP " explain " + arguments + " <" + path("input") + " >" +
                         path("output") + " 2>" + path("complaint");
    const int status = std::system(command.c_str());  // NOLINT(cert-env33-c): the command is our own
    return {WIFEXITED(status) ? WEXITSTATUS(status) : -1, read("output"), read("complaint")};
  }
  [[nodiscard]] std::string path(const std::string& name) const { return dir_.path() + "/" + name; }
  void write(const std::string& name, const std::string& text) const {
    std::ofstream{path(name), std::ios::binary} << text;
  }
  [[nodiscard]] std::string read(const std::string& name) const {
    std::ifstream stream{path(name)};
    return {std::istreambuf_iterator<char>(stream), {}};
  }
  static std::string log(const std::string& name) { return std::string{TEST_DATA} + "/logs/" + name; }

 private:
  TemporaryDir dir_;
};

// A member of the one object that `text` must be; arrays and objects by their length.
std::string member(const std::string& text, const char* name) {
  const ObjectRef<JsonParser> parser{json_parser_new()};
  GError* raw = nullptr;
  if (json_parser_load_from_data(parser.get(), text.data(), static_cast<gssize>(text.size()), &raw) ==
      FALSE) {
    const ErrorPtr error{raw};
    return std::string{"no JSON: "} + error->message;
  }
  auto* root = json_parser_get_root(parser.get());
  if (root == nullptr || !JSON_NODE_HOLDS_OBJECT(root)) return "no object";
  auto* node = json_object_get_member(json_node_get_object(root), name);
  if (node == nullptr) return "missing";
  if (JSON_NODE_HOLDS_NULL(node)) return "null";
  if (JSON_NODE_HOLDS_ARRAY(node)) return std::to_string(json_array_get_length(json_node_get_array(node)));
  if (json_node_get_value_type(node) == G_TYPE_INT64) return std::to_string(json_node_get_int(node));
  return json_node_get_string(node);
}

TEST_F(ExplainTest, AFailedLogIsExplainedWithLineNumbers) {
  const auto answer = explain("--log " + log("securepoint-id-initiator-responder.txt"));
  EXPECT_EQ(answer.status, 1);
  EXPECT_THAT(answer.output, HasSubstr("This server has no connection for the identity"));
  EXPECT_THAT(answer.output, HasSubstr("ipsec-identity-refused, stage ipsec, seen from the server"));
  EXPECT_THAT(answer.output, HasSubstr("line 9: 07[IKE] no peer config found"));
  EXPECT_THAT(answer.complaint, IsEmpty());
}

TEST_F(ExplainTest, AHealthyLogIsCalledHealthy) {
  const auto answer = explain("--log " + log("securepoint-healthy-phase2.txt"));
  EXPECT_EQ(answer.status, 0);
  EXPECT_THAT(answer.output, HasSubstr("This log is healthy."));
}

TEST_F(ExplainTest, ALogIsReadFromStandardInput) {
  const auto answer = explain("--log -", "charon: 07[IKE] received NO_PROPOSAL_CHOSEN error notify\n");
  EXPECT_EQ(answer.status, 1);
  EXPECT_THAT(answer.output, HasSubstr("ipsec-no-proposal"));
}

TEST_F(ExplainTest, AFailureThatWorkedLaterIsSaidToHave) {
  const auto answer =
      explain("--log -",
              "charon: 07[IKE] received NO_PROPOSAL_CHOSEN error notify\n"
              "charon: 08[IKE] IKE_SA a[2] established between 192.0.2.7[a]...203.0.113.9[b]\n");
  EXPECT_EQ(answer.status, 0);
  EXPECT_THAT(answer.output, HasSubstr("It worked later: line 2."));
}

TEST_F(ExplainTest, NothingKnownIsSaidSo) {
  const auto garbage = explain("--log -", std::string{"\x00\xff\xfe\x1b[2J\x07 garbage \x80\n", 20});
  EXPECT_EQ(garbage.status, 3);
  EXPECT_THAT(garbage.output, HasSubstr("Nothing was recognised"));
  const auto empty = explain("--log -");
  EXPECT_EQ(empty.status, 3);
  EXPECT_THAT(empty.output, HasSubstr("The log is empty."));
  const auto known = explain("--log -", "xl2tpd[50]: Not looking for kernel SAref support.\n");
  EXPECT_EQ(known.status, 3);
  EXPECT_THAT(known.output, HasSubstr("lines of xl2tpd"));
}

TEST_F(ExplainTest, WhatCannotBeReadIsComplainedOf) {
  for (const std::string& file : {path("missing"), std::string{"/"}, std::string{"/dev/zero"}}) {
    const auto answer = explain("--log " + file);
    EXPECT_EQ(answer.status, 2) << file;
    EXPECT_THAT(answer.complaint, HasSubstr(file + " cannot be read: ")) << file;
    EXPECT_THAT(answer.output, IsEmpty()) << file;
  }
}

TEST_F(ExplainTest, WrongUsageIsRefused) {
  for (const auto* arguments : {"--log", "--what", "a b", "--log x y", "--catalogue --json",
                                "--log - --catalogue", "''", "--log a --log b"})
    EXPECT_EQ(explain(arguments).status, 2) << arguments;
}

TEST_F(ExplainTest, AHostileLogReachesNoTerminalRaw) {
  const auto answer =
      explain("--log -", "charon: 05[IKE] IDir '\x1b]0;owned\x07\xff' does not match to '198.51.100.75'\n");
  EXPECT_EQ(answer.status, 1);
  EXPECT_THAT(answer.output, Not(HasSubstr("\x1b")));
  EXPECT_THAT(answer.output, HasSubstr("\\x07\\xff"));
}

TEST_F(ExplainTest, ProgramsGetJson) {
  const auto failed = explain("--json --log " + log("securepoint-proposal-responder.txt")).output;
  EXPECT_EQ(member(failed, "version"), "1");
  EXPECT_EQ(member(failed, "verdict"), "failed");
  EXPECT_EQ(member(failed, "problems"), "1");
  const auto healthy = explain("--log " + log("pfsense-healthy-initiator.txt") + " --json");
  EXPECT_EQ(healthy.status, 0);
  EXPECT_EQ(member(healthy.output, "verdict"), "healthy");
  EXPECT_EQ(member(healthy.output, "reached"), "phase2");
  EXPECT_EQ(member(healthy.output, "reached-line"), "1");
  const auto hostile = explain("--json --log -", "IDir '\xff\x01\"\\' does not match to 'b'\n").output;
  EXPECT_EQ(member(hostile, "problems"), "1");
  EXPECT_EQ(member(explain("--json --log -").output, "verdict"), "unknown");
}

// --- The records that the service leaves

constexpr const char* uuid = "0e4f9a2c-5c4b-4a3e-9d55-1f0a3d6a1b11";
constexpr const char* other_uuid = "11111111-5c4b-4a3e-9d55-1f0a3d6a1b11";

// The records lie in a /run of the test's own (in-namespace).
class RecordTest : public ExplainTest {
 protected:
  void SetUp() override {
    std::filesystem::create_directories(failure_record_dir);
    umask(022);
  }
  void TearDown() override { std::filesystem::remove_all(failure_record_dir); }

  static void leave(const std::string& of, std::int64_t time, const char* id, std::int64_t up_since = 0) {
    FailureRecord record;
    record.uuid = of;
    record.time = time;
    record.failure = failure(id, "particulars");
    record.failure.evidence = {"05[IKE] a line of \x1b[31mcharon"};
    record.up_since = up_since;
    leave_text(of, to_json(record));
  }
  static void leave_text(const std::string& of, const std::string& text) { std::ofstream{file(of)} << text; }
  static std::string file(const std::string& of) {
    return std::string{failure_record_dir} + "/" + of + ".json";
  }
};

TEST_F(RecordTest, TheLastFailureOfAConnectionIsShown) {
  leave(uuid, 1795000000, "ipsec-silent");
  const auto answer = explain(uuid);
  EXPECT_EQ(answer.status, 1) << answer.complaint;
  for (const auto* part : {uuid, "2026-11-1", "The server did not answer on IPsec's ports: particulars.",
                           "Check the gateway's address", "ipsec-silent, stage ipsec, connect-failed",
                           "05[IKE] a line of \\x1b[31mcharon", "has not been up since"})
    EXPECT_THAT(answer.output, HasSubstr(part));
}

TEST_F(RecordTest, TheUuidMayBeInUpperCase) {
  leave(uuid, 1795000000, "ipsec-silent");
  EXPECT_EQ(explain("0E4F9A2C-5C4B-4A3E-9D55-1F0A3D6A1B11").status, 1);
}

TEST_F(RecordTest, WithoutAnArgumentItIsTheMostRecentOne) {
  leave(uuid, 1795000000, "ipsec-silent");
  leave(other_uuid, 1795000900, "ppp-login-refused");
  leave_text("22222222-5c4b-4a3e-9d55-1f0a3d6a1b11", "no JSON");
  const auto answer = explain("");
  EXPECT_EQ(answer.status, 1);
  EXPECT_THAT(answer.output, HasSubstr("ppp-login-refused"));
  EXPECT_THAT(answer.output, HasSubstr(other_uuid));
}

TEST_F(RecordTest, ItIsSaidIfTheConnectionHasBeenUpSince) {
  leave(uuid, 1795000000, "ipsec-silent", 1795000100);
  const auto answer = explain(uuid);
  EXPECT_EQ(answer.status, 0);
  EXPECT_THAT(answer.output, HasSubstr("The connection came up after that"));
}

TEST_F(RecordTest, NoFailureOnRecordIsAGoodAnswer) {
  for (const std::string& arguments : {std::string{}, std::string{uuid}}) {
    const auto answer = explain(arguments);
    EXPECT_EQ(answer.status, 0) << arguments;
    EXPECT_THAT(answer.output, HasSubstr("on record"));
    const auto json = explain("--json " + arguments);
    EXPECT_EQ(json.status, 0);
    EXPECT_EQ(member(json.output, "id"), "null");
  }
}

TEST_F(RecordTest, ANameNeedsNetworkManager) {
  const auto answer = explain("office");
  EXPECT_EQ(answer.status, 2);
  EXPECT_THAT(answer.complaint, HasSubstr("give the connection's UUID"));
}

TEST_F(RecordTest, AnotherUsersRecordIsNotShown) {
  leave(uuid, 1795000000, "ipsec-silent");
  std::filesystem::permissions(file(uuid), std::filesystem::perms::owner_read);
  const std::string nobody = "setpriv --reuid 65534 --clear-groups --bounding-set=-all --inh-caps=-all";
  std::filesystem::permissions(path("."), std::filesystem::perms::all);
  const auto one = explain(uuid, {}, nobody);
  EXPECT_EQ(one.status, 2);
  EXPECT_THAT(one.complaint, HasSubstr("another user's"));
  const auto all = explain("", {}, nobody);
  EXPECT_EQ(all.status, 2);
  EXPECT_THAT(all.complaint, HasSubstr("only of other users"));
}

TEST_F(RecordTest, ABrokenRecordIsComplainedOf) {
  leave_text(uuid, "[1, 2");
  const auto answer = explain(uuid);
  EXPECT_EQ(answer.status, 2);
  EXPECT_THAT(answer.complaint, HasSubstr("cannot be read"));
}

TEST_F(RecordTest, ProgramsGetTheRecordAsJson) {
  leave(uuid, 1795000000, "ipsec-silent");
  const auto json = explain(std::string{"--json "} + uuid).output;
  EXPECT_EQ(member(json, "id"), "ipsec-silent");
  EXPECT_EQ(member(json, "time"), "1795000000");
  EXPECT_EQ(member(json, "up-since"), "0");
  EXPECT_EQ(member(json, "evidence"), "1");
}

}  // namespace
}  // namespace l2tp
