/* SPDX-License-Identifier: BSD-2-Clause */
/* Unit tests of conf/parser: the tree of lines, and errors of form with the place they come
 * from. */
#include "fake.h"

static void test_words_of_lines(void **state) {
    struct conf *conf = fake_load_good("http { server { location ~ 'a\\'b' \"c d\" e\\;f { } } }");
    const struct conf_line *line = fake_block(conf, 3, 0, 0, 0)->line;

    (void) state;
    assert_int_equal(line->count, 5);
    assert_string_equal(line->words[0].text.data, "location");
    assert_string_equal(line->words[2].text.data, "a'b");
    assert_true(line->words[2].is_quoted);
    assert_string_equal(line->words[3].text.data, "c d");
    assert_string_equal(line->words[4].text.data, "e\\;f");
    assert_false(line->words[4].is_quoted);
    assert_int_equal(line->words[2].column, 28);
    assert_int_equal(line->words[2].source_len, 6);
    conf_free(conf);
}

static void test_a_block_keeps_its_line_without_those_inside(void **state) {
    struct conf *conf = fake_load_good("http {\n server { flag on; }\n}");
    const struct conf_line *line = fake_block(conf, 2, 0, 0)->line;

    (void) state;
    assert_string_equal(line->words[0].text.data, "server");
    assert_int_equal(line->words[0].line, 2);
    assert_true(line->has_block);
    assert_null(line->first);
    assert_string_equal(conf_file_name(line->file), fake_path("main.conf"));
    conf_free(conf);
}

static void test_stray_marks(void **state) {
    (void) state;
    assert_messages(";\nhttp { ; }\n",
                    "weir: [emerg] unexpected \";\" in main.conf:1\n"
                    "weir: [emerg] unexpected \";\" in main.conf:2\n");
    assert_messages("}\n", "weir: [emerg] unexpected \"}\" in main.conf:1\n");
    assert_messages("{ a; }\nb ';\n",
                    "weir: [emerg] unexpected \"{\" in main.conf:1\n"
                    "weir: [emerg] unexpected end of file, expecting \"'\" in main.conf:2\n");
    assert_messages("http { } }\nserver \"a\"b;",
                    "weir: [emerg] unexpected \"}\" in main.conf:1\n"
                    "weir: [emerg] unexpected \"b\" in main.conf:2\n");
    assert_messages("env \"a\"\xc3\xa9;", "weir: [emerg] unexpected \"\xc3\xa9\" in main.conf:1\n");
}

static void test_missing_semicolon_before_a_brace(void **state) {
    (void) state;
    assert_messages("http {\n    flag on\n}\n",
                    "weir: [emerg] directive \"flag\" is not terminated by \";\" in main.conf:2\n");
    assert_messages("http {\n    text 'a\nb'\n\n}\ndaemon off",
                    "weir: [emerg] directive \"text\" is not terminated by \";\" in main.conf:3\n"
                    "weir: [emerg] directive \"daemon\" is not terminated by \";\" "
                    "in main.conf:6\n");
}

static void test_missing_brace_is_where_the_block_opened(void **state) {
    (void) state;
    assert_messages("http {\n  server {\n    flag on;\n",
                    "weir: [emerg] block \"server\" is not closed, expecting \"}\" "
                    "in main.conf:2\n");
    assert_messages("events {\n}\nhttp {\n",
                    "weir: [emerg] block \"http\" is not closed, expecting \"}\" in main.conf:3\n");
}

static void test_columns_tell_which_block_is_open(void **state) {
    (void) state;
    assert_messages("http {\n"
                    "    server {\n"
                    "        location / {\n"
                    "            flag on;\n"
                    "    }\n"
                    "    server {\n"
                    "    }\n"
                    "}\n",
                    "weir: [emerg] block \"location\" is not closed, expecting \"}\" "
                    "in main.conf:3\n");
}

static void test_columns_tell_which_brace_is_too_many(void **state) {
    struct conf *conf = fake_load("http {\n"
                                  "    server {\n"
                                  "        flag on; }\n"
                                  "    }\n"
                                  "    server { }\n"
                                  "}\n");

    (void) state;
    assert_string_equal(conf_message(conf, 0)->text, "unexpected \"}\"");
    assert_int_equal(conf_message(conf, 0)->line, 6);
    assert_string_equal(conf_message(conf, 0)->help,
                        "the \"}\" in line 4 closed \"http\" of line 1");
    conf_free(conf);
}

static void test_missing_opening_brace(void **state) {
    (void) state;
    assert_messages("http {\n  server\n    flag on;\n  }\n  server;\n}\n",
                    "weir: [emerg] directive \"server\" has no opening \"{\" in main.conf:2\n"
                    "weir: [emerg] directive \"server\" has no opening \"{\" in main.conf:5\n");
    assert_messages("http {\n  server\n    location / {\n    }\n  }\n}\nstray ;\n",
                    "weir: [emerg] directive \"server\" has no opening \"{\" in main.conf:2\n");
    /* In an upstream "server" is no block. */
    conf_free(fake_load_good("http { upstream u {\n server\n a; } }"));
}

static void test_too_long_word(void **state) {
    char text[6000];

    (void) state;
    memset(text, 'x', sizeof(text));
    memcpy(text, "http {\n", 7);
    strcpy(text + 5000, ";\n}\n");
    assert_messages(text, "weir: [emerg] too long parameter \"xxxxxxxxxx...\" started "
                          "in main.conf:2\n");
    memcpy(text, "http { '", 8);
    assert_messages(text, "weir: [emerg] too long parameter, probably missing terminating \"'\" "
                          "character in main.conf:1\n");
}

static void test_nesting_has_a_limit(void **state) {
    static char text[100000];
    size_t i;

    (void) state;
    strcpy(text, "http{server{");
    for (i = 0; i < 97; i++) {
        strcat(text, "location a{");
    }
    memset(text + strlen(text), '}', 99);
    conf_free(fake_load_good(text));
    text[0] = '\0';
    for (i = 0; i < 9999; i++) {
        strcat(text, "a{");
    }
    assert_messages(text, "weir: [emerg] blocks are nested too deep in main.conf:1\n");
    memset(text, '{', sizeof(text) - 1);
    conf_free(fake_load(text));
}

static void test_rows_of_a_table_may_be_anything(void **state) {
    struct conf *conf = fake_load_good("http { table t { default a; server b; }\n"
                                       "server { table t { '' 'c;d'; http; } } }");

    (void) state;
    assert_non_null(strstr(fake_log, "row default a;row server b;open server;row  c;d;row http ;"));
    conf_free(conf);
}

static void test_empty_files(void **state) {
    (void) state;
    conf_free(fake_load_good(""));
    conf_free(fake_load_good("# nothing\n"));
    conf_free(fake_load_good("\n \t\r\n"));
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_words_of_lines),
        cmocka_unit_test(test_a_block_keeps_its_line_without_those_inside),
        cmocka_unit_test(test_stray_marks),
        cmocka_unit_test(test_missing_semicolon_before_a_brace),
        cmocka_unit_test(test_missing_brace_is_where_the_block_opened),
        cmocka_unit_test(test_columns_tell_which_block_is_open),
        cmocka_unit_test(test_columns_tell_which_brace_is_too_many),
        cmocka_unit_test(test_missing_opening_brace),
        cmocka_unit_test(test_too_long_word),
        cmocka_unit_test(test_nesting_has_a_limit),
        cmocka_unit_test(test_rows_of_a_table_may_be_anything),
        cmocka_unit_test(test_empty_files),
    };

    return cmocka_run_group_tests_name("conf/parser", tests, fake_begin, fake_end);
}
