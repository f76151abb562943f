/* SPDX-License-Identifier: BSD-2-Clause */
/* Unit tests of base/number: every border of the parsers, and sums that overflow. */
#include "base/number.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "dies.h"

/* What no parser of digits takes. */
static const struct str bad[] = { { NULL, 0 }, STR(""),    STR(" "),   STR("-"),   STR("+1"),
                                  STR(" 1"),   STR("1 "),  STR("1\0"), STR("\0"),  STR("1-"),
                                  STR("0x1"),  STR("1,0"), STR("1\n"), STR("--1"), STR("\xB2") };
enum { BAD = sizeof(bad) / sizeof(bad[0]), UNTOUCHED = 77 };

static void test_sums_and_products(void **state) {
    (void) state;
    assert_true(size_add(SIZE_MAX - 1, 1) == SIZE_MAX);
    assert_true(size_mul(SIZE_MAX / 5, 5) == SIZE_MAX);
    assert_int_equal(size_mul(0, SIZE_MAX), 0);
    assert_dies("add_overflow", size_add(SIZE_MAX, 1));
    assert_dies("mul_overflow", size_mul(SIZE_MAX / 2 + 1, 2));
}

static void test_decimal(void **state) {
    uint64_t number = UNTOUCHED;
    size_t i;

    (void) state;
    for (i = 0; i < BAD; i++) {
        assert_false(parse_decimal(bad[i], UINT64_MAX, &number));
    }
    assert_false(parse_decimal(STR("1a"), UINT64_MAX, &number));
    assert_int_equal(number, UNTOUCHED);
    assert_true(parse_decimal(STR("0"), 0, &number));
    assert_int_equal(number, 0);
    assert_true(parse_decimal(STR("0000000000000000000000000000017"), 17, &number));
    assert_int_equal(number, 17);
    assert_true(parse_decimal(str_make("123", 2), 99, &number));
    assert_int_equal(number, 12);
    assert_true(parse_decimal(STR("1234567890"), UINT64_MAX, &number));
    assert_int_equal(number, 1234567890);
}

static void test_decimal_borders(void **state) {
    uint64_t number = UNTOUCHED;

    (void) state;
    assert_true(parse_decimal(STR("100"), 100, &number));
    assert_false(parse_decimal(STR("101"), 100, &number));
    assert_int_equal(number, 100);
    assert_true(parse_decimal(STR("18446744073709551615"), UINT64_MAX, &number));
    assert_true(number == UINT64_MAX);
    assert_false(parse_decimal(STR("18446744073709551616"), UINT64_MAX, &number));
    assert_false(parse_decimal(STR("18446744073709551620"), UINT64_MAX, &number));
    assert_false(parse_decimal(STR("184467440737095516150"), UINT64_MAX, &number));
    assert_false(parse_decimal(STR("99999999999999999999999"), UINT64_MAX, &number));
}

static void test_signed(void **state) {
    int64_t number = UNTOUCHED;
    size_t i;

    (void) state;
    for (i = 0; i < BAD; i++) {
        assert_false(parse_signed(bad[i], INT64_MIN, INT64_MAX, &number));
    }
    assert_int_equal(number, UNTOUCHED);
    assert_true(parse_signed(STR("-5"), -5, 5, &number));
    assert_int_equal(number, -5);
    assert_true(parse_signed(STR("5"), -5, 5, &number));
    assert_int_equal(number, 5);
    assert_false(parse_signed(STR("-6"), -5, 5, &number));
    assert_false(parse_signed(STR("6"), -5, 5, &number));
    assert_int_equal(number, 5);
    assert_true(parse_signed(STR("-0"), 0, 0, &number));
    assert_int_equal(number, 0);
}

static void test_signed_borders(void **state) {
    int64_t number = 0;

    (void) state;
    assert_true(parse_signed(STR("9223372036854775807"), INT64_MIN, INT64_MAX, &number));
    assert_true(number == INT64_MAX);
    assert_true(parse_signed(STR("-9223372036854775808"), INT64_MIN, INT64_MAX, &number));
    assert_true(number == INT64_MIN);
    assert_false(parse_signed(STR("9223372036854775808"), INT64_MIN, INT64_MAX, &number));
    assert_false(parse_signed(STR("-9223372036854775809"), INT64_MIN, INT64_MAX, &number));
    assert_false(parse_signed(STR("18446744073709551615"), INT64_MIN, INT64_MAX, &number));
}

static void test_content_length(void **state) {
    uint64_t length = UNTOUCHED;
    size_t i;

    (void) state;
    for (i = 0; i < BAD; i++) {
        assert_false(parse_content_length(bad[i], &length));
    }
    assert_false(parse_content_length(STR("-1"), &length));
    assert_false(parse_content_length(STR("12, 12"), &length));
    assert_false(parse_content_length(STR("9223372036854775808"), &length));
    assert_int_equal(length, UNTOUCHED);
    assert_true(parse_content_length(STR("0"), &length));
    assert_int_equal(length, 0);
    assert_true(parse_content_length(STR("9223372036854775807"), &length));
    assert_true(length == INT64_MAX);
}

static void test_port(void **state) {
    uint16_t port = UNTOUCHED;
    size_t i;

    (void) state;
    for (i = 0; i < BAD; i++) {
        assert_false(parse_port(bad[i], &port));
    }
    assert_false(parse_port(STR("0"), &port));
    assert_false(parse_port(STR("65536"), &port));
    assert_false(parse_port(STR("http"), &port));
    assert_int_equal(port, UNTOUCHED);
    assert_true(parse_port(STR("1"), &port));
    assert_int_equal(port, 1);
    assert_true(parse_port(STR("65535"), &port));
    assert_int_equal(port, 65535);
}

static void test_thousandths(void **state) {
    static const struct str refused[] = { STR("."),   STR(".5"),    STR("2."),   STR("1.2345"),
                                          STR("1.-"), STR("1.2.3"), STR("-1.5"), STR("1. 5"),
                                          STR("1.+5"), STR("1.0a"), STR("a.5") };
    static const struct {
        struct str text;
        unsigned value;
    } taken[] = { { STR("0"), 0 },        { STR("2"), 2000 },     { STR("2.5"), 2500 },
                  { STR("2.05"), 2050 },  { STR("2.005"), 2005 }, { STR("2.50"), 2500 },
                  { STR("0.001"), 1 },    { STR("0.0"), 0 },      { STR("007.25"), 7250 },
                  { STR("1.999"), 1999 } };
    uint64_t value = UNTOUCHED;
    size_t i;

    (void) state;
    for (i = 0; i < BAD; i++) {
        assert_false(parse_thousandths(bad[i], UINT64_MAX, &value));
    }
    for (i = 0; i < sizeof(refused) / sizeof(refused[0]); i++) {
        assert_false(parse_thousandths(refused[i], UINT64_MAX, &value));
    }
    assert_int_equal(value, UNTOUCHED);
    for (i = 0; i < sizeof(taken) / sizeof(taken[0]); i++) {
        assert_true(parse_thousandths(taken[i].text, UINT64_MAX, &value));
        assert_int_equal(value, taken[i].value);
    }
}

static void test_thousandths_borders(void **state) {
    uint64_t value = UNTOUCHED;

    (void) state;
    assert_true(parse_thousandths(STR("1.5"), 1500, &value));
    assert_false(parse_thousandths(STR("1.501"), 1500, &value));
    assert_false(parse_thousandths(STR("2"), 1500, &value));
    assert_false(parse_thousandths(STR("18446744073709551.616"), UINT64_MAX, &value));
    assert_false(parse_thousandths(STR("18446744073709552"), UINT64_MAX, &value));
    assert_false(parse_thousandths(STR("18446744073709551616"), UINT64_MAX, &value));
    assert_int_equal(value, 1500);
    assert_true(parse_thousandths(STR("18446744073709550.999"), UINT64_MAX, &value));
    assert_true(value == 18446744073709550999u);
    assert_true(parse_thousandths(STR("18446744073709551.615"), UINT64_MAX, &value));
    assert_true(value == UINT64_MAX);
}

static void test_hex_digits(void **state) {
    int c;

    (void) state;
    for (c = 0; c < 256; c++) {
        int value = -1;

        if (c >= '0' && c <= '9') {
            value = c - '0';
        } else if ((c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F')) {
            value = c % 32 + 9;
        }
        assert_int_equal(hex_digit((char) c), value);
    }
}

static void assert_formats(uint64_t number, const char *decimal, const char *hex) {
    char text[NUMBER_DIGITS_MAX + 1];

    memset(text, '#', sizeof(text));
    assert_int_equal(format_decimal(text, number), strlen(decimal));
    assert_memory_equal(text, decimal, strlen(decimal));
    assert_int_equal(text[strlen(decimal)], '#');
    memset(text, '#', sizeof(text));
    assert_int_equal(format_hex(text, number), strlen(hex));
    assert_memory_equal(text, hex, strlen(hex));
    assert_int_equal(text[strlen(hex)], '#');
}

static void test_formats(void **state) {
    (void) state;
    assert_formats(0, "0", "0");
    assert_formats(9, "9", "9");
    assert_formats(10, "10", "a");
    assert_formats(16, "16", "10");
    assert_formats(1234567890, "1234567890", "499602d2");
    assert_formats(UINT64_MAX, "18446744073709551615", "ffffffffffffffff");
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_sums_and_products),
        cmocka_unit_test(test_decimal),
        cmocka_unit_test(test_decimal_borders),
        cmocka_unit_test(test_signed),
        cmocka_unit_test(test_signed_borders),
        cmocka_unit_test(test_content_length),
        cmocka_unit_test(test_port),
        cmocka_unit_test(test_thousandths),
        cmocka_unit_test(test_thousandths_borders),
        cmocka_unit_test(test_hex_digits),
        cmocka_unit_test(test_formats),
    };

    return cmocka_run_group_tests_name("base/number", tests, NULL, NULL);
}
