/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * table_priv - how a table lies in its zone.
 *
 * A stripe owns its records: they lie in slabs, which it links and never gives back. Each cell is
 * valid alone: USED means that hash, key and record are whole. All else (chains of the buckets,
 * free cells, order of use) is links, which table_rebuild() can make from the cells.
 *
 * Buckets are split one at a time as records come (linear hashing), so no insert takes long; they
 * lie in segments, each as large as all before it.
 */
#ifndef WEIR_SHM_TABLE_PRIV_H
#define WEIR_SHM_TABLE_PRIV_H

#include "base/panic.h"
#include "shm/table.h"

/* Offset in units of TABLE_UNIT; 0: none. */
typedef uint32_t table_link;

enum {
    TABLE_VERSION = 1,
    TABLE_UNIT = 16,
    TABLE_STRIPES_MAX = 64,
    TABLE_SEGMENTS = 26,
    TABLE_BUCKETS_MIN = 16, /* in the first segment and in the second */
    TABLE_EVICTS = 1,       /* flags */
    TABLE_DROPS_TORN = 2
};

enum table_cell_state { TABLE_CELL_FREE, TABLE_CELL_USED };

struct table_cell {
    uint64_t hash[2];
    table_link next;         /* in its bucket, or the next free one */
    table_link newer, older; /* order of use; tables with eviction */
    uint16_t state;          /* enum table_cell_state */
    uint16_t key_len;        /* at most key_max: it is stored; else it is not */
    /* the key, then the record */
};

struct table_slab {
    table_link next;
    uint32_t cells;
    uint64_t unused;
};

struct table_stripe {
    struct lock lock;
    uint32_t count;     /* of records */
    table_link free;    /* cells */
    table_link slabs;   /* newest first */
    table_link newest, oldest;
    table_link held;    /* the cell that the owner of the lock works on */
    uint32_t buckets;   /* in use */
    zone_offset segments[TABLE_SEGMENTS];
} __attribute__((aligned(64)));

struct table_head {
    uint32_t version;     /* written last */
    uint32_t record_size;
    uint32_t key_max;
    uint32_t flags;
    uint32_t cell_size;   /* multiple of TABLE_UNIT */
    uint32_t record_at;   /* in the cell */
    uint32_t slab_cells;  /* in a slab of full size */
    uint32_t stripe_count;/* power of two */
    uint64_t secret[2];
    struct table_stripe stripes[];
};

struct table_key {
    struct str bytes;
    uint64_t hash[2];
};

_Static_assert(sizeof(struct table_cell) % TABLE_UNIT == 0, "what follows is aligned");
_Static_assert(sizeof(struct table_slab) % TABLE_UNIT == 0, "what follows is aligned");
_Static_assert(ZONE_RESERVE_MAX / TABLE_UNIT - 1 <= UINT32_MAX, "a link reaches the whole zone");

/* Whatever another process has written there, a link leads nowhere but into the zone. */
static inline void *table_at_link(const struct table *table, table_link link) {
    CHECK((zone_offset) link * TABLE_UNIT <= table->zone->reserve - table->cell_size);
    return zone_at(table->zone, (zone_offset) link * TABLE_UNIT);
}

static inline table_link table_link_of(const struct table *table, const void *piece) {
    return (table_link) (zone_offset_of(table->zone, piece) / TABLE_UNIT);
}

static inline struct table_cell *table_cell_at(const struct table *table, table_link link) {
    return table_at_link(table, link);
}

static inline void *table_cell_record(const struct table *table, struct table_cell *cell) {
    return (char *) cell + table->record_at;
}

static inline char *table_cell_key(struct table_cell *cell) {
    return (char *) cell + sizeof(*cell);
}

static inline struct table_cell *table_slab_cell(const struct table *table,
                                                 struct table_slab *slab, uint32_t index) {
    return (struct table_cell *) (void *) ((char *) slab + sizeof(*slab)
                                           + (size_t) index * table->cell_size);
}

static inline struct table_stripe *table_stripe_of(const struct table *table,
                                                   const uint64_t hash[2]) {
    return &table->head->stripes[hash[1] & (table->stripe_count - 1)];
}

/* ---- table_stripe.c: the stripe's lock is the caller's ---- */

/* A stripe of a new table; false without room. */
bool table_stripe_init(const struct table *table, struct table_stripe *stripe);

struct table_cell *table_stripe_find(struct table *table, struct table_stripe *stripe,
                                     const struct table_key *key);

/* A zeroed record with a key that is not there yet; NULL: full. */
struct table_cell *table_stripe_make(struct table *table, struct table_stripe *stripe,
                                     const struct table_key *key);
void table_stripe_remove(struct table *table, struct table_stripe *stripe,
                         struct table_cell *cell);

/* The cell is the one used last. */
void table_stripe_touch(struct table *table, struct table_stripe *stripe, struct table_cell *cell);

/* False: the stripe is damaged; what could be read of it is linked. */
bool table_stripe_rebuild(struct table *table, struct table_stripe *stripe);

#endif
