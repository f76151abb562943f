/* SPDX-License-Identifier: BSD-2-Clause */
/* Tests of http/filter, with a leg that is none and filters that change letters. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "base/clock.h"
#include "base/log.h"
#include "http/filter.h"

#include <stdlib.h>
#include <unistd.h>

/* Adds one to each byte, no more than so many in a run. */
struct shift {
    struct filter filter;
    size_t most;
    unsigned runs, closes;
    bool was_flushed;
};

static struct exchange exchange;
static struct leg downstream;
static unsigned sends;
static struct shift first, second;
static unsigned lines;

static void write_line(struct log *log, enum log_level level, const char *line, size_t len) {
    (void) log;
    (void) level;
    (void) line;
    lines += len > 0;
}

static struct log test_log = { .level = LOG_LEVEL_INFO, .write = write_line };

static void run(struct filter *filter, struct pipe *in, bool is_flush) {
    struct shift *shift = list_object(filter, struct shift, filter);
    size_t left = shift->most;
    struct str bytes;

    shift->runs++;
    shift->was_flushed = is_flush;
    while (!pipe_is_full(&filter->out) && filter_peek(filter, in, &bytes)) {
        char changed = (char) (bytes.len > 0 ? bytes.data[0] + 1 : 0);

        if (bytes.len == 0) {
            if (in->state == PIPE_ENDED) {
                pipe_end(&filter->out);
            }
            return;
        }
        if (left-- == 0) {
            filter->has_more = true;
            return;
        }
        pipe_write(&filter->out, str_make(&changed, 1));
        pipe_consume(in, 1);
    }
}

static void close_filter(struct filter *filter) {
    list_object(filter, struct shift, filter)->closes++;
}

static void send_body(struct leg *leg) {
    (void) leg;
    sends++;
}

static const struct leg_ops ops = { .send_body = send_body };

static void add(struct shift *shift, size_t most) {
    *shift = (struct shift){ .filter = { .run = run, .close = close_filter }, .most = most };
    filter_add(&exchange, &shift->filter);
}

static int begin(void **state) {
    (void) state;
    clock_update();
    loop_init();
    exchange = (struct exchange){ .downstream = &downstream, .log = &test_log };
    downstream = (struct leg){ .ops = &ops, .send = &exchange.response_body };
    pipe_init(&exchange.response_body, 64 * 1024, 16 * 1024);
    sends = 0;
    return 0;
}

static int end(void **state) {
    (void) state;
    filters_close(&exchange);
    pipe_fini(&exchange.response_body);
    loop_fini();
    return 0;
}

static void write_in(const char *text) {
    pipe_write(&exchange.response_body, str_from(text));
}

static void assert_out(const char *text) {
    char bytes[256];
    size_t len = 0;

    while (downstream.send->len > 0) {
        struct str part = pipe_peek(downstream.send);

        memcpy(bytes + len, part.data, part.len);
        len += part.len;
        pipe_consume(downstream.send, part.len);
    }
    assert_true(str_is(str_make(bytes, len), text));
}

static void bytes_go_through_all_in_order(void **state) {
    (void) state;
    add(&first, 100);
    add(&second, 100);
    assert_ptr_equal(downstream.send, &second.filter.out);
    write_in("abc");
    filters_run(&exchange);
    assert_out("cde");
    assert_int_equal(downstream.send->state, PIPE_OPEN);
    pipe_end(&exchange.response_body);
    filters_run(&exchange);
    assert_int_equal(downstream.send->state, PIPE_ENDED);
    filters_close(&exchange);
    assert_int_equal(first.closes + second.closes, 2);
    assert_null(exchange.filters);
    downstream.send = &exchange.response_body;
}

/* Nothing is asked of a filter that has nothing to do, unless what it holds must go. */
static void a_flush_reaches_all(void **state) {
    (void) state;
    add(&first, 100);
    filters_run(&exchange);
    assert_int_equal(first.runs, 0);
    exchange.is_streamed = true;
    filters_run(&exchange);
    assert_int_equal(first.runs, 1);
    assert_true(first.was_flushed);
}

static void one_that_has_more_is_run_again(void **state) {
    (void) state;
    add(&first, 2);
    write_in("abcde");
    filters_run(&exchange);
    assert_out("bc");
    loop_turn(0);
    loop_turn(0);
    assert_out("def");
    assert_true(sends > 0);
    assert_int_equal(exchange.response_body.len, 0);
}

/* The second takes what made the first stop; nobody else would tell. */
static void one_that_was_blocked_is_run_again(void **state) {
    (void) state;
    add(&first, 100);
    add(&second, 100);
    first.filter.out.high = 2;
    first.filter.out.low = 1;
    write_in("abcdef");
    filters_run(&exchange);
    while (exchange.response_body.len > 0 && sends < 10) {
        loop_turn(0);
    }
    assert_out("cdefgh");
}

/* Takes all at once and writes it as there is room. */
static char held[16];
static size_t held_len;

static void run_holding(struct filter *filter, struct pipe *in, bool is_flush) {
    size_t len;

    (void) is_flush;
    while (in->len > 0) {
        held[held_len++] = pipe_peek(in).data[0];
        pipe_consume(in, 1);
    }
    len = pipe_write(&filter->out, str_make(held, held_len));
    held_len -= len;
    memmove(held, held + len, held_len);
}

/* Its input is empty and open, so nothing but the room tells. */
static void one_that_holds_more_than_its_pipe_is_run_again(void **state) {
    (void) state;
    add(&first, 100);
    first.filter.run = run_holding;
    first.filter.out.high = 2;
    first.filter.out.low = 1;
    write_in("abcde");
    filters_run(&exchange);
    assert_out("ab");
    filters_run(&exchange);
    assert_out("cd");
    filters_run(&exchange);
    assert_out("e");
    add(&second, 100);
    write_in("abcde");
    filters_run(&exchange);
    for (sends = 0; held_len > 0 && sends < 10;) {
        loop_turn(0);
    }
    loop_turn(0);
    assert_out("bcdef");
}

static unsigned tasks;

/* A handler that has nothing more, and says so. */
static void on_exchange_task(struct task *task) {
    (void) task;
    tasks++;
    exchange_send_body(&exchange);
}

/* Room is told of once it is made, and not again and again. */
static void room_is_told_of_once(void **state) {
    static const struct exchange_handler handler;
    unsigned turn;

    (void) state;
    tasks = 0;
    exchange.handler = &handler;
    task_init(&exchange.task, on_exchange_task);
    add(&first, 100);
    write_in("a");
    exchange_send_body(&exchange);
    for (turn = 0; turn < 5; turn++) {
        loop_turn(0);
    }
    assert_int_equal(tasks, 1);
    assert_out("b");
}

static void an_abort_is_passed_on(void **state) {
    (void) state;
    add(&first, 100);
    add(&second, 100);
    write_in("a");
    pipe_abort(&exchange.response_body);
    filters_run(&exchange);
    assert_int_equal(downstream.send->state, PIPE_ABORTED);
    assert_out("c");
}

static void a_file_is_read(void **state) {
    char path[] = "/tmp/weir-filter-XXXXXX";
    int fd = mkstemp(path);

    (void) state;
    assert_int_equal(write(fd, "xabc", 4), 4);
    add(&first, 100);
    write_in("A");
    pipe_write_file(&exchange.response_body, &(struct pipe_file){ fd, 1, 3, NULL });
    filters_run(&exchange);
    assert_out("Bbcd");

    pipe_write_file(&exchange.response_body, &(struct pipe_file){ fd, 10, 3, NULL });
    filters_run(&exchange);
    assert_int_equal(downstream.send->state, PIPE_ABORTED);
    assert_int_equal(lines, 1);
    close(fd);
    unlink(path);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(bytes_go_through_all_in_order, begin, end),
        cmocka_unit_test_setup_teardown(a_flush_reaches_all, begin, end),
        cmocka_unit_test_setup_teardown(one_that_has_more_is_run_again, begin, end),
        cmocka_unit_test_setup_teardown(one_that_was_blocked_is_run_again, begin, end),
        cmocka_unit_test_setup_teardown(one_that_holds_more_than_its_pipe_is_run_again, begin, end),
        cmocka_unit_test_setup_teardown(room_is_told_of_once, begin, end),
        cmocka_unit_test_setup_teardown(an_abort_is_passed_on, begin, end),
        cmocka_unit_test_setup_teardown(a_file_is_read, begin, end),
    };

    return cmocka_run_group_tests_name("http/filter", tests, NULL, NULL);
}
