/* SPDX-License-Identifier: BSD-2-Clause */
/* Unit tests of conf/conf: paths, what parts keep, -g, and the end of a configuration. */
#include "fake.h"

static void test_paths(void **state) {
    struct conf_options options = { .path = "sub/main.conf", .prefix = fake_folder };
    struct conf *conf;
    char folder[128];

    (void) state;
    strcpy(folder, fake_path("sub"));
    assert_int_equal(mkdir(folder, 0755), 0);
    fake_write("sub/main.conf", STR(""));
    conf = conf_load(&options, fake_modules);
    assert_int_equal(conf_errors(conf), 0);
    assert_string_equal(conf_path(conf, STR("logs/a")).data, fake_path("logs/a"));
    assert_string_equal(conf_path_beside(conf, STR("mime.types")).data,
                        fake_path("sub/mime.types"));
    assert_string_equal(conf_path(conf, str_make("/abs/x", 4)).data, "/abs");
    assert_string_equal(conf_path_beside(conf, STR("/abs")).data, "/abs");
    conf_free(conf);
}

static void test_a_prefix_may_end_in_a_slash(void **state) {
    struct conf_options options = { .path = "main.conf", .prefix = fake_path("") };
    struct conf *conf;

    (void) state;
    fake_write("main.conf", STR(""));
    conf = conf_load(&options, fake_modules);
    assert_int_equal(conf_errors(conf), 0);
    assert_string_equal(conf_path(conf, STR("a")).data, fake_path("a"));
    conf_free(conf);
}

/* What is found for `pid` in a main file of this text. */
static const char *peek(const char *text) {
    struct conf_options options = { .path = "main.conf", .prefix = fake_folder };
    struct buf path = { NULL, 0, 0, 0 };
    static char found[256];

    fake_write("main.conf", str_from(text));
    assert_true(conf_peek_path(&options, fake_modules, "pid", "logs/pid", &path));
    snprintf(found, sizeof(found), "%.*s", STR_ARG(buf_bytes(&path)));
    buf_free(&path);
    return found;
}

static void test_a_path_is_found_whatever_else_is_wrong(void **state) {
    (void) state;
    assert_string_equal(peek("nonsense 1; pid /run/a; pid /run/b;"), "/run/a");
    assert_string_equal(peek("pid 'a b'; core { pid c;"), fake_path("a b"));
    assert_string_equal(peek("core { pid /run/a; }"), fake_path("logs/pid"));
    assert_string_equal(peek("pid; pid a b; } {"), fake_path("logs/pid"));
}

static void test_no_path_without_a_main_file(void **state) {
    struct conf_options options = { .path = "none.conf", .prefix = fake_folder };
    struct buf path = { NULL, 0, 0, 0 };

    (void) state;
    assert_false(conf_peek_path(&options, fake_modules, "pid", "logs/pid", &path));
    buf_free(&path);
}

static void test_data_of_parts(void **state) {
    static const char key_a, key_b;
    struct conf *conf = fake_load_good("");
    int *a = conf_data(conf, &key_a, sizeof(*a)), *b = conf_data(conf, &key_b, sizeof(*b));

    (void) state;
    assert_int_equal(*a, 0);
    assert_ptr_not_equal(a, b);
    *a = 1;
    assert_ptr_equal(conf_data(conf, &key_a, sizeof(*a)), a);
    assert_int_equal(*b, 0);
    conf_free(conf);
}

static void note_end(void *object) {
    fake_note("end %s;", (const char *) object);
}

static void test_ends_are_called_last_first(void **state) {
    struct conf *conf = fake_load_good("");

    (void) state;
    conf_on_free(conf, note_end, (void *) "a");
    conf_on_free(conf, note_end, (void *) "b");
    fake_log[0] = '\0';
    conf_free(conf);
    assert_string_equal(fake_log, "end b;end a;");
}

static void test_globals_are_lines_of_main_before_the_file(void **state) {
    struct conf *conf = fake_load_with("env c;", "daemon off; env a b;");
    const struct fake_process *process = conf_of(conf->main, &fake_process_module);

    (void) state;
    assert_int_equal(conf_errors(conf), 0);
    assert_false(process->is_daemon);
    assert_int_equal(process->env.count, 3);
    assert_string_equal(process->env.items[0].data, "a");
    assert_string_equal(process->env.items[2].data, "c");
    conf_free(conf);
}

static void test_globals_are_whole_lines(void **state) {
    struct conf *conf = fake_load_with("", "daemon off");

    (void) state;
    assert_string_equal(fake_messages(conf, false),
                        "weir: [emerg] directive \"daemon\" is not terminated by \";\" "
                        "in command line\n");
    conf_free(conf);
}

static void test_check_is_passed_on(void **state) {
    struct conf_options options = { .path = "main.conf", .prefix = fake_folder, .is_check = true };
    struct conf *conf;

    (void) state;
    fake_write("main.conf", STR(""));
    conf = conf_load(&options, fake_modules);
    assert_true(conf->is_check);
    conf_free(conf);
}

static void test_names_of_contexts(void **state) {
    (void) state;
    assert_string_equal(conf_where_name(CONF_MAIN), "main");
    assert_string_equal(conf_where_name(CONF_STREAM_SERVER), "server");
    assert_string_equal(conf_where_name(CONF_HTTP_LOCATION_IF), "if");
    assert_string_equal(conf_where_name(CONF_HTTP_LIMIT_EXCEPT), "limit_except");
}

static void test_nearest_names(void **state) {
    static const char *const names[] = { "location", "server", "server_name", "app", "set" };

    (void) state;
    assert_string_equal(conf_nearest(STR("locaton"), names, 5), "location");
    assert_string_equal(conf_nearest(STR("sevrer"), names, 5), "server");
    assert_string_equal(conf_nearest(STR("server-name"), names, 5), "server_name");
    assert_string_equal(conf_nearest(STR("SERVER_NAME"), names, 5), "server_name");
    assert_string_equal(conf_nearest(STR("aap"), names, 5), "app");
    assert_null(conf_nearest(STR("xyz"), names, 5));
    assert_null(conf_nearest(STR("s"), names, 5));
    assert_null(conf_nearest(STR(""), names, 5));
    assert_null(conf_nearest(STR("location"), names, 0));
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_paths),
        cmocka_unit_test(test_a_prefix_may_end_in_a_slash),
        cmocka_unit_test(test_data_of_parts),
        cmocka_unit_test(test_ends_are_called_last_first),
        cmocka_unit_test(test_globals_are_lines_of_main_before_the_file),
        cmocka_unit_test(test_globals_are_whole_lines),
        cmocka_unit_test(test_check_is_passed_on),
        cmocka_unit_test(test_a_path_is_found_whatever_else_is_wrong),
        cmocka_unit_test(test_no_path_without_a_main_file),
        cmocka_unit_test(test_names_of_contexts),
        cmocka_unit_test(test_nearest_names),
    };

    return cmocka_run_group_tests_name("conf/conf", tests, fake_begin, fake_end);
}
