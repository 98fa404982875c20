// xl2tpd as LAC (client) and as LNS (server).
#include "core/diagnosis/rules.h"

namespace l2tp::diagnosis {

namespace {

constexpr std::string_view no_secret_advice =
    "The tunnel's own authentication (Challenge AVP) needs a secret that clients do not have: turn it off "
    "at the server (challenge = no).";

constexpr Rule xl2tpd_table[] = {
    {"connecting to host", Sign::l2tp_begins},
    {"connection established to*lns session is", Sign::tunnel_up_at_server},
    {"connection established to", Sign::tunnel_up},
    {"call established with*pid:", Sign::call_up_at_server},
    {"call established with", Sign::call_up},
    {"death_handler: fatal signal", Sign::we_end},
    {"disconnecting from", Sign::we_end},

    {"maximum retries exceeded", Sign::l2tp_gives_up},
    {"connection closed to*serial", Sign::call_closed},
    {"connection closed to", Sign::tunnel_closed},
    {"call failed due to", Sign::call_closed},
    {"denied connection to unauthorized peer", Sign::failure_at_server, "l2tp-refused",
     "its address is not allowed here", "Allow the client's address in xl2tpd.conf (access control, lac)."},
    {"no secret for authenticating to", Sign::failure, "l2tp-authentication", "there is no secret for it",
     no_secret_advice},
    {"no secret key for authenticating", Sign::failure_at_server, "l2tp-authentication",
     "there is no secret for it", no_secret_advice},
    {"invalid challenge authentication", Sign::failure, "l2tp-authentication", "the secrets differ",
     no_secret_advice},
    {"invalid authentication for host", Sign::failure, "l2tp-authentication", "the secrets differ",
     no_secret_advice},
    {"unable to bind socket", Sign::failure, "port-unavailable"},
    {"unable to bind udp socket", Sign::failure, "port-unavailable"},
    {"unable to allocate pppol2tp socket", Sign::failure, "l2tp-kernel-missing",
     "it has no PPPoL2TP sockets"},
    {"unable to connect pppol2tp socket", Sign::failure, "l2tp-failed"},
    {"unable to allocate pty", Sign::failure, "l2tp-failed"},
    {"unable to open /dev/ptmx", Sign::failure, "l2tp-failed"},
    {"exec of*failed", Sign::failure, "ppp-not-started"},
    {"host name lookup failed for", Sign::failure, "gateway-unresolved"},
    {"udp_xmit failed to", Sign::consequence, "gateway-unreachable"},
    {"pppd exited for call", Sign::pppd_exits},
    {"pppd terminated for call*by signal", Sign::consequence, "ppp-ended"},
};

}  // namespace

std::span<const Rule> xl2tpd_rules() {
  return xl2tpd_table;
}

}  // namespace l2tp::diagnosis
