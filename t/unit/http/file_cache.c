/* SPDX-License-Identifier: BSD-2-Clause */
/* Tests of http/file_cache, in a folder of their own and with a clock that is set by hand. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "base/clock.h"
#include "http/file_cache.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

static char folder[] = "/tmp/weir-cache-XXXXXX";
static struct arena arena;
static struct file_cache_options cache;

static const char *path_of(const char *name) {
    static char path[512];

    snprintf(path, sizeof(path), "%s/%s", folder, name);
    return path;
}

static void write_file(const char *name, const char *text) {
    int fd = open(path_of("new"), O_WRONLY | O_CREAT | O_TRUNC, 0644);
    char from[512];

    assert_true(fd >= 0);
    assert_int_equal(write(fd, text, strlen(text)), strlen(text));
    close(fd);
    snprintf(from, sizeof(from), "%s", path_of("new"));
    assert_int_equal(rename(from, path_of(name)), 0);
}

static int make_folder(void **state) {
    (void) state;
    return mkdtemp(folder) == NULL ? -1 : 0;
}

static int remove_folder(void **state) {
    (void) state;
    remove(path_of("a"));
    remove(path_of("b"));
    return remove(folder);
}

static int begin(void **state) {
    (void) state;
    arena_init(&arena);
    clock_fake(1000, 1000);
    cache = (struct file_cache_options){ .cache = file_cache_new(&arena, 2, 10000),
                                         .valid_ms = 1000, .min_uses = 1 };
    write_file("a", "old");
    write_file("b", "b");
    return 0;
}

static int end(void **state) {
    (void) state;
    file_cache_fini(cache.cache);
    arena_fini(&arena);
    remove(path_of("c"));
    return 0;
}

static const struct file *take_how(const char *name, bool is_look) {
    struct file_options options = { .links = FILE_LINKS_FOLLOWED, .is_look = is_look };

    return file_take(&cache, str_from(path_of(name)), &options, &arena);
}

static const struct file *take(const char *name) {
    return take_how(name, false);
}

static bool is_open(int fd) {
    return fcntl(fd, F_GETFD) >= 0;
}

static void a_file_stays_open(void **state) {
    const struct file *first = take("a"), *again;
    int fd = first->fd;

    (void) state;
    assert_int_equal(first->kind, FILE_REGULAR);
    file_put(first);
    assert_true(is_open(fd));
    again = take("a");
    assert_ptr_equal(again, first);
    file_put(again);
}

static void what_is_known_is_believed_for_a_while(void **state) {
    const struct file *file = take("a");

    (void) state;
    file_put(file);
    write_file("a", "newer");
    clock_fake(1999, 1999);
    assert_ptr_equal(take("a"), file);
    file_put(file);
    clock_fake(2000, 2000);
    file = take("a");
    assert_int_equal(file->size, 5);
    file_put(file);
}

static void an_unchanged_file_is_believed_on(void **state) {
    const struct file *file = take("a");

    (void) state;
    file_put(file);
    clock_fake(2500, 2500);
    assert_ptr_equal(take("a"), file);
    file_put(file);
    write_file("a", "newer");
    clock_fake(3400, 3400);
    assert_ptr_equal(take("a"), file);
    file_put(file);
}

static void who_has_a_file_keeps_it(void **state) {
    const struct file *old = take("a"), *new;
    char text[8] = "";
    int fd = old->fd;

    (void) state;
    write_file("a", "newer");
    clock_fake(5000, 5000);
    new = take("a");
    assert_ptr_not_equal(new, old);
    assert_int_equal(pread(fd, text, sizeof(text) - 1, 0), 3);
    assert_string_equal(text, "old");
    file_put(old);
    assert_false(is_open(fd));
    file_put(new);
}

static void the_oldest_makes_room(void **state) {
    const struct file *a = take("a"), *b;
    int fd = a->fd;

    (void) state;
    write_file("c", "c");
    file_put(a);
    b = take("b");
    file_put(b);
    file_put(take("c"));
    assert_false(is_open(fd));
    assert_ptr_equal(take("b"), b);
    file_put(b);
}

static void what_nobody_asks_for_leaves(void **state) {
    const struct file *a = take("a");
    int fd = a->fd;

    (void) state;
    file_put(a);
    clock_fake(11001, 11001);
    file_put(take("none"));
    assert_false(is_open(fd));
}

static void few_uses_keep_no_descriptor(void **state) {
    const struct file *file;

    (void) state;
    cache.min_uses = 2;
    file = take("a");
    file_put(file);
    assert_int_equal(file->fd, -1);
    assert_ptr_equal(take("a"), file);
    assert_true(file->fd >= 0);
    file_put(file);
    assert_true(file->fd >= 0);
}

static void a_look_opens_nothing(void **state) {
    const struct file *file = take_how("a", true);

    (void) state;
    assert_int_equal(file->kind, FILE_REGULAR);
    assert_int_equal(file->fd, -1);
    file_put(file);
    assert_ptr_equal(take("a"), file);
    assert_true(file->fd >= 0);
    file_put(file);
}

static void a_file_that_changed_since_the_look_is_another(void **state) {
    const struct file *file = take_how("a", true);

    (void) state;
    file_put(file);
    write_file("a", "newer");
    file = take("a");
    assert_int_equal(file->size, 5);
    file_put(file);
}

static void failures_are_kept_where_that_is_wanted(void **state) {
    const struct file *file;
    int wanted;

    (void) state;
    for (wanted = 0; wanted < 2; wanted++) {
        cache.has_errors = wanted != 0;
        file = take("c");
        assert_int_equal(file->error, ENOENT);
        file_put(file);
        write_file("c", "c");
        file = take("c");
        assert_int_equal(file->kind, wanted ? FILE_NONE : FILE_REGULAR);
        file_put(file);
        file_cache_fini(cache.cache);
        remove(path_of("c"));
    }
}

static void links_are_asked_for_apart(void **state) {
    struct file_options options = { .links = FILE_LINKS_REFUSED };
    const struct file *file = take("a"), *other;

    (void) state;
    other = file_take(&cache, str_from(path_of("a")), &options, &arena);
    assert_ptr_not_equal(other, file);
    file_put(other);
    file_put(file);
}

static void without_a_cache_a_file_is_closed(void **state) {
    const struct file *file;
    int fd;

    (void) state;
    cache.cache = NULL;
    file = take("a");
    fd = file->fd;
    assert_true(is_open(fd));
    file_put(file);
    assert_false(is_open(fd));
    cache.cache = file_cache_new(&arena, 2, 10000);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, begin, end)

int main(void) {
    const struct CMUnitTest tests[] = {
        TEST(a_file_stays_open),
        TEST(what_is_known_is_believed_for_a_while),
        TEST(an_unchanged_file_is_believed_on),
        TEST(who_has_a_file_keeps_it),
        TEST(the_oldest_makes_room),
        TEST(what_nobody_asks_for_leaves),
        TEST(few_uses_keep_no_descriptor),
        TEST(a_look_opens_nothing),
        TEST(a_file_that_changed_since_the_look_is_another),
        TEST(failures_are_kept_where_that_is_wanted),
        TEST(links_are_asked_for_apart),
        TEST(without_a_cache_a_file_is_closed),
    };

    return cmocka_run_group_tests_name("http/file_cache", tests, make_folder, remove_folder);
}
