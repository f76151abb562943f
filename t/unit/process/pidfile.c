/* SPDX-License-Identifier: BSD-2-Clause */
/* Tests of process/pidfile. */
#include "load.h"

#include "process/pidfile.h"

#include <errno.h>

static void a_number_is_written_and_read(void **state) {
    const char *path = in_folder("pid");

    (void) state;
    assert_true(pidfile_write(path, 123));
    assert_string_equal(content_of(path), "123\n");
    assert_int_equal(pidfile_read(path), 123);
    assert_true(pidfile_write(path, 7));
    assert_int_equal(pidfile_read(path), 7);
    assert_int_equal(access(in_folder("pid.new"), F_OK), -1);
}

static void what_is_no_number_is_not_read(void **state) {
    static const char *const texts[] = { "", "\n", "0\n", "-5\n", "12x\n", "1 2\n",
                                         "99999999999\n", "123456789012345678901234567890\n" };
    const char *path = in_folder("wrong");
    size_t i;

    (void) state;
    for (i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
        write_file(path, texts[i]);
        errno = 0;
        assert_int_equal(pidfile_read(path), -1);
        assert_int_equal(errno, EINVAL);
    }
    assert_int_equal(pidfile_read(in_folder("none")), -1);
    assert_int_equal(errno, ENOENT);
}

static void only_ones_own_is_removed(void **state) {
    const char *path = in_folder("own");

    (void) state;
    assert_true(pidfile_write(path, 5));
    pidfile_remove(path, 6);
    assert_int_equal(access(path, F_OK), 0);
    pidfile_remove(path, 5);
    assert_int_equal(access(path, F_OK), -1);
    pidfile_remove(path, 5);
}

static void no_folder_is_a_failure(void **state) {
    (void) state;
    assert_false(pidfile_write(in_folder("no/such/pid"), 5));
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_number_is_written_and_read),
        cmocka_unit_test(what_is_no_number_is_not_read),
        cmocka_unit_test(only_ones_own_is_removed),
        cmocka_unit_test(no_folder_is_a_failure),
    };

    return cmocka_run_group_tests_name("process/pidfile", tests, make_folder, remove_folder);
}
