/* SPDX-License-Identifier: BSD-2-Clause */
/* Tests of codec/h1_upstream: one exchange with a server, in every order of events, and whether the
 * connection is fit for another one. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "upstream.h"

/* ---- whole exchanges ---- */

static void test_length(void **state) {
    (void) state;
    up_ask();
    assert_string_equal(up_got(), "GET /t HTTP/1.1\r\nHost: h\r\n\r\n");
    up_reply("HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nte");
    up_expect(" head(200 ...) body(2)");
    up_reply("xt");
    up_expect(" body(4 end) gone(done reusable)");
    assert_true(str_equal(pipe_peek(&up.response_body), STR("text")));
}

static void test_bodiless(void **state) {
    (void) state;
    up_ask();
    up_reply("HTTP/1.1 204 No Content\r\n\r\n");
    up_expect(" head(204) gone(done reusable)");
    up_again(&up_options);
    up_ask();
    up_reply("HTTP/1.1 304 Not Modified\r\nContent-Length: 10\r\n\r\n");
    up_expect(" head(304) gone(done reusable)");
    up_again(&up_options);
    up_ask_method(METHOD_HEAD, "HEAD");
    up_reply("HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\n");
    up_expect(" head(200) gone(done reusable)");
    up_again(&up_options);
    up_ask();
    up_reply("HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n");
    up_expect(" head(200) gone(done reusable)");
}

static void test_chunks(void **state) {
    (void) state;
    up_ask();
    up_reply("HTTP/1.1 103 Early\r\n\r\nHTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n"
             "\r\n3\r\nabc\r\n2;e\r\nde\r\n0\r\n\r");
    assert_non_null(up.leg);
    up_reply("\n");
    assert_true(str_equal(pipe_peek(&up.response_body), STR("abcde")));
    assert_true(up.is_reusable);
    assert_null(up.leg);
}

static void test_until_end(void **state) {
    (void) state;
    up_ask();
    up_reply("HTTP/1.1 200 OK\r\n\r\ntext");
    up_expect(" head(200 ...) body(4)");
    up_server_close();
    up_expect(" body(4 end) gone(done)");
}

/* The head stays when the leg and its connection are gone. */
static void test_head_outlives_leg(void **state) {
    (void) state;
    up_ask();
    up_reply("HTTP/1.1 200 Fine\r\nX-A: b\r\nContent-Length: 0\r\n\r\n");
    assert_null(up.leg);
    up_run();
    assert_true(str_is(up.response->reason, "Fine"));
    assert_true(str_is(message_value(up.response, &up.response->fields[0]), "b"));
}

static void test_figures(void **state) {
    struct leg *leg = up.leg;

    (void) state;
    up_ask();
    assert_int_equal(h1_upstream_sent(leg), strlen(up.got));
    assert_int_equal(leg->head_len, strlen(up.got));
    assert_int_equal(h1_upstream_received(leg), 0);
    up_reply("HTTP/1.1 200 OK\r\n");
    assert_int_equal(h1_upstream_received(leg), 17);
    assert_int_equal(up.conn->side->requests, 1);
}

/* ---- whether the connection serves on ---- */

static void expect_use(const struct h1_upstream_options *with, const char *response,
                       bool is_reusable) {
    up_again(with);
    up_ask();
    up_reply(response);
    assert_int_equal(up.end, LEG_DONE);
    assert_null(up.leg);
    assert_int_equal(up.is_reusable, is_reusable);
}

static void test_reuse(void **state) {
    struct h1_upstream_options closing = up_options, http10 = up_options;

    (void) state;
    closing.keeps_connection = false;
    http10.is_http_10 = true;
    expect_use(&up_options, "HTTP/1.1 200 OK\r\nContent-Length: 1\r\n\r\nx", true);
    expect_use(&closing, "HTTP/1.1 200 OK\r\nContent-Length: 1\r\n\r\nx", false);
    assert_non_null(strstr(up_got(), "\r\nConnection: close\r\n"));
    expect_use(&up_options, "HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 1\r\n\r\nx",
               false);
    expect_use(&up_options, "HTTP/1.0 200 OK\r\nContent-Length: 1\r\n\r\nx", false);
    expect_use(&http10,
               "HTTP/1.0 200 OK\r\nConnection: keep-alive\r\nContent-Length: 1\r\n\r\nx", true);
    assert_non_null(strstr(up_got(), "GET /t HTTP/1.0\r\n"));
}

/* More than was asked for, while somebody looks; what comes later is for the pool to see. */
static void test_no_reuse_after_more(void **state) {
    (void) state;
    expect_use(&up_options, "HTTP/1.1 200 OK\r\nContent-Length: 1\r\n\r\nxmore", false);
    expect_use(&up_options,
               "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\nHTTP/1.1", false);
}

static void test_request_that_closes(void **state) {
    (void) state;
    up.request.keeps_connection = false;
    up_ask();
    assert_non_null(strstr(up_got(), "\r\nConnection: close\r\n"));
    up_reply("HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n");
    up_expect(" head(200) gone(done)");
}

static void test_closed_with_the_last_byte(void **state) {
    (void) state;
    up_ask();
    up_reply_only("HTTP/1.1 200 OK\r\nContent-Length: 1\r\n\r\nx");
    up_server_close();
    up_expect(" head(200 ...) body(1 end) gone(done)");
}

/* ---- the server goes, or sends what is none ---- */

static void test_closed_without_answer(void **state) {
    (void) state;
    up_ask();
    up_server_close();
    up_expect(" gone(closed)");
    assert_int_equal(up.received, 0);
}

static void test_closed_before_request(void **state) {
    (void) state;
    close(up.server);
    up.server = -1;
    up_run();
    up_expect("");
    up_ask();
    assert_null(up.leg);
    assert_int_not_equal(up.end, LEG_DONE);
}

static void test_cut(void **state) {
    (void) state;
    up_ask();
    up_reply("HTTP/1.1 200 OK\r\nConte");
    up_server_close();
    up_expect(" gone(closed)");
    up_again(&up_options);
    up_ask();
    up_reply("HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nte");
    up_server_close();
    up_expect(" head(200 ...) body(2) gone(closed)");
    assert_int_equal(up.response_body.state, PIPE_OPEN);
    up_again(&up_options);
    up_ask();
    up_reply("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\ntext.\r\n");
    up_server_close();
    up_expect(" head(200 ...) body(5) gone(closed)");
}

static enum conn_result failing_recv(struct conn *conn, char *data, size_t room, size_t *len) {
    (void) conn, (void) data, (void) room, (void) len;
    return CONN_FAILED;
}

static void test_reset(void **state) {
    struct conn_transport failing = conn_plain;

    (void) state;
    up_ask();
    up_reply("HTTP/1.1 200 OK\r\n\r\ntext");
    up_news();
    failing.recv = failing_recv;
    up.conn->transport = &failing;
    up_reply("x");
    up_expect(" gone(reset)");
}

static void expect_bad(const char *response, const char *log) {
    up_again(&up_options);
    up_ask();
    up_reply(response);
    up_expect(log);
}

static void test_bad(void **state) {
    static char text[6000];

    (void) state;
    expect_bad("SSH-2.0\r\n", " gone(bad)");
    expect_bad("HTTP/1.1 101 Switching\r\n\r\n", " gone(bad)");
    expect_bad("HTTP/1.1 200 OK\r\nContent-Length: 1\r\nContent-Length: 1\r\n\r\nx", " gone(bad)");
    expect_bad("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n",
               " head(200 ...) gone(bad)");
    memset(text, 'a', sizeof(text) - 1);
    memcpy(text, "HTTP/1.1 200 OK\r\nX: ", 20);
    expect_bad(text, " gone(bad)");
}

static void test_interim(void **state) {
    int i;

    (void) state;
    up_ask();
    up_reply("HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Early Hints\r\nLink: x\r\n\r\n");
    up_expect(" head(100) head(103)");
    up_reply("HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n");
    up_expect(" head(200) gone(done reusable)");
    up_again(&up_options);
    up_ask();
    for (i = 0; i < 16; i++) {
        up_reply("HTTP/1.1 102 Processing\r\n\r\n");
    }
    assert_non_null(up.leg);
    up_reply("HTTP/1.1 102 Processing\r\n\r\n");
    assert_int_equal(up.end, LEG_BAD);
}

/* ---- the body of the request ---- */

static void test_request_body(void **state) {
    (void) state;
    up_post(10);
    assert_non_null(strstr(up_got(), "\r\nContent-Length: 10\r\n\r\n"));
    up_post_more(STR("01234"), false);
    up_run();
    assert_string_equal(up_got(), "01234");
    up_expect(" room");
    up_post_more(STR("56789"), true);
    up_run();
    assert_string_equal(up_got(), "56789");
    up_reply("HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n");
    assert_true(up.is_reusable);
}

static void test_request_chunks(void **state) {
    (void) state;
    up_post(SIZE_MAX);
    assert_non_null(strstr(up_got(), "\r\nTransfer-Encoding: chunked\r\n\r\n"));
    up_post_more(STR("abc"), false);
    up_run();
    up_post_more(STR_NONE, true);
    up_run();
    assert_string_equal(up_got(), "3\r\nabc\r\n0\r\n\r\n");
}

static void test_request_with_head(void **state) {
    (void) state;
    pipe_write(&up.request_body, STR("body"));
    pipe_end(&up.request_body);
    up_post(4);
    assert_non_null(strstr(up_got(), "\r\n\r\nbody"));
}

static void test_request_aborted(void **state) {
    (void) state;
    up_post(10);
    up_post_more(STR("01234"), false);
    pipe_abort(&up.request_body);
    up_run();
    assert_string_equal(strstr(up_got(), "\r\n\r\n"), "\r\n\r\n01234");
    up_expect(" gone(cancelled)");
    assert_true(up.got_end);
}

/* ---- answers before the request is whole ---- */

static void test_early_answer(void **state) {
    (void) state;
    up_post(10);
    up_reply("HTTP/1.1 413 Too Large\r\nContent-Length: 0\r\n\r\n");
    up_expect(" head(413) gone(done)");
}

/* The request goes on while its response comes. */
static void test_both_ways(void **state) {
    (void) state;
    up_post(10);
    up_reply("HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nte");
    up_expect(" head(200 ...) body(2)");
    up_post_more(STR("0123456789"), true);
    up_run();
    assert_non_null(strstr(up_got(), "0123456789"));
    up_reply("xt");
    up_expect(" body(4 end) gone(done reusable)");
}

static void test_answer_and_close(void **state) {
    (void) state;
    up_post(1000000);
    up_reply_only("HTTP/1.1 413 Too Large\r\nContent-Length: 2\r\n\r\nno");
    close(up.server);
    up.server = -1;
    pipe_write(&up.request_body, STR("the server reads this no more"));
    up.leg->ops->send_body(up.leg);
    up_run();
    up_expect(" head(413 ...) body(2 end) gone(done)");
}

/* ---- back-pressure and budgets ---- */

static void fill(void) {
    char text[4096];

    memset(text, 'f', sizeof(text));
    while (up.request_body.len == 0) {
        up_post_more(str_make(text, sizeof(text)), false);
        up_run_only();
    }
    up_news();
}

static void test_request_back_pressure(void **state) {
    (void) state;
    up_post(SIZE_MAX);
    fill();
    up_run_only();
    up_expect("");
    up_run();
    assert_int_equal(up.request_body.len, 0);
    up_expect(" room");
}

static void test_response_back_pressure(void **state) {
    static char text[50000];
    size_t taken = 0, i;

    (void) state;
    up_ask();
    up_reply("HTTP/1.1 200 OK\r\nContent-Length: 50000\r\n\r\n");
    for (i = 0; i < sizeof(text); i++) {
        text[i] = (char) ('a' + i % 23);
    }
    up_reply_str(str_make(text, sizeof(text)));
    while (up.response_body.len > 0) {
        struct str piece = pipe_peek(&up.response_body);

        assert_in_range(up.response_body.len, 1, 4096 + CONN_READ_MIN);
        assert_memory_equal(piece.data, text + taken, piece.len);
        taken += piece.len;
        if (up.leg == NULL) {
            pipe_consume(&up.response_body, piece.len);
        } else {
            up_take(piece.len);
        }
    }
    assert_int_equal(taken, sizeof(text));
    assert_true(up.is_reusable);
}

static void test_shares_the_loop(void **state) {
    struct conn_transport endless = conn_plain;
    size_t after_one;

    (void) state;
    up_ask();
    up_reply("HTTP/1.1 200 OK\r\n\r\n");
    endless.recv = endless_recv;
    up.conn->transport = &endless;
    up.response_body.high = SIZE_MAX;
    up_reply_only("x");
    loop_turn(0);
    after_one = up.response_body.len;
    assert_in_range(after_one, CONN_TURN_BYTES, 3 * CONN_TURN_BYTES);
    loop_turn(0);
    assert_in_range(up.response_body.len - after_one, CONN_TURN_BYTES, 3 * CONN_TURN_BYTES);
    up.conn->transport = &conn_plain;
}

/* ---- time ---- */

static void test_read_timeout(void **state) {
    (void) state;
    up_ask();
    up_advance(up_options.read_timeout_ms - 100);
    up_reply("HTTP/1.1 200 OK\r\n");
    up_advance(up_options.read_timeout_ms - 100);
    up_reply("Content-Length: 9\r\n\r\n");
    up_advance(up_options.read_timeout_ms - 100);
    up_reply("x");
    up_advance(up_options.read_timeout_ms - 100);
    assert_non_null(up.leg);
    up_advance(200);
    assert_int_equal(up.end, LEG_TIMED_OUT);
}

static void test_send_timeout(void **state) {
    (void) state;
    up_post(SIZE_MAX);
    fill();
    clock_fake(up_ms += up_options.send_timeout_ms - 100, 1);
    up_run_only();
    assert_non_null(up.leg);
    clock_fake(up_ms += 200, 1);
    up_run_only();
    up_expect(" gone(timed out)");
}

/* Neither a client that holds its body back nor one that takes no more of the response is the
 * server's fault; its time begins when it is its turn. */
static void test_no_timeout(void **state) {
    static char text[30000];

    (void) state;
    up_post(4);
    up_advance(1000000);
    up_post_more(STR("body"), true);
    up_run();
    up_advance(up_options.read_timeout_ms - 100);
    up_reply("HTTP/1.1 200 OK\r\nContent-Length: 30001\r\n\r\n");
    memset(text, 'x', sizeof(text));
    up_reply_str(str_make(text, sizeof(text)));
    up_advance(1000000);
    while (up.response_body.len > 0) {
        up_take(up.response_body.len);
    }
    up_advance(up_options.read_timeout_ms - 100);
    assert_non_null(up.leg);
    up_advance(200);
    assert_int_equal(up.end, LEG_TIMED_OUT);
}

/* ---- reset ---- */

static void reset_now(void) {
    struct leg *leg = up.leg;

    up.leg = NULL;
    leg->ops->reset(leg);
    up_run();
}

static void test_reset_by_exchange(void **state) {
    (void) state;
    reset_now();
    assert_true(up.got_end);
    up_again(&up_options);
    up_ask();
    reset_now();
    assert_true(up.got_end);
    up_again(&up_options);
    up_ask();
    up_reply("HTTP/1.1 200 OK\r\n\r\ntext");
    up_news();
    up_reply_only("more"); /* under way, and for nobody */
    reset_now();
    up_expect("");
}

/* ---- fields behind a body ---- */

#define CHUNKED "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"

static void test_trailers(void **state) {
    (void) state;
    up_ask();
    up_reply(CHUNKED "1\r\nx\r\n0\r\nX-A: b\r\nHost: c\r\n\r\n");
    up_expect(" head(200 ...) body(1 end) gone(done reusable)");
    assert_non_null(up.trailers);
    assert_int_equal(up.trailers->field_count, 2);
    assert_true(str_is(message_value(up.trailers, &up.trailers->fields[0]), "b"));
    assert_int_equal(up.trailers->fields[0].flags & FIELD_IS_HIDDEN, 0);
    assert_int_equal(up.trailers->fields[1].flags & FIELD_IS_HIDDEN, FIELD_IS_HOP);
}

static void test_no_trailers(void **state) {
    (void) state;
    up_ask();
    up_reply(CHUNKED "0\r\n\r\n");
    assert_null(up.leg);
    assert_null(up.trailers);
}

/* ---- another protocol ---- */

static void ask_upgrade(void) {
    up_again(&up_options);
    up.request.upgrade = STR("a");
    up_ask();
}

static void test_switch(void **state) {
    const char *text = "HTTP/1.1 101 x\r\nUpgrade: a\r\n\r\n";

    (void) state;
    ask_upgrade();
    assert_string_equal(up_got(), "GET /t HTTP/1.1\r\nHost: h\r\nConnection: upgrade\r\n"
                                  "Upgrade: a\r\n\r\n");
    up_reply(text);
    up_expect(" head(101) gone(switched)");
    assert_int_equal(up.left, 0);
    assert_true(str_is(up.response->upgrade, "a"));
    ask_upgrade();
    up_reply("HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n");
    up_expect(" head(200) gone(done reusable)");
}

static void test_switch_with_more(void **state) {
    (void) state;
    ask_upgrade();
    up_reply("HTTP/1.1 101 x\r\nUpgrade: a\r\n\r\nmore");
    up_expect(" head(101) gone(switched)");
    assert_int_equal(up.left, 4);
}

static void test_switch_unasked(void **state) {
    struct h1_upstream_options http10 = up_options;

    (void) state;
    http10.is_http_10 = true;
    up_again(&http10);
    up.request.upgrade = STR("a");
    up_ask();
    assert_null(strstr(up_got(), "pgrade"));
    up_reply("HTTP/1.1 101 x\r\n\r\n");
    up_expect(" gone(bad)");
    up_again(&up_options);
    up.request.upgrade = STR("a");
    up_post(10);
    up_reply("HTTP/1.1 101 x\r\n\r\n");
    up_expect(" gone(bad)");
}

int main(void) {
    const struct CMUnitTest tests[] = {
        up_test(test_length),
        up_test(test_bodiless),
        up_test(test_chunks),
        up_test(test_until_end),
        up_test(test_head_outlives_leg),
        up_test(test_figures),
        up_test(test_reuse),
        up_test_together(test_no_reuse_after_more),
        up_test(test_request_that_closes),
        up_test(test_closed_with_the_last_byte),
        up_test(test_closed_without_answer),
        up_test(test_closed_before_request),
        up_test(test_cut),
        up_test(test_reset),
        up_test(test_bad),
        up_test(test_interim),
        up_test(test_request_body),
        up_test(test_request_chunks),
        up_test(test_request_with_head),
        up_test(test_request_aborted),
        up_test(test_early_answer),
        up_test(test_both_ways),
        up_test(test_answer_and_close),
        up_test(test_request_back_pressure),
        up_test(test_response_back_pressure),
        up_test(test_shares_the_loop),
        up_test(test_read_timeout),
        up_test(test_send_timeout),
        up_test(test_no_timeout),
        up_test(test_reset_by_exchange),
        up_test(test_trailers),
        up_test(test_no_trailers),
        up_test(test_switch),
        up_test_together(test_switch_with_more),
        up_test(test_switch_unasked),
    };

    return cmocka_run_group_tests_name("codec/h1_upstream", tests, NULL, NULL);
}
