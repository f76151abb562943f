/* SPDX-License-Identifier: BSD-2-Clause */
/* Tests of lb/proxy_bind: what is an address to connect from. */
#include "groups.h"

static struct conf *conf;
static unsigned complaints;

static const struct proxy_bind *load_bind(const char *words) {
    char text[200];

    snprintf(text, sizeof(text), "stream { bind %s; }", words);
    conf = groups_load(text);
    return &groups_settings->bind;
}

static void note_complaint(struct log *log, enum log_level level, const char *line, size_t len) {
    (void) log, (void) level, (void) line, (void) len;
    complaints++;
}

/* The address as text; "" for none, "?" if the value is no address, which is logged. */
static const char *bound(const struct proxy_bind *bind) {
    static char text[ADDR_TEXT_MAX + 1];
    struct log log = { .level = LOG_LEVEL_ERROR, .write = note_complaint };
    struct scope scope;
    struct arena arena;
    struct addr addr;
    size_t len = 0;

    complaints = 0;
    arena_init(&arena);
    scope_init(&scope, variable_table_of(conf, groups_stream), &arena);
    proxy_bind_addr(bind, &scope, &log, NULL, &addr);
    if (addr.len > 0) {
        len = addr_format(&addr, text);
    }
    if (complaints > 0) {
        text[len++] = '?';
    }
    text[len] = '\0';
    arena_fini(&arena);
    return text;
}

static void test_addresses(void **state) {
    static const char *const words[][2] = {
        { "127.0.0.2", "127.0.0.2:0" },
        { "127.0.0.2:99", "127.0.0.2:99" },
        { "::1", "[::1]:0" },
        { "[::1]", "[::1]:0" },
        { "[::1]:99", "[::1]:99" },
        { "off", "" },
    };
    size_t i;

    (void) state;
    for (i = 0; i < sizeof(words) / sizeof(words[0]); i++) {
        const struct proxy_bind *bind = load_bind(words[i][0]);

        assert_string_equal(bound(bind), words[i][1]);
        assert_false(bind->is_transparent);
        conf_free(conf);
    }
}

static void test_unset(void **state) {
    (void) state;
    conf = groups_load("stream { }");
    assert_string_equal(bound(&groups_settings->bind), "");
    conf_free(conf);
}

static void test_transparent(void **state) {
    (void) state;
    assert_true(load_bind("127.0.0.2 transparent")->is_transparent);
    assert_true(proxy_bind_has_transparent(conf));
    conf_free(conf);
    load_bind("127.0.0.2");
    assert_false(proxy_bind_has_transparent(conf));
    conf_free(conf);
}

static void test_variable(void **state) {
    (void) state;
    /* $pid is a number, which is no address. */
    assert_string_equal(bound(load_bind("$pid")), "?");
    conf_free(conf);
    assert_string_equal(bound(load_bind("$pid transparent")), "?");
    conf_free(conf);
}

static void test_wrong(void **state) {
    (void) state;
    groups_assert_error("stream { bind x; }", 1, "invalid address \"x\"");
    groups_assert_error("stream { bind unix:/s; }", 1, "invalid address \"unix:/s\"");
    groups_assert_error("stream { bind 127.0.0.1:0; }", 1, "invalid address \"127.0.0.1:0\"");
    groups_assert_error("stream { bind 127.0.0.1 opaque; }", 1, "invalid parameter \"opaque\"");
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_addresses),
        cmocka_unit_test(test_unset),
        cmocka_unit_test(test_transparent),
        cmocka_unit_test(test_variable),
        cmocka_unit_test(test_wrong),
    };

    return cmocka_run_group_tests_name("lb/proxy_bind", tests, NULL, groups_give_back);
}
