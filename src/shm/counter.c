/* SPDX-License-Identifier: BSD-2-Clause */
/* counter - counters of the whole program; see counter.h. */
#include "shm/counter.h"

#include "base/panic.h"
#include "shm/seat_priv.h"

/* A reader that meets a move of counters so often takes the sum as it is. */
enum { TRIES_MAX = 1000 };

static const char *const names[COUNTERS_ALL] = {
    [COUNTER_ACCEPTED] = "accepted",
    [COUNTER_HANDLED] = "handled",
    [COUNTER_REQUESTS] = "requests",
    [COUNTER_SESSIONS] = "sessions",
    [COUNTER_ACCEPT_PAUSES] = "accept pauses",
    [COUNTER_LOG_LINES_LOST] = "log lines lost",
    [COUNTER_CRASHES] = "crashes",
    [COUNTER_RELOADS] = "reloads",
    [COUNTER_RELOADS_FAILED] = "reloads failed",
    [GAUGE_CLIENTS] = "clients",
    [GAUGE_CLIENTS_IDLE] = "clients idle",
    [GAUGE_UPSTREAM_IDLE] = "upstream idle"
};

_Static_assert((int) COUNTERS_ALL <= (int) SEAT_COUNTERS_MAX, "a seat has room for all counters");

static uint64_t nowhere[SEAT_COUNTERS_MAX];
static uint64_t *place = nowhere;

const char *counter_name(enum counter counter) {
    CHECK(counter < COUNTERS_ALL);
    return names[counter];
}

void counter_set_place(uint64_t *counters) {
    place = counters != NULL ? counters : nowhere;
}

static uint64_t get(const uint64_t *counter) {
    return __atomic_load_n(counter, __ATOMIC_RELAXED);
}

static void set(uint64_t *counter, uint64_t value) {
    __atomic_store_n(counter, value, __ATOMIC_RELAXED);
}

void counter_add(enum counter counter, int64_t n) {
    set(&place[counter], get(&place[counter]) + (uint64_t) n);
}

static uint64_t sum_once(enum counter counter) {
    uint64_t sum = counter < COUNTERS ? get(&seat_root()->past[counter]) : 0;
    unsigned i;

    for (i = 0; i < SEATS_MAX; i++) {
        const struct seat *seat = seat_at(i);

        if (seat != NULL) { /* a free one has zeros */
            sum += get(&seat->counters[counter]);
        }
    }
    return sum;
}

/* While counters move to the past they would be counted twice or not at all. */
uint64_t counter_sum(enum counter counter) {
    const uint32_t *serial = &seat_root()->past_serial;
    uint64_t sum;
    int i;

    for (i = 0; i < TRIES_MAX; i++) {
        uint32_t before = __atomic_load_n(serial, __ATOMIC_ACQUIRE);

        sum = sum_once(counter);
        __atomic_thread_fence(__ATOMIC_ACQUIRE);
        if (before % 2 == 0 && __atomic_load_n(serial, __ATOMIC_RELAXED) == before) {
            break;
        }
    }
    return sum;
}

void counter_retire(uint64_t *counters) {
    struct seat_root *root = seat_root();
    unsigned i;

    lock_take(&root->past_lock, seat_self()->number);
    __atomic_fetch_add(&root->past_serial, 1, __ATOMIC_SEQ_CST);
    for (i = 0; i < SEAT_COUNTERS_MAX; i++) {
        if (i < COUNTERS) {
            set(&root->past[i], get(&root->past[i]) + get(&counters[i]));
        }
        set(&counters[i], 0);
    }
    __atomic_fetch_add(&root->past_serial, 1, __ATOMIC_SEQ_CST);
    lock_put(&root->past_lock);
}
