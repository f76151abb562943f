/* SPDX-License-Identifier: BSD-2-Clause */
/* Tests of message/byte_class: each class against its list in the RFC. */
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
    expect_class(BYTE_CAPITAL, c >= 'A' && c <= 'Z');
    expect_class(BYTE_METHOD | BYTE_NAME, is_letter_or_digit(c) || c == '-' || c == '_');
}

static void test_runs(void **state) {
    (void) state;
    assert_int_equal(byte_run(STR("GET /"), BYTE_METHOD), 3);
    assert_int_equal(byte_run(STR("GET"), BYTE_METHOD), 3);
    assert_int_equal(byte_run(STR(" GET"), BYTE_METHOD), 0);
    assert_int_equal(byte_run(STR_NONE, BYTE_METHOD), 0);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_classes),
        cmocka_unit_test(test_runs),
    };

    return cmocka_run_group_tests_name("message/byte_class", tests, NULL, NULL);
}
