/* SPDX-License-Identifier: BSD-2-Clause */
/* Tests of message/byte_class: each class against its list in the RFC, and control characters at
 * every place. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "message/byte_class.h"

static bool is_letter_or_digit(int c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
}

static bool is_one_of(int c, const char *list) {
    return c != '\0' && strchr(list, c) != NULL;
}

/* For every byte: whether it is of the class must be what `expected` says. */
#define expect_class(class, expected)                                                              \
    do {                                                                                           \
        int c;                                                                                     \
        for (c = 0; c < 256; c++) {                                                                \
            if (byte_is((char) c, class) != (expected)) {                                          \
                fail_msg("byte %#x", (unsigned) c);                                                \
            }                                                                                      \
        }                                                                                          \
    } while (0)

static void test_classes(void **state) {
    (void) state;
    expect_class(BYTE_NAME, is_letter_or_digit(c) || c == '-');
    expect_class(BYTE_TOKEN, is_letter_or_digit(c) || is_one_of(c, "!#$%&'*+-.^_`|~"));
    expect_class(BYTE_HOST, is_letter_or_digit(c) || is_one_of(c, "-._~!$&'()*+,;="));
    expect_class(BYTE_TARGET, c > ' ' && c != 0x7f);
    expect_class(BYTE_METHOD, (c >= 'A' && c <= 'Z') || is_one_of(c, "-_"));
    expect_class(BYTE_TEXT, (c >= ' ' && c != 0x7f) || c == '\t');
    expect_class(BYTE_METHOD | BYTE_NAME, is_letter_or_digit(c) || c == '-' || c == '_');
}

static void test_runs(void **state) {
    (void) state;
    assert_int_equal(byte_run(STR("GET /"), BYTE_METHOD), 3);
    assert_int_equal(byte_run(STR("GET"), BYTE_METHOD), 3);
    assert_int_equal(byte_run(STR(" GET"), BYTE_METHOD), 0);
    assert_int_equal(byte_run(STR_NONE, BYTE_METHOD), 0);
}

/* Every control character, among bytes that differ from one in one bit only, at every distance from
 * the ends of the words that are looked at together. */
static void test_controls(void **state) {
    enum { LEN = 27 };
    static const char fillers[] = { ' ', 'a', '\x7f', '\x80', '\x9f', '\xa0', '\xff' };
    char text[LEN];
    size_t filler, at, from;
    int c;

    (void) state;
    for (filler = 0; filler < sizeof(fillers); filler++) {
        memset(text, fillers[filler], LEN);
        assert_int_equal(find_control(str_make(text, LEN), 0), LEN);
        for (c = 0; c < ' '; c++) {
            for (at = 0; at < LEN; at++) {
                text[at] = (char) c;
                for (from = 0; from <= LEN; from++) {
                    size_t expected = from <= at ? at : LEN;

                    assert_int_equal(find_control(str_make(text, LEN), from), expected);
                }
                text[at] = fillers[filler];
            }
        }
    }
    assert_int_equal(find_control(STR_NONE, 0), 0);
}

static void test_first_of_several_controls(void **state) {
    (void) state;
    assert_int_equal(find_control(STR("ab\rcd\nefgh\0"), 0), 2);
    assert_int_equal(find_control(STR("ab\rcd\nefgh\0"), 3), 5);
    assert_int_equal(find_control(STR("abcdefg\x1f\0"), 0), 7);
    assert_int_equal(find_control(STR("\t\t\t\t\t\t\t\t\t"), 1), 1);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_classes),
        cmocka_unit_test(test_runs),
        cmocka_unit_test(test_controls),
        cmocka_unit_test(test_first_of_several_controls),
    };

    return cmocka_run_group_tests_name("message/byte_class", tests, NULL, NULL);
}
