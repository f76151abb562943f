/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * table_stripe - the records of one stripe of a table: chains, free cells, order of use; see
 * table_priv.h.
 *
 * The stripe's lock is the caller's in all of this.
 */
#include "base/log.h"
#include "base/panic.h"
#include "shm/table_priv.h"

enum { EVICT_LOOKS = 16 }; /* records looked at for an idle one */

/* ---- buckets ---- */

/* The place of a bucket's first link: segment 0 and 1 have BUCKETS_MIN each, then each twice as
 * many. */
static table_link *bucket_at(const struct table *table, const struct table_stripe *stripe,
                             uint32_t bucket) {
    unsigned segment = 0;
    uint32_t first = 0;
    zone_offset offset;

    if (bucket >= TABLE_BUCKETS_MIN) {
        segment = 32 - (unsigned) __builtin_clz(bucket / TABLE_BUCKETS_MIN);
        first = (uint32_t) TABLE_BUCKETS_MIN << (segment - 1);
    }
    CHECK(segment < TABLE_SEGMENTS);
    offset = stripe->segments[segment] + (bucket - first) * sizeof(table_link);
    CHECK(offset <= table->zone->reserve - sizeof(table_link));
    return zone_at(table->zone, offset);
}

/* Of `buckets` the one where the hash belongs. */
static uint32_t bucket_number(uint64_t hash, uint32_t buckets) {
    uint32_t mask = (uint32_t) (1u << (31 - __builtin_clz(buckets))) - 1;
    uint32_t bucket = (uint32_t) hash & (mask * 2 + 1);

    return bucket < buckets ? bucket : bucket & mask;
}

static table_link *bucket_of(const struct table *table, const struct table_stripe *stripe,
                             uint64_t hash) {
    return bucket_at(table, stripe, bucket_number(hash, stripe->buckets));
}

/* Sees to it that the bucket has memory. Without, chains grow longer, that is all. */
static bool segment_make(const struct table *table, struct table_stripe *stripe, uint32_t bucket) {
    unsigned segment = 0;
    uint32_t size = TABLE_BUCKETS_MIN;

    if (bucket >= TABLE_BUCKETS_MIN) {
        segment = 32 - (unsigned) __builtin_clz(bucket / TABLE_BUCKETS_MIN);
        size <<= segment - 1;
    }
    if (segment >= TABLE_SEGMENTS) {
        return false;
    }
    if (stripe->segments[segment] == 0) {
        stripe->segments[segment] = zone_alloc(table->zone, size * sizeof(table_link));
    }
    return stripe->segments[segment] != 0;
}

/* One bucket more: takes from its elder what belongs there. */
static void bucket_split(struct table *table, struct table_stripe *stripe) {
    uint32_t bucket = stripe->buckets;
    uint32_t elder = bucket & ~(1u << (31 - __builtin_clz(bucket)));
    table_link *from, *to;

    if (!segment_make(table, stripe, bucket)) {
        return;
    }
    from = bucket_at(table, stripe, elder);
    to = bucket_at(table, stripe, bucket);
    while (*from != 0) {
        struct table_cell *cell = table_cell_at(table, *from);

        if (bucket_number(cell->hash[0], bucket + 1) == bucket) {
            table_link link = *from;

            *from = cell->next;
            cell->next = *to;
            *to = link;
        } else {
            from = &cell->next;
        }
    }
    stripe->buckets = bucket + 1;
}

/* ---- order of use ---- */

static void use_remove(const struct table *table, struct table_stripe *stripe,
                       struct table_cell *cell) {
    if (cell->newer != 0) {
        table_cell_at(table, cell->newer)->older = cell->older;
    } else {
        stripe->newest = cell->older;
    }
    if (cell->older != 0) {
        table_cell_at(table, cell->older)->newer = cell->newer;
    } else {
        stripe->oldest = cell->newer;
    }
}

static void use_add(const struct table *table, struct table_stripe *stripe,
                    struct table_cell *cell) {
    table_link link = table_link_of(table, cell);

    cell->newer = 0;
    cell->older = stripe->newest;
    if (stripe->newest != 0) {
        table_cell_at(table, stripe->newest)->newer = link;
    } else {
        stripe->oldest = link;
    }
    stripe->newest = link;
}

/* ---- cells ---- */

static bool cell_has_key(const struct table *table, struct table_cell *cell,
                         const struct table_key *key) {
    if (cell->hash[0] != key->hash[0] || cell->hash[1] != key->hash[1]) {
        return false;
    }
    return cell->key_len > table->key_max
        ? key->bytes.len > table->key_max
        : str_equal(str_make(table_cell_key(cell), cell->key_len), key->bytes);
}

struct table_cell *table_stripe_find(struct table *table, struct table_stripe *stripe,
                                     const struct table_key *key) {
    table_link link = *bucket_of(table, stripe, key->hash[0]);

    while (link != 0) {
        struct table_cell *cell = table_cell_at(table, link);

        if (cell_has_key(table, cell, key)) {
            return cell;
        }
        link = cell->next;
    }
    return NULL;
}

static void cell_free(const struct table *table, struct table_stripe *stripe,
                      struct table_cell *cell) {
    cell->next = stripe->free;
    stripe->free = table_link_of(table, cell);
}

/* First of all in the cell itself. */
void table_stripe_remove(struct table *table, struct table_stripe *stripe,
                         struct table_cell *cell) {
    table_link *at = bucket_of(table, stripe, cell->hash[0]);
    table_link link = table_link_of(table, cell);

    __atomic_store_n(&cell->state, TABLE_CELL_FREE, __ATOMIC_RELEASE);
    while (*at != link) {
        CHECK(*at != 0);
        at = &table_cell_at(table, *at)->next;
    }
    *at = cell->next;
    if (table->evicts) {
        use_remove(table, stripe, cell);
    }
    stripe->count--;
    cell_free(table, stripe, cell);
}

/* A slab of at most so many cells, fewer if there is room for fewer only. */
static bool slab_make(const struct table *table, struct table_stripe *stripe) {
    uint32_t cells = table->slab_cells, i;
    struct table_slab *slab;
    zone_offset offset = 0;

    for (; cells > 0 && offset == 0; cells = offset == 0 ? cells / 2 : cells) {
        offset = zone_alloc(table->zone, sizeof(*slab) + (size_t) cells * table->cell_size);
    }
    if (offset == 0) {
        return false;
    }
    slab = zone_at(table->zone, offset);
    slab->cells = cells;
    slab->next = stripe->slabs;
    __atomic_store_n(&stripe->slabs, table_link_of(table, slab), __ATOMIC_RELEASE);
    for (i = cells; i-- > 0; ) {
        cell_free(table, stripe, table_slab_cell(table, slab, i));
    }
    return true;
}

static bool stripe_evict(struct table *table, struct table_stripe *stripe) {
    table_link link = stripe->oldest;
    int i;

    for (i = 0; i < EVICT_LOOKS && link != 0; i++) {
        struct table_cell *cell = table_cell_at(table, link);

        if (table->is_idle == NULL || table->is_idle(table_cell_record(table, cell))) {
            table_stripe_remove(table, stripe, cell);
            return true;
        }
        link = cell->newer;
    }
    return false;
}

static struct table_cell *cell_take(struct table *table, struct table_stripe *stripe) {
    struct table_cell *cell;

    if (stripe->free == 0 && !slab_make(table, stripe)
        && !(table->evicts && stripe_evict(table, stripe))) {
        return NULL;
    }
    cell = table_cell_at(table, stripe->free);
    stripe->free = cell->next;
    return cell;
}

static void cell_link(const struct table *table, struct table_stripe *stripe,
                      struct table_cell *cell) {
    table_link *bucket = bucket_of(table, stripe, cell->hash[0]);

    cell->next = *bucket;
    *bucket = table_link_of(table, cell);
    stripe->count++;
    if (table->evicts) {
        use_add(table, stripe, cell);
    }
}

struct table_cell *table_stripe_make(struct table *table, struct table_stripe *stripe,
                                     const struct table_key *key) {
    struct table_cell *cell = cell_take(table, stripe);

    if (cell == NULL) {
        return NULL;
    }
    memcpy(cell->hash, key->hash, sizeof(cell->hash));
    cell->key_len = (uint16_t) (key->bytes.len < UINT16_MAX ? key->bytes.len : UINT16_MAX);
    if (key->bytes.len > 0 && key->bytes.len <= table->key_max) {
        memcpy(table_cell_key(cell), key->bytes.data, key->bytes.len);
    }
    memset(table_cell_record(table, cell), 0, table->record_size);
    __atomic_store_n(&cell->state, TABLE_CELL_USED, __ATOMIC_RELEASE);
    cell_link(table, stripe, cell);
    if (stripe->count > stripe->buckets) {
        bucket_split(table, stripe);
    }
    return cell;
}

void table_stripe_touch(struct table *table, struct table_stripe *stripe, struct table_cell *cell) {
    if (table->evicts && stripe->newest != table_link_of(table, cell)) {
        use_remove(table, stripe, cell);
        use_add(table, stripe, cell);
    }
}

bool table_stripe_init(const struct table *table, struct table_stripe *stripe) {
    stripe->buckets = TABLE_BUCKETS_MIN;
    return segment_make(table, stripe, 0) && slab_make(table, stripe);
}

/* ---- rebuild ---- */

/* Empties the buckets; false if not even the first are there. */
static bool buckets_clear(const struct table *table, struct table_stripe *stripe) {
    uint32_t total = 0, size = TABLE_BUCKETS_MIN;
    unsigned i;

    for (i = 0; i < TABLE_SEGMENTS; i++) {
        zone_offset offset = stripe->segments[i];

        if (offset % TABLE_UNIT != 0
            || !zone_has(table->zone, offset, size * sizeof(table_link))) {
            break;
        }
        memset(zone_at(table->zone, offset), 0, size * sizeof(table_link));
        total += size;
        size = total;
    }
    if (stripe->buckets > total || stripe->buckets < TABLE_BUCKETS_MIN) {
        stripe->buckets = total;
    }
    return total > 0;
}

static struct table_slab *slab_at(const struct table *table, table_link link) {
    zone_offset offset = (zone_offset) link * TABLE_UNIT;
    struct table_slab *slab = zone_at(table->zone, offset);

    return zone_has(table->zone, offset, sizeof(*slab)) && slab->cells > 0
            && zone_has(table->zone, offset,
                        sizeof(*slab) + (size_t) slab->cells * table->cell_size)
        ? slab : NULL;
}

/* is_torn: the dead was at work on the cell. */
static void cell_rebuild(struct table *table, struct table_stripe *stripe, struct table_cell *cell,
                         bool is_torn) {
    if (cell->state == TABLE_CELL_USED && table_stripe_of(table, cell->hash) == stripe
        && !(is_torn && table->drops_torn)) {
        cell_link(table, stripe, cell);
    } else {
        cell->state = TABLE_CELL_FREE;
        cell_free(table, stripe, cell);
    }
}

bool table_stripe_rebuild(struct table *table, struct table_stripe *stripe) {
    size_t slabs_max = zone_used(table->zone) / sizeof(struct table_slab);
    table_link *link = &stripe->slabs, held = stripe->held;
    uint32_t i;

    stripe->count = stripe->free = stripe->newest = stripe->oldest = stripe->held = 0;
    if (!buckets_clear(table, stripe)) {
        return false;
    }
    while (*link != 0) {
        struct table_slab *slab = slab_at(table, *link);

        if (slab == NULL || slabs_max-- == 0) {
            *link = 0;
            return false;
        }
        for (i = 0; i < slab->cells; i++) {
            struct table_cell *cell = table_slab_cell(table, slab, i);

            cell_rebuild(table, stripe, cell, table_link_of(table, cell) == held);
        }
        link = &slab->next;
    }
    return true;
}
