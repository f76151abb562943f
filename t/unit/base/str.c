/* SPDX-License-Identifier: BSD-2-Clause */
/* Unit tests of base/str: views of bytes, among them empty ones, NUL bytes and no memory at all. */
#include "base/str.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include <cmocka.h>

#define assert_str(s, expected) assert_true(str_equal((s), STR(expected)))

static void test_literal_counts_nul_bytes(void **state) {
    static const struct str constant = STR("a\0b");

    (void) state;
    assert_int_equal(constant.len, 3);
    assert_int_equal(STR("").len, 0);
    assert_non_null(STR("").data);
    assert_null(STR_NONE.data);
}

static void test_made_from_c_strings(void **state) {
    (void) state;
    assert_int_equal(str_from("abc").len, 3);
    assert_int_equal(str_from("").len, 0);
    assert_int_equal(str_from(NULL).len, 0);
    assert_null(str_from(NULL).data);
    assert_str(str_make("abcdef", 2), "ab");
}

static void test_printed_by_arguments(void **state) {
    struct str vast = { "abc", (size_t) 1 << 32 | 0xFFFFFFFF };
    char text[16];

    (void) state;
    snprintf(text, sizeof(text), "<%.*s>", STR_ARG(str_make("abcdef", 2)));
    assert_string_equal(text, "<ab>");
    snprintf(text, sizeof(text), "<%.*s>", STR_ARG(STR_NONE));
    assert_string_equal(text, "<>");
    snprintf(text, sizeof(text), "%d %s", STR_ARG(vast));
    assert_string_equal(text, "2147483647 abc");
}

static void test_equal(void **state) {
    (void) state;
    assert_true(str_equal(STR("abc"), str_make("abcd", 3)));
    assert_false(str_equal(STR("abc"), STR("abd")));
    assert_false(str_equal(STR("abc"), STR("ab")));
    assert_false(str_equal(STR("a\0b"), STR("a\0c")));
    assert_false(str_equal(STR("a"), STR("b")));
    assert_true(str_equal(STR_NONE, STR_NONE));
    assert_true(str_equal(STR_NONE, STR("")));
    assert_true(str_is(STR("abc"), "abc"));
    assert_false(str_is(STR("abc\0"), "abc"));
    assert_false(str_is(STR("Abc"), "abc"));
    assert_true(str_is(STR_NONE, ""));
}

static void test_equal_whatever_the_case(void **state) {
    (void) state;
    assert_true(str_equal_nocase(STR("Content-Length"), STR("cONTENT-lENGTH")));
    assert_false(str_equal_nocase(STR("abc"), STR("abd")));
    assert_false(str_equal_nocase(STR("abc"), STR("ab")));
    assert_true(str_equal_nocase(STR_NONE, STR("")));
    /* Characters that differ from another in bit 0x20 alone without being letters. */
    assert_false(str_equal_nocase(STR("@"), STR("`")));
    assert_false(str_equal_nocase(STR("["), STR("{")));
    assert_false(str_equal_nocase(STR("\r"), STR("-")));
    assert_false(str_equal_nocase(STR("\xC4"), STR("\xE4")));
    assert_true(str_equal_nocase(STR("AZ"), STR("az")));
}

static void test_starts_and_ends(void **state) {
    (void) state;
    assert_true(str_starts(STR("abc"), STR("ab")));
    assert_true(str_starts(STR("abc"), STR("abc")));
    assert_false(str_starts(STR("abc"), STR("abcd")));
    assert_false(str_starts(STR("abc"), STR("bc")));
    assert_false(str_starts(STR("abc"), STR("b")));
    assert_false(str_starts(STR("abc"), STR("AB")));
    assert_true(str_starts(STR("abc"), STR_NONE));
    assert_true(str_starts(STR_NONE, STR_NONE));
    assert_false(str_starts(STR_NONE, STR("a")));

    assert_true(str_starts_nocase(STR("abc"), STR("AB")));
    assert_false(str_starts_nocase(STR("abc"), STR("AC")));
    assert_false(str_starts_nocase(STR("a"), STR("AB")));
    assert_true(str_starts_nocase(STR_NONE, STR("")));

    assert_true(str_ends(STR("abc"), STR("bc")));
    assert_true(str_ends(STR("abc"), STR("abc")));
    assert_false(str_ends(STR("abc"), STR("ab")));
    assert_false(str_ends(STR("abc"), STR("b")));
    assert_false(str_ends(STR("bc"), STR("abc")));
    assert_true(str_ends(STR("abc"), STR_NONE));
    assert_true(str_ends(STR_NONE, STR_NONE));
}

static void test_parts_by_index(void **state) {
    struct str s = STR("abc");

    (void) state;
    assert_str(str_from_byte(s, 0), "abc");
    assert_str(str_from_byte(s, 1), "bc");
    assert_str(str_from_byte(s, 3), "");
    assert_str(str_from_byte(s, SIZE_MAX), "");
    assert_ptr_equal(str_from_byte(s, SIZE_MAX).data, s.data + 3);
    assert_null(str_from_byte(STR_NONE, 5).data);
    assert_str(str_first(s, 0), "");
    assert_str(str_first(s, 2), "ab");
    assert_str(str_first(s, 3), "abc");
    assert_str(str_first(s, SIZE_MAX), "abc");
    assert_null(str_first(STR_NONE, 5).data);
}

static void test_characters(void **state) {
    int c;

    (void) state;
    for (c = 0; c < 256; c++) {
        char lower = c >= 'A' && c <= 'Z' ? (char) (c - 'A' + 'a') : (char) c;

        assert_int_equal(char_lower((char) c), lower);
        assert_int_equal(char_is_digit((char) c), c >= '0' && c <= '9');
    }
}

static void test_compare(void **state) {
    (void) state;
    assert_int_equal(str_compare(STR("abc"), STR("abc")), 0);
    assert_true(str_compare(STR("abc"), STR("abd")) < 0);
    assert_true(str_compare(STR("b"), STR("abd")) > 0);
    assert_true(str_compare(STR("ab"), STR("abc")) < 0);
    assert_true(str_compare(STR("abc"), STR("ab")) > 0);
    assert_true(str_compare(STR("\x80"), STR("\x7F")) > 0); /* bytes have no sign */
    assert_true(str_compare(STR("a\0b"), STR("a\0c")) < 0);
    assert_int_equal(str_compare(STR_NONE, STR("")), 0);
    assert_true(str_compare(STR_NONE, STR("a")) < 0);
}

static void test_find_characters(void **state) {
    (void) state;
    assert_int_equal(str_find_char(STR("abcabc"), 'b'), 1);
    assert_int_equal(str_find_char(STR("abcabc"), 'x'), 6);
    assert_int_equal(str_find_char(STR("ab\0c"), '\0'), 2);
    assert_int_equal(str_find_char(str_make("abc", 2), 'c'), 2);
    assert_int_equal(str_find_char(STR("a"), 'a'), 0);
    assert_int_equal(str_find_char(STR_NONE, 'a'), 0);
    assert_int_equal(str_find_last_char(STR("abcabc"), 'b'), 4);
    assert_int_equal(str_find_last_char(STR("abcabc"), 'a'), 3);
    assert_int_equal(str_find_last_char(STR("abcabc"), 'x'), 6);
    assert_int_equal(str_find_last_char(str_make("abcc", 3), 'c'), 2);
    assert_int_equal(str_find_last_char(STR("a"), 'a'), 0);
    assert_int_equal(str_find_last_char(STR_NONE, 'a'), 0);
}

static void test_find_text(void **state) {
    (void) state;
    assert_int_equal(str_find(STR("abcabd"), STR("abd")), 3);
    assert_int_equal(str_find(STR("abcabd"), STR("ab")), 0);
    assert_int_equal(str_find(STR("abcabd"), STR("abe")), 6);
    assert_int_equal(str_find(STR("ab"), STR("abc")), 2);
    assert_int_equal(str_find(STR("a\0bc"), STR("\0b")), 1);
    assert_int_equal(str_find(str_make("abcd", 3), STR("cd")), 3);
    assert_int_equal(str_find(STR("abc"), STR("c")), 2);
    assert_int_equal(str_find(STR("a"), STR("a")), 0);
    assert_int_equal(str_find(STR("abc"), STR_NONE), 0);
    assert_int_equal(str_find(STR_NONE, STR_NONE), 0);
    assert_int_equal(str_find(STR_NONE, STR("a")), 0);
}

static void test_trim(void **state) {
    (void) state;
    assert_str(str_trim(STR(" \t a b\t ")), "a b");
    assert_str(str_trim(STR("a")), "a");
    assert_str(str_trim(STR("a  ")), "a");
    assert_str(str_trim(STR("\t\ta")), "a");
    assert_str(str_trim(STR(" \t ")), "");
    assert_str(str_trim(STR(" ")), "");
    assert_str(str_trim(STR("\t")), "");
    assert_str(str_trim(STR("\ra\n")), "\ra\n"); /* field values end before those */
    assert_str(str_trim(STR_NONE), "");
}

static void test_take_parts(void **state) {
    static const struct str expected[] = { STR("a"), STR(""), STR("b c"), STR("") };
    struct str rest = STR("a,,b c,"), part;
    int i;

    (void) state;
    for (i = 0; i < 4; i++) {
        assert_true(str_take_part(&rest, ',', &part));
        assert_true(str_equal(part, expected[i]));
    }
    assert_null(rest.data);
    assert_false(str_take_part(&rest, ',', &part));

    rest = STR("");
    assert_true(str_take_part(&rest, ',', &part));
    assert_int_equal(part.len, 0);
    assert_false(str_take_part(&rest, ',', &part));

    rest = STR("alone");
    assert_true(str_take_part(&rest, ',', &part));
    assert_str(part, "alone");
    assert_false(str_take_part(&rest, ',', &part));

    rest = str_from(NULL);
    assert_false(str_take_part(&rest, ',', &part));
}

static void test_distance(void **state) {
    (void) state;
    assert_int_equal(str_distance(STR("listen"), STR("listen"), 3), 0);
    assert_int_equal(str_distance(STR("listen"), STR("lisen"), 3), 1);
    assert_int_equal(str_distance(STR("lisen"), STR("listen"), 3), 1);
    assert_int_equal(str_distance(STR("listen"), STR("lasten"), 3), 1);
    assert_int_equal(str_distance(STR("kitten"), STR("sitting"), 5), 3);
    assert_int_equal(str_distance(STR("abcd"), STR(""), 9), 4);
    assert_int_equal(str_distance(STR(""), STR("abcd"), 9), 4);
    assert_int_equal(str_distance(STR_NONE, STR_NONE, 9), 0);
    assert_int_equal(str_distance(STR("Listen"), STR("listen"), 3), 1);
}

static void test_distance_of_swapped_neighbours(void **state) {
    (void) state;
    assert_int_equal(str_distance(STR("listen"), STR("lisetn"), 3), 1);
    assert_int_equal(str_distance(STR("ab"), STR("ba"), 3), 1);
    assert_int_equal(str_distance(STR("abcd"), STR("badc"), 3), 2);
    assert_int_equal(str_distance(STR("abc"), STR("cba"), 3), 2); /* those are no neighbours */
    assert_int_equal(str_distance(STR("ca"), STR("abc"), 9), 3); /* nor here, once b is in */
}

static void test_distance_has_limits(void **state) {
    char a[66], b[66];

    (void) state;
    assert_int_equal(str_distance(STR("kitten"), STR("sitting"), 3), 3);
    assert_int_equal(str_distance(STR("kitten"), STR("sitting"), 2), 3);
    assert_int_equal(str_distance(STR("kitten"), STR("sitting"), 0), 1);
    memset(a, 'a', sizeof(a));
    memset(b, 'b', sizeof(b));
    assert_int_equal(str_distance(str_make(a, 64), str_make(b, 64), 100), 64);
    assert_int_equal(str_distance(str_make(a, 64), str_make(a, 64), 2), 0);
    assert_int_equal(str_distance(str_make(a, 65), str_make(a, 65), 2), 3);
    assert_int_equal(str_distance(str_make(a, 65), str_make(a, 64), 2), 3);
    assert_int_equal(str_distance(str_make(a, 64), str_make(a, 65), 2), 3);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_literal_counts_nul_bytes),
        cmocka_unit_test(test_made_from_c_strings),
        cmocka_unit_test(test_printed_by_arguments),
        cmocka_unit_test(test_equal),
        cmocka_unit_test(test_equal_whatever_the_case),
        cmocka_unit_test(test_starts_and_ends),
        cmocka_unit_test(test_parts_by_index),
        cmocka_unit_test(test_characters),
        cmocka_unit_test(test_compare),
        cmocka_unit_test(test_find_characters),
        cmocka_unit_test(test_find_text),
        cmocka_unit_test(test_trim),
        cmocka_unit_test(test_take_parts),
        cmocka_unit_test(test_distance),
        cmocka_unit_test(test_distance_of_swapped_neighbours),
        cmocka_unit_test(test_distance_has_limits),
    };

    return cmocka_run_group_tests_name("base/str", tests, NULL, NULL);
}
