/* SPDX-License-Identifier: BSD-2-Clause */
/* Unit tests of base/panic: a false CHECK() says where and what, dumps, and aborts. */
#include "base/panic.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

#include "dies.h"

static void test_true_check_goes_on(void **state) {
    int evaluated = 0;

    (void) state;
    CHECK(++evaluated == 1);
    assert_int_equal(evaluated, 1);
}

static void test_false_check_says_where_and_what(void **state) {
    int one = 1;
    char place[128];

    (void) state;
    snprintf(place, sizeof(place), "panic: %s:%d %s(): one == 2\n", __FILE__, __LINE__ + 2,
             __func__);
    assert_dies(place, CHECK(one == 2));
}

static void test_unreachable_place(void **state) {
    (void) state;
    assert_dies("test_unreachable_place(): unreachable\n", UNREACHABLE());
}

/* An object with a dumper inside it, as they are used. */
struct thing {
    int number;
    struct panic_dumper dumper;
};

static void dump_thing(const struct panic_dumper *dumper) {
    const struct thing *thing =
        (const void *) ((const char *) dumper - offsetof(struct thing, dumper));

    panic_print("thing %d", thing->number);
}

static void test_dumpers_speak_in_order(void **state) {
    struct thing things[] = { { 1, { dump_thing, NULL } }, { 2, { dump_thing, NULL } },
                              { 3, { dump_thing, NULL } } };

    (void) state;
    panic_add_dumper(&things[2].dumper);
    panic_add_dumper(&things[0].dumper);
    panic_add_dumper(&things[1].dumper);
    assert_dies("what\nthing 3\nthing 1\nthing 2\n", panic("file", 1, "func", "what"));

    panic_remove_dumper(&things[0].dumper);
    assert_dies("what\nthing 3\nthing 2\n", panic("file", 1, "func", "what"));

    panic_add_dumper(&things[0].dumper);
    assert_dies("what\nthing 3\nthing 2\nthing 1\n", panic("file", 1, "func", "what"));
    panic_remove_dumper(&things[2].dumper);
    panic_remove_dumper(&things[1].dumper);
    panic_remove_dumper(&things[0].dumper);
}

static void test_removing_a_stranger_changes_nothing(void **state) {
    struct thing kept = { 7, { dump_thing, NULL } }, stranger = { 8, { dump_thing, NULL } };

    (void) state;
    panic_add_dumper(&kept.dumper);
    panic_remove_dumper(&stranger.dumper);
    assert_dies("what\nthing 7\n", panic("file", 1, "func", "what"));
    panic_remove_dumper(&kept.dumper);
}

static void dump_and_panic(const struct panic_dumper *dumper) {
    (void) dumper;
    panic_print("a bad dumper");
    panic("again", 1, "func", "second");
}

static void test_a_dumper_that_panics_ends_the_dump(void **state) {
    struct panic_dumper bad = { dump_and_panic, NULL };
    char text[256];
    int fd, status;
    pid_t pid;

    (void) state;
    panic_add_dumper(&bad);
    pid = dies_fork(&fd);
    if (pid == 0) {
        panic("file", 1, "func", "first");
    }
    dies_read(fd, text, sizeof(text));
    assert_int_equal(waitpid(pid, &status, 0), pid);
    assert_true(WIFSIGNALED(status) && WTERMSIG(status) == SIGABRT);
    assert_string_equal(text, "panic: file:1 func(): first\na bad dumper\n");
    panic_remove_dumper(&bad);
}

static char written[2048];
static size_t written_len;

static void write_to_memory(const char *line, size_t len) {
    assert_true(len < sizeof(written));
    memcpy(written, line, len);
    written[len] = '\0';
    written_len = len;
}

/* Must be the last test: there is no way back to the first writer. */
static void test_lines_go_to_the_writer_and_are_cut(void **state) {
    char text[600];

    (void) state;
    panic_set_writer(write_to_memory);
    panic_print("%s has %d peers", "group", 3);
    assert_string_equal(written, "group has 3 peers");
    assert_int_equal(written_len, strlen("group has 3 peers"));

    memset(text, 'x', sizeof(text));
    text[511] = '\0';
    panic_print("%s", text);
    assert_int_equal(written_len, 511);
    text[511] = 'x';
    text[512] = '\0';
    panic_print("%s", text);
    assert_int_equal(written_len, 512);
    text[512] = 'y';
    text[599] = '\0';
    panic_print("%s", text);
    assert_int_equal(written_len, 512);
    assert_int_equal(written[511], 'x');

    panic_print("%ls", L"\x80000000"); /* no such character: nothing can be said */
    assert_int_equal(written_len, 512);
}

static void test_a_long_line_is_whole_on_stderr(void **state) {
    char text[600];

    (void) state;
    memset(text, 'x', sizeof(text));
    text[511] = 'z';
    text[512] = '\0';
    assert_dies("xz\n", (panic_print("%s", text), panic("file", 1, "func", "what")));
}

/* In a child: what a process does that is told to abort. */
static void be_told_to_abort(void) {
    panic_on_abort();
    raise(SIGABRT);
}

static void test_told_to_abort(void **state) {
    struct thing thing = { 9, { dump_thing, NULL } };

    (void) state;
    panic_add_dumper(&thing.dumper);
    assert_dies("thing 9\n", be_told_to_abort());
    assert_dies("told to abort by process ", be_told_to_abort());
    assert_dies("/panic+0x", be_told_to_abort());
    panic_remove_dumper(&thing.dumper);
    assert_dies("func(): what\nin ", (panic_on_abort(), panic("file", 1, "func", "what")));
}

static void dump_and_abort(const struct panic_dumper *dumper) {
    (void) dumper;
    abort();
}

static void test_an_abort_in_the_dump_is_the_end(void **state) {
    struct panic_dumper dumper = { dump_and_abort, NULL };

    (void) state;
    panic_add_dumper(&dumper);
    assert_dies("told to abort by process ", be_told_to_abort());
    panic_remove_dumper(&dumper);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_true_check_goes_on),
        cmocka_unit_test(test_false_check_says_where_and_what),
        cmocka_unit_test(test_unreachable_place),
        cmocka_unit_test(test_dumpers_speak_in_order),
        cmocka_unit_test(test_removing_a_stranger_changes_nothing),
        cmocka_unit_test(test_a_dumper_that_panics_ends_the_dump),
        cmocka_unit_test(test_a_long_line_is_whole_on_stderr),
        cmocka_unit_test(test_told_to_abort),
        cmocka_unit_test(test_an_abort_in_the_dump_is_the_end),
        cmocka_unit_test(test_lines_go_to_the_writer_and_are_cut),
    };

    return cmocka_run_group_tests_name("base/panic", tests, NULL, NULL);
}
