/* SPDX-License-Identifier: BSD-2-Clause */
/* Tests of process/control: its services, with a clock and seats that this test plays. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "base/clock.h"
#include "base/log.h"
#include "process/control.h"
#include "shm/counter.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

static int64_t now_ms = 1000;
static struct seat *worker;
static unsigned reported_seat, reports;
static int reported_pid;
static char lines[4096];

static void keep_line(struct log *log, enum log_level level, const char *line, size_t len) {
    (void) log;
    (void) level;
    strncat(lines, line, len);
}

static struct log log_kept = { .level = LOG_LEVEL_INFO, .write = keep_line };

static void report(unsigned seat, int pid) {
    reports++;
    reported_seat = seat;
    reported_pid = pid;
}

/* Lets time pass, a second a turn. */
static void pass_seconds(int count) {
    while (count-- > 0) {
        now_ms += 1001;
        clock_fake(now_ms, now_ms);
        loop_turn(0);
    }
}

static int begin(void **state) {
    (void) state;
    if (!seats_open()) {
        return -1;
    }
    clock_fake(now_ms, now_ms);
    loop_init();
    log_process = &log_kept;
    lines[0] = '\0';
    reports = 0;
    seat_sit(seat_take(SEAT_CONTROL, 0, 1));
    worker = seat_take(SEAT_WORKER, 0, 1);
    worker->pid = 1000;
    control_begin(report, STR_NONE);
    return 0;
}

static int end(void **state) {
    (void) state;
    control_end();
    loop_fini();
    zones_forget();
    return 0;
}

static void a_worker_that_does_not_turn_is_reported_once(void **state) {
    (void) state;
    pass_seconds(15);
    assert_int_equal(reports, 0);
    pass_seconds(30);
    assert_int_equal(reports, 1);
    assert_int_equal(reported_seat, worker->number);
    assert_int_equal(reported_pid, 1000);
}

static void workers_of_another_master_are_left_to_theirs(void **state) {
    (void) state;
    worker->master_pid = getpid() + 1;
    pass_seconds(40);
    assert_int_equal(reports, 0);
}

static void seats_of_others_than_workers_are_not_looked_at(void **state) {
    (void) state;
    worker->role = SEAT_MASTER;
    pass_seconds(40);
    worker->role = SEAT_FREE;
    pass_seconds(40);
    assert_int_equal(reports, 0);
}

static void trouble_is_told_of_once_a_minute(void **state) {
    (void) state;
    seat_set_lease(seat_self());
    counter_add(COUNTER_CRASHES, 2);
    counter_add(COUNTER_ACCEPTED, 5); /* no trouble */
    pass_seconds(58);
    assert_string_equal(lines, "");
    pass_seconds(4);
    assert_non_null(strstr(lines, "[warn] "));
    assert_non_null(strstr(lines, ": crashes: 2 in the last minute, 2 in all\n"));
    assert_null(strstr(lines, "accepted"));
    lines[0] = '\0';
    pass_seconds(120);
    assert_string_equal(lines, "");
    counter_add(COUNTER_CRASHES, 1);
    counter_add(COUNTER_LOG_LINES_LOST, 7);
    pass_seconds(62);
    assert_non_null(strstr(lines, ": crashes: 1 in the last minute, 3 in all\n"));
    assert_non_null(strstr(lines, ": log lines lost: 7 in the last minute, 7 in all\n"));
}

static void only_the_holder_of_the_lease_tells(void **state) {
    (void) state;
    seat_set_lease(worker);
    counter_add(COUNTER_CRASHES, 1);
    pass_seconds(62);
    assert_string_equal(lines, "");
    seat_set_lease(seat_self());
    pass_seconds(62);
    assert_string_equal(lines, ""); /* nor does it tell again what the other has told */
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(a_worker_that_does_not_turn_is_reported_once, begin, end),
        cmocka_unit_test_setup_teardown(workers_of_another_master_are_left_to_theirs, begin, end),
        cmocka_unit_test_setup_teardown(seats_of_others_than_workers_are_not_looked_at, begin, end),
        cmocka_unit_test_setup_teardown(trouble_is_told_of_once_a_minute, begin, end),
        cmocka_unit_test_setup_teardown(only_the_holder_of_the_lease_tells, begin, end),
    };

    return cmocka_run_group_tests_name("process/control", tests, NULL, NULL);
}
