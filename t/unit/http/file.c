/* SPDX-License-Identifier: BSD-2-Clause */
/* Tests of http/file, in a folder of their own. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "http/file.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

static char folder[] = "/tmp/weir-file-XXXXXX";

static const char *path_of(const char *name) {
    static char path[512];

    snprintf(path, sizeof(path), "%s/%s", folder, name);
    return path;
}

static void make_file(const char *name) {
    int fd = open(path_of(name), O_WRONLY | O_CREAT | O_TRUNC, 0644);

    assert_true(fd >= 0);
    assert_int_equal(write(fd, "hello", 5), 5);
    close(fd);
}

static int make_folder(void **state) {
    (void) state;
    if (mkdtemp(folder) == NULL) {
        return -1;
    }
    make_file("a");
    assert_int_equal(mkdir(path_of("sub"), 0755), 0);
    make_file("sub/b");
    assert_int_equal(mkfifo(path_of("fifo"), 0600), 0);
    assert_int_equal(symlink("a", path_of("link")), 0);
    assert_int_equal(symlink("sub", path_of("subs")), 0);
    return 0;
}

static int remove_folder(void **state) {
    static const char *const names[] = { "swapped", "link", "subs", "fifo", "sub/b", "sub", "a",
                                         "" };
    size_t i;

    (void) state;
    for (i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
        remove(path_of(names[i]));
    }
    return 0;
}

static struct file open_one(const char *name, enum file_links links, bool is_look) {
    struct file_options options = { .links = links, .is_look = is_look };
    struct file file;

    file_open(&file, path_of(name), &options);
    assert_true(file.kind == FILE_NONE ? file.error != 0 && file.failed != NULL : true);
    assert_true(is_look || file.kind == FILE_NONE ? file.fd == -1 : file.fd >= 0);
    file_close(&file);
    file_close(&file);
    return file;
}

static const enum file_links all_links[] = { FILE_LINKS_FOLLOWED, FILE_LINKS_REFUSED,
                                             FILE_LINKS_OF_OWNER };

static void each_kind_is_known(void **state) {
    size_t i;
    int look;

    (void) state;
    for (i = 0; i < 3; i++) {
        for (look = 0; look < 2; look++) {
            struct file file = open_one("a", all_links[i], look != 0);

            assert_int_equal(file.kind, FILE_REGULAR);
            assert_int_equal(file.size, 5);
            assert_int_equal(open_one("sub", all_links[i], look != 0).kind, FILE_FOLDER);
            assert_int_equal(open_one("sub/", all_links[i], look != 0).kind, FILE_FOLDER);
            assert_int_equal(open_one("fifo", all_links[i], look != 0).kind, FILE_SPECIAL);
            assert_int_equal(open_one("none", all_links[i], look != 0).error, ENOENT);
            assert_int_equal(open_one("a/b", all_links[i], look != 0).error, ENOTDIR);
            assert_int_equal(open_one("none/b", all_links[i], look != 0).error, ENOENT);
        }
    }
}

static void links_are_followed_or_refused(void **state) {
    int look;

    (void) state;
    for (look = 0; look < 2; look++) {
        assert_int_equal(open_one("link", FILE_LINKS_FOLLOWED, look != 0).kind, FILE_REGULAR);
        assert_int_equal(open_one("link", FILE_LINKS_REFUSED, look != 0).error, ELOOP);
        assert_int_equal(open_one("subs/b", FILE_LINKS_REFUSED, look != 0).error, ELOOP);
        assert_int_equal(open_one("link", FILE_LINKS_OF_OWNER, look != 0).kind, FILE_REGULAR);
        assert_int_equal(open_one("subs/b", FILE_LINKS_OF_OWNER, look != 0).kind, FILE_REGULAR);
    }
}

static enum file_kind kind_from(const char *trusted, const char *name) {
    struct file_options options = { .links = FILE_LINKS_REFUSED, .trusted = str_from(trusted) };
    struct file file;

    file_open(&file, name, &options);
    file_close(&file);
    return file.kind;
}

static void links_in_the_trusted_part_are_followed(void **state) {
    char trusted[512], name[512];

    (void) state;
    snprintf(trusted, sizeof(trusted), "%s/subs", folder);
    snprintf(name, sizeof(name), "%s/subs/b", folder);
    assert_int_equal(kind_from(trusted, name), FILE_REGULAR);
    assert_int_equal(kind_from("", name), FILE_NONE);
    assert_int_equal(kind_from("/", name), FILE_NONE);
    assert_int_equal(kind_from("/else", name), FILE_NONE);
    trusted[strlen(trusted) - 1] = '\0';
    assert_int_equal(kind_from(trusted, name), FILE_NONE);
}

static void names_that_are_too_long_are_none(void **state) {
    char name[400];

    (void) state;
    memset(name, 'n', sizeof(name) - 1);
    name[sizeof(name) - 1] = '\0';
    assert_int_equal(open_one(name, FILE_LINKS_FOLLOWED, false).error, ENAMETOOLONG);
    assert_int_equal(open_one(name, FILE_LINKS_REFUSED, false).error, ENAMETOOLONG);
    name[300] = '/';
    assert_int_equal(open_one(name, FILE_LINKS_REFUSED, false).error, ENAMETOOLONG);
}

/* In the place of the library's: what was opened is gone before anybody looks at its name. */
static const char *swapped;

int fstatat(int fd, const char *name, struct stat *known, int flags) {
    if (swapped != NULL && strcmp(name, swapped) == 0) {
        assert_int_equal(remove(path_of(name)), 0);
        make_file(name);
        assert_int_equal(chown(path_of(name), 12345, (gid_t) -1), 0);
    }
    return (int) syscall(SYS_newfstatat, fd, name, known, flags);
}

static void a_link_that_becomes_a_file_is_refused(void **state) {
    (void) state;
    if (geteuid() != 0) {
        skip(); /* nobody else can give files away */
    }
    assert_int_equal(symlink("a", path_of("swapped")), 0);
    swapped = "swapped";
    assert_int_equal(open_one("swapped", FILE_LINKS_OF_OWNER, false).error, ELOOP);
    swapped = NULL;
    assert_int_equal(open_one("swapped", FILE_LINKS_OF_OWNER, false).kind, FILE_REGULAR);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_kind_is_known),
        cmocka_unit_test(links_are_followed_or_refused),
        cmocka_unit_test(links_in_the_trusted_part_are_followed),
        cmocka_unit_test(names_that_are_too_long_are_none),
        cmocka_unit_test(a_link_that_becomes_a_file_is_refused),
    };

    return cmocka_run_group_tests_name("http/file", tests, make_folder, remove_folder);
}
