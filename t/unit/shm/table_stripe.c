/* SPDX-License-Identifier: BSD-2-Clause */
/* Tests of table_stripe: tables stay whole however their users die. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "base/log.h"
#include "shm/seat_priv.h"
#include "shm/table.h"

#include "children.h"
#include "sound.h"

#include <stdio.h>
#include <time.h>

enum { CHILDREN = 4, KEYS = 700 };

struct record {
    uint64_t number;
    struct seat_counted counted;
    uint64_t copy; /* of number: unequal only while the record is being written */
};

static struct zone *zone;
static struct table table;

static bool record_is_idle(const void *record) {
    return seat_counted_is_idle(&((const struct record *) record)->counted);
}

static const struct table_options permanent = { .record_size = sizeof(struct record),
                                                .key_max = 16 };
static const struct table_options evicting = { .record_size = sizeof(struct record),
                                               .key_max = 16, .evicts = true,
                                               .is_idle = record_is_idle };
static const struct table_options dropping = { .record_size = sizeof(struct record),
                                               .key_max = 16, .evicts = true,
                                               .drops_torn = true };

static void make_table(const struct table_options *options) {
    zone = zone_open(STR("table"), ZONE_KIND_TEST, 1, 64 * 1024, NULL);
    assert_true(table_open(&table, zone, options));
}

static int setup(void **state) {
    (void) state;
    log_process->level = LOG_LEVEL_WARN;
    master_sit();
    return 0;
}

static int teardown(void **state) {
    (void) state;
    master_leave();
    return 0;
}

static struct str key_of(unsigned number) {
    static char text[16];

    return str_make(text, (size_t) snprintf(text, sizeof(text), "key-%u", number));
}

static void use(unsigned number) {
    bool is_new;
    struct record *record = table_hold_or_make(&table, key_of(number), &is_new);

    CHECK(record != NULL);
    record->number = number;
    record->copy = number;
    table_release(&table, record);
}

static struct record *find(unsigned number) {
    struct record *record = table_hold(&table, key_of(number));

    if (record != NULL) {
        table_release(&table, record);
    }
    return record;
}

/* ---- dead after each instruction ---- */

/* Keys are text, and text is made by much code: made before the steps begin. */
static char names[4][8] = { "key-1", "key-100", "key-101", "key-2" };
static struct str name(int i) {
    return str_make(names[i], strlen(names[i]));
}

/* Finds, makes twice (of which one splits a bucket), removes. */
static void find_make_remove(void *context) {
    struct record *record;
    bool is_new;

    (void) context;
    child_step_mark();
    record = table_hold(&table, name(0));
    table_release(&table, record);
    record = table_hold_or_make(&table, name(1), &is_new);
    record->number = record->copy = 100;
    table_release(&table, record);
    record = table_hold_or_make(&table, name(2), &is_new);
    record->number = record->copy = 101;
    table_release(&table, record);
    table_remove(&table, name(0));
    table_remove(&table, name(3));
    child_step_mark();
}

static size_t count_before;

static void assert_neighbours(void) {
    unsigned i;

    for (i = 3; i < 60; i += 7) {
        const struct record *record = find(i);

        assert_non_null(record);
        assert_int_equal(record->number, i);
        assert_int_equal(record->copy, i);
    }
}

static void check_table(void) {
    assert_true(table_is_sound(&table));
    assert_in_range(table_count(&table), count_before - 2, count_before + 2);
    assert_neighbours();
    use(100); /* whether it is there or not */
    use(2);
    assert_true(table_is_sound(&table));
}

static void die_in(const struct table_options *options, unsigned records, void (*check)(void)) {
    unsigned i;

    make_table(options);
    for (i = 0; i < records; i++) {
        use(i);
    }
    count_before = table_count(&table);
    assert_in_range(child_die_at_each_step(find_make_remove, NULL, check), 500, 1000000);
}

static void test_dead_at_each_step(void **state) {
    (void) state;
    die_in(&permanent, 63, check_table); /* the next segment of buckets is due */
}

static void test_dead_at_each_step_with_order_of_use(void **state) {
    (void) state;
    die_in(&dropping, 63, check_table);
}

static unsigned full_at(const struct table_options *options) {
    unsigned full = 0;

    make_table(options);
    do {
        use(full++);
    } while (table_count(&table) == full);
    teardown(NULL);
    setup(NULL);
    return full - 1;
}

static void check_full_table(void) {
    assert_true(table_is_sound(&table));
    assert_in_range(table_count(&table), count_before - 3, count_before);
    use(1000);
    assert_true(table_is_sound(&table));
}

static void test_dead_at_each_step_of_eviction(void **state) {
    (void) state;
    die_in(&evicting, full_at(&evicting), check_full_table);
}

/* ---- death while writing ---- */

static void tear_record(void *context) {
    bool is_new;
    struct record *record = table_hold_or_make(&table, name(0), &is_new);

    (void) context;
    record->number = 77;
    raise(SIGKILL);
}

static void die_writing(const struct table_options *options) {
    struct test_child child;

    make_table(options);
    use(1);
    use(2);
    child = child_start(tear_record, NULL);
    assert_true(WIFSIGNALED(child_wait(&child)));
    seat_reclaim(child.seat);
    assert_true(table_is_sound(&table));
    assert_non_null(find(2));
}

static void test_torn_record_is_dropped(void **state) {
    (void) state;
    die_writing(&dropping);
    assert_null(find(1));
    assert_int_equal(table_count(&table), 1);
}

static void test_torn_record_is_kept(void **state) {
    (void) state;
    die_writing(&permanent);
    assert_int_equal(find(1)->number, 77);
    assert_int_equal(table_count(&table), 2);
}

/* ---- a damaged stripe ---- */

/* Links that lead anywhere: the master takes what is sound and goes on. */
static void test_damaged_stripe(void **state) {
    struct table_stripe *stripe;
    struct table_slab *slab;
    unsigned i;

    (void) state;
    log_process->level = LOG_LEVEL_EMERG;
    make_table(&dropping);
    for (i = 0; i < 150; i++) {
        use(i);
    }
    stripe = &table.head->stripes[0];
    stripe->buckets = UINT32_MAX;
    stripe->free = stripe->newest = stripe->oldest = stripe->held = 0xfffffff0;
    stripe->count = 12345;
    lock_take(&stripe->lock, seat_self()->number);
    table_rebuild(zone, &stripe->lock);
    lock_put(&stripe->lock);
    assert_true(table_is_sound(&table));
    assert_int_equal(table_count(&table), 150);
    assert_non_null(find(50));

    /* The last slab of the list says that it is longer than the zone. */
    slab = table_at_link(&table, stripe->slabs);
    while (slab->next != 0) {
        slab = table_at_link(&table, slab->next);
    }
    slab->cells = UINT32_MAX;
    lock_take(&stripe->lock, seat_self()->number);
    table_rebuild(zone, &stripe->lock);
    lock_put(&stripe->lock);
    assert_in_range(table_count(&table), 1, 149);
    use(200);
    assert_non_null(find(200));
    assert_true(table_is_sound(&table));
}

/* ---- killed at random ---- */

static void work_at_random(void *context) {
    unsigned random = (unsigned) getpid() * 2654435761u;

    (void) context;
    for (;;) {
        unsigned number = (random = random * 1103515245u + 12345u) >> 8 & 0xffff;
        struct record *record;
        bool is_new;

        number %= KEYS;
        if (random >> 28 < 3) {
            record = table_hold(&table, key_of(number));
            if (record != NULL && record_is_idle(record)) {
                table_remove_held(&table, record);
            } else if (record != NULL) {
                table_release(&table, record);
            }
            continue;
        }
        record = table_hold_or_make(&table, key_of(number), &is_new);
        if (record == NULL) {
            continue; /* a moment without an idle one to make room */
        }
        /* 0, too, if a process died as soon as it had made it. */
        CHECK(record->number == 0 || (!is_new && record->number == number));
        record->number = number;
        CHECK(seat_count_up(zone, &record->counted, false, 0));
        table_release(&table, record);
        seat_count_down(zone, &record->counted);
    }
}

static bool has_no_count(void *record, struct str key, void *context) {
    (void) key;
    *(unsigned *) context += ((struct record *) record)->counted.count != 0;
    return true;
}

static void work_and_die(const struct table_options *options) {
    int rounds = getenv("WEIR_TEST_LONG") != NULL ? 10000 : 300 / TEST_STEP, i;
    struct test_child children[CHILDREN];
    unsigned counted = 0;

    make_table(options);
    for (i = 0; i < CHILDREN; i++) {
        children[i] = child_start(work_at_random, NULL);
    }
    for (i = 0; i < rounds; i++) {
        struct timespec nap = { 0, i * 53 % 2000 * 1000L };

        nanosleep(&nap, NULL);
        child_end(&children[i % CHILDREN]);
        children[i % CHILDREN] = child_start(work_at_random, NULL);
    }
    for (i = 0; i < CHILDREN; i++) {
        child_end(&children[i]);
    }
    assert_true(table_is_sound(&table));
    assert_in_range(table_count(&table), 1, KEYS);
    table_walk(&table, has_no_count, &counted);
    assert_int_equal(counted, 0);
}

static void test_killed_at_random(void **state) {
    (void) state;
    work_and_die(&evicting);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_dead_at_each_step, setup, teardown),
        cmocka_unit_test_setup_teardown(test_dead_at_each_step_with_order_of_use, setup, teardown),
        cmocka_unit_test_setup_teardown(test_dead_at_each_step_of_eviction, setup, teardown),
        cmocka_unit_test_setup_teardown(test_torn_record_is_dropped, setup, teardown),
        cmocka_unit_test_setup_teardown(test_torn_record_is_kept, setup, teardown),
        cmocka_unit_test_setup_teardown(test_damaged_stripe, setup, teardown),
        cmocka_unit_test_setup_teardown(test_killed_at_random, setup, teardown),
    };

    return cmocka_run_group_tests_name("shm/table_stripe", tests, NULL, NULL);
}
