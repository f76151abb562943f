/* SPDX-License-Identifier: BSD-2-Clause */
/* Tests of zone: finding, growing under other processes, limits, death while growing. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "base/log.h"
#include "shm/zone.h"
#include "shm/zone_priv.h"

#include "children.h"

#include <errno.h>
#include <sys/mman.h>
#include <sys/stat.h>

enum { MB = 1 << 20 };

static int setup(void **state) {
    (void) state;
    log_process->level = LOG_LEVEL_ALERT;
    return 0;
}

static int teardown(void **state) {
    (void) state;
    seats_forget();
    return 0;
}

static struct zone *open_test(const char *name, size_t limit) {
    return zone_open(str_from(name), ZONE_KIND_TEST, 1, limit, NULL);
}

static void test_open_finds(void **state) {
    struct zone *a = open_test("a", MB), *b = open_test("b", MB), *previous = a;

    (void) state;
    assert_non_null(a);
    assert_non_null(b);
    assert_ptr_not_equal(a, b);
    assert_int_not_equal(a->id, b->id);
    assert_ptr_equal(zone_open(STR("a"), ZONE_KIND_TEST, 1, 2 * MB, &previous), a);
    assert_null(previous);
    assert_ptr_equal(zone_by_id(b->id), b);
    assert_null(zone_by_id(99));
    assert_ptr_equal(zone_list()->next, &a->link);
    assert_true(a->is_used);
    assert_int_equal(zone_limit(a), 2 * MB);
    assert_true(a->reserve >= 64 * (size_t) MB);
}

static void test_open_refuses(void **state) {
    char name[ZONE_NAME_MAX + 1];

    (void) state;
    memset(name, 'n', sizeof(name));
    assert_null(zone_open(str_make(name, sizeof(name)), ZONE_KIND_TEST, 1, MB, NULL));
    assert_int_equal(errno, EINVAL);
    assert_non_null(zone_open(str_make(name, ZONE_NAME_MAX), ZONE_KIND_TEST, 1, MB, NULL));
    assert_null(open_test("", MB));
    assert_null(open_test("small", 100));
}

static void test_other_layout_is_set_aside(void **state) {
    struct zone *old = open_test("a", MB), *previous, *zone;
    zone_offset piece = zone_alloc(old, 8);

    (void) state;
    strcpy(zone_at(old, piece), "export");
    zone = zone_open(STR("a"), ZONE_KIND_TEST, 2, MB, &previous);
    assert_ptr_not_equal(zone, old);
    assert_ptr_equal(previous, old);
    assert_string_equal(zone_at(previous, zone_root(previous)), "export");
    assert_true(old->is_aside);
    assert_int_equal(zone_root(zone), 0);
    assert_ptr_equal(zone_open(STR("a"), ZONE_KIND_TEST, 2, MB, &previous), zone);
    assert_null(previous);
    assert_non_null(zone_open(STR("a"), ZONE_KIND_TEST + 1, 2, MB, &previous));
    assert_ptr_equal(previous, zone);
    assert_ptr_equal(zone_by_id(old->id), old);
}

static void test_root_has_its_own_name_space(void **state) {
    struct zone *root = zone_open(STR("root"), ZONE_KIND_ROOT, 1, MB, NULL), *previous, *zone;

    (void) state;
    zone = zone_open(STR("root"), ZONE_KIND_TEST, 1, MB, &previous);
    assert_non_null(zone);
    assert_null(previous);
    assert_ptr_not_equal(zone, root);
    assert_false(root->is_aside);
}

static void test_distrusted_zones_are_set_aside(void **state) {
    struct zone *a = open_test("a", MB), *b = open_test("b", MB), *previous;

    (void) state;
    zones_distrust(b);
    assert_ptr_equal(open_test("b", MB), b);
    assert_ptr_not_equal(zone_open(STR("a"), ZONE_KIND_TEST, 1, MB, &previous), a);
    assert_ptr_equal(previous, a);
}

static void test_unused_zones_are_closed(void **state) {
    struct zone *root = zone_open(STR("root"), ZONE_KIND_ROOT, 1, MB, NULL);
    uint32_t id_of_b;

    (void) state;
    open_test("a", MB);
    id_of_b = open_test("b", MB)->id;
    zones_mark_unused();
    open_test("a", MB);
    zones_close_unused();
    assert_ptr_equal(zone_by_id(root->id), root);
    assert_null(zone_by_id(id_of_b));
    assert_int_equal(open_test("c", MB)->id, id_of_b + 1);
}

static void test_numbers_are_not_given_twice(void **state) {
    struct zone *a = open_test("a", MB), *b = open_test("b", MB);
    uint32_t last = b->id;

    (void) state;
    zone_close(b);
    zone_close(a);
    /* Nothing is left that could hold an old number. */
    assert_int_equal(open_test("c", MB)->id, 1);
    a = open_test("a", MB);
    b = open_test("b", MB);
    last = b->id;
    zone_close(b);
    zone_close(list_object(zone_list()->next, struct zone, link));
    assert_int_equal(open_test("d", MB)->id, last + 1);
}

static void test_pieces(void **state) {
    struct zone *zone = open_test("a", MB);
    zone_offset first, second;

    (void) state;
    assert_int_equal(zone_root(zone), 0);
    first = zone_alloc(zone, 1);
    second = zone_alloc(zone, 100);
    assert_int_equal(zone_root(zone), first);
    assert_int_equal(first % 64, 0);
    assert_int_equal(second, first + 64);
    assert_int_equal(zone_used(zone), second + 128);
    assert_int_equal(zone_offset_of(zone, zone_at(zone, second)), second);
    assert_int_equal(zone_alloc(zone, 0), 0);
    assert_int_equal(zone_alloc(zone, SIZE_MAX), 0);
    assert_true(zone_has(zone, first, 64));
    assert_false(zone_has(zone, 0, 1));
    assert_false(zone_has(zone, second, 129));
    assert_false(zone_has(zone, UINT64_MAX, 2));
    assert_false(zone_has(zone, second, SIZE_MAX));
}

static void test_limit(void **state) {
    struct zone *zone = open_test("a", 256 * 1024);
    size_t left, got = 0;

    (void) state;
    while (zone_alloc(zone, 1024) != 0) {
        got += 1024;
    }
    assert_in_range(got, 254 * 1024, 256 * 1024);
    left = zone_limit(zone) - zone_used(zone);
    assert_true(left == 0 || zone_alloc(zone, left) != 0);
    assert_int_equal(zone_alloc(zone, 1), 0);

    open_test("a", 512 * 1024);
    assert_int_not_equal(zone_alloc(zone, 200 * 1024), 0);
    assert_int_equal(zone_alloc(zone, 200 * 1024), 0);

    /* Less than what is in use: nothing is lost. */
    open_test("a", 64 * 1024);
    assert_int_equal(zone_alloc(zone, 1), 0);
    assert_true(zone_used(zone) > 400 * 1024);

    /* More than the reserve: as much as there is. */
    assert_ptr_equal(open_test("a", (size_t) 1 << 40), zone);
    assert_int_equal(zone_limit(zone), zone->reserve);
}

static void test_memory_is_there_before_it_is_used(void **state) {
    struct zone *zone = open_test("a", 64 * MB);
    struct stat file;

    (void) state;
    assert_int_equal(fstat(zone->fd, &file), 0);
    assert_in_range(file.st_size, 1, 64 * 1024);
    assert_int_not_equal(zone_alloc(zone, 8 * MB), 0);
    assert_int_equal(fstat(zone->fd, &file), 0);
    assert_in_range(file.st_size, 8 * MB, 9 * MB);
    assert_true((uint64_t) file.st_blocks * 512 >= 8 * (uint64_t) MB);
}

static void test_file_is_sealed(void **state) {
    struct zone *zone = open_test("a", MB);

    (void) state;
    zone_alloc(zone, 100 * 1024);
    assert_int_equal(ftruncate(zone->fd, 4096), -1);
    assert_int_equal(errno, EPERM);
    assert_int_equal(fcntl(zone->fd, F_ADD_SEALS, F_SEAL_WRITE), -1);
    assert_int_equal(errno, EPERM);
}

/* ---- other processes ---- */

static struct zone *shared;

struct pieces {
    zone_offset offsets[100];
};

static void alloc_pieces(void *context) {
    struct pieces *pieces = context;
    int i;

    for (i = 0; i < 100; i++) {
        pieces->offsets[i] = zone_alloc(shared, 5000);
        CHECK(pieces->offsets[i] != 0);
        memset(zone_at(shared, pieces->offsets[i]), getpid() % 251 + 1, 5000);
    }
}

static void wait_for_growth(void *context) {
    const volatile zone_offset *offset = context;

    while (*offset == 0) {
        usleep(100);
    }
    CHECK(strcmp(zone_at(shared, *offset), "grown") == 0);
}

static void test_growth_is_seen_by_elder_processes(void **state) {
    struct test_child child;
    zone_offset *offset, grown;

    (void) state;
    master_sit();
    shared = open_test("a", 64 * MB);
    offset = zone_at(shared, zone_alloc(shared, sizeof(*offset)));
    child = child_start(wait_for_growth, offset);
    open_test("a", 2048u * MB);
    grown = zone_alloc(shared, 128 * MB);
    assert_int_not_equal(grown, 0);
    strcpy(zone_at(shared, grown), "grown");
    __atomic_store_n(offset, grown, __ATOMIC_RELEASE);
    assert_int_equal(child_wait(&child), 0);
    seat_reclaim(child.seat);
}

static void test_pieces_of_several_processes_are_distinct(void **state) {
    struct test_child children[4];
    struct pieces *pieces;
    int i, j, k;

    (void) state;
    master_sit();
    shared = open_test("a", 64 * MB);
    pieces = zone_at(shared, zone_alloc(shared, 4 * sizeof(*pieces)));
    for (i = 0; i < 4; i++) {
        children[i] = child_start(alloc_pieces, &pieces[i]);
    }
    for (i = 0; i < 4; i++) {
        assert_int_equal(child_wait(&children[i]), 0);
        seat_reclaim(children[i].seat);
    }
    for (i = 0; i < 4; i++) {
        for (j = 0; j < 100; j++) {
            const unsigned char *piece = zone_at(shared, pieces[i].offsets[j]);

            for (k = 0; k < 5000; k++) {
                assert_int_equal(piece[k], children[i].pid % 251 + 1);
            }
        }
    }
}

static void alloc_large(void *context) {
    (void) context;
    child_step_mark();
    zone_alloc(shared, 100000);
    child_step_mark();
}

/* What comes after it is a piece of its own, zeroed, with memory. */
static void check_alloc(void) {
    zone_offset offset = zone_alloc(shared, 70000);
    const char *piece = zone_at(shared, offset);
    int i;

    assert_int_not_equal(offset, 0);
    for (i = 0; i < 70000; i++) {
        assert_int_equal(piece[i], 0);
    }
    assert_true(zone_used(shared) <= offset + 70000 + 64);
    assert_true(zone_has(shared, offset, 70000));
}

static void test_death_at_each_step_of_growth(void **state) {
    (void) state;
    master_sit();
    shared = open_test("a", 64 * MB);
    assert_in_range(child_die_at_each_step(alloc_large, NULL, check_alloc), 20, 100000);
}

static void test_unprivileged_process_grows_it(void **state) {
    pid_t pid;
    int status;

    (void) state;
    shared = open_test("a", 64 * MB);
    pid = fork();
    if (pid == 0) {
        if (getuid() == 0) {
            CHECK(setgid(65534) == 0 && setuid(65534) == 0);
        }
        _exit(zone_alloc(shared, 4 * MB) != 0 ? 0 : 1);
    }
    assert_int_equal(waitpid(pid, &status, 0), pid);
    assert_int_equal(status, 0);
    assert_true(zone_used(shared) > 4 * MB);
}

static void test_forgetting_leaves_it_to_the_others(void **state) {
    pid_t pid;
    int status;

    (void) state;
    shared = open_test("a", 64 * MB);
    pid = fork();
    if (pid == 0) {
        struct zone *own;

        zones_forget();
        own = open_test("a", 128 * MB);
        _exit(own != NULL && zone_used(own) == ZONE_FIRST && zone_alloc(own, MB) != 0 ? 0 : 1);
    }
    assert_int_equal(waitpid(pid, &status, 0), pid);
    assert_int_equal(status, 0);
    assert_int_equal(zone_limit(shared), 64 * MB);
    assert_int_equal(zone_root(shared), 0);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_open_finds, setup, teardown),
        cmocka_unit_test_setup_teardown(test_open_refuses, setup, teardown),
        cmocka_unit_test_setup_teardown(test_other_layout_is_set_aside, setup, teardown),
        cmocka_unit_test_setup_teardown(test_root_has_its_own_name_space, setup, teardown),
        cmocka_unit_test_setup_teardown(test_distrusted_zones_are_set_aside, setup, teardown),
        cmocka_unit_test_setup_teardown(test_unused_zones_are_closed, setup, teardown),
        cmocka_unit_test_setup_teardown(test_numbers_are_not_given_twice, setup, teardown),
        cmocka_unit_test_setup_teardown(test_pieces, setup, teardown),
        cmocka_unit_test_setup_teardown(test_limit, setup, teardown),
        cmocka_unit_test_setup_teardown(test_memory_is_there_before_it_is_used, setup, teardown),
        cmocka_unit_test_setup_teardown(test_file_is_sealed, setup, teardown),
        cmocka_unit_test_setup_teardown(test_growth_is_seen_by_elder_processes, setup, teardown),
        cmocka_unit_test_setup_teardown(test_pieces_of_several_processes_are_distinct, setup,
                                        teardown),
        cmocka_unit_test_setup_teardown(test_death_at_each_step_of_growth, setup, teardown),
        cmocka_unit_test_setup_teardown(test_unprivileged_process_grows_it, setup, teardown),
        cmocka_unit_test_setup_teardown(test_forgetting_leaves_it_to_the_others, setup, teardown),
    };

    return cmocka_run_group_tests_name("shm/zone", tests, NULL, NULL);
}
