/* SPDX-License-Identifier: BSD-2-Clause */
/* Tests of expr/variable: names, definitions, and the values in a scope. */
#include "load.h"

static struct template *template_of_http(void) {
    return ((const struct load_conf *) conf_of(load_http, &load_module))->text;
}

static void value_is_found_once(void **state) {
    struct request request;

    (void) state;
    request_init(&request, load_good("http { map $counter $kept { default $counter; } text"
                                     " $kept; }"));
    /* The map asks for the counter as its source and as its value, the first time only. */
    assert_variable(&request, "kept", "2");
    assert_variable(&request, "kept", "2");
    assert_int_equal(request.counter, 2);
    request_again(&request);
    assert_variable(&request, "kept", "4");
    request_fini(&request);
}

static void volatile_value_is_found_anew(void **state) {
    struct request request;

    (void) state;
    request_init(&request, load_good("http { text $counter; }"));
    assert_variable(&request, "counter", "1");
    assert_variable(&request, "counter", "2");
    request_fini(&request);
}

static void absent_value_is_remembered(void **state) {
    struct request request;

    (void) state;
    request_init(&request, load_good("http { text $arg_a; }"));
    assert_variable(&request, "arg_a", NULL);
    request.fields[0].name = "a";
    request.fields[0].value = STR("late");
    assert_variable(&request, "arg_a", NULL);
    request_again(&request);
    assert_variable(&request, "arg_a", "late");
    request_fini(&request);
}

static void scope_without_use_takes_no_memory(void **state) {
    struct request request;
    struct str value;

    (void) state;
    request_init(&request, load_good("http { text $host; }"));
    assert_null(request.scope.pages);
    assert_null(request.arena.blocks);
    assert_false(scope_get(&request.scope, 0, &value));
    assert_non_null(request.scope.pages);
    request_fini(&request);
}

/* Numbers are given in order of use; a request is asked for the first and the last of many. */
static void values_come_in_pages(void **state) {
    enum { NAMES = 5 * SCOPE_PAGE };
    struct buf text = { 0 };
    struct request request;
    char name[32];
    unsigned i;

    (void) state;
    assert_true(buf_append(&text, STR("http { text \""), BUF_SIZE_MAX));
    for (i = 0; i < NAMES; i++) {
        snprintf(name, sizeof(name), "$arg_%u", i);
        assert_true(buf_append(&text, str_from(name), BUF_SIZE_MAX));
    }
    assert_true(buf_append(&text, str_make("\"; }", 5), BUF_SIZE_MAX));
    request_init(&request, load_good(text.data));
    request.fields[0].name = "0";
    request.fields[0].value = STR("first");
    request.fields[1].name = name + sizeof("$arg_") - 1;
    request.fields[1].value = STR("last");
    assert_variable(&request, "arg_0", "first");
    assert_non_null(request.scope.pages[0]);
    assert_null(request.scope.pages[4]);
    assert_variable(&request, name + 1, "last");
    assert_non_null(request.scope.pages[4]);
    assert_null(request.scope.pages[2]);
    assert_str(template_text(template_of_http(), &request.scope), "firstlast");
    request_fini(&request);
    buf_free(&text);
}

static void case_of_names_has_no_meaning(void **state) {
    struct request request;

    (void) state;
    request_init(&request, load_good("http { map $HOST $Mapped { default 1; } text $Host$mapPED;"
                                     " }"));
    request.host = STR("h");
    assert_str(template_text(template_of_http(), &request.scope), "h1");
    assert_variable(&request, "HoSt", "h");
    request_fini(&request);
}

static void name_may_be_used_before_it_is_defined(void **state) {
    struct request request;

    (void) state;
    request_init(&request, load_good("http { text $later; map $host $later { default yes; } }"));
    assert_str(template_text(template_of_http(), &request.scope), "yes");
    request_fini(&request);
}

static void unknown_name_is_an_error_at_its_use(void **state) {
    (void) state;
    assert_error("http {\n text $hots;\n}", 2, "unknown \"hots\" variable",
                 "did you mean \"$host\"?");
    assert_error("http {\n map $host $colour { }\n\n text $color;\n}", 4,
                 "unknown \"color\" variable", "did you mean \"$colour\"?");
    assert_error("http { }\nstream {\n text $quite_another;\n}", 3,
                 "unknown \"quite_another\" variable", "");
}

static void every_unknown_name_is_reported(void **state) {
    struct conf *conf = load("http { text $one_unknown$two_unknown$one_unknown; }");

    (void) state;
    assert_int_equal(conf_errors(conf), 2);
    conf_free(conf);
}

static void families_have_names_of_their_own(void **state) {
    (void) state;
    assert_error("http { map $host $only_http { } }\nstream {\n text $only_http;\n}", 3,
                 "unknown \"only_http\" variable", NULL);
}

static void prefix_alone_is_no_name(void **state) {
    (void) state;
    assert_error("http { text $arg_; }", 1, "unknown \"arg_\" variable", NULL);
}

static void builtin_cannot_be_defined(void **state) {
    (void) state;
    assert_error("http { map $arg_a $host { } }", 1, "the duplicate \"host\" variable",
                 "$host is built in and cannot be defined anew");
    assert_error("http { server { set $Remote_Addr 1; } }", 1,
                 "the duplicate \"remote_addr\" variable", NULL);
}

static void bad_names_are_refused(void **state) {
    (void) state;
    assert_error("http { map $arg_a plain { } }", 1, "invalid variable name \"plain\"",
                 "a \"$\", then letters, digits and underscores");
    assert_error("http { map $arg_a $ { } }", 1, "invalid variable name \"$\"", NULL);
    assert_error("http { map $arg_a $a-b { } }", 1, "invalid variable name \"$a-b\"", NULL);
    assert_error("http { map $arg_a '' { } }", 1, "invalid variable name \"\"", NULL);
}

static void later_map_takes_the_place_of_the_earlier(void **state) {
    struct request request;

    (void) state;
    request_init(&request, load_good("http { map $host $m { default 1; }"
                                     "map $host $m { default 2; } }"));
    assert_variable(&request, "m", "2");
    request_fini(&request);
}

static void cycle_ends_as_absent(void **state) {
    struct request request;

    (void) state;
    request_init(&request, load_good("http { map $host $self { default <$self>; }"
                                     "map $b $a { default a$b; } map $a $b { default b$a; } }"));
    assert_variable(&request, "self", "<>");
    assert_variable(&request, "a", "ab");
    request_fini(&request);
}

static void builtin_with_setter_is_set_by_it(void **state) {
    struct request request;

    (void) state;
    request_init(&request, load_good("http { server { set $limit_rate 5k; } }"));
    assert_variable(&request, "limit_rate", NULL);
    script_set_variables(script_of(load_server), &request.scope);
    assert_str(request.rate_text, "5k");
    assert_variable(&request, "limit_rate", "5k");
    request_fini(&request);
}

static void name_of_no_use_is_found_by_name(void **state) {
    struct request request;

    (void) state;
    request_init(&request, load_good("http { }"));
    request.host = STR("h");
    assert_variable(&request, "host", "h");
    assert_variable(&request, "arg_a", NULL);
    assert_variable(&request, "nothing", NULL);
    assert_null(request.scope.pages);
    request_fini(&request);
}

/* Compiling after the check, as a module's finish() may. */
static void use_after_the_check_is_checked_at_once(void **state) {
    struct conf *conf = load_good("http { }");
    struct variable_table *table = variable_table_of(conf, load_http);
    struct request request;
    struct str value;
    int number;

    (void) state;
    number = variable_use(conf, table, STR("host"), NULL, 0);
    request_init(&request, conf);
    request.host = STR("h");
    assert_true(scope_get(&request.scope, number, &value));
    assert_str(value, "h");
    request_fini(&request);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(value_is_found_once),
        cmocka_unit_test(volatile_value_is_found_anew),
        cmocka_unit_test(absent_value_is_remembered),
        cmocka_unit_test(scope_without_use_takes_no_memory),
        cmocka_unit_test(values_come_in_pages),
        cmocka_unit_test(case_of_names_has_no_meaning),
        cmocka_unit_test(name_may_be_used_before_it_is_defined),
        cmocka_unit_test(unknown_name_is_an_error_at_its_use),
        cmocka_unit_test(every_unknown_name_is_reported),
        cmocka_unit_test(families_have_names_of_their_own),
        cmocka_unit_test(prefix_alone_is_no_name),
        cmocka_unit_test(builtin_cannot_be_defined),
        cmocka_unit_test(bad_names_are_refused),
        cmocka_unit_test(later_map_takes_the_place_of_the_earlier),
        cmocka_unit_test(cycle_ends_as_absent),
        cmocka_unit_test(builtin_with_setter_is_set_by_it),
        cmocka_unit_test(name_of_no_use_is_found_by_name),
        cmocka_unit_test(use_after_the_check_is_checked_at_once),
    };

    return cmocka_run_group_tests_name("expr/variable", tests, NULL, load_give_back);
}
