/* SPDX-License-Identifier: BSD-2-Clause */
/* Unit tests of base/pipe: order, marks, ends, moved buffers, and how much memory it takes. */
#include "base/pipe.h"

#include "base/heap.h"

#include <malloc.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "dies.h"

enum { HIGH = 100, LOW = 40 };

static char zeros[1 << 20];

static int give_back(void **state) {
    (void) state;
    pipe_trim();
    buf_trim();
    return 0;
}

static struct str zero_bytes(size_t len) {
    return str_make(zeros, len);
}

/* Takes all bytes, in pieces of at most step, to text; returns how many. */
static size_t drain(struct pipe *pipe, char *text, size_t step) {
    size_t len = 0;

    while (pipe->len > 0) {
        struct str piece = str_first(pipe_peek(pipe), step);

        assert_true(piece.len > 0);
        memcpy(text + len, piece.data, piece.len);
        len += piece.len;
        pipe_consume(pipe, piece.len);
    }
    return len;
}

static struct buf make_buf(size_t size, struct str bytes) {
    struct buf buf = { NULL, 0, 0, 0 };

    buf_reserve(&buf, size);
    assert_true(buf_append(&buf, bytes, size));
    return buf;
}

static void test_new_pipe_is_empty_and_open(void **state) {
    struct pipe pipe;
    struct iovec iov;

    (void) state;
    pipe_init(&pipe, HIGH, LOW);
    assert_int_equal(pipe.state, PIPE_OPEN);
    assert_int_equal(pipe.len, 0);
    assert_int_equal(pipe_room(&pipe), HIGH);
    assert_false(pipe_is_full(&pipe));
    assert_true(pipe_wants_more(&pipe));
    assert_false(pipe_is_done(&pipe));
    assert_int_equal(pipe_peek(&pipe).len, 0);
    assert_int_equal(pipe_peek_iov(&pipe, &iov, 1), 0);
    assert_null(pipe.first);
    pipe_consume(&pipe, 0);
    pipe_fini(&pipe);
    assert_dies("low < high", pipe_init(&pipe, HIGH, HIGH));
}

static void test_write_stops_at_the_high_mark(void **state) {
    struct pipe pipe;

    (void) state;
    pipe_init(&pipe, HIGH, LOW);
    assert_int_equal(pipe_write(&pipe, zero_bytes(99)), 99);
    assert_false(pipe_is_full(&pipe));
    assert_int_equal(pipe_room(&pipe), 1);
    assert_int_equal(pipe_write(&pipe, zero_bytes(5)), 1);
    assert_true(pipe_is_full(&pipe));
    assert_int_equal(pipe_room(&pipe), 0);
    assert_int_equal(pipe_write(&pipe, zero_bytes(5)), 0);
    assert_int_equal(pipe_write(&pipe, STR_NONE), 0);
    assert_int_equal(pipe.len, HIGH);
    assert_int_equal(pipe.total, HIGH);
    pipe_fini(&pipe);
}

static void test_more_is_wanted_from_the_low_mark_on(void **state) {
    struct pipe pipe;

    (void) state;
    pipe_init(&pipe, HIGH, LOW);
    pipe_write(&pipe, zero_bytes(100));
    assert_false(pipe_wants_more(&pipe));
    pipe_consume(&pipe, 59);
    assert_false(pipe_wants_more(&pipe));
    assert_false(pipe_is_full(&pipe));
    pipe_consume(&pipe, 1);
    assert_int_equal(pipe.len, LOW);
    assert_true(pipe_wants_more(&pipe));
    pipe_end(&pipe);
    assert_false(pipe_wants_more(&pipe));
    pipe_fini(&pipe);
}

static void test_bytes_keep_their_order(void **state) {
    static char in[200000], out[200000];
    size_t step, written, i;
    struct pipe pipe;

    (void) state;
    for (i = 0; i < sizeof(in); i++) {
        in[i] = (char) (i * 7 % 251);
    }
    for (step = 1; step <= 40000; step = step * 3 + 1) {
        pipe_init(&pipe, sizeof(in), 0);
        for (written = 0; written < sizeof(in);) {
            written += pipe_write(&pipe, str_first(str_make(in + written, sizeof(in) - written),
                                                   step * 2));
        }
        assert_int_equal(drain(&pipe, out, step), sizeof(in));
        assert_memory_equal(in, out, sizeof(in));
        assert_int_equal(pipe.total, sizeof(in));
        pipe_fini(&pipe);
    }
}

static void test_writing_and_reading_take_turns(void **state) {
    struct pipe pipe;
    char c = 0, expected = 0;
    int round, i;

    (void) state;
    pipe_init(&pipe, HIGH, LOW);
    for (round = 0; round < 1000; round++) {
        for (i = 0; i < 3 && !pipe_is_full(&pipe); i++, c++) {
            assert_int_equal(pipe_write(&pipe, str_make(&c, 1)), 1);
        }
        for (i = 0; i < 2; i++, expected++) {
            assert_int_equal(pipe_peek(&pipe).data[0], expected);
            pipe_consume(&pipe, 1);
        }
    }
    pipe_fini(&pipe);
}

static void test_moved_buffer_is_not_copied(void **state) {
    struct buf buf = make_buf(1024, STR("...moved"));
    const char *memory;
    struct pipe pipe;
    char text[2048];

    (void) state;
    buf_added(&buf, 300);
    buf_consume(&buf, 3);
    memory = buf_bytes(&buf).data;
    pipe_init(&pipe, HIGH, LOW);
    pipe_write(&pipe, STR("first "));
    pipe_write_buf(&pipe, &buf);
    assert_null(buf.data);
    pipe_consume(&pipe, 6);
    assert_ptr_equal(pipe_peek(&pipe).data, memory);
    assert_int_equal(pipe.len, 305);
    assert_int_equal(pipe.total, 311);
    assert_true(pipe_is_full(&pipe)); /* past the high mark, by that buffer */
    assert_int_equal(pipe_room(&pipe), 0);
    pipe_consume(&pipe, 300);
    pipe_write(&pipe, STR("last"));
    assert_int_equal(drain(&pipe, text, 7), 9);
    assert_memory_equal(text + 5, "last", 4);
    pipe_fini(&pipe);
}

/* mallinfo2() does not see the heap of AddressSanitizer, whose own check for leaks runs there. */
static size_t heap_in_use(void) {
    struct mallinfo2 info = mallinfo2();

    return info.uordblks + info.hblkhd;
}

/* Many small pieces in large buffers must not hold many times the high mark. */
static void test_nearly_empty_buffer_is_copied(void **state) {
    struct buf buf = make_buf(16384, STR("small"));
    const char *memory = buf.data;
    struct pipe pipe;
    char text[16384];

    (void) state;
    pipe_init(&pipe, HIGH, LOW);
    pipe_write_buf(&pipe, &buf);
    assert_null(buf.data);
    assert_true(str_is(pipe_peek(&pipe), "small"));
    assert_ptr_not_equal(pipe_peek(&pipe).data, memory);
    buf = make_buf(16384, STR("er"));
    pipe_write_buf(&pipe, &buf);
    assert_true(str_is(pipe_peek(&pipe), "smaller")); /* one piece: they share memory */
    assert_int_equal(pipe.len, 7);
    assert_int_equal(pipe.total, 7);
    assert_int_equal(drain(&pipe, text, 1), 7);

    buf = make_buf(16384, zero_bytes(4095));
    memory = buf.data;
    pipe_write_buf(&pipe, &buf);
    assert_ptr_not_equal(pipe_peek(&pipe).data, memory);
    drain(&pipe, text, 16384);
    buf = make_buf(16384, zero_bytes(4096));
    memory = buf.data;
    pipe_write_buf(&pipe, &buf);
    assert_ptr_equal(pipe_peek(&pipe).data, memory);
    pipe_fini(&pipe);
}

static void test_memory_is_bounded_by_the_marks(void **state) {
    struct pipe pipe;
    size_t before;
    int i;

    (void) state;
    pipe_trim();
    buf_trim();
    before = heap_in_use();
    pipe_init(&pipe, 64 * 1024, LOW);
    for (i = 0; !pipe_is_full(&pipe); i++) {
        struct buf buf = make_buf(16384, zero_bytes(i % 4 == 0 ? 4096 : 5));

        pipe_write_buf(&pipe, &buf);
    }
    buf_trim();
    assert_in_range(heap_in_use() - before, 0, 5 * pipe.len);
    pipe_fini(&pipe);
}

static void test_empty_buffer_adds_nothing(void **state) {
    struct buf unused = { NULL, 0, 0, 0 }, empty = make_buf(1024, STR_NONE);
    struct pipe pipe;

    (void) state;
    pipe_init(&pipe, HIGH, LOW);
    pipe_write_buf(&pipe, &unused);
    pipe_write_buf(&pipe, &empty);
    assert_null(empty.data);
    assert_null(pipe.first);
    assert_int_equal(pipe.total, 0);
    pipe_fini(&pipe);
}

static void test_drained_pipe_holds_no_memory(void **state) {
    struct pipe pipe;

    (void) state;
    pipe_init(&pipe, sizeof(zeros), LOW);
    pipe_write(&pipe, zero_bytes(100000));
    assert_non_null(pipe.first);
    pipe_consume(&pipe, 100000);
    assert_null(pipe.first);
    assert_null(pipe.last);
    pipe_fini(&pipe);
}

static void test_end_lets_the_rest_be_read(void **state) {
    struct pipe pipe;

    (void) state;
    pipe_init(&pipe, HIGH, LOW);
    pipe_write(&pipe, STR("rest"));
    pipe_end(&pipe);
    assert_int_equal(pipe.state, PIPE_ENDED);
    assert_false(pipe_is_done(&pipe));
    assert_true(str_is(pipe_peek(&pipe), "rest"));
    pipe_consume(&pipe, 4);
    assert_true(pipe_is_done(&pipe));
    pipe_end(&pipe);
    pipe_abort(&pipe); /* after an end there is nothing to break */
    assert_int_equal(pipe.state, PIPE_ENDED);
    pipe_fini(&pipe);
}

static void test_abort_is_never_done(void **state) {
    struct pipe pipe;

    (void) state;
    pipe_init(&pipe, HIGH, LOW);
    pipe_write(&pipe, STR("part"));
    pipe_abort(&pipe);
    pipe_end(&pipe);
    assert_int_equal(pipe.state, PIPE_ABORTED);
    assert_false(pipe_wants_more(&pipe));
    assert_true(str_is(pipe_peek(&pipe), "part"));
    pipe_consume(&pipe, 4);
    assert_false(pipe_is_done(&pipe));
    pipe_fini(&pipe);
}

static void test_pieces_for_writev(void **state) {
    struct buf one = make_buf(1024, zero_bytes(1024)), two = make_buf(2048, zero_bytes(2048));
    struct iovec iov[4];
    struct pipe pipe;

    (void) state;
    pipe_init(&pipe, HIGH, LOW);
    pipe_write_buf(&pipe, &one);
    pipe_write_buf(&pipe, &two);
    assert_int_equal(pipe_peek_iov(&pipe, iov, 0), 0);
    assert_int_equal(pipe_peek_iov(&pipe, iov, 1), 1);
    pipe_consume(&pipe, 1000);
    assert_int_equal(pipe_peek_iov(&pipe, iov, 4), 2);
    assert_int_equal(iov[0].iov_len, 24);
    assert_ptr_equal(iov[0].iov_base, pipe_peek(&pipe).data);
    assert_int_equal(iov[1].iov_len, 2048);
    pipe_consume(&pipe, 25); /* across the border between them */
    assert_int_equal(pipe_peek_iov(&pipe, iov, 4), 1);
    assert_int_equal(iov[0].iov_len, 2047);
    assert_ptr_equal(iov[0].iov_base, pipe_peek(&pipe).data);
    pipe_fini(&pipe);
}

static void test_fini_drops_what_is_held(void **state) {
    struct pipe pipe;
    int round;

    (void) state;
    for (round = 0; round < 3; round++) {
        pipe_init(&pipe, sizeof(zeros), LOW);
        pipe_write(&pipe, zero_bytes(1 << 20));
        pipe_fini(&pipe);
        assert_int_equal(pipe.len, 0);
        assert_null(pipe.first);
        assert_null(pipe.last);
        pipe_fini(&pipe);
    }
}

/* More pieces than the process keeps nodes for. */
static void test_very_many_pieces(void **state) {
    enum { PIECES = 4000 };
    size_t before;
    struct pipe pipe;
    int round, i;

    (void) state;
    pipe_trim();
    buf_trim();
    before = heap_in_use();
    for (round = 0; round < 3; round++) {
        pipe_init(&pipe, 1, 0);
        for (i = 0; i < PIECES; i++) {
            struct buf buf = make_buf(1024, zero_bytes(300));

            pipe_write_buf(&pipe, &buf);
        }
        assert_int_equal(pipe.len, PIECES * 300);
        pipe_consume(&pipe, PIECES * 300);
        assert_null(pipe.first);
        pipe_fini(&pipe);
        buf_trim();
        assert_in_range(heap_in_use() - before, 0, 1024 * 64);
        pipe_trim();
        assert_in_range(heap_in_use() - before, 0, 1024 * 4);
    }
}

/* The nodes of a pipe that is read serve the next one, without asking the heap. */
static void test_nodes_are_used_again(void **state) {
    enum { PIECES = 1000, SIZE_MAX_TRIED = 128 };
    struct pipe_chunk *first, *last;
    void *taken[SIZE_MAX_TRIED];
    struct pipe pipe;
    int round, trims, i;

    (void) state;
    pipe_init(&pipe, 1 << 20, 0);
    for (trims = 0; trims < 3; trims++) {
        pipe_trim();
        for (round = 0; round < 3; round++) {
            for (i = 0; i < PIECES; i++) {
                struct buf buf = make_buf(1024, zero_bytes(300));

                pipe_write_buf(&pipe, &buf);
                if (i == 0 && round > 0) {
                    assert_ptr_equal(pipe.first, last);
                }
            }
            if (round > 0) {
                assert_ptr_equal(pipe.last, first);
            }
            first = pipe.first;
            last = pipe.last;
            pipe_consume(&pipe, PIECES * 300);
            for (i = 0; i < SIZE_MAX_TRIED; i++) {
                taken[i] = heap_alloc((size_t) i);
            }
            for (i = 0; i < SIZE_MAX_TRIED; i++) {
                heap_free(taken[i]);
            }
        }
    }
    pipe_fini(&pipe);
}

/* ---- parts of files ---- */

static void test_part_of_a_file_counts_but_takes_no_memory(void **state) {
    struct pipe pipe;
    struct pipe_file file;
    struct iovec iov[4];

    (void) state;
    pipe_init(&pipe, HIGH, LOW);
    pipe_write(&pipe, STR("before"));
    pipe_write_file(&pipe, &(struct pipe_file){ 7, 1000, 5000, NULL });
    pipe_write(&pipe, STR("behind"));
    assert_int_equal(pipe.len, 5012);
    assert_int_equal(pipe.held, 12);
    assert_int_equal(pipe.total, 5012);
    assert_int_equal(pipe_room(&pipe), HIGH - 12);
    assert_false(pipe_peek_file(&pipe, &file));
    assert_int_equal(pipe_peek_iov(&pipe, iov, 4), 1);
    assert_int_equal(iov[0].iov_len, 6);
    pipe_consume(&pipe, 6);
    assert_true(pipe_peek_file(&pipe, &file));
    assert_int_equal(pipe_peek(&pipe).len, 0);
    assert_int_equal(pipe_peek_iov(&pipe, iov, 4), 0);
    assert_int_equal(file.fd, 7);
    assert_int_equal(file.offset, 1000);
    assert_int_equal(file.len, 5000);
    pipe_consume(&pipe, 4999);
    assert_true(pipe_peek_file(&pipe, &file));
    assert_int_equal(file.offset, 5999);
    assert_int_equal(file.len, 1);
    pipe_consume(&pipe, 2);
    assert_true(str_equal(pipe_peek(&pipe), STR("ehind")));
    assert_int_equal(pipe.len, 5);
    assert_int_equal(pipe.held, 5);
    pipe_fini(&pipe);
}

static void test_parts_that_follow_each_other_are_one(void **state) {
    struct pipe pipe;
    struct pipe_file file;

    (void) state;
    pipe_init(&pipe, HIGH, LOW);
    pipe_write_file(&pipe, &(struct pipe_file){ 7, 0, 10, NULL });
    pipe_write_file(&pipe, &(struct pipe_file){ 7, 10, 20, NULL });
    pipe_write_file(&pipe, &(struct pipe_file){ 7, 40, 0, NULL });
    pipe_write_file(&pipe, &(struct pipe_file){ 7, 31, 5, NULL });
    assert_true(pipe_peek_file(&pipe, &file));
    assert_int_equal(file.len, 30);
    pipe_consume(&pipe, 30);
    assert_true(pipe_peek_file(&pipe, &file));
    assert_int_equal(file.offset, 31);
    pipe_fini(&pipe);
}

/* The owner's count is that of the parts in all pipes, however they came there and went. */
static void test_parts_are_counted_for_their_owner(void **state) {
    struct pipe from, to;
    struct buf buf;
    unsigned count = 0, other = 0;

    (void) state;
    pipe_init(&from, HIGH, LOW);
    pipe_init(&to, HIGH, LOW);
    pipe_write_file(&from, &(struct pipe_file){ 7, 0, 100, &count });
    pipe_write_file(&from, &(struct pipe_file){ 7, 100, 50, &count });
    assert_int_equal(count, 1);
    pipe_write_file(&from, &(struct pipe_file){ 7, 150, 50, &other });
    assert_int_equal(other, 1);
    pipe_write_file(&from, &(struct pipe_file){ 7, 0, 0, &other });
    assert_int_equal(other, 1);
    pipe_move(&to, &from, 10);
    assert_int_equal(count, 2);
    pipe_move(&to, &from, 10);
    assert_int_equal(count, 2);
    pipe_consume(&to, 19);
    assert_int_equal(count, 2);
    pipe_consume(&to, 1);
    assert_int_equal(count, 1);
    pipe_move(&to, &from, 130);
    assert_int_equal(count, 1);
    buf = make_buf(1024, str_make(zeros, 30));
    pipe_replace_file(&to, &buf);
    assert_int_equal(count, 1);
    buf = make_buf(1024, str_make(zeros, 100));
    pipe_consume(&to, 30);
    pipe_replace_file(&to, &buf);
    assert_int_equal(count, 0);
    pipe_fini(&to);
    assert_int_equal(other, 1);
    pipe_fini(&from);
    assert_int_equal(other, 0);
}

static void test_bytes_that_were_read_take_the_place_of_a_part(void **state) {
    struct pipe pipe;
    struct pipe_file file;
    struct buf buf;

    (void) state;
    pipe_init(&pipe, HIGH, LOW);
    pipe_write_file(&pipe, &(struct pipe_file){ 7, 0, 5, NULL });
    buf = make_buf(1024, STR("abc"));
    pipe_replace_file(&pipe, &buf);
    assert_int_equal(pipe.len, 5);
    assert_int_equal(pipe.held, 3);
    assert_true(str_equal(pipe_peek(&pipe), STR("abc")));
    pipe_consume(&pipe, 3);
    assert_true(pipe_peek_file(&pipe, &file));
    assert_int_equal(file.offset, 3);
    buf = make_buf(1024, STR("de"));
    pipe_replace_file(&pipe, &buf);
    assert_false(pipe_peek_file(&pipe, &file));
    pipe_write(&pipe, STR("f"));
    pipe_end(&pipe);
    assert_true(str_equal(pipe_peek(&pipe), STR("def")));
    pipe_consume(&pipe, 3);
    assert_true(pipe_is_done(&pipe));
    pipe_fini(&pipe);
}

static void test_bytes_move_from_pipe_to_pipe(void **state) {
    struct pipe from, to;
    struct pipe_file file;
    struct buf buf = make_buf(1024, str_make(zeros, 1000));
    const char *memory = buf.data;

    (void) state;
    pipe_init(&from, HIGH, LOW);
    pipe_init(&to, HIGH, LOW);
    pipe_write(&from, STR("0123456789"));
    pipe_write_file(&from, &(struct pipe_file){ 7, 0, 100, NULL });
    pipe_write_buf(&from, &buf);
    assert_int_equal(pipe_move(&to, &from, 4), 4);
    assert_int_equal(pipe_move(&to, &from, 6 + 30), 36);
    assert_int_equal(from.len, 1070);
    assert_int_equal(from.held, 1000);
    assert_int_equal(to.held, 10);
    assert_int_equal(pipe_move(&to, &from, UINT64_MAX), 1070);
    assert_int_equal(from.len, 0);
    assert_int_equal(from.held, 0);
    assert_int_equal(to.total, 1110);
    assert_int_equal(pipe_move(&to, &from, 1), 0);
    pipe_consume(&to, 4);
    assert_true(str_equal(pipe_peek(&to), STR("456789")));
    pipe_consume(&to, 6);
    assert_true(pipe_peek_file(&to, &file));
    assert_int_equal(file.offset + (int64_t) file.len, 30);
    pipe_consume(&to, 30);
    assert_true(pipe_peek_file(&to, &file));
    assert_int_equal(file.len, 70);
    pipe_consume(&to, 70);
    assert_ptr_equal(pipe_peek(&to).data, memory);
    assert_int_equal(pipe_peek(&to).len, 1000);
    pipe_fini(&to);
    pipe_fini(&from);
}

static void test_wrong_use_is_a_bug(void **state) {
    struct buf buf = make_buf(1024, STR("a"));
    struct pipe pipe;

    (void) state;
    pipe_init(&pipe, HIGH, LOW);
    pipe_write(&pipe, STR("abc"));
    assert_dies("len <= pipe->len", pipe_consume(&pipe, 4));
    pipe_end(&pipe);
    assert_dies("pipe->state == PIPE_OPEN", pipe_write(&pipe, STR("d")));
    assert_dies("pipe->state == PIPE_OPEN", pipe_write_buf(&pipe, &buf));
    pipe_fini(&pipe);
    buf_free(&buf);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_new_pipe_is_empty_and_open),
        cmocka_unit_test(test_write_stops_at_the_high_mark),
        cmocka_unit_test(test_more_is_wanted_from_the_low_mark_on),
        cmocka_unit_test(test_bytes_keep_their_order),
        cmocka_unit_test(test_writing_and_reading_take_turns),
        cmocka_unit_test(test_moved_buffer_is_not_copied),
        cmocka_unit_test(test_nearly_empty_buffer_is_copied),
        cmocka_unit_test(test_memory_is_bounded_by_the_marks),
        cmocka_unit_test(test_empty_buffer_adds_nothing),
        cmocka_unit_test(test_drained_pipe_holds_no_memory),
        cmocka_unit_test(test_end_lets_the_rest_be_read),
        cmocka_unit_test(test_abort_is_never_done),
        cmocka_unit_test(test_pieces_for_writev),
        cmocka_unit_test(test_fini_drops_what_is_held),
        cmocka_unit_test(test_very_many_pieces),
        cmocka_unit_test(test_nodes_are_used_again),
        cmocka_unit_test(test_part_of_a_file_counts_but_takes_no_memory),
        cmocka_unit_test(test_parts_that_follow_each_other_are_one),
        cmocka_unit_test(test_parts_are_counted_for_their_owner),
        cmocka_unit_test(test_bytes_that_were_read_take_the_place_of_a_part),
        cmocka_unit_test(test_bytes_move_from_pipe_to_pipe),
        cmocka_unit_test(test_wrong_use_is_a_bug),
    };

    return cmocka_run_group_tests_name("base/pipe", tests, NULL, give_back);
}
