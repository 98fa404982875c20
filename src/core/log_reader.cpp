#include "core/log_reader.h"

#include <charconv>
#include <span>
#include <string>

#include "core/wording.h"

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

// "05[IKE] IDir 'NAME' does not match to 'EXPECTED'" -> "'NAME', not 'EXPECTED'".
std::optional<std::string> other_identity(std::string_view line) {
  constexpr std::string_view before = "IDir ";
  constexpr std::string_view between = " does not match to ";
  const auto start = line.find(before);
  if (start == std::string_view::npos) return std::nullopt;
  line.remove_prefix(start + before.size());
  const auto end = line.rfind(between);
  if (end == std::string_view::npos) return std::nullopt;
  return std::string{line.substr(0, end)} + ", not " + std::string{line.substr(end + between.size())};
}

// "we require IKEv1 peer to have ID 'EXPECTED', but peer declares 'NAME'", without what pluto writes before.
std::string other_peer(std::string_view line) {
  const auto start = line.find("we require");
  return std::string{start == std::string_view::npos ? "it is not whom ipsec-remote-id names"
                                                     : line.substr(start)};
}

// What stands between `before` and `after`; empty if either is not there.
std::string between(std::string_view line, std::string_view before, std::string_view after) {
  const auto begin = line.find(before);
  if (begin == std::string_view::npos) return {};
  line.remove_prefix(begin + before.size());
  const auto end = line.find(after);
  return end == std::string_view::npos ? std::string{} : std::string{line.substr(0, end)};
}

// What the server was asked in the state that pluto names (4's name, then 5's where it differs), and what its
// silence means there.
struct Silence {
  std::string_view state;
  std::string_view id;
  std::string_view detail;
  bool server_has_spoken;
};
constexpr Silence silences[] = {
    {"MAIN_I1", "ipsec-silent", "no answer to the first message", false},
    {"V2_PARENT_I1", "ipsec-silent", "no answer to the first message", false},
    {"IKE_SA_INIT_I", "ipsec-silent", "no answer to the first message", false},
    {"MAIN_I2", "ipsec-silent", "no answer to the key exchange", false},
    {"MAIN_I3", "ipsec-authentication", "it does not answer what our pre-shared key encrypted", true},
    {"V2_PARENT_I2", "ipsec-authentication", "it does not answer the authentication", true},
    {"IKE_AUTH_I", "ipsec-authentication", "it does not answer the authentication", true},
    {"QUICK_I1", "ipsec-phase2-unanswered", "what was offered is in the daemon's log", true},
};

// --- How an L2TP server closes (RFC 2661, 4.4.2): results of StopCCN, results of CDN, errors of both

constexpr std::size_t longest_message = 200;  // bytes of a server's message in our sentence

constexpr std::string_view tunnel_results[] = {
    "reserved",
    "it clears the tunnel",
    "a general error",
    "there is a tunnel already",
    "this client is not authorised",
    "our version of L2TP is not supported",
    "it is shutting down",
    "our message came out of order",
};
constexpr std::string_view call_results[] = {
    "reserved",
    "the carrier was lost",
    "an error",
    "by its administrator",
    "it has no capacity now",
    "it has no facilities for it",
    "an invalid destination",
    "no carrier was found",
    "the line is busy",
    "no dial tone",
    "it took too long",
    "no framing was found",
};
constexpr std::string_view l2tp_errors[] = {
    "no general error",
    "there is no tunnel yet",
    "a length is wrong",
    "a value is out of range",
    "it has no resources left",
    "the call's number is invalid",
    "an error of its vendor's own kind",
    "another server is to be tried",
    "an unknown mandatory attribute",
};

std::string named(std::string_view what, unsigned number, std::span<const std::string_view> names) {
  auto text = std::string{what} + " " + std::to_string(number);
  return number < names.size() ? text + " (" + std::string{names[number]} + ")" : text;
}

std::string result_in_words(const L2tpResult& result, bool of_call) {
  auto text =
      of_call ? named("result", result.result, call_results) : named("result", result.result, tunnel_results);
  if (result.error > 0) text += ", " + named("error", static_cast<unsigned>(result.error), l2tp_errors);
  if (!result.message.empty()) text += "; the server says " + in_quotes(result.message, longest_message);
  return text;
}

// Under `debug avp` xl2tpd repeats what the server calls itself, and that may be anything.
bool repeats_the_server(std::string_view line) {
  const auto name = between(line, "]: ", ": ");
  return name.ends_with("_avp");
}

// "Connection closed to ADDRESS, serial 1 (...)" is a call's, "..., port 1701 (...)" a tunnel's.
bool is_of_call(std::string_view line) {
  const auto comma = line.find(", ");
  return comma != std::string_view::npos && line.substr(comma + 2).starts_with("serial ");
}

// What a server's notify says where nothing more is known (RFC 2408, 3.14.1; RFC 7296, 3.10.1), by the name
// that both daemons print.
struct Refusal {
  std::string_view notify;
  std::string_view id;
  std::string_view words;  // behind "it answered NOTIFY"
};
constexpr Refusal refusals[] = {
    {"NO_PROPOSAL_CHOSEN", "ipsec-no-proposal", ""},
    {"BAD_PROPOSAL_SYNTAX", "ipsec-no-proposal", ""},
    {"ATTRIBUTES_NOT_SUPPORTED", "ipsec-no-proposal", ""},
    {"AUTHENTICATION_FAILED", "ipsec-authentication", ""},
    {"INVALID_KEY_INFORMATION", "ipsec-authentication", ": it has another pre-shared key for us, or none"},
    {"PAYLOAD_MALFORMED", "ipsec-authentication", ": it could not read what our pre-shared key encrypted"},
    {"INVALID_PAYLOAD_TYPE", "ipsec-authentication", ": it could not read what our pre-shared key encrypted"},
    {"INVALID_HASH_INFORMATION", "ipsec-authentication", ": our pre-shared key does not fit"},
    {"INVALID_ID_INFORMATION", "ipsec-identity-refused", ""},
    {"TS_UNACCEPTABLE", "ipsec-selectors-refused", ""},
    {"INVALID_CERT_ENCODING", "ipsec-certificate-refused", ""},
    {"INVALID_CERT_AUTHORITY", "ipsec-certificate-refused", ""},
    {"INVALID_CERTIFICATE", "ipsec-certificate-refused", ""},
    {"CERT_TYPE_UNSUPPORTED", "ipsec-certificate-refused", ""},
    {"CERTIFICATE_UNAVAILABLE", "ipsec-certificate-refused", ""},
    {"INVALID_SIGNATURE", "ipsec-certificate-refused", ""},
    {"UNSUPPORTED_EXCHANGE_TYPE", "ipsec-aggressive-mode", " to main mode"},
};

std::optional<Failure> read_refusal(std::string_view notify) {
  for (const auto& refusal : refusals)
    if (refusal.notify == notify)
      return failure(refusal.id, "it answered " + std::string{notify} + std::string{refusal.words});
  return std::nullopt;
}

Failure ended_by_server() {
  return failure("ipsec-ended-by-server", "it deleted the SAs, and gave no new ones");
}

Failure dead_peer() {
  return failure("ipsec-dead-peer", "it was asked several times");
}

}  // namespace

std::optional<Failure> read_charon_line(std::string_view line) {
  // "received NAME error notify" (IKEv1), "received NAME notify error" or "..., no CHILD_SA built" (IKEv2).
  if (auto name = between(line, "received ", holds(line, " error notify") ? " error notify" : " notify");
      !name.empty())
    if (auto refusal = read_refusal(name)) return refusal;
  if (auto names = other_identity(line)) return failure("ipsec-server-identity", std::move(*names));
  // IKEv1 looks first for a key of the identities ('a'[1.2.3.4] - '%any'[...]), then for one of the
  // addresses: only the second counts.
  if (holds(line, "no shared key found") && !holds(line, "'["))
    return failure("ipsec-config-refused", "there is no pre-shared key for this server");
  if (holds(line, "no private key found for"))
    return failure("ipsec-config-refused",
                   "the certificate is not for the identity that ipsec-group-name sets");
  if (holds(line, "subject certificate invalid (valid") || holds(line, "issuer certificate invalid (valid"))
    return failure("ipsec-server-expired", std::string{line});
  if (holds(line, "no issuer certificate found for") || holds(line, "no trusted RSA public key found for") ||
      holds(line, "no trusted ECDSA public key found for") ||
      holds(line, "no trusted certificate found for") || holds(line, "subject certificate invalid"))
    return failure("ipsec-server-untrusted", std::string{line});
  if (holds(line, "constraint check failed: identity") && holds(line, "required"))
    return failure("ipsec-server-identity", std::string{line});
  if (holds(line, "giving up after") || holds(line, "peer not responding"))
    return failure("ipsec-silent", "its answer did not come in time");
  return std::nullopt;
}

bool is_charon_decryption_trouble(std::string_view line) {
  return holds(line, "decryption failed") || holds(line, "could not decrypt payloads") ||
         holds(line, "ignore malformed INFORMATIONAL request");
}

std::optional<Failure> read_charon_loss(std::string_view line) {
  if (holds(line, "received DELETE for ")) return ended_by_server();
  if (holds(line, "DPD check timed out") || holds(line, "giving up after")) return dead_peer();
  return std::nullopt;
}

std::optional<Failure> read_pluto_loss(std::string_view line) {
  if (holds(line, "received Delete SA")) return ended_by_server();
  if (holds(line, ": DPD action - ") || holds(line, "liveness action - ")) return dead_peer();
  return std::nullopt;
}

std::optional<Failure> read_pluto_line(std::string_view line) {
  // "sending notification ..." is what pluto itself refuses.
  if (holds(line, "sending notification") || holds(line, "sending encrypted notification"))
    return std::nullopt;
  for (const auto& refusal : refusals)
    if (holds(line, refusal.notify) &&
        (holds(line, "notification") || holds(line, "informational payload") || holds(line, "rejected")))
      return read_refusal(refusal.notify);
  if (holds(line, "no preshared key found for"))
    return failure("ipsec-config-refused", "there is no pre-shared key for this server");
  if (holds(line, "but peer declares") || holds(line, "mismatched on first found connection"))
    return failure("ipsec-server-identity", other_peer(line));
  return std::nullopt;
}

bool is_pluto_decryption_trouble(std::string_view line) {
  return holds(line, "malformed payload in packet") || holds(line, "is larger than can fit");
}

std::optional<PlutoWait> read_pluto_wait(std::string_view line) {
  const auto wait = between(line, ": retransmission; will wait ", " second");
  if (wait.empty()) return std::nullopt;
  for (const auto& silence : silences) {
    if (!holds(line, std::string{silence.state} + ": retransmission")) continue;
    double seconds = 0;
    std::from_chars(wait.data(), wait.data() + wait.size(), seconds);
    return PlutoWait{failure(silence.id, std::string{silence.detail}), seconds, silence.server_has_spoken};
  }
  return std::nullopt;
}

void read_pluto_algorithms(std::string_view line, PlutoAlgorithms& algorithms) {
  if (const auto ike = between(line, "{auth=PRESHARED_KEY ", "}"); !ike.empty()) algorithms.ike = ike;
  if (const auto ike = between(line, "{cipher=", "}"); !ike.empty()) algorithms.ike = "cipher=" + ike;
  if (const auto ike = between(line, "{auth=RSA_SIG ", "}"); !ike.empty()) algorithms.ike = ike;
  if (const auto esp = between(line, "xfrm=", " "); !esp.empty()) algorithms.esp = esp;
}

bool is_xl2tpd_line(std::string_view line) {
  return line.starts_with("xl2tpd[");
}

std::optional<L2tpProgress> read_xl2tpd_progress(std::string_view line) {
  if (repeats_the_server(line)) return std::nullopt;
  if (holds(line, "Listening on IP address ")) return L2tpProgress::listening;
  if (holds(line, "Call established with ")) return L2tpProgress::call_up;
  if (holds(line, "Connection established to ")) return L2tpProgress::tunnel_up;
  return std::nullopt;
}

std::optional<L2tpResult> read_l2tp_result(std::string_view line) {
  // "xl2tpd[812]: result_code_avp: peer closing for reason 2 (words), error = 4 (message)"
  constexpr std::string_view start = "result_code_avp: peer closing for reason ", middle = "), error = ";
  const auto at = line.find(start);
  if (at == std::string_view::npos || line.substr(0, at).find("]: ") + 3 != at) return std::nullopt;
  line.remove_prefix(at + start.size());
  const auto error_at = line.find(middle);
  if (error_at == std::string_view::npos) return std::nullopt;
  L2tpResult result;
  std::from_chars(line.data(), line.data() + line.size(), result.result);
  line.remove_prefix(error_at + middle.size());
  std::from_chars(line.data(), line.data() + line.size(), result.error);
  const auto message = line.find(" (");
  if (message != std::string_view::npos && line.ends_with(')'))
    result.message = line.substr(message + 2, line.size() - message - 3);
  return result;
}

std::optional<Failure> read_xl2tpd_line(std::string_view line, const std::optional<L2tpResult>& result) {
  if (repeats_the_server(line)) return std::nullopt;
  if (holds(line, "Maximum retries exceeded"))
    return failure("l2tp-silent", "xl2tpd gave up repeating its request");
  if (holds(line, "Connection closed to ")) {
    const bool call = is_of_call(line);
    const auto words =
        result ? result_in_words(*result, call) : in_quotes(without_prefix(line), longest_message);
    return failure(call ? "l2tp-call-refused" : "l2tp-refused", words);
  }
  if (holds(line, "Unable to bind")) return failure("port-unavailable", without_prefix(line));
  if (holds(line, "unable to allocate pty") || holds(line, "Unable to connect PPPoL2TP socket"))
    return failure("l2tp-failed", without_prefix(line));
  return std::nullopt;
}

std::optional<int> read_pppd_status(std::string_view line) {
  // "child_handler : pppd exited for call 38112 with code 2"
  constexpr std::string_view start = "pppd exited for call ", before_code = " with code ";
  const auto at = line.find(start);
  const auto code_at = line.rfind(before_code);
  if (at == std::string_view::npos || code_at == std::string_view::npos || code_at < at) return std::nullopt;
  int status = 0;
  const auto digits = line.substr(code_at + before_code.size());
  const auto read = std::from_chars(digits.data(), digits.data() + digits.size(), status);
  return read.ec == std::errc{} ? std::optional{status} : std::nullopt;
}

}  // namespace l2tp
