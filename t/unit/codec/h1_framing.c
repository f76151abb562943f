/* SPDX-License-Identifier: BSD-2-Clause */
/* Tests of codec/h1_framing: the table of framing decisions, and fields that are for one hop
 * only. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "codec/h1_parse.h"

#include "heads.h"

static const struct h1_parse_options usual = { .max_fields = 1000, .ignores_bad_fields = true };
static const struct h1_parse_options to_head = { .max_fields = 100, .is_response_to_head = true };
static const struct h1_parse_options to_connect = { .max_fields = 100,
                                                    .is_response_to_connect = true };

struct row {
    const char *fields, *expected;
};

#define ROWS(rows) rows, sizeof(rows) / sizeof((rows)[0])
#define CL(length) "Content-Length: " length "\r\n"
#define TE(coding) "Transfer-Encoding: " coding "\r\n"

/* What came of the first line and some fields: framing and length, or the error. */
static void expect(const char *first_line, const struct row *row,
                   const struct h1_parse_options *options) {
    bool is_request = !str_starts(str_from(first_line), STR("HTTP/"));
    char text[1024], result[512];
    struct head head;

    snprintf(text, sizeof(text), "%s\r\n%s%s\r\n", first_line, is_request ? "Host: a\r\n" : "",
             row->fields);
    head_parse(&head, str_from(text), is_request, options);
    if (head.result == H1_OK) {
        snprintf(result, sizeof(result), "%s %" PRIu64 "%s", framing_name(&head.message),
                 head.message.content_length, head.message.has_length ? " told" : "");
    } else {
        snprintf(result, sizeof(result), "%s", head_describe(&head));
    }
    if (strcmp(result, row->expected) != 0) {
        fail_msg("%s: \"%s\" instead of \"%s\"", text, result, row->expected);
    }
    head_fini(&head);
}

static void expect_rows(const char *first_line, const struct h1_parse_options *options,
                        const struct row *rows, size_t count) {
    size_t i;

    for (i = 0; i < count; i++) {
        expect(first_line, &rows[i], options);
    }
}

/* ---- requests ---- */

#define BAD_LENGTH "400 client sent invalid \"Content-Length\" header"
#define TWO_LENGTHS "400 client sent duplicate \"Content-Length\" header"
#define BOTH                                                                                       \
    "400 client sent \"Content-Length\" and \"Transfer-Encoding\" headers at the same time"
#define UNKNOWN_CODING "400 client sent unknown \"Transfer-Encoding\""
#define CODING_IN_1_0 "400 client sent HTTP/1.0 request with \"Transfer-Encoding\" header"

static void test_requests(void **state) {
    static const struct row rows[] = {
        { "", "none 0" },
        { CL("0"), "none 0" },
        { CL("5"), "length 5" },
        { CL("005"), "length 5" },
        { CL(" 5 "), "length 5" },
        { CL("9223372036854775807"), "length 9223372036854775807" },
        { CL("9223372036854775808"), BAD_LENGTH },
        { CL("99999999999999999999"), BAD_LENGTH },
        { CL(""), BAD_LENGTH },
        { CL("+5"), BAD_LENGTH },
        { CL("-5"), BAD_LENGTH },
        { CL("0x5"), BAD_LENGTH },
        { CL("5a"), BAD_LENGTH },
        { CL("5 5"), BAD_LENGTH },
        { CL("5, 5"), BAD_LENGTH },
        { CL("5,"), BAD_LENGTH },
        { CL("5\x0b"), BAD_LENGTH },
        { CL("5.0"), BAD_LENGTH },
        { CL("5") CL("5"), TWO_LENGTHS },
        { CL("5") "X: y\r\ncontent-length: 6\r\n", TWO_LENGTHS },
        { CL("0") CL("0"), TWO_LENGTHS },
        { TE("chunked"), "chunked 0" },
        { TE("CHUNKED"), "chunked 0" },
        { TE("\tchunked\t"), "chunked 0" },
        { TE(""), UNKNOWN_CODING },
        { TE("gzip"), UNKNOWN_CODING },
        { TE("identity"), UNKNOWN_CODING },
        { TE("gzip, chunked"), UNKNOWN_CODING },
        { TE("chunked, gzip"), UNKNOWN_CODING },
        { TE("chunked, chunked"), UNKNOWN_CODING },
        { TE(",chunked"), UNKNOWN_CODING },
        { TE("chunked,"), UNKNOWN_CODING },
        { TE("chunked;a=b"), UNKNOWN_CODING },
        { TE("\"chunked\""), UNKNOWN_CODING },
        { TE("xchunked"), UNKNOWN_CODING },
        { TE("chunkedx"), UNKNOWN_CODING },
        { TE("\x0b" "chunked"), UNKNOWN_CODING },
        { TE("chunked") TE("chunked"), UNKNOWN_CODING },
        { TE("gzip") TE("chunked"), UNKNOWN_CODING },
        { TE("chunked") TE("identity"), UNKNOWN_CODING },
        { CL("5") TE("chunked"), BOTH },
        { TE("chunked") CL("5"), BOTH },
        { TE("identity") CL("5"), BOTH },
        { TE("") CL("0"), BOTH },
        { TE("chunked") CL("x"), BAD_LENGTH },
        { "TE: chunked\r\n", "none 0" },
        { "Trailer: Content-Length\r\n", "none 0" },
        { "Connection: Content-Length\r\n" CL("5"), "length 5" },
        { "Connection: Transfer-Encoding\r\n" TE("chunked"), "chunked 0" },
    };

    (void) state;
    expect_rows("POST / HTTP/1.1", &usual, ROWS(rows));
    expect_rows("GET / HTTP/1.1", &usual, ROWS(rows));
}

static void test_requests_1_0(void **state) {
    static const struct row rows[] = {
        { "", "none 0" },
        { CL("5"), "length 5" },
        { TE("chunked"), CODING_IN_1_0 },
        { TE("identity"), CODING_IN_1_0 },
        { TE("chunked") CL("5"), BOTH },
    };

    (void) state;
    expect_rows("POST / HTTP/1.0", &usual, ROWS(rows));
}

/* ---- responses ---- */

#define BAD_CODING "502 upstream sent contradictory or unknown \"Transfer-Encoding\" header"
#define BAD_LENGTHS "502 upstream sent duplicate or invalid \"Content-Length\" header"

static const struct row bad_responses[] = {
    { CL("x"), BAD_LENGTHS },
    { CL(""), BAD_LENGTHS },
    { CL("-1"), BAD_LENGTHS },
    { CL("5, 5"), BAD_LENGTHS },
    { CL("9223372036854775808"), BAD_LENGTHS },
    { CL("5") CL("5"), BAD_LENGTHS },
    { TE("gzip"), BAD_CODING },
    { TE("gzip, chunked"), BAD_CODING },
    { TE("chunked") TE("chunked"), BAD_CODING },
    { TE("chunked") CL("5"), BAD_CODING },
    { TE("identity") CL("5"), BAD_CODING },
};

static void test_responses(void **state) {
    static const struct row rows[] = {
        { "", "end 0" },
        { CL("0"), "none 0" },
        { CL("5"), "length 5" },
        { TE("Chunked"), "chunked 0" },
    };

    (void) state;
    expect_rows("HTTP/1.1 200 OK", &usual, ROWS(rows));
    expect_rows("HTTP/1.1 404 x", &usual, ROWS(rows));
    expect_rows("HTTP/1.1 205 x", &usual, ROWS(rows));
    expect_rows("HTTP/1.1 200 OK", &usual, ROWS(bad_responses));
    expect_rows("HTTP/1.1 304 x", &usual, ROWS(bad_responses));
}

static void test_responses_1_0(void **state) {
    static const struct row rows[] = {
        { "", "end 0" },
        { CL("5"), "length 5" },
        { TE("chunked"), BAD_CODING },
    };

    (void) state;
    expect_rows("HTTP/1.0 200 OK", &usual, ROWS(rows));
}

static void test_responses_without_body(void **state) {
    static const char *const bare[] = { "HTTP/1.1 100 x", "HTTP/1.1 101 x", "HTTP/1.1 103 x",
                                        "HTTP/1.1 199 x", "HTTP/1.1 204 x" };
    static const struct row rows[] = {
        { "", "none 0" },
        { CL("0"), "none 0 told" },
        { CL("5"), "none 5 told" },
        { TE("chunked"), "none 0" },
    };
    size_t i;

    (void) state;
    for (i = 0; i < sizeof(bare) / sizeof(bare[0]); i++) {
        expect(bare[i], &(struct row){ "", "none 0" }, &usual);
        expect(bare[i], &(struct row){ CL("5"), "none 0" }, &usual);
        expect(bare[i], &(struct row){ TE("chunked"), "none 0" }, &usual);
    }
    expect_rows("HTTP/1.1 304 x", &usual, ROWS(rows));
    expect_rows("HTTP/1.1 200 OK", &to_head, ROWS(rows));
    expect_rows("HTTP/1.1 404 x", &to_head, ROWS(rows));
    expect_rows("HTTP/1.1 200 OK", &to_head, ROWS(bad_responses));
    expect_rows("HTTP/1.1 200 OK", &to_connect, ROWS(rows));
    expect("HTTP/1.1 407 x", &(struct row){ CL("5"), "length 5" }, &to_connect);
}

/* ---- the connection ---- */

static void test_keeping_the_connection(void **state) {
    static const struct {
        const char *line, *fields;
        bool keeps;
    } rows[] = {
        { "GET / HTTP/1.1", "", true },
        { "GET / HTTP/1.1", "Connection: keep-alive\r\n", true },
        { "GET / HTTP/1.1", "Connection: close\r\n", false },
        { "GET / HTTP/1.1", "Connection: CLOSE\r\n", false },
        { "GET / HTTP/1.1", "Connection: x,, close ,y\r\n", false },
        { "GET / HTTP/1.1", "Connection: keep-alive\r\nConnection: close\r\n", false },
        { "GET / HTTP/1.1", "Connection: close, keep-alive\r\n", false },
        { "GET / HTTP/1.1", "Connection: closed\r\n", true },
        { "GET / HTTP/1.1", "Proxy-Connection: close\r\n", true },
        { "GET / HTTP/1.0", "", false },
        { "GET / HTTP/1.0", "Connection: Keep-Alive\r\n", true },
        { "GET / HTTP/1.0", "Connection: keep-alive, close\r\n", false },
        { "GET / HTTP/1.0", "Proxy-Connection: keep-alive\r\n", false },
        { "HTTP/1.1 200 OK", "Content-Length: 1\r\n", true },
        { "HTTP/1.1 200 OK", "Content-Length: 1\r\nConnection: close\r\n", false },
        { "HTTP/1.1 200 OK", "Connection: keep-alive\r\n", false },
        { "HTTP/1.1 204 x", "", true },
        { "HTTP/1.0 200 OK", "Content-Length: 1\r\n", false },
        { "HTTP/1.0 200 OK", "Content-Length: 1\r\nConnection: keep-alive\r\n", true },
    };
    size_t i;

    (void) state;
    for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        bool is_request = rows[i].line[0] == 'G';
        struct head head;
        char text[256];

        snprintf(text, sizeof(text), "%s\r\n%s%s\r\n", rows[i].line,
                 is_request ? "Host: a\r\n" : "", rows[i].fields);
        head_parse(&head, str_from(text), is_request, &usual);
        if (head.result != H1_OK || head.message.keeps_connection != rows[i].keeps) {
            fail_msg("%s", text);
        }
        head_fini(&head);
    }
}

static void test_fields_of_the_hop(void **state) {
    (void) state;
    head_expect(STR("GET / HTTP/1.1\r\nHost: a\r\nX-A: 1\r\nConnection: x-a, X-C,te\r\nX-B: 2\r\n"
                    "X-C: 3\r\nTE: trailers\r\nx-a: 4\r\nUpgrade: h2c\r\nKeep-Alive: 5\r\n"
                    "Proxy-Connection: close\r\nTrailer: X\r\nExpect: x\r\n\r\n"),
                true, &usual,
                "GET / path=/ host=a:0 11 none 0 keep | Host: a | X-A: 1 (hop)"
                " | Connection: x-a, X-C,te (hop) | X-B: 2 | X-C: 3 (hop) | TE: trailers (hop)"
                " | x-a: 4 (hop) | Upgrade: h2c (hop) | Keep-Alive: 5 (hop)"
                " | Proxy-Connection: close (hop) | Trailer: X (hop) | Expect: x (hop)");
    head_expect(STR("HTTP/1.1 204 x\r\nConnection: X-A\r\nX-A: 1\r\nX-B: 2\r\n\r\n"), false, &usual,
                "204 [x] 11 none 0 keep | Connection: X-A (hop) | X-A: 1 (hop) | X-B: 2");
}

/* A client cannot have fields dropped that mean something to weir, or to those behind it. */
static void test_connection_cannot_name_what_weir_knows(void **state) {
    (void) state;
    head_expect(STR("GET / HTTP/1.1\r\nHost: a\r\nConnection: Host, Cookie, X-Forwarded-For\r\n"
                    "Cookie: b\r\nX-Forwarded-For: c\r\n\r\n"),
                true, &usual,
                "GET / path=/ host=a:0 11 none 0 keep | Host: a"
                " | Connection: Host, Cookie, X-Forwarded-For (hop) | Cookie: b"
                " | X-Forwarded-For: c");
}

/* Each option is looked for among all fields, so there is an end to both. */
static void test_number_of_connection_options(void **state) {
    struct head head;
    char text[2048];
    size_t len;
    int options, i;

    (void) state;
    for (options = 31; options <= 33; options++) {
        len = (size_t) snprintf(text, sizeof(text), "GET / HTTP/1.1\r\nHost: a\r\nConnection: ,,");
        for (i = 0; i < options; i++) {
            len += (size_t) snprintf(text + len, sizeof(text) - len, "%s",
                                     i % 20 == 19 ? "x\r\nConnection: " : "x,");
        }
        snprintf(text + len, sizeof(text) - len, "\r\n\r\n");
        head_parse(&head, str_from(text), true, &usual);
        assert_int_equal(head.result, options <= 32 ? H1_OK : H1_BAD);
        if (options > 32) {
            assert_string_equal(head_describe(&head), "400 too many \"Connection\" options");
        }
        head_fini(&head);
    }
}

static void test_expectations(void **state) {
    static const struct {
        const char *text;
        bool expects;
    } rows[] = {
        { "POST / HTTP/1.1\r\nHost: a\r\nExpect: 100-Continue\r\n\r\n", true },
        { "POST / HTTP/1.1\r\nHost: a\r\nExpect: 100-continue\r\nExpect: x\r\n\r\n", true },
        { "POST / HTTP/1.1\r\nHost: a\r\nExpect: 100\r\n\r\n", false },
        { "POST / HTTP/1.1\r\nHost: a\r\n\r\n", false },
        { "POST / HTTP/1.0\r\nExpect: 100-continue\r\n\r\n", false },
        { "HTTP/1.1 200 x\r\nExpect: 100-continue\r\n\r\n", false },
    };
    size_t i;

    (void) state;
    for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct head head;

        head_parse(&head, str_from(rows[i].text), rows[i].text[0] == 'P', &usual);
        assert_int_equal(head.result, H1_OK);
        assert_int_equal(head.message.expects_continue, rows[i].expects);
        head_fini(&head);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_requests),
        cmocka_unit_test(test_requests_1_0),
        cmocka_unit_test(test_responses),
        cmocka_unit_test(test_responses_1_0),
        cmocka_unit_test(test_responses_without_body),
        cmocka_unit_test(test_keeping_the_connection),
        cmocka_unit_test(test_fields_of_the_hop),
        cmocka_unit_test(test_connection_cannot_name_what_weir_knows),
        cmocka_unit_test(test_number_of_connection_options),
        cmocka_unit_test(test_expectations),
    };

    return cmocka_run_group_tests_name("codec/h1_framing", tests, NULL, NULL);
}
