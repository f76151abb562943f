/* SPDX-License-Identifier: BSD-2-Clause */
/* Tests of event/timer: deadlines under a clock that is set by hand. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "base/clock.h"
#include "base/heap.h"
#include "event/timer.h"

#include <string.h>

enum {
    TICK_MS = 8, /* a timer is less than this late */
    START_MS = 1234567,
    MANY = 1000 * 1000
};

struct probe {
    struct timer timer;
    int64_t expected_ms; /* 0: must not expire */
    unsigned expiries;
    struct timer *other;
};

static int64_t now_ms;
static unsigned total_expiries;
static int64_t worst_ms; /* the longest delay seen */

static void set_clock(int64_t ms) {
    now_ms = ms;
    clock_fake(ms, ms);
}

static int begin(void **state) {
    (void) state;
    set_clock(START_MS);
    timer_reset();
    total_expiries = 0;
    worst_ms = 0;
    return 0;
}

static struct probe *probe_of(struct timer *timer) {
    return (struct probe *) (void *) timer;
}

static void on_probe(struct timer *timer) {
    struct probe *probe = probe_of(timer);

    assert_false(timer_is_set(timer));
    assert_true(probe->expected_ms != 0);
    assert_true(now_ms >= probe->expected_ms);
    if (now_ms - probe->expected_ms > worst_ms) {
        worst_ms = now_ms - probe->expected_ms;
    }
    probe->expected_ms = 0;
    probe->expiries++;
    total_expiries++;
}

static void probe_init(struct probe *probe, void (*on_expiry)(struct timer *timer)) {
    memset(probe, 0, sizeof(*probe));
    timer_init(&probe->timer, on_expiry);
}

static void probe_start(struct probe *probe, int64_t after_ms) {
    timer_start(&probe->timer, after_ms);
    probe->expected_ms = now_ms + after_ms;
}

/* Does as the loop does, with sleeps of exactly the length that was asked for. */
static void sleep_until(int64_t ms) {
    while (now_ms < ms) {
        int64_t wait_ms = timer_wait_ms();

        set_clock(now_ms + wait_ms < ms ? now_ms + wait_ms : ms);
        timer_expire();
    }
}

static void test_not_set_at_first(void **state) {
    struct probe probe;

    (void) state;
    probe_init(&probe, on_probe);
    assert_false(timer_is_set(&probe.timer));
    assert_int_equal(timer_wait_ms(), 60 * 1000);
    timer_cancel(&probe.timer);
    timer_fini(&probe.timer);
    timer_fini(&probe.timer);
    sleep_until(START_MS + 1000);
}

static void test_expires_on_time(void **state) {
    static const int64_t after_ms[] = { 0,    1,    7,     8,     9,      63,     503,     504,
                                        505,  511,  512,   513,   1000,   8191,   8192,    16383,
                                        16384, 16385, 60000, 75000, 524288, 3600000, 86400000,
                                        INT64_C(40) * 86400000 };
    struct probe probe;
    size_t i;
    int offset;

    (void) state;
    for (i = 0; i < sizeof(after_ms) / sizeof(*after_ms); i++) {
        for (offset = 0; offset < TICK_MS; offset++) {
            probe_init(&probe, on_probe);
            set_clock(now_ms + 1);
            probe_start(&probe, after_ms[i]);
            assert_true(timer_is_set(&probe.timer));
            sleep_until(now_ms + after_ms[i] + TICK_MS);
            assert_int_equal(probe.expiries, 1);
        }
    }
    assert_true(worst_ms <= TICK_MS);
}

/* A sleeper with one timer is woken a few times only: once for each level on the way down. */
static void test_sleeps_long(void **state) {
    struct probe probe;
    unsigned wakes = 0;

    (void) state;
    probe_init(&probe, on_probe);
    probe_start(&probe, 60 * 1000);
    while (probe.expiries == 0) {
        set_clock(now_ms + timer_wait_ms());
        timer_expire();
        wakes++;
    }
    assert_true(wakes <= 4);
}

static void test_later_is_a_store(void **state) {
    struct probe probe;
    struct list place;
    int i;

    (void) state;
    probe_init(&probe, on_probe);
    probe_start(&probe, 1000);
    place = probe.timer.link;
    for (i = 0; i < 90; i++) {
        set_clock(now_ms + 1);
        probe_start(&probe, 1000);
        assert_memory_equal(&place, &probe.timer.link, sizeof(place));
    }
    sleep_until(START_MS + 10 * 1000);
    assert_int_equal(probe.expiries, 1);
    assert_true(worst_ms <= TICK_MS);
}

static void test_earlier_is_moved(void **state) {
    struct probe probe;

    (void) state;
    probe_init(&probe, on_probe);
    probe_start(&probe, 60 * 1000);
    probe_start(&probe, 300);
    probe_start(&probe, 20);
    sleep_until(START_MS + 100);
    assert_int_equal(probe.expiries, 1);
    sleep_until(START_MS + 70 * 1000);
    assert_int_equal(probe.expiries, 1);
}

static void test_cancelled_is_passed_over(void **state) {
    struct probe probe;

    (void) state;
    probe_init(&probe, on_probe);
    probe_start(&probe, 100);
    timer_cancel(&probe.timer);
    probe.expected_ms = 0;
    assert_false(timer_is_set(&probe.timer));
    sleep_until(START_MS + 1000);
    assert_int_equal(probe.expiries, 0);
    /* And can be started again, in its old place or after it was dropped. */
    probe_start(&probe, 100);
    timer_cancel(&probe.timer);
    probe_start(&probe, 200);
    sleep_until(now_ms + 1000);
    assert_int_equal(probe.expiries, 1);
}

static void test_ended_wakes_nobody_twice(void **state) {
    struct probe probe;

    (void) state;
    probe_init(&probe, on_probe);
    probe_start(&probe, 100);
    timer_fini(&probe.timer);
    timer_fini(&probe.timer);
    set_clock(now_ms + timer_wait_ms());
    timer_expire();
    assert_int_equal(timer_wait_ms(), 60 * 1000);
}

/* ---- callbacks that change timers ---- */

static void on_expiry_again(struct timer *timer) {
    probe_of(timer)->expiries++;
    timer_start(timer, 50);
}

static void on_expiry_at_once(struct timer *timer) {
    probe_of(timer)->expiries++;
    timer_start(timer, 0);
}

static void on_expiry_free(struct timer *timer) {
    timer_fini(timer);
    heap_free(probe_of(timer));
    total_expiries++;
}

static void on_expiry_cancel_other(struct timer *timer) {
    probe_of(timer)->expiries++;
    timer_cancel(probe_of(timer)->other);
}

static void on_expiry_free_other(struct timer *timer) {
    probe_of(timer)->expiries++;
    timer_fini(probe_of(timer)->other);
    heap_free(probe_of(timer)->other);
}

static void on_expiry_start_other(struct timer *timer) {
    probe_of(timer)->expiries++;
    probe_start(probe_of(probe_of(timer)->other), 30);
}

static void test_callback_starts_itself(void **state) {
    struct probe probe;

    (void) state;
    probe_init(&probe, on_expiry_again);
    timer_start(&probe.timer, 50);
    sleep_until(START_MS + 1000);
    assert_in_range(probe.expiries, 1000 / (50 + TICK_MS), 1000 / 50);
    timer_fini(&probe.timer);
}

static void test_callback_cannot_spin(void **state) {
    struct probe probe;

    (void) state;
    probe_init(&probe, on_expiry_at_once);
    timer_start(&probe.timer, 0);
    set_clock(now_ms + 10);
    timer_expire();
    assert_int_equal(probe.expiries, 1);
    timer_fini(&probe.timer);
}

static void test_callback_frees_itself(void **state) {
    struct probe *probe = heap_alloc(sizeof(*probe));

    (void) state;
    probe_init(probe, on_expiry_free);
    timer_start(&probe->timer, 10);
    sleep_until(START_MS + 100);
    assert_int_equal(total_expiries, 1);
}

static void test_callback_cancels_neighbour(void **state) {
    struct probe first, second;

    (void) state;
    probe_init(&first, on_expiry_cancel_other);
    probe_init(&second, on_probe);
    first.other = &second.timer;
    timer_start(&first.timer, 10);
    timer_start(&second.timer, 10);
    sleep_until(START_MS + 100);
    assert_int_equal(first.expiries, 1);
    assert_int_equal(second.expiries, 0);
}

static void test_callback_frees_neighbour(void **state) {
    struct probe first, *second = heap_alloc(sizeof(*second));

    (void) state;
    probe_init(&first, on_expiry_free_other);
    probe_init(second, on_probe);
    first.other = &second->timer;
    timer_start(&first.timer, 10);
    timer_start(&second->timer, 10);
    sleep_until(START_MS + 100);
    assert_int_equal(first.expiries, 1);
}

static void test_callback_moves_neighbour(void **state) {
    struct probe first, second;

    (void) state;
    probe_init(&first, on_expiry_start_other);
    probe_init(&second, on_probe);
    first.other = &second.timer;
    timer_start(&first.timer, 10);
    probe_start(&second, 10);
    sleep_until(START_MS + 100);
    assert_int_equal(second.expiries, 1);
    assert_true(worst_ms <= TICK_MS);
}

/* ---- extremes ---- */

static void test_process_was_stopped_for_hours(void **state) {
    struct probe probes[64];
    unsigned i;

    (void) state;
    for (i = 0; i < 64; i++) {
        probe_init(&probes[i], on_probe);
        probe_start(&probes[i], (int64_t) 1 << i % 24);
    }
    set_clock(now_ms + INT64_C(10) * 3600 * 1000);
    timer_expire();
    assert_int_equal(total_expiries, 64);
    assert_int_equal(timer_wait_ms(), 60 * 1000);
}

static void test_never(void **state) {
    struct probe probe;

    (void) state;
    probe_init(&probe, on_probe);
    timer_start(&probe.timer, INT64_MAX);
    assert_true(timer_is_set(&probe.timer));
    assert_int_equal(timer_wait_ms(), 60 * 1000);
    /* Beyond the reach of the wheel: looked at on the way, and kept. */
    set_clock(now_ms + INT64_C(50) * 365 * 86400 * 1000);
    timer_expire();
    assert_true(timer_is_set(&probe.timer));
    timer_fini(&probe.timer);
}

static void test_budget_of_a_turn(void **state) {
    struct probe *probes = heap_alloc(1000 * sizeof(*probes));
    unsigned i, turns = 0;

    (void) state;
    for (i = 0; i < 1000; i++) {
        probe_init(&probes[i], on_probe);
        probe_start(&probes[i], 5);
    }
    set_clock(now_ms + 20);
    do {
        unsigned before = total_expiries;

        timer_expire();
        assert_in_range(total_expiries - before, 1, 300);
        turns++;
    } while (timer_wait_ms() == 0);
    assert_int_equal(total_expiries, 1000);
    assert_true(turns > 1);
    heap_free(probes);
}

static void test_reset_forgets(void **state) {
    struct probe near, far;

    (void) state;
    probe_init(&near, on_probe);
    probe_init(&far, on_probe);
    timer_start(&near.timer, 10);
    timer_start(&far.timer, 1000 * 1000);
    timer_reset();
    assert_false(timer_is_set(&near.timer));
    assert_false(timer_is_set(&far.timer));
    assert_int_equal(timer_wait_ms(), 60 * 1000);
    probe_start(&far, 10);
    sleep_until(START_MS + 2000 * 1000);
    assert_int_equal(total_expiries, 1);
}

/* ---- many ---- */

static uint32_t random_state;

static uint32_t random_below(uint32_t limit) {
    random_state = random_state * 1664525u + 1013904223u;
    return (uint32_t) ((uint64_t) random_state * limit >> 32);
}

/* Mostly the lengths that time-outs have, now and then anything up to two days. */
static int64_t random_after(void) {
    switch (random_below(8)) {
    case 0:
        return random_below(20);
    case 1:
        return random_below(2 * 86400 * 1000);
    case 2:
    case 3:
        return random_below(1000);
    default:
        return random_below(100 * 1000);
    }
}

static void random_operation(struct probe *probe) {
    switch (random_below(8)) {
    case 0:
        timer_cancel(&probe->timer);
        probe->expected_ms = 0;
        break;
    case 1:
        timer_fini(&probe->timer);
        probe->expected_ms = 0;
        break;
    default:
        probe_start(probe, random_after());
    }
}

static void test_random_operations(void **state) {
    enum { PROBES = 200, STEPS = 100 * 1000 };
    struct probe probes[PROBES];
    unsigned i, step;

    (void) state;
    random_state = 1;
    for (i = 0; i < PROBES; i++) {
        probe_init(&probes[i], on_probe);
    }
    for (step = 0; step < STEPS; step++) {
        random_operation(&probes[random_below(PROBES)]);
        if (random_below(4) == 0) {
            sleep_until(now_ms + random_below(step % 16 == 0 ? 5000 : 50));
        }
        i = random_below(PROBES);
        assert_int_equal(timer_is_set(&probes[i].timer), probes[i].expected_ms != 0);
    }
    sleep_until(now_ms + 3 * 86400 * 1000);
    for (i = 0; i < PROBES; i++) {
        assert_int_equal(probes[i].expected_ms, 0);
    }
    assert_true(worst_ms <= TICK_MS);
    assert_true(total_expiries > STEPS / 100);
}

/* A million time-outs of up to a minute, half of them moved later on the way. */
static void test_a_million(void **state) {
    struct probe *probes = heap_alloc(MANY * sizeof(*probes));
    unsigned i;

    (void) state;
    random_state = 2;
    for (i = 0; i < MANY; i++) {
        probe_init(&probes[i], on_probe);
        probe_start(&probes[i], 1000 + random_below(60 * 1000));
    }
    sleep_until(now_ms + 500);
    for (i = 0; i < MANY; i += 2) {
        probe_start(&probes[i], 61 * 1000 + random_below(10 * 1000));
    }
    while (total_expiries < MANY) {
        set_clock(now_ms + 1);
        timer_expire();
        assert_true(now_ms < START_MS + 80 * 1000);
    }
    assert_true(worst_ms <= TICK_MS);
    heap_free(probes);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(test_not_set_at_first, begin),
        cmocka_unit_test_setup(test_expires_on_time, begin),
        cmocka_unit_test_setup(test_sleeps_long, begin),
        cmocka_unit_test_setup(test_later_is_a_store, begin),
        cmocka_unit_test_setup(test_earlier_is_moved, begin),
        cmocka_unit_test_setup(test_cancelled_is_passed_over, begin),
        cmocka_unit_test_setup(test_ended_wakes_nobody_twice, begin),
        cmocka_unit_test_setup(test_callback_starts_itself, begin),
        cmocka_unit_test_setup(test_callback_cannot_spin, begin),
        cmocka_unit_test_setup(test_callback_frees_itself, begin),
        cmocka_unit_test_setup(test_callback_cancels_neighbour, begin),
        cmocka_unit_test_setup(test_callback_frees_neighbour, begin),
        cmocka_unit_test_setup(test_callback_moves_neighbour, begin),
        cmocka_unit_test_setup(test_process_was_stopped_for_hours, begin),
        cmocka_unit_test_setup(test_never, begin),
        cmocka_unit_test_setup(test_budget_of_a_turn, begin),
        cmocka_unit_test_setup(test_reset_forgets, begin),
        cmocka_unit_test_setup(test_random_operations, begin),
        cmocka_unit_test_setup(test_a_million, begin),
    };

    return cmocka_run_group_tests_name("event/timer", tests, NULL, NULL);
}
