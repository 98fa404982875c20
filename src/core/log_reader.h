// Daemons' log lines -> what they mean for the connection.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "core/failure.h"

namespace l2tp {

// A line of charon's log about our own attempt, as the initiator sees it. Nothing: the line is no failure.
std::optional<Failure> read_charon_line(std::string_view line);

// True for the lines by which charon shows that it could not decrypt what the server sent: most often a wrong
// pre-shared key, but also what any stray packet looks like.
bool is_charon_decryption_trouble(std::string_view line);

// A line of charon's log about a connection that is up: why its SAs go. Nothing: it does not say so.
std::optional<Failure> read_charon_loss(std::string_view line);

// A line of pluto's log about our own attempt, as whack repeats it. Nothing: the line is no failure.
std::optional<Failure> read_pluto_line(std::string_view line);

// A line of pluto's own log about a connection that is up: why its SAs go. Nothing: it does not say so.
std::optional<Failure> read_pluto_loss(std::string_view line);

// True for the lines by which pluto shows that it could not read what the server encrypted.
bool is_pluto_decryption_trouble(std::string_view line);

// What an attempt would have failed of, had the message that pluto repeats here been its last. `seconds`: how
// long pluto goes on to wait, twice as long each time; s.
struct PlutoWait {
  Failure failure;
  double seconds;
  bool server_has_spoken;
};
std::optional<PlutoWait> read_pluto_wait(std::string_view line);

// What was negotiated ("cipher=AES_CBC_256 integ=HMAC_SHA2_256 group=MODP2048",
// "AES_CBC_256-HMAC_SHA2_256_128"), where a line tells of an SA that is up. For the log only.
struct PlutoAlgorithms {
  std::string ike;
  std::string esp;
};
void read_pluto_algorithms(std::string_view line, PlutoAlgorithms& algorithms);

// True for xl2tpd's own lines. pppd, its child, writes to the same place what servers say.
bool is_xl2tpd_line(std::string_view line);

// What a line of xl2tpd's log says about the one tunnel of its configuration.
enum class L2tpProgress { listening, tunnel_up, call_up };
std::optional<L2tpProgress> read_xl2tpd_progress(std::string_view line);

// Why the server closes the tunnel or the call (RFC 2661, 4.4.2), as xl2tpd tells it under `debug avp`, one
// line before it says what is closed.
struct L2tpResult {
  unsigned result = 0;
  int error = -1;  // -1: none was sent
  std::string message;
};
std::optional<L2tpResult> read_l2tp_result(std::string_view line);

// `result`: what the lines before told, if they did.
std::optional<Failure> read_xl2tpd_line(std::string_view line, const std::optional<L2tpResult>& result = {});

// The status with which pppd, xl2tpd's child, ended.
std::optional<int> read_pppd_status(std::string_view line);

}  // namespace l2tp
