/* SPDX-License-Identifier: BSD-2-Clause */
/* wrap: names_add */
/* Tests of lb/group: which groups there are, how they are found, and the peers they have. */
#include "groups.h"

#include <time.h>

struct names_entry *__real_names_add(struct conf *conf, struct str host, uint16_t port,
                                     const struct conf_line *line, unsigned word);
struct names_entry *__wrap_names_add(struct conf *conf, struct str host, uint16_t port,
                                     const struct conf_line *line, unsigned word);

/* "many.test" has three addresses, "none.test" none; nobody is asked. */
struct names_entry *__wrap_names_add(struct conf *conf, struct str host, uint16_t port,
                                     const struct conf_line *line, unsigned word) {
    struct names_entry *entry = __real_names_add(conf, host, port, line, word);
    unsigned i;

    if (entry != NULL && str_is(host, "many.test")) {
        entry->count = 3;
        entry->addrs = arena_zero(&conf->arena, 3, sizeof(*entry->addrs));
        for (i = 0; i < 3; i++) {
            char text[32];

            snprintf(text, sizeof(text), "10.1.0.%u:%u", i + 1, port);
            assert_true(parse_addr(str_from(text), 0, &entry->addrs[i]));
        }
    }
    return entry;
}

/* ---- finding ---- */

static void test_find(void **state) {
    struct conf *conf = groups_load("http { upstream Backs { server 127.0.0.1; } }\n"
                                    "stream { upstream backs { server 127.0.0.1:1; }\n"
                                    "upstream other { server 127.0.0.1:2; } }\n");
    struct group *of_http = group_find(conf, CONF_HTTP, STR("Backs"));
    struct group *of_stream = group_find(conf, CONF_STREAM, STR("backs"));
    char longest[400];

    (void) state;
    assert_non_null(of_http);
    assert_non_null(of_stream);
    assert_ptr_not_equal(of_http, of_stream);
    assert_ptr_equal(group_find(conf, CONF_HTTP, STR("bACKS")), of_http);
    assert_str(of_http->name, "Backs");
    assert_ptr_equal(group_find(conf, CONF_STREAM, STR("BACKS")), of_stream);
    assert_null(group_find(conf, CONF_HTTP, STR("other")));
    assert_null(group_find(conf, CONF_HTTP, STR("back")));
    assert_null(group_find(conf, CONF_HTTP, STR("")));
    memset(longest, 'x', sizeof(longest));
    assert_null(group_find(conf, CONF_HTTP, str_make(longest, sizeof(longest))));
    conf_free(conf);
}

static void test_duplicate(void **state) {
    struct conf *conf = groups_load_any("stream {\nupstream a { server 1.1.1.1:1; }\n"
                                        "upstream A { server 1.1.1.1:1; }\n}\n");

    (void) state;
    assert_string_equal(conf_message(conf, 0)->text, "duplicate upstream \"A\"");
    assert_int_equal(conf_message(conf, 0)->line, 3);
    assert_non_null(strstr(conf_message(conf, 0)->help, ":2"));
    conf_free(conf);
}

static void test_name_length(void **state) {
    char name[300], text[400];
    struct conf *conf;

    (void) state;
    memset(name, 'n', sizeof(name));
    snprintf(text, sizeof(text), "stream { upstream %.255s { server 1.1.1.1:1; } }", name);
    conf = groups_load(text);
    assert_non_null(group_find(conf, CONF_STREAM, str_make(name, 255)));
    conf_free(conf);
    snprintf(text, sizeof(text), "stream { upstream %.256s { server 1.1.1.1:1; } }", name);
    groups_assert_error(text, 1, "the name of an upstream has 1 to 255 characters");
}

/* ---- targets ---- */

static void test_targets(void **state) {
    struct conf *conf = groups_load("http { upstream u { server 127.0.0.1; }\n"
                                    "pass U 80; pass 127.0.0.1:8080 80; pass 127.0.0.1:8080 80;\n"
                                    "pass 127.0.0.1 80; pass 127.0.0.1 443; pass unix:/a 80;\n"
                                    "pass unix:/A 80; pass [::1]:81 80; }\n"
                                    "stream { pass 127.0.0.1:8080; }\n");
    struct group **passed = groups_passed;

    (void) state;
    assert_int_equal(groups_pass_count, 9);
    assert_ptr_equal(passed[0], group_find(conf, CONF_HTTP, STR("u")));
    assert_false(passed[0]->is_implicit);
    assert_ptr_equal(passed[1], passed[2]);
    assert_true(passed[1]->is_implicit);
    assert_str(passed[1]->name, "127.0.0.1:8080");
    assert_str(passed[1]->peers[0].name, "127.0.0.1:8080");
    /* The same text means another server by another default port. */
    assert_str(passed[3]->peers[0].name, "127.0.0.1:80");
    assert_str(passed[4]->peers[0].name, "127.0.0.1:443");
    assert_str(passed[5]->peers[0].name, "unix:/a");
    assert_str(passed[6]->peers[0].name, "unix:/A");
    assert_str(passed[7]->peers[0].name, "[::1]:81");
    assert_str(passed[8]->peers[0].name, "127.0.0.1:8080");
    assert_ptr_not_equal(passed[8], passed[1]);
    /* An implicit group is no upstream. */
    assert_null(group_find(conf, CONF_HTTP, STR("127.0.0.1:8080")));
    assert_int_equal(passed[1]->keepalive.connections, 32);
    assert_int_equal(passed[1]->keepalive.requests, 1000);
    assert_int_equal(passed[1]->keepalive.time_ms, 3600000);
    assert_int_equal(passed[1]->keepalive.idle_ms, 60000);
    conf_free(conf);
}

static void test_wrong_targets(void **state) {
    char name[257] = "", text[400], message[400];

    (void) state;
    groups_assert_error("stream { pass a.test; }", 1, "no port in upstream \"a.test\"");
    groups_assert_error("stream { pass a.test:0; }", 1, "invalid port in upstream \"a.test:0\"");
    groups_assert_error("stream { pass a.test:70000; }", 1,
                        "invalid port in upstream \"a.test:70000\"");
    groups_assert_error("stream { pass a/b:1; }", 1, "invalid host in upstream \"a/b\"");
    groups_assert_error("http { upstream u { server 1.1.1.1; } pass u:8080 80; }", 1,
                        "upstream \"u\" may not have port 8080");
    memset(name, 'n', sizeof(name) - 1);
    snprintf(text, sizeof(text), "stream { pass %s:1; }", name);
    snprintf(message, sizeof(message), "invalid host in upstream \"%s:1\"", name);
    groups_assert_error(text, 1, message);
}

static const struct resolver_settings no_resolver;

static struct group *for_session(const struct conf *conf, const char *target,
                                 uint16_t default_port, struct arena *arena) {
    return group_for_session(conf, CONF_STREAM, str_from(target), default_port, &no_resolver,
                             arena);
}

static void test_of_a_session(void **state) {
    struct conf *conf = groups_load("stream { upstream u { server 127.0.0.1:1; }\n"
                                    "pass 127.0.0.1:2; }");
    struct arena arena;
    struct group *group;

    (void) state;
    arena_init(&arena);
    assert_ptr_equal(for_session(conf, "U", 0, &arena),
                     group_find(conf, CONF_STREAM, STR("u")));
    /* A target that the file names has its shared state. */
    assert_ptr_equal(for_session(conf, "127.0.0.1:2", 0, &arena), groups_passed[0]);
    assert_null(for_session(conf, "127.0.0.1", 0, &arena));
    assert_null(for_session(conf, "", 0, &arena));
    group = for_session(conf, "127.0.0.1", 3, &arena);
    assert_true(group->is_temporary);
    assert_null(group->zone);
    assert_int_equal(group->count, 1);
    assert_str(group->peers[0].name, "127.0.0.1:3");
    /* Whatever happens with it, the next one begins anew. */
    assert_int_equal(pick_once(group, PICK_FAILURE), 0);
    assert_int_equal(pick_once(group, PICK_FAILURE), 0);
    arena_fini(&arena);
    conf_free(conf);
}

/* Its peers come later, and are picked in their order. */
static void test_of_a_session_with_a_host(void **state) {
    struct conf *conf = groups_load("stream { upstream u { server 127.0.0.1:1; } }");
    struct addr addrs[2];
    struct arena arena;
    struct group *group;

    (void) state;
    arena_init(&arena);
    assert_null(for_session(conf, "name.test", 0, &arena));
    assert_null(for_session(conf, "name.test:70000", 80, &arena));
    assert_null(for_session(conf, "[name.test]:80", 0, &arena));
    assert_null(for_session(conf, ":80", 0, &arena));
    group = for_session(conf, "name.test", 80, &arena);
    assert_int_equal(group->host->port, 80);
    group = for_session(conf, "name.test:3", 80, &arena);
    assert_true(group->is_temporary);
    assert_int_equal(group->count, 0);
    assert_str(group->host->name, "name.test");
    assert_int_equal(group->host->port, 3);
    assert_ptr_equal(group->host->resolver, &no_resolver);
    assert_true(parse_ip(STR("127.0.0.2"), &addrs[0]));
    assert_true(parse_ip(STR("::1"), &addrs[1]));
    group_resolved(group, addrs, 2, &arena);
    assert_null(group->host);
    assert_int_equal(group->usable_count, 2);
    assert_str(group->peers[0].name, "127.0.0.2:3");
    assert_str(group->peers[1].name, "[::1]:3");
    assert_int_equal(pick_once(group, PICK_FAILURE), 0);
    arena_fini(&arena);
    conf_free(conf);
}

/* ---- peers ---- */

static void test_peers(void **state) {
    struct conf *conf;
    struct group *group = groups_one(&conf, "server 10.0.0.1:1 backup weight=7;\n"
                                            "server many.test:5 weight=2 max_fails=4\n"
                                            "  fail_timeout=3s max_conns=9;\n"
                                            "server 10.0.0.2:1 down;\n"
                                            "server [2001:db8::1]:3;\n"
                                            "server unix:/run/s backup down;\n");
    static const char *const names[] = { "10.1.0.1:5",  "10.1.0.2:5",        "10.1.0.3:5",
                                         "10.0.0.2:1",  "[2001:db8::1]:3", "10.0.0.1:1",
                                         "unix:/run/s" };
    unsigned i;

    (void) state;
    assert_int_equal(group->count, 7);
    assert_int_equal(group->primary_count, 5);
    assert_int_equal(group->usable_count, 5);
    for (i = 0; i < 7; i++) {
        assert_str(group->peers[i].name, names[i]);
        assert_int_equal(group->peers[i].is_backup, i >= 5);
        assert_int_equal(group->peers[i].is_down, i == 3 || i == 6);
        assert_non_null(group->peers[i].state);
        assert_int_equal(group->peers[i].weight, i < 3 ? 2 : i == 5 ? 7 : 1);
    }
    for (i = 0; i < 3; i++) {
        assert_str(group->peers[i].server, "many.test:5");
        assert_int_equal(group->peers[i].max_fails, 4);
        assert_int_equal(group->peers[i].fail_timeout_ms, 3000);
        assert_int_equal(group->peers[i].max_conns, 9);
    }
    assert_int_equal(group->peers[4].max_fails, 1);
    assert_int_equal(group->peers[4].fail_timeout_ms, 10000);
    assert_int_equal(group->peers[4].max_conns, 0);
    assert_ptr_equal(group->method, &round_robin_method);
    conf_free(conf);
}

static void test_one_server(void **state) {
    struct conf *conf;
    struct group *group = groups_one(&conf, "server 10.0.0.1:1 max_fails=3;");

    (void) state;
    assert_int_equal(group->peers[0].max_fails, 0);
    assert_ptr_equal(group->method, &single_method);
    conf_free(conf);
    group = groups_one(&conf, "server 10.0.0.1:1 max_fails=3; server 10.0.0.2:1 backup;");
    assert_int_equal(group->peers[0].max_fails, 3);
    conf_free(conf);
}

/* A name without an answer is no error here: net/names has warned. */
static void test_no_address(void **state) {
    struct conf *conf;
    struct group *group = groups_one(&conf, "server none.test:1;");

    (void) state;
    assert_int_equal(group->count, 0);
    assert_int_equal(pick_once(group, PICK_SUCCESS), -1);
    conf_free(conf);
    group = groups_one(&conf, "server none.test:1; server 10.0.0.1:1 backup;");
    assert_int_equal(group->count, 1);
    assert_int_equal(group->primary_count, 0);
    assert_string_equal(pick_letters(group, 3), "aaa");
    conf_free(conf);
}

/* ---- many ---- */

static double cpu_seconds(void) {
    struct timespec now;

    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now);
    return (double) now.tv_sec + (double) now.tv_nsec / 1e9;
}

static double load_seconds(unsigned count) {
    struct buf text = { NULL, 0, 0, 0 };
    struct conf *conf;
    double start;
    unsigned i;

    buf_append(&text, STR("stream {\n"), BUF_SIZE_MAX);
    for (i = 0; i < count; i++) {
        char line[128];
        int len = snprintf(line, sizeof(line), "upstream u%u { server 10.0.0.1:%u; }\n", i,
                           1 + i % 60000);

        buf_append(&text, str_make(line, (size_t) len), BUF_SIZE_MAX);
    }
    buf_append(&text, str_make("}\n", 3), BUF_SIZE_MAX);
    start = cpu_seconds();
    conf = groups_load(buf_bytes(&text).data);
    start = cpu_seconds() - start;
    for (i = 0; i < count; i += 97) {
        char name[16];
        struct group *group;

        snprintf(name, sizeof(name), "U%u", i);
        group = group_find(conf, CONF_STREAM, str_from(name));
        assert_non_null(group);
        assert_int_equal(addr_port(&group->peers[0].addr), 1 + i % 60000);
    }
    conf_free(conf);
    buf_free(&text);
    return start;
}

/* Sixteen times as many take about sixteen times as long, not 256 times. */
static void test_many_upstreams(void **state) {
    double few = load_seconds(2000), many = load_seconds(32000);

    (void) state;
    print_message("2000 upstreams load in %.3f s, 32000 in %.3f s\n", few, many);
    assert_true(many < few * 64);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_find),
        cmocka_unit_test(test_duplicate),
        cmocka_unit_test(test_name_length),
        cmocka_unit_test(test_targets),
        cmocka_unit_test(test_wrong_targets),
        cmocka_unit_test(test_of_a_session),
        cmocka_unit_test(test_of_a_session_with_a_host),
        cmocka_unit_test(test_peers),
        cmocka_unit_test(test_one_server),
        cmocka_unit_test(test_no_address),
        cmocka_unit_test(test_many_upstreams),
    };

    return cmocka_run_group_tests_name("lb/group", tests, NULL, groups_give_back);
}
