/* SPDX-License-Identifier: BSD-2-Clause */
/* Unit tests of conf/manual: entries for people and rows for programs. */
#include "fake.h"

#include "conf/manual.h"

static void assert_entry(const char *name, bool is_known, const char *expected) {
    struct buf text = { NULL, 0, 0, 0 };

    assert_int_equal(manual_format(fake_modules, name, &text), is_known);
    buf_append(&text, STR("\0"), BUF_SIZE_MAX);
    assert_string_equal(buf_bytes(&text).data, expected);
    buf_free(&text);
}

static void test_an_entry(void **state) {
    (void) state;
    assert_entry("daemon", true,
                 "Syntax:   daemon on | off;\n"
                 "Default:  daemon on;\n"
                 "Context:  main\n"
                 "Module:   process\n"
                 "\n"
                 "    a flag of main\n");
    assert_entry("env", true,
                 "Syntax:   env name ...;\n"
                 "Default:  none\n"
                 "Context:  main, events\n"
                 "Module:   process\n"
                 "\n"
                 "    a list of main\n");
}

static void test_rows_that_say_the_same_are_one_entry(void **state) {
    (void) state;
    assert_entry("if", true,
                 "Syntax:   if { ... }\n"
                 "Default:  none\n"
                 "Context:  server, location\n"
                 "Module:   core\n"
                 "\n"
                 "    a block\n");
}

static void test_rows_that_differ_follow_each_other(void **state) {
    (void) state;
    assert_entry("server", true,
                 "Syntax:   server { ... }\n"
                 "Default:  none\n"
                 "Context:  http, stream\n"
                 "Module:   core\n"
                 "\n"
                 "    a block\n"
                 "\n"
                 "Syntax:   server address [parameters];\n"
                 "Default:  none\n"
                 "Context:  upstream\n"
                 "Module:   core\n"
                 "\n"
                 "    a server of a group\n");
}

static void test_unknown_names(void **state) {
    (void) state;
    assert_entry("demon", false, "weir: unknown directive \"demon\", did you mean \"daemon\"?\n");
    assert_entry("zzzzz", false, "weir: unknown directive \"zzzzz\"\n");
}

static void test_the_list_has_a_line_for_each_row(void **state) {
    struct buf text = { NULL, 0, 0, 0 };
    const char *list;

    (void) state;
    manual_list(fake_modules, &text);
    buf_append(&text, STR("\0"), BUF_SIZE_MAX);
    list = buf_bytes(&text).data;
    assert_true(strstr(list, "daemon\tmain\ton\ta flag of main\n"
                             "env\tmain,events\t\ta list of main\n") == list);
    assert_non_null(strstr(list, "\nserver\thttp\t\ta block\n"));
    assert_non_null(strstr(list, "\nserver\tstream\t\ta block\n"));
    assert_non_null(strstr(list, "\ntime\thttp,server,location,if in server,if in location,"
                                 "limit_except\t\"1m 30s\"\ta time\n"));
    buf_free(&text);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_an_entry),
        cmocka_unit_test(test_rows_that_say_the_same_are_one_entry),
        cmocka_unit_test(test_rows_that_differ_follow_each_other),
        cmocka_unit_test(test_unknown_names),
        cmocka_unit_test(test_the_list_has_a_line_for_each_row),
    };

    return cmocka_run_group_tests_name("conf/manual", tests, fake_begin, fake_end);
}
