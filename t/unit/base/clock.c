/* SPDX-License-Identifier: BSD-2-Clause */
/* Unit tests of base/clock: the kernel's time, then a faked one, and its four texts. */
#include "base/clock.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <time.h>

#include <cmocka.h>

#define assert_text(text, expected)                                                                \
    do {                                                                                           \
        struct str text_shown = (text);                                                            \
                                                                                                   \
        assert_int_equal(text_shown.len, strlen(expected));                                        \
        assert_memory_equal(text_shown.data, expected, text_shown.len);                            \
    } while (0)

static int64_t kernel_ms(clockid_t id) {
    struct timespec now;

    clock_gettime(id, &now);
    return (int64_t) now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

static void sleep_ms(int ms) {
    struct timespec pause = { 0, ms * 1000000L };

    nanosleep(&pause, NULL);
}

/* The tests of the real clock come first: there is no way back from a faked one. */
static void test_time_stands_until_updated(void **state) {
    int64_t before, wall_before;

    (void) state;
    assert_true(clock_ms() > 0);
    clock_update();
    before = clock_ms();
    wall_before = clock_wall_ms();
    sleep_ms(3);
    assert_int_equal(clock_ms(), before);
    assert_int_equal(clock_wall_ms(), wall_before);
    clock_update();
    assert_true(clock_ms() >= before + 3);
    assert_true(clock_wall_ms() > wall_before);
}

static void test_both_clocks_follow_the_kernel(void **state) {
    int64_t before, wall_before;
    int i;

    (void) state;
    for (i = 0; i < 40; i++) { /* past the 100 ms after which the wall clock is asked again */
        before = kernel_ms(CLOCK_MONOTONIC);
        wall_before = kernel_ms(CLOCK_REALTIME);
        clock_update();
        assert_in_range(clock_ms(), before + 1, kernel_ms(CLOCK_MONOTONIC) + 1);
        /* Between two askings it may be off by the rounding of either clock. */
        assert_in_range(clock_wall_ms(), wall_before - 2, kernel_ms(CLOCK_REALTIME) + 2);
        sleep_ms(4);
    }
}

static void test_precise_time_needs_no_update(void **state) {
    int64_t before = clock_precise_us();

    (void) state;
    sleep_ms(2);
    assert_true(clock_precise_us() >= before + 2000);
    clock_update();
    assert_in_range(clock_precise_us(), clock_ms() * 1000, (clock_ms() + 1000) * 1000);
}

static void test_faked_time_is_what_was_set(void **state) {
    (void) state;
    clock_fake(5000, 1700000000123);
    clock_update();
    assert_int_equal(clock_ms(), 5000);
    assert_int_equal(clock_precise_us(), 5000000);
    assert_int_equal(clock_wall_ms(), 1700000000123);
}

/* Each call must use another second: the texts of one are made only once. */
static void set_zone(const char *zone) {
    setenv("TZ", zone, 1);
    tzset();
}

static void test_texts_in_utc(void **state) {
    (void) state;
    set_zone("UTC0");
    clock_fake(1, 1795263326000);
    assert_text(clock_error_log_text(), "2026/11/21 12:15:26");
    assert_text(clock_access_log_text(), "21/Nov/2026:12:15:26 +0000");
    assert_text(clock_iso8601_text(), "2026-11-21T12:15:26+00:00");
    assert_text(clock_http_text(), "Sat, 21 Nov 2026 12:15:26 GMT");
}

static void test_texts_east_of_greenwich(void **state) {
    (void) state;
    set_zone("NPT-5:45");
    clock_fake(1, 1795263327000);
    assert_text(clock_error_log_text(), "2026/11/21 18:00:27");
    assert_text(clock_access_log_text(), "21/Nov/2026:18:00:27 +0545");
    assert_text(clock_iso8601_text(), "2026-11-21T18:00:27+05:45");
    assert_text(clock_http_text(), "Sat, 21 Nov 2026 12:15:27 GMT");
}

static void test_texts_west_of_greenwich(void **state) {
    (void) state;
    set_zone("NST3:30NDT,M3.2.0,M11.1.0");
    clock_fake(1, 1798768799000); /* already the next year in Greenwich */
    assert_text(clock_error_log_text(), "2026/12/31 22:29:59");
    assert_text(clock_access_log_text(), "31/Dec/2026:22:29:59 -0330");
    assert_text(clock_iso8601_text(), "2026-12-31T22:29:59-03:30");
    assert_text(clock_http_text(), "Fri, 01 Jan 2027 01:59:59 GMT");
    clock_fake(1, 1782907200000); /* in summer the same zone is an hour nearer */
    assert_text(clock_access_log_text(), "01/Jul/2026:09:30:00 -0230");
}

static void test_texts_west_by_less_than_an_hour(void **state) {
    (void) state;
    set_zone("XXX0:30");
    clock_fake(1, 1795263328000);
    assert_text(clock_access_log_text(), "21/Nov/2026:11:45:28 -0030");
    assert_text(clock_iso8601_text(), "2026-11-21T11:45:28-00:30");
}

static void test_leap_day_and_far_years(void **state) {
    (void) state;
    set_zone("UTC0");
    clock_fake(1, 1709208000000);
    assert_text(clock_http_text(), "Thu, 29 Feb 2024 12:00:00 GMT");
    clock_fake(1, 4102444799000);
    assert_text(clock_http_text(), "Thu, 31 Dec 2099 23:59:59 GMT");
    clock_fake(1, 0);
    assert_text(clock_http_text(), "Thu, 01 Jan 1970 00:00:00 GMT");
    clock_fake(1, -1000);
    assert_text(clock_http_text(), "Wed, 31 Dec 1969 23:59:59 GMT");
    clock_fake(1, 253402300800000);
    assert_text(clock_iso8601_text(), "10000-01-01T00:00:00+00:00");
}

static void test_texts_change_with_the_second(void **state) {
    struct str text;

    (void) state;
    set_zone("UTC0");
    clock_fake(1, 1795263329000);
    text = clock_error_log_text();
    assert_text(text, "2026/11/21 12:15:29");
    set_zone("XXX1");
    clock_fake(2, 1795263329999);
    assert_text(clock_error_log_text(), "2026/11/21 12:15:29");
    clock_fake(3, 1795263330000);
    assert_text(clock_error_log_text(), "2026/11/21 11:15:30");
    assert_text(clock_iso8601_text(), "2026-11-21T11:15:30-01:00");
}

/* Seconds that are made out of turn: each text belongs to the time at which it is asked for. */
static void test_each_text_is_renewed_by_itself(void **state) {
    (void) state;
    set_zone("UTC0");
    clock_fake(1, 1795263331000);
    assert_text(clock_error_log_text(), "2026/11/21 12:15:31");
    clock_fake(1, 1795263332000);
    assert_text(clock_http_text(), "Sat, 21 Nov 2026 12:15:32 GMT");
    clock_fake(1, 1795263333000);
    assert_text(clock_access_log_text(), "21/Nov/2026:12:15:33 +0000");
    assert_text(clock_iso8601_text(), "2026-11-21T12:15:33+00:00");
    assert_text(clock_error_log_text(), "2026/11/21 12:15:33");
    assert_text(clock_http_text(), "Sat, 21 Nov 2026 12:15:33 GMT");
}

static void test_names_of_days_and_months(void **state) {
    static const char *const texts[] = {
        "Thu, 15 Jan 2026 00:00:00 GMT", "Sun, 15 Feb 2026 00:00:00 GMT",
        "Sun, 15 Mar 2026 00:00:00 GMT", "Wed, 15 Apr 2026 00:00:00 GMT",
        "Fri, 15 May 2026 00:00:00 GMT", "Mon, 15 Jun 2026 00:00:00 GMT",
        "Wed, 15 Jul 2026 00:00:00 GMT", "Sat, 15 Aug 2026 00:00:00 GMT",
        "Tue, 15 Sep 2026 00:00:00 GMT", "Thu, 15 Oct 2026 00:00:00 GMT",
        "Sun, 15 Nov 2026 00:00:00 GMT", "Tue, 15 Dec 2026 00:00:00 GMT"
    };
    int month;

    (void) state;
    set_zone("UTC0");
    for (month = 0; month < 12; month++) {
        struct tm day = { .tm_year = 126, .tm_mon = month, .tm_mday = 15 };

        clock_fake(1, (int64_t) timegm(&day) * 1000);
        assert_text(clock_http_text(), texts[month]);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_time_stands_until_updated),
        cmocka_unit_test(test_both_clocks_follow_the_kernel),
        cmocka_unit_test(test_precise_time_needs_no_update),
        cmocka_unit_test(test_faked_time_is_what_was_set),
        cmocka_unit_test(test_texts_in_utc),
        cmocka_unit_test(test_texts_east_of_greenwich),
        cmocka_unit_test(test_texts_west_of_greenwich),
        cmocka_unit_test(test_texts_west_by_less_than_an_hour),
        cmocka_unit_test(test_leap_day_and_far_years),
        cmocka_unit_test(test_texts_change_with_the_second),
        cmocka_unit_test(test_each_text_is_renewed_by_itself),
        cmocka_unit_test(test_names_of_days_and_months),
    };

    return cmocka_run_group_tests_name("base/clock", tests, NULL, NULL);
}
