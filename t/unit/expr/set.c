/* SPDX-License-Identifier: BSD-2-Clause */
/* Tests of expr/set: the list of a block, and running it. */
#include "load.h"

static void values_are_set_in_order(void **state) {
    struct conf *conf = load_good("http { server { set $a 1; set $b \"$a$host\"; set $a 3; } }");
    struct request request;

    (void) state;
    request_init(&request, conf, load_http);
    request.host = STR("h");
    assert_int_equal(set_list_of(load_server)->count, 3);
    set_run(set_list_of(load_server), &request.scope);
    assert_variable(&request, "a", "3");
    assert_variable(&request, "b", "1h");
    request_fini(&request);
    conf_free(conf);
}

static void variable_is_empty_until_it_is_set(void **state) {
    struct conf *conf = load_good("http { server { set $a 1; } }");
    struct request request;

    (void) state;
    request_init(&request, conf, load_http);
    assert_variable(&request, "a", "");
    set_run(set_list_of(load_server), &request.scope);
    assert_variable(&request, "a", "1");
    request_fini(&request);
    conf_free(conf);
}

static void stream_server_may_set(void **state) {
    struct conf *conf = load_good("stream { server { set $a $remote_addr; } }");
    struct request request;

    (void) state;
    request_init(&request, conf, load_stream);
    request.address = STR("192.0.2.7");
    set_run(set_list_of(load_server), &request.scope);
    assert_variable(&request, "a", "192.0.2.7");
    request_fini(&request);
    conf_free(conf);
}

static void other_server_has_no_list(void **state) {
    struct conf *conf = load_good("http { server { set $a 1; } server { } }");

    (void) state;
    assert_int_equal(set_list_of(load_server)->count, 0);
    conf_free(conf);
}

/* As in nginx: the map answers until the variable is set, also where it is volatile. */
static void map_can_be_set_over(void **state) {
    struct conf *conf = load_good("http { server { set $m over; set $v over; }"
                                  "map $host $m { default map; }"
                                  "map $host $v { volatile; default map; } }");
    struct request request;

    (void) state;
    request_init(&request, conf, load_http);
    assert_variable(&request, "m", "map");
    assert_variable(&request, "v", "map");
    set_run(set_list_of(load_server), &request.scope);
    assert_variable(&request, "m", "over");
    assert_variable(&request, "v", "over");
    request_fini(&request);
    conf_free(conf);
}

static void prefix_variable_can_be_set_over(void **state) {
    struct conf *conf = load_good("http { server { set $http_a over; } }");
    struct request request;

    (void) state;
    request_init(&request, conf, load_http);
    assert_for_a(&request, "sent", "http_a", "sent");
    set_run(set_list_of(load_server), &request.scope);
    assert_variable(&request, "http_a", "over");
    request_fini(&request);
    conf_free(conf);
}

static void bad_lines_are_refused(void **state) {
    (void) state;
    assert_error("http { server {\n set a 1; } }", 2, "invalid variable name \"a\"", NULL);
    assert_error("http { server {\n set $a $; } }", 2, "invalid variable name \"$\"", NULL);
    assert_error("http { server {\n set $host 1; } }", 2, "the duplicate \"host\" variable", NULL);
    assert_error("http { server {\n set $a $none; } }", 2, "unknown \"none\" variable", NULL);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(values_are_set_in_order),
        cmocka_unit_test(variable_is_empty_until_it_is_set),
        cmocka_unit_test(stream_server_may_set),
        cmocka_unit_test(other_server_has_no_list),
        cmocka_unit_test(map_can_be_set_over),
        cmocka_unit_test(prefix_variable_can_be_set_over),
        cmocka_unit_test(bad_lines_are_refused),
    };

    return cmocka_run_group_tests_name("expr/set", tests, NULL, load_give_back);
}
