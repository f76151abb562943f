/* SPDX-License-Identifier: BSD-2-Clause */
/* Unit tests of base/hash: a hash that spreads and depends on its seed, and a map of any size. */
#include "base/hash.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

#include "dies.h"

static void test_hash_depends_on_every_byte_and_the_length(void **state) {
    char text[64] = { 0 };
    uint64_t whole;
    size_t len, i;

    (void) state;
    for (len = 1; len <= sizeof(text); len++) {
        whole = hash_bytes(str_make(text, len));
        assert_true(whole == hash_bytes(str_make(text, len)));
        assert_true(whole != hash_bytes(str_make(text, len - 1)));
        for (i = 0; i < len; i++) {
            text[i] ^= 1;
            assert_true(whole != hash_bytes(str_make(text, len)));
            text[i] ^= 1;
        }
    }
    assert_true(hash_bytes(STR_NONE) == hash_bytes(STR("")));
}

static void test_hash_tells_zeros_by_their_number(void **state) {
    char zeros[64] = { 0 };
    size_t a, b;

    (void) state;
    for (a = 0; a <= sizeof(zeros); a++) {
        for (b = 0; b < a; b++) {
            assert_true(hash_bytes(str_make(zeros, a)) != hash_bytes(str_make(zeros, b)));
        }
    }
}

/* Nothing beyond the end may count: the same bytes elsewhere have the same hash. */
static void test_hash_knows_only_the_bytes(void **state) {
    char a[40], b[40];
    size_t len;

    (void) state;
    for (len = 0; len < 32; len++) {
        memset(a, 'a', sizeof(a));
        memset(b, 'b', sizeof(b));
        memcpy(a + 1, "0123456789abcdefghijklmnopqrstuvwxyz", len);
        memcpy(b + 4, "0123456789abcdefghijklmnopqrstuvwxyz", len);
        assert_true(hash_bytes(str_make(a + 1, len)) == hash_bytes(str_make(b + 4, len)));
    }
}

/* Each bit of the input must turn about half of the bits of the result. */
static void assert_avalanche(const unsigned *flips, unsigned inputs) {
    unsigned i;

    for (i = 0; i < 64; i++) {
        assert_in_range(flips[i], inputs * 40 / 100, inputs * 60 / 100);
    }
}

static void test_bytes_avalanche(void **state) {
    enum { LEN = 24, ROUNDS = 64 };
    unsigned flips[64] = { 0 }, round, bit, i;
    char key[LEN];

    (void) state;
    for (round = 0; round < ROUNDS; round++) {
        memset(key, (int) round, sizeof(key));
        for (bit = 0; bit < LEN * 8; bit++) {
            uint64_t before = hash_bytes(str_make(key, LEN)), changed;

            key[bit / 8] ^= (char) (1 << bit % 8);
            changed = before ^ hash_bytes(str_make(key, LEN));
            key[bit / 8] ^= (char) (1 << bit % 8);
            for (i = 0; i < 64; i++) {
                flips[i] += changed >> i & 1;
            }
        }
    }
    assert_avalanche(flips, ROUNDS * LEN * 8);
}

/* Neighbouring keys spread over slots as balls thrown at random do: 37 % of the slots stay free. */
static void test_neighbours_spread(void **state) {
    enum { SLOTS = 4096 };
    static bool is_taken[SLOTS];
    unsigned i, count = 0;
    char key[32];

    (void) state;
    for (i = 0; i < SLOTS; i++) {
        int len = snprintf(key, sizeof(key), "10.0.%u.%u", i / 256, i % 256);

        is_taken[hash_bytes(str_make(key, (size_t) len)) % SLOTS] = true;
    }
    for (i = 0; i < SLOTS; i++) {
        count += is_taken[i];
    }
    assert_in_range(count, SLOTS * 60 / 100, SLOTS * 66 / 100);
}

static void test_seed_changes_the_results(void **state) {
    uint64_t of_bytes;
    int bit;

    (void) state;
    hash_seed(0);
    of_bytes = hash_bytes(STR("key"));
    for (bit = 0; bit < 64; bit++) {
        hash_seed((uint64_t) 1 << bit);
        assert_true(hash_bytes(STR("key")) != of_bytes);
    }
    hash_seed(1);
    of_bytes = hash_bytes(STR("key"));
    hash_seed(2);
    assert_true(hash_bytes(STR("key")) != of_bytes);
    hash_seed(1);
    assert_true(hash_bytes(STR("key")) == of_bytes);
}

static void test_empty_map(void **state) {
    struct hash_map map;
    struct str key;
    size_t at = 0;

    (void) state;
    hash_map_init(&map);
    assert_null(map.slots);
    assert_null(hash_map_get(&map, STR("a")));
    assert_null(hash_map_next(&map, &at, &key));
    hash_map_fini(&map);
}

static void test_put_and_get(void **state) {
    struct hash_map map;
    int one, two;

    (void) state;
    hash_map_init(&map);
    assert_null(hash_map_put(&map, STR("one"), &one));
    assert_null(hash_map_put(&map, STR("two"), &two));
    assert_ptr_equal(hash_map_get(&map, STR("one")), &one);
    assert_ptr_equal(hash_map_get(&map, STR("two")), &two);
    assert_null(hash_map_get(&map, STR("three")));
    assert_null(hash_map_get(&map, STR("One")));
    assert_null(hash_map_get(&map, STR("on")));
    assert_int_equal(map.count, 2);
    hash_map_fini(&map);
    assert_null(map.slots);
    assert_null(hash_map_get(&map, STR("one")));
}

static void test_keys_are_bytes(void **state) {
    struct hash_map map;
    int empty, nul, nul_nul;

    (void) state;
    hash_map_init(&map);
    hash_map_put(&map, STR(""), &empty);
    hash_map_put(&map, STR("\0"), &nul);
    hash_map_put(&map, STR("\0\0"), &nul_nul);
    assert_int_equal(map.count, 3);
    assert_ptr_equal(hash_map_get(&map, STR_NONE), &empty);
    assert_ptr_equal(hash_map_get(&map, STR("\0")), &nul);
    assert_ptr_equal(hash_map_get(&map, STR("\0\0")), &nul_nul);
    hash_map_fini(&map);
}

static void test_put_replaces(void **state) {
    char old_key[] = "key", new_key[] = "key";
    struct hash_map map;
    struct str key;
    size_t at = 0;
    int one, two;

    (void) state;
    hash_map_init(&map);
    hash_map_put(&map, str_from(old_key), &one);
    assert_ptr_equal(hash_map_put(&map, str_from(new_key), &two), &one);
    assert_int_equal(map.count, 1);
    old_key[0] = 'x'; /* that memory is the map's no more */
    assert_ptr_equal(hash_map_get(&map, STR("key")), &two);
    assert_ptr_equal(hash_map_next(&map, &at, &key), &two);
    assert_ptr_equal(key.data, new_key);
    hash_map_fini(&map);
}

/* As in hash.c: who knows the seed can make keys that collide. */
static uint64_t mix(uint64_t a, uint64_t b) {
    unsigned __int128 product = (unsigned __int128) a * b;

    return (uint64_t) product ^ (uint64_t) (product >> 64);
}

static void test_keys_with_the_same_hash(void **state) {
    const uint64_t k0 = 0x6a09e667f3bcc909u, k1 = 0xbb67ae8584caa73bu, k2 = 0x3c6ef372fe94f82bu;
    uint64_t one[2] = { 1, 0 }, two[2] = { 2, 0 }, start = k2 ^ mix(sizeof(one) ^ k0, k1);
    struct str one_key = { (const char *) one, sizeof(one) };
    struct str two_key = { (const char *) two, sizeof(two) };
    struct hash_map map;

    (void) state;
    hash_seed(0);
    one[1] = mix(start ^ two[0], k1);
    two[1] = mix(start ^ one[0], k1);
    assert_true(hash_bytes(one_key) == hash_bytes(two_key));
    hash_map_init(&map);
    hash_map_put(&map, one_key, one);
    assert_null(hash_map_get(&map, two_key));
    assert_null(hash_map_put(&map, two_key, two));
    assert_ptr_equal(hash_map_get(&map, one_key), one);
    assert_ptr_equal(hash_map_get(&map, two_key), two);
    hash_map_fini(&map);
}

static void test_null_is_no_value(void **state) {
    struct hash_map map;

    (void) state;
    hash_map_init(&map);
    assert_dies("value != NULL", hash_map_put(&map, STR("key"), NULL));
    hash_map_fini(&map);
}

enum { ROWS = 100000 };

static char (*make_keys(void))[16] {
    char(*keys)[16] = calloc(ROWS, sizeof(*keys));
    int i;

    assert_non_null(keys);
    for (i = 0; i < ROWS; i++) {
        snprintf(keys[i], sizeof(keys[i]), "key%d", i);
    }
    return keys;
}

static void test_a_hundred_thousand_rows(void **state) {
    char(*keys)[16] = make_keys(), absent[32];
    struct hash_map map;
    int i;

    (void) state;
    hash_map_init(&map);
    for (i = 0; i < ROWS; i++) {
        assert_null(hash_map_put(&map, str_from(keys[i]), keys[i]));
    }
    assert_int_equal(map.count, ROWS);
    for (i = 0; i < ROWS; i++) {
        assert_ptr_equal(hash_map_get(&map, str_from(keys[i])), keys[i]);
        snprintf(absent, sizeof(absent), "nokey%d", i);
        assert_null(hash_map_get(&map, str_from(absent)));
    }
    hash_map_fini(&map);
    free(keys);
}

/* At all times a third of the slots is free, and there are no more than four slots to a row. */
static void test_map_is_neither_full_nor_vast(void **state) {
    char(*keys)[16] = make_keys();
    struct hash_map map;
    size_t i;

    (void) state;
    hash_map_init(&map);
    for (i = 0; i < ROWS; i++) {
        hash_map_put(&map, str_from(keys[i]), keys[i]);
        assert_true(map.count * 3 <= (map.mask + 1) * 2);
        assert_true(map.mask + 1 <= 8 || map.mask + 1 <= map.count * 4);
    }
    hash_map_fini(&map);
    free(keys);
}

static void test_walk_meets_each_row_once(void **state) {
    char(*keys)[16] = make_keys();
    static unsigned char met[ROWS];
    struct hash_map map;
    size_t at = 0;
    struct str key;
    char(*row)[16];
    int i;

    (void) state;
    hash_map_init(&map);
    for (i = 0; i < ROWS; i++) {
        hash_map_put(&map, str_from(keys[i]), keys[i]);
    }
    while ((row = hash_map_next(&map, &at, &key)) != NULL) {
        assert_ptr_equal(key.data, row);
        met[row - keys]++;
    }
    for (i = 0; i < ROWS; i++) {
        assert_int_equal(met[i], 1);
    }
    assert_null(hash_map_next(&map, &at, &key));
    hash_map_fini(&map);
    free(keys);
}

/* Small maps of every size, so that rows stand in the first and in the last slot. */
static void test_walk_meets_every_slot(void **state) {
    char(*keys)[16] = make_keys();
    struct hash_map map;
    struct str key;
    size_t at, rows, walked;

    (void) state;
    for (rows = 1; rows < 200; rows++) {
        hash_map_init(&map);
        while (map.count < rows) {
            hash_map_put(&map, str_from(keys[map.count]), keys[map.count]);
        }
        for (at = 0, walked = 0; hash_map_next(&map, &at, &key) != NULL;) {
            walked++;
        }
        assert_int_equal(walked, rows);
        hash_map_fini(&map);
    }
    free(keys);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_hash_depends_on_every_byte_and_the_length),
        cmocka_unit_test(test_hash_tells_zeros_by_their_number),
        cmocka_unit_test(test_hash_knows_only_the_bytes),
        cmocka_unit_test(test_bytes_avalanche),
        cmocka_unit_test(test_neighbours_spread),
        cmocka_unit_test(test_seed_changes_the_results),
        cmocka_unit_test(test_empty_map),
        cmocka_unit_test(test_put_and_get),
        cmocka_unit_test(test_keys_are_bytes),
        cmocka_unit_test(test_put_replaces),
        cmocka_unit_test(test_keys_with_the_same_hash),
        cmocka_unit_test(test_null_is_no_value),
        cmocka_unit_test(test_a_hundred_thousand_rows),
        cmocka_unit_test(test_map_is_neither_full_nor_vast),
        cmocka_unit_test(test_walk_meets_each_row_once),
        cmocka_unit_test(test_walk_meets_every_slot),
    };

    return cmocka_run_group_tests_name("base/hash", tests, NULL, NULL);
}
