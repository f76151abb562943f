/* SPDX-License-Identifier: BSD-2-Clause */
/* Unit tests of conf/foreign: what is said of directives that others have. */
#include "fake.h"

/* The help of the first message of a line in http. */
static void assert_help(const char *line, const char *text, const char *help) {
    const struct conf_message *message;
    char file[256];
    struct conf *conf;

    snprintf(file, sizeof(file), "http {\n%s\n}", line);
    conf = fake_load(file);
    message = conf_message(conf, 0);
    assert_non_null(message);
    assert_string_equal(message->text, text);
    assert_string_equal(message->help, help);
    conf_free(conf);
}

static void test_directives_of_nginx_are_known(void **state) {
    (void) state;
    assert_help("brotli on;", "unknown directive \"brotli\"",
                "weir compresses responses by gzip only");
    assert_help("ssl_certificate x;", "unknown directive \"ssl_certificate\"",
                "weir has no TLS yet");
    assert_help("ntlm;", "unknown directive \"ntlm\"",
                "nginx has it; weir does not have it yet");
}

static void test_slips_of_the_pen_are_not(void **state) {
    (void) state;
    assert_help("flga on;", "unknown directive \"flga\"", "did you mean \"flag\"?");
    assert_help("brotl on;", "unknown directive \"brotl\"", "");
    assert_help("ntlmx;", "unknown directive \"ntlmx\"", "");
}

/* One that begins a line shows that a ";" is missing before it. */
static void test_swallowed_one_is_found(void **state) {
    (void) state;
    assert_messages("http {\n flag on\n brotli on;\n}",
                    "weir: [emerg] directive \"flag\" is not terminated by \";\" in main.conf:2\n"
                    "weir: [emerg] unknown directive \"brotli\" in main.conf:3\n");
}

static void test_directives_of_a_module_that_was_left_out(void **state) {
    static const struct module_left_out list[] = { { "pen", "pencil crayon " },
                                                   { "table", "daemon gzip " },
                                                   { NULL, NULL } };
    static const struct module_left_out none[] = { { NULL, NULL } };

    (void) state;
    modules_set_left_out(list);
    assert_help("crayon red;", "unknown directive \"crayon\"",
                "the module pen has it, which was left out by configure --without-pen");
    assert_help("gzip on;", "unknown directive \"gzip\"",
                "the module table has it, which was left out by configure --without-table");
    assert_help("daemon on;", "\"daemon\" directive is not allowed here",
                "the module table has it, which was left out by configure --without-table");
    modules_set_left_out(none);
    assert_help("crayon red;", "unknown directive \"crayon\"", "");
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_directives_of_nginx_are_known),
        cmocka_unit_test(test_slips_of_the_pen_are_not),
        cmocka_unit_test(test_swallowed_one_is_found),
        cmocka_unit_test(test_directives_of_a_module_that_was_left_out),
    };

    return cmocka_run_group_tests_name("conf/foreign", tests, fake_begin, fake_end);
}
