/* SPDX-License-Identifier: BSD-2-Clause */
/* Unit tests of conf/message and conf/message_format: what is kept, its order, and how it looks. */
#include "fake.h"

static void assert_long(const char *text, const char *expected) {
    struct conf *conf = fake_load(text);

    assert_string_equal(fake_messages(conf, true), expected);
    conf_free(conf);
}

static void test_source_carets_and_help(void **state) {
    (void) state;
    assert_long("http {\n    sevrer {\n    }\n}\n",
                "weir: [emerg] unknown directive \"sevrer\" in main.conf:2\n"
                "    2 |     sevrer {\n"
                "      |     ^^^^^^ did you mean \"server\"?\n");
    assert_long("old;", "weir: [warn] \"old\" directive has no meaning here in main.conf:1\n"
                        "    1 | old;\n"
                        "      | ^^^ there is nothing to do for it\n");
}

static void test_carets_behind_the_end_of_a_line(void **state) {
    (void) state;
    assert_long("http {\n  flag on\n}\n",
                "weir: [emerg] directive \"flag\" is not terminated by \";\" in main.conf:2\n"
                "    2 |   flag on\n"
                "      |          ^\n");
}

static void test_tabs_and_wide_characters_keep_their_columns(void **state) {
    (void) state;
    assert_long("\thttp {\tflag '\xc3\xa4\xc3\xb6'; number \xc3\xbcx; }\r\n",
                "weir: [emerg] invalid value \"\xc3\xa4\xc3\xb6\" in \"flag\" directive, it "
                "must be \"on\" or \"off\" in main.conf:1\n"
                "    1 | \thttp {\tflag '\xc3\xa4\xc3\xb6'; number \xc3\xbcx; }\n"
                "      | \t      \t     ^^^^\n"
                "weir: [emerg] invalid value \"\xc3\xbcx\" in \"number\" directive in main.conf:1\n"
                "    1 | \thttp {\tflag '\xc3\xa4\xc3\xb6'; number \xc3\xbcx; }\n"
                "      | \t      \t                  ^^ allowed: a number\n");
}

static void test_bytes_that_are_no_text_are_not_sent_to_a_terminal(void **state) {
    (void) state;
    assert_long("a\x1b[31m\xff\xe2\x82 b;",
                "weir: [emerg] unknown directive \"a\\x1B[31m\xff\xe2\x82\" in main.conf:1\n"
                "    1 | a?[31m??? b;\n"
                "      | ^^^^^^^^^\n");
}

static void test_words_on_several_lines_show_the_first(void **state) {
    (void) state;
    assert_long("daemon 'a\nb';",
                "weir: [emerg] invalid value \"a\\x0Ab\" in \"daemon\" directive, it must be "
                "\"on\" or \"off\" in main.conf:1\n"
                "    1 | daemon 'a\n"
                "      |        ^^\n");
}

static void test_long_lines_are_cut_around_the_carets(void **state) {
    struct conf *conf;
    char text[1000];
    const char *shown;

    (void) state;
    memset(text, ' ', sizeof(text));
    memcpy(text + 400, "daemon maybe; #", 15);
    memset(text + 415, 'x', 500);
    text[915] = '\0';
    conf = fake_load(text);
    shown = fake_messages(conf, true);
    assert_non_null(strstr(shown, "\n    1 | ...      "));
    assert_non_null(strstr(shown, "daemon maybe; #xxxx"));
    assert_non_null(strstr(shown, "x...\n"));
    /* The carets stand under the word. */
    assert_int_equal(strstr(strstr(shown, "    1 |"), "maybe") - strstr(shown, "    1 |"),
                     strstr(shown, "^^^^^") - strstr(shown, "      |"));
    conf_free(conf);
}

static void test_long_lines_are_not_cut_within_a_character(void **state) {
    struct conf *conf;
    char text[2000] = "env ";
    unsigned i;

    (void) state;
    for (i = 0; i < 101; i++) {
        strcat(text, "\xe2\x82\xac");
    }
    strcat(text, "; zzz; env ");
    for (i = 0; i < 100; i++) {
        strcat(text, "\xe2\x82\xac");
    }
    conf = fake_load(strcat(text, ";"));
    assert_non_null(strstr(fake_messages(conf, true), "    1 | ...\xe2\x82\xac"));
    assert_non_null(strstr(fake_messages(conf, true), "\xe2\x82\xac...\n      |    "));
    assert_null(strchr(fake_messages(conf, true), '?'));
    conf_free(conf);
}

static void test_numbers_of_lines_may_have_many_digits(void **state) {
    static char text[1234600];

    (void) state;
    memset(text, '\n', 1234566);
    strcpy(text + 1234566, "x y;");
    assert_long(text, "weir: [emerg] unknown directive \"x\" in main.conf:1234567\n"
                      "1234567 | x y;\n"
                      "        | ^\n");
}

static void test_at_most_20_errors_are_kept(void **state) {
    struct conf *conf;
    char text[4000] = "http {\n";
    unsigned i;

    (void) state;
    for (i = 0; i < 25; i++) {
        strcat(text, "zzz;\nold;\n");
    }
    conf = fake_load(strcat(text, "}"));
    assert_int_equal(conf_errors(conf), 25);
    assert_int_equal(conf_warnings(conf), 25);
    assert_int_equal(conf_message(conf, 0)->line, 2);
    assert_int_equal(conf_message(conf, 1)->severity, CONF_WARNING);
    assert_int_equal(conf_message(conf, 39)->line, 41);
    assert_string_equal(conf_message(conf, 40)->text, "5 more warnings are not shown");
    assert_string_equal(conf_message(conf, 41)->text, "5 more errors are not shown");
    assert_null(conf_message(conf, 42));
    conf_free(conf);
}

static void test_one_more_is_singular(void **state) {
    struct conf *conf;
    char text[4000] = "";
    unsigned i;

    (void) state;
    for (i = 0; i < 21; i++) {
        strcat(text, "zzz;\n");
    }
    conf = fake_load(text);
    assert_string_equal(conf_message(conf, 20)->text, "1 more error is not shown");
    assert_true(strstr(fake_messages(conf, true), "weir: [emerg] 1 more error is not shown\n")
                != NULL);
    conf_free(conf);
}

static void test_messages_are_in_order_of_the_file(void **state) {
    struct conf *conf = fake_load("http {\n server { text uncompilable; }\n}\n");

    (void) state;
    conf_free(conf);
    /* The parser finds the block that is not closed last. */
    assert_messages("http {\n flag on }\n ;\n server {\n",
                    "weir: [emerg] directive \"flag\" is not terminated by \";\" in main.conf:2\n"
                    "weir: [emerg] unexpected \";\" in main.conf:3\n"
                    "weir: [emerg] block \"server\" is not closed, expecting \"}\" "
                    "in main.conf:4\n");
}

static void test_the_same_about_the_same_place_is_said_once(void **state) {
    struct conf *conf;

    (void) state;
    fake_write("part.conf", STR("flag x;\n"));
    conf = fake_load("http { server { include part.conf; } server { include part.conf; } }");
    assert_int_equal(conf_errors(conf), 1);
    assert_null(conf_message(conf, 1));
    conf_free(conf);
}

static void test_included_files_name_their_origin(void **state) {
    struct conf *conf;

    (void) state;
    fake_write("inner.conf", STR("\n\n  flag x;\n"));
    fake_write("outer.conf", STR("\ninclude inner.conf;\n"));
    conf = fake_load("http {\n server { include outer.conf; } }");
    assert_string_equal(fake_messages(conf, true),
                        "weir: [emerg] invalid value \"x\" in \"flag\" directive, it must be "
                        "\"on\" or \"off\" in inner.conf:3\n"
                        "    3 |   flag x;\n"
                        "      |        ^\n"
                        "      | included from outer.conf:2, main.conf:2\n");
    conf_free(conf);
}

static void test_command_line_has_no_line_numbers(void **state) {
    struct conf *conf = fake_load_with("daemon on;", "daemon off; zzz;");

    (void) state;
    assert_string_equal(fake_messages(conf, true),
                        "weir: [emerg] unknown directive \"zzz\" in command line\n"
                        "      | daemon off; zzz;\n"
                        "      |             ^^^\n"
                        "weir: [emerg] \"daemon\" directive is duplicate in main.conf:1\n"
                        "    1 | daemon on;\n"
                        "      | ^^^^^^ it stands first in command line\n");
    conf_free(conf);
}

static void test_a_message_about_no_place(void **state) {
    struct conf *conf = fake_load_good("");
    struct conf_message message = { .severity = CONF_ERROR, .file = "", .text = "no luck",
                                    .help = "try again", .source = "", .origin = "" };
    struct buf text = { NULL, 0, 0, 0 };

    (void) state;
    conf_message_format(&message, true, &text);
    conf_message_format(&message, false, &text);
    assert_true(str_is(buf_bytes(&text), "weir: [emerg] no luck\n      | try again\n"
                                         "weir: [emerg] no luck\n"));
    buf_free(&text);
    conf_free(conf);
}

static void test_json(void **state) {
    struct conf *conf = fake_load_with("", "zzz; old;");
    struct buf text = { NULL, 0, 0, 0 };

    (void) state;
    conf_messages_format_json(conf, &text);
    assert_true(str_is(buf_bytes(&text),
        "[{\"severity\":\"error\",\"file\":\"command line\",\"line\":0,\"col\":1,\"len\":3,"
        "\"message\":\"unknown directive \\\"zzz\\\"\",\"help\":\"\"},\n"
        " {\"severity\":\"warning\",\"file\":\"command line\",\"line\":0,\"col\":6,\"len\":3,"
        "\"message\":\"\\\"old\\\" directive has no meaning here\","
        "\"help\":\"there is nothing to do for it\"}]\n"));
    buf_free(&text);
    conf_free(conf);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_source_carets_and_help),
        cmocka_unit_test(test_carets_behind_the_end_of_a_line),
        cmocka_unit_test(test_tabs_and_wide_characters_keep_their_columns),
        cmocka_unit_test(test_bytes_that_are_no_text_are_not_sent_to_a_terminal),
        cmocka_unit_test(test_words_on_several_lines_show_the_first),
        cmocka_unit_test(test_long_lines_are_cut_around_the_carets),
        cmocka_unit_test(test_long_lines_are_not_cut_within_a_character),
        cmocka_unit_test(test_numbers_of_lines_may_have_many_digits),
        cmocka_unit_test(test_at_most_20_errors_are_kept),
        cmocka_unit_test(test_one_more_is_singular),
        cmocka_unit_test(test_messages_are_in_order_of_the_file),
        cmocka_unit_test(test_the_same_about_the_same_place_is_said_once),
        cmocka_unit_test(test_included_files_name_their_origin),
        cmocka_unit_test(test_command_line_has_no_line_numbers),
        cmocka_unit_test(test_a_message_about_no_place),
        cmocka_unit_test(test_json),
    };

    return cmocka_run_group_tests_name("conf/message", tests, fake_begin, fake_end);
}
