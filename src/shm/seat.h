/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * seat - the row of a living process in the root zone: who it is, whether it lives, what it holds.
 *
 * Ledger: what a process holds that others count (connections to a peer, places of a limit) is
 * counted twice, in the shared counter and in the ledger of the seat, under the record's lock.
 * When a process is reaped the master gives back what its ledger says, so no count drifts however
 * it died. A lock held by the dead means that one record's sum is unsure: it is made anew from all
 * ledgers.
 *
 * Holding: before a process takes a lock it writes down which in its seat, so the master finds the
 * locks that a dead one held, and who waits for whom among the living.
 *
 * Doorbell: ringing a seat's doorbell wakes its process. Doorbells are eventfds that every process
 * has; there are fewer of them than seats, and a process that shares one with the seat that was
 * rung wakes for nothing.
 */
#ifndef WEIR_SHM_SEAT_H
#define WEIR_SHM_SEAT_H

#include "event/logsink.h"
#include "event/loop.h"
#include "shm/lock.h"
#include "shm/zone.h"

#include <sys/types.h>

enum {
    SEATS_MAX = 512,
    SEAT_DOORBELLS = ZONE_COMPANIONS_MAX,
    SEAT_LEDGER_CHUNKS = 128,       /* allocated when needed, and kept for the next process */
    SEAT_LEDGER_CHUNK_ROWS = 1024,
    SEAT_COUNTERS_MAX = 128,
    SEAT_HOLDING_MAX = 2            /* locks that a process may hold at a time */
};

enum seat_role {
    SEAT_FREE,
    SEAT_MASTER,
    SEAT_WORKER,
    SEAT_CONTROL,
    SEAT_ENDING /* the process is dead, its master is about to clear up */
};

/* A counted thing: in a record of some zone, zeroed at first. Its lock guards count and the
 * ledger rows about it. */
struct seat_counted {
    struct lock lock;
    uint32_t count; /* over all processes */
};

/* One row: how many of one counted thing this process holds. */
struct seat_ledger_row {
    uint64_t key;    /* zone's id << 36 | offset of the struct seat_counted; 0: row is free */
    uint32_t count;
    uint32_t serial; /* counts the changes of key */
};

struct seat {
    uint32_t number;
    uint32_t role;         /* enum seat_role */
    int32_t pid;           /* 0: not forked yet */
    int32_t master_pid;    /* whose child it is */
    uint32_t slot;         /* of a worker */
    uint32_t generation;
    uint32_t state;        /* owner's: starting, serving, draining */
    uint32_t rung;         /* the doorbell was rung and not answered yet */
    volatile struct loop_beat beat;
    uint64_t epoch;        /* of immutable sets in use; 0: between turns */
    uint64_t holding[SEAT_HOLDING_MAX]; /* zone's id << 36 | offset of the lock | how to repair */
    uint64_t counters[SEAT_COUNTERS_MAX]; /* see shm/counter.h */
    uint32_t ledger_rows;                 /* rows that were ever in use */
    zone_offset ledger[SEAT_LEDGER_CHUNKS]; /* of SEAT_LEDGER_CHUNK_ROWS rows each; 0: none yet */
    struct logsink_buffer log;
};

/* ---- master ---- */

/* Makes or finds the root zone with the seats; after zone_import() on an upgrade and in
 * control. False with errno. */
bool seats_open(void);

/*
 * Takes a free seat before the fork; NULL when all are taken, or without memory for one. The child
 * calls seat_sit() before anything else, and the parent sets its pid. The master takes one for
 * itself first.
 */
struct seat *seat_take(enum seat_role role, uint32_t slot, uint32_t generation);

/*
 * After the process was reaped (or never forked): gives its ledger back, repairs and opens its
 * locks, writes its log buffer out, keeps its counters in the sum of the past, frees the seat. A
 * living process that keeps a lock for over a second is killed if it is a child; the rest of the
 * seat is then cleared with the next seat_reclaim() or seat_take(). A master that ends while
 * another serves gives back its own.
 */
void seat_reclaim(struct seat *seat);

/* The same for the seats of a master that is gone, and of its children that are. */
void seats_reclaim_orphans(void);

/* The control lease: the one seat that checks, resolves, writes state. NULL: nobody. It ends
 * with its holder. */
void seat_set_lease(const struct seat *holder);
bool seat_has_lease(void);

/* The seat that has it, or NULL. */
const struct seat *seat_lease_holder(void);

/* ---- any process ---- */

/* The process' own seat; sets the loop's beat, the counters and the log buffer to it. */
void seat_sit(struct seat *seat);

/* NULL before seat_sit(). */
struct seat *seat_self(void);

/* NULL for a number that no process ever had. */
struct seat *seat_at(unsigned number);

/* For a forked child that only tries a configuration: gets off its parent's seat and all zones.
 * What it opens from then on, seats included, is its own. */
void seats_forget(void);

/* One more, one less of a counted thing that lies in the zone. is_limited: only if the count is
 * below max; false: it is not. A full ledger counts as a refusal and is logged. */
bool seat_count_up(struct zone *zone, struct seat_counted *counted, bool is_limited, uint32_t max);
void seat_count_down(struct zone *zone, struct seat_counted *counted);

/* Whether nobody holds any and no process is about to touch it; for a caller that keeps others from
 * starting to. Then its memory may be used for something else. */
bool seat_counted_is_idle(const struct seat_counted *counted);

/*
 * Any other lock in a zone. At most SEAT_HOLDING_MAX at a time (a seat_count_ call needs one), put
 * in the reverse order. When the owner dies the lock is just opened: what it guards must make
 * sense at any moment.
 */
void seat_lock(struct zone *zone, struct lock *lock);
void seat_unlock(struct lock *lock);

/* The seat whose process keeps a lock that this one's waits for, or NULL: a process that waits
 * is not stuck. */
struct seat *seat_waits_for(const struct seat *seat);

/* Rings the doorbell of another seat. on_ring is called from the loop of the one that was rung,
 * once for all rings until then. NULL ends it. */
void seat_ring(unsigned number);
void seat_set_on_ring(void (*on_ring)(void));

#endif
