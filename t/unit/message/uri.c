/* SPDX-License-Identifier: BSD-2-Clause */
/* Tests of message/uri: targets in their normal form, as nginx 1.22 makes it, and back. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "message/uri.h"

#include <stdio.h>
#include <stdlib.h>

static struct arena arena;

static int finish(void **state) {
    (void) state;
    arena_fini(&arena);
    arena_trim();
    buf_trim();
    return 0;
}

/* The path, '?' and the query where there is one, or "bad". */
static void expect(struct str target, bool merges_slashes, const char *expected) {
    char *copy = malloc(target.len);
    struct uri uri;
    char text[256];

    memcpy(copy, target.data, target.len);
    if (parse_uri(str_make(copy, target.len), merges_slashes, &arena, &uri)) {
        snprintf(text, sizeof(text), "%.*s%s%.*s", STR_ARG(uri.path), uri.has_query ? "?" : "",
                 STR_ARG(uri.query));
    } else {
        snprintf(text, sizeof(text), "bad");
    }
    free(copy);
    if (strcmp(text, expected) != 0) {
        fail_msg("%.*s: %s instead of %s", STR_ARG(target), text, expected);
    }
}

static void test_normal_form(void **state) {
    static const struct {
        struct str target;
        const char *expected;
        const char *with_slashes; /* merge_slashes off; NULL: the same */
    } rows[] = {
        { STR("/"), "/", NULL },
        { STR("/a"), "/a", NULL },
        { STR("/a//b"), "/a/b", "/a//b" },
        { STR("//"), "/", "//" },
        { STR("///a"), "/a", "///a" },
        { STR("/a/"), "/a/", NULL },
        { STR("/."), "/", NULL },
        { STR("/./a"), "/a", NULL },
        { STR("/a/."), "/a/", NULL },
        { STR("/a/.."), "/", NULL },
        { STR("/a/../"), "/", NULL },
        { STR("/a/../b"), "/b", NULL },
        { STR("/a/b/../c"), "/a/c", NULL },
        { STR("/a/b/.."), "/a/", NULL },
        { STR("/..."), "/...", NULL },
        { STR("/.a"), "/.a", NULL },
        { STR("/a/..b"), "/a/..b", NULL },
        { STR("/a;b/../c"), "/c", NULL },
        { STR("/a//../b"), "/b", "/a/b" },
        { STR("/a/.//b"), "/a/b", "/a//b" },
        { STR("//../a"), "bad", "/a" },
        { STR("/a%2fb"), "/a/b", NULL },
        { STR("/a%2F..%2fb"), "/b", NULL },
        { STR("/a%2f%2fb"), "/a/b", "/a//b" },
        { STR("/a/%2e"), "/a/", NULL },
        { STR("/a/%2E%2e/b"), "/b", NULL },
        { STR("/%41"), "/A", NULL },
        { STR("/%25"), "/%", NULL },
        { STR("/%2541"), "/%41", NULL },
        { STR("/%20%ff%0d%0A"), "/ \xff\r\n", NULL },
        { STR("/a%5c..%5cb"), "/a\\..\\b", NULL },
        { STR("/a?b"), "/a?b", NULL },
        { STR("/a?b?c"), "/a?b?c", NULL },
        { STR("/a?"), "/a?", NULL },
        { STR("/a%3fb?c"), "/a?b?c", NULL },
        { STR("/a?/../%zz"), "/a?/../%zz", NULL },
        { STR("/a#b?c"), "/a", NULL },
        { STR("/a?b#c"), "/a?b", NULL },
        { STR("/a%23b"), "/a#b", NULL },
        { STR("/a/..?x"), "/?x", NULL },
        { STR("/a/.#"), "/a/", NULL },
        { STR("/.."), "bad", NULL },
        { STR("/../a"), "bad", NULL },
        { STR("/a/../../b"), "bad", NULL },
        { STR("/%2e%2e"), "bad", NULL },
        { STR("/%"), "bad", NULL },
        { STR("/%4"), "bad", NULL },
        { STR("/%4g"), "bad", NULL },
        { STR("/%g4"), "bad", NULL },
        { STR("/a%00"), "bad", NULL },
        { STR("/a\0b"), "bad", NULL },
    };
    size_t i;

    (void) state;
    for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        const char *with_slashes = rows[i].with_slashes;

        expect(rows[i].target, true, rows[i].expected);
        expect(rows[i].target, false, with_slashes != NULL ? with_slashes : rows[i].expected);
    }
}

/* A path that is normal already is not copied. */
static void test_normal_paths_stay_where_they_are(void **state) {
    struct str target = STR("/a/b.c?d");
    struct uri uri;

    (void) state;
    assert_true(parse_uri(target, true, &arena, &uri));
    assert_ptr_equal(uri.path.data, target.data);
    assert_true(str_is(uri.path, "/a/b.c"));
}

static void test_escapes(void **state) {
    struct buf text = { .data = NULL };
    int c;

    (void) state;
    for (c = 0; c < 256; c++) {
        const char path[] = { '/', (char) c, 'z' };
        bool is_escaped = c <= ' ' || c >= 0x7f || strchr("\"#%<>?\\^`{|}", c) != NULL;
        char expected[8];
        struct uri uri;

        snprintf(expected, sizeof(expected), is_escaped ? "/%%%02Xz" : "/%cz", (unsigned) c);
        buf_free(&text);
        uri_escape_path(&text, str_make(path, sizeof(path)));
        assert_true(str_is(buf_bytes(&text), expected));
        if (c != '\0' && c != '/') {
            assert_true(parse_uri(buf_bytes(&text), true, &arena, &uri));
            assert_true(str_equal(uri.path, str_make(path, sizeof(path))));
        }
    }
    buf_free(&text);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_normal_form),
        cmocka_unit_test(test_normal_paths_stay_where_they_are),
        cmocka_unit_test(test_escapes),
    };

    return cmocka_run_group_tests_name("message/uri", tests, NULL, finish);
}
