/* SPDX-License-Identifier: BSD-2-Clause */
/* table - records of one size in a zone, found by key; see table.h. */
#include "shm/table.h"

#include "base/log.h"
#include "base/panic.h"
#include "shm/seat_priv.h"
#include "shm/table_hash.h"
#include "shm/table_priv.h"

#include <sys/random.h>

enum {
    STRIPE_BYTES = 64 * 1024, /* of the zone's limit: one stripe for so many */
    SLABS_PER_STRIPE = 8,     /* at the limit that the table was made with */
    SLAB_BYTES_MAX = 32 * 1024,
    RECORD_SIZE_MAX = 1024 * 1024,
    WALK_CELLS = 16           /* visited under one taking of the lock */
};

/* ---- opening ---- */

static bool is_power_of_two(uint32_t n) {
    return n != 0 && (n & (n - 1)) == 0;
}

/* Reads the head, but for its version; another process may have written it. False if it makes
 * no sense. */
static bool table_view(struct table *table, struct zone *zone) {
    struct table_head *head = zone_at(zone, zone_root(zone));

    if (zone_root(zone) == 0 || !zone_has(zone, zone_root(zone), sizeof(*head))) {
        return false;
    }
    *table = (struct table){
        .zone = zone,
        .head = head,
        .record_size = head->record_size,
        .key_max = head->key_max,
        .record_at = head->record_at,
        .cell_size = head->cell_size,
        .slab_cells = head->slab_cells,
        .stripe_count = head->stripe_count,
        .evicts = (head->flags & TABLE_EVICTS) != 0,
        .drops_torn = (head->flags & TABLE_DROPS_TORN) != 0
    };
    return is_power_of_two(table->stripe_count) && table->stripe_count <= TABLE_STRIPES_MAX
        && table->key_max <= TABLE_KEY_MAX && table->record_size <= RECORD_SIZE_MAX
        && table->record_at >= sizeof(struct table_cell) + table->key_max
        && table->cell_size % TABLE_UNIT == 0
        && table->cell_size >= (uint64_t) table->record_at + table->record_size
        && table->slab_cells > 0
        && zone_has(zone, zone_root(zone),
                    sizeof(*head) + table->stripe_count * sizeof(head->stripes[0]));
}

static uint32_t round_up(uint32_t size) {
    return (size + TABLE_UNIT - 1) / TABLE_UNIT * TABLE_UNIT;
}

/* limit: of the zone, by which stripes and slabs are measured. */
static void head_init(struct table_head *head, const struct table_options *options, size_t limit,
                      uint32_t stripes) {
    size_t slab = limit / stripes / SLABS_PER_STRIPE;

    head->record_size = options->record_size;
    head->key_max = options->key_max;
    head->flags = (options->evicts ? TABLE_EVICTS : 0u)
        | (options->drops_torn ? TABLE_DROPS_TORN : 0u);
    head->record_at = (uint32_t) sizeof(struct table_cell) + round_up(options->key_max);
    head->cell_size = head->record_at + round_up(options->record_size);
    slab = (slab < SLAB_BYTES_MAX ? slab : SLAB_BYTES_MAX) / head->cell_size;
    head->slab_cells = slab > 0 ? (uint32_t) slab : 1;
    head->stripe_count = stripes;
    CHECK(getrandom(head->secret, sizeof(head->secret), 0) == (ssize_t) sizeof(head->secret));
}

/* Each stripe gets a first slab, so that none is without room when the others have taken all. */
static bool table_make(struct zone *zone, const struct table_options *options) {
    size_t limit = zone_limit(zone);
    uint32_t stripes = 1, i;
    struct table table;
    zone_offset offset;

    CHECK(options->key_max <= TABLE_KEY_MAX && options->record_size > 0
          && options->record_size <= RECORD_SIZE_MAX);
    while (stripes < TABLE_STRIPES_MAX && limit / STRIPE_BYTES >= stripes * 2) {
        stripes *= 2;
    }
    offset = zone_alloc(zone, sizeof(*table.head) + stripes * sizeof(table.head->stripes[0]));
    if (offset == 0) {
        return false;
    }
    CHECK(offset == zone_root(zone));
    head_init(zone_at(zone, offset), options, limit, stripes);
    CHECK(table_view(&table, zone));
    for (i = 0; i < stripes; i++) {
        if (!table_stripe_init(&table, &table.head->stripes[i])) {
            return false;
        }
    }
    __atomic_store_n(&table.head->version, TABLE_VERSION, __ATOMIC_RELEASE);
    return true;
}

static bool table_has_version(const struct table *table) {
    return __atomic_load_n(&table->head->version, __ATOMIC_ACQUIRE) == TABLE_VERSION;
}

static bool table_is_as(const struct table *table, const struct table_options *options) {
    return table->record_size == options->record_size && table->key_max == options->key_max
        && table->evicts == options->evicts && table->drops_torn == options->drops_torn;
}

bool table_open(struct table *table, struct zone *zone, const struct table_options *options) {
    if (zone_root(zone) == 0 && (options == NULL || !table_make(zone, options))) {
        return false;
    }
    if (!table_view(table, zone) || !table_has_version(table)
        || (options != NULL && !table_is_as(table, options))) {
        return false;
    }
    table->is_idle = options != NULL ? options->is_idle : NULL;
    return true;
}

size_t table_count(const struct table *table) {
    size_t count = 0;
    uint32_t i;

    for (i = 0; i < table->stripe_count; i++) {
        count += __atomic_load_n(&table->head->stripes[i].count, __ATOMIC_RELAXED);
    }
    return count;
}

/* ---- finding ---- */

static struct table_cell *cell_of(const struct table *table, void *record) {
    return (struct table_cell *) (void *) ((char *) record - table->record_at);
}

static void stripe_lock(const struct table *table, struct table_stripe *stripe) {
    seat_lock_as(seat_key(table->zone, &stripe->lock) | SEAT_HOLD_TABLE, &stripe->lock);
}

static void *hold(struct table *table, struct str bytes, bool makes, bool *is_new) {
    struct table_key key = { .bytes = bytes };
    struct table_stripe *stripe;
    struct table_cell *cell;

    table_hash(table->head->secret, bytes, key.hash);
    stripe = table_stripe_of(table, key.hash);
    stripe_lock(table, stripe);
    cell = table_stripe_find(table, stripe, &key);
    *is_new = cell == NULL;
    if (cell != NULL) {
        table_stripe_touch(table, stripe, cell);
    } else if (makes) {
        cell = table_stripe_make(table, stripe, &key);
    }
    if (cell == NULL) {
        seat_unlock(&stripe->lock);
        return NULL;
    }
    stripe->held = table_link_of(table, cell);
    return table_cell_record(table, cell);
}

void *table_hold(struct table *table, struct str key) {
    bool is_new;

    return hold(table, key, false, &is_new);
}

void *table_hold_or_make(struct table *table, struct str key, bool *is_new) {
    return hold(table, key, true, is_new);
}

void table_release(struct table *table, void *record) {
    struct table_cell *cell = cell_of(table, record);
    struct table_stripe *stripe = table_stripe_of(table, cell->hash);

    CHECK(stripe->held == table_link_of(table, cell));
    stripe->held = 0;
    seat_unlock(&stripe->lock);
}

void table_remove_held(struct table *table, void *record) {
    struct table_cell *cell = cell_of(table, record);

    table_stripe_remove(table, table_stripe_of(table, cell->hash), cell);
    table_release(table, record);
}

bool table_remove(struct table *table, struct str key) {
    void *record = table_hold(table, key);

    if (record == NULL) {
        return false;
    }
    table_remove_held(table, record);
    return true;
}

void *table_find(struct table *table, struct str key) {
    void *record;

    CHECK(!table->evicts);
    record = table_hold(table, key);
    if (record != NULL) {
        table_release(table, record);
    }
    return record;
}

void *table_find_or_make(struct table *table, struct str key, bool *is_new) {
    void *record;

    CHECK(!table->evicts);
    record = table_hold_or_make(table, key, is_new);
    if (record != NULL) {
        table_release(table, record);
    }
    return record;
}

/* ---- all records ---- */

struct visitor {
    bool (*visit)(void *record, struct str key, void *context);
    void *context;
};

static void visit_cell(struct table *table, struct table_stripe *stripe, struct table_cell *cell,
                       const struct visitor *visitor) {
    struct str key = STR_NONE;

    if (cell->state != TABLE_CELL_USED) {
        return;
    }
    if (cell->key_len <= table->key_max) {
        key = str_make(table_cell_key(cell), cell->key_len);
    }
    stripe->held = table_link_of(table, cell);
    if (!visitor->visit(table_cell_record(table, cell), key, visitor->context)) {
        table_stripe_remove(table, stripe, cell);
    }
    stripe->held = 0;
}

/* A slab stays where it is, so the lock may be put now and then. */
static void visit_slab(struct table *table, struct table_stripe *stripe, struct table_slab *slab,
                       const struct visitor *visitor) {
    uint32_t cells = slab->cells, start, i;

    CHECK(cells <= table->slab_cells);
    for (start = 0; start < cells; start += WALK_CELLS) {
        stripe_lock(table, stripe);
        for (i = start; i < cells && i < start + WALK_CELLS; i++) {
            visit_cell(table, stripe, table_slab_cell(table, slab, i), visitor);
        }
        seat_unlock(&stripe->lock);
    }
}

void table_walk(struct table *table, bool (*visit)(void *record, struct str key, void *context),
                void *context) {
    struct visitor visitor = { visit, context };
    uint32_t i;

    for (i = 0; i < table->stripe_count; i++) {
        struct table_stripe *stripe = &table->head->stripes[i];
        table_link link = __atomic_load_n(&stripe->slabs, __ATOMIC_ACQUIRE);

        while (link != 0) {
            struct table_slab *slab = table_at_link(table, link);

            visit_slab(table, stripe, slab, &visitor);
            link = slab->next;
        }
    }
}

void table_rebuild(struct zone *zone, struct lock *lock) {
    struct table table;
    uint32_t i;

    if (table_view(&table, zone) && table_has_version(&table)) {
        for (i = 0; i < table.stripe_count; i++) {
            struct table_stripe *stripe = &table.head->stripes[i];

            if (lock == &stripe->lock && table_stripe_rebuild(&table, stripe)) {
                return;
            }
        }
    }
    log_write(log_process, LOG_LEVEL_ALERT, 0, NULL, "zone \"%.*s\" is damaged",
              STR_ARG(zone->name));
}
