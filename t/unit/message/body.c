/* SPDX-License-Identifier: BSD-2-Clause */
/* Unit tests of message/body: what is kept in memory and in files, read again, and spooled. */
#include "message/body.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <unistd.h>

#include <cmocka.h>

enum { MEMORY = 1000, HIGH = 100, LOW = 40 };

static char pattern[100000];
static char directory[] = "/tmp/weir-body-XXXXXX";

static int make_directory(void **state) {
    size_t i;

    (void) state;
    for (i = 0; i < sizeof(pattern); i++) {
        pattern[i] = (char) ('a' + (i * 7 + i / 251) % 26);
    }
    return mkdtemp(directory) != NULL ? 0 : -1;
}

static int remove_directory(void **state) {
    (void) state;
    pipe_trim();
    buf_trim();
    return rmdir(directory); /* nothing has stayed in it */
}

static void fill(struct pipe *pipe, size_t at, size_t len) {
    pipe_init(pipe, len + 1, 0);
    assert_int_equal(pipe_write(pipe, str_make(pattern + at, len)), len);
}

/* Takes all that is in the pipe, which must be the pattern from at on; returns how much it was. */
static size_t expect_pattern(struct pipe *pipe, size_t at) {
    static char text[sizeof(pattern)];
    size_t len = 0;

    while (pipe->len > 0) {
        struct str piece = pipe_peek(pipe);
        struct pipe_file file;

        if (pipe_peek_file(pipe, &file)) {
            piece = str_make(text, (size_t) pread(file.fd, text, (size_t) file.len, file.offset));
            assert_int_equal(piece.len, file.len);
        }
        assert_memory_equal(piece.data, pattern + at + len, piece.len);
        len += piece.len;
        pipe_consume(pipe, piece.len);
    }
    return len;
}

static void test_small_body_stays_in_memory(void **state) {
    struct body body;
    struct pipe from, to;
    uint64_t at = 0;

    (void) state;
    body_init(&body, MEMORY, "/nonexistent");
    fill(&from, 0, 600);
    assert_true(body_add(&body, &from));
    assert_int_equal(from.len, 0);
    pipe_write(&from, str_make(pattern + 600, 400));
    assert_true(body_add(&body, &from));
    assert_int_equal(body.len, MEMORY);
    assert_int_equal(body.fd, -1);
    pipe_init(&to, HIGH, LOW);
    assert_int_equal(body_read(&body, &at, &to), HIGH);
    assert_int_equal(body_read(&body, &at, &to), 0);
    assert_int_equal(expect_pattern(&to, 0), HIGH);
    assert_int_equal(body_read(&body, &at, &to), HIGH);
    assert_int_equal(expect_pattern(&to, HIGH), HIGH);
    assert_int_equal(at, 2 * HIGH);
    pipe_fini(&from);
    pipe_fini(&to);
    body_fini(&body);
}

static void test_large_body_goes_to_a_file_whole(void **state) {
    struct body body;
    struct pipe from, to;
    uint64_t at = 0;
    unsigned round;

    (void) state;
    body_init(&body, MEMORY, directory);
    fill(&from, 0, MEMORY);
    assert_true(body_add(&body, &from));
    assert_int_equal(body.fd, -1);
    pipe_fini(&from);
    fill(&from, MEMORY, 60000);
    assert_true(body_add(&body, &from));
    assert_true(body.fd >= 0);
    assert_null(body.memory.data);
    assert_int_equal(body.len, MEMORY + 60000);
    for (round = 0; round < 2; round++) {
        pipe_init(&to, HIGH, LOW);
        at = 0;
        assert_int_equal(body_read(&body, &at, &to), body.len);
        assert_int_equal(to.held, 0);
        assert_int_equal(expect_pattern(&to, 0), body.len);
        assert_int_equal(body_read(&body, &at, &to), 0);
        pipe_fini(&to);
    }
    pipe_fini(&from);
    body_fini(&body);
}

static void expect_named(enum body_file file, bool stays) {
    struct body body;
    struct pipe from;
    char path[4096];

    body_init(&body, 0, directory);
    body.file = file;
    fill(&from, 0, 10);
    assert_true(body_add(&body, &from));
    assert_non_null(body.path);
    assert_true(str_starts(str_from(body.path), str_from(directory)));
    assert_int_equal(access(body.path, R_OK), 0);
    strcpy(path, body.path);
    body_fini(&body);
    assert_int_equal(access(path, F_OK), stays ? 0 : -1);
    unlink(path);
    pipe_fini(&from);
}

static void test_files_with_names(void **state) {
    struct body body;
    struct pipe from;

    (void) state;
    expect_named(BODY_FILE_NAMED, false);
    expect_named(BODY_FILE_KEPT, true);
    body_init(&body, 0, "/nonexistent");
    body.file = BODY_FILE_KEPT;
    fill(&from, 0, 10);
    assert_false(body_add(&body, &from));
    assert_null(body.path);
    pipe_fini(&from);
    body_fini(&body);
}

static void test_no_place_for_a_file(void **state) {
    struct body body;
    struct pipe from;

    (void) state;
    body_init(&body, 10, "/nonexistent");
    fill(&from, 0, 11);
    assert_false(body_add(&body, &from));
    assert_int_equal(errno, ENOENT);
    pipe_fini(&from);
    body_fini(&body);
}

static void test_spool_passes_what_has_room(void **state) {
    struct spool spool;
    struct pipe from, to;

    (void) state;
    spool_init(&spool, 0, "/nonexistent");
    pipe_init(&to, HIGH, LOW);
    fill(&from, 0, 250);
    assert_int_equal(spool_pass(&spool, &from, &to), SPOOL_FULL);
    assert_int_equal(to.len, HIGH);
    assert_int_equal(from.len, 150);
    assert_int_equal(expect_pattern(&to, 0), HIGH);
    assert_int_equal(spool_pass(&spool, &from, &to), SPOOL_FULL);
    assert_int_equal(expect_pattern(&to, HIGH), HIGH);
    assert_int_equal(spool_pass(&spool, &from, &to), SPOOL_DONE);
    assert_int_equal(expect_pattern(&to, 2 * HIGH), 50);
    assert_int_equal(spool.fd, -1);
    pipe_fini(&from);
    pipe_fini(&to);
    spool_fini(&spool);
}

static void test_spool_takes_what_has_no_room(void **state) {
    struct spool spool;
    struct pipe from, to;
    unsigned round;

    (void) state;
    spool_init(&spool, 5000, directory);
    for (round = 0; round < 3; round++) {
        pipe_init(&to, HIGH, LOW);
        fill(&from, 0, 5200);
        assert_int_equal(spool_pass(&spool, &from, &to), SPOOL_FULL);
        assert_int_equal(to.len, HIGH + 5000);
        assert_int_equal(to.held, HIGH);
        assert_int_equal(from.len, 100);
        /* Room in memory: what is next goes behind the file's part, in order. */
        pipe_consume(&to, 60);
        assert_int_equal(spool_pass(&spool, &from, &to), SPOOL_FULL);
        assert_int_equal(from.len, 40);
        assert_int_equal(expect_pattern(&to, 60), 5160 - 60);
        /* All of the file was read: there is room in it again. */
        assert_int_equal(spool_pass(&spool, &from, &to), SPOOL_DONE);
        assert_int_equal(expect_pattern(&to, 5160), 40);
        pipe_fini(&from);
        pipe_fini(&to);
    }
    assert_int_equal(lseek(spool.fd, 0, SEEK_END), 5000);
    spool_fini(&spool);
}

/* Whoever stands behind the pipe may hold on to parts: they are not written over. */
static void test_spool_leaves_parts_that_were_moved_on(void **state) {
    struct spool spool;
    struct pipe from, to, behind;

    (void) state;
    spool_init(&spool, 5000, directory);
    pipe_init(&to, HIGH, LOW);
    pipe_init(&behind, HIGH, LOW);
    fill(&from, 0, 4000);
    assert_int_equal(spool_pass(&spool, &from, &to), SPOOL_DONE);
    pipe_move(&behind, &to, to.len);
    pipe_fini(&from);
    fill(&from, 4000, 1000 + 2 * HIGH);
    assert_int_equal(spool_pass(&spool, &from, &to), SPOOL_DONE);
    pipe_move(&behind, &to, to.len);
    pipe_fini(&from);
    fill(&from, 5000 + 2 * HIGH, HIGH + 1);
    assert_int_equal(spool_pass(&spool, &from, &to), SPOOL_FULL);
    assert_int_equal(expect_pattern(&behind, 0), 5000 + 2 * HIGH);
    assert_int_equal(spool_pass(&spool, &from, &to), SPOOL_DONE);
    assert_int_equal(expect_pattern(&to, 5000 + 2 * HIGH), HIGH + 1);
    pipe_fini(&from);
    pipe_fini(&to);
    pipe_fini(&behind);
    spool_fini(&spool);
}

static void test_spool_without_a_place(void **state) {
    struct spool spool;
    struct pipe from, to;

    (void) state;
    spool_init(&spool, 5000, "/nonexistent");
    pipe_init(&to, HIGH, LOW);
    fill(&from, 0, HIGH + 1);
    assert_int_equal(spool_pass(&spool, &from, &to), SPOOL_FAILED);
    assert_int_equal(errno, ENOENT);
    assert_int_equal(expect_pattern(&to, 0), HIGH);
    pipe_fini(&from);
    pipe_fini(&to);
    spool_fini(&spool);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_small_body_stays_in_memory),
        cmocka_unit_test(test_large_body_goes_to_a_file_whole),
        cmocka_unit_test(test_files_with_names),
        cmocka_unit_test(test_no_place_for_a_file),
        cmocka_unit_test(test_spool_passes_what_has_room),
        cmocka_unit_test(test_spool_takes_what_has_no_room),
        cmocka_unit_test(test_spool_leaves_parts_that_were_moved_on),
        cmocka_unit_test(test_spool_without_a_place),
    };

    return cmocka_run_group_tests_name("message/body", tests, make_directory, remove_directory);
}
