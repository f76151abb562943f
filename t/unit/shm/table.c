/* SPDX-License-Identifier: BSD-2-Clause */
/* Tests of table: finding, growing, eviction, walks, counted records. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "shm/table.h"

#include "children.h"
#include "sound.h"

#include <stdio.h>

enum { MB = 1 << 20, KEYS = 3000 };

struct record {
    uint64_t number;
    struct seat_counted counted;
    uint64_t copy; /* of number */
};

static struct zone *zone;
static struct table table;

static const struct table_options permanent = { .record_size = sizeof(struct record),
                                                .key_max = 16 };
static const struct table_options evicting = { .record_size = sizeof(struct record),
                                               .key_max = 16, .evicts = true,
                                               .drops_torn = true };

static void make_table(size_t limit, const struct table_options *options) {
    zone = zone_open(STR("table"), ZONE_KIND_TEST, 1, limit, NULL);
    assert_true(table_open(&table, zone, options));
}

static struct str key_of(unsigned number) {
    static char text[32];

    return str_make(text, (size_t) snprintf(text, sizeof(text), "key-%u", number));
}

static void test_find_or_make(void **state) {
    struct record *a, *b;
    bool is_new;

    (void) state;
    make_table(MB, &permanent);
    assert_null(table_find(&table, STR("a")));
    a = table_find_or_make(&table, STR("a"), &is_new);
    assert_true(is_new);
    assert_int_equal((uintptr_t) a % 16, 0);
    assert_int_equal(a->number, 0);
    a->number = 1;
    b = table_find_or_make(&table, STR("b"), &is_new);
    assert_true(is_new);
    assert_ptr_not_equal(a, b);
    assert_ptr_equal(table_find_or_make(&table, STR("a"), &is_new), a);
    assert_false(is_new);
    assert_ptr_equal(table_find(&table, STR("a")), a);
    assert_ptr_equal(table_find(&table, STR("b")), b);
    assert_null(table_find(&table, STR("")));
    assert_non_null(table_find_or_make(&table, STR(""), &is_new));
    assert_int_equal(table_count(&table), 3);
    assert_true(table_is_sound(&table));
}

static void test_long_keys(void **state) {
    char text[70000];
    void *records[4];
    size_t lengths[] = { 16, 17, 300, sizeof(text) }, i;
    bool is_new;

    (void) state;
    make_table(MB, &permanent);
    memset(text, 'k', sizeof(text));
    for (i = 0; i < 4; i++) {
        records[i] = table_find_or_make(&table, str_make(text, lengths[i]), &is_new);
        assert_true(is_new);
    }
    for (i = 0; i < 4; i++) {
        assert_ptr_equal(table_find(&table, str_make(text, lengths[i])), records[i]);
    }
    text[299] = 'x';
    assert_null(table_find(&table, str_make(text, 300)));
}

static void test_remove(void **state) {
    struct record *record;
    bool is_new;

    (void) state;
    make_table(MB, &permanent);
    assert_false(table_remove(&table, STR("a")));
    record = table_find_or_make(&table, STR("a"), &is_new);
    record->number = 9;
    assert_true(table_remove(&table, STR("a")));
    assert_null(table_find(&table, STR("a")));
    assert_int_equal(table_count(&table), 0);
    record = table_hold_or_make(&table, STR("b"), &is_new);
    assert_int_equal(record->number, 0); /* though it lies where the other lay */
    table_remove_held(&table, record);
    assert_null(table_hold(&table, STR("b")));
    assert_true(table_is_sound(&table));
}

/* Against an array that knows what should be there. */
static void test_many_operations(void **state) {
    static struct record *records[KEYS];
    unsigned random = 1, i, count = 0;
    bool is_new;

    (void) state;
    make_table(4 * MB, &permanent);
    for (i = 0; i < 200000; i++) {
        unsigned number = (random = random * 1103515245u + 12345u) >> 8 & 0xffff;
        struct record *record;

        number %= KEYS;
        if (random >> 28 < 5) {
            assert_int_equal(table_remove(&table, key_of(number)), records[number] != NULL);
            count -= records[number] != NULL;
            records[number] = NULL;
            continue;
        }
        record = table_find_or_make(&table, key_of(number), &is_new);
        assert_non_null(record);
        assert_int_equal(is_new, records[number] == NULL);
        if (is_new) {
            assert_int_equal(record->number, 0);
            record->number = number + 1;
            records[number] = record;
            count++;
        }
        assert_ptr_equal(record, records[number]);
        assert_int_equal(record->number, number + 1);
    }
    assert_int_equal(table_count(&table), count);
    assert_true(table_is_sound(&table));
}

static unsigned fill(unsigned from) {
    bool is_new = true;
    struct record *record;

    while ((record = table_hold_or_make(&table, key_of(from), &is_new)) != NULL && is_new) {
        record->number = from++;
        table_release(&table, record);
    }
    assert_null(record);
    return from;
}

static void test_grows_to_the_limit(void **state) {
    unsigned at_first, later, i;
    size_t cells;

    (void) state;
    make_table(512 * 1024, &permanent);
    at_first = fill(0);
    cells = 512 * 1024 / table.cell_size;
    assert_in_range(at_first, cells * 8 / 10, cells);
    make_table(16 * MB, &permanent);
    later = fill(at_first);
    cells = 16 * MB / table.cell_size;
    assert_in_range(later, cells * 8 / 10, cells);
    for (i = 0; i < later; i++) {
        struct record *record = table_find(&table, key_of(i));

        assert_non_null(record);
        assert_int_equal(record->number, i);
    }
    for (i = 0; i < table.stripe_count; i++) {
        const struct table_stripe *stripe = &table.head->stripes[i];

        assert_true(stripe->buckets >= stripe->count - TABLE_BUCKETS_MIN);
    }
    assert_true(table_is_sound(&table));
}

static void test_small_zone(void **state) {
    static const struct table_options large = { .record_size = 1200, .key_max = TABLE_KEY_MAX };
    unsigned i = 0;
    bool is_new;

    (void) state;
    make_table(64 * 1024, &large);
    while (table_find_or_make(&table, key_of(i), &is_new) != NULL) {
        i++;
    }
    assert_in_range(i, 42, 64 * 1024 / 1200);
    assert_true(table_is_sound(&table));
}

/* ---- finding the table again ---- */

static void test_open_again(void **state) {
    struct table_options other = permanent;
    struct table again;
    bool is_new;

    (void) state;
    make_table(MB, &permanent);
    table_find_or_make(&table, STR("a"), &is_new);
    assert_true(table_open(&again, zone, &permanent));
    assert_non_null(table_find(&again, STR("a")));
    other.record_size++;
    assert_false(table_open(&again, zone, &other));
    assert_false(table_open(&again, zone, &evicting));
    assert_true(table_open(&again, zone, NULL));
    assert_int_equal(again.record_size, sizeof(struct record));
    assert_non_null(table_find(&again, STR("a")));
}

static void test_no_room_for_a_table(void **state) {
    (void) state;
    zone = zone_open(STR("table"), ZONE_KIND_TEST, 1, 1200, NULL);
    assert_false(table_open(&table, zone, &permanent));
    assert_false(table_open(&table, zone, NULL));
    zone = zone_open(STR("empty"), ZONE_KIND_TEST, 1, MB, NULL);
    assert_false(table_open(&table, zone, NULL));
}

static bool copy_number(void *record, struct str key, void *context) {
    bool is_new;
    uint64_t *number = table_find_or_make(context, key, &is_new);

    *number = ((struct record *) record)->number;
    return true;
}

/* A record has grown a member: the new table is filled from the old. */
static void test_fill_from_another_layout(void **state) {
    static const struct table_options wider = { .record_size = 100, .key_max = 16 };
    struct zone *previous;
    struct table old, wide;
    bool is_new;

    (void) state;
    make_table(MB, &permanent);
    ((struct record *) table_find_or_make(&table, STR("a"), &is_new))->number = 5;
    zone = zone_open(STR("table"), ZONE_KIND_TEST, 2, MB, &previous);
    assert_true(table_open(&old, previous, NULL));
    assert_true(table_open(&wide, zone, &wider));
    table_walk(&old, copy_number, &wide);
    assert_int_equal(*(uint64_t *) table_find(&wide, STR("a")), 5);
}

/* ---- eviction ---- */

static void use(unsigned number) {
    bool is_new;
    struct record *record = table_hold_or_make(&table, key_of(number), &is_new);

    assert_non_null(record);
    record->number = number;
    table_release(&table, record);
}

static bool has(unsigned number) {
    struct record *record = table_hold(&table, key_of(number));

    if (record == NULL) {
        return false;
    }
    assert_int_equal(record->number, number);
    table_release(&table, record);
    return true;
}

/* One stripe only, so the order is known. */
static void test_least_recently_used_makes_room(void **state) {
    unsigned full = 0, i;

    (void) state;
    make_table(64 * 1024, &evicting);
    assert_int_equal(table.stripe_count, 1);
    do {
        use(full++);
    } while (table_count(&table) == full);
    full--;
    assert_false(has(0));
    for (i = 1; i < 11; i++) {
        assert_true(has(i)); /* and is now used more recently than the rest */
    }
    for (i = 0; i < full - 10; i++) {
        use(10000 + i);
    }
    for (i = 1; i < 11; i++) {
        assert_true(has(i));
    }
    for (i = 11; i < full; i++) {
        assert_false(has(i));
    }
    assert_int_equal(table_count(&table), full);
    assert_true(table_is_sound(&table));
}

static bool record_is_idle(const void *record) {
    return seat_counted_is_idle(&((const struct record *) record)->counted);
}

static void test_only_idle_ones_make_room(void **state) {
    struct table_options options = evicting;
    struct record *record;
    unsigned i, count;
    bool is_new;

    (void) state;
    options.is_idle = record_is_idle;
    make_table(64 * 1024, &options);
    for (i = 0; (record = table_hold_or_make(&table, key_of(i), &is_new)) != NULL; i++) {
        assert_true(seat_count_up(zone, &record->counted, false, 0));
        table_release(&table, record);
    }
    count = i;
    assert_int_equal(table_count(&table), count);
    record = table_hold(&table, key_of(3));
    seat_count_down(zone, &record->counted);
    table_release(&table, record);
    /* It is the newest, but within the looks only if nobody is before it; the oldest is. */
    record = table_hold(&table, key_of(0));
    seat_count_down(zone, &record->counted);
    table_release(&table, record);
    record = table_hold(&table, key_of(1));
    seat_count_down(zone, &record->counted);
    table_release(&table, record);
    for (i = 2; i < count; i++) {
        if (i != 3) {
            table_release(&table, table_hold(&table, key_of(i)));
        }
    }
    use(5000);
    use(5001);
    use(5002);
    assert_null(table_hold_or_make(&table, key_of(5003), &is_new));
    assert_null(table_hold(&table, key_of(0)));
    assert_null(table_hold(&table, key_of(1)));
    assert_null(table_hold(&table, key_of(3)));
    assert_true(table_is_sound(&table));
}

/* ---- walk ---- */

struct walk {
    unsigned visits[KEYS];
    unsigned sum;
};

static bool visit(void *record, struct str key, void *context) {
    struct walk *walk = context;
    unsigned number = (unsigned) ((struct record *) record)->number;

    assert_true(str_equal(key, key_of(number)));
    walk->visits[number]++;
    walk->sum++;
    return number % 3 != 0;
}

static void test_walk(void **state) {
    static struct walk walk;
    unsigned i;
    bool is_new;

    (void) state;
    memset(&walk, 0, sizeof(walk));
    make_table(4 * MB, &permanent);
    for (i = 0; i < KEYS; i++) {
        ((struct record *) table_find_or_make(&table, key_of(i), &is_new))->number = i;
    }
    table_walk(&table, visit, &walk);
    for (i = 0; i < KEYS; i++) {
        assert_int_equal(walk.visits[i], 1);
        assert_int_equal(table_find(&table, key_of(i)) != NULL, i % 3 != 0);
    }
    table_walk(&table, visit, &walk);
    assert_int_equal(walk.sum, KEYS + KEYS * 2 / 3);
    assert_true(table_is_sound(&table));
}

static bool count_unnamed(void *record, struct str key, void *context) {
    (void) record;
    *(unsigned *) context += key.data == NULL;
    return true;
}

static void test_walk_over_long_keys(void **state) {
    unsigned unnamed = 0;
    bool is_new;

    (void) state;
    make_table(MB, &permanent);
    table_find_or_make(&table, STR("sixteen bytes!!!"), &is_new);
    table_find_or_make(&table, STR("sixteen bytes!!! and more"), &is_new);
    table_walk(&table, count_unnamed, &unnamed);
    assert_int_equal(unnamed, 1);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, master_setup, master_teardown)

int main(void) {
    const struct CMUnitTest tests[] = {
        TEST(test_find_or_make),
        TEST(test_long_keys),
        TEST(test_remove),
        TEST(test_many_operations),
        TEST(test_grows_to_the_limit),
        TEST(test_small_zone),
        TEST(test_open_again),
        TEST(test_no_room_for_a_table),
        TEST(test_fill_from_another_layout),
        TEST(test_least_recently_used_makes_room),
        TEST(test_only_idle_ones_make_room),
        TEST(test_walk),
        TEST(test_walk_over_long_keys),
    };

    return cmocka_run_group_tests_name("shm/table", tests, NULL, NULL);
}
