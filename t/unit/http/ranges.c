/* SPDX-License-Identifier: BSD-2-Clause */
/* Tests of http/ranges, on a body of 26 bytes. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "http/ranges.h"

#include <stdio.h>

enum { LENGTH = 26 };

/* "0-4 6-25", "none", "bad". */
static void assert_ranges_of(const char *value, uint64_t length, unsigned max,
                             const char *expected) {
    struct ranges ranges;
    struct range range;
    char text[128] = "";
    size_t used = 0;
    unsigned count = 0;

    switch (parse_ranges(str_from(value), length, max, &ranges)) {
    case RANGES_NONE:
        assert_string_equal("none", expected);
        return;
    case RANGES_BAD:
        assert_string_equal("bad", expected);
        return;
    case RANGES_SOME:
        break;
    }
    while (ranges_take(&ranges, &range)) {
        used += (size_t) snprintf(text + used, sizeof(text) - used, "%s%u-%u",
                                  count++ > 0 ? " " : "", (unsigned) range.start,
                                  (unsigned) range.end - 1);
    }
    assert_int_equal(count, ranges.count);
    assert_string_equal(text, expected);
}

static void assert_ranges(const char *value, const char *expected) {
    assert_ranges_of(value, LENGTH, 8, expected);
}

static void one_range_is_read(void **state) {
    (void) state;
    assert_ranges("bytes=0-0", "0-0");
    assert_ranges("bytes=5-", "5-25");
    assert_ranges("bytes=-5", "21-25");
    assert_ranges("bytes=-100", "0-25");
    assert_ranges("bytes=3-1000", "3-25");
    assert_ranges("BYTES= 0 - 4 ", "0-4");
    assert_ranges("bytes=0000-0004", "0-4");
}

static void several_are_read_in_their_order(void **state) {
    (void) state;
    assert_ranges("bytes=6-8,0-4", "6-8 0-4");
    assert_ranges("bytes=0-0, -1", "0-0 25-25");
    assert_ranges("bytes=100-200,0-4,30-", "0-4");
    assert_ranges("bytes=0-4,2-6", "0-4 2-6");
}

static void other_values_mean_nothing(void **state) {
    (void) state;
    assert_ranges("", "none");
    assert_ranges("bytes=", "none");
    assert_ranges("bytes 0-4", "none");
    assert_ranges("lines=0-4", "none");
}

static void what_is_no_range_is_bad(void **state) {
    (void) state;
    assert_ranges("bytes=-", "bad");
    assert_ranges("bytes=0", "bad");
    assert_ranges("bytes=a-b", "bad");
    assert_ranges("bytes=0--1", "bad");
    assert_ranges("bytes=0-5-6", "bad");
    assert_ranges("bytes=0-4,", "bad");
    assert_ranges("bytes=,0-4", "bad");
    assert_ranges("bytes=99999999999999999999-", "bad");
    assert_ranges("bytes=0-99999999999999999999", "bad");
}

static void what_is_not_there_is_bad(void **state) {
    (void) state;
    assert_ranges("bytes=26-", "bad");
    assert_ranges("bytes=5-4", "bad");
    assert_ranges("bytes=-0", "bad");
    assert_ranges_of("bytes=2-5", 0, 8, "bad");
    assert_ranges_of("bytes=0-5", 0, 8, "none");
}

static void too_many_or_too_much_is_all(void **state) {
    (void) state;
    assert_ranges_of("bytes=0-0,1-1", LENGTH, 2, "0-0 1-1");
    assert_ranges_of("bytes=0-0,1-1,2-2", LENGTH, 2, "none");
    assert_ranges("bytes=0-,0-", "none");
    assert_ranges("bytes=0-24,0-1", "none");
    assert_ranges("bytes=0-24,25-", "0-24 25-25");
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(one_range_is_read),
        cmocka_unit_test(several_are_read_in_their_order),
        cmocka_unit_test(other_values_mean_nothing),
        cmocka_unit_test(what_is_no_range_is_bad),
        cmocka_unit_test(what_is_not_there_is_bad),
        cmocka_unit_test(too_many_or_too_much_is_all),
    };

    return cmocka_run_group_tests_name("http/ranges", tests, NULL, NULL);
}
