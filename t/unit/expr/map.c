/* SPDX-License-Identifier: BSD-2-Clause */
/* Tests of expr/map: rows, host names, regular expressions, and how flat a look-up is. */
#include "load.h"

#include "bench.h"

static void texts_match_whatever_their_case(void **state) {
    struct request request;

    (void) state;
    request_init(&request, load_good("http { map $arg_a $m { ABC 1; \"\" empty; 'two words' 2; }"
                                     " }"));
    assert_for_a(&request, "abc", "m", "1");
    assert_for_a(&request, "ABC", "m", "1");
    assert_for_a(&request, "Two Words", "m", "2");
    assert_for_a(&request, "abcd", "m", "");
    assert_for_a(&request, "", "m", "empty");
    request_fini(&request);
}

static void default_is_for_the_rest(void **state) {
    struct request request;

    (void) state;
    request_init(&request, load_good("stream { map $arg_a $m { default d$host; x y; } }"));
    request.host = STR("h");
    assert_for_a(&request, "x", "m", "y");
    assert_for_a(&request, "default", "m", "dh");
    request_fini(&request);
}

static void special_words_can_be_escaped(void **state) {
    struct request request;

    (void) state;
    request_init(&request, load_good("http { map $arg_a $m { default d; \\default 1; \\~x 2;"
                                     " \\hostnames 3; volatile 4; \\\\y 5; \\include 6; } }"));
    assert_for_a(&request, "default", "m", "1");
    assert_for_a(&request, "~x", "m", "2");
    assert_for_a(&request, "hostnames", "m", "3");
    assert_for_a(&request, "volatile", "m", "4");
    assert_for_a(&request, "y", "m", "5");
    assert_for_a(&request, "include", "m", "6");
    assert_for_a(&request, "other", "m", "d");
    request_fini(&request);
}

static void source_and_value_may_have_several_variables(void **state) {
    struct request request;

    (void) state;
    request_init(&request, load_good("http { map \"$arg_a-$host\" $m { x-h \"$host:$arg_a.\"; }"
                                     " }"));
    request.host = STR("h");
    assert_for_a(&request, "X", "m", "h:X.");
    assert_for_a(&request, "y", "m", "");
    request_fini(&request);
}

static void long_texts_are_looked_up(void **state) {
    char key[600], text[900];
    struct request request;

    (void) state;
    memset(key, 'K', sizeof(key));
    key[sizeof(key) - 1] = '\0';
    snprintf(text, sizeof(text), "http { map $arg_a $m { default d; %s found; } }", key);
    request_init(&request, load_good(text));
    assert_for_a(&request, key, "m", "found");
    key[300] = 'x';
    assert_for_a(&request, key, "m", "d");
    request_fini(&request);
}

static void regexes_are_tried_in_order(void **state) {
    struct request request;

    (void) state;
    request_init(&request, load_good("http { map $arg_a $m { ~^a 1; ~*^AB 2; abc 0; \"~^$\" never;"
                                     " ~b 3; default d; } }"));
    assert_for_a(&request, "abc", "m", "0");
    assert_for_a(&request, "abx", "m", "1");
    assert_for_a(&request, "ABx", "m", "2");
    assert_for_a(&request, "xb", "m", "3");
    assert_for_a(&request, "x", "m", "d");
    /* As in nginx: no expression is tried on the empty text. */
    assert_for_a(&request, "", "m", "d");
    request_fini(&request);
}

static void captures_can_be_used_in_the_value(void **state) {
    struct request request;

    (void) state;
    request_init(&request, load_good("http { map $arg_a $m {"
                                     " \"~^(?<user>[^@]+)@(.*)$\" $2:$user; default none; } }"));
    assert_for_a(&request, "joe@example.com", "m", "example.com:joe");
    assert_variable(&request, "user", "joe");
    assert_for_a(&request, "joe", "m", "none");
    assert_variable(&request, "user", NULL);
    request_fini(&request);
}

/* The answers of nginx 1.22 to the same map. */
static void hostnames_match_as_in_nginx(void **state) {
    struct request request;

    (void) state;
    request_init(&request, load_good("http { map $arg_a $m { hostnames; default d; .example.com"
                                     " dot;"
                                     " www.example.* tail; *.b.example.com star; exact.org exact;"
                                     " mail.* short; mail.example.* long; ~^re(.)\\.$ re$1; } }"));
    assert_for_a(&request, "example.com", "m", "dot");
    assert_for_a(&request, "EXAMPLE.com.", "m", "dot");
    assert_for_a(&request, ".example.com", "m", "dot");
    assert_for_a(&request, "b.example.com", "m", "dot");
    assert_for_a(&request, "a.b.Example.com", "m", "star");
    assert_for_a(&request, "x.a.b.example.com", "m", "star");
    assert_for_a(&request, "www.example.org", "m", "tail");
    assert_for_a(&request, "www.example.co.uk", "m", "tail");
    assert_for_a(&request, "www.example", "m", "d");
    assert_for_a(&request, "www.example.com", "m", "dot"); /* a mask at the start goes first */
    assert_for_a(&request, "mail.example.net", "m", "long");
    assert_for_a(&request, "mail.org", "m", "short");
    assert_for_a(&request, "exact.org", "m", "exact");
    assert_for_a(&request, "a.exact.org", "m", "d");
    assert_for_a(&request, "rex..", "m", "rex");
    assert_for_a(&request, "rex.", "m", "d");
    assert_for_a(&request, "com", "m", "d");
    assert_for_a(&request, "", "m", "d");
    assert_for_a(&request, ".", "m", "d");
    request_fini(&request);
}

static void volatile_map_is_looked_up_anew(void **state) {
    struct request request;

    (void) state;
    request_init(&request, load_good("http { map $host $m { volatile; default $counter; }"
                                     "map $host $k { default $counter; } }"));
    assert_variable(&request, "m", "1");
    assert_variable(&request, "m", "2");
    assert_variable(&request, "k", "3");
    assert_variable(&request, "k", "3");
    request_fini(&request);
}

static void rows_are_included(void **state) {
    char included[64], text[256];
    struct request request;
    struct conf *conf;

    (void) state;
    snprintf(included, sizeof(included), "%s", load_file("b 2;\n~^c(.) $1;\ndefault d;\n"));
    snprintf(text, sizeof(text), "http { map $arg_a $m { a 1; include %s; } }", included);
    conf = load_good(text);
    unlink(included);
    request_init(&request, conf);
    assert_for_a(&request, "a", "m", "1");
    assert_for_a(&request, "b", "m", "2");
    assert_for_a(&request, "c3", "m", "3");
    assert_for_a(&request, "x", "m", "d");
    request_fini(&request);
}

static void bad_rows_are_refused(void **state) {
    (void) state;
    assert_error("http { map $host $m {\n a 1;\n A 2; } }", 3, "conflicting parameter \"A\"", NULL);
    assert_error("http { map $host $m {\n hostnames; .a.b 1; *.a.b 2; } }", 2,
                 "conflicting parameter \"*.a.b\"", NULL);
    assert_error("http { map $host $m {\n default 1;\n default 2; } }", 3,
                 "duplicate default map parameter", NULL);
    assert_error("http { map $host $m {\n a; } }", 2, "invalid number of the map parameters", NULL);
    assert_error("http { map $host $m {\n a b c; } }", 2, "invalid number of the map parameters",
                 NULL);
    assert_error("http { map $host $m {\n hostnames; a.*.b 1; } }", 2,
                 "invalid hostname or wildcard \"a.*.b\"",
                 "a \"*\" may stand at the start (*.example.com) or at the end (www.example.*)");
    assert_error("http { map $host $m {\n hostnames; *.b.* 1; } }", 2,
                 "invalid hostname or wildcard \"*.b.*\"", NULL);
    assert_error("http { map $host $m {\n hostnames; a..b 1; } }", 2,
                 "invalid hostname or wildcard \"a..b\"", NULL);
    assert_error("http { map $host $m {\n ~( 1; } }", 2,
                 "pcre2_compile() failed: missing closing parenthesis in \"(\" at offset 1", NULL);
    assert_error("http { map $host $m {\n a ${b; } }", 2,
                 "the closing bracket in \"b\" variable is missing", NULL);
    assert_error("http { map $none $m { } }", 1, "unknown \"none\" variable", NULL);
}

static void every_bad_row_is_reported(void **state) {
    struct conf *conf = load("http { map $host $m { a; b; c 1; c 2; } }");

    (void) state;
    assert_int_equal(conf_errors(conf), 3);
    conf_free(conf);
}

/* ---- how flat it is ---- */

static struct str text_key(struct arena *arena, unsigned number) {
    return arena_print(arena, "key-%u.example.com", number * 7919);
}

static struct conf *load_texts(bench_key *key_of, unsigned count) {
    return bench_load("map $arg_a $m {", "", key_of, count);
}

static struct conf *load_masks(bench_key *key_of, unsigned count) {
    return bench_load("map $arg_a $m { hostnames;", ".", key_of, count);
}

static void look_up_among_100000_is_flat(void **state) {
    (void) state;
    bench_assert_flat("texts", text_key, load_texts);
    bench_assert_flat("host names", text_key, load_masks);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(texts_match_whatever_their_case),
        cmocka_unit_test(default_is_for_the_rest),
        cmocka_unit_test(special_words_can_be_escaped),
        cmocka_unit_test(source_and_value_may_have_several_variables),
        cmocka_unit_test(long_texts_are_looked_up),
        cmocka_unit_test(regexes_are_tried_in_order),
        cmocka_unit_test(captures_can_be_used_in_the_value),
        cmocka_unit_test(hostnames_match_as_in_nginx),
        cmocka_unit_test(volatile_map_is_looked_up_anew),
        cmocka_unit_test(rows_are_included),
        cmocka_unit_test(bad_rows_are_refused),
        cmocka_unit_test(every_bad_row_is_reported),
        cmocka_unit_test(look_up_among_100000_is_flat),
    };

    return cmocka_run_group_tests_name("expr/map", tests, NULL, load_give_back);
}
