/* SPDX-License-Identifier: BSD-2-Clause */
/* Unit tests of base/arena: pieces are apart, aligned, and come back all at once. */
#include "base/arena.h"

#include "base/heap.h"

#include <malloc.h>
#include <setjmp.h>
#include <stdalign.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "dies.h"

/* Read from memory, so that the compiler does not see how absurd it is. */
static volatile size_t half = SIZE_MAX / 2 + 1, all = SIZE_MAX;

static int give_back(void **state) {
    (void) state;
    arena_trim();
    return 0;
}

static bool is_aligned(const void *piece) {
    return (uintptr_t) piece % alignof(max_align_t) == 0;
}

static void test_empty_arena_needs_no_memory(void **state) {
    struct arena arena;

    (void) state;
    arena_init(&arena);
    assert_null(arena.blocks);
    arena_fini(&arena);
    assert_null(arena.blocks);
}

static void test_pieces_are_aligned_and_apart(void **state) {
    enum { PIECES = 2000 };
    struct arena arena;
    unsigned char *pieces[PIECES];
    size_t i, j;

    (void) state;
    arena_init(&arena);
    for (i = 0; i < PIECES; i++) {
        arena_bytes(&arena, i % 3); /* puts the next one out of step */
        pieces[i] = arena_alloc(&arena, i % 97);
        assert_true(is_aligned(pieces[i]));
        memset(pieces[i], (int) (i % 251), i % 97);
    }
    for (i = 0; i < PIECES; i++) {
        for (j = 0; j < i % 97; j++) {
            assert_int_equal(pieces[i][j], i % 251);
        }
    }
    arena_fini(&arena);
}

static void test_pieces_of_no_size(void **state) {
    struct arena arena;
    char *first, *second;

    (void) state;
    arena_init(&arena);
    assert_non_null(arena_bytes(&arena, 0));
    arena_fini(&arena);
    assert_true(is_aligned(arena_alloc(&arena, 0)));
    arena_fini(&arena);
    assert_non_null(arena_zero(&arena, 0, 8));
    first = arena_bytes(&arena, 1);
    second = arena_bytes(&arena, 0);
    assert_ptr_equal(second, first + 1);
    arena_fini(&arena);
}

static void test_bytes_are_not_padded(void **state) {
    struct arena arena;
    char *first;

    (void) state;
    arena_init(&arena);
    first = arena_bytes(&arena, 5);
    assert_ptr_equal(arena_bytes(&arena, 7), first + 5);
    assert_ptr_equal(arena_bytes(&arena, 1), first + 12);
    assert_ptr_equal(arena_alloc(&arena, 1), first + 16);
    arena_fini(&arena);
}

/* The pieces must fill a block to its last byte before another is taken. */
static void test_block_is_filled_to_its_end(void **state) {
    struct arena arena;
    struct arena_block *block;
    size_t room;
    char *last;

    (void) state;
    arena_init(&arena);
    arena_bytes(&arena, 1);
    block = arena.blocks;
    room = (size_t) (arena.end - arena.at);
    assert_in_range(room, ARENA_BLOCK_SIZE - 64, ARENA_BLOCK_SIZE);
    assert_ptr_equal(arena.end, (char *) block + ARENA_BLOCK_SIZE);
    last = arena_bytes(&arena, room);
    last[room - 1] = 'x';
    assert_ptr_equal(arena.blocks, block);
    assert_ptr_equal(arena.at, arena.end);
    arena_bytes(&arena, 1);
    assert_ptr_not_equal(arena.blocks, block);
    arena_fini(&arena);
}

/* A block for a big piece may end at an odd address, where alignment takes more than the room. */
static void test_gap_larger_than_the_room(void **state) {
    struct arena arena;
    char *big, *small;

    (void) state;
    arena_init(&arena);
    big = arena_bytes(&arena, 5001);
    assert_ptr_equal(arena.at, arena.end);
    assert_false(is_aligned(arena.at));
    small = arena_alloc(&arena, 1);
    assert_true(is_aligned(small));
    assert_false(small >= big && small < big + 5020);
    assert_ptr_equal(arena_bytes(&arena, 1), small + 1);
    arena_fini(&arena);
}

static void test_big_piece_does_not_waste_the_room(void **state) {
    struct arena arena;
    char *small, *big;

    (void) state;
    arena_init(&arena);
    small = arena_bytes(&arena, 10);
    big = arena_bytes(&arena, 100000);
    memset(big, 'b', 100000);
    memset(small, 's', 10);
    assert_ptr_equal(arena_bytes(&arena, 1), small + 10);
    arena_fini(&arena);
}

/* A piece that leaves its new block emptier than the newest one makes that the newest. */
static void test_block_with_more_room_is_used_on(void **state) {
    struct arena arena;
    char *piece;

    (void) state;
    arena_init(&arena);
    arena_bytes(&arena, 3500);
    piece = arena_bytes(&arena, 1500);
    assert_ptr_equal(arena_bytes(&arena, 1), piece + 1500);
    arena_fini(&arena);

    arena_bytes(&arena, 1500);
    piece = arena_bytes(&arena, 100);
    arena_bytes(&arena, 3500);
    assert_ptr_equal(arena_bytes(&arena, 1), piece + 100);
    arena_fini(&arena);
}

static void test_big_piece_in_an_empty_arena(void **state) {
    struct arena arena;
    char *big;

    (void) state;
    arena_init(&arena);
    big = arena_alloc(&arena, 1 << 20);
    big[0] = big[(1 << 20) - 1] = 'b';
    assert_ptr_equal(arena.at, arena.end);
    arena_bytes(&arena, 1)[0] = 's';
    assert_int_equal(big[(1 << 20) - 1], 'b');
    arena_fini(&arena);
}

static void test_first_pieces_are_in_the_owners_room(void **state) {
    alignas(max_align_t) char room[256];
    struct arena arena;
    char *first, *second, *third;

    (void) state;
    arena_init_in(&arena, room, sizeof(room));
    first = arena_zero(&arena, 1, 100);
    second = arena_bytes(&arena, 100);
    assert_ptr_equal(first, room);
    assert_ptr_equal(second, room + 100);
    assert_null(arena.blocks);
    third = arena_alloc(&arena, 100);
    assert_true(third < room || third >= room + sizeof(room));
    assert_non_null(arena.blocks);
    memset(first, 1, 100);
    memset(second, 2, 100);
    memset(third, 3, 100);
    assert_int_equal(first[99], 1);
    assert_int_equal(second[99], 2);
    arena_fini(&arena);
    assert_null(arena.blocks);
    third = arena_alloc(&arena, 1);
    assert_true(third < room || third >= room + sizeof(room));
    arena_fini(&arena);
    heap_show(room, sizeof(room));
}

static void test_zero_clears_reused_blocks(void **state) {
    struct arena arena;
    unsigned char *piece;
    size_t i;

    (void) state;
    arena_init(&arena);
    memset(arena_alloc(&arena, 4000), 0xAA, 4000);
    arena_fini(&arena);
    piece = arena_zero(&arena, 40, 100);
    for (i = 0; i < 4000; i++) {
        assert_int_equal(piece[i], 0);
    }
    arena_fini(&arena);
}

/* Memory of a size that was just given back comes from the heap again, if it went there. */
static void take_from_heap(void **taken, size_t count, size_t size) {
    size_t i;

    for (i = 0; i < count; i++) {
        taken[i] = heap_alloc(size);
    }
}

static void give_to_heap(void **taken, size_t count) {
    size_t i;

    for (i = 0; i < count; i++) {
        heap_free(taken[i]);
    }
}

/* A piece that fills a block to its end, the newest of the arena. */
static char *take_block(struct arena *arena) {
    char *piece = arena_bytes(arena, 1);

    arena_bytes(arena, (size_t) (arena->end - arena->at));
    return piece;
}

static void test_blocks_are_used_again(void **state) {
    enum { BLOCKS = 200 };
    void *pieces[BLOCKS], *taken[BLOCKS];
    struct arena arena, other;
    int round, trims, i;

    (void) state;
    arena_init(&arena);
    arena_init(&other);
    for (trims = 0; trims < 3; trims++) {
        for (i = 0; i < BLOCKS; i++) {
            pieces[i] = take_block(&arena);
        }
        for (round = 0; round < 3; round++) {
            arena_fini(&arena);
            assert_null(arena.blocks);
            take_from_heap(taken, BLOCKS, ARENA_BLOCK_SIZE);
            for (i = 0; i < BLOCKS; i++) {
                assert_ptr_equal(take_block(&arena), pieces[i]);
            }
            give_to_heap(taken, BLOCKS);
        }
        assert_ptr_not_equal(take_block(&other), pieces[0]);
        arena_fini(&arena);
        arena_fini(&other);
        arena_trim();
    }
}

/* mallinfo2() does not see the heap of AddressSanitizer, whose own check for leaks runs there. */
static size_t heap_in_use(void) {
    struct mallinfo2 info = mallinfo2();

    return info.uordblks + info.hblkhd;
}

static void test_kept_memory_is_bounded(void **state) {
    struct arena arena;
    size_t before, i;

    (void) state;
    arena_trim();
    before = heap_in_use();
    arena_init(&arena);
    for (i = 0; i < 4096; i++) {
        arena_bytes(&arena, 4000);
        arena_bytes(&arena, 10000);
    }
    arena_fini(&arena);
    assert_in_range(heap_in_use() - before, 0, 2 * 1024 * 1024);
    arena_trim();
    assert_in_range(heap_in_use() - before, 0, 64 * 1024);
    arena_bytes(&arena, 1)[0] = 'a'; /* there is life after a trim */
    arena_fini(&arena);
}

static void test_copy_ends_in_nul(void **state) {
    struct arena arena;
    struct str text = STR("a\0b"), copy;
    char source[] = "abc";

    (void) state;
    arena_init(&arena);
    memset(arena_bytes(&arena, 4000), 'x', 4000);
    arena_fini(&arena);
    copy = arena_copy(&arena, text);
    assert_true(str_equal(copy, text));
    assert_ptr_not_equal(copy.data, text.data);
    assert_int_equal(copy.data[3], '\0');
    copy = arena_copy(&arena, str_from(source));
    source[0] = 'X';
    assert_string_equal(copy.data, "abc");
    assert_string_equal(arena_copy(&arena, STR("1")).data, "1");
    copy = arena_copy(&arena, STR_NONE);
    assert_int_equal(copy.len, 0);
    assert_string_equal(copy.data, "");
    arena_fini(&arena);
}

static void test_print(void **state) {
    struct arena arena;
    struct str text;
    char longer[10001];

    (void) state;
    arena_init(&arena);
    memset(arena_bytes(&arena, 4000), 'x', 4000);
    arena_fini(&arena);
    text = arena_print(&arena, "%s has %d peers", "group", 3);
    assert_string_equal(text.data, "group has 3 peers");
    assert_int_equal(text.len, strlen("group has 3 peers"));
    text = arena_print(&arena, "%s", "");
    assert_int_equal(text.len, 0);
    assert_string_equal(text.data, "");
    memset(longer, 'y', sizeof(longer) - 1);
    longer[10000] = '\0';
    text = arena_print(&arena, "%s", longer);
    assert_int_equal(text.len, 10000);
    assert_string_equal(text.data, longer);
    text = arena_print(&arena, "a%cb", '\0');
    assert_int_equal(text.len, 3);
    assert_memory_equal(text.data, "a\0b", 4);
    arena_fini(&arena);
}

static void test_overflowing_sizes_are_bugs(void **state) {
    struct arena arena;

    (void) state;
    arena_init(&arena);
    assert_dies("mul_overflow", arena_zero(&arena, half, 2));
    assert_dies("add_overflow", arena_bytes(&arena, all));
    assert_dies("add_overflow", arena_copy(&arena, str_make("", all)));
    assert_dies("len >= 0", arena_print(&arena, "%ls", L"\x80000000")); /* no such character */
}

#ifdef HEAP_IS_SANITIZED
static void test_memory_given_back_may_not_be_touched(void **state) {
    struct arena arena;
    char *piece;

    (void) state;
    arena_init(&arena);
    piece = arena_bytes(&arena, 8);
    assert_false(__asan_address_is_poisoned(piece + 7));
    assert_true(__asan_address_is_poisoned(piece + 8)); /* nobody's yet */
    arena_fini(&arena);
    assert_true(__asan_address_is_poisoned(piece));
}
#endif

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_empty_arena_needs_no_memory),
        cmocka_unit_test(test_pieces_are_aligned_and_apart),
        cmocka_unit_test(test_pieces_of_no_size),
        cmocka_unit_test(test_bytes_are_not_padded),
        cmocka_unit_test(test_block_is_filled_to_its_end),
        cmocka_unit_test(test_gap_larger_than_the_room),
        cmocka_unit_test(test_big_piece_does_not_waste_the_room),
        cmocka_unit_test(test_block_with_more_room_is_used_on),
        cmocka_unit_test(test_big_piece_in_an_empty_arena),
        cmocka_unit_test(test_first_pieces_are_in_the_owners_room),
        cmocka_unit_test(test_zero_clears_reused_blocks),
        cmocka_unit_test(test_blocks_are_used_again),
        cmocka_unit_test(test_kept_memory_is_bounded),
        cmocka_unit_test(test_copy_ends_in_nul),
        cmocka_unit_test(test_print),
        cmocka_unit_test(test_overflowing_sizes_are_bugs),
#ifdef HEAP_IS_SANITIZED
        cmocka_unit_test(test_memory_given_back_may_not_be_touched),
#endif
    };

    return cmocka_run_group_tests_name("base/arena", tests, NULL, give_back);
}
