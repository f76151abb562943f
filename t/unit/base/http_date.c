/* SPDX-License-Identifier: BSD-2-Clause */
/* Tests of base/http_date; the C library is the other opinion. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

#include "base/http_date.h"

#include <time.h>

#define NOW INT64_C(1795219200) /* in November 2026 */

static void assert_date(const char *text, int64_t expected) {
    int64_t seconds;

    if (!parse_http_date(str_from(text), NOW, &seconds)) {
        fail_msg("\"%s\" is refused", text);
    }
    assert_int_equal(seconds, expected);
}

static void assert_no_date(const char *text) {
    int64_t seconds;

    if (parse_http_date(str_from(text), NOW, &seconds)) {
        fail_msg("\"%s\" is taken", text);
    }
}

static void three_forms_are_read(void **state) {
    (void) state;
    assert_date("Sun, 06 Nov 1994 08:49:37 GMT", 784111777);
    assert_date("Sunday, 06-Nov-94 08:49:37 GMT", 784111777);
    assert_date("Sun Nov  6 08:49:37 1994", 784111777);
    assert_date("Sun Nov 16 08:49:37 1994", 784975777);
    assert_date("Thu, 01 Jan 1970 00:00:00 GMT", 0);
    assert_date("Wed, 31 Dec 1969 23:59:59 GMT", -1);
    assert_date("Fri, 31 Dec 9999 23:59:59 GMT", HTTP_DATE_MAX);
    assert_date("Thu, 29 Feb 2024 00:00:00 GMT", 1709164800);
    assert_date("Sat, 31 Dec 2016 23:59:60 GMT", 1483228800);
    assert_date("Mon, 06 Nov 1994 08:49:37 GMT", 784111777); /* it was no Monday */
}

/* RFC 9110 section 5.6.7: more than 50 years ahead means the past. */
static void two_digits_of_a_year_mean_the_nearer_past(void **state) {
    int64_t seconds;

    (void) state;
    assert_date("Tuesday, 01-Dec-76 00:00:00 GMT", 3374006400);
    assert_date("Thursday, 01-Dec-77 00:00:00 GMT", 249782400);
    assert_date("Friday, 01-Dec-00 00:00:00 GMT", 975628800);
    assert_true(parse_http_date(STR("Friday, 01-Jan-10 00:00:00 GMT"), INT64_C(3155760000),
                                &seconds));
    assert_int_equal(seconds, INT64_C(4417977600)); /* in 2070, 2110 is 40 years ahead */
}

static void other_texts_are_refused(void **state) {
    static const char *const texts[] = {
        "", "0", "Sun", "Sun,", "sun, 06 Nov 1994 08:49:37 GMT", "Sun, 06 nov 1994 08:49:37 GMT",
        "Sun, 06 Nov 1994 08:49:37", "Sun, 06 Nov 1994 08:49:37 UTC",
        "Sun, 06 Nov 1994 08:49:37 GMT ", "Sun, 6 Nov 1994 08:49:37 GMT",
        "Sun, 06 Nov 94 08:49:37 GMT", "Sun, 06-Nov-94 08:49:37 GMT",
        "Sunday, 06 Nov 1994 08:49:37 GMT", "Sunday Nov  6 08:49:37 1994",
        "Sun, 00 Nov 1994 08:49:37 GMT", "Sun, 31 Nov 1994 08:49:37 GMT",
        "Sun, 29 Feb 2023 08:49:37 GMT", "Sun, 29 Feb 1900 08:49:37 GMT",
        "Sun, 06 Nov 1994 24:49:37 GMT", "Sun, 06 Nov 1994 08:60:37 GMT",
        "Sun, 06 Nov 1994 08:49:61 GMT", "Sun, 06 Nov 0000 08:49:37 GMT",
        "Sun, -6 Nov 1994 08:49:37 GMT", "Sun Nov 6 08:49:37 1994", "Sun Nov  6 08:49:37 1994 GMT",
    };
    size_t i;

    (void) state;
    for (i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
        assert_no_date(texts[i]);
    }
}

/* Every part of a date at every length less than the whole. */
static void cut_texts_are_refused(void **state) {
    static const char *const texts[] = { "Sun, 06 Nov 1994 08:49:37 GMT",
                                         "Sunday, 06-Nov-94 08:49:37 GMT",
                                         "Sun Nov  6 08:49:37 1994" };
    size_t i, len;
    int64_t seconds;

    (void) state;
    for (i = 0; i < 3; i++) {
        for (len = 0; len < strlen(texts[i]); len++) {
            assert_false(parse_http_date(str_make(texts[i], len), NOW, &seconds));
        }
    }
}

static void days_are_those_of_the_c_library(void **state) {
    char text[HTTP_DATE_LEN + 1] = "", expected[64];
    int64_t seconds, again;

    (void) state;
    /* A prime number of seconds, about 100 days: all months, times and leap years come up. */
    for (seconds = 0; seconds <= HTTP_DATE_MAX; seconds += 8640019) {
        time_t time = (time_t) seconds;
        struct tm tm;

        gmtime_r(&time, &tm);
        strftime(expected, sizeof(expected), "%a, %d %b %Y %H:%M:%S GMT", &tm);
        format_http_date(seconds, text);
        assert_string_equal(text, expected);
        assert_true(parse_http_date(str_from(text), NOW, &again));
        assert_int_equal(again, seconds);
    }
}

static void every_day_of_400_years_comes_back(void **state) {
    char text[HTTP_DATE_LEN];
    int64_t day, again;

    (void) state;
    for (day = 0; day < 146097; day++) {
        format_http_date(day * 86400, text);
        assert_true(parse_http_date(str_make(text, HTTP_DATE_LEN), NOW, &again));
        assert_int_equal(again, day * 86400);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(three_forms_are_read),
        cmocka_unit_test(two_digits_of_a_year_mean_the_nearer_past),
        cmocka_unit_test(other_texts_are_refused),
        cmocka_unit_test(cut_texts_are_refused),
        cmocka_unit_test(days_are_those_of_the_c_library),
        cmocka_unit_test(every_day_of_400_years_comes_back),
    };

    return cmocka_run_group_tests_name("base/http_date", tests, NULL, NULL);
}
