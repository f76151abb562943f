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

static int setup(void **state) {
    (void) state;
    master_sit();
    return 0;
}

static int teardown(void **state) {
    (void) state;
    master_leave();
    return 0;
}

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

static void read_while_moving(void *context) {
    int i;

    (void) context;
    for (i = 0; i < 200000; i++) {
        CHECK(counter_sum(COUNTER_ACCEPTED) == 1000);
    }
}

/* What counter_retire() has moved, in the manner of counter_retire(). */
static void move_back(void) {
    struct seat_root *root = seat_root();

    __atomic_fetch_add(&root->past_serial, 1, __ATOMIC_SEQ_CST);
    seat_self()->counters[COUNTER_ACCEPTED] = root->past[COUNTER_ACCEPTED];
    root->past[COUNTER_ACCEPTED] = 0;
    __atomic_fetch_add(&root->past_serial, 1, __ATOMIC_SEQ_CST);
}

/* Readers never see what moves to the past twice or not at all. */
static void test_sums_are_whole_while_seats_are_cleared(void **state) {
    struct test_child reader;
    int i, status;

    (void) state;
    counter_add(COUNTER_ACCEPTED, 1000);
    reader = child_start(read_while_moving, NULL);
    for (i = 0; waitpid(reader.pid, &status, WNOHANG) == 0; i++) {
        counter_retire(seat_self()->counters);
        move_back();
    }
    assert_int_equal(status, 0);
    assert_in_range(i, 100, INT32_MAX);
    seat_reclaim(reader.seat);
    assert_int_equal(counter_sum(COUNTER_ACCEPTED), 1000);
}

static void test_without_a_seat(void **state) {
    (void) state;
    counter_add(COUNTER_SESSIONS, 1);
    seats_forget();
    counter_add(COUNTER_SESSIONS, 1);
    master_sit();
    assert_int_equal(counter_sum(COUNTER_SESSIONS), 0);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_names),
        cmocka_unit_test_setup_teardown(test_own, setup, teardown),
        cmocka_unit_test_setup_teardown(test_the_dead_count_in_the_past, setup, teardown),
        cmocka_unit_test_setup_teardown(test_sums_are_whole_while_seats_are_cleared, setup,
                                        teardown),
        cmocka_unit_test_setup_teardown(test_without_a_seat, setup, teardown),
    };

    return cmocka_run_group_tests_name("shm/counter", tests, NULL, NULL);
}
