/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * counter - counters of the whole program: each process adds to its own seat, readers sum up.
 *
 * They outlive processes and generations: what a dead seat counted is kept. Gauges fall with their
 * process.
 */
#ifndef WEIR_SHM_COUNTER_H
#define WEIR_SHM_COUNTER_H

#include <stdint.h>

/* Their order is part of SEAT_LAYOUT (seat_priv.h). */
enum counter {
    COUNTER_ACCEPTED,         /* client connections accepted */
    COUNTER_HANDLED,          /* of them not refused for lack of room */
    COUNTER_REQUESTS,         /* HTTP requests */
    COUNTER_SESSIONS,         /* stream sessions */
    COUNTER_ACCEPT_PAUSES,    /* times that accepting paused for lack of descriptors or memory */
    COUNTER_LOG_LINES_LOST,
    COUNTER_CRASHES,          /* processes that died by themselves */
    COUNTER_RELOADS,
    COUNTER_RELOADS_FAILED,
    COUNTERS,                 /* from here on gauges */
    GAUGE_CLIENTS = COUNTERS, /* open client connections */
    GAUGE_CLIENTS_IDLE,       /* of them waiting for a request */
    GAUGE_UPSTREAM_IDLE,      /* idle connections in the pools */
    GAUGE_CLIENTS_HTTP,       /* clients that speak HTTP */
    GAUGE_CLIENTS_READING,    /* of them sending the head of a request */
    COUNTERS_ALL
};

/* Name as in a log line: "accepted". */
const char *counter_name(enum counter counter);

/* Adds to this process' own; cheap, not atomic. Gauges may go down: n is then negative. Without
 * a seat it counts for nobody. */
void counter_add(enum counter counter, int64_t n);

/* The sum over all living seats and the past (counters) or the living (gauges). */
uint64_t counter_sum(enum counter counter);

/* For shm/seat: where this process counts (NULL: nowhere), and the move of what a dead one
 * counted to the past, by the number of its seat. */
void counter_set_place(uint64_t *counters);
void counter_retire(unsigned seat);

#endif
