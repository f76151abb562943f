/* SPDX-License-Identifier: BSD-2-Clause */
/* Tests of zone_text: zones and their companions through an exec; texts and descriptors that
 * lie. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "base/buf.h"
#include "base/log.h"
#include "shm/zone.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

enum { MB = 1 << 20 };

static int setup(void **state) {
    (void) state;
    log_process->level = LOG_LEVEL_ALERT;
    return 0;
}

static int teardown(void **state) {
    (void) state;
    zones_forget();
    return 0;
}

static struct zone *open_test(struct str name) {
    return zone_open(name, ZONE_KIND_TEST, 3, MB, NULL);
}

static char *export_text(void) {
    struct buf buf = { NULL, 0, 0, 0 };
    char *text;

    zone_export(&buf);
    text = calloc(1, buf_len(&buf) + 1);
    memcpy(text, buf_bytes(&buf).data, buf_len(&buf));
    buf_free(&buf);
    return text;
}

/* This process lets go of its zones, but their descriptors stay open. */
static void unmap_all(void) {
    struct list *link, *next;

    list_each(link, next, zone_list()) {
        struct zone *zone = list_object(link, struct zone, link);
        unsigned i;

        zone->fd = dup(zone->fd);
        for (i = 0; i < zone->companion_count; i++) {
            zone->companions[i] = dup(zone->companions[i]);
        }
    }
    zones_forget();
}

static void test_text(void **state) {
    struct zone *a = open_test(STR("a")), *b = open_test(STR("x:y z%\n"));
    char *text, expected[200];

    (void) state;
    b->companions[b->companion_count++] = dup(STDIN_FILENO);
    b->companions[b->companion_count++] = dup(STDIN_FILENO);
    snprintf(expected, sizeof(expected),
             "a:2:3:1048576:%d\nx%%3Ay%%20z%%25%%0A:2:3:1048576:%d,%d,%d\n", a->fd, b->fd,
             b->companions[0], b->companions[1]);
    assert_int_not_equal(fcntl(a->fd, F_GETFD) & FD_CLOEXEC, 0);
    text = export_text();
    assert_string_equal(text, expected);
    assert_int_equal(fcntl(a->fd, F_GETFD) & FD_CLOEXEC, 0);
    assert_int_equal(fcntl(b->fd, F_GETFD) & FD_CLOEXEC, 0);
    free(text);
}

static void test_import(void **state) {
    struct zone *a = open_test(STR("a")), *b = open_test(STR("x:y z%\n"));
    uint32_t id_of_a = a->id, id_of_b = b->id;
    int companion = dup(STDIN_FILENO);
    char *text;

    (void) state;
    strcpy(zone_at(b, zone_alloc(b, 10)), "kept");
    b->companions[b->companion_count++] = companion;
    text = export_text();
    unmap_all();
    assert_true(zone_import(str_from(text)));
    b = open_test(STR("x:y z%\n"));
    assert_int_equal(b->id, id_of_b);
    assert_string_equal(zone_at(b, zone_root(b)), "kept");
    assert_int_equal(b->companion_count, 1);
    assert_int_equal(b->companions[0], companion);
    assert_int_not_equal(fcntl(b->fd, F_GETFD) & FD_CLOEXEC, 0);
    assert_int_not_equal(fcntl(companion, F_GETFD) & FD_CLOEXEC, 0);
    assert_int_equal(open_test(STR("a"))->id, id_of_a);
    assert_int_equal(open_test(STR("c"))->id, id_of_b + 1);
    assert_int_not_equal(zone_alloc(b, 500 * 1024), 0);
    free(text);
}

static void test_import_of_another_layout(void **state) {
    struct zone *zone = open_test(STR("a")), *previous;
    char *text;

    (void) state;
    strcpy(zone_at(zone, zone_alloc(zone, 10)), "old");
    text = export_text();
    unmap_all();
    assert_true(zone_import(str_from(text)));
    zone = zone_open(STR("a"), ZONE_KIND_TEST, 4, MB, &previous);
    assert_non_null(previous);
    assert_string_equal(zone_at(previous, zone_root(previous)), "old");
    assert_int_equal(zone_root(zone), 0);
    free(text);
    /* Only the one that has the name goes on to the next program. */
    text = export_text();
    assert_true(str_equal(str_first(str_from(text), 6), STR("a:2:4:")));
    assert_int_equal(str_find_char(str_from(text), '\n'), strlen(text) - 1);
    free(text);
}

static void assert_refused(const char *text) {
    assert_false(zone_import(str_from(text)));
    assert_true(list_is_empty(zone_list()));
}

static void test_bad_texts(void **state) {
    static const char *const formats[] = {
        "a:2:3:1048576", "a:2:3:1048576:", "a:2:3:1048576:x", "a:2:3:1048576:-%d",
        ":2:3:1048576:%d", "a%%2:2:3:1048576:%d", "b:2:3:1048576:%d", "a:3:3:1048576:%d",
        "a:2:4:1048576:%d", "a:2:3:1048577:%d", "a:2:3:1048576:%d,", "a:2:3:1048576:%d,999999",
        "a:2:3:1048576:%1$d\na:2:3:1048576:%1$d", "a:2:3:99999999999999999999:%d",
        "a:2:3:1048576:%d:", "a:2:3:1048576:%d\nnonsense"
    };
    struct zone *zone = open_test(STR("a"));
    char text[200];
    int fd = zone->fd;
    size_t i;

    (void) state;
    unmap_all();
    for (i = 0; i < sizeof(formats) / sizeof(formats[0]); i++) {
        snprintf(text, sizeof(text), formats[i], fd);
        assert_refused(text);
    }
    snprintf(text, sizeof(text), "a:2:3:1048576:%d\n", fd);
    assert_true(zone_import(str_from(text)));
    assert_false(zone_import(str_from(text))); /* there are zones already */
}

/* Descriptors that are open, but are no zones. */
static void test_bad_descriptors(void **state) {
    char text[100], page[4096] = { 0 };
    int fds[5], i;
    FILE *file = tmpfile();

    (void) state;
    fds[0] = open("/dev/null", O_RDWR);
    fds[1] = fileno(file);
    fds[2] = memfd_create("empty", MFD_ALLOW_SEALING);
    fds[3] = memfd_create("sealed", MFD_ALLOW_SEALING);
    assert_int_equal(write(fds[3], page, sizeof(page)), sizeof(page));
    assert_int_equal(fcntl(fds[3], F_ADD_SEALS, F_SEAL_SHRINK | F_SEAL_SEAL), 0);
    fds[4] = 987654;
    for (i = 0; i < 5; i++) {
        snprintf(text, sizeof(text), "a:2:3:1048576:%d\n", fds[i]);
        assert_refused(text);
        close(fds[i]);
    }
}

/* The copy of a zone's bytes in a file that somebody can cut. */
static void test_unsealed_copy_is_refused(void **state) {
    struct zone *zone = open_test(STR("a"));
    int fd = memfd_create("copy", MFD_ALLOW_SEALING);
    char text[100];

    (void) state;
    assert_int_equal(write(fd, zone->base, 4096), 4096);
    unmap_all();
    snprintf(text, sizeof(text), "a:2:3:1048576:%d\n", fd);
    assert_refused(text);
    assert_int_equal(fcntl(fd, F_ADD_SEALS, F_SEAL_SHRINK | F_SEAL_SEAL), 0);
    assert_true(zone_import(str_from(text)));
}

/* The second life of this program: adopts, looks, writes. */
static int after_exec(const char *text) {
    struct zone *zone;

    if (!zone_import(str_from(text)) || (zone = open_test(STR("a"))) == NULL
        || strcmp(zone_at(zone, zone_root(zone)), "from the old") != 0) {
        return 1;
    }
    strcpy(zone_at(zone, zone_root(zone)), "from the new");
    return zone_alloc(zone, 700 * 1024) != 0 ? 0 : 2;
}

static void test_exec(void **state) {
    struct zone *zone = open_test(STR("a"));
    zone_offset root = zone_alloc(zone, 20);
    int status;
    pid_t pid;

    (void) state;
    strcpy(zone_at(zone, root), "from the old");
    pid = fork();
    if (pid == 0) {
        execl("/proc/self/exe", "zone_text", "adopt", export_text(), NULL);
        _exit(99);
    }
    assert_int_equal(waitpid(pid, &status, 0), pid);
    assert_int_equal(status, 0);
    assert_string_equal(zone_at(zone, root), "from the new");
    assert_true(zone_used(zone) > 700 * 1024);
    assert_int_not_equal(fcntl(zone->fd, F_GETFD) & FD_CLOEXEC, 0); /* it was the child's alone */
}

int main(int argc, char **argv) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_text, setup, teardown),
        cmocka_unit_test_setup_teardown(test_import, setup, teardown),
        cmocka_unit_test_setup_teardown(test_import_of_another_layout, setup, teardown),
        cmocka_unit_test_setup_teardown(test_bad_texts, setup, teardown),
        cmocka_unit_test_setup_teardown(test_bad_descriptors, setup, teardown),
        cmocka_unit_test_setup_teardown(test_unsealed_copy_is_refused, setup, teardown),
        cmocka_unit_test_setup_teardown(test_exec, setup, teardown),
    };

    if (argc == 3 && strcmp(argv[1], "adopt") == 0) {
        return after_exec(argv[2]);
    }
    return cmocka_run_group_tests_name("shm/zone_text", tests, NULL, NULL);
}
