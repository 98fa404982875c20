// Cisco's debug crypto isakmp and debug crypto ipsec, of IOS and of ASA, and what VPDN says beside them.
#include "core/diagnosis/rules.h"

namespace l2tp::diagnosis {

namespace {

constexpr std::string_view transform_advice =
    "See that the server's transform set is one of those that the client offers (Windows: esp-3des "
    "esp-sha-hmac, esp-aes esp-sha-hmac), in mode transport.";

constexpr Rule cisco_table[] = {
    {"beginning aggressive mode exchange", Sign::client_begins_aggressively},
    {"beginning main mode exchange", Sign::client_begins},
    {"(n) new sa", Sign::server_begins},
    {"beginning quick mode exchange", Sign::phase2_begins},

    {"checking isakmp transform", Sign::offer_begins},
    {"checking ipsec proposal", Sign::offer_begins},
    {"does not match policy", Sign::part_differs},
    {"atts are not acceptable", Sign::part_differs, {}, ""},
    {"atts are acceptable", Sign::accepted},
    {"mismatched attribute types for class", Sign::part_differs},
    {"isakmp: encryption", Sign::offer_part},
    {"isakmp: hash", Sign::offer_part},
    {"isakmp: default group", Sign::offer_part},
    {"isakmp: keylength of", Sign::offer_part},
    {"isakmp: auth", Sign::offer_part},
    {"): encryption", Sign::offer_part},
    {"): hash sha", Sign::offer_part},
    {"): hash md5", Sign::offer_part},
    {"): default group", Sign::offer_part},
    {"): keylength of", Sign::offer_part},
    {"phase1 sa policy proposal not accepted", Sign::refused_here_in_phase1},
    {"phase 1 sa policy not acceptable", Sign::refused_here_in_phase1},
    {"no offers accepted", Sign::refused_here_in_phase1},
    {"all ipsec sa proposals found unacceptable", Sign::refused_here_in_phase2},
    {"all sa proposals found unacceptable", Sign::refused_here_in_phase1},
    {"notify proposal_not_chosen", Sign::refused_there},
    {"notify no_proposal_chosen", Sign::refused_there},

    {"invalid local address", Sign::failure_at_server, "ipsec-server-address"},
    {"proxy identities not supported", Sign::failure_at_server, "ipsec-selectors-refused",
     "it supports no such proxy identities",
     "See that the crypto map is for UDP port 1701 of the client (a dynamic map is simplest), and that its "
     "transform set is one of those that the client offers (Windows: esp-3des esp-sha-hmac), in mode "
     "transport."},
    {"no matching crypto map entry", Sign::failure_at_server, "ipsec-selectors-refused"},
    {"map_db_find_best did not find matching map", Sign::consequence_at_server, "ipsec-selectors-refused",
     "no crypto map fits"},
    {"transform proposal*not supported",
     Sign::failure_at_server,
     "ipsec-no-esp-proposal",
     {},
     transform_advice},
    {"phase 2 sa policy not acceptable",
     Sign::consequence_at_server,
     "ipsec-no-esp-proposal",
     {},
     transform_advice},
    {"ipsec policy invalidated proposal",
     Sign::consequence_at_server,
     "ipsec-no-esp-proposal",
     {},
     transform_advice},
    {"qm fsm error", Sign::consequence, "ipsec-failed", "phase 2 failed"},

    {"no pre-shared key with", Sign::key_missing},
    {"no cert, and no keys", Sign::key_missing},
    {"no pre-shared address key", Sign::key_missing},
    {"failed its sanity check or is malformed", Sign::unreadable},
    {"reserved not zero on", Sign::unreadable},
    {"mismatched pre-shared key", Sign::unreadable},
    {"packet with invalid payloads", Sign::unreadable},
    {"retransmitting phase 1 mm_key_exch", Sign::consequence, "ipsec-authentication",
     "it does not answer what the pre-shared key encrypted"},
    {"retransmitting phase 1", Sign::repeats},
    {"death by retransmission", Sign::gives_up},
    {"processing of*mode failed with peer", Sign::consequence, "ipsec-failed"},
    {"notify*invalid_id_info", Sign::failure, "ipsec-selectors-refused",
     "it answered INVALID_ID_INFORMATION"},

    {"new state = ike_p1_complete", Sign::phase1_up},
    {"sa has been authenticated", Sign::phase1_up},
    {"phase 1 completed", Sign::phase1_up},
    {"qm_phase2_complete", Sign::phase2_up},
    {"creating ipsec sas", Sign::phase2_up},
    {"phase 2 completed", Sign::phase2_up},

    {"requires security, however the sccrq was received unprotected", Sign::failure_at_server,
     "l2tp-clear-refused", "the client's first message came without IPsec",
     "Turn IPsec on at the client (a Windows client: take ProhibitIPSec out of the registry), or take "
     "l2tp security out of the VPDN group."},
};

}  // namespace

std::span<const Rule> cisco_rules() {
  return cisco_table;
}

}  // namespace l2tp::diagnosis
