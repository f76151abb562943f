/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Tests of codec/h1_parse: lines, request lines, status lines and fields, whole and in all pieces.
 *
 * "nginx:" notes what Debian's nginx 1.22 does where weir is stricter.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "codec/h1_parse.h"

#include "heads.h"

static const struct h1_parse_options usual = { .max_fields = 100, .ignores_bad_fields = true };
static const struct h1_parse_options strict = { .max_fields = 100 };
static const struct h1_parse_options dropping = { .max_fields = 100, .drops_non_tokens = true };
static const struct h1_parse_options lenient = { .max_fields = 100,
                                                 .ignores_bad_fields = true,
                                                 .allows_underscores = true };

struct row {
    struct str bytes;
    const char *expected;
};

#define ROWS(rows) rows, sizeof(rows) / sizeof((rows)[0])
#define HOST "Host: a\r\n"
#define WITH_HOST "host=a:0 11 none 0 keep | Host: a"
#define BAD_REQUEST "400 client sent invalid request"
#define BAD_METHOD "400 client sent invalid method"
#define BAD_LINE "400 invalid header line"
#define BAD_CHARACTER "400 invalid character in a header line"
#define BAD_STATUS_LINE "502 upstream sent no valid HTTP/1.x header"

static void expect_rows(const struct row *rows, size_t count, bool is_request,
                        const struct h1_parse_options *options) {
    size_t i;

    for (i = 0; i < count; i++) {
        head_expect(rows[i].bytes, is_request, options, rows[i].expected);
    }
}

/* ---- request lines ---- */

static void test_request_lines(void **state) {
    static const struct row rows[] = {
        { STR("GET / HTTP/1.1\r\n" HOST "\r\n"), "GET / path=/ " WITH_HOST },
        { STR("GET /a/b?c=%20&d HTTP/1.1\r\n" HOST "\r\n"),
          "GET /a/b?c=%20&d path=/a/b?c=%20&d " WITH_HOST },
        { STR("GET / HTTP/1.0\r\n\r\n"), "GET / path=/ host=:0 10 none 0" },
        { STR("GET / HTTP/1.2\r\n" HOST "\r\n"), "GET / path=/ " WITH_HOST },
        { STR("GET / HTTP/1.9\r\n" HOST "\r\n"), "GET / path=/ " WITH_HOST },
        { STR("GET   /   HTTP/1.1   \r\n" HOST "\r\n"), "GET / path=/ " WITH_HOST },
        { STR("\r\n\n\r\nGET / HTTP/1.1\r\n" HOST "\r\n"), "GET / path=/ " WITH_HOST },
        { STR("M-SEARCH / HTTP/1.1\r\n" HOST "\r\n"), "M-SEARCH / path=/ " WITH_HOST },
        { STR("A_B / HTTP/1.1\r\n" HOST "\r\n"), "A_B / path=/ " WITH_HOST },
        { STR("G / HTTP/1.1\r\n" HOST "\r\n"), "G / path=/ " WITH_HOST },
        { STR("GET /\xc3\xa4\xff HTTP/1.1\r\n" HOST "\r\n"),
          "GET /\xc3\xa4\xff path=/\xc3\xa4\xff " WITH_HOST },
        { STR("GET /\"<>{}|\\^`#f HTTP/1.1\r\n" HOST "\r\n"),
          "GET /\"<>{}|\\^`#f path=/\"<>{}|\\^`#f " WITH_HOST },
    };

    (void) state;
    expect_rows(ROWS(rows), true, &usual);
}

static void test_bad_request_lines(void **state) {
    static const struct row rows[] = {
        { STR("get / HTTP/1.1\r\n" HOST "\r\n"), BAD_METHOD },
        { STR("GET2 / HTTP/1.1\r\n" HOST "\r\n"), BAD_METHOD },
        { STR("G!T / HTTP/1.1\r\n" HOST "\r\n"), BAD_METHOD },
        { STR(" GET / HTTP/1.1\r\n" HOST "\r\n"), BAD_METHOD },
        { STR("GET\t/ HTTP/1.1\r\n" HOST "\r\n"), BAD_METHOD },
        { STR("GET\r\n\r\n"), BAD_METHOD },
        { STR(": / HTTP/1.1\r\n\r\n"), BAD_METHOD },
        { STR("GET \r\n\r\n"), BAD_REQUEST },
        { STR("GET /\r\n\r\n"), BAD_REQUEST }, /* nginx: HTTP/0.9 */
        { STR("GET / \r\n\r\n"), BAD_REQUEST },
        { STR("GET  HTTP/1.1\r\n" HOST "\r\n"), BAD_REQUEST },
        { STR("GET /a b HTTP/1.1\r\n" HOST "\r\n"), BAD_REQUEST },
        { STR("GET /\tb HTTP/1.1\r\n" HOST "\r\n"), BAD_REQUEST },
        { STR("GET /\x01 HTTP/1.1\r\n" HOST "\r\n"), BAD_REQUEST },
        { STR("GET /\x7f HTTP/1.1\r\n" HOST "\r\n"), BAD_REQUEST },
        { STR("GET /\0 HTTP/1.1\r\n" HOST "\r\n"), BAD_REQUEST },
        { STR("GET /\rb HTTP/1.1\r\n" HOST "\r\n"), BAD_REQUEST },
        { STR("\rGET / HTTP/1.1\r\n" HOST "\r\n"), BAD_REQUEST }, /* nginx: skips it */
        { STR("GET / HTTP/1.1\t\r\n" HOST "\r\n"), BAD_REQUEST },
        { STR("GET / HTTP/1.1\r\r\n" HOST "\r\n"), BAD_REQUEST },
        { STR("GET / HTTP/1.1\rHost: a\r\n\r\n"), BAD_REQUEST },
        { STR("GET / HTTP/1.1 x\r\n" HOST "\r\n"), BAD_REQUEST },
        { STR("GET / HTTP/1.10\r\n" HOST "\r\n"), BAD_REQUEST }, /* nginx: takes it */
        { STR("GET / HTTP/10.1\r\n" HOST "\r\n"), BAD_REQUEST }, /* nginx: 505 */
        { STR("GET / HTTP/1\r\n" HOST "\r\n"), BAD_REQUEST },
        { STR("GET / HTTP/1.\r\n" HOST "\r\n"), BAD_REQUEST },
        { STR("GET / HTTP/.1\r\n" HOST "\r\n"), BAD_REQUEST },
        { STR("GET / HTTP/a.1\r\n" HOST "\r\n"), BAD_REQUEST },
        { STR("GET / HTTP/1.a\r\n" HOST "\r\n"), BAD_REQUEST },
        { STR("GET / HTTP/1,1\r\n" HOST "\r\n"), BAD_REQUEST },
        { STR("GET / HTTP/0.9\r\n" HOST "\r\n"), BAD_REQUEST },
        { STR("GET / http/1.1\r\n" HOST "\r\n"), BAD_REQUEST },
        { STR("GET / HTTQ/1.1\r\n" HOST "\r\n"), BAD_REQUEST },
        { STR("GET / ICAP/1.0\r\n" HOST "\r\n"), BAD_REQUEST },
        { STR("GET / HTTP/2.0\r\n" HOST "\r\n"), "505 client sent invalid version" },
        { STR("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"), "505 client sent invalid version" },
        { STR("GET / HTTP/9.9\r\n" HOST "\r\n"), "505 client sent invalid version" },
    };

    (void) state;
    expect_rows(ROWS(rows), true, &usual);
}

static void test_length_of_methods(void **state) {
    char name[80], text[128], expected[128];
    int len;

    (void) state;
    memset(name, 'X', sizeof(name));
    for (len = 60; len < 70; len++) {
        snprintf(text, sizeof(text), "%.*s / HTTP/1.0\r\n\r\n", len, name);
        snprintf(expected, sizeof(expected), "%.*s / path=/ host=:0 10 none 0", len, name);
        head_expect(str_from(text), true, &usual, len <= 64 ? expected : BAD_METHOD);
    }
}

/* Who speaks another protocol learns it at once, though its line may never end. */
static void test_other_protocols_need_no_line_end(void **state) {
    static const struct row requests[] = {
        { STR("\x16\x03\x01\x02"), BAD_METHOD },
        { STR("S"), "more" },
        { STR("SSH-2.0-x"), BAD_METHOD },
        { STR("GET"), "more" },
        { STR("GET /"), "more" },
        { STR("GET / HTTP/1.1\r"), "more" },
        { STR("\r\n"), "more" },
        { STR("\r"), "more" },
    };
    static const struct row responses[] = {
        { STR("\x4a\0\0\0\x0a"), BAD_STATUS_LINE },
        { STR("SSH-2.0-x"), BAD_STATUS_LINE },
        { STR("HTTP/2"), BAD_STATUS_LINE },
        { STR("<html>"), BAD_STATUS_LINE },
        { STR("HT"), "more" },
        { STR("HTTP/1.1 20"), "more" },
    };

    (void) state;
    expect_rows(ROWS(requests), true, &usual);
    expect_rows(ROWS(responses), false, &usual);
}

/* ---- lines ---- */

static void test_line_ends(void **state) {
    static const struct row rows[] = {
        { STR("GET / HTTP/1.1\nHost: a\n\n"), "GET / path=/ " WITH_HOST },
        { STR("GET / HTTP/1.1\r\nHost: a\n\r\n"), "GET / path=/ " WITH_HOST },
        { STR("GET / HTTP/1.1\nHost: a\r\n\nrest"), "GET / path=/ " WITH_HOST },
        { STR("GET / HTTP/1.1\r\n" HOST "X: a\rb\r\n\r\n"), BAD_CHARACTER },
        { STR("GET / HTTP/1.1\r\n" HOST "X: a\r\r\n\r\n"), BAD_CHARACTER }, /* nginx: "a" */
        { STR("GET / HTTP/1.1\r\n" HOST "X: a\r\rb\n\r\n"), BAD_CHARACTER },
        { STR("GET / HTTP/1.1\r\n" HOST "\r\r\n"), BAD_CHARACTER },
        { STR("GET / HTTP/1.1\r\n" HOST "X: a\0b\r\n\r\n"), BAD_CHARACTER },
        { STR("GET / HTTP/1.1\r\n" HOST "X\0: b\r\n\r\n"), BAD_CHARACTER },
        { STR("GET / HTTP/1.1\r\n" HOST "\0\r\n\r\n"), BAD_CHARACTER },
        { STR("GET / HTTP/1.1\r\n" HOST "X: a\r\n"), "more" },
        { STR("GET / HTTP/1.1\r\n" HOST "\r"), "more" },
    };

    (void) state;
    expect_rows(ROWS(rows), true, &usual);
}

/* ---- fields ---- */

static void test_fields(void **state) {
    static const struct row rows[] = {
        { STR("GET / HTTP/1.1\r\n" HOST "A: b\r\nC:d\r\nE:  f\t \r\n\r\n"),
          "GET / path=/ " WITH_HOST " | A: b | C: d | E: f" },
        { STR("GET / HTTP/1.1\r\n" HOST "A:\r\nB: \r\nC: \t \r\n\r\n"),
          "GET / path=/ " WITH_HOST " | A:  | B:  | C: " },
        { STR("GET / HTTP/1.1\r\n" HOST "A: b: c\r\nD: \"e, f\"\r\n\r\n"),
          "GET / path=/ " WITH_HOST " | A: b: c | D: \"e, f\"" },
        { STR("GET / HTTP/1.1\r\n" HOST "A: \x01\x7f\xff\r\n\r\n"),
          "GET / path=/ " WITH_HOST " | A: \x01\x7f\xff" },
        { STR("GET / HTTP/1.1\r\n" HOST "0-9Az: 1\r\n\r\n"),
          "GET / path=/ " WITH_HOST " | 0-9Az: 1" },
    };

    (void) state;
    expect_rows(ROWS(rows), true, &usual);
}

static void test_bad_fields(void **state) {
    static const struct row rows[] = {
        { STR("GET / HTTP/1.1\r\n" HOST "X : a\r\n\r\n"), BAD_LINE },
        { STR("GET / HTTP/1.1\r\n" HOST "X\t: a\r\n\r\n"), BAD_LINE },
        { STR("GET / HTTP/1.1\r\n" HOST "X Y: a\r\n\r\n"), BAD_LINE },
        { STR("GET / HTTP/1.1\r\n" HOST " X: a\r\n\r\n"), BAD_LINE },
        { STR("GET / HTTP/1.1\r\n X: a\r\n" HOST "\r\n"), BAD_LINE },
        { STR("GET / HTTP/1.1\r\n" HOST "A: b\r\n c\r\n\r\n"), BAD_LINE },
        { STR("GET / HTTP/1.1\r\n" HOST "A: b\r\n\tc: d\r\n\r\n"), BAD_LINE },
        { STR("GET / HTTP/1.1\r\n" HOST "A: b\r\n \r\n\r\n"), BAD_LINE },
        { STR("GET / HTTP/1.1\r\n" HOST ": a\r\n\r\n"), BAD_LINE },
        { STR("GET / HTTP/1.1\r\n" HOST ":\r\n\r\n"), BAD_LINE },
        { STR("GET / HTTP/1.1\r\n" HOST "X\r\n\r\n"), BAD_LINE }, /* nginx: takes it */
        { STR("GET / HTTP/1.1\r\n" HOST "X\x01: a\r\n\r\n"), BAD_LINE },
        { STR("GET / HTTP/1.1\r\n" HOST "X\x7f: a\r\n\r\n"), BAD_LINE },
        { STR("GET / HTTP/1.1\r\n" HOST "X_\x01: a\r\n\r\n"), BAD_LINE },
        { STR("GET / HTTP/1.1\r\n" HOST "GET / HTTP/1.1\r\n\r\n"), BAD_LINE },
    };

    (void) state;
    expect_rows(ROWS(rows), true, &usual);
    expect_rows(ROWS(rows), true, &lenient);
    expect_rows(ROWS(rows), true, &strict);
}

/* ignore_invalid_headers and underscores_in_headers. */
static void test_unusual_names(void **state) {
    static const struct str underscore = STR("GET / HTTP/1.1\r\n" HOST "X_Y: a\r\nZ: b\r\n\r\n");
    static const struct str dot = STR("GET / HTTP/1.1\r\n" HOST "X.Y_Z: a\r\nZ: b\r\n\r\n");
    static const struct str no_token = STR("GET / HTTP/1.1\r\n" HOST "X(.: a\r\nZ: b\r\n\r\n");
    static const struct str high = STR("GET / HTTP/1.1\r\n" HOST "X\xe4: a\r\nZ: b\r\n\r\n");
    static const char ignored[] = "GET / path=/ " WITH_HOST " | Z: b";

    (void) state;
    head_expect(underscore, true, &usual, ignored);
    head_expect(underscore, true, &lenient, "GET / path=/ " WITH_HOST " | X_Y: a | Z: b");
    head_expect(underscore, true, &strict, "GET / path=/ " WITH_HOST " | X_Y: a | Z: b");
    head_expect(dot, true, &usual, ignored);
    head_expect(dot, true, &lenient, ignored);
    head_expect(dot, true, &strict, "GET / path=/ " WITH_HOST " | X.Y_Z: a | Z: b");
    head_expect(no_token, true, &usual, ignored);
    head_expect(no_token, true, &strict, "400 invalid header name"); /* nginx: sends it on */
    head_expect(no_token, true, &dropping, "GET / path=/ " WITH_HOST " | Z: b");
    head_expect(high, true, &lenient, ignored);
    head_expect(high, true, &strict, "400 invalid header name");
}

/* What is ignored must not count, and nothing that looks like framing may hide in it. */
static void test_ignored_fields_decide_nothing(void **state) {
    static const struct row rows[] = {
        { STR("GET / HTTP/1.1\r\n" HOST "Content_Length: 5\r\n\r\n"), "GET / path=/ " WITH_HOST },
        { STR("GET / HTTP/1.1\r\n" HOST "Transfer.Encoding: chunked\r\n\r\n"),
          "GET / path=/ " WITH_HOST },
        { STR("GET / HTTP/1.1\r\n_Host: b\r\n" HOST "\r\n"), "GET / path=/ " WITH_HOST },
    };

    (void) state;
    expect_rows(ROWS(rows), true, &usual);
}

static void test_number_of_fields(void **state) {
    const struct h1_parse_options three = { .max_fields = 3, .ignores_bad_fields = true };

    (void) state;
    head_expect(STR("GET / HTTP/1.1\r\n" HOST "A: 1\r\nx_y: 1\r\nB: 2\r\n\r\n"), true, &three,
                "GET / path=/ " WITH_HOST " | A: 1 | B: 2");
    head_expect(STR("GET / HTTP/1.1\r\n" HOST "A: 1\r\nB: 2\r\nC: 3\r\n\r\n"), true, &three,
                "400 too many header lines");
    head_expect(STR("HTTP/1.1 204 x\r\nA: 1\r\nB: 2\r\nC: 3\r\nD: 4\r\n\r\n"), false, &three,
                "502 too many header lines");
}

static void test_long_names(void **state) {
    enum { LEN = UINT16_MAX };
    static const char before[] = "GET / HTTP/1.0\r\n", behind[] = ": a\r\n\r\n";
    char *text = malloc(sizeof(before) + LEN + 1 + sizeof(behind));
    size_t start = sizeof(before) - 1, len;

    (void) state;
    memcpy(text, before, start);
    for (len = LEN; len <= LEN + 1; len++) {
        struct head head;

        memset(text + start, 'X', len);
        memcpy(text + start + len, behind, sizeof(behind));
        head_init(&head, true, &usual);
        head_step(&head, str_from(text));
        head_parse_in_pieces(str_from(text), true, &usual, 0, head_describe(&head));
        assert_int_equal(head.result, len <= LEN ? H1_OK : H1_BAD);
        if (head.result == H1_OK) {
            assert_int_equal(head.message.fields[0].name_len, LEN);
        }
        head_fini(&head);
    }
    free(text);
}

/* Only a line that may be copied as it is counts as plain. */
static void test_plain_lines(void **state) {
    static const struct {
        struct str line;
        bool is_plain;
    } rows[] = {
        { STR("X: a\r\n"), true },    { STR("X: a b\r\n"), true }, { STR("X: \r\n"), true },
        { STR("X: a\n"), false },     { STR("X:a\r\n"), false },   { STR("X:\ta\r\n"), false },
        { STR("X:  a\r\n"), false },  { STR("X: a \r\n"), false }, { STR("X:\r\n"), false },
        { STR("X: \ta\r\n"), false }, { STR("X:\t\r\n"), false },  { STR("X:  \r\n"), false },
    };
    size_t i;

    (void) state;
    for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        char text[64];
        struct head head;

        snprintf(text, sizeof(text), "GET / HTTP/1.0\r\n%.*s\r\n", STR_ARG(rows[i].line));
        head_parse(&head, str_from(text), true, &usual);
        assert_int_equal(head.result, H1_OK);
        assert_int_equal(head.message.fields[0].flags, rows[i].is_plain ? FIELD_IS_PLAIN : 0);
        head_fini(&head);
    }
}

/* ---- what is known of a bad request ---- */

static void test_bad_requests_are_known_for_the_log(void **state) {
    static const struct {
        struct str bytes;
        const char *line, *method, *target;
    } rows[] = {
        { STR("GET /a HTTP/1.1\r\nHost: a/b\r\n\r\n"), "GET /a HTTP/1.1", "GET", "/a" },
        { STR("GET /a HTTP/1.1\r\nX : b\r\n"), "GET /a HTTP/1.1", "GET", "/a" },
        { STR("GET /a HTTP/3.0\r\n"), "GET /a HTTP/3.0", "GET", "/a" },
        { STR("GET /a b\r\n"), "GET /a b", "GET", "/a" },
        { STR("\r\n\r\n\x16\x03\x01\r\n"), "\x16\x03\x01", "", "" },
        { STR("\x16\x03\x01"), "\x16\x03\x01", "", "" },
        { STR("GET /\0b HTTP/1.1\r\n"), "GET /", "", "" },
    };
    size_t i;

    (void) state;
    for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct head head;

        head_parse(&head, rows[i].bytes, true, &usual);
        assert_int_equal(head.result, H1_BAD);
        assert_true(str_is(head.message.request_line, rows[i].line));
        assert_true(str_is(head.message.method_name, rows[i].method));
        assert_true(str_is(head.message.target, rows[i].target));
        head_check_known(&head, rows[i].bytes);
        head_fini(&head);
    }
}

static void test_pipelined_requests(void **state) {
    static const struct str bytes = STR("GET /1 HTTP/1.1\r\n" HOST "\r\nGET /2 HTTP/1.1\r\n"
                                        HOST "\r\n");
    struct head head;
    size_t first;

    (void) state;
    head_parse(&head, bytes, true, &usual);
    assert_string_equal(head_describe(&head), "GET /1 path=/1 " WITH_HOST);
    first = head.consumed;
    assert_int_equal(first, bytes.len / 2);
    head_fini(&head);
    head_expect(str_from_byte(bytes, first), true, &usual, "GET /2 path=/2 " WITH_HOST);
}

static void test_no_bytes(void **state) {
    struct head head;

    (void) state;
    head_init(&head, true, &usual);
    assert_int_equal(h1_parse_request(&head.parse, STR_NONE, &usual, &head.message, &head.consumed),
                     H1_MORE);
    assert_int_equal(head.consumed, 0);
    head_fini(&head);
}

/* ---- status lines ---- */

static void test_status_lines(void **state) {
    static const struct row rows[] = {
        { STR("HTTP/1.1 200 OK\r\n\r\n"), "200 [OK] 11 end 0" },
        { STR("HTTP/1.0 200 OK\r\n\r\n"), "200 [OK] 10 end 0" },
        { STR("HTTP/1.1 404 Not Found\r\n\r\n"), "404 [Not Found] 11 end 0" },
        { STR("HTTP/1.1 200 \r\n\r\n"), "200 [] 11 end 0" },
        { STR("HTTP/1.1 200\r\n\r\n"), "200 [] 11 end 0" },
        { STR("HTTP/1.1 200  two\tblanks \r\n\r\n"), "200 [ two\tblanks ] 11 end 0" },
        { STR("HTTP/1.1 200 \xe4\r\n\r\n"), "200 [\xe4] 11 end 0" },
        { STR("HTTP/1.1 999 x\r\n\r\n"), "999 [x] 11 end 0" },
        { STR("HTTP/1.1 100 Continue\r\n\r\n"), "100 [Continue] 11 none 0 keep" },
        { STR("HTTP/1.1 200 OK\nA: b\n\n"), "200 [OK] 11 end 0 | A: b" },
    };

    (void) state;
    expect_rows(ROWS(rows), false, &usual);
}

static void test_bad_status_lines(void **state) {
    static const char *const lines[] = {
        "HTTP/1.2 200 OK", "HTTP/2.0 200 OK", "HTTP/2 200 OK",   "HTTP/0.9 200 OK",
        "HTTP/1.10 200 OK", "http/1.1 200 OK", "HTTP/1.1200 OK",  "HTTP/1.1  200 OK",
        "HTTP/1.1\t200 OK", "HTTP/1.1 20 OK",  "HTTP/1.1 2000 OK", "HTTP/1.1 099 OK",
        "HTTP/1.1 000 OK",  "HTTP/1.1 2x0 OK", "HTTP/1.1 +20 OK", "HTTP/1.1 200OK",
        "HTTP/1.1 200\tOK", "HTTP/1.1",        "HTTP/1.1 ",       "HTTP/1.1 20",
        " HTTP/1.1 200 OK", "ICY 200 OK",      "",                "200 OK",
        "\r\nHTTP/1.1 200 OK",
        "HTTP/1.1 200 a\rb", "HTTP/1.1 200 a\r", "HTTP/1.1 200 \x01", "HTTP/1.1 200 \x7f",
    };
    char text[64];
    size_t i;

    (void) state;
    for (i = 0; i < sizeof(lines) / sizeof(lines[0]); i++) {
        snprintf(text, sizeof(text), "%s\r\nA: b\r\n\r\n", lines[i]);
        head_expect(str_from(text), false, &usual, BAD_STATUS_LINE);
    }
    head_expect(STR("HTTP/1.1 200 a\0b\r\n\r\n"), false, &usual, BAD_STATUS_LINE);
}

static void test_bad_fields_of_responses(void **state) {
    static const struct row rows[] = {
        { STR("HTTP/1.1 200 OK\r\nX : a\r\n\r\n"), "502 invalid header line" },
        { STR("HTTP/1.1 200 OK\r\nX: a\r\n b\r\n\r\n"), "502 invalid header line" },
        { STR("HTTP/1.1 200 OK\r\nX: a\rb\r\n\r\n"), "502 invalid character in a header line" },
        { STR("HTTP/1.1 200 OK\r\nX: a\0b\r\n\r\n"), "502 invalid character in a header line" },
        { STR("HTTP/1.1 200 OK\r\nX(: a\r\n\r\n"), "502 invalid header name" },
        { STR("HTTP/1.1 200 OK\r\nX.Y_Z: a\r\n\r\n"), "200 [OK] 11 end 0 | X.Y_Z: a" },
    };

    (void) state;
    expect_rows(ROWS(rows), false, &strict);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_request_lines),
        cmocka_unit_test(test_bad_request_lines),
        cmocka_unit_test(test_length_of_methods),
        cmocka_unit_test(test_other_protocols_need_no_line_end),
        cmocka_unit_test(test_line_ends),
        cmocka_unit_test(test_fields),
        cmocka_unit_test(test_bad_fields),
        cmocka_unit_test(test_unusual_names),
        cmocka_unit_test(test_ignored_fields_decide_nothing),
        cmocka_unit_test(test_number_of_fields),
        cmocka_unit_test(test_long_names),
        cmocka_unit_test(test_plain_lines),
        cmocka_unit_test(test_bad_requests_are_known_for_the_log),
        cmocka_unit_test(test_pipelined_requests),
        cmocka_unit_test(test_no_bytes),
        cmocka_unit_test(test_status_lines),
        cmocka_unit_test(test_bad_status_lines),
        cmocka_unit_test(test_bad_fields_of_responses),
    };

    return cmocka_run_group_tests_name("codec/h1_parse", tests, NULL, NULL);
}
