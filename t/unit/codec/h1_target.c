/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Tests of codec/h1_target: the forms of a target, and whose host counts.
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

static const struct h1_parse_options options = { .max_fields = 100, .ignores_bad_fields = true };

struct row {
    const char *target, *fields, *expected; /* expected: path, host and port, or the error */
};

#define BAD "400 client sent invalid request"
#define BAD_HOST "400 client sent invalid \"Host\" header"
#define NO_HOST "400 client sent HTTP/1.1 request without \"Host\" header"
#define TWO_HOSTS "400 client sent duplicate \"Host\" header"

static void expect(const char *method, const char *version, const struct row *row) {
    char text[512], expected[512];
    bool is_bad = row->expected[0] >= '0' && row->expected[0] <= '9';
    struct head head;

    snprintf(text, sizeof(text), "%s %s HTTP/%s\r\n%s\r\n", method, row->target, version,
             row->fields);
    head_parse(&head, str_from(text), true, &options);
    if (head.result == H1_OK) {
        snprintf(expected, sizeof(expected), "%.*s %.*s:%u", STR_ARG(head.message.path),
                 STR_ARG(head.message.host), head.message.port);
        assert_true(str_is(head.message.target, row->target));
        assert_true(str_is(head.message.method_name, method));
    } else {
        snprintf(expected, sizeof(expected), "%s", head_describe(&head));
    }
    if (strcmp(row->expected, expected) != 0 || is_bad != (head.result == H1_BAD)) {
        fail_msg("%s: %s instead of %s", text, expected, row->expected);
    }
    head_fini(&head);
}

static void expect_rows(const char *method, const char *version, const struct row *rows,
                        size_t count) {
    size_t i;

    for (i = 0; i < count; i++) {
        expect(method, version, &rows[i]);
    }
}

#define ROWS(rows) rows, sizeof(rows) / sizeof((rows)[0])

static void test_host_field(void **state) {
    static const struct row rows[] = {
        { "/", "Host: a\r\n", "/ a:0" },
        { "/", "host: Example.COM:8080\r\n", "/ example.com:8080" },
        { "/", "Host:a.\r\n", "/ a:0" },
        { "/", "Host: [::1]:81\r\n", "/ [::1]:81" },
        { "/", "Host: [FE80::1]\r\n", "/ [fe80::1]:0" },
        { "/", "Host: a:\r\n", "/ a:0" },
        { "/", "X: y\r\n", NO_HOST },
        { "/", "", NO_HOST },
        { "/", "Host:\r\n", BAD_HOST },
        { "/", "Host: \r\n", BAD_HOST },
        { "/", "Host: a\r\nHost: a\r\n", TWO_HOSTS },
        { "/", "Host: a\r\nX: y\r\nhOST:\r\n", TWO_HOSTS },
        { "/", "Host: a/b\r\n", BAD_HOST },
        { "/", "Host: a b\r\n", BAD_HOST },
        { "/", "Host: a@b\r\n", BAD_HOST },   /* nginx: takes it */
        { "/", "Host: a,b\r\n", "/ a,b:0" },
        { "/", "Host: a, b\r\n", BAD_HOST },
        { "/", "Host: a:x\r\n", BAD_HOST },   /* nginx: takes it */
        { "/", "Host: a:80:80\r\n", BAD_HOST }, /* nginx: takes it */
        { "/", "Host: http://a\r\n", BAD_HOST },
    };

    (void) state;
    expect_rows("GET", "1.1", ROWS(rows));
}

static void test_host_field_in_version_1_0(void **state) {
    static const struct row rows[] = {
        { "/", "", "/ :0" },
        { "/", "Host: A:1\r\n", "/ a:1" },
        { "/", "Host:\r\n", BAD_HOST },
        { "/", "Host: a/b\r\n", BAD_HOST },
        { "/", "Host: a\r\nHost: a\r\n", TWO_HOSTS },
        { "http://b/x", "", "/x b:0" },
    };

    (void) state;
    expect_rows("GET", "1.0", ROWS(rows));
}

static void test_absolute_form(void **state) {
    static const struct row rows[] = {
        { "http://b/x?y", "Host: a:81\r\n", "/x?y b:0" },
        { "HTTP://B.Example:82/X", "Host: a\r\n", "/X b.example:82" },
        { "https://b/", "Host: a\r\n", "/ b:0" },
        { "http://b", "Host: a\r\n", "/ b:0" },
        { "http://b:83", "Host: a\r\n", "/ b:83" },
        { "http://b:", "Host: a:84\r\n", "/ b:0" },
        { "http://b?q", "Host: a\r\n", "/?q b:0" },
        { "http://b:83?q/r", "Host: a\r\n", "/?q/r b:83" },
        { "http://[::1]:84/", "Host: a\r\n", "/ [::1]:84" },
        { "http://b//x", "Host: a\r\n", "//x b:0" },
        { "http://b/x", "", NO_HOST },
        { "http://b/x", "Host:\r\n", BAD_HOST },
        { "http://b/x", "Host: a/b\r\n", BAD_HOST },
        { "http:///x", "Host: a\r\n", BAD },
        { "http://", "Host: a\r\n", BAD },
        { "http://?q", "Host: a\r\n", BAD },
        { "http://u@b/", "Host: a\r\n", BAD },
        { "http://b:x/", "Host: a\r\n", BAD },
        { "http://b:99999/", "Host: a\r\n", BAD }, /* nginx: takes it */
        { "http://b#f", "Host: a\r\n", BAD },
        { "http:/b/", "Host: a\r\n", BAD },
        { "http:b", "Host: a\r\n", BAD },
        { "ftp://b/", "Host: a\r\n", BAD }, /* nginx: takes it */
        { "x", "Host: a\r\n", BAD },
        { "a:80", "Host: a\r\n", BAD },
        { "?q", "Host: a\r\n", BAD },
        { "*", "Host: a\r\n", BAD },
    };

    (void) state;
    expect_rows("GET", "1.1", ROWS(rows));
}

static void test_authority_form(void **state) {
    static const struct row rows[] = {
        { "b:443", "Host: a\r\n", "b:443 b:443" },
        { "B:443", "Host: a:1\r\n", "B:443 b:443" },
        { "b", "Host: a:1\r\n", "b b:0" },
        { "[::1]:443", "Host: a\r\n", "[::1]:443 [::1]:443" },
        { "/", "Host: a\r\n", "/ a:0" },
        { "b/c", "Host: a\r\n", "400 client sent invalid host in request line" },
        { "http://b/", "Host: a\r\n", "400 client sent invalid host in request line" },
        { "*", "Host: a\r\n", "* *:0" },
    };

    (void) state;
    expect_rows("CONNECT", "1.1", ROWS(rows));
}

static void test_asterisk_form(void **state) {
    static const struct row rows[] = {
        { "*", "Host: a\r\n", BAD },
        { "/", "Host: a\r\n", "/ a:0" },
        { "**", "Host: a\r\n", BAD },
        { "*/", "Host: a\r\n", BAD },
    };

    (void) state;
    expect_rows("OPTIONS", "1.1", ROWS(rows));
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_host_field),
        cmocka_unit_test(test_host_field_in_version_1_0),
        cmocka_unit_test(test_absolute_form),
        cmocka_unit_test(test_authority_form),
        cmocka_unit_test(test_asterisk_form),
    };

    return cmocka_run_group_tests_name("codec/h1_target", tests, NULL, NULL);
}
