#include "core/log_reader.h"

#include <string>

namespace l2tp {

namespace {

bool holds(std::string_view line, std::string_view words) {
  return line.find(words) != std::string_view::npos;
}

// "xl2tpd[812]: " is xl2tpd's own prefix, and "control_finish: " the name of a function of its.
std::string without_prefix(std::string_view line) {
  if (const auto end = line.find("]: "); line.starts_with("xl2tpd[") && end != std::string_view::npos)
    line.remove_prefix(end + 3);
  if (const auto end = line.find(": ");
      end != std::string_view::npos && line.substr(0, end).find(' ') == std::string_view::npos)
    line.remove_prefix(end + 2);
  return std::string{line};
}

}  // namespace

std::optional<Failure> read_charon_line(std::string_view line) {
  if (holds(line, "received NO_PROPOSAL_CHOSEN"))
    return failure("ipsec-no-proposal", "it answered NO_PROPOSAL_CHOSEN");
  if (holds(line, "received AUTHENTICATION_FAILED"))
    return failure("ipsec-authentication", "it answered AUTHENTICATION_FAILED");
  if (holds(line, "received INVALID_KEY_INFORMATION") || holds(line, "received PAYLOAD_MALFORMED"))
    return failure("ipsec-authentication", "it could not read what our pre-shared key encrypted");
  // IKEv1 looks first for a key of the identities ('a'[1.2.3.4] - '%any'[...]), then for one of the
  // addresses: only the second counts.
  if (holds(line, "no shared key found") && !holds(line, "'["))
    return failure("ipsec-config-refused", "there is no pre-shared key for this server");
  if (holds(line, "giving up after") || holds(line, "peer not responding"))
    return failure("ipsec-silent", "its answer did not come in time");
  return std::nullopt;
}

bool is_charon_decryption_trouble(std::string_view line) {
  return holds(line, "decryption failed") || holds(line, "could not decrypt payloads") ||
         holds(line, "ignore malformed INFORMATIONAL request");
}

bool is_xl2tpd_line(std::string_view line) {
  return line.starts_with("xl2tpd[");
}

std::optional<L2tpProgress> read_xl2tpd_progress(std::string_view line) {
  if (holds(line, "Listening on IP address ")) return L2tpProgress::listening;
  if (holds(line, "Call established with ")) return L2tpProgress::call_up;
  if (holds(line, "Connection established to ")) return L2tpProgress::tunnel_up;
  return std::nullopt;
}

std::optional<Failure> read_xl2tpd_line(std::string_view line) {
  if (holds(line, "Maximum retries exceeded"))
    return failure("l2tp-silent", "xl2tpd gave up repeating its request");
  if (holds(line, "Connection closed to ")) return failure("l2tp-refused", without_prefix(line));
  if (holds(line, "pppd exited for call")) return failure("ppp-not-started", without_prefix(line));
  if (holds(line, "Unable to bind")) return failure("port-unavailable", without_prefix(line));
  if (holds(line, "unable to allocate pty") || holds(line, "Unable to connect PPPoL2TP socket"))
    return failure("l2tp-failed", without_prefix(line));
  return std::nullopt;
}

}  // namespace l2tp
