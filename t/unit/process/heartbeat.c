/* SPDX-License-Identifier: BSD-2-Clause */
/* Tests of process/heartbeat: seats whose processes this test plays. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "process/heartbeat.h"
#include "shm/seat_priv.h"

#include <unistd.h>

enum { MISSED_MAX = 15 };

static struct seat *seat;
static struct heartbeat seen;

static int begin(void **state) {
    (void) state;
    if (!seats_open()) {
        return -1;
    }
    seat_sit(seat_take(SEAT_MASTER, 0, 0));
    seat = seat_take(SEAT_WORKER, 0, 1);
    seat->pid = 1000;
    seat->beat.turns = 7;
    seen = (struct heartbeat){ .pid = 0 };
    return 0;
}

static int end(void **state) {
    (void) state;
    zones_forget();
    return 0;
}

/* Looks so many times; how often it was found stuck. */
static unsigned look(unsigned times) {
    unsigned stuck = 0;

    while (times-- > 0) {
        stuck += heartbeat_look(&seen, seat, MISSED_MAX);
    }
    return stuck;
}

static void one_that_is_awake_and_does_not_turn_is_stuck(void **state) {
    (void) state;
    assert_int_equal(look(1 + MISSED_MAX - 1), 0); /* the first look is the first sight of it */
    assert_int_equal(look(1), 1);
    assert_int_equal(look(100), 0); /* told once */
    assert_int_equal(seat->rung, 0);
}

static void one_that_turns_is_well(void **state) {
    unsigned i;

    (void) state;
    for (i = 0; i < 10; i++) {
        seat->beat.turns++;
        assert_int_equal(look(MISSED_MAX), 0);
    }
}

static void another_process_on_the_seat_begins_anew(void **state) {
    (void) state;
    assert_int_equal(look(MISSED_MAX), 0);
    seat->pid = 1001;
    assert_int_equal(look(MISSED_MAX), 0);
    assert_int_equal(look(1), 1);
}

static void one_that_sleeps_is_rung_for(void **state) {
    (void) state;
    seat->beat.is_asleep = true;
    assert_int_equal(look(1 + MISSED_MAX / 3 - 1), 0);
    assert_int_equal(seat->rung, 0);
    assert_int_equal(look(1), 0);
    assert_int_equal(seat->rung, 1);
    seat->rung = 0; /* it hears, and turns */
    seat->beat.turns++;
    assert_int_equal(look(MISSED_MAX), 0);
    assert_int_equal(look(1), 1); /* and the next time it does not hear */
}

static void one_that_was_busy_for_long_and_now_sleeps_is_well(void **state) {
    (void) state;
    assert_int_equal(look(MISSED_MAX), 0); /* a look more, and it were stuck */
    seat->beat.is_asleep = true;
    assert_int_equal(look(1), 0);
    assert_int_equal(seat->rung, 1);
    seat->rung = 0;
    assert_int_equal(look(MISSED_MAX - MISSED_MAX / 3 - 1), 0); /* it has time to hear */
    assert_int_equal(seat->rung, 0);
    assert_int_equal(look(1), 1);
}

static void who_waits_for_a_lock_is_not_to_blame(void **state) {
    struct zone *zone = zone_open(STR("locks"), ZONE_KIND_TEST, 1, 1 << 20, NULL);
    struct lock *lock = zone_at(zone, zone_alloc(zone, sizeof(struct lock)));
    struct seat *owner = seat_take(SEAT_WORKER, 1, 1);

    (void) state;
    assert_ptr_equal(heartbeat_culprit(seat), seat);
    lock_take(lock, owner->number);
    owner->holding[0] = seat_key(zone, lock);
    seat->holding[0] = seat_key(zone, lock);
    assert_ptr_equal(heartbeat_culprit(seat), owner);
    assert_ptr_equal(heartbeat_culprit(owner), owner);
    lock_put(lock);
    assert_ptr_equal(heartbeat_culprit(seat), seat);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(one_that_is_awake_and_does_not_turn_is_stuck, begin, end),
        cmocka_unit_test_setup_teardown(one_that_turns_is_well, begin, end),
        cmocka_unit_test_setup_teardown(another_process_on_the_seat_begins_anew, begin, end),
        cmocka_unit_test_setup_teardown(one_that_sleeps_is_rung_for, begin, end),
        cmocka_unit_test_setup_teardown(one_that_was_busy_for_long_and_now_sleeps_is_well, begin,
                                        end),
        cmocka_unit_test_setup_teardown(who_waits_for_a_lock_is_not_to_blame, begin, end),
    };

    return cmocka_run_group_tests_name("process/heartbeat", tests, NULL, NULL);
}
