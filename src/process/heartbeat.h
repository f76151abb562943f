/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * heartbeat - whether a process still turns its loop, as its seat tells.
 *
 * Somebody looks at the seat from time to time. A process that is awake and makes no turn for so
 * many looks is stuck. One that is asleep may have nothing to do, however long it was busy before:
 * its doorbell is rung after a third of them, and if it makes no turn in the other two thirds, it
 * is stuck too (stopped, or asleep in something else). Who waits for a lock is not stuck while the
 * owner of the lock is.
 */
#ifndef WEIR_PROCESS_HEARTBEAT_H
#define WEIR_PROCESS_HEARTBEAT_H

#include "shm/seat.h"

/* What was seen of a seat at the last look. */
struct heartbeat {
    int pid;
    uint64_t turns;
    unsigned missed;
    bool is_rung; /* its doorbell was, and missed counts from there */
};

/* One look. True when the process has just become stuck, after missed_max looks without a turn:
 * once, unless it moves again. */
bool heartbeat_look(struct heartbeat *seen, const struct seat *seat, unsigned missed_max);

/* Who is to blame if this one is stuck: itself, or whoever has kept a lock that it waits for. */
const struct seat *heartbeat_culprit(const struct seat *seat);

#endif
