/* SPDX-License-Identifier: BSD-2-Clause */
/* Tests of process/lease: who has it, with generations and another binary that this test plays. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "process/generation.h"
#include "process/lease.h"

#include <unistd.h>

enum { OTHER_MASTER = 1 };

static struct generation generation;
static struct child control;
static struct seat *others;

static int begin(void **state) {
    (void) state;
    if (!seats_open()) {
        return -1;
    }
    seat_sit(seat_take(SEAT_MASTER, 0, 0));
    control = (struct child){ .role = SEAT_CONTROL, .pid = 1000, .is_ready = true };
    control.seat = seat_take(SEAT_CONTROL, 0, 1);
    generation.state = GENERATION_SERVING;
    list_init(&generation.children);
    list_add_last(&generation.children, &control.link);
    list_add_last(generation_list(), &generation.link);
    others = seat_take(SEAT_CONTROL, 0, 1);
    others->master_pid = OTHER_MASTER;
    others->state = CHILD_SERVING;
    return 0;
}

static int end(void **state) {
    (void) state;
    list_remove(&generation.link);
    zones_forget();
    return 0;
}

static void it_is_that_of_the_generation_that_serves(void **state) {
    (void) state;
    lease_settle(0);
    assert_ptr_equal(seat_lease_holder(), control.seat);
    control.seat = seat_take(SEAT_CONTROL, 0, 2); /* a new one after a crash, or a reload */
    lease_settle(0);
    assert_ptr_equal(seat_lease_holder(), control.seat);
}

static void a_new_generation_takes_it_from_the_one_before(void **state) {
    struct generation newer = { .state = GENERATION_STARTING };
    struct child its_control = { .role = SEAT_CONTROL, .pid = 1001, .is_ready = true };

    (void) state;
    its_control.seat = seat_take(SEAT_CONTROL, 0, 2);
    list_init(&newer.children);
    list_add_last(&newer.children, &its_control.link);
    list_add_last(generation_list(), &newer.link);
    lease_settle(0);
    assert_ptr_equal(seat_lease_holder(), control.seat);
    newer.state = GENERATION_SERVING; /* the other one is about to be told to drain */
    lease_settle(0);
    assert_ptr_equal(seat_lease_holder(), its_control.seat);
    list_remove(&newer.link);
}

static void one_that_is_not_ready_does_not_get_it(void **state) {
    (void) state;
    control.is_ready = false;
    lease_settle(0);
    assert_null(seat_lease_holder());
}

static void the_new_binary_gets_it_when_our_workers_go(void **state) {
    (void) state;
    lease_settle(OTHER_MASTER);
    assert_ptr_equal(seat_lease_holder(), control.seat);
    generation.state = GENERATION_DRAINING;
    lease_settle(OTHER_MASTER);
    assert_ptr_equal(seat_lease_holder(), others);
    generation.state = GENERATION_SERVING; /* rolled back */
    lease_settle(OTHER_MASTER);
    assert_ptr_equal(seat_lease_holder(), control.seat);
}

static void a_new_binary_that_does_not_serve_does_not_get_it(void **state) {
    (void) state;
    lease_settle(OTHER_MASTER);
    generation.state = GENERATION_DRAINING;
    others->state = CHILD_STARTING;
    lease_settle(OTHER_MASTER);
    assert_null(seat_lease_holder()); /* it takes it when it serves */
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(it_is_that_of_the_generation_that_serves, begin, end),
        cmocka_unit_test_setup_teardown(a_new_generation_takes_it_from_the_one_before, begin, end),
        cmocka_unit_test_setup_teardown(one_that_is_not_ready_does_not_get_it, begin, end),
        cmocka_unit_test_setup_teardown(the_new_binary_gets_it_when_our_workers_go, begin, end),
        cmocka_unit_test_setup_teardown(a_new_binary_that_does_not_serve_does_not_get_it, begin,
                                        end),
    };

    return cmocka_run_group_tests_name("process/lease", tests, NULL, NULL);
}
