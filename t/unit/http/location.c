/* SPDX-License-Identifier: BSD-2-Clause */
/* Tests of http/location: which one a path leads to. */
#include "exchanges.h"

#include "http/location.h"

static enum http_next exchanges_answer(struct exchange *exchange, struct str name) {
    (void) exchange, (void) name;
    return HTTP_NEXT;
}

/* ---- a server ---- */

static const struct http_server *server;

static void load_server(const char *inside) {
    static char text[64 * 1024];
    const struct conf_block *block;

    snprintf(text, sizeof(text), "http { server { listen 127.0.0.1:1; %s } }", inside);
    exchanges_load(text);
    block = exchanges_conf->main->first->first;
    assert_int_equal(block->where, CONF_HTTP_SERVER);
    server = block->object;
}

static int unload(void **state) {
    (void) state;
    conf_free(exchanges_conf);
    return 0;
}

/* The name of the location that a path leads to; "-": the server's own. */
static const char *found(const char *path) {
    static char name[256];
    struct arena arena;
    struct scope scope;
    bool is_redirect;
    const struct http_location *location;

    arena_init(&arena);
    scope_init(&scope, variable_table_of(exchanges_conf, server->block), &arena);
    location = location_find(server, str_from(path), &scope, &is_redirect);
    assert_false(is_redirect);
    snprintf(name, sizeof(name), "%.*s", STR_ARG(location->name));
    arena_fini(&arena);
    return location == &server->self ? "-" : name;
}

#define assert_found(path, name) assert_string_equal(found(path), name)

/* ---- tests ---- */

static void test_prefixes_and_exact_ones(void **state) {
    (void) state;
    load_server("location /a/ { } location /a { } location = /a/b { } location /a/bc { }"
                "location /b { } location = / { }");
    assert_found("/", "/");
    assert_found("/c", "-");
    assert_found("/a", "/a");
    assert_found("/a/", "/a/");
    assert_found("/a/b", "/a/b");
    assert_found("/a/bb", "/a/");
    assert_found("/a/bcd", "/a/bc");
    assert_found("/ab", "/a");
    assert_found("/b", "/b");
}

static void test_expressions(void **state) {
    (void) state;
    load_server("location /a/ { } location ^~ /f/ { } location = /f.x { }"
                "location ~ \\.x$ { } location ~* \\.Y$ { } location ~ x { }");
    assert_found("/a/b", "/a/");
    assert_found("/a/b.x", "\\.x$");
    assert_found("/a/b.X", "/a/");
    assert_found("/a/b.y", "\\.Y$");
    assert_found("/a/bxc", "x");
    assert_found("/f/a.x", "/f/");
    assert_found("/f.x", "/f.x");
    assert_found("/f.xx", "x");
}

/* What is inside comes before the expressions around; "^~" inside spares only those inside. */
static void test_inside(void **state) {
    (void) state;
    load_server("location /o/ { location /o/i/ { } location ^~ /o/f/ { } location ~ t$ { } }"
                "location ^~ /s/ { location ~ t$ { } } location ~ t { } location ~ ^/r { "
                "location ~ q$ { } }");
    assert_found("/o/", "/o/");
    assert_found("/o/i/", "/o/i/");
    assert_found("/o/i/t", "t$");
    assert_found("/o/f/x", "/o/f/");
    assert_found("/o/f/t", "t");
    assert_found("/o/tx", "t");
    assert_found("/s/tx", "/s/");
    assert_found("/s/xt", "t$");
    assert_found("/rx", "^/r");
    assert_found("/rq", "q$");
}

static void test_names(void **state) {
    struct str name = STR("@n");

    (void) state;
    load_server("location @n { } location / { }");
    assert_found("@n", "-");
    assert_non_null(location_find_named(server, name));
    assert_null(location_find_named(server, STR("@m")));
    assert_null(location_find_named(server, STR("/")));
}

static void test_methods(void **state) {
    const struct http_location *location, *limited;

    (void) state;
    load_server("location @n { limit_except GET put { } answer all; }");
    location = location_find_named(server, STR("@n"));
    assert_ptr_equal(location_for_method(location, STR("GET")), location);
    assert_ptr_equal(location_for_method(location, STR("HEAD")), location);
    assert_ptr_equal(location_for_method(location, STR("PUT")), location);
    limited = location_for_method(location, STR("POST"));
    assert_ptr_not_equal(limited, location);
    assert_ptr_equal(location_for_method(location, STR("put")), limited);
    assert_true(str_equal(limited->name, location->name));
    assert_ptr_equal(location_for_method(limited, STR("POST")), limited);
}

/* ---- against the definition ---- */

enum { NAMES = 60, PATHS = 2000, NAME_MAX_LEN = 6 };

/* Few letters, so that names are prefixes of each other; one sorts before "/". */
static void make_path(char *path) {
    unsigned len = 1 + (unsigned) random() % NAME_MAX_LEN, i;

    path[0] = '/';
    for (i = 1; i < len; i++) {
        path[i] = "ab/-"[random() % 4];
    }
    path[len] = '\0';
}

static void test_random_prefixes(void **state) {
    char names[NAMES][NAME_MAX_LEN + 1], path[NAME_MAX_LEN + 1], text[NAMES * 32];
    size_t used = 0;
    unsigned count = 0, i, j;

    (void) state;
    srandom(7);
    while (count < NAMES) {
        make_path(names[count]);
        for (j = 0; j < count && strcmp(names[j], names[count]) != 0; j++) {
        }
        if (j == count) {
            used += (size_t) snprintf(text + used, sizeof(text) - used, "location %s { } ",
                                      names[count++]);
        }
    }
    load_server(text);
    for (i = 0; i < PATHS; i++) {
        const char *best = "-";

        make_path(path);
        for (j = 0; j < NAMES; j++) {
            if (strncmp(path, names[j], strlen(names[j])) == 0
                && (*best == '-' || strlen(names[j]) > strlen(best))) {
                best = names[j];
            }
        }
        assert_found(path, best);
    }
}

int main(void) {
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test_teardown(test_prefixes_and_exact_ones, unload),
        cmocka_unit_test_teardown(test_expressions, unload),
        cmocka_unit_test_teardown(test_inside, unload),
        cmocka_unit_test_teardown(test_names, unload),
        cmocka_unit_test_teardown(test_methods, unload),
        cmocka_unit_test_teardown(test_random_prefixes, unload),
    };

    return cmocka_run_group_tests_name("http/location", tests, NULL, NULL);
}
