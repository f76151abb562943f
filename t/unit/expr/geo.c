/* SPDX-License-Identifier: BSD-2-Clause */
/* Tests of expr/geo: networks, ranges, proxies, and how flat a look-up is. */
#include "load.h"

#include "bench.h"

/* The answers of nginx 1.22 to the same block. */
static void longest_prefix_wins(void **state) {
    struct request request;

    (void) state;
    request_init(&request, load_good("http { geo $arg_a $g { default 0; 127.0.0.1 2; ::1 six;"
                                     " 192.168.1.0/24 1; 10.1.0.0/16 ten; 10.1.2.0/24 ten24;"
                                     " 2001:db8::/32 db8; 255.255.255.255 bad; } }"));
    assert_for_a(&request, "127.0.0.1", "g", "2");
    assert_for_a(&request, "192.168.1.9", "g", "1");
    assert_for_a(&request, "10.1.9.9", "g", "ten");
    assert_for_a(&request, "10.1.2.9", "g", "ten24");
    assert_for_a(&request, "11.1.1.1", "g", "0");
    assert_for_a(&request, "::1", "g", "six");
    assert_for_a(&request, "::2", "g", "0");
    assert_for_a(&request, "2001:db8::1", "g", "db8");
    assert_for_a(&request, "::ffff:127.0.0.1", "g", "2");
    assert_for_a(&request, "bogus", "g", "bad");
    assert_for_a(&request, "127.0.0.1:80", "g", "bad");
    assert_for_a(&request, "127.1", "g", "bad");
    assert_for_a(&request, "", "g", "bad");
    request_fini(&request);
}

static void address_of_the_client_is_the_usual_source(void **state) {
    struct request request;

    (void) state;
    request_init(&request, load_good("stream { geo $g { 192.0.2.0/24 v4; 2001:db8::/32 v6;"
                                     " 255.255.255.255 none; } }"));
    request.binary_address = STR("\xc0\x00\x02\x07");
    assert_variable(&request, "g", "v4");
    request_again(&request);
    request.binary_address = STR("\x20\x01\x0d\xb8\0\0\0\0\0\0\0\0\0\0\0\1");
    assert_variable(&request, "g", "v6");
    request_again(&request);
    request.binary_address = STR("\x0a\0\0\1");
    assert_variable(&request, "g", "");
    request_again(&request);
    request.binary_address = STR("unix:");
    assert_variable(&request, "g", "none");
    request_fini(&request);
}

/* So a "$" can be had in places where it would begin a variable. */
static void value_is_plain_text(void **state) {
    struct request request;

    (void) state;
    request_init(&request, load_good("http { geo $dollar { default \"$\"; } text \"5${dollar}\";"
                                     " }"));
    assert_variable(&request, "dollar", "$");
    request_fini(&request);
}

static void empty_value_is_not_the_default(void **state) {
    struct request request;

    (void) state;
    request_init(&request, load_good("http { geo $arg_a $g { default d; 10.0.0.0/8 ''; } }"));
    assert_for_a(&request, "10.0.0.1", "g", "");
    assert_for_a(&request, "11.0.0.1", "g", "d");
    request_fini(&request);
}

static void network_can_be_deleted(void **state) {
    struct request request;

    (void) state;
    request_init(&request, load_good("http { geo $arg_a $g { 10.0.0.0/8 wide; 10.1.0.0/16 narrow;"
                                     " delete 10.1.0.0/16; 10.2.0.0/16 x; delete 10.2.0.0/16;"
                                     " 10.2.0.0/16 again; } }"));
    assert_for_a(&request, "10.1.0.1", "g", "wide");
    assert_for_a(&request, "10.2.0.1", "g", "again");
    request_fini(&request);
}

static void odd_networks_are_warned_about(void **state) {
    struct request request;

    (void) state;
    request_init(&request, load_warned("http { geo $arg_a $g { 10.1.2.3/16 x; } }",
                                       "low address bits of 10.1.2.3/16 are meaningless"));
    assert_for_a(&request, "10.1.9.9", "g", "x");
    request_fini(&request);
    request_init(&request, load_warned("http { geo $arg_a $g { 1.2.3.0/24 a; 1.2.3.0/24 b; } }",
                                       "duplicate network \"1.2.3.0/24\", value: \"b\", old"
                                       " value: \"a\""));
    assert_for_a(&request, "1.2.3.4", "g", "b");
    request_fini(&request);
    conf_free(load_warned("http { geo $g { delete 10.9.0.0/16; } }",
                          "no network \"10.9.0.0/16\" to delete"));
    request_init(&request, load_warned("http { geo $arg_a $g { default a; default b; } }",
                                       "duplicate default geo value \"b\", old value: \"a\""));
    assert_for_a(&request, "1.2.3.4", "g", "b");
    request_fini(&request);
}

static void narrowest_range_wins(void **state) {
    struct request request;

    (void) state;
    request_init(&request, load_good("http { geo $arg_a $g { ranges; default z;"
                                     " 10.0.1.0-10.0.1.255 b; 10.0.0.0-10.0.255.255 a;"
                                     " 127.0.0.0-127.0.0.0 one; 2001:db8::1-2001:db8::ff six;"
                                     " 10.0.3.0-10.0.3.255 c; delete 10.0.3.0-10.0.3.255; } }"));
    assert_for_a(&request, "10.0.1.5", "g", "b");
    assert_for_a(&request, "10.0.2.5", "g", "a");
    assert_for_a(&request, "10.0.3.5", "g", "a");
    assert_for_a(&request, "127.0.0.0", "g", "one");
    assert_for_a(&request, "127.0.0.1", "g", "z");
    assert_for_a(&request, "2001:db8::80", "g", "six");
    assert_for_a(&request, "2001:db8::100", "g", "z");
    assert_for_a(&request, "bogus", "g", "z");
    request_fini(&request);
}

static void odd_ranges_are_reported(void **state) {
    (void) state;
    assert_error("http { geo $g { ranges;\n 10.0.0.0-10.0.0.9 a;\n 10.0.0.5-10.0.0.15 b; } }", 3,
                 "range \"10.0.0.5-10.0.0.15\" overlaps \"10.0.0.0-10.0.0.9\"", NULL);
    assert_error("http { geo $g {\n 10.0.0.0/8 a;\n ranges; } }", 3,
                 "the \"ranges\" directive must be the first directive inside \"geo\" block", NULL);
    assert_error("http { geo $g { ranges;\n 10.0.0.0/8 a; } }", 2, "invalid range \"10.0.0.0/8\"",
                 NULL);
    conf_free(load_warned("http { geo $g { ranges; 1.0.0.0-1.0.0.9 a; 1.0.0.0-1.0.0.9 b; } }",
                          "duplicate range \"1.0.0.0-1.0.0.9\", value: \"b\", old value: \"a\""));
    conf_free(load_warned("http { geo $g { ranges; delete 1.0.0.0-1.0.0.9; } }",
                          "no address range \"1.0.0.0-1.0.0.9\" to delete"));
}

/* ---- proxies ---- */

static void assert_forwarded(struct request *request, const char *list, const char *last,
                             const char *client) {
    request_again(request);
    request->fields[0].name = "x_forwarded_for";
    request->fields[0].value = str_from(list);
    assert_variable(request, "last", last);
    assert_variable(request, "client", client);
}

static const char proxy_text[] =
    "http { geo $last { default 0; proxy 127.0.0.1; proxy 9.9.9.0/24; proxy 2001:db8::/32;"
    " 1.2.3.4 one; 9.9.9.9 nine; 2001:db9::1 six; }"
    "geo $client { default 0; proxy 127.0.0.1; proxy 9.9.9.0/24; proxy 2001:db8::/32;"
    " proxy_recursive; 1.2.3.4 one; 9.9.9.9 nine; 2001:db9::1 six; } }";

/* The answers of nginx 1.22 to the same blocks, but for the last two lines. */
static void proxy_is_believed(void **state) {
    struct request request;

    (void) state;
    request_init(&request, load_good(proxy_text));
    request.binary_address = STR("\x7f\0\0\1");
    assert_variable(&request, "client", "0");
    assert_forwarded(&request, "1.2.3.4", "one", "one");
    assert_forwarded(&request, "1.2.3.4, 9.9.9.9", "nine", "one");
    assert_forwarded(&request, "9.9.9.9, 9.9.9.8", "0", "nine");
    assert_forwarded(&request, "junk", "0", "0");
    assert_forwarded(&request, "junk, 9.9.9.9", "nine", "nine");
    assert_forwarded(&request, "1.2.3.4:99", "one", "one");
    assert_forwarded(&request, "1.2.3.4 , ,", "one", "one");
    assert_forwarded(&request, "", "0", "0");
    assert_forwarded(&request, "5.5.5.5,1.2.3.4", "one", "one");
    assert_forwarded(&request, "2001:db9::1", "six", "six");
    assert_forwarded(&request, "[2001:db9::1], [2001:db8::9]:443", "0", "six");
    assert_forwarded(&request, "[2001:db9::1", "0", "0");
    assert_forwarded(&request, "1.2.3.4:x", "0", "0");
    request_fini(&request);
}

static void nobody_else_is_believed(void **state) {
    struct request request;

    (void) state;
    request_init(&request, load_good(proxy_text));
    request.binary_address = STR("\x05\5\5\5");
    assert_forwarded(&request, "1.2.3.4", "0", "0");
    request_fini(&request);
}

static void proxy_is_for_http_only(void **state) {
    (void) state;
    assert_error("stream { geo $g {\n proxy 10.0.0.0/8; } }", 2,
                 "\"proxy\" is a parameter of geo in http only", NULL);
    assert_error("stream { geo $g {\n proxy_recursive; } }", 2,
                 "\"proxy_recursive\" is a parameter of geo in http only", NULL);
}

/* ---- the block ---- */

static void volatile_geo_is_looked_up_anew(void **state) {
    struct request request;

    (void) state;
    request_init(&request, load_good("http { geo $arg_a $kept { 10.0.0.1 a; 10.0.0.2 b; }"
                                     "geo $http_a $anew { volatile; 10.0.0.1 a; 10.0.0.2 b; }"
                                     "server { set $http_a 10.0.0.2; } }"));
    assert_for_a(&request, "10.0.0.1", "kept", "a");
    assert_variable(&request, "anew", "a");
    script_set_variables(script_of(load_server), &request.scope);
    assert_variable(&request, "anew", "b");
    request_fini(&request);
}

static void rows_are_included(void **state) {
    char included[64], text[256];
    struct request request;
    struct conf *conf;

    (void) state;
    snprintf(included, sizeof(included), "%s", load_file("10.2.0.0/16 RU;\n192.168.2.0/24 UK;\n"));
    snprintf(text, sizeof(text), "http { geo $arg_a $g { include %s; 10.2.0.0/24 US; } }",
             included);
    conf = load_good(text);
    unlink(included);
    request_init(&request, conf);
    assert_for_a(&request, "10.2.0.1", "g", "US");
    assert_for_a(&request, "10.2.1.1", "g", "RU");
    assert_for_a(&request, "192.168.2.1", "g", "UK");
    request_fini(&request);
}

static void bad_rows_are_refused(void **state) {
    (void) state;
    assert_error("http { geo $g {\n 10.0.0.0/33 a; } }", 2, "invalid network \"10.0.0.0/33\"",
                 NULL);
    assert_error("http { geo $g {\n example.com a; } }", 2, "invalid network \"example.com\"",
                 NULL);
    assert_error("http { geo $g {\n 10.0.0.1; } }", 2, "invalid number of the geo parameters",
                 NULL);
    assert_error("http { geo $g {\n 10.0.0.1 a b; } }", 2, "invalid number of the geo parameters",
                 NULL);
    assert_error("http { geo g { } }", 1, "invalid variable name \"g\"", NULL);
    assert_error("http { geo a $g { } }", 1, "invalid variable name \"a\"", NULL);
    assert_error("http { geo $none $g { } }", 1, "unknown \"none\" variable", NULL);
}

/* ---- how flat it is ---- */

static struct str v4_text(struct arena *arena, unsigned number) {
    return arena_print(arena, "%u.%u.%u.16", 10 + number / 50000, number / 250 % 200, number % 250);
}

static struct str v6_text(struct arena *arena, unsigned number) {
    return arena_print(arena, "2001:db8:%x:%x::1", number >> 8, (number & 0xff) * 77);
}

static struct conf *load_addresses(bench_key *key_of, unsigned count) {
    return bench_load("geo $arg_a $m {", "", key_of, count);
}

static void look_up_among_100000_is_flat(void **state) {
    (void) state;
    bench_assert_flat("IPv4", v4_text, load_addresses);
    bench_assert_flat("IPv6", v6_text, load_addresses);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(longest_prefix_wins),
        cmocka_unit_test(address_of_the_client_is_the_usual_source),
        cmocka_unit_test(value_is_plain_text),
        cmocka_unit_test(empty_value_is_not_the_default),
        cmocka_unit_test(network_can_be_deleted),
        cmocka_unit_test(odd_networks_are_warned_about),
        cmocka_unit_test(narrowest_range_wins),
        cmocka_unit_test(odd_ranges_are_reported),
        cmocka_unit_test(proxy_is_believed),
        cmocka_unit_test(nobody_else_is_believed),
        cmocka_unit_test(proxy_is_for_http_only),
        cmocka_unit_test(volatile_geo_is_looked_up_anew),
        cmocka_unit_test(rows_are_included),
        cmocka_unit_test(bad_rows_are_refused),
        cmocka_unit_test(look_up_among_100000_is_flat),
    };

    return cmocka_run_group_tests_name("expr/geo", tests, NULL, load_give_back);
}
