/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * sound - whether the links of a table are what its cells say.
 */
#ifndef WEIR_T_SHM_SOUND_H
#define WEIR_T_SHM_SOUND_H

#include "shm/table_priv.h"

/* Cells in the free list, or -1 if one of them is in use. */
static inline long free_cells(const struct table *table, const struct table_stripe *stripe) {
    table_link link;
    long count = 0;

    for (link = stripe->free; link != 0; link = table_cell_at(table, link)->next) {
        if (table_cell_at(table, link)->state != TABLE_CELL_FREE || ++count > 10000000) {
            return -1;
        }
    }
    return count;
}

/* Cells in the order of use, both ways; -1 if these differ. */
static inline long used_order(const struct table *table, const struct table_stripe *stripe) {
    table_link link, newer = 0;
    long count = 0;

    for (link = stripe->newest; link != 0; link = table_cell_at(table, link)->older) {
        if (table_cell_at(table, link)->newer != newer || ++count > 10000000) {
            return -1;
        }
        newer = link;
    }
    return stripe->oldest == newer ? count : -1;
}

/* Cells in all chains; -1 if one is where it does not belong. */
static inline long chained_cells(const struct table *table, const struct table_stripe *stripe) {
    uint32_t first = 0, size = TABLE_BUCKETS_MIN, mask = 1, i;
    unsigned segment;
    long count = 0;

    while (mask * 2 <= stripe->buckets) {
        mask *= 2;
    }
    for (segment = 0; first < stripe->buckets; segment++) {
        const table_link *links = zone_at(table->zone, stripe->segments[segment]);

        for (i = 0; i < size; i++) {
            table_link link = links[i];

            for (; link != 0; link = table_cell_at(table, link)->next) {
                const struct table_cell *cell = table_cell_at(table, link);
                uint64_t bucket = cell->hash[0] % (mask * 2);

                bucket = bucket < stripe->buckets ? bucket : cell->hash[0] % mask;
                if (bucket != first + i || cell->state != TABLE_CELL_USED || ++count > 10000000) {
                    return -1;
                }
            }
        }
        first += size;
        size = first;
    }
    return count;
}

static inline bool stripe_is_sound(const struct table *table, struct table_stripe *stripe) {
    long used = 0, cells = 0;
    table_link link;
    uint32_t i;

    for (link = stripe->slabs; link != 0;
         link = ((struct table_slab *) table_at_link(table, link))->next) {
        struct table_slab *slab = table_at_link(table, link);

        cells += slab->cells;
        for (i = 0; i < slab->cells; i++) {
            const struct table_cell *cell = table_slab_cell(table, slab, i);

            used += cell->state == TABLE_CELL_USED;
            if (cell->state == TABLE_CELL_USED && table_stripe_of(table, cell->hash) != stripe) {
                return false;
            }
        }
    }
    return stripe->lock.word == 0 && stripe->held == 0 && stripe->count == used
        && chained_cells(table, stripe) == used && free_cells(table, stripe) == cells - used
        && used_order(table, stripe) == (table->evicts ? used : 0);
}

static inline bool table_is_sound(const struct table *table) {
    uint32_t i;

    for (i = 0; i < table->stripe_count; i++) {
        if (!stripe_is_sound(table, &table->head->stripes[i])) {
            return false;
        }
    }
    return true;
}

#endif
