/* SPDX-License-Identifier: BSD-2-Clause */
/* Tests of http/upstream_body: when a response waits, or goes to a file, and at what pace it
 * passes. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "base/clock.h"
#include "event/timer.h"
#include "http/upstream_body.h"

#include <string.h>

enum {
    START_MS = 1234567,
    HIGH = 1000,
    PIECE = 4000
};

static struct exchange exchange;
static struct upstream_body_options options;
static struct upstream_body *body;
static int64_t now_ms;
static unsigned moves;

static void on_moved(struct upstream_body *of, void *data) {
    assert_ptr_equal(of, body);
    assert_ptr_equal(data, &moves);
    moves++;
}

static void pass_time(int64_t ms) {
    now_ms += ms;
    clock_fake(now_ms, now_ms);
    timer_expire();
}

static void begin_with(uint64_t rate, uint64_t file_max) {
    options = (struct upstream_body_options){ .memory_max = HIGH,
                                              .memory_low = HIGH / 4,
                                              .piece_max = PIECE,
                                              .file_max = file_max,
                                              .directory = "/tmp" };
    body = upstream_body_new(&exchange, &options, rate);
    body->on_moved = on_moved;
    body->data = &moves;
}

static int begin(void **state) {
    (void) state;
    now_ms = START_MS;
    clock_fake(now_ms, now_ms);
    timer_reset();
    moves = 0;
    memset(&exchange, 0, sizeof(exchange));
    arena_init(&exchange.arena);
    pipe_init(&exchange.response_body, HIGH, HIGH / 4);
    return 0;
}

static int end(void **state) {
    (void) state;
    pipe_fini(&exchange.response_body);
    upstream_body_close(body);
    arena_fini(&exchange.arena);
    return 0;
}

/* Receives as many bytes as there is room for, at most len. */
static size_t receive(size_t len) {
    static char bytes[PIECE];
    size_t got = pipe_write(&body->received, str_make(bytes, len));

    upstream_body_pass(body);
    return got;
}

static void test_passes_while_there_is_room(void **state) {
    (void) state;
    begin_with(0, 1 << 20);
    receive(HIGH);
    assert_int_equal(exchange.response_body.held, HIGH);
    assert_int_equal(body->received.len, 0);
    assert_false(timer_is_set(&body->patience));
}

static void test_waits_in_memory_first(void **state) {
    (void) state;
    begin_with(0, 1 << 20);
    receive(HIGH);
    receive(500);
    pass_time(BODY_PATIENCE_MS - 20);
    assert_int_equal(body->received.len, 500);
    pipe_consume(&exchange.response_body, HIGH);
    upstream_body_pass(body);
    assert_int_equal(exchange.response_body.held, 500);
    assert_int_equal(body->spool.fd, -1);
    assert_int_equal(moves, 0);
}

/* What is counted is the sum of all waits. */
static void test_goes_to_a_file_when_patience_ends(void **state) {
    unsigned i;

    (void) state;
    begin_with(0, 1 << 20);
    for (i = 0; i < 2; i++) {
        receive(HIGH);
        receive(500);
        pass_time(BODY_PATIENCE_MS * 2 / 5);
        assert_int_equal(body->received.len, 500);
        pipe_consume(&exchange.response_body, exchange.response_body.len);
        upstream_body_pass(body);
        pipe_consume(&exchange.response_body, exchange.response_body.len);
    }
    receive(HIGH);
    receive(500);
    pass_time(BODY_PATIENCE_MS / 2);
    assert_int_equal(body->received.len, 0);
    assert_true(body->spool.fd >= 0);
    assert_int_equal(moves, 1);
    assert_int_equal(exchange.response_body.len, HIGH + 500);
    assert_int_equal(exchange.response_body.held, HIGH);
    assert_int_equal(receive(PIECE), PIECE);
    assert_int_equal(body->received.len, 0);
}

static void test_waits_where_there_is_no_file(void **state) {
    (void) state;
    begin_with(0, 0);
    receive(HIGH);
    receive(PIECE);
    pass_time(BODY_PATIENCE_MS * 2);
    assert_int_equal(body->received.len, PIECE);
    assert_int_equal(receive(1), 0);
    pipe_consume(&exchange.response_body, HIGH);
    upstream_body_pass(body);
    assert_int_equal(body->received.len, PIECE - HIGH);
}

static void test_end_takes_all_along(void **state) {
    (void) state;
    begin_with(0, 0);
    receive(HIGH);
    receive(500);
    pipe_end(&body->received);
    upstream_body_pass(body);
    assert_int_equal(exchange.response_body.len, HIGH + 500);
    assert_int_equal(exchange.response_body.state, PIPE_ENDED);
    assert_false(timer_is_set(&body->patience));
}

static void test_cut_body_has_no_end(void **state) {
    (void) state;
    begin_with(0, 0);
    receive(500);
    upstream_body_finish(body);
    assert_int_equal(exchange.response_body.len, 500);
    assert_int_equal(exchange.response_body.state, PIPE_OPEN);
}

/* 64,000 bytes a second, for a client that takes all: at first a sixteenth of them. */
static void test_pace(void **state) {
    uint64_t passed = 0;
    unsigned i;

    (void) state;
    begin_with(64000, 0);
    for (i = 0; i < 250; i++) {
        receive(PIECE);
        passed += exchange.response_body.len;
        pipe_consume(&exchange.response_body, exchange.response_body.len);
        pass_time(8);
        passed += exchange.response_body.len;
        pipe_consume(&exchange.response_body, exchange.response_body.len);
    }
    assert_in_range(passed, 2 * 64000 - 8000, 2 * 64000 + 8000);
}

/* The server has said all: the last bytes have to wait for their time nevertheless. */
static void test_pace_of_the_end(void **state) {
    (void) state;
    begin_with(64000, 0);
    receive(PIECE);
    assert_int_equal(exchange.response_body.len, HIGH);
    pipe_consume(&exchange.response_body, HIGH);
    pass_time(8);
    receive(PIECE);
    pipe_end(&body->received);
    upstream_body_pass(body);
    assert_int_equal(exchange.response_body.len, 0);
    assert_int_equal(exchange.response_body.state, PIPE_OPEN);
    pass_time(16);
    assert_int_equal(exchange.response_body.len, PIECE);
    assert_int_equal(exchange.response_body.state, PIPE_ENDED);
    assert_int_equal(moves, 1);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_passes_while_there_is_room, begin, end),
        cmocka_unit_test_setup_teardown(test_waits_in_memory_first, begin, end),
        cmocka_unit_test_setup_teardown(test_goes_to_a_file_when_patience_ends, begin, end),
        cmocka_unit_test_setup_teardown(test_waits_where_there_is_no_file, begin, end),
        cmocka_unit_test_setup_teardown(test_end_takes_all_along, begin, end),
        cmocka_unit_test_setup_teardown(test_cut_body_has_no_end, begin, end),
        cmocka_unit_test_setup_teardown(test_pace, begin, end),
        cmocka_unit_test_setup_teardown(test_pace_of_the_end, begin, end),
    };

    return cmocka_run_group_tests_name("http/upstream_body", tests, NULL, NULL);
}
