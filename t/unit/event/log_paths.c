/* SPDX-License-Identifier: BSD-2-Clause */
/* Tests of event/log_paths: which files are open, and for how long. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "base/clock.h"
#include "event/log_paths.h"
#include "event/logsink.h"

#include <dirent.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

static char folder[] = "/tmp/weir-paths-XXXXXX";
static char got[1000];
static uint64_t lost;

static void count_lost(uint64_t lines) {
    lost += lines;
}

static int64_t now_ms;

static void pass(int64_t ms) {
    now_ms += ms;
    clock_fake(now_ms, now_ms);
    loop_turn(0);
}

static int begin(void **state) {
    (void) state;
    now_ms = 1000;
    clock_fake(now_ms, now_ms);
    loop_init();
    logsink_set_on_lost(count_lost);
    lost = 0;
    return 0;
}

static int end(void **state) {
    (void) state;
    loop_fini();
    return 0;
}

static const char *path_of(const char *name) {
    static char path[256];

    snprintf(path, sizeof(path), "%s/%s", folder, name);
    return path;
}

static void write_to(struct log_paths *paths, const char *name, const char *line) {
    log_paths_write(paths, str_from(path_of(name)), str_from(line));
}

static const char *content_of(const char *name) {
    int fd = open(path_of(name), O_RDONLY);
    ssize_t len = fd >= 0 ? read(fd, got, sizeof(got) - 1) : 0;

    got[len > 0 ? len : 0] = '\0';
    close(fd);
    return got;
}

/* How many of our descriptors are files in the folder. */
static int count_open(void) {
    DIR *all = opendir("/proc/self/fd");
    struct dirent *entry;
    char link[300], target[300];
    int count = 0;

    while ((entry = readdir(all)) != NULL) {
        ssize_t len;

        snprintf(link, sizeof(link), "/proc/self/fd/%s", entry->d_name);
        len = readlink(link, target, sizeof(target) - 1);
        target[len > 0 ? len : 0] = '\0';
        count += strncmp(target, folder, strlen(folder)) == 0;
    }
    closedir(all);
    return count;
}

static void test_without_a_cache_nothing_stays_open(void **state) {
    (void) state;
    write_to(NULL, "plain", "one\n");
    write_to(NULL, "plain", "two\n");
    assert_string_equal(content_of("plain"), "one\ntwo\n");
    assert_int_equal(count_open(), 0);
    unlink(path_of("plain"));
}

static void test_the_one_unused_for_longest_goes_first(void **state) {
    struct log_paths *paths = log_paths_new(&(struct log_paths_limits){ 2, 1, 10000, 60000 });

    (void) state;
    write_to(paths, "a", "1\n");
    write_to(paths, "b", "1\n");
    write_to(paths, "a", "2\n");
    assert_int_equal(count_open(), 2);
    unlink(path_of("a"));
    unlink(path_of("b"));
    write_to(paths, "c", "1\n"); /* b goes */
    write_to(paths, "a", "3\n"); /* to the file that is open and has no name any more */
    assert_string_equal(content_of("a"), "");
    write_to(paths, "b", "2\n");
    assert_string_equal(content_of("b"), "2\n");
    assert_int_equal(count_open(), 2);
    log_paths_free(paths);
    assert_int_equal(count_open(), 0);
    unlink(path_of("b"));
    unlink(path_of("c"));
}

static void test_inactive_ones_are_closed(void **state) {
    struct log_paths *paths = log_paths_new(&(struct log_paths_limits){ 9, 1, 1000, 60000 });

    (void) state;
    write_to(paths, "a", "1\n");
    pass(600);
    write_to(paths, "b", "1\n");
    assert_int_equal(count_open(), 2);
    pass(600);
    assert_int_equal(count_open(), 1);
    pass(600);
    assert_int_equal(count_open(), 0);
    write_to(paths, "a", "2\n");
    assert_string_equal(content_of("a"), "1\n2\n");
    log_paths_free(paths);
    unlink(path_of("a"));
    unlink(path_of("b"));
}

static void test_a_renamed_file_is_found_out_after_a_time(void **state) {
    struct log_paths *paths = log_paths_new(&(struct log_paths_limits){ 9, 1, 10000, 2000 });

    (void) state;
    write_to(paths, "a", "1\n");
    unlink(path_of("a"));
    pass(1900);
    write_to(paths, "a", "2\n");
    assert_string_equal(content_of("a"), "");
    pass(200);
    write_to(paths, "a", "3\n");
    assert_string_equal(content_of("a"), "3\n");
    pass(2100);
    write_to(paths, "a", "4\n"); /* looked at, and still the same */
    assert_string_equal(content_of("a"), "3\n4\n");
    assert_int_equal(count_open(), 1);
    log_paths_free(paths);
    unlink(path_of("a"));
}

static void test_min_uses(void **state) {
    struct log_paths *paths = log_paths_new(&(struct log_paths_limits){ 9, 3, 1000, 60000 });
    int i;

    (void) state;
    for (i = 0; i < 3; i++) {
        assert_int_equal(count_open(), 0);
        write_to(paths, "a", "x\n");
    }
    assert_int_equal(count_open(), 1);
    pass(1100);
    assert_int_equal(count_open(), 0);
    write_to(paths, "a", "x\n");
    assert_int_equal(count_open(), 0); /* it counts anew */
    log_paths_free(paths);
    unlink(path_of("a"));
}

static void test_what_cannot_be_opened_is_lost(void **state) {
    struct log_paths *paths = log_paths_new(&(struct log_paths_limits){ 9, 1, 1000, 60000 });
    int i;

    (void) state;
    for (i = 0; i < 2; i++) {
        write_to(i == 0 ? NULL : paths, "no/such/folder", "x\n");
        assert_int_equal(lost, i + 1);
    }
    log_paths_write(paths, STR("/dev/full"), STR("x\n"));
    assert_int_equal(lost, 3);
    log_paths_refuse(STR("../up"));
    assert_int_equal(lost, 4);
    log_paths_free(paths);
}

static int make_folder(void **state) {
    (void) state;
    return mkdtemp(folder) != NULL ? 0 : -1;
}

static int remove_folder(void **state) {
    (void) state;
    return rmdir(folder);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_without_a_cache_nothing_stays_open, begin, end),
        cmocka_unit_test_setup_teardown(test_the_one_unused_for_longest_goes_first, begin, end),
        cmocka_unit_test_setup_teardown(test_inactive_ones_are_closed, begin, end),
        cmocka_unit_test_setup_teardown(test_a_renamed_file_is_found_out_after_a_time, begin, end),
        cmocka_unit_test_setup_teardown(test_min_uses, begin, end),
        cmocka_unit_test_setup_teardown(test_what_cannot_be_opened_is_lost, begin, end),
    };

    return cmocka_run_group_tests_name("event/log_paths", tests, make_folder, remove_folder);
}
