/* SPDX-License-Identifier: BSD-2-Clause */
/* Unit tests of conf/apply: which row a line finds, the order of events, and errors with their
 * help. */
#include "fake.h"

/* The text, the place and the help of the one message of a text. */
static void assert_one(const char *text, const char *message, unsigned line, unsigned column,
                       const char *help) {
    struct conf *conf = fake_load(text);
    const struct conf_message *found = conf_message(conf, 0);

    assert_non_null(found);
    assert_string_equal(found->text, message);
    assert_int_equal(found->line, line);
    assert_int_equal(found->column, column);
    assert_string_equal(found->help, help);
    assert_null(conf_message(conf, 1));
    conf_free(conf);
}

static void test_blocks_open_and_close_around_their_lines(void **state) {
    struct conf *conf = fake_load_good("http { server { table a { b c; } location /x { } } }");

    (void) state;
    assert_non_null(strstr(fake_log, "open http;open server;row b c;open /x;close /x;"
                                     "close server;close http;"));
    assert_ptr_equal(fake_block(conf, 2, 0, 0)->object, fake_block(conf, 2, 0, 0));
    assert_ptr_equal(fake_block(conf, 2, 0, 0)->parent, fake_block(conf, 1, 0));
    assert_ptr_equal(conf->main->last, conf->main->first);
    conf_free(conf);
}

static void test_the_row_is_that_of_the_context(void **state) {
    struct conf *conf = fake_load_good("http { upstream u { server a b; } server { if (a) { } } }\n"
                                       "stream { server { text a; } }");

    (void) state;
    assert_int_equal(fake_block(conf, 2, 0, 1)->where, CONF_HTTP_SERVER);
    assert_int_equal(fake_block(conf, 3, 0, 1, 0)->where, CONF_HTTP_SERVER_IF);
    assert_int_equal(fake_block(conf, 2, 1, 0)->where, CONF_STREAM_SERVER);
    assert_int_equal(((const struct conf_texts *) conf_of(fake_block(conf, 2, 0, 0),
                                                          &fake_core_module))->count, 2);
    conf_free(conf);
}

static void test_unknown_directives(void **state) {
    (void) state;
    assert_one("http { sevrer { flag on; } }", "unknown directive \"sevrer\"", 1, 8,
               "did you mean \"server\"?");
    assert_one("Http { }", "unknown directive \"Http\"", 1, 1, "did you mean \"http\"?");
    assert_one("http { demon off; }", "unknown directive \"demon\"", 1, 8,
               "did you mean \"daemon\"? It is allowed in: main");
    assert_one("zzzzzz 1;", "unknown directive \"zzzzzz\"", 1, 1, "");
    assert_one("\xef\xbb\xbf" "events { }", "unknown directive \"\xef\xbb\xbf" "events\"", 1, 1,
               "the file begins with a byte order mark");
}

static void test_lines_of_a_misspelt_block_are_looked_at(void **state) {
    (void) state;
    assert_messages("http {\n server {\n locaton / {\n flag maybe;\n }\n }\n}",
                    "weir: [emerg] unknown directive \"locaton\" in main.conf:3\n"
                    "weir: [emerg] invalid value \"maybe\" in \"flag\" directive, it must be "
                    "\"on\" or \"off\" in main.conf:4\n");
    assert_messages("htp {\n server\n flag on;\n}",
                    "weir: [emerg] unknown directive \"htp\" in main.conf:1\n"
                    "weir: [emerg] directive \"server\" has no opening \"{\" in main.conf:3\n");
}

static void test_wrong_context_lists_the_right_ones(void **state) {
    (void) state;
    assert_one("location / { flag x; }", "\"location\" directive is not allowed here", 1, 1,
               "allowed in: server, location; this is main");
    assert_one("stream { server { flag on; } }", "\"flag\" directive is not allowed here", 1, 19,
               "allowed in: http, server, location, if in server, if in location, limit_except; "
               "this is server in stream");
    assert_one("http { text a; upstream u { text b; } }", "\"text\" directive is not allowed here",
               1, 29, "allowed in: http, server, location, if in server, if in location, "
               "limit_except, server in stream; this is upstream");
}

static void test_number_of_arguments(void **state) {
    (void) state;
    assert_one("daemon;", "invalid number of arguments in \"daemon\" directive", 1, 1,
               "syntax: daemon on | off;");
    assert_one("daemon on off;", "invalid number of arguments in \"daemon\" directive", 1, 11,
               "syntax: daemon on | off;");
    assert_one("http a { }", "invalid number of arguments in \"http\" directive", 1, 6,
               "syntax: http { ... }");
    assert_one("http { table { } }", "invalid number of arguments in \"table\" directive", 1, 8,
               "syntax: table name { ... }");
    assert_one("http { touch a; }", "invalid number of arguments in \"touch\" directive", 1, 14,
               "syntax: touch;");
}

static void test_duplicates_name_the_first_place(void **state) {
    char help[128];

    (void) state;
    snprintf(help, sizeof(help), "it stands first in %s:1", fake_path("main.conf"));
    assert_one("daemon on;\ndaemon off;", "\"daemon\" directive is duplicate", 2, 1, help);
    assert_one("http { }\nhttp { }", "\"http\" directive is duplicate", 2, 1, help);
    assert_one("http { flag on;\nflag on; }", "\"flag\" directive is duplicate", 2, 1, help);
    conf_free(fake_load_good("http { server { } server { } upstream a { } upstream b { }\n"
                             "allow a; allow b; table a { } table b { } }"));
}

static void test_a_line_that_should_have_no_block(void **state) {
    (void) state;
    assert_one("daemon on { }", "directive \"daemon\" is not terminated by \";\"", 1, 10,
               "syntax: daemon on | off;");
}

static void test_missing_semicolon_is_blamed_on_its_line(void **state) {
    (void) state;
    assert_one("http {\n    flag on\n    number 5;\n}",
               "directive \"flag\" is not terminated by \";\"", 2, 12,
               "before \"number\" in line 3");
    assert_one("http {\n    flag on # comment\n\n    server { }\n}",
               "directive \"flag\" is not terminated by \";\"", 2, 12,
               "before \"server\" in line 4");
    assert_messages("http {\n    flag on\n    nunber 5;\n}",
                    "weir: [emerg] directive \"flag\" is not terminated by \";\" in main.conf:2\n"
                    "weir: [emerg] unknown directive \"nunber\" in main.conf:3\n");
}

static void test_both_lines_are_looked_at_after_a_missing_semicolon(void **state) {
    (void) state;
    assert_messages("http {\n flag on\n number x\n size y;\n server {\n time z\n flag a; }\n}",
                    "weir: [emerg] directive \"flag\" is not terminated by \";\" in main.conf:2\n"
                    "weir: [emerg] directive \"number\" is not terminated by \";\" in main.conf:3\n"
                    "weir: [emerg] invalid value \"y\" in \"size\" directive in main.conf:4\n"
                    "weir: [emerg] directive \"time\" is not terminated by \";\" in main.conf:6\n"
                    "weir: [emerg] invalid value \"a\" in \"flag\" directive, it must be \"on\" or "
                    "\"off\" in main.conf:7\n");
}

static void test_a_swallowed_directive_in_a_right_line_is_a_warning(void **state) {
    struct conf *conf = fake_load("http {\n allow a\n deny b;\n allow c\n denial d;\n"
                                  " allow 'e'\n 'deny' f;\n allow g\n flag;\n}");

    (void) state;
    assert_int_equal(conf_errors(conf), 0);
    assert_int_equal(conf_warnings(conf), 1);
    assert_string_equal(conf_message(conf, 0)->text,
                        "\"deny\" is read as a parameter of \"allow\"");
    assert_int_equal(conf_message(conf, 0)->line, 3);
    assert_string_equal(conf_message(conf, 0)->help, "is a \";\" missing at the end of line 2?");
    conf_free(conf);
}

static void test_arguments_on_several_lines_are_fine(void **state) {
    struct conf *conf = fake_load_good("http {\n allow a\n b.c\n 'x'\n 4 5 6 7 8 9 10 11 12\n"
                                       " 13 14 15 16 17 18 19 20;\n"
                                       " names\n error\n timeout;\n}");

    (void) state;
    assert_int_equal(fake_thing_of(fake_block(conf, 1, 0))->list.count, 20);
    assert_int_equal(fake_thing_of(fake_block(conf, 1, 0))->names, 3);
    conf_free(conf);
}

static void test_a_block_that_does_not_open(void **state) {
    (void) state;
    assert_messages("http { upstream bad { narrow x; } upstream u { narrow x; } }",
                    "weir: [emerg] bad block in main.conf:1\n"
                    "weir: [emerg] invalid value \"x\" in \"narrow\" directive in main.conf:1\n");
}

static void test_close_is_not_asked_after_errors_inside(void **state) {
    (void) state;
    assert_messages("http { upstream worse { narrow 1; } }",
                    "weir: [emerg] worse block in main.conf:1\n");
    assert_messages("http { upstream worse { narrow x; } }",
                    "weir: [emerg] invalid value \"x\" in \"narrow\" directive in main.conf:1\n");
    assert_null(strstr(fake_log, "close"));
}

static void test_a_silent_failure_is_an_error(void **state) {
    (void) state;
    assert_one("http { silent; }", "\"silent\" failed without a reason", 1, 8, "");
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_blocks_open_and_close_around_their_lines),
        cmocka_unit_test(test_the_row_is_that_of_the_context),
        cmocka_unit_test(test_unknown_directives),
        cmocka_unit_test(test_lines_of_a_misspelt_block_are_looked_at),
        cmocka_unit_test(test_wrong_context_lists_the_right_ones),
        cmocka_unit_test(test_number_of_arguments),
        cmocka_unit_test(test_duplicates_name_the_first_place),
        cmocka_unit_test(test_a_line_that_should_have_no_block),
        cmocka_unit_test(test_missing_semicolon_is_blamed_on_its_line),
        cmocka_unit_test(test_both_lines_are_looked_at_after_a_missing_semicolon),
        cmocka_unit_test(test_a_swallowed_directive_in_a_right_line_is_a_warning),
        cmocka_unit_test(test_arguments_on_several_lines_are_fine),
        cmocka_unit_test(test_a_block_that_does_not_open),
        cmocka_unit_test(test_close_is_not_asked_after_errors_inside),
        cmocka_unit_test(test_a_silent_failure_is_an_error),
    };

    return cmocka_run_group_tests_name("conf/apply", tests, fake_begin, fake_end);
}
