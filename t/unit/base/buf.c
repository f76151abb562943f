/* SPDX-License-Identifier: BSD-2-Clause */
/* Unit tests of base/buf: bytes in, bytes out, growth, limits, and the pools behind it. */
#include "base/buf.h"

#include "base/heap.h"

#include <malloc.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "dies.h"

#define assert_holds(buf, expected) assert_true(str_equal(buf_bytes(buf), STR(expected)))

static int give_back(void **state) {
    (void) state;
    buf_trim();
    return 0;
}

static void append(struct buf *buf, struct str bytes) {
    assert_true(buf_append(buf, bytes, BUF_SIZE_MAX));
}

/* Bytes that differ from their neighbours, so that a shift shows. */
static void append_pattern(struct buf *buf, size_t len) {
    size_t i;

    for (i = 0; i < len; i++) {
        char c = (char) (i % 251);

        append(buf, str_make(&c, 1));
    }
}

static void assert_pattern(const struct buf *buf, size_t from, size_t len) {
    struct str bytes = buf_bytes(buf);
    size_t i;

    assert_int_equal(bytes.len, len);
    for (i = 0; i < len; i++) {
        assert_int_equal((unsigned char) bytes.data[i], (from + i) % 251);
    }
}

static void test_unused_buf_needs_no_memory(void **state) {
    struct buf buf = { NULL, 0, 0, 0 };

    (void) state;
    assert_true(buf_is_empty(&buf));
    assert_int_equal(buf_len(&buf), 0);
    assert_int_equal(buf_room_len(&buf), 0);
    assert_null(buf_room(&buf));
    assert_null(buf_bytes(&buf).data);
    buf_reserve(&buf, 0);
    buf_consume(&buf, 0);
    buf_added(&buf, 0);
    buf_compact(&buf);
    append(&buf, STR_NONE);
    buf_free_if_empty(&buf);
    buf_free(&buf);
    assert_null(buf.data);
}

static void test_reserve_rounds_up(void **state) {
    static const size_t sizes[][2] = {
        { 1, 1024 },    { 1023, 1024 }, { 1024, 1024 },       { 1025, 2048 },
        { 2048, 2048 }, { 2049, 4096 }, { 1000000, 1 << 20 }, { 1048577, 1 << 21 }
    };
    size_t i;

    (void) state;
    for (i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++) {
        struct buf buf = { NULL, 0, 0, 0 };

        buf_reserve(&buf, sizes[i][0]);
        assert_int_equal(buf.size, sizes[i][1]);
        assert_int_equal(buf_room_len(&buf), sizes[i][1]);
        assert_true(buf_is_empty(&buf));
        buf_room(&buf)[buf_room_len(&buf) - 1] = 'x';
        buf_free(&buf);
        assert_null(buf.data);
        assert_int_equal(buf.size, 0);
    }
}

static void test_bytes_in_and_out(void **state) {
    struct buf buf = { NULL, 0, 0, 0 };

    (void) state;
    buf_reserve(&buf, 100);
    memcpy(buf_room(&buf), "hello world", 11);
    buf_added(&buf, 11);
    assert_holds(&buf, "hello world");
    assert_int_equal(buf_len(&buf), 11);
    assert_false(buf_is_empty(&buf));
    assert_int_equal(buf_room_len(&buf), 1024 - 11);
    buf_consume(&buf, 6);
    assert_holds(&buf, "world");
    assert_int_equal(buf_room_len(&buf), 1024 - 11); /* what left does not make room behind */
    memcpy(buf_room(&buf), "!", 1);
    buf_added(&buf, 1);
    assert_holds(&buf, "world!");
    buf_free(&buf);
}

static void test_emptied_buf_begins_anew(void **state) {
    struct buf buf = { NULL, 0, 0, 0 };

    (void) state;
    append(&buf, STR("abc"));
    buf_consume(&buf, 2);
    buf_consume(&buf, 1);
    assert_true(buf_is_empty(&buf));
    assert_int_equal(buf_room_len(&buf), 1024);
    assert_ptr_equal(buf_room(&buf), buf.data);
    buf_free(&buf);
}

static void test_compact(void **state) {
    struct buf buf = { NULL, 0, 0, 0 };

    (void) state;
    append_pattern(&buf, 1000);
    buf_consume(&buf, 300);
    buf_compact(&buf);
    assert_pattern(&buf, 300, 700);
    assert_ptr_equal(buf_bytes(&buf).data, buf.data);
    assert_int_equal(buf_room_len(&buf), 324);
    buf_compact(&buf);
    assert_pattern(&buf, 300, 700);
    buf_free(&buf);
}

/* The room behind the bytes is what a reader needs, whatever left at the start. */
static void test_reserve_makes_room_behind_the_bytes(void **state) {
    struct buf buf = { NULL, 0, 0, 0 };
    const char *memory;

    (void) state;
    append_pattern(&buf, 1024);
    memory = buf.data;
    buf_consume(&buf, 1000);
    buf_reserve(&buf, 24);
    assert_int_equal(buf_room_len(&buf), 0); /* nothing asked for, nothing done */
    buf_reserve(&buf, 1024);
    assert_ptr_equal(buf.data, memory);
    assert_pattern(&buf, 1000, 24);
    assert_int_equal(buf_room_len(&buf), 1000);
    buf_reserve(&buf, 1025);
    assert_int_equal(buf.size, 2048);
    assert_pattern(&buf, 1000, 24);
    assert_int_equal(buf_room_len(&buf), 2024);
    buf_free(&buf);
}

static void test_growth_keeps_the_bytes(void **state) {
    struct buf buf = { NULL, 0, 0, 0 };

    (void) state;
    append_pattern(&buf, 100000);
    assert_pattern(&buf, 0, 100000);
    assert_int_equal(buf.size, 131072);
    buf_consume(&buf, 99990);
    buf_reserve(&buf, 500000);
    assert_pattern(&buf, 99990, 10);
    assert_int_equal(buf_room_len(&buf), 524288 - 10);
    buf_consume(&buf, 9);
    buf_reserve(&buf, 1000000);
    assert_pattern(&buf, 99999, 1);
    buf_free(&buf);
}

static void test_append_stops_at_the_limit(void **state) {
    struct buf buf = { NULL, 0, 0, 0 };

    (void) state;
    assert_true(buf_append(&buf, STR("abcde"), 5));
    assert_false(buf_append(&buf, STR("f"), 5));
    assert_holds(&buf, "abcde");
    assert_true(buf_append(&buf, STR_NONE, 5));
    buf_consume(&buf, 2);
    assert_true(buf_append(&buf, STR("fg"), 5)); /* only what is held counts */
    assert_false(buf_append(&buf, STR("h"), 5));
    assert_false(buf_append(&buf, STR_NONE, 3));
    assert_holds(&buf, "cdefg");
    buf_free(&buf);
    assert_false(buf_append(&buf, STR("a"), 0));
    assert_null(buf.data);
}

static void test_append_beyond_any_buf_is_refused(void **state) {
    struct buf buf = { NULL, 0, 0, 0 };

    (void) state;
    append(&buf, STR("abc"));
    assert_false(buf_append(&buf, str_make("", BUF_SIZE_MAX), SIZE_MAX));
    assert_false(buf_append(&buf, str_make("", SIZE_MAX), SIZE_MAX));
    assert_holds(&buf, "abc");
    buf_free(&buf);
}

static void test_append_uses_the_room_at_the_start(void **state) {
    struct buf buf = { NULL, 0, 0, 0 };
    int round;

    (void) state;
    append_pattern(&buf, 1024);
    for (round = 0; round < 1000; round++) {
        buf_consume(&buf, 7);
        append(&buf, STR("a\0cdefg"));
        assert_int_equal(buf_len(&buf), 1024);
    }
    assert_int_equal(buf.size, 1024);
    assert_true(str_ends(buf_bytes(&buf), STR("a\0cdefga\0cdefg")));
    buf_free(&buf);
}

static void test_move(void **state) {
    struct buf from = { NULL, 0, 0, 0 }, to = { NULL, 0, 0, 0 };
    const char *memory;

    (void) state;
    append(&from, STR("abc"));
    buf_consume(&from, 1);
    memory = buf_bytes(&from).data;
    buf_move(&to, &from);
    assert_ptr_equal(buf_bytes(&to).data, memory);
    assert_holds(&to, "bc");
    assert_null(from.data);
    assert_int_equal(from.size, 0);
    assert_true(buf_is_empty(&from));
    append(&from, STR("new"));
    assert_holds(&to, "bc");
    assert_dies("to->data == NULL", buf_move(&to, &from));
    buf_free(&to);
    buf_free(&from);
}

static void test_free_if_empty(void **state) {
    struct buf buf = { NULL, 0, 0, 0 };

    (void) state;
    append(&buf, STR("a"));
    buf_free_if_empty(&buf);
    assert_holds(&buf, "a");
    buf_consume(&buf, 1);
    buf_free_if_empty(&buf);
    assert_null(buf.data);
    assert_int_equal(buf.size, 0);
}

static void test_counting_too_much_is_a_bug(void **state) {
    struct buf buf = { NULL, 0, 0, 0 };

    (void) state;
    assert_dies("buf_room_len(buf)", buf_added(&buf, 1));
    assert_dies("buf_len(buf)", buf_consume(&buf, 1));
    assert_dies("size <= BUF_SIZE_MAX", buf_reserve(&buf, (size_t) BUF_SIZE_MAX + 1));
    buf_reserve(&buf, 1024);
    buf_added(&buf, 1000);
    assert_dies("buf_room_len(buf)", buf_added(&buf, 25));
    assert_dies("buf_room_len(buf)", buf_added(&buf, (size_t) 1 << 32));
    assert_dies("buf_len(buf)", buf_consume(&buf, 1001));
    assert_dies("buf_len(buf)", buf_consume(&buf, (size_t) 1 << 32));
    buf_added(&buf, 24);
    buf_consume(&buf, 1024);
    buf_free(&buf);
}

static void test_largest_buf(void **state) {
    struct buf buf = { NULL, 0, 0, 0 };

    (void) state;
    buf_reserve(&buf, BUF_SIZE_MAX); /* the kernel gives pages only where they are touched */
    assert_int_equal(buf.size, BUF_SIZE_MAX);
    buf_added(&buf, BUF_SIZE_MAX);
    assert_int_equal(buf_len(&buf), BUF_SIZE_MAX);
    assert_int_equal(buf_room_len(&buf), 0);
    assert_false(buf_append(&buf, STR("a"), SIZE_MAX));
    buf_free(&buf);
}

/* Whether memory that a buf gave back was kept: the heap has not got it, the next buf has. */
static void assert_kept(const char *memory, size_t size) {
    struct buf next = { NULL, 0, 0, 0 };
    char *taken = heap_alloc(size);

    assert_ptr_not_equal(taken, memory);
    heap_free(taken);
    buf_reserve(&next, size);
    assert_ptr_equal(next.data, memory);
    buf_free(&next);
}

static void test_memory_is_used_again_by_size(void **state) {
    struct buf buf = { NULL, 0, 0, 0 }, other = { NULL, 0, 0, 0 };
    const char *memory;
    size_t size;

    (void) state;
    for (size = 1024; size <= 1 << 20; size *= 2) {
        buf_reserve(&buf, size);
        memory = buf.data;
        buf_reserve(&buf, size + 1); /* puts the old memory back */
        buf_reserve(&other, size > 1024 ? size / 2 : 2048);
        assert_ptr_not_equal(other.data, memory);
        buf_free(&other);
        assert_kept(memory, size);
        buf_free(&buf);
    }
}

/* What is kept is counted rightly, however often it is taken and put back, or trimmed. */
static void test_as_much_is_kept_every_time(void **state) {
    enum { BUFS = 128 }; /* 2 MB */
    static struct buf bufs[BUFS];
    const char *memory[BUFS];
    int round, trims, i;

    (void) state;
    for (trims = 0; trims < 3; trims++) {
        for (i = 0; i < BUFS; i++) {
            buf_reserve(&bufs[i], 16 * 1024);
            memory[i] = bufs[i].data;
        }
        for (round = 0; round < 3; round++) {
            for (i = BUFS - 1; i >= 0; i--) {
                buf_free(&bufs[i]);
            }
            assert_kept(memory[0], 16 * 1024);
            for (i = 0; i < BUFS; i++) {
                buf_reserve(&bufs[i], 16 * 1024);
                assert_ptr_equal(bufs[i].data, memory[i]);
            }
        }
        for (i = 0; i < BUFS; i++) {
            buf_free(&bufs[i]);
        }
        buf_trim();
    }
}

/* mallinfo2() does not see the heap of AddressSanitizer, whose own check for leaks runs there. */
static size_t heap_in_use(void) {
    struct mallinfo2 info = mallinfo2();

    return info.uordblks + info.hblkhd;
}

static void test_kept_memory_is_bounded(void **state) {
    enum { BUFS = 4096 };
    static struct buf bufs[BUFS];
    size_t before, size, i;

    (void) state;
    buf_trim();
    before = heap_in_use();
    for (size = 1024; size <= 1 << 22; size *= 2) { /* above 1 MB none are kept */
        for (i = 0; i < BUFS && i * size < 8 << 20; i++) {
            buf_reserve(&bufs[i], size);
        }
        while (i > 0) {
            buf_free(&bufs[--i]);
        }
        assert_in_range(heap_in_use() - before, 0, size < 1 << 21 ? 9 << 18 : 1 << 16);
        buf_trim();
        assert_in_range(heap_in_use() - before, 0, 1 << 16);
    }
}

#ifdef HEAP_IS_SANITIZED
static void test_memory_given_back_may_not_be_touched(void **state) {
    struct buf buf = { NULL, 0, 0, 0 };
    const char *memory;

    (void) state;
    buf_reserve(&buf, 1024);
    memory = buf.data;
    assert_false(__asan_address_is_poisoned(memory + 1023));
    buf_free(&buf);
    assert_true(__asan_address_is_poisoned(memory));
    assert_true(__asan_address_is_poisoned(memory + 1023));
}
#endif

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_unused_buf_needs_no_memory),
        cmocka_unit_test(test_reserve_rounds_up),
        cmocka_unit_test(test_bytes_in_and_out),
        cmocka_unit_test(test_emptied_buf_begins_anew),
        cmocka_unit_test(test_compact),
        cmocka_unit_test(test_reserve_makes_room_behind_the_bytes),
        cmocka_unit_test(test_growth_keeps_the_bytes),
        cmocka_unit_test(test_append_stops_at_the_limit),
        cmocka_unit_test(test_append_beyond_any_buf_is_refused),
        cmocka_unit_test(test_append_uses_the_room_at_the_start),
        cmocka_unit_test(test_move),
        cmocka_unit_test(test_free_if_empty),
        cmocka_unit_test(test_counting_too_much_is_a_bug),
        cmocka_unit_test(test_largest_buf),
        cmocka_unit_test(test_memory_is_used_again_by_size),
        cmocka_unit_test(test_as_much_is_kept_every_time),
        cmocka_unit_test(test_kept_memory_is_bounded),
#ifdef HEAP_IS_SANITIZED
        cmocka_unit_test(test_memory_given_back_may_not_be_touched),
#endif
    };

    return cmocka_run_group_tests_name("base/buf", tests, NULL, give_back);
}
