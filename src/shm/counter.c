/* SPDX-License-Identifier: BSD-2-Clause */
/* counter - counters of the whole program; see counter.h. */
#include "shm/counter.h"

#include "base/panic.h"
#include "shm/seat_priv.h"

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
    [GAUGE_UPSTREAM_IDLE] = "upstream idle",
    [GAUGE_CLIENTS_HTTP] = "clients of http",
    [GAUGE_CLIENTS_READING] = "clients reading"
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

/* ---- the past ---- */

/*
 * There are two pasts. past_state says which of them counts, and of one seat, if any, that it is
 * in the past already though it may still show what it counted. So one store moves the counters of
 * a seat, and a sum is right if the state was the same before and after: nobody waits for the one
 * who moves.
 */
enum { STATE_SEAT_BITS = 16, STATE_SEAT_MASK = (1 << STATE_SEAT_BITS) - 1 };

/* Which past it is; each move turns to the other one, so the rest of the word is a serial. */
static unsigned state_past(uint64_t state) {
    return state >> STATE_SEAT_BITS & 1;
}

/* The seat that is in the past, or -1. */
static int state_seat(uint64_t state) {
    return (int) (state & STATE_SEAT_MASK) - 1;
}

static uint64_t sum_at(uint64_t state, enum counter counter) {
    uint64_t sum = counter < COUNTERS ? get(&seat_root()->past[state_past(state)][counter]) : 0;
    int i;

    for (i = 0; i < SEATS_MAX; i++) {
        const struct seat *seat = i != state_seat(state) ? seat_at((unsigned) i) : NULL;

        if (seat != NULL) { /* a free one has zeros */
            sum += get(&seat->counters[counter]);
        }
    }
    return sum;
}

uint64_t counter_sum(enum counter counter) {
    const uint64_t *state = &seat_root()->past_state;
    uint64_t before, sum;

    do {
        before = __atomic_load_n(state, __ATOMIC_ACQUIRE);
        sum = sum_at(before, counter);
        __atomic_thread_fence(__ATOMIC_ACQUIRE);
    } while (__atomic_load_n(state, __ATOMIC_RELAXED) != before);
    return sum;
}

/* Clears the seat that is in the past; then it may count anew. */
static void finish_move(void) {
    struct seat_root *root = seat_root();
    int number = state_seat(root->past_state), i;

    if (number >= 0) {
        for (i = 0; i < SEAT_COUNTERS_MAX; i++) {
            set(&seat_at((unsigned) number)->counters[i], 0);
        }
        __atomic_store_n(&root->past_state, root->past_state & ~(uint64_t) STATE_SEAT_MASK,
                         __ATOMIC_SEQ_CST);
    }
}

/* Another master may have died at it: then its move is brought to an end first. */
void counter_retire(unsigned number) {
    struct seat_root *root = seat_root();
    const struct seat *seat = seat_at(number);
    unsigned from, i;

    seat_lock(seat_root_zone(), &root->past_lock);
    finish_move();
    from = state_past(root->past_state);
    for (i = 0; i < COUNTERS; i++) {
        set(&root->past[1 - from][i], get(&root->past[from][i]) + get(&seat->counters[i]));
    }
    __atomic_store_n(&root->past_state,
                     (root->past_state + STATE_SEAT_MASK + 1) | (number + 1), __ATOMIC_SEQ_CST);
    finish_move();
    seat_unlock(&root->past_lock);
}
