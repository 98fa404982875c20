// Tells the service of the packets by which the two ends of the link agree, refuse and part: they say why a
// link fails, which pppd's exit status does not.
#pragma once

// `packet`: a frame as pppd reads and writes it, from the address field on. What may hold a secret is not
// told.
void witness_packet(int from_us, const unsigned char* packet, int size);
