/* SPDX-License-Identifier: BSD-2-Clause */
/* Tests of process/environment. */
#include "load.h"

#include "process/environment.h"

/* Applies the configuration to the given environment; returns what is left, a blank behind each. */
static const char *left_of(const char *text, const char *const *before) {
    static char left[512];
    struct conf *conf = load_good(text);
    char **kept = environ;
    size_t len = 0;
    unsigned i;

    environ = (char **) (uintptr_t) before;
    environment_apply(process_settings_of(conf));
    left[0] = '\0';
    for (i = 0; environ[i] != NULL; i++) {
        len += (size_t) snprintf(left + len, sizeof(left) - len, "%s ", environ[i]);
    }
    free(environ);
    environ = kept;
    conf_free(conf);
    return left;
}

static void only_the_time_zone_is_kept(void **state) {
    static const char *const before[] = { "A=1", "TZ=UTC", "B=2", NULL };
    static const char *const without[] = { "A=1", NULL };

    (void) state;
    assert_string_equal(left_of("", before), "TZ=UTC ");
    assert_string_equal(left_of("", without), "");
}

static void named_ones_are_kept(void **state) {
    static const char *const before[] = { "A=1", "TZ=UTC", "AB=2", "ABC=3", NULL };

    (void) state;
    assert_string_equal(left_of("env AB; env NONE; env A;", before), "TZ=UTC AB=2 A=1 ");
}

static void values_are_set_and_the_last_one_wins(void **state) {
    static const char *const before[] = { "A=1", "TZ=UTC", NULL };

    (void) state;
    assert_string_equal(left_of("env A=2; env B=x=y; env A=3; env C=; env TZ=CET;", before),
                        "TZ=CET A=3 B=x=y C= ");
    assert_string_equal(left_of("env A=2; env A;", before), "TZ=UTC A=1 ");
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(only_the_time_zone_is_kept),
        cmocka_unit_test(named_ones_are_kept),
        cmocka_unit_test(values_are_set_and_the_last_one_wins),
    };

    return cmocka_run_group_tests_name("process/environment", tests, make_folder, remove_folder);
}
