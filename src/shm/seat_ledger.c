/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * seat_ledger - what this process holds of counted things; see seat.h.
 *
 * The rows lie in the seat, in no order, each valid alone: that is all that the master needs.
 * Where the row of a counted thing is, only its own process asks, so the index that says it is
 * private memory and need not survive a kill. A row keeps its key when its count falls to 0, as
 * most things are soon counted again; a sweep frees such rows when the ledger is full.
 */
#include "base/clock.h"
#include "base/heap.h"
#include "base/log.h"
#include "base/panic.h"
#include "shm/seat_priv.h"

enum {
    CHUNK_ROWS = SEAT_LEDGER_CHUNK_ROWS,
    SWEEP_GAIN = 4, /* a sweep is worth it if it frees one row of so many */
    SAY_FULL_MS = 60 * 1000
};

static uint32_t no_index[1];

/* index: number of the row + 1, or 0; open addressing, at most half full. */
static struct {
    struct seat *seat;
    struct seat_ledger_row *chunks[SEAT_LEDGER_CHUNKS];
    uint32_t capacity; /* rows in all chunks */
    uint32_t rows;     /* that were ever in use */
    uint32_t *index;
    uint32_t mask;
    uint32_t *free;    /* rows before `rows` that are free again */
    uint32_t free_count;
    int64_t said_full_ms;
} own = { .index = no_index };

/* ---- index ---- */

static struct seat_ledger_row *row_at(uint32_t number) {
    return &own.chunks[number / CHUNK_ROWS][number % CHUNK_ROWS];
}

/* Offsets of one zone differ in the low bits, so these must reach the high ones and come back. */
static uint32_t index_start(uint64_t key) {
    return (uint32_t) (key * 0x9e3779b97f4a7c15u >> 32) & own.mask;
}

static void index_add(uint32_t number) {
    uint32_t at = index_start(row_at(number)->key);

    while (own.index[at] != 0) {
        at = (at + 1) & own.mask;
    }
    own.index[at] = number + 1;
}

static void index_make(void) {
    uint32_t slots = CHUNK_ROWS, i;

    while (slots < own.capacity * 2) {
        slots *= 2;
    }
    if (own.index != no_index) {
        heap_free(own.index);
    }
    own.index = heap_zero(slots, sizeof(*own.index));
    own.mask = slots - 1;
    for (i = 0; i < own.rows; i++) {
        if (row_at(i)->key != 0) {
            index_add(i);
        }
    }
}

void seat_ledger_init(struct seat *seat) {
    unsigned i;

    if (own.index != no_index) {
        heap_free(own.index);
    }
    heap_free(own.free);
    own.index = no_index;
    own.mask = own.capacity = own.rows = own.free_count = 0;
    own.free = NULL;
    own.seat = seat;
    own.said_full_ms = 0;
    if (seat == NULL) {
        return;
    }
    CHECK(seat->ledger_rows == 0);
    for (i = 0; i < SEAT_LEDGER_CHUNKS; i++) {
        own.chunks[i] = seat_ledger_chunk(seat, i);
    }
}

/* ---- rows ---- */

/* Frees the rows that count nothing; false, and nothing is done, if it is not worth it. */
static bool ledger_sweep(uint32_t least) {
    uint32_t i, gain = 0;

    for (i = 0; i < own.rows; i++) {
        gain += row_at(i)->count == 0;
    }
    if (gain < least || gain == 0) {
        return false;
    }
    for (i = 0; i < own.rows; i++) {
        struct seat_ledger_row *row = row_at(i);

        if (row->count == 0) {
            __atomic_store_n(&row->key, 0, __ATOMIC_RELEASE);
            own.free[own.free_count++] = i;
        }
    }
    index_make();
    return true;
}

static bool ledger_grow(void) {
    uint32_t chunk = own.capacity / CHUNK_ROWS;

    if (chunk == SEAT_LEDGER_CHUNKS) {
        return false;
    }
    if (own.chunks[chunk] == NULL) {
        zone_offset offset = zone_alloc(seat_root_zone(),
                                        CHUNK_ROWS * sizeof(struct seat_ledger_row));

        if (offset == 0) {
            return false;
        }
        __atomic_store_n(&own.seat->ledger[chunk], offset, __ATOMIC_RELEASE);
        own.chunks[chunk] = zone_at(seat_root_zone(), offset);
    }
    own.capacity += CHUNK_ROWS;
    own.free = heap_resize(own.free, own.capacity, sizeof(*own.free));
    index_make();
    return true;
}

static void say_full(void) {
    if (own.said_full_ms == 0 || clock_ms() - own.said_full_ms >= SAY_FULL_MS) {
        own.said_full_ms = clock_ms();
        log_write(log_process, LOG_LEVEL_ALERT, 0, NULL,
                  "ledger is full: this process holds %u counted things", own.rows);
    }
}

/* The serial changes before the key, and the count is 0 meanwhile: see row_count_of(). */
static struct seat_ledger_row *ledger_claim(uint64_t key) {
    struct seat_ledger_row *row;
    uint32_t number;

    CHECK(own.seat != NULL);
    if (own.free_count == 0 && own.rows == own.capacity
        && !ledger_sweep(own.capacity / SWEEP_GAIN) && !ledger_grow() && !ledger_sweep(1)) {
        say_full();
        return NULL;
    }
    if (own.free_count > 0) {
        number = own.free[--own.free_count];
    } else {
        number = own.rows++;
        __atomic_store_n(&own.seat->ledger_rows, own.rows, __ATOMIC_RELEASE);
    }
    row = row_at(number);
    __atomic_store_n(&row->serial, row->serial + 1, __ATOMIC_RELEASE);
    __atomic_store_n(&row->key, key, __ATOMIC_RELEASE);
    index_add(number);
    return row;
}

static struct seat_ledger_row *ledger_find(uint64_t key) {
    uint32_t at = index_start(key), number;

    while ((number = own.index[at]) != 0) {
        struct seat_ledger_row *row = row_at(number - 1);

        if (row->key == key) {
            return row;
        }
        at = (at + 1) & own.mask;
    }
    return NULL;
}

/* ---- counting ---- */

static uint32_t get(const uint32_t *count) {
    return __atomic_load_n(count, __ATOMIC_RELAXED);
}

static void set(uint32_t *count, uint32_t value) {
    __atomic_store_n(count, value, __ATOMIC_RELEASE);
}

bool seat_count_up(struct zone *zone, struct seat_counted *counted, bool is_limited, uint32_t max) {
    uint64_t key = seat_key(zone, counted);
    struct seat_ledger_row *row;
    bool has_room;

    if (is_limited && get(&counted->count) >= max) {
        return false;
    }
    row = ledger_find(key);
    if (row == NULL && (row = ledger_claim(key)) == NULL) {
        return false;
    }
    seat_lock_as(key | SEAT_HOLD_COUNTED, &counted->lock);
    has_room = !is_limited || get(&counted->count) < max;
    if (has_room) {
        set(&counted->count, get(&counted->count) + 1);
        set(&row->count, row->count + 1);
    }
    seat_unlock(&counted->lock);
    return has_room;
}

void seat_count_down(struct zone *zone, struct seat_counted *counted) {
    uint64_t key = seat_key(zone, counted);
    struct seat_ledger_row *row;

    row = ledger_find(key);
    CHECK(row != NULL && row->count > 0);
    seat_lock_as(key | SEAT_HOLD_COUNTED, &counted->lock);
    CHECK(get(&counted->count) > 0);
    set(&counted->count, get(&counted->count) - 1);
    set(&row->count, row->count - 1);
    seat_unlock(&counted->lock);
}

/* In this order: a process that has taken its count back may not have put the lock yet. */
bool seat_counted_is_idle(const struct seat_counted *counted) {
    return __atomic_load_n(&counted->count, __ATOMIC_ACQUIRE) == 0
        && lock_owner(&counted->lock) < 0;
}

/* ---- the ledgers of all ---- */

struct seat_ledger_row *seat_ledger_chunk(const struct seat *seat, unsigned chunk) {
    zone_offset offset = __atomic_load_n(&seat->ledger[chunk], __ATOMIC_ACQUIRE);

    return offset % _Alignof(struct seat_ledger_row) == 0
            && zone_has(seat_root_zone(), offset, CHUNK_ROWS * sizeof(struct seat_ledger_row))
        ? zone_at(seat_root_zone(), offset) : NULL;
}

/*
 * How many of the thing the row counts now, whose lock is ours. Its process may be using the row
 * for another thing at this moment: then the key changes, or did so and changed back, which the
 * serial tells; and our count in it is 0, for with one it would not let the row go.
 */
static uint32_t row_count_of(const struct seat_ledger_row *row, uint64_t key) {
    uint32_t serial = __atomic_load_n(&row->serial, __ATOMIC_ACQUIRE), count;

    if (__atomic_load_n(&row->key, __ATOMIC_ACQUIRE) != key) {
        return 0;
    }
    count = __atomic_load_n(&row->count, __ATOMIC_ACQUIRE);
    return __atomic_load_n(&row->serial, __ATOMIC_ACQUIRE) == serial ? count : 0;
}

static uint32_t seat_sum(const struct seat *seat, uint64_t key) {
    uint32_t rows = __atomic_load_n(&seat->ledger_rows, __ATOMIC_ACQUIRE), sum = 0, i;
    const struct seat_ledger_row *chunk = NULL;

    for (i = 0; i < rows && i < SEAT_LEDGER_CHUNKS * CHUNK_ROWS; i++) {
        if (i % CHUNK_ROWS == 0) {
            chunk = seat_ledger_chunk(seat, i / CHUNK_ROWS);
        }
        if (chunk == NULL) {
            break;
        }
        sum += row_count_of(&chunk[i % CHUNK_ROWS], key);
    }
    return sum;
}

uint32_t seat_ledger_sum(uint64_t key) {
    uint32_t sum = 0;
    unsigned i;

    for (i = 0; i < SEATS_MAX; i++) {
        const struct seat *seat = seat_at(i);

        if (seat != NULL && seat->role != SEAT_FREE) {
            sum += seat_sum(seat, key);
        }
    }
    return sum;
}
