/* SPDX-License-Identifier: BSD-2-Clause */
/* Tests of message/byte_find: every byte at every place, against what byte_class says of it. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "message/byte_find.h"

#include <stdlib.h>

enum { LEN = 41 };

static size_t find_control_from_start(struct str text) {
    return find_control(text, 0);
}

static bool is_no_control(char c) {
    return (unsigned char) c >= ' ';
}

static bool is_name(char c) {
    return byte_is(c, BYTE_NAME);
}

static bool is_target(char c) {
    return byte_is(c, BYTE_TARGET);
}

/* Texts of every length, of good bytes with any byte at any place, in memory of just their size. */
static void expect_run(size_t (*run)(struct str text), bool (*is_good)(char c),
                       const char *fillers) {
    size_t len, at;
    int c;

    for (; *fillers != '\0'; fillers++) {
        for (len = 0; len <= LEN; len++) {
            char *text = malloc(len);

            memset(text, *fillers, len);
            assert_int_equal(run(str_make(text, len)), len);
            for (at = 0; at < len; at++) {
                for (c = 0; c < 256; c++) {
                    text[at] = (char) c;
                    if (run(str_make(text, len)) != (is_good((char) c) ? len : at)) {
                        fail_msg("byte %#x at %zu of %zu", (unsigned) c, at, len);
                    }
                }
                text[at] = *fillers;
            }
            free(text);
        }
    }
}

static size_t run_name(struct str text) {
    return find_no_name(text, 0);
}

static void test_names(void **state) {
    (void) state;
    expect_run(run_name, is_name, "aZ9-");
}

static void test_targets(void **state) {
    (void) state;
    expect_run(byte_run_target, is_target, "/!~\x80\xff");
}

static void test_controls(void **state) {
    (void) state;
    expect_run(find_control_from_start, is_no_control, " a\x7f\x80\x9f\xff");
}

static void test_controls_from_a_place_on(void **state) {
    char text[LEN];
    size_t at, from;

    (void) state;
    memset(text, 'a', LEN);
    for (at = 0; at < LEN; at++) {
        text[at] = '\r';
        for (from = 0; from <= LEN; from++) {
            assert_int_equal(find_control(str_make(text, LEN), from), from <= at ? at : LEN);
        }
        text[at] = 'a';
    }
}

static void test_first_of_several(void **state) {
    (void) state;
    assert_int_equal(find_control(STR("ab\rcd\nefgh\0ijklmnopqr"), 0), 2);
    assert_int_equal(find_control(STR("ab\rcd\nefgh\0ijklmnopqr"), 3), 5);
    assert_int_equal(find_control(STR("\t\t\t\t\t\t\t\t\t\t\t\t\t\t\t\t\t\t"), 17), 17);
    assert_int_equal(find_no_name(STR("Name: value: and more of it"), 0), 4);
    assert_int_equal(find_no_name(STR("Name: value: and More: x"), 17), 21);
    assert_int_equal(byte_run_target(STR("/a b c and more, and more of it")), 2);
    assert_int_equal(find_control(STR_NONE, 0), 0);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_names),
        cmocka_unit_test(test_targets),
        cmocka_unit_test(test_controls),
        cmocka_unit_test(test_controls_from_a_place_on),
        cmocka_unit_test(test_first_of_several),
    };

    return cmocka_run_group_tests_name("message/byte_find", tests, NULL, NULL);
}
