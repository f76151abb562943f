/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * heartbeat - whether a process still turns its loop, as its seat tells.
 *
 * Looked at once per period. A process that is awake and makes no turn for HEARTBEAT_MISSED_MAX
 * periods is stuck. One that is asleep may have nothing to do: its doorbell is rung after
 * HEARTBEAT_RING periods, and if it makes no turn then either, it is stuck too (stopped, or asleep
 * in something else). Who waits for a lock is not stuck while the owner of the lock is.
 */
#ifndef WEIR_PROCESS_HEARTBEAT_H
#define WEIR_PROCESS_HEARTBEAT_H

#include "shm/seat.h"

enum { HEARTBEAT_MISSED_MAX = 15, HEARTBEAT_RING = 5 };

/* What was seen of a seat at the last look. */
struct heartbeat {
    int pid;
    uint64_t turns;
    unsigned missed;
};

/* One look. True when the process has just become stuck: once, unless it moves again. */
bool heartbeat_look(struct heartbeat *seen, const struct seat *seat);

/* Who is to blame if this one is stuck: itself, or whoever has kept a lock that it waits for. */
const struct seat *heartbeat_culprit(const struct seat *seat);

#endif
