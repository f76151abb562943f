/* SPDX-License-Identifier: BSD-2-Clause */
/* Unit tests of base/temp_name: names that are made, and names that are not. */
#include "base/temp_name.h"

#include <limits.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

static void test_what_is_made_is_known(void **state) {
    static const int pids[] = { 1, 4711, INT_MAX };
    char text[TEMP_NAME_SIZE];
    size_t i;
    int pid;

    (void) state;
    for (i = 0; i < sizeof(pids) / sizeof(pids[0]); i++) {
        format_temp_name(text, pids[i]);
        assert_true(parse_temp_name(str_from(text), &pid));
        assert_int_equal(pid, pids[i]);
    }
}

static void test_other_names_are_not(void **state) {
    static const char *const names[] = { "",           "temp-",          "temp-1",
                                         "temp-1-",    "temp-1-abcde",   "temp-1-abcdefg",
                                         "temp--abcdef", "temp-x-abcdef", "temp-0-abcdef",
                                         "temp-2147483648-abcdef", "body-abcdef", "0000000001",
                                         "Temp-1-abcdef" };
    size_t i;
    int pid;

    (void) state;
    for (i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
        assert_false(parse_temp_name(str_from(names[i]), &pid));
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_what_is_made_is_known),
        cmocka_unit_test(test_other_names_are_not),
    };

    return cmocka_run_group_tests_name("base/temp_name", tests, NULL, NULL);
}
