/* SPDX-License-Identifier: BSD-2-Clause */
/* Tests of base/termination: each has a name of its own, and the first cause stays. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "base/termination.h"

static void test_names(void **state) {
    unsigned i, j;

    (void) state;
    for (i = 0; i < TERMINATIONS; i++) {
        struct str name = termination_name((enum termination) i);

        assert_int_equal(name.len, strlen(name.data));
        assert_true(name.len > 0);
        for (j = 0; j < i; j++) {
            assert_false(str_equal(name, termination_name((enum termination) j)));
        }
    }
    assert_true(str_is(termination_name(TERMINATION_OK), "ok"));
}

static void test_first_cause(void **state) {
    enum termination noted = TERMINATION_OK;

    (void) state;
    termination_note(&noted, TERMINATION_UPSTREAM_TIMEOUT);
    termination_note(&noted, TERMINATION_CLIENT_CLOSED);
    assert_int_equal(noted, TERMINATION_UPSTREAM_TIMEOUT);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_names),
        cmocka_unit_test(test_first_cause),
    };

    return cmocka_run_group_tests_name("base/termination", tests, NULL, NULL);
}
