/* SPDX-License-Identifier: BSD-2-Clause */
/* wrap: clock_gettime */
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

/* The kernel's clocks: what they show, and how often that of the wall was asked. */
static int64_t kernel_monotonic_ns, kernel_wall_ns;
static int wall_askings;

int __wrap_clock_gettime(clockid_t id, struct timespec *now);
int __wrap_clock_gettime(clockid_t id, struct timespec *now) {
    int64_t ns = id == CLOCK_MONOTONIC ? kernel_monotonic_ns : kernel_wall_ns;

    wall_askings += id == CLOCK_REALTIME;
    *now = (struct timespec){ ns / 1000000000, ns % 1000000000 };
    return 0;
}

static void kernel_goes_on(int64_t ns) {
    kernel_monotonic_ns += ns;
    kernel_wall_ns += ns;
}

enum { MS = 1000000 };

/* The tests of the kernel's clock come first: there is no way back from a faked one. */
static void test_time_is_never_0(void **state) {
    (void) state;
    assert_true(clock_ms() > 0);
    clock_update(); /* of a machine that boots this very moment */
    assert_true(clock_ms() > 0);
    assert_true(clock_precise_us() > 0);
}

static void test_time_stands_until_updated(void **state) {
    int64_t before, wall_before;

    (void) state;
    kernel_monotonic_ns = 86400123 * (int64_t) MS + 456789;
    kernel_wall_ns = 1795263326987 * MS + 999999;
    clock_update();
    before = clock_ms();
    wall_before = clock_wall_ms();
    assert_int_equal(wall_before, 1795263326987);
    kernel_goes_on(2 * MS);
    assert_int_equal(clock_ms(), before);
    assert_int_equal(clock_wall_ms(), wall_before);
    clock_update();
    assert_int_equal(clock_ms(), before + 2);
    assert_int_equal(clock_wall_ms(), wall_before + 2);
}

/* Time-outs are compared with each other, so only the differences count. */
static void test_monotonic_time_follows_the_kernel(void **state) {
    int64_t before;
    int i;

    (void) state;
    kernel_monotonic_ns = 86400000 * (int64_t) MS;
    clock_update();
    before = clock_ms();
    for (i = 0; i < 10000; i++) {
        kernel_goes_on(MS / 2 + 7 * MS);
        clock_update();
        assert_int_equal(clock_ms(), before + (i + 1) * 15 / 2);
    }
}

static void test_wall_time_is_asked_every_100_ms(void **state) {
    int64_t wall_before;

    (void) state;
    kernel_goes_on(1000 * MS);
    clock_update();
    wall_askings = 0;
    wall_before = clock_wall_ms();
    kernel_wall_ns -= 3600000 * (int64_t) MS; /* somebody sets the clock back */
    kernel_goes_on(99 * MS);
    clock_update();
    assert_int_equal(clock_wall_ms(), wall_before + 99);
    assert_int_equal(wall_askings, 0);
    kernel_goes_on(MS);
    clock_update();
    assert_int_equal(clock_wall_ms(), wall_before - 3600000 + 100);
    assert_int_equal(wall_askings, 1);
    clock_update();
    assert_int_equal(wall_askings, 1);
}

static void test_precise_time_needs_no_update(void **state) {
    int64_t before;

    (void) state;
    kernel_monotonic_ns = 86400123 * (int64_t) MS + 456789;
    clock_update();
    before = clock_precise_us();
    assert_int_equal(before, clock_ms() * 1000 + 456); /* of the same clock */
    kernel_goes_on(5 * MS + 600000);
    assert_int_equal(clock_precise_us(), before + 5600);
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
    assert_text(clock_syslog_text(), "Nov 21 12:15:26");
    clock_fake(1, 1796083200000);
    assert_text(clock_syslog_text(), "Dec  1 00:00:00");
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

static void test_texts_half_a_day_east(void **state) {
    (void) state;
    set_zone("LINT-14");
    clock_fake(1, 1795263328500);
    assert_text(clock_access_log_text(), "22/Nov/2026:02:15:28 +1400");
    assert_text(clock_iso8601_text(), "2026-11-22T02:15:28+14:00");
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
    clock_fake(1, 1795263329000);
    assert_text(clock_access_log_text(), "21/Nov/2026:11:45:29 -0030");
    assert_text(clock_iso8601_text(), "2026-11-21T11:45:29-00:30");
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
    clock_fake(1, 1795263341000);
    text = clock_error_log_text();
    assert_text(text, "2026/11/21 12:15:41");
    set_zone("XXX1");
    clock_fake(2, 1795263341999);
    assert_text(clock_error_log_text(), "2026/11/21 12:15:41");
    clock_fake(3, 1795263342000);
    assert_text(clock_error_log_text(), "2026/11/21 11:15:42");
    assert_text(clock_iso8601_text(), "2026-11-21T11:15:42-01:00");
}

/* Seconds that are made out of turn: each text belongs to the time at which it is asked for. */
static void test_each_text_is_renewed_by_itself(void **state) {
    (void) state;
    set_zone("UTC0");
    clock_fake(1, 1795263351000);
    assert_text(clock_error_log_text(), "2026/11/21 12:15:51");
    clock_fake(1, 1795263352000);
    assert_text(clock_http_text(), "Sat, 21 Nov 2026 12:15:52 GMT");
    clock_fake(1, 1795263353000);
    assert_text(clock_access_log_text(), "21/Nov/2026:12:15:53 +0000");
    assert_text(clock_iso8601_text(), "2026-11-21T12:15:53+00:00");
    assert_text(clock_error_log_text(), "2026/11/21 12:15:53");
    assert_text(clock_http_text(), "Sat, 21 Nov 2026 12:15:53 GMT");
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
        cmocka_unit_test(test_time_is_never_0),
        cmocka_unit_test(test_time_stands_until_updated),
        cmocka_unit_test(test_monotonic_time_follows_the_kernel),
        cmocka_unit_test(test_wall_time_is_asked_every_100_ms),
        cmocka_unit_test(test_precise_time_needs_no_update),
        cmocka_unit_test(test_faked_time_is_what_was_set),
        cmocka_unit_test(test_texts_in_utc),
        cmocka_unit_test(test_texts_east_of_greenwich),
        cmocka_unit_test(test_texts_half_a_day_east),
        cmocka_unit_test(test_texts_west_of_greenwich),
        cmocka_unit_test(test_texts_west_by_less_than_an_hour),
        cmocka_unit_test(test_leap_day_and_far_years),
        cmocka_unit_test(test_texts_change_with_the_second),
        cmocka_unit_test(test_each_text_is_renewed_by_itself),
        cmocka_unit_test(test_names_of_days_and_months),
    };

    return cmocka_run_group_tests_name("base/clock", tests, NULL, NULL);
}
