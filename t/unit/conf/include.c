/* SPDX-License-Identifier: BSD-2-Clause */
/* Unit tests of conf/include and conf/sources: patterns, chains, what is kept, and bundles. */
#include "fake.h"

#include "conf/include.h"

/* The files that were read, by name, in order. */
static void assert_files(const struct conf *conf, const char *expected) {
    char names[1024] = "";
    const char *name;
    struct str bytes;
    unsigned i;

    for (i = 0; (name = conf_file_at(conf, i, &bytes)) != NULL; i++) {
        strcat(strcat(names, i > 0 ? " " : ""), strrchr(name, '/') + 1);
    }
    assert_string_equal(names, expected);
}

static void test_lines_take_the_place_of_the_include(void **state) {
    struct conf *conf;

    (void) state;
    fake_write("part.conf", STR("row 1;\nrow 2;"));
    conf = fake_load_good("http { table t { first 0; include part.conf; last 3; }\n"
                          "table u { include part.conf; } }");
    assert_non_null(strstr(fake_log, "row first 0;row row 1;row row 2;row last 3;"
                                     "row row 1;row row 2;"));
    assert_files(conf, "main.conf part.conf");
    conf_free(conf);
}

static void test_a_pattern_gives_its_files_in_order(void **state) {
    struct conf *conf;

    (void) state;
    fake_write("b.row", STR("b 2;"));
    fake_write("a.row", STR("a 1;"));
    fake_write("c.row", STR("c 3;"));
    fake_write(".d.row", STR("d 4;"));
    conf = fake_load_good("http { table t { include *.row; include [ab].r?w; } }");
    assert_non_null(strstr(fake_log, "row a 1;row b 2;row c 3;row a 1;row b 2;close"));
    assert_files(conf, "main.conf a.row b.row c.row");
    conf_free(conf);
}

static void test_a_pattern_without_a_match_is_fine(void **state) {
    (void) state;
    conf_free(fake_load_good("include none/*.conf; include /nowhere/[a]; include x?;"));
}

static void test_a_name_without_a_file_is_an_error(void **state) {
    (void) state;
    assert_messages("\ninclude none.conf;\ninclude /;\n",
                    "weir: [emerg] open() \"none.conf\" failed (2: No such file or directory) "
                    "in main.conf:2\n"
                    "weir: [emerg] open() \"/\" failed (21: Is a directory) in main.conf:3\n");
}

static void test_names_are_relative_to_the_main_file(void **state) {
    struct conf_options options = { .prefix = "/nowhere" };
    struct conf *conf;
    char path[128];

    (void) state;
    strcpy(path, fake_path("sub[1]"));
    assert_int_equal(mkdir(path, 0755), 0);
    strcat(path, "/deep");
    assert_int_equal(mkdir(path, 0755), 0);
    fake_write("sub[1]/main.conf", STR("include deep/*.conf; include deep/one.conf;"));
    fake_write("sub[1]/deep/one.conf", STR("include two.conf; env one;"));
    fake_write("sub[1]/two.conf", STR("env two;"));
    options.path = fake_path("sub[1]/main.conf");
    conf = conf_load(&options, fake_modules);
    assert_int_equal(conf_errors(conf), 0);
    assert_files(conf, "main.conf one.conf two.conf");
    assert_int_equal(((const struct fake_process *) conf_of(conf->main, &fake_process_module))
                         ->env.count, 4);
    conf_free(conf);
}

static void test_wrong_includes(void **state) {
    (void) state;
    fake_write("good.conf", STR("env a;"));
    assert_messages("include;\ninclude a b;\ninclude good.conf\nenv b;\ninclude good.conf { }",
                    "weir: [emerg] invalid number of arguments in \"include\" directive "
                    "in main.conf:1\n"
                    "weir: [emerg] invalid number of arguments in \"include\" directive "
                    "in main.conf:2\n"
                    "weir: [emerg] directive \"include\" is not terminated by \";\" "
                    "in main.conf:3\n");
}

/* A file with a hole in place of its text: nobody has so much memory. */
static void test_a_huge_file_is_an_error(void **state) {
    (void) state;
    fake_write("huge.conf", STR(""));
    assert_int_equal(truncate(fake_path("huge.conf"), (off_t) 1 << 42), 0);
    assert_messages("include huge.conf;",
                    "weir: [emerg] open() \"huge.conf\" failed (27: File too large) "
                    "in main.conf:1\n");
}

static void test_braces_match_within_a_file(void **state) {
    (void) state;
    fake_write("open.conf", STR("server {\n"));
    assert_messages("http { include open.conf; }\n}",
                    "weir: [emerg] unexpected \"}\" in main.conf:2\n"
                    "weir: [emerg] block \"server\" is not closed, expecting \"}\" "
                    "in open.conf:1\n");
    fake_write("close.conf", STR("}\n"));
    assert_messages("http { include close.conf;",
                    "weir: [emerg] block \"http\" is not closed, expecting \"}\" in main.conf:1\n"
                    "weir: [emerg] unexpected \"}\" in close.conf:1\n");
}

static void test_a_cycle_names_the_chain(void **state) {
    const struct conf_message *message;
    struct conf *conf;
    char expected[512];

    (void) state;
    fake_write("one.conf", STR("include two.conf;"));
    fake_write("two.conf", STR("\ninclude one.conf;"));
    conf = fake_load("include one.conf;");
    assert_int_equal(conf_errors(conf), 1);
    message = conf_message(conf, 0);
    snprintf(expected, sizeof(expected), "\"%s\" includes itself", fake_path("one.conf"));
    assert_string_equal(message->text, expected);
    assert_int_equal(message->line, 2);
    snprintf(expected, sizeof(expected), "%s/one.conf includes %s/two.conf includes %s/one.conf",
             fake_folder, fake_folder, fake_folder);
    assert_string_equal(message->help, expected);
    conf_free(conf);
    assert_messages("include main.con[f];",
                    "weir: [emerg] \"main.conf\" includes itself in main.conf:1\n");
}

static void test_deep_chains_have_a_limit(void **state) {
    struct conf *conf;
    char name[32], text[64];
    unsigned i;

    (void) state;
    for (i = 0; i < 102; i++) {
        snprintf(name, sizeof(name), "chain%u", i);
        snprintf(text, sizeof(text), i < 101 ? "include chain%u;" : "env %u;", i + 1);
        fake_write(name, str_from(text));
    }
    conf_free(fake_load_good("include chain2;"));
    conf = fake_load("include chain0;");
    assert_int_equal(conf_errors(conf), 1);
    assert_string_equal(conf_message(conf, 0)->text, "includes are nested too deep");
    conf_free(conf);
}

static bool parse_extra(struct conf *conf, struct conf_block *block,
                        const struct directive *directive, const struct conf_line *line,
                        void *field) {
    const struct conf_line *row = conf_include(conf, line, line->words[1].text);

    (void) block, (void) directive, (void) field;
    fake_note("%s", row == NULL ? "nothing;" : "");
    for (; row != NULL; row = row->next) {
        fake_note("extra %s;", row->words[0].text.data);
    }
    return true;
}

static const struct conf_type type_extra = {
    .name = "file", .min_words = 1, .max_words = 1, .is_repeatable = true, .parse = parse_extra
};
static const struct directive extra_directives[] = {
    { .name = "extra", .where = CONF_MAIN, .type = &type_extra, .help = "reads a file of rows" },
    DIRECTIVES_END
};
static unsigned extra_index;
static const struct module extra_module = {
    .name = "extra", .index = &extra_index, .directives = extra_directives
};

static void test_modules_may_read_files_of_their_own(void **state) {
    static const struct module *const modules[] = { &extra_module, &include_module, NULL };
    struct conf_options options = { .path = "main.conf", .prefix = fake_folder };
    struct conf *conf;

    (void) state;
    fake_write("x.rows", STR("a; b { c; }"));
    fake_write("y.rows", STR("d; include x.rows;"));
    fake_write("bad.rows", STR("a; ; b;"));
    fake_write("main.conf", STR("extra *.rows; extra y.rows; extra none.*; extra none;"));
    fake_log[0] = '\0';
    conf = conf_load(&options, modules);
    assert_string_equal(fake_log, "nothing;extra d;extra a;extra b;nothing;nothing;");
    assert_int_equal(conf_errors(conf), 2);
    conf_free(conf);
}

static void test_bytes_are_kept_as_they_are(void **state) {
    struct conf *conf;
    struct str bytes;

    (void) state;
    fake_write("odd.conf", STR("# \0 \xff\r\n\tenv 'a\\'b' ;"));
    conf = fake_load_good("include odd.conf;include odd.conf;");
    assert_string_equal(conf_file_at(conf, 1, &bytes), fake_path("odd.conf"));
    assert_true(str_equal(bytes, STR("# \0 \xff\r\n\tenv 'a\\'b' ;")));
    assert_null(conf_file_at(conf, 2, &bytes));
    conf_free(conf);
}

static void test_a_bundle_stands_for_the_disk(void **state) {
    struct conf_options options = { .path = "main.conf", .prefix = fake_folder };
    struct buf bundle = { NULL, 0, 0, 0 };
    struct conf *conf;

    (void) state;
    fake_write("p1.part", STR("env a b;"));
    fake_write("p2.part", STR("env c;"));
    conf = fake_load_good("include p*.part; include p1.part; include none*;");
    conf_bundle(conf, &bundle);
    conf_free(conf);
    unlink(fake_path("p2.part"));
    fake_write("p1.part", STR("env changed;"));
    fake_write("p3.part", STR("env d e f g h;"));
    fake_write("main.conf", STR("env changed;"));
    options.bundle = buf_bytes(&bundle);
    conf = conf_load(&options, fake_modules);
    assert_int_equal(conf_errors(conf), 0);
    assert_int_equal(((const struct fake_process *) conf_of(conf->main, &fake_process_module))
                         ->env.count, 5);
    assert_files(conf, "main.conf p1.part p2.part");
    conf_free(conf);
    buf_free(&bundle);
}

static void test_a_bundle_keeps_failures(void **state) {
    struct conf_options options = { .path = "main.conf", .prefix = fake_folder };
    struct buf bundle = { NULL, 0, 0, 0 };
    struct conf *conf = fake_load("include absent.conf;");

    (void) state;
    conf_bundle(conf, &bundle);
    conf_free(conf);
    fake_write("absent.conf", STR("env a;"));
    options.bundle = buf_bytes(&bundle);
    conf = conf_load(&options, fake_modules);
    assert_string_equal(fake_messages(conf, false), "weir: [emerg] open() \"absent.conf\" failed "
                        "(2: No such file or directory) in main.conf:1\n");
    conf_free(conf);
    unlink(fake_path("absent.conf"));
    buf_free(&bundle);
}

static void test_a_bundle_keeps_what_was_found_out(void **state) {
    struct conf_options options = { .path = "main.conf", .prefix = fake_folder };
    struct buf bundle = { NULL, 0, 0, 0 };
    struct conf *conf = fake_load_good("");
    struct str data;

    (void) state;
    assert_false(conf_recall(conf, STR("a"), &data));
    conf_remember(conf, STR("a"), STR("1\0002"));
    conf_remember(conf, STR("b"), STR_NONE);
    conf_bundle(conf, &bundle);
    conf_free(conf);
    options.bundle = buf_bytes(&bundle);
    conf = conf_load(&options, fake_modules);
    assert_int_equal(conf_errors(conf), 0);
    assert_true(conf_recall(conf, STR("a"), &data));
    assert_true(str_equal(data, STR("1\0002")));
    assert_true(conf_recall(conf, STR("b"), &data));
    assert_int_equal(data.len, 0);
    assert_true(conf_recall(conf, STR("c"), &data)); /* nobody is to be asked any more */
    assert_int_equal(data.len, 0);
    conf_free(conf);
    buf_free(&bundle);
}

static void test_a_cut_bundle_is_refused(void **state) {
    struct conf_options options = { .path = "main.conf", .prefix = fake_folder };
    struct buf bundle = { NULL, 0, 0, 0 };
    struct conf *conf = fake_load_good("env abc;");
    size_t len;

    (void) state;
    conf_bundle(conf, &bundle);
    conf_free(conf);
    for (len = 1; len < buf_len(&bundle); len++) {
        options.bundle = str_first(buf_bytes(&bundle), len);
        conf = conf_load(&options, fake_modules);
        assert_string_equal(conf_message(conf, 0)->text, "the files were not passed on whole");
        conf_free(conf);
    }
    buf_free(&bundle);
}

static void test_a_pipe_is_read_to_its_end(void **state) {
    struct conf_options options = { .prefix = fake_folder };
    static char text[20000];
    struct conf *conf;
    char path[32];
    int ends[2];

    (void) state;
    memset(text, ' ', sizeof(text) - 1);
    memcpy(text + sizeof(text) - 8, "env a;", 6);
    assert_int_equal(pipe(ends), 0);
    assert_int_equal(write(ends[1], text, sizeof(text) - 1), sizeof(text) - 1);
    close(ends[1]);
    snprintf(path, sizeof(path), "/dev/fd/%d", ends[0]);
    options.path = path;
    conf = conf_load(&options, fake_modules);
    assert_int_equal(conf_errors(conf), 0);
    assert_int_equal(((const struct fake_process *) conf_of(conf->main, &fake_process_module))
                         ->env.count, 1);
    conf_free(conf);
    close(ends[0]);
}

static void test_a_file_that_is_not_in_the_bundle(void **state) {
    struct conf_options options = { .path = "main.conf", .prefix = fake_folder,
                                    .globals = STR("include other.conf;") };
    struct buf bundle = { NULL, 0, 0, 0 };
    struct conf *conf = fake_load_good("");

    (void) state;
    conf_bundle(conf, &bundle);
    conf_free(conf);
    fake_write("other.conf", STR("env a;"));
    options.bundle = buf_bytes(&bundle);
    conf = conf_load(&options, fake_modules);
    assert_string_equal(fake_messages(conf, false), "weir: [emerg] open() \"other.conf\" failed "
                        "(2: No such file or directory) in command line\n");
    conf_free(conf);
    buf_free(&bundle);
}

static void test_main_file_that_is_not_there(void **state) {
    struct conf_options options = { .path = "absent.conf", .prefix = fake_folder };
    struct conf *conf = conf_load(&options, fake_modules);

    (void) state;
    assert_int_equal(conf_errors(conf), 1);
    assert_string_equal(fake_messages(conf, true), "weir: [emerg] open() \"absent.conf\" failed "
                                                   "(2: No such file or directory)\n");
    conf_free(conf);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_lines_take_the_place_of_the_include),
        cmocka_unit_test(test_a_pattern_gives_its_files_in_order),
        cmocka_unit_test(test_a_pattern_without_a_match_is_fine),
        cmocka_unit_test(test_a_name_without_a_file_is_an_error),
        cmocka_unit_test(test_names_are_relative_to_the_main_file),
        cmocka_unit_test(test_wrong_includes),
        cmocka_unit_test(test_a_huge_file_is_an_error),
        cmocka_unit_test(test_braces_match_within_a_file),
        cmocka_unit_test(test_a_cycle_names_the_chain),
        cmocka_unit_test(test_deep_chains_have_a_limit),
        cmocka_unit_test(test_modules_may_read_files_of_their_own),
        cmocka_unit_test(test_bytes_are_kept_as_they_are),
        cmocka_unit_test(test_a_bundle_stands_for_the_disk),
        cmocka_unit_test(test_a_bundle_keeps_failures),
        cmocka_unit_test(test_a_bundle_keeps_what_was_found_out),
        cmocka_unit_test(test_a_cut_bundle_is_refused),
        cmocka_unit_test(test_a_pipe_is_read_to_its_end),
        cmocka_unit_test(test_a_file_that_is_not_in_the_bundle),
        cmocka_unit_test(test_main_file_that_is_not_there),
    };

    return cmocka_run_group_tests_name("conf/include", tests, fake_begin, fake_end);
}
