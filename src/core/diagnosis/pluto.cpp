// Libreswan's pluto, 3.x to 5.x, and what it shares with Openswan's.
#include "core/diagnosis/rules.h"

namespace l2tp::diagnosis {

namespace {

constexpr Rule pluto_table[] = {
    {"initiating ikev1 aggressive mode", Sign::client_begins_aggressively},
    {"initiating aggressive mode", Sign::client_begins_aggressively},
    {"initiating ikev1 main mode", Sign::client_begins},
    {"initiating main mode", Sign::client_begins},
    {"initiating ikev2 connection", Sign::client_begins},
    {"responding to main mode", Sign::server_begins},
    {"responding to aggressive mode", Sign::server_begins},
    {"initiating quick mode*+pfs+", Sign::phase2_begins_with_pfs},
    {"initiating quick mode", Sign::phase2_begins},
    {"responding to quick mode proposal", Sign::phase2_begins},

    {"ike sa established but initiator rejected child sa", Sign::consequence_at_server, "ipsec-failed"},
    {"ipsec sa established", Sign::phase2_up},
    {"established child sa", Sign::phase2_up},
    {"isakmp sa established", Sign::phase1_up},
    {"ike sa established", Sign::phase1_up},

    {"oakley transform*refused", Sign::part_differs, {}, ""},
    {"no acceptable oakley transform", Sign::refused_here_in_phase1},
    {"no acceptable proposal in ipsec sa", Sign::refused_here_in_phase2},
    {"sending*notification no_proposal_chosen", Sign::refused_here},
    {"sending*notification invalid_id_information", Sign::consequence_at_server, "ipsec-selectors-refused",
     "it is not what the connection here allows"},
    {"we require pfs but quick i1 sa specifies no group", Sign::failure_at_server, "ipsec-pfs-mismatch",
     "it is required here, and the client does not ask for it"},
    {"no acceptable response to our first quick mode message", Sign::consequence, "ipsec-no-esp-proposal",
     "phase 1 is up, but it does not answer the proposal for phase 2"},
    {"possible authentication failure: no acceptable response to our first encrypted message",
     Sign::consequence, "ipsec-authentication", "it does not answer what our pre-shared key encrypted"},
    {"no response (or no acceptable response) to our first ike", Sign::gives_up},
    {"retransmission; will wait", Sign::pluto_waits},
    {"state_main_r*max number of retransmissions", Sign::consequence_at_server, "ipsec-silent",
     "it began an exchange and did not go on with it"},
    {"state_main_r*second timeout exceeded", Sign::consequence_at_server, "ipsec-silent",
     "it began an exchange and did not go on with it"},
    {"max number of retransmissions", Sign::gives_up},
    {"second timeout exceeded", Sign::gives_up},

    {"but no connection has been authorized", Sign::failure_at_server, "ipsec-address-refused"},
    {"but no matching connection has been authorized", Sign::failure_at_server, "ipsec-address-refused"},
    {"but no suitable connection found", Sign::failure_at_server, "ipsec-address-refused"},
    {"does not allow ikev1 connections", Sign::failure, "ipsec-ikev1-refused",
     "its ikev1-policy does not allow it"},
    {"ikev1-policy=drop", Sign::failure, "ipsec-ikev1-refused", "its ikev1-policy is drop"},
    {"ikev1 support disabled", Sign::failure, "ipsec-no-ikev1", "it was built without"},

    {"mismatch of preshared secrets", Sign::unreadable},
    {"malformed payload in packet", Sign::unreadable},
    {"is larger than can fit", Sign::unreadable},
    {"payload has an unknown value", Sign::unreadable},
    {"psk auth mismatch", Sign::unreadable},
    {"sending*notification payload_malformed", Sign::unreadable},
    {"notification*payload_malformed", Sign::unreadable},
    {"type payload_malformed", Sign::unreadable},
    {"notification*invalid_key_information", Sign::unreadable},
    {"type invalid_key_information", Sign::unreadable},
    {"notification*invalid_hash_information", Sign::unreadable},
    {"type invalid_hash_information", Sign::unreadable},
    {"no preshared key found for", Sign::key_missing},
    {"failed to find our preshared key", Sign::key_missing},
    {"sending*notification authentication_failed", Sign::consequence_at_server, "ipsec-authentication",
     "it was refused here"},
    {"rejected by peer: authentication_failed", Sign::failure, "ipsec-authentication",
     "it answered AUTHENTICATION_FAILED"},
    {"authentication_failed", Sign::authentication_refused},
    {"mismatched on first found connection", Sign::identity_differs},
    {"but peer declares", Sign::identity_differs},
    {"does not match expected", Sign::identity_differs},
    {"invalid_id_information", Sign::failure, "ipsec-selectors-refused",
     "it answered INVALID_ID_INFORMATION"},
    {"cannot respond to ipsec sa request because no connection is known for", Sign::failure_at_server,
     "ipsec-selectors-refused"},
    {"virtual connection policy", Sign::failure_at_server, "ipsec-selectors-refused"},
    {"no_proposal_chosen", Sign::refused_there},

    {"is expired or not yet valid", Sign::certificate_expired},
    {"certificate has expired", Sign::certificate_expired},
    {"x509: certificate rejected", Sign::certificate_not_trusted},
    {"cert payload bogus or revoked", Sign::certificate_not_trusted},
    {"no rsa public key known for", Sign::certificate_not_trusted},
    {"certificate issuer has been marked as not trusted", Sign::certificate_not_trusted},
    {"peer's certificate issuer is not recognized", Sign::certificate_not_trusted},
    {"certificate verify failed", Sign::certificate_not_trusted},

    {"cannot load config*syntax error", Sign::failure, "ipsec-config-refused"},
    {"dpd action", Sign::failure, "ipsec-dead-peer", "dead peer detection had no answer"},
    {"declaring peer dead", Sign::failure, "ipsec-dead-peer", "dead peer detection had no answer"},
    {"received delete sa payload: deleting isakmp state", Sign::peer_deletes},
    {"received delete sa payload: self-deleting isakmp state", Sign::peer_deletes},
    {"received delete for the isakmp sa", Sign::peer_deletes},
    {"ike dh algorithm*is not supported", Sign::failure, "ipsec-no-algorithm"},
    {"algorithm*is not recognized", Sign::failure, "ipsec-no-algorithm"},
    {"algorithm*is not supported", Sign::failure, "ipsec-no-algorithm"},
    {"terminating sas using this connection", Sign::we_end},
};

}  // namespace

std::span<const Rule> pluto_rules() {
  return pluto_table;
}

}  // namespace l2tp::diagnosis
