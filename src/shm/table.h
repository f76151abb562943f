/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * table - records of one size in a zone, found by key.
 *
 * Keys are bytes. Up to key_max of them are stored; a longer key is known by its 128-bit hash
 * alone (keyed, so a client cannot choose keys that collide). The table is the zone's root and
 * grows with it up to the zone's limit; a record stays where it is for as long as it exists. The
 * table is cut in stripes, each with a lock of its own. When a process dies with one, the master
 * links the stripe's records anew.
 */
#ifndef WEIR_SHM_TABLE_H
#define WEIR_SHM_TABLE_H

#include "base/str.h"
#include "shm/lock.h"
#include "shm/zone.h"

#include <stdbool.h>
#include <stdint.h>

enum { TABLE_KEY_MAX = 64 };

struct table_options {
    uint32_t record_size;
    uint32_t key_max;     /* at most TABLE_KEY_MAX */
    bool evicts;          /* when it is full the record used least recently makes room */
    bool drops_torn;      /* a record whose holder died is removed, for it may be half written */
    /* Whether a record may make room; NULL: any. Called under the stripe's lock. */
    bool (*is_idle)(const void *record);
};

struct table_head;

/* A process' view of a table; what the table says of itself is copied, so no other process can
 * change it. */
struct table {
    struct zone *zone;
    struct table_head *head;
    uint32_t record_size, key_max;
    uint32_t record_at, cell_size, slab_cells, stripe_count;
    bool evicts, drops_torn;
    bool (*is_idle)(const void *record);
};

/*
 * Makes the table in a zone without pieces, or finds the one that is there: false if it was made
 * with other options, or the zone has no room. options NULL: find it, whatever it was made with
 * (one that was set aside, to read it). The process must sit on a seat, here as in all that
 * follows.
 */
bool table_open(struct table *table, struct zone *zone, const struct table_options *options);

/* Records in use. */
size_t table_count(const struct table *table);

/* ---- records that stay: tables without eviction ---- */

/* The record with the key, or NULL. */
void *table_find(struct table *table, struct str key);

/* The record with the key; if there was none (*is_new) a zeroed one. NULL: the table is full. */
void *table_find_or_make(struct table *table, struct str key, bool *is_new);

/* ---- records that may go: any table ---- */

/*
 * The same, and the stripe stays locked until table_release(); with NULL nothing is locked.
 * Between the two only a few instructions, and no other record. seat_count_up() and down are
 * allowed.
 */
void *table_hold(struct table *table, struct str key);
void *table_hold_or_make(struct table *table, struct str key, bool *is_new);
void table_release(struct table *table, void *record);

/* Instead of table_release(). Nobody uses the record any more. */
void table_remove_held(struct table *table, void *record);

/* False: there is no such record. */
bool table_remove(struct table *table, struct str key);

/*
 * Calls visit for each record, a few at a time under the stripe's lock; false from it removes the
 * record. key is STR_NONE where it is not stored. Of records that come and go meanwhile each is
 * visited once or not.
 */
void table_walk(struct table *table, bool (*visit)(void *record, struct str key, void *context),
                void *context);

/* ---- master ---- */

/* Links the records of the stripe with this lock anew. The dead held it, now it is the caller's. */
void table_rebuild(struct zone *zone, struct lock *lock);

#endif
