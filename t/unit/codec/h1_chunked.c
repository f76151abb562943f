/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Tests of codec/h1_chunked: chunked bodies whole, byte by byte and split at every place.
 *
 * "nginx:" notes what Debian's nginx 1.22 does where weir is stricter.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "codec/h1_parse.h"

#include <stdio.h>
#include <stdlib.h>

struct body {
    struct h1_chunked chunked;
    enum h1_result result;
    size_t consumed; /* of all that was shown */
    char data[65536];
    size_t data_len;
};

/* Shows the next bytes, in memory of their own, until they are used up or the body is. */
static void show(struct body *body, struct str bytes) {
    char *copy = malloc(bytes.len);
    size_t at = 0;

    memcpy(copy, bytes.data, bytes.len);
    while (at < bytes.len && body->result == H1_MORE) {
        struct str data = STR("untouched");
        size_t consumed = 0;

        body->result = h1_parse_chunked(&body->chunked, str_make(copy + at, bytes.len - at),
                                        &consumed, &data);
        if (body->result == H1_BAD) {
            break;
        }
        assert_true(consumed > 0 && consumed <= bytes.len - at && data.len <= consumed);
        if (data.len > 0) {
            assert_ptr_equal(data.data + data.len, copy + at + consumed);
            memcpy(body->data + body->data_len, data.data, data.len);
            body->data_len += data.len;
        }
        at += consumed;
    }
    body->consumed += at;
    free(copy);
}

/* In pieces of `step` bytes, the first of them `first` bytes long. */
static void parse(struct body *body, struct str bytes, size_t first, size_t step) {
    struct str rest = bytes;

    memset(body, 0, sizeof(*body));
    body->result = H1_MORE;
    for (show(body, str_first(rest, first)); first < rest.len; first = step) {
        rest = str_from_byte(rest, first);
        show(body, str_first(rest, step));
    }
}

static bool is_as(const struct body *a, const struct body *b) {
    return a->result == b->result && a->data_len == b->data_len
        && memcmp(a->data, b->data, a->data_len) == 0
        && (a->result == H1_BAD || a->consumed == b->consumed);
}

/* In all ways, which must agree; body is the whole one. */
static void parse_in_all_ways(struct body *body, struct str bytes) {
    static struct body other;
    size_t split;

    parse(body, bytes, bytes.len, 1);
    for (split = 0; split < bytes.len; split++) {
        parse(&other, bytes, split > 0 ? split : 1, split > 0 ? bytes.len : 1);
        if (!is_as(&other, body)) {
            fail_msg("split at %zu: %.*s", split, STR_ARG(bytes));
        }
    }
}

static void test_good_bodies(void **state) {
    static const struct {
        struct str bytes;
        const char *data;
    } rows[] = {
        { STR("0\r\n\r\n"), "" },
        { STR("3\r\nabc\r\n0\r\n\r\n"), "abc" },
        { STR("1\r\na\r\n2\r\nbc\r\n0\r\n\r\n"), "abc" },
        { STR("a\r\n0123456789\r\n0\r\n\r\n"), "0123456789" },
        { STR("A\r\n0123456789\r\n0\r\n\r\n"), "0123456789" },
        { STR("1A\r\n01234567890123456789012345\r\n0\r\n\r\n"), "01234567890123456789012345" },
        { STR("000000000000003\r\nabc\r\n000\r\n\r\n"), "abc" },
        { STR("4\r\n\r\n\r\n\r\n0\r\n\r\n"), "\r\n\r\n" },
        { STR("3;a\r\nabc\r\n0;b=c\r\n\r\n"), "abc" },
        { STR("3;a=\"b;c\";d\r\nabc\r\n0\r\n\r\n"), "abc" },
        { STR("3 \t\r\nabc\r\n0  \r\n\r\n"), "abc" },
        { STR("3 ; a = b\r\nabc\r\n0\r\n\r\n"), "abc" },
        { STR("3;\r\nabc\r\n0;\r\n\r\n"), "abc" },
        { STR("3\r\nabc\r\n0\r\nX: y\r\n\r\n"), "abc" },
        { STR("0\r\nX:\r\nContent-Length: 7\r\nZ: a b\r\n\r\n"), "" },
    };
    static struct body body;
    size_t i;

    (void) state;
    for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        parse_in_all_ways(&body, rows[i].bytes);
        if (body.result != H1_OK || body.consumed != rows[i].bytes.len
            || !str_is(str_make(body.data, body.data_len), rows[i].data)) {
            fail_msg("%s", rows[i].bytes.data);
        }
    }
}

static void test_bad_bodies(void **state) {
    static const struct str rows[] = {
        STR("\r\n"),
        STR("\n"),
        STR(";\r\n"),
        STR(" 3\r\nabc\r\n0\r\n\r\n"),
        STR("g\r\n"),
        STR("-1\r\n"),
        STR("+1\r\na\r\n0\r\n\r\n"),
        STR("0x1\r\na\r\n0\r\n\r\n"),
        STR("1h\r\na\r\n"),
        STR("1,\r\na\r\n"),
        STR("1\0\r\na\r\n"),
        STR("1 1\r\na\r\n0\r\n\r\n"),          /* nginx: takes it */
        STR("1\t0\r\na\r\n0\r\n\r\n"),         /* nginx: takes it */
        STR("0000000000000001\r\na\r\n"),      /* nginx: takes it */
        STR("1000000000000000\r\na"),
        STR("ffffffffffffffff\r\na"),
        STR("10000000000000001\r\na"),
        STR("3\nabc\r\n0\r\n\r\n"),            /* nginx: takes it */
        STR("3\rabc\r\n0\r\n\r\n"),
        STR("3\r\r\nabc\r\n0\r\n\r\n"),
        STR("3;a\nabc\r\n0\r\n\r\n"),          /* nginx: takes it */
        STR("3;a\rb\r\nabc\r\n0\r\n\r\n"),
        STR("3;\0\r\nabc\r\n0\r\n\r\n"),       /* nginx: takes it */
        STR("3 \nabc\r\n0\r\n\r\n"),
        STR("3\r\nabcd\r\n0\r\n\r\n"),
        STR("3\r\nab\r\n0\r\n\r\n"),
        STR("3\r\nabc\n0\r\n\r\n"),            /* nginx: takes it */
        STR("3\r\nabc\r0\r\n\r\n"),
        STR("3\r\nabc0\r\n\r\n"),
        STR("0\r\n\n"),                        /* nginx: takes it */
        STR("0\r\n\r\r\n"),
        STR("0\r\n\rX: y\r\n\r\n"),
        STR("0\r\nX\r\n\r\n"),                 /* nginx: takes it */
        STR("0\r\n: y\r\n\r\n"),
        STR("0\r\nX : y\r\n\r\n"),
        STR("0\r\n X: y\r\n\r\n"),
        STR("0\r\nX: y\r\n z\r\n\r\n"),        /* nginx: takes it */
        STR("0\r\nX: y\n\r\n"),                /* nginx: takes it */
        STR("0\r\nX: y\rz\r\n\r\n"),
        STR("0\r\nX: \0\r\n\r\n"),
        STR("0\r\nX(: y\r\n\r\n"),
    };
    static struct body body;
    size_t i;

    (void) state;
    for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        parse_in_all_ways(&body, rows[i]);
        if (body.result != H1_BAD) {
            fail_msg("%zu: %s", i, rows[i].data);
        }
    }
}

static void test_cut_bodies_want_more(void **state) {
    static const struct str whole = STR("3;a\r\nabc\r\n0\r\nX: y\r\n\r\n");
    static struct body body;
    size_t len;

    (void) state;
    for (len = 1; len < whole.len; len++) {
        parse_in_all_ways(&body, str_first(whole, len));
        assert_int_equal(body.result, H1_MORE);
        assert_int_equal(body.consumed, len);
    }
}

static void test_what_follows_is_not_touched(void **state) {
    static struct body body;

    (void) state;
    parse_in_all_ways(&body, STR("1\r\na\r\n0\r\n\r\n0\r\n\r\n"));
    assert_int_equal(body.result, H1_OK);
    assert_int_equal(body.consumed, 11);
}

/* A body that has ended, well or not, takes no more. */
static void expect_no_more(struct body *body, const char *bytes, size_t step) {
    size_t consumed;
    struct str data;

    parse(body, str_from(bytes), step, step);
    assert_int_not_equal(body->result, H1_MORE);
    assert_int_equal(h1_parse_chunked(&body->chunked, STR("0"), &consumed, &data), H1_BAD);
}

static void test_what_has_ended_stays_so(void **state) {
    static struct body body;

    (void) state;
    expect_no_more(&body, "x", 1);
    expect_no_more(&body, "1\r\nab", 6);
    expect_no_more(&body, "1\r\nab", 1);
    expect_no_more(&body, "0\r\n\r\n", 5);
    expect_no_more(&body, "0\r\n\r\n", 1);
}

static void test_largest_chunk(void **state) {
    static struct body body;
    size_t step;

    (void) state;
    for (step = 1; step <= 20; step++) {
        parse(&body, STR("fffffffffffffff\r\nabc"), step, step);
        assert_int_equal(body.result, H1_MORE);
        assert_int_equal(body.consumed, 20);
        assert_true(str_is(str_make(body.data, body.data_len), "abc"));
        assert_true(body.chunked.left == (UINT64_C(1) << 60) - 4);
    }
}

/* ---- extensions and trailers have an end ---- */

static enum h1_result parse_filled(const char *before, int fill, const char *behind) {
    static struct body body, other;
    char text[8192];
    size_t len = (size_t) snprintf(text, sizeof(text), "%s%*s%s", before, fill, "", behind);

    parse(&body, str_make(text, len), len, 1);
    parse(&other, str_make(text, len), 1, 1);
    assert_true(is_as(&other, &body));
    return body.result;
}

static void test_long_extensions(void **state) {
    (void) state;
    assert_int_equal(parse_filled("1;", 4095, "\r\na\r\n0\r\n\r\n"), H1_OK);
    assert_int_equal(parse_filled("1;", 4096, "\r\na\r\n0\r\n\r\n"), H1_BAD);
    assert_int_equal(parse_filled("1", 4096, "\r\na\r\n0\r\n\r\n"), H1_OK);
    assert_int_equal(parse_filled("1", 4097, "\r\na\r\n0\r\n\r\n"), H1_BAD);
    assert_int_equal(parse_filled("0\r\nX:", 4094, "\r\n\r\n"), H1_OK);
    assert_int_equal(parse_filled("0\r\nX:", 4095, "\r\n\r\n"), H1_BAD);
    assert_int_equal(parse_filled("0;", 2000, "\r\nX:\r\n\r\n"), H1_OK);
    assert_int_equal(parse_filled("1;", 5000, ""), H1_BAD);
}

/* Shows a text and then another over and over, in pieces of `step` bytes. What came of them, and of
 * how many. */
static enum h1_result show_often(struct str before, struct str text, size_t step, int *count) {
    static struct body body;
    size_t at;

    parse(&body, before, step, step);
    for (*count = 0; *count < 10000 && body.result == H1_MORE; (*count)++) {
        body.data_len = 0;
        for (at = 0; at < text.len; at += step) {
            show(&body, str_first(str_from_byte(text, at), step));
        }
    }
    return body.result;
}

/* Many small ones add up; those of chunks that carry something do not. */
static void test_many_extensions(void **state) {
    static const struct {
        const char *chunk;
        enum h1_result result;
    } rows[] = {
        { "1;ab\r\nx\r\n", H1_BAD },
        { "1;\r\nx\r\n", H1_MORE },
        { "1 \r\nx\r\n", H1_MORE },
        { "3;ab\r\nxyz\r\n", H1_MORE },
        { "2;ab\r\nxy\r\n", H1_BAD },
    };
    size_t i, step;
    int count;

    (void) state;
    for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        for (step = 1; step <= 10; step += 9) {
            assert_int_equal(show_often(STR(""), str_from(rows[i].chunk), step, &count),
                             rows[i].result);
        }
    }
}

static void test_trailers_of_many_lines(void **state) {
    size_t step;
    int count;

    (void) state;
    for (step = 1; step <= 10; step += 9) {
        assert_int_equal(show_often(STR("0\r\n"), STR("X:\r\n"), step, &count), H1_BAD);
        assert_in_range(count, 2000, 2100);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_good_bodies),
        cmocka_unit_test(test_bad_bodies),
        cmocka_unit_test(test_cut_bodies_want_more),
        cmocka_unit_test(test_what_follows_is_not_touched),
        cmocka_unit_test(test_what_has_ended_stays_so),
        cmocka_unit_test(test_largest_chunk),
        cmocka_unit_test(test_long_extensions),
        cmocka_unit_test(test_many_extensions),
        cmocka_unit_test(test_trailers_of_many_lines),
    };

    return cmocka_run_group_tests_name("codec/h1_chunked", tests, NULL, NULL);
}
