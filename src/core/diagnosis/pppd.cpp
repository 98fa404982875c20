// pppd as client and as server. The codes are those of MS-CHAP (RFC 2433 and 2759, section 6).
#include "core/diagnosis/rules.h"

namespace l2tp::diagnosis {

namespace {

constexpr std::string_view eap_advice =
    "Check the user name and the password. If they are right, set refuse-eap to yes, so that the server "
    "takes "
    "MS-CHAPv2; some servers then want MPPE as well (require-mppe).";

constexpr Rule pppd_table[] = {
    {"pppol2tp options: lnsmode", Sign::server_writes},
    {"sent [chap challenge", Sign::server_writes},
    {"rcvd [pap authreq", Sign::server_writes},
    {"rcvd [chap challenge", Sign::client_writes},
    {"sent [pap authreq", Sign::client_writes},
    // The packets themselves, with the option debug; what they mean is said in a line of its own.
    {"rcvd [", Sign::nothing},
    {"sent [", Sign::nothing},
    {"ms-chapv2 success packet is badly formed", Sign::failure, "ppp-server-unproven",
     "its MS-CHAPv2 Success packet is not as RFC 2759 has it",
     "Install pppd 2.4.9 or later, which puts up with what Windows Server 2019 sends."},
    {"ms-chapv2 mutual authentication failed", Sign::failure, "ppp-server-unproven",
     "its answer does not fit the password"},
    {"chap authentication failed*e=646", Sign::failure, "ppp-restricted-hours", "the server says E=646"},
    {"chap authentication failed*e=647", Sign::failure, "ppp-account-disabled", "the server says E=647"},
    {"chap authentication failed*e=648", Sign::failure, "ppp-password-expired", "the server says E=648"},
    {"chap authentication failed*e=649", Sign::failure, "ppp-no-dial-in", "the server says E=649"},
    {"chap authentication failed*e=691", Sign::failure, "ppp-login-refused"},
    {"chap authentication failed*restricted logon hours", Sign::failure, "ppp-restricted-hours",
     "the server says so"},
    {"chap authentication failed*account disabled", Sign::failure, "ppp-account-disabled",
     "the server says so"},
    {"chap authentication failed*password expired", Sign::failure, "ppp-password-expired",
     "the server says so"},
    {"chap authentication failed*no dialin permission", Sign::failure, "ppp-no-dial-in",
     "the server says so"},
    {"unknown ms-chap authentication failure*e=646", Sign::failure, "ppp-restricted-hours",
     "the server says E=646"},
    {"unknown ms-chap authentication failure*e=647", Sign::failure, "ppp-account-disabled",
     "the server says E=647"},
    {"unknown ms-chap authentication failure*e=648", Sign::failure, "ppp-password-expired",
     "the server says E=648"},
    {"unknown ms-chap authentication failure*e=649", Sign::failure, "ppp-no-dial-in",
     "the server says E=649"},
    {"failed chap authentication", Sign::failure_at_server, "ppp-login-refused"},
    {"failed pap authentication", Sign::failure_at_server, "ppp-login-refused"},
    {"chap peer authentication failed for", Sign::failure_at_server, "ppp-login-refused"},
    {"pap peer authentication failed for", Sign::failure_at_server, "ppp-login-refused"},
    {"failed chap session verification", Sign::failure_at_server, "ppp-login-refused"},
    {"no chap secret found for authenticating us to", Sign::failure, "ppp-no-password"},
    {"no secret found for pap login", Sign::failure, "ppp-no-password"},
    {"no chap secret found for authenticating",
     Sign::failure_at_server,
     "ppp-login-refused",
     {},
     "Add the user to /etc/ppp/chap-secrets, or to where pppd's plugin looks for users."},
    {"no pap secret found for",
     Sign::failure_at_server,
     "ppp-login-refused",
     {},
     "Add the user to /etc/ppp/pap-secrets, or to where pppd's plugin looks for users."},
    {"eap: peer reports authentication failure", Sign::failure, "ppp-login-refused", {}, eap_advice},
    {"chap authentication failed due to protocol-reject", Sign::failure, "ppp-method-refused",
     "the other side does not speak CHAP"},
    {"pap authentication failed due to protocol-reject", Sign::failure, "ppp-method-refused",
     "the other side does not speak PAP"},
    {"ms-chap authentication failed", Sign::failure, "ppp-login-refused"},
    {"chap authentication failed", Sign::consequence, "ppp-login-refused"},
    {"pap authentication failed", Sign::failure, "ppp-login-refused"},
    {"failed to authenticate ourselves to peer", Sign::consequence, "ppp-login-refused"},
    {"chap authentication timed out", Sign::consequence, "ppp-silent", "it did not answer the login"},
    {"no response to pap authenticate-requests", Sign::consequence, "ppp-silent",
     "it did not answer the login"},
    {"no auth is possible", Sign::failure, "ppp-method-refused", "no method is left that both sides allow"},
    {"peer refused to authenticate", Sign::failure_at_server, "ppp-method-refused",
     "it refuses every method that is required here"},
    {"couldn't find any suitable secret", Sign::failure, "ppp-not-started", "it wants the server to log in",
     "Give pppd the option noauth, as a client must; at a server, fill /etc/ppp/chap-secrets."},
    {"certificate verify failed", Sign::failure, "ppp-certificate-refused"},
    {"eap-tls*alert", Sign::failure, "ppp-certificate-refused"},

    {"mppe required, but kernel has no support", Sign::failure, "ppp-mppe-unavailable",
     "this kernel has no MPPE", "Load the kernel's module ppp_mppe, or take require-mppe out."},
    {"mppe required but not available in kernel", Sign::failure, "ppp-mppe-unavailable",
     "this kernel has no MPPE", "Load the kernel's module ppp_mppe, or take require-mppe out."},
    {"mppe required but", Sign::failure, "ppp-mppe-unavailable"},
    {"mppe required, ", Sign::failure, "ppp-mppe-unavailable"},
    {"mppe disabled", Sign::consequence, "ppp-mppe-unavailable"},

    {"no response to*echo-requests", Sign::failure, "ppp-echo-lost",
     "its answers to echo requests stayed away"},
    {"lcp: timeout sending config-requests", Sign::consequence, "ppp-unanswered",
     "no answer to LCP's requests"},
    {"ipcp: timeout sending config-requests", Sign::consequence, "ppp-no-address", "it did not answer IPCP"},
    {"peer refused to agree to our ip address", Sign::failure, "ppp-no-address",
     "it does not agree to the address that we ask for"},
    {"could not determine local ip address", Sign::failure, "ppp-no-address", "it named none for us"},
    {"is not authorized to use remote address", Sign::failure_at_server, "ppp-no-address"},
    {"unauthorized remote ip address", Sign::failure_at_server, "ppp-no-address"},
    {"loopback detected", Sign::failure, "ppp-negotiation-failed", "our own packets came back"},
    {"serial line is looped back", Sign::failure, "ppp-negotiation-failed", "our own packets came back"},
    {"terminating connection due to lack of activity", Sign::failure, "ppp-idle",
     "pppd's own idle time was over"},
    {"connect time expired", Sign::failure, "ppp-ended", "its time was over"},
    {"traffic limit reached", Sign::failure, "ppp-ended", "its traffic limit was reached"},
    {"lacks ppp kernel support", Sign::failure, "l2tp-kernel-missing", "it has no PPP"},
    {"couldn't open the /dev/ppp device", Sign::failure, "l2tp-kernel-missing", "there is no /dev/ppp"},
    {"couldn't set tty to ppp discipline", Sign::failure, "l2tp-kernel-missing", "it has no PPP"},
    {"is for pppd version", Sign::failure, "ppp-not-started"},
    {"couldn't load plugin", Sign::failure, "ppp-not-started"},
    {"unrecognized option", Sign::failure, "ppp-not-started"},
    {"lcp terminated by peer", Sign::lcp_ended_by_peer},
    {"terminating on signal", Sign::we_end},
    {"modem hangup", Sign::line_hangs_up},

    {"peer authentication succeeded for", Sign::authenticated_at_server},
    {"authentication succeeded", Sign::authenticated},
    {"peer from calling number*authorized", Sign::server_writes},
    {"local ip address", Sign::ppp_up},
};

}  // namespace

std::span<const Rule> pppd_rules() {
  return pppd_table;
}

}  // namespace l2tp::diagnosis
