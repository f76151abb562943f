/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * peer_states - where the states of peers and groups lie: in one zone of the whole program.
 *
 * A record is found by (family, group, peer's address), so the next generation and the program
 * after a binary upgrade find what was there. Of two servers of a group with the same address
 * each has a record of its own, by their order in the group. What no configuration in use names
 * any more goes with a later load.
 *
 * In a mere check nothing shared is touched: states are the configuration's own.
 */
#ifndef WEIR_LB_PEER_STATES_H
#define WEIR_LB_PEER_STATES_H

#include "lb/group.h"

/*
 * In this order, in the process that loads (the master), which need not sit on a seat. records:
 * peers and groups that are to come. open and attach: false with an error reported; close in any
 * case.
 */
bool peer_states_open(struct conf *conf, size_t records);

/* Gives the group and its peers, which are complete, their states. A group of which no peer was in
 * service begins anew. */
bool peer_states_attach(struct conf *conf, uint32_t family, struct group *group);
void peer_states_close(struct conf *conf);

#endif
