/* SPDX-License-Identifier: BSD-2-Clause */
/* Tests of lb/upstream: what the directives of `upstream {}` take and refuse. */
#include "groups.h"

static void assert_refused(const char *line, const char *expected) {
    char text[300];

    snprintf(text, sizeof(text), "stream {\nupstream u {\n%s\n}\n}\n", line);
    groups_assert_error(text, 3, expected);
}

static void test_parameters(void **state) {
    struct conf *conf;
    struct group *group = groups_one(&conf, "server 10.0.0.1:1 weight=2147483647 max_fails=1000\n"
                                            "  max_conns=2147483647 fail_timeout=500ms;\n"
                                            "server 10.0.0.2:1 max_fails=0 fail_timeout=1m\n"
                                            "  weight=1 weight=2;\n");

    (void) state;
    assert_int_equal(group->peers[0].weight, INT32_MAX);
    assert_int_equal(group->peers[0].max_fails, 1000);
    assert_int_equal(group->peers[0].max_conns, INT32_MAX);
    assert_int_equal(group->peers[0].fail_timeout_ms, 500);
    assert_int_equal(group->peers[1].max_fails, 0);
    assert_int_equal(group->peers[1].fail_timeout_ms, 60000);
    assert_int_equal(group->peers[1].weight, 2);
    conf_free(conf);
}

static void test_wrong_parameters(void **state) {
    static const char *const parameters[] = {
        "weight=0", "weight=", "weight=-1", "weight=x", "weight=2147483648", "weight",
        "max_fails=", "max_fails=-1", "max_conns=x", "fail_timeout=", "fail_timeout=1x", "backups",
        "Down", "down=1", "slow"
    };
    char line[100], expected[100];
    size_t i;

    (void) state;
    for (i = 0; i < sizeof(parameters) / sizeof(parameters[0]); i++) {
        snprintf(line, sizeof(line), "server 10.0.0.1:1 %s;", parameters[i]);
        snprintf(expected, sizeof(expected), "invalid parameter \"%s\"", parameters[i]);
        assert_refused(line, expected);
    }
}

static void test_addresses(void **state) {
    struct conf *conf = groups_load("http { upstream u { server 10.0.0.1; server [::1];\n"
                                    "server 10.0.0.1:81; server unix:/s; } }");
    const struct peer *peers = group_find(conf, CONF_HTTP, STR("u"))->peers;

    (void) state;
    assert_str(peers[0].name, "10.0.0.1:80");
    assert_str(peers[1].name, "[::1]:80");
    assert_str(peers[2].name, "10.0.0.1:81");
    assert_str(peers[3].name, "unix:/s");
    conf_free(conf);
    assert_refused("server 10.0.0.1;", "no port in upstream \"10.0.0.1\"");
    assert_refused("server 10.0.0.1:x;", "invalid port in upstream \"10.0.0.1:x\"");
    assert_refused("server 10.0.0.1:0;", "invalid port in upstream \"10.0.0.1:0\"");
    assert_refused("server a%b:1;", "invalid host in upstream \"a%b\"");
}

static void test_no_servers(void **state) {
    (void) state;
    groups_assert_error("stream {\nupstream u { }\n}", 2, "no servers are inside upstream");
    groups_assert_error("stream {\nupstream u { server 1.1.1.1:1 backup; }\n}", 2,
                        "no servers are inside upstream");
}

static void test_keepalive(void **state) {
    struct conf *conf = groups_load("http { upstream a { server 1.1.1.1; }\n"
                                    "upstream b { server 1.1.1.1; keepalive 0; }\n"
                                    "upstream c { server 1.1.1.1; keepalive 7 local;\n"
                                    "keepalive_requests 2; keepalive_time 3s;\n"
                                    "keepalive_timeout 4s; } }");
    const struct group_keepalive *c = &group_find(conf, CONF_HTTP, STR("c"))->keepalive;

    (void) state;
    assert_int_equal(group_find(conf, CONF_HTTP, STR("a"))->keepalive.connections, 32);
    assert_int_equal(group_find(conf, CONF_HTTP, STR("a"))->keepalive.requests, 1000);
    assert_int_equal(group_find(conf, CONF_HTTP, STR("a"))->keepalive.time_ms, 3600 * 1000);
    assert_int_equal(group_find(conf, CONF_HTTP, STR("a"))->keepalive.idle_ms, 60 * 1000);
    assert_int_equal(group_find(conf, CONF_HTTP, STR("b"))->keepalive.connections, 0);
    assert_int_equal(c->connections, 7);
    assert_int_equal(c->requests, 2);
    assert_int_equal(c->time_ms, 3000);
    assert_int_equal(c->idle_ms, 4000);
    conf_free(conf);
    groups_assert_error("http { upstream a { server 1.1.1.1;\nkeepalive x; } }", 2,
                        "invalid value \"x\" in \"keepalive\" directive");
    groups_assert_error("http { upstream a { server 1.1.1.1;\nkeepalive 1 global; } }", 2,
                        "invalid parameter \"global\"");
}

/* L4 has no idle connections to keep. */
static void test_keepalive_of_stream(void **state) {
    struct conf *conf = groups_load_any("stream { upstream a { server 1.1.1.1:1; keepalive 1; } }");

    (void) state;
    assert_int_equal(conf_errors(conf), 1);
    conf_free(conf);
}

static void test_zone(void **state) {
    struct conf *conf;
    struct group *group = groups_one(&conf, "zone z 64k; server 1.1.1.1:1;");

    (void) state;
    assert_int_equal(group->count, 1);
    conf_free(conf);
    groups_one(&conf, "zone z; server 1.1.1.1:1;");
    conf_free(conf);
    assert_refused("zone z x;", "invalid zone size \"x\"");
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_parameters),
        cmocka_unit_test(test_wrong_parameters),
        cmocka_unit_test(test_addresses),
        cmocka_unit_test(test_no_servers),
        cmocka_unit_test(test_keepalive),
        cmocka_unit_test(test_keepalive_of_stream),
        cmocka_unit_test(test_zone),
    };

    return cmocka_run_group_tests_name("lb/upstream", tests, NULL, groups_give_back);
}
