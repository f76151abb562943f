/* SPDX-License-Identifier: BSD-2-Clause */
/* Unit tests of conf/merge: what blocks inherit, what they share, and what is compiled how
 * often. */
#include "fake.h"

#define HTTP(c) fake_block(c, 1, 0)
#define SERVER(c) fake_block(c, 2, 0, 0)
#define LOCATION(c) fake_block(c, 3, 0, 0, 0)

static void assert_list(const struct conf_texts *list, const char *expected) {
    char text[256] = "";
    unsigned i;

    for (i = 0; i < list->count; i++) {
        strcat(strcat(text, i > 0 ? " " : ""), list->items[i].data);
    }
    assert_string_equal(text, expected);
}

static void test_defaults_come_from_the_rows(void **state) {
    struct conf *conf = fake_load_good("http { server { location / { } } }");
    const struct fake_thing *thing = fake_thing_of(LOCATION(conf));

    (void) state;
    assert_true(thing->is_on);
    assert_int_equal(thing->number, 7);
    assert_int_equal(thing->size, 8192);
    assert_int_equal(thing->time_ms, 90000);
    assert_string_equal(thing->handler.data, "static");
    assert_int_equal(thing->name, 2);
    assert_int_equal(thing->names, 3);
    assert_null(thing->text.data);
    assert_int_equal(thing->list.count, 0);
    conf_free(conf);
}

static void test_a_value_comes_from_the_nearest_block_that_set_it(void **state) {
    struct conf *conf = fake_load_good("http { number 1; flag off; text a;\n"
                                       "server { number 2; location / { text b; } } }");
    const struct fake_thing *thing = fake_thing_of(LOCATION(conf));

    (void) state;
    assert_int_equal(thing->number, 2);
    assert_false(thing->is_on);
    assert_string_equal(thing->text.data, "b");
    assert_string_equal(fake_thing_of(SERVER(conf))->text.data, "a");
    assert_int_equal(fake_thing_of(HTTP(conf))->number, 1);
    conf_free(conf);
}

static void test_order_of_lines_does_not_matter(void **state) {
    struct conf *conf = fake_load_good("http { server { location / { size 1k; } } number 3; }");

    (void) state;
    assert_int_equal(fake_thing_of(LOCATION(conf))->number, 3);
    assert_int_equal(fake_thing_of(LOCATION(conf))->size, 1024);
    conf_free(conf);
}

static void test_a_list_replaces_that_of_the_parent(void **state) {
    struct conf *conf = fake_load_good("http { allow a b; allow c; deny d;\n"
                                       "server { location / { allow e; } location /b { } } }");

    (void) state;
    assert_list(&fake_thing_of(HTTP(conf))->list, "a b c d");
    assert_list(&fake_thing_of(SERVER(conf))->list, "a b c d");
    assert_list(&fake_thing_of(LOCATION(conf))->list, "e");
    assert_list(&fake_thing_of(fake_block(conf, 3, 0, 0, 1))->list, "a b c d");
    conf_free(conf);
}

static void test_a_list_counts_as_set_by_any_directive_of_its_field(void **state) {
    struct conf *conf = fake_load_good("http { allow a; server { deny b; } }");

    (void) state;
    assert_list(&fake_thing_of(SERVER(conf))->list, "b");
    conf_free(conf);
}

static void test_none_is_not_inherited(void **state) {
    struct conf *conf = fake_load_good("http { server { handler h; step s; number 5;\n"
                                       "location / { } location /b { size 2k; } } }");
    const struct fake_thing *thing = fake_thing_of(LOCATION(conf));
    unsigned i;

    (void) state;
    assert_string_equal(fake_thing_of(SERVER(conf))->handler.data, "h");
    for (i = 0; i < 2; i++) {
        thing = fake_thing_of(fake_block(conf, 3, 0, 0, i));
        assert_string_equal(thing->handler.data, "static");
        assert_int_equal(thing->steps.count, 0);
        assert_int_equal(thing->number, 5);
        assert_int_equal(thing->size, i == 0 ? 8192 : 2048);
    }
    conf_free(conf);
}

static void test_variants_inherit_everything(void **state) {
    struct conf *conf = fake_load_good(
        "http { server { handler s; if ($a) { } location / { handler h; step s;\n"
        "if ($b) { number 9; } limit_except GET { deny all; } if ($c) { step t; } } } }");
    const struct fake_thing *thing;

    (void) state;
    assert_string_equal(fake_thing_of(fake_block(conf, 3, 0, 0, 0))->handler.data, "s");
    thing = fake_thing_of(fake_block(conf, 4, 0, 0, 1, 0));
    assert_string_equal(thing->handler.data, "h");
    assert_list(&thing->steps, "s");
    assert_int_equal(thing->number, 9);
    thing = fake_thing_of(fake_block(conf, 4, 0, 0, 1, 1));
    assert_string_equal(thing->handler.data, "h");
    assert_list(&thing->list, "all");
    assert_list(&fake_thing_of(fake_block(conf, 4, 0, 0, 1, 2))->steps, "t");
    conf_free(conf);
}

static void test_the_whole_array_is_shared(void **state) {
    struct conf *conf = fake_load_good("http { number 1; server { location / { }\n"
                                       "location /b { text t; location /c { } } } }");

    (void) state;
    assert_ptr_equal(SERVER(conf)->confs, HTTP(conf)->confs);
    assert_ptr_equal(LOCATION(conf)->confs, HTTP(conf)->confs);
    assert_ptr_not_equal(fake_block(conf, 3, 0, 0, 1)->confs, HTTP(conf)->confs);
    assert_ptr_equal(fake_block(conf, 4, 0, 0, 1, 0)->confs, fake_block(conf, 3, 0, 0, 1)->confs);
    assert_ptr_equal(conf_of(fake_block(conf, 3, 0, 0, 1), &fake_process_module),
                     conf_of(conf->main, &fake_process_module));
    conf_free(conf);
}

static void test_children_without_the_handler_share_one_struct(void **state) {
    struct conf *conf = fake_load_good("http { server { handler h; location /a { }\n"
                                       "location /b { } location /c { location /d { } } } }");
    const struct fake_thing *thing = fake_thing_of(LOCATION(conf));

    (void) state;
    assert_ptr_not_equal(thing, fake_thing_of(SERVER(conf)));
    assert_ptr_equal(thing, fake_thing_of(fake_block(conf, 3, 0, 0, 1)));
    assert_ptr_equal(thing, fake_thing_of(fake_block(conf, 4, 0, 0, 2, 0)));
    conf_free(conf);
}

static void test_each_distinct_struct_is_compiled_once(void **state) {
    struct conf *conf = fake_load_good(
        "http { server { handler h; location /a { } location /b { } location /c { number 1; } }\n"
        "server { location / { } } }");

    (void) state;
    assert_non_null(strstr(fake_log, "compile http;compile server;compile location;"
                                     "compile location;finish core;"));
    assert_null(strstr(fake_log, "again"));
    conf_free(conf);
}

static void test_the_parent_is_compiled_first_and_not_copied(void **state) {
    struct conf *conf = fake_load_good("http { number 1; server { text a; } }");

    (void) state;
    assert_int_equal(fake_thing_of(HTTP(conf))->compiled, 1);
    assert_int_equal(fake_thing_of(SERVER(conf))->compiled, 1);
    conf_free(conf);
}

static void test_a_family_begins_at_its_own_block(void **state) {
    struct conf *conf = fake_load_good("http { } stream { server { text a; } } events { env e; }");

    (void) state;
    assert_null(conf->main->confs[fake_thing_index]);
    assert_null(fake_block(conf, 1, 2)->confs[fake_thing_index]);
    assert_ptr_not_equal(fake_thing_of(HTTP(conf)), fake_thing_of(fake_block(conf, 1, 1)));
    assert_string_equal(fake_thing_of(fake_block(conf, 2, 1, 0))->text.data, "a");
    assert_non_null(conf_of(conf->main, &fake_process_module));
    conf_free(conf);
}

static void test_main_is_inherited_by_events(void **state) {
    struct conf *conf = fake_load_good("daemon off; env a; events { env b; } http { }");
    const struct fake_process *events = conf_of(fake_block(conf, 1, 0), &fake_process_module);
    const struct fake_process *http = conf_of(fake_block(conf, 1, 1), &fake_process_module);

    (void) state;
    assert_false(events->is_daemon);
    assert_list(&events->env, "b");
    assert_list(&http->env, "a");
    conf_free(conf);
}

static void test_a_field_without_a_row_stays_where_it_was_written(void **state) {
    struct conf *conf = fake_load_good("http { number 4; server { touch;\n"
                                       "location / { text a; } } }");

    (void) state;
    assert_int_equal(fake_thing_of(SERVER(conf))->touched, 1);
    assert_int_equal(fake_thing_of(SERVER(conf))->number, 4);
    assert_int_equal(fake_thing_of(LOCATION(conf))->touched, 0);
    conf_free(conf);
}

static void test_all_errors_of_compile_are_reported(void **state) {
    (void) state;
    assert_messages("http { server { text uncompilable; }\nserver {\ntext uncompilable; } }",
                    "weir: [emerg] cannot be compiled in main.conf:1\n"
                    "weir: [emerg] cannot be compiled in main.conf:2\n");
    assert_null(strstr(fake_log, "finish"));
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_defaults_come_from_the_rows),
        cmocka_unit_test(test_a_value_comes_from_the_nearest_block_that_set_it),
        cmocka_unit_test(test_order_of_lines_does_not_matter),
        cmocka_unit_test(test_a_list_replaces_that_of_the_parent),
        cmocka_unit_test(test_a_list_counts_as_set_by_any_directive_of_its_field),
        cmocka_unit_test(test_none_is_not_inherited),
        cmocka_unit_test(test_variants_inherit_everything),
        cmocka_unit_test(test_the_whole_array_is_shared),
        cmocka_unit_test(test_children_without_the_handler_share_one_struct),
        cmocka_unit_test(test_each_distinct_struct_is_compiled_once),
        cmocka_unit_test(test_the_parent_is_compiled_first_and_not_copied),
        cmocka_unit_test(test_a_family_begins_at_its_own_block),
        cmocka_unit_test(test_main_is_inherited_by_events),
        cmocka_unit_test(test_a_field_without_a_row_stays_where_it_was_written),
        cmocka_unit_test(test_all_errors_of_compile_are_reported),
    };

    return cmocka_run_group_tests_name("conf/merge", tests, fake_begin, fake_end);
}
