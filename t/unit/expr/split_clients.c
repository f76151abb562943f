/* SPDX-License-Identifier: BSD-2-Clause */
/* Tests of expr/split_clients: the same text to the same part as in nginx. */
#include "load.h"

static void hash_is_murmur_hash2(void **state) {
    (void) state;
    assert_int_equal(murmur_hash2(STR("")), 0);
    assert_int_equal(murmur_hash2(STR("a")), 0x92685f5e);
    assert_int_equal(murmur_hash2(STR("abc")), 0x13577c9b);
    assert_int_equal(murmur_hash2(STR("abcd")), 0x26873021);
    assert_int_equal(murmur_hash2(STR("abcdefgh\xff\xfe\xfd")), 0x321ca47a);
}

/* What nginx 1.22 made of client-0, client-1 ... with the same block. */
static void parts_are_those_of_nginx(void **state) {
    static const char expected[] =
        "bedeeeeeebdbebbbebebedebebebdeeeeeebdbdbaebbeebbdbeebeeeeeebdeeeebbbebdedbbbebbeebedbbebeb"
        "deeeebbbbdebeeeebbedeebbbeeebddebeddeeebeedebddbdebbbebebbebeedebbabbeedbedeeddbdbbebebeeb"
        "eeeeebdeedbebdeeebbbbebebbbebbeeeebeeeeeeebbdeeeeebbbbebeebebdbeeeededbeebedeeebebdeebbbeb"
        "eebbbeeeeedeebebbeeedebeeeeeee";
    struct request request;
    char text[32], part[2] = "";
    size_t i;

    (void) state;
    request_init(&request, load_good("http { split_clients \"$arg_a\" $sp {"
                                     " 0.5% a; 33.33% b; .25% c; 12% d; * e; } }"));
    for (i = 0; i < sizeof(expected) - 1; i++) {
        snprintf(text, sizeof(text), "client-%zu", i);
        part[0] = expected[i];
        assert_for_a(&request, text, "sp", part);
    }
    request_fini(&request);
}

static void shares_without_a_rest_may_leave_some_out(void **state) {
    struct request request;
    unsigned with[3] = { 0 }, i;
    char text[32];

    (void) state;
    request_init(&request, load_good("stream { split_clients $arg_a $sp { 10% x; 20.05% $host; }"
                                     " }"));
    for (i = 0; i < 10000; i++) {
        struct str value;

        snprintf(text, sizeof(text), "%u", i);
        request_again(&request);
        request.fields[0].name = "a";
        request.fields[0].value = str_from(text);
        assert_true(scope_get_by_name(&request.scope, STR("sp"), &value));
        /* A value is plain text, as in nginx. */
        with[str_is(value, "x") ? 0 : str_is(value, "$host") ? 1 : 2]++;
    }
    assert_in_range(with[0], 900, 1100);
    assert_in_range(with[1], 1850, 2150);
    assert_int_equal(with[0] + with[1] + with[2], 10000);
    request_fini(&request);
}

static void whole_hundred_is_accepted(void **state) {
    struct request request;

    (void) state;
    request_init(&request, load_good("http { split_clients $arg_a $sp { 50% x; 50.00% x; * y; }"
                                     " }"));
    assert_for_a(&request, "anything", "sp", "x");
    request_fini(&request);
}

static void bad_shares_are_refused(void **state) {
    static const char *const bad[] = { "0%", "1.234%", "x%", "12", "%", "-1%", "1.2.3%" };
    char text[128], expected[64];
    size_t i;

    (void) state;
    for (i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
        snprintf(text, sizeof(text), "http {\nsplit_clients $host $s {\n %s v;\n}\n}", bad[i]);
        snprintf(expected, sizeof(expected), "invalid percent value \"%s\"", bad[i]);
        assert_error(text, 3, expected, "such as 25% or 0.05%, or * for the rest");
    }
    assert_error("http {\nsplit_clients $host $s {\n 60% a;\n 40.01% b;\n}\n}", 4,
                 "percent total is greater than 100%", NULL);
    assert_error("http { split_clients $host $s { * a; 1% b; } }", 1,
                 "percent total is greater than 100%", NULL);
    assert_error("http { split_clients $host $s { 1%; } }", 1,
                 "invalid number of the split_clients parameters", NULL);
    assert_error("http { split_clients $host s { } }", 1, "invalid variable name \"s\"", NULL);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(hash_is_murmur_hash2),
        cmocka_unit_test(parts_are_those_of_nginx),
        cmocka_unit_test(shares_without_a_rest_may_leave_some_out),
        cmocka_unit_test(whole_hundred_is_accepted),
        cmocka_unit_test(bad_shares_are_refused),
    };

    return cmocka_run_group_tests_name("expr/split_clients", tests, NULL, load_give_back);
}
