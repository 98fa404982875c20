// The first LCP packets, which get lost easily: each end starts PPP when L2TP is done, and the end that is
// ready first talks to nobody. What is lost is repeated only after 3 s, so that connecting takes 1 s or 4 s
// by chance.
//
// Theirs: xl2tpd connects the session's PPPoL2TP socket, then starts pppd. What the server sends meanwhile,
// the kernel queues on that socket; as soon as pppd has made it a PPP channel, nobody can read that queue any
// more. Ours: a server on Linux loses them in the same way. But a server that has spoken is listening.
#pragma once

// Takes the server's waiting LCP packets from the session's socket, if there is one among our descriptors
// (with the user-space data path there is none), and makes pppd listen for the server's first packet, 500 ms
// at most, before it sends its own. To be called as late as can be before pppd makes the channel; later
// packets arrive by the channel.
void early_lcp_prepare(void);

// Hands LCP the packets taken, as soon as pppd is back in its loop. To be called just before LCP's lower
// layer is up.
void early_lcp_deliver(void);
