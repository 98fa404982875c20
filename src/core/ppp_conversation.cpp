#include "core/ppp_conversation.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <utility>

#include "core/wording.h"

namespace l2tp {

namespace {

// Protocols: RFC 1661, 1332, 1962, 1334, 1994, 3748.
constexpr std::uint16_t lcp = 0xc021, ipcp = 0x8021, ccp = 0x80fd, pap = 0xc023, chap = 0xc223, eap = 0xc227;

// Codes of LCP, IPCP and CCP (RFC 1661, 5).
enum Code : unsigned {
  configure_request = 1,
  configure_ack = 2,
  configure_nak = 3,
  configure_reject = 4,
  terminate_request = 5,
  protocol_reject = 8
};
constexpr std::array<std::string_view, 6> code_names{
    "", "Configure-Request", "Configure-Ack", "Configure-Nak", "Configure-Reject", "Terminate-Request"};

constexpr unsigned pap_nak = 3, chap_failure = 4;                        // RFC 1334, 2.2.2; RFC 1994, 4.2
constexpr unsigned eap_request = 1, eap_response = 2;                    // RFC 3748, 4
constexpr unsigned eap_identity = 1, eap_notification = 2, eap_nak = 3;  // RFC 3748, 5
constexpr unsigned option_login = 3;                                     // of LCP
constexpr unsigned option_address = 3;                                   // of IPCP (RFC 1332, 3.3)

constexpr std::size_t longest_words = 200;  // bytes of a server's message in our sentence
constexpr std::size_t most_evidence = 8;

// How pppd ends a link when IPCP and IPv6CP have both failed.
constexpr std::string_view no_protocols = "no network protocols";

std::uint16_t number(std::string_view bytes) {
  return static_cast<std::uint16_t>(static_cast<unsigned char>(bytes[0]) << 8 |
                                    static_cast<unsigned char>(bytes[1]));
}

unsigned byte(std::string_view bytes, std::size_t index) {
  return static_cast<unsigned char>(bytes[index]);
}

// The value of option `type` in the content of a Configure packet (RFC 1661, 6); nothing: there is none.
std::optional<std::string_view> option(std::string_view content, unsigned type) {
  while (content.size() >= 2) {
    const auto length = byte(content, 1);
    if (length < 2 || length > content.size()) return std::nullopt;
    if (byte(content, 0) == type) return content.substr(2, length - 2);
    content.remove_prefix(length);
  }
  return std::nullopt;
}

std::optional<LoginMethod> login_method(std::string_view content) {
  const auto value = option(content, option_login);
  if (!value || value->size() < 2) return std::nullopt;
  LoginMethod method{number(*value)};
  if (method.protocol == chap && value->size() > 2)
    method.algorithm = static_cast<std::uint8_t>(byte(*value, 2));
  return method;
}

bool contains(std::string_view text, std::string_view lower_case_words) {
  const auto same = [](char one, char other) {
    return (one >= 'A' && one <= 'Z' ? static_cast<char>(one + ('a' - 'A')) : one) == other;
  };
  return std::search(text.begin(), text.end(), lower_case_words.begin(), lower_case_words.end(), same) !=
         text.end();
}

std::string joined(const std::vector<std::string>& names) {
  std::string text;
  for (std::size_t i = 0; i < names.size(); ++i) {
    if (i > 0) text += i + 1 == names.size() ? " and " : ", ";
    text += names[i];
  }
  return text;
}

std::string hex(unsigned value) {
  std::array<char, 8> digits{};
  const auto end = std::to_chars(digits.data(), digits.data() + digits.size(), value, 16).ptr;
  return "0x" + std::string{digits.data(), end};
}

std::string eap_name(unsigned method) {
  constexpr std::pair<unsigned, std::string_view> names[] = {
      {4, "EAP-MD5"},  {5, "EAP-OTP"},   {6, "EAP-GTC"},   {13, "EAP-TLS"},
      {18, "EAP-SIM"}, {21, "EAP-TTLS"}, {25, "EAP-PEAP"}, {26, "EAP-MSCHAPv2"}};
  for (const auto& [type, name] : names)
    if (type == method) return std::string{name};
  return "EAP method " + std::to_string(method);
}

// --- What a refusal says

constexpr unsigned windows_no_encryption = 742;

// The numbers of RFC 2759 (6) and RFC 2433 (6); Windows' remote access has the same and more.
struct Error {
  unsigned number;
  std::string_view words;
  std::string_view id;
};
constexpr Error errors[] = {
    {646, "restricted log-in hours", "ppp-restricted-hours"},
    {647, "account disabled", "ppp-account-disabled"},
    {648, "password expired", "ppp-password-expired"},
    {649, "no dial-in permission", "ppp-no-dial-in"},
    {691, "name or password wrong", "ppp-login-refused"},
    {709, "the password could not be changed", "ppp-login-refused"},
    {windows_no_encryption, "no encryption that both sides have", "ppp-mppe-wanted"},
};

const Error* error_of(unsigned number) {
  const auto* found = std::find_if(std::begin(errors), std::end(errors),
                                   [number](const Error& error) { return error.number == number; });
  return found == std::end(errors) ? nullptr : found;
}

std::string says(std::string_view words) {
  return "the server says " + in_quotes(words, longest_words);
}

std::string error_in_words(unsigned number, std::string_view message) {
  const auto* error = error_of(number);
  auto text = "error " + std::to_string(number);
  if (error != nullptr) text += " (" + std::string{error->words} + ")";
  return message.empty() ? text : text + "; " + says(message);
}

// RFC 2759, 6: "E=691 R=1 C=... V=3 M=words". Nothing if it is not of this form.
struct MsChapFailure {
  unsigned error = 0;
  std::string_view message;
};
std::optional<MsChapFailure> read_ms_chap(std::string_view text) {
  MsChapFailure failure;
  if (!text.starts_with("E=")) return std::nullopt;
  const auto read = std::from_chars(text.data() + 2, text.data() + text.size(), failure.error);
  if (read.ec != std::errc{}) return std::nullopt;
  if (const auto at = text.find(" M="); at != std::string_view::npos) failure.message = text.substr(at + 3);
  return failure;
}

// Windows ends a link with its magic number, a mark, and the error in place of words.
std::optional<unsigned> windows_error(std::string_view reason) {
  constexpr std::string_view mark{"\0\x3c\xcd\x74\0\0", 6};
  if (reason.size() != 12 || reason.substr(4, mark.size()) != mark) return std::nullopt;
  return number(reason.substr(10));
}

std::string reason_in_words(std::string_view reason) {
  if (reason.empty()) return "it gave no reason";
  if (const auto error = windows_error(reason)) return error_in_words(*error, {});
  return says(reason);
}

std::vector<std::string> allowed_methods(const Settings& settings) {
  if (settings.user_certificate_files) return {"EAP-TLS"};
  const auto& ppp = settings.ppp;
  std::vector<std::string> names;
  const std::pair<bool, const char*> methods[] = {{ppp.refuse_pap, "PAP"},
                                                  {ppp.refuse_chap, "CHAP"},
                                                  {ppp.refuse_mschap, "MS-CHAP"},
                                                  {ppp.refuse_mschapv2, "MS-CHAPv2"},
                                                  {ppp.refuse_eap, "EAP"}};
  for (const auto& [refused, name] : methods)
    if (!refused) names.emplace_back(name);
  return names;
}

}  // namespace

std::string LoginMethod::name() const {
  if (protocol == pap) return "PAP";
  if (protocol == eap) return "EAP";
  if (protocol != chap) return "method " + hex(protocol);
  switch (algorithm) {
    case 0x05:
      return "CHAP";
    case 0x80:
      return "MS-CHAP";
    case 0x81:
      return "MS-CHAPv2";
    default:
      return "CHAP algorithm " + std::to_string(algorithm);
  }
}

// --- Taking packets

void PppConversation::take(From from, std::string_view packet) {
  constexpr std::size_t start = 2, header = 4;  // the protocol; code, identifier, length
  if (packet.size() < start + header) return;
  const auto protocol = number(packet);
  const auto code = byte(packet, start);
  // An EAP packet is told without what it holds, a Protocol-Reject without what it repeats.
  const auto length = number(packet.substr(start + 2));
  if (length < header) return;
  const auto content = packet.substr(start + header, length - header);

  if (protocol == lcp) return take_lcp(from, code, content);
  if (protocol == ipcp) return take_ipcp(from, code, content);
  if (protocol == eap) return take_eap(from, code, content);
  if (from == From::us) return;
  if (protocol == pap && code == pap_nak) {
    // RFC 1334, 2.2.2: one byte of length, then the message.
    refusal_ = content.empty() ? std::string{} : std::string{content.substr(1, byte(content, 0))};
    note(from, "PAP Authenticate-Nak " + in_quotes(*refusal_, longest_words));
  }
  if (protocol == chap && code == chap_failure) {
    refusal_ = content;
    note(from, "CHAP Failure " + in_quotes(content, longest_words));
  }
}

void PppConversation::take_lcp(From from, unsigned code, std::string_view content) {
  if (code == protocol_reject && content.size() >= 2 && from == From::server) {
    const auto rejected = number(content);
    note(from, "LCP Protocol-Reject of " + (rejected == ccp    ? std::string{"CCP"}
                                            : rejected == ipcp ? "IPCP"
                                                               : hex(rejected)));
    if (rejected == ccp) ccp_rejected_ = true;
    if (rejected != ipcp) return;
    method_refused_ = false;
    ipcp_rejected_ = true;
    no_address_ = "it rejects IPCP";
  } else if (code == terminate_request) {
    (from == From::us ? our_reason_ : server_reason_) = content;
    note(from, "LCP Terminate-Request " + in_quotes(content, longest_words));
  } else if (code >= configure_request && code <= configure_reject) {
    if (const auto method = login_method(content)) take_login_method(from, code, *method);
  }
}

// Only we are to log in: what we request of the server, and what it makes of that, does not occur.
void PppConversation::take_login_method(From from, unsigned code, LoginMethod method) {
  if (from == From::server && code == configure_request) {
    if (std::find(wanted_.begin(), wanted_.end(), method) == wanted_.end()) wanted_.push_back(method);
  } else if (from == From::us && code == configure_ack) {
    agreed_ = method;
    method_refused_ = false;
  } else if (from == From::us && (code == configure_nak || code == configure_reject)) {
    method_refused_ = true;
  } else {
    return;
  }
  note(from, "LCP " + std::string{code_names[code]} + ", log-in by " + method.name());
}

void PppConversation::take_eap(From from, unsigned code, std::string_view content) {
  if (content.empty()) return;
  const auto type = byte(content, 0);
  if (from == From::server && code == eap_request && type != eap_identity && type != eap_notification) {
    eap_method_ = type;
    eap_refused_ = false;
  } else if (from == From::us && code == eap_response && type == eap_nak) {
    eap_refused_ = true;
    note(From::server, "EAP Request, " + eap_name(eap_method_));
    note(from, "EAP Nak");
  }
}

void PppConversation::take_ipcp(From from, unsigned code, std::string_view content) {
  if (from == From::us) return;
  method_refused_ = false;  // it gave in, and goes on without a log-in
  const auto address = code <= configure_reject ? option(content, option_address) : std::nullopt;
  if (code == terminate_request)
    no_address_ = "it ended IPCP; " + reason_in_words(content);
  else if (code == configure_reject && address)
    no_address_ = "it rejects our wish for one";
  else if (code == configure_ack && address && *address == std::string_view{"\0\0\0\0", 4})
    no_address_ = "it takes 0.0.0.0 for ours";
  else {
    ipcp_confirmed_ = ipcp_confirmed_ || code == configure_ack;
    return;
  }
  note(from, "IPCP " + std::string{code_names[code]} +
                 (code == terminate_request ? " " + in_quotes(content, longest_words) : ""));
}

void PppConversation::note(From from, const std::string& words) {
  auto line = (from == From::us ? "to the server: " : "from the server: ") + words;
  // A server may repeat itself for as long as it likes.
  if (std::find(evidence_.begin(), evidence_.end(), line) != evidence_.end()) return;
  if (evidence_.size() == most_evidence) evidence_.erase(evidence_.begin());
  evidence_.push_back(std::move(line));
}

// --- What they mean

Failure PppConversation::with_evidence(Failure failure) const {
  failure.evidence = evidence_;
  return failure;
}

Failure PppConversation::login_failure(const Settings& settings) const {
  if (eap_refused_)
    return with_evidence(failure("ppp-method-refused", "it wants " + eap_name(eap_method_) +
                                                           "; for this profile pppd has only " +
                                                           joined(allowed_methods(settings))));
  if (settings.user_certificate_files) return with_evidence(failure("ppp-certificate-refused"));
  if (!refusal_ || refusal_->empty()) return with_evidence(failure("ppp-login-refused"));
  const auto ms_chap = read_ms_chap(*refusal_);
  if (!ms_chap) return with_evidence(failure("ppp-login-refused", says(*refusal_)));
  const auto* error = error_of(ms_chap->error);
  return with_evidence(failure(error == nullptr ? "ppp-login-refused" : error->id,
                               error_in_words(ms_chap->error, ms_chap->message)));
}

bool PppConversation::methods_differ() const {
  return !wanted_.empty() && method_refused_;
}

std::string PppConversation::methods(const Settings& settings) const {
  std::vector<std::string> wanted;
  for (const auto& method : wanted_) wanted.push_back(method.name());
  const auto allowed = allowed_methods(settings);
  const auto is_allowed = [&allowed](const std::string& name) {
    return std::find(allowed.begin(), allowed.end(), name) != allowed.end();
  };
  const auto text = "it wants " + joined(wanted);
  if (std::any_of(wanted.begin(), wanted.end(), is_allowed))
    return text + "; pppd refuses it, although the profile does not (see /etc/ppp/options)";
  return text + "; the profile allows " + (allowed.empty() ? "none" : "only " + joined(allowed));
}

std::string PppConversation::why_no_mppe() const {
  if (ccp_rejected_) return "the server does not know it (it rejects CCP)";
  if (agreed_ && agreed_->protocol != eap && !agreed_->name().starts_with("MS-"))
    return "it needs a log-in by MS-CHAP, and the server's is by " + agreed_->name();
  return "pppd says " + in_quotes(*our_reason_, longest_words);
}

Failure PppConversation::ended(const Settings& settings) const {
  const auto& reason = *server_reason_;
  const auto code = windows_error(reason);
  const bool about_mppe =
      code == windows_no_encryption || contains(reason, "mppe") || contains(reason, "encrypt");
  const auto& ppp = settings.ppp;
  if (about_mppe && (ppp.require_mppe || ppp.require_mppe_40 || ppp.require_mppe_128))
    return failure("ppp-mppe-unavailable", reason_in_words(reason));
  if (const auto* error = code ? error_of(*code) : nullptr)
    return failure(error->id, reason_in_words(reason));
  if (about_mppe) return failure("ppp-mppe-wanted", reason_in_words(reason));
  if (settings.ipv4 && !ipcp_confirmed_ && contains(reason, no_protocols))
    return failure("ppp-no-address", reason_in_words(reason));
  if (contains(reason, "idle") || contains(reason, "inactiv"))
    return failure("ppp-idle", reason_in_words(reason));
  return failure("ppp-ended-by-server", reason_in_words(reason));
}

std::optional<Failure> PppConversation::cause(const Settings& settings) const {
  if (our_reason_ && contains(*our_reason_, "mppe"))
    return with_evidence(failure("ppp-mppe-unavailable", why_no_mppe()));
  if (methods_differ()) return with_evidence(failure("ppp-method-refused", methods(settings)));
  if (server_reason_) return with_evidence(ended(settings));
  const bool no_protocol = our_reason_ && contains(*our_reason_, no_protocols);
  if (settings.ipv4 && !no_address_.empty() && (no_protocol || ipcp_rejected_))
    return with_evidence(failure("ppp-no-address", no_address_));
  return std::nullopt;
}

}  // namespace l2tp
