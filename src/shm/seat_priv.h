/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * seat_priv - the root record, and what the files of seat share.
 */
#ifndef WEIR_SHM_SEAT_PRIV_H
#define WEIR_SHM_SEAT_PRIV_H

#include "shm/seat.h"

/*
 * To be raised with every change of struct seat_root, struct seat, the order of enum counter, or
 * how a ledger is kept. A program with another number shares no zone with this one.
 */
enum { SEAT_LAYOUT = 2 };

struct seat_root {
    struct lock past_lock;
    uint64_t past_state; /* see counter.c */
    uint64_t past[2][SEAT_COUNTERS_MAX];
    uint32_t lease;       /* number of the seat that has it, + 1 */
    zone_offset seats[SEATS_MAX];
};

/* What the lock guards, and so how it is repaired; the low bits of seat->holding. */
enum seat_hold { SEAT_HOLD_COUNTED, SEAT_HOLD_PLAIN, SEAT_HOLD_TABLE, SEAT_HOLD_MASK = 3 };

enum { SEAT_KEY_SHIFT = 36 };

_Static_assert(ZONE_RESERVE_MAX == (size_t) 1 << SEAT_KEY_SHIFT, "an offset fits in a key");
_Static_assert(ZONE_ID_BITS + SEAT_KEY_SHIFT == 64, "a zone's id does so, too");

static inline uint64_t seat_key(const struct zone *zone, const void *piece) {
    return (uint64_t) zone->id << SEAT_KEY_SHIFT | zone_offset_of(zone, piece);
}

struct seat_root *seat_root(void);
struct zone *seat_root_zone(void);

/* seat_lock() with another repair: holding is what the seat says, seat_key() | enum seat_hold. */
void seat_lock_as(uint64_t holding, struct lock *lock);

/* The ledger of this process begins anew, in the seat; NULL: there is none. */
void seat_ledger_init(struct seat *seat);

/* What all ledgers together hold of a counted thing. Its lock is the caller's. */
uint32_t seat_ledger_sum(uint64_t key);

/* The rows of a chunk, or NULL if there is none or its offset makes no sense. */
struct seat_ledger_row *seat_ledger_chunk(const struct seat *seat, unsigned chunk);

/* Lets all doorbells that were rung ring again: the dead may have meant to. */
void seat_ring_again(void);

/* The seat of this process is another one now, or none. */
void seat_leave(void);

#endif
