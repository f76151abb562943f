/* SPDX-License-Identifier: BSD-2-Clause */
/* Tests of counter: sums over the living and the dead. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "shm/counter.h"
#include "shm/seat_priv.h"

#include "children.h"

static void test_names(void **state) {
    int i;

    (void) state;
    for (i = 0; i < COUNTERS_ALL; i++) {
        assert_non_null(counter_name((enum counter) i));
    }
    assert_string_equal(counter_name(COUNTER_ACCEPTED), "accepted");
    assert_string_equal(counter_name(GAUGE_UPSTREAM_IDLE), "upstream idle");
}

static void test_own(void **state) {
    (void) state;
    assert_int_equal(counter_sum(COUNTER_REQUESTS), 0);
    counter_add(COUNTER_REQUESTS, 3);
    counter_add(COUNTER_REQUESTS, 4);
    counter_add(GAUGE_CLIENTS, 5);
    counter_add(GAUGE_CLIENTS, -2);
    assert_int_equal(counter_sum(COUNTER_REQUESTS), 7);
    assert_int_equal(counter_sum(GAUGE_CLIENTS), 3);
    assert_int_equal(counter_sum(COUNTER_ACCEPTED), 0);
}

static void count_and_wait(void *context) {
    (void) context;
    counter_add(COUNTER_ACCEPTED, 10);
    counter_add(GAUGE_CLIENTS, 4);
    counter_add(COUNTERS - 1, 1);
    raise(SIGSTOP);
    counter_add(COUNTER_ACCEPTED, 1);
    counter_add(GAUGE_CLIENTS, -4);
}

static struct test_child start_counting(void) {
    struct test_child child = child_start(count_and_wait, NULL);
    int status;

    CHECK(waitpid(child.pid, &status, WUNTRACED) == child.pid && WIFSTOPPED(status));
    return child;
}

static void test_the_dead_count_in_the_past(void **state) {
    struct test_child a = start_counting(), b = start_counting(), next;

    (void) state;
    counter_add(COUNTER_ACCEPTED, 100);
    assert_int_equal(counter_sum(COUNTER_ACCEPTED), 120);
    assert_int_equal(counter_sum(GAUGE_CLIENTS), 8);
    child_end(&a);
    assert_int_equal(counter_sum(COUNTER_ACCEPTED), 120);
    assert_int_equal(counter_sum(COUNTERS - 1), 2);
    assert_int_equal(counter_sum(GAUGE_CLIENTS), 4);
    seat_reclaim(a.seat); /* once is enough */
    assert_int_equal(counter_sum(COUNTER_ACCEPTED), 120);

    kill(b.pid, SIGCONT);
    assert_int_equal(child_wait(&b), 0);
    seat_reclaim(b.seat);
    assert_int_equal(counter_sum(COUNTER_ACCEPTED), 121);
    assert_int_equal(counter_sum(GAUGE_CLIENTS), 0);

    /* The next one on the seat begins at 0. */
    next = start_counting();
    assert_ptr_equal(next.seat, a.seat);
    assert_int_equal(counter_sum(COUNTER_ACCEPTED), 131);
    assert_int_equal(counter_sum(GAUGE_CLIENTS), 4);
    child_end(&next);
}

/* ---- sums while counters move to the past ---- */

static struct seat *dead;
static uint64_t *shared;

/* A process that counted 10 has died and was not reclaimed yet; the sum is 110. */
static void make_dead(void) {
    struct test_child child = start_counting();
    struct zone *zone = zone_open(STR("shared"), ZONE_KIND_TEST, 1, 1 << 20, NULL);
    int status;

    shared = zone_at(zone, zone_alloc(zone, sizeof(*shared)));
    counter_add(COUNTER_ACCEPTED, 100);
    dead = child.seat;
    child_kill(&child);
    do {
        status = child_wait(&child);
    } while (WIFSTOPPED(status));
}

static void retire_in_steps(void *context) {
    (void) context;
    child_step_mark();
    counter_retire(dead->number);
    child_step_mark();
}

static void test_sum_is_whole_at_each_step(void **state) {
    struct test_child child;
    unsigned steps = 0;

    (void) state;
    make_dead();
    child = child_start_stepped(retire_in_steps, NULL);
    do {
        assert_int_equal(counter_sum(COUNTER_ACCEPTED), 110);
        steps++;
    } while (child_step(&child, 1));
    assert_in_range(steps, 100, 1000000);
    assert_int_equal(dead->counters[COUNTER_ACCEPTED], 0);
    child_end(&child);
    assert_int_equal(counter_sum(COUNTER_ACCEPTED), 110);
}

static void sum_in_steps(void *context) {
    (void) context;
    child_step_mark();
    *shared = counter_sum(COUNTER_ACCEPTED);
    child_step_mark();
}

/* The move comes in between, at the instructions that read the past and the first seats. */
static void test_reader_sees_all_or_nothing(void **state) {
    enum { FIRST_STEPS = 300 };
    struct test_snapshot snapshot;
    unsigned steps;

    (void) state;
    make_dead();
    for (steps = 0; steps < FIRST_STEPS; steps += test_stride(3)) {
        struct test_child reader;

        snapshot_take(&snapshot);
        reader = child_start_stepped(sum_in_steps, NULL);
        assert_true(child_step(&reader, steps));
        counter_retire(dead->number);
        child_go_on(&reader);
        child_end(&reader);
        assert_int_equal(*shared, 110);
        snapshot_restore(&snapshot);
    }
}

static void check_sums(void) {
    assert_int_equal(counter_sum(COUNTER_ACCEPTED), 110);
    counter_retire(dead->number);
    assert_int_equal(counter_sum(COUNTER_ACCEPTED), 110);
    assert_int_equal(counter_sum(GAUGE_CLIENTS), 0);
    assert_int_equal(dead->counters[COUNTER_ACCEPTED], 0);
}

static void test_master_dies_at_each_step(void **state) {
    (void) state;
    make_dead();
    child_die_at_each_step(retire_in_steps, NULL, check_sums);
    assert_int_equal(counter_sum(COUNTER_ACCEPTED), 110);
}

static void test_without_a_seat(void **state) {
    (void) state;
    counter_add(COUNTER_SESSIONS, 1);
    seats_forget();
    counter_add(COUNTER_SESSIONS, 1);
    master_sit();
    assert_int_equal(counter_sum(COUNTER_SESSIONS), 0);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, master_setup, master_teardown)

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_names),
        TEST(test_own),
        TEST(test_the_dead_count_in_the_past),
        TEST(test_sum_is_whole_at_each_step),
        TEST(test_reader_sees_all_or_nothing),
        TEST(test_master_dies_at_each_step),
        TEST(test_without_a_seat),
    };

    return cmocka_run_group_tests_name("shm/counter", tests, NULL, NULL);
}
