/* SPDX-License-Identifier: BSD-2-Clause */
/* Tests of codec/h1_transfer: a request's body and the response to it, whole, cut, held up, early
 * and late, and both at once. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "downstream.h"

#define GET "GET / HTTP/1.1\r\nHost: h\r\n\r\n"
#define POST_10 "POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 10\r\n\r\n"
#define POST_CHUNKED "POST / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n"

static void begin(const char *text) {
    down_send(text);
    assert_non_null(down.now);
    down_news();
}

static void expect_got(const char *text) {
    if (strstr(down.got, text) == NULL) {
        fail_msg("\"%s\" is not in \"%s\"", text, down.got);
    }
}

/* ---- the body of the request ---- */

static void test_body_in_pieces(void **state) {
    (void) state;
    begin(POST_10);
    down_send("01234");
    down_expect(" body(5)");
    down_send("56789");
    down_expect(" body(10 end)");
    assert_true(str_equal(pipe_peek(&down.now->request_body), STR("0123456789")));
    fake_answer(down.now, 200, "x");
    down_run();
    down_expect(" gone(done) idle");
}

static void test_body_with_head(void **state) {
    (void) state;
    down_send(POST_10 "0123456789" GET);
    down_expect(" busy head(POST / HTTP/1.1 ...) body(10 end)");
    fake_answer(down.now, 200, "x");
    down_run();
    down_expect(" gone(done) idle busy head(GET / HTTP/1.1)");
}

/* A client is not read from while nobody takes what it sends; then all of it comes. */
static void test_back_pressure(void **state) {
    static char text[100000];
    size_t taken = 0, i;

    (void) state;
    begin("POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 100000\r\n\r\n");
    for (i = 0; i < sizeof(text); i++) {
        text[i] = (char) ('a' + i % 23);
    }
    down_send_str(str_make(text, sizeof(text)));
    assert_in_range(down.now->request_body.len, 4096, 4096 + CONN_READ_MIN);
    while (!down.now->is_request_told || down.now->request_body.len > 0) {
        struct str piece = pipe_peek(&down.now->request_body);

        assert_memory_equal(piece.data, text + taken, piece.len);
        taken += piece.len;
        fake_take(down.now, piece.len);
        down_run();
        assert_in_range(down.now->request_body.len, 0, 4096 + CONN_READ_MIN);
    }
    assert_int_equal(taken, sizeof(text));
    fake_answer(down.now, 200, "x");
}

static enum conn_result endless_recv(struct conn *conn, char *data, size_t room, size_t *len) {
    (void) conn;
    memset(data, 'x', room);
    *len = room;
    return CONN_OK;
}

/* A client that sends without pause into a pipe without bounds has its turn and no more; it goes on
 * in the next one without being told. */
static void test_shares_the_loop(void **state) {
    struct conn_transport endless = conn_plain;
    size_t after_one;

    (void) state;
    begin("POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 1000000000\r\n\r\n");
    endless.recv = endless_recv;
    down.conn->transport = &endless;
    down.now->request_body.high = SIZE_MAX;
    down_send_only(STR("x"));
    loop_turn(0);
    after_one = down.now->request_body.len;
    assert_in_range(after_one, CONN_TURN_BYTES, 3 * CONN_TURN_BYTES);
    loop_turn(0);
    assert_in_range(down.now->request_body.len - after_one, CONN_TURN_BYTES, 3 * CONN_TURN_BYTES);
    down.conn->transport = &conn_plain;
}

static void test_cut_body(void **state) {
    (void) state;
    begin(POST_10);
    down_send("01234");
    down_client_end();
    down_expect(" body(5) gone(closed 400) close");
    assert_int_equal(down.all[0]->request_body.state, PIPE_ABORTED);
}

static void test_bad_chunk(void **state) {
    (void) state;
    down.answers = NULL;
    begin(POST_CHUNKED);
    down_send("3\r\nabc\r\nzz\r\n");
    down_expect(" body(3) bad(400)");
    fake_answer(down.now, 400, "no");
    down_run();
    down_expect(" gone(done)");
    expect_got("\r\nConnection: close\r\n\r\nno");
    assert_true(down.got_end);
}

/* The response is under way already: it goes on, and is the last. */
static void test_bad_chunk_within_response(void **state) {
    (void) state;
    begin(POST_CHUNKED);
    fake_send_head(down.now, 200, 4);
    down_send("zz\r\n");
    down_expect(" bad(400)");
    fake_send(down.now, STR("text"), true);
    down_run();
    down_expect(" gone(done)");
    expect_got("\r\n\r\ntext");
    assert_true(down.got_end);
}

/* ---- 100-continue ---- */

#define EXPECT "Expect: 100-continue\r\n\r\n"

static void test_continue(void **state) {
    (void) state;
    down_send("POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 3\r\n" EXPECT);
    assert_string_equal(down_got(), "HTTP/1.1 100 Continue\r\n\r\n");
    down_send("abc");
    assert_true(down.now->is_request_told);
    fake_answer(down.now, 200, "x");
    down_run();
    assert_true(down.is_idle);
    expect_got("HTTP/1.1 200 OK");
}

/* Nobody has asked for the body yet. */
static void test_continue_later(void **state) {
    (void) state;
    down.wants_no_body = true;
    down_send("POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 3\r\n" EXPECT);
    assert_string_equal(down_got(), "");
    down_advance(down_options.body_timeout_ms * 2);
    assert_false(down.now->is_gone);
    down.now->leg->ops->recv_more(down.now->leg);
    down_run();
    assert_string_equal(down_got(), "HTTP/1.1 100 Continue\r\n\r\n");
    down_send("abc");
    assert_true(down.now->is_request_told);
}

/* Who leaves meanwhile is gone. */
static void test_continue_never(void **state) {
    (void) state;
    down.wants_no_body = true;
    down_send("POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 3\r\n" EXPECT);
    down_client_close();
    down_run();
    assert_true(down.all[0]->is_gone);
    assert_int_equal(down.all[0]->end, LEG_CLOSED);
}

static void test_continue_not_needed(void **state) {
    (void) state;
    down_send("POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 3\r\n" EXPECT "abc");
    assert_string_equal(down_got(), "");
    fake_answer(down.now, 200, "x");
    down_run();
    assert_true(down.is_idle);
}

/* Who is not told to go on may send the body all the same, or not: the connection ends. */
static void test_continue_refused(void **state) {
    (void) state;
    down.answers = answer_with_number;
    down_send("POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 3\r\n" EXPECT);
    assert_string_equal(strstr(down_got(), "\r\nConnection"),
                        "\r\nConnection: close\r\n\r\nanswer 1");
    assert_true(down.got_end);
}

static void test_continue_of_http10(void **state) {
    (void) state;
    down_send("POST / HTTP/1.0\r\nContent-Length: 3\r\n" EXPECT);
    assert_string_equal(down_got(), "");
    fake_send_head(down.now, 103, 0);
    down_run();
    assert_string_equal(down_got(), "");
    fake_reset(down.now);
}

/* ---- the response ---- */

static void test_interim(void **state) {
    (void) state;
    begin(GET);
    fake_send_head(down.now, 103, 0);
    down_run();
    assert_string_equal(down_got(), "HTTP/1.1 103 Early Hints\r\n\r\n");
    fake_send_head(down.now, 103, 0);
    fake_answer(down.now, 200, "x");
    down_run();
    assert_int_equal(strncmp(down_got(), "HTTP/1.1 103 Early Hints\r\n\r\nHTTP/1.1 200 ", 39), 0);
    assert_true(down.is_idle);
}

static void test_chunks(void **state) {
    (void) state;
    begin(GET);
    fake_send_head(down.now, 200, SIZE_MAX);
    down_run();
    expect_got("\r\nTransfer-Encoding: chunked\r\n");
    down_got();
    fake_send(down.now, STR("one"), false);
    down_run();
    assert_string_equal(down_got(), "3\r\none\r\n");
    fake_send(down.now, STR("two"), true);
    down_run();
    assert_string_equal(down_got(), "3\r\ntwo\r\n0\r\n\r\n");
    assert_true(down.is_idle);
}

/* A client of HTTP/1.0 gets no chunks: the end of the connection is the end of the body. */
static void test_http10_until_end(void **state) {
    (void) state;
    begin("GET / HTTP/1.0\r\nConnection: keep-alive\r\n\r\n");
    fake_send_head(down.now, 200, SIZE_MAX);
    fake_send(down.now, STR("one"), true);
    down_run();
    assert_string_equal(down_got(), "HTTP/1.1 200 OK\r\nConnection: close\r\n\r\none");
    assert_true(down.got_end);
    assert_false(down.got_reset);
}

static void test_head_request(void **state) {
    (void) state;
    down.answers = answer_with_number;
    down_send("HEAD / HTTP/1.1\r\nHost: h\r\n\r\n");
    assert_string_equal(down_got(), "HTTP/1.1 200 OK\r\nContent-Length: 8\r\n"
                                    "Connection: keep-alive\r\n\r\n");
    assert_true(down.is_idle);
}

static void test_heads_are_counted(void **state) {
    (void) state;
    begin(GET);
    fake_send_head(down.now, 103, 0);
    fake_send_head(down.now, 200, 2);
    down_run();
    assert_int_equal(down.now->leg->head_len, down.got_len);
    fake_send(down.now, STR("ok"), true);
}

/* Fills the client's socket: what is sent from then on stays behind. */
static void fill(struct fake *fake) {
    char text[4096];

    memset(text, 'f', sizeof(text));
    while (fake->response_body.len == 0) {
        fake_send(fake, str_make(text, sizeof(text)), false);
        down_run_only();
    }
    down_news();
}

static void test_response_back_pressure(void **state) {
    (void) state;
    begin(GET);
    fake_send_head(down.now, 200, SIZE_MAX);
    fill(down.now);
    down_run_only();
    down_expect("");
    down_run();
    assert_null(strstr(down.log, "room room"));
    assert_non_null(strstr(down_news(), " room"));
    assert_int_equal(down.now->response_body.len, 0);
    fake_send(down.now, STR("end"), true);
    down_run();
    down_expect(" gone(done) idle");
}

static void test_gone_while_blocked(void **state) {
    (void) state;
    begin(GET);
    fake_send_head(down.now, 200, SIZE_MAX);
    fill(down.now);
    down_client_close();
    down_expect(" gone(closed 499) close");
}

/* What came before the abort is delivered; the length tells that it is not all. */
static void test_aborted(void **state) {
    (void) state;
    begin(GET);
    fake_send_head(down.now, 200, 10);
    fake_send(down.now, STR("01234"), false);
    fake_abort(down.now);
    down_run();
    down_expect(" gone(cancelled) close");
    expect_got("\r\n\r\n01234");
    assert_true(down.got_end);
}

static void test_aborted_chunks(void **state) {
    (void) state;
    begin(GET);
    fake_send_head(down.now, 200, SIZE_MAX);
    fake_send(down.now, STR("01234"), false);
    fake_abort(down.now);
    down_run();
    down_expect(" gone(cancelled) close");
    assert_string_equal(strstr(down_got(), "\r\n\r\n"), "\r\n\r\n5\r\n01234\r\n");
}

/* A body whose only end is that of the connection must not end in order. */
static void test_aborted_http10(void **state) {
    struct addr remote;
    int fds[2];

    (void) state;
    down_close();
    pair_tcp(fds, &remote);
    down.client = fds[0];
    down.got_end = down.got_reset = false;
    down.got_len = 0;
    down.is_idle = true;
    down.conn = conn_open(fds[1], &remote);
    down.h1 = h1_accept(down.conn, &down_options, &down_service, sizeof(int));
    assert_int_equal(*(int *) h1_owner(down.h1), 0);
    *(int *) h1_owner(down.h1) = 7;
    down_send_only(STR("GET / HTTP/1.0\r\n\r\n"));
    pair_wait_until(down.now != NULL && down.now->request != NULL);
    fake_send_head(down.now, 200, SIZE_MAX);
    fake_send(down.now, STR("01234"), false);
    pair_wait_until((down_receive(), down.got_len > 5 && down.now->response_body.len == 0));
    fake_abort(down.now);
    pair_wait_until((down_receive(), down.got_end || down.got_reset));
    assert_true(down.got_reset);
}

static void test_body_of_wrong_length(void **state) {
    (void) state;
    begin(GET);
    fake_send_head(down.now, 200, 10);
    fake_send(down.now, STR("01234"), true);
    down_run();
    down_expect(" gone(cancelled) close");

    down_open(&down_options);
    begin(GET);
    fake_send_head(down.now, 200, 3);
    fake_send(down.now, STR("01234"), true);
    down_run();
    down_expect(" gone(cancelled) close");
    assert_null(strstr(down_got(), "0123"));
}

/* ---- answers before the request is whole ---- */

static void test_early_answer(void **state) {
    (void) state;
    begin(POST_10);
    fake_answer(down.now, 200, "early");
    down_run();
    expect_got("\r\nConnection: keep-alive\r\n\r\nearly");
    down_expect("");
    down_send("01234");
    assert_int_equal(down.now->request_body.len, 0); /* nobody else reads it now */
    down_send("56789" GET);
    down_expect(" gone(done) idle busy head(GET / HTTP/1.1)");
    fake_answer(down.now, 200, "next");
    down_run();
    expect_got("next");
}

static void test_early_answer_of_large_body(void **state) {
    static char text[50000];
    int i;

    (void) state;
    begin("POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 200000\r\n\r\n");
    memset(text, 'x', sizeof(text));
    down_send_str(str_make(text, sizeof(text)));
    assert_in_range(down.now->request_body.len, 4096, sizeof(text));
    fake_answer(down.now, 200, "early");
    for (i = 0; i < 3; i++) {
        down_run();
        assert_non_null(down.now);
        down_send_str(str_make(text, sizeof(text)));
    }
    assert_true(down.is_idle);
}

/* All of it has come already, and stopped at the full pipe: no event will tell of it again. */
static void test_early_answer_of_waiting_body(void **state) {
    static char text[30000];

    (void) state;
    begin("POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 30000\r\n\r\n");
    memset(text, 'x', sizeof(text));
    down_send_str(str_make(text, sizeof(text)));
    fake_answer(down.now, 200, "early");
    down_run();
    assert_true(down.is_idle);
}

static void test_early_answer_that_closes(void **state) {
    (void) state;
    begin("POST / HTTP/1.1\r\nHost: h\r\nConnection: close\r\nContent-Length: 10\r\n\r\n");
    fake_answer(down.now, 200, "early");
    down_run();
    down_expect(" gone(done)");
    assert_true(down.got_end);
    down_send("0123456789"); /* is dropped, without a reset */
    assert_non_null(down.h1);
    assert_false(down.got_reset);
}

static void test_early_answer_cut_body(void **state) {
    (void) state;
    begin(POST_10);
    fake_answer(down.now, 200, "early");
    down_run();
    down_client_end();
    down_expect(" gone(done) close");
}

static void test_early_answer_bad_body(void **state) {
    (void) state;
    begin(POST_CHUNKED);
    fake_answer(down.now, 200, "early");
    down_run();
    down_send("zz\r\n");
    down_expect(" gone(done)");
    assert_true(down.got_end);
}

static void test_early_answer_lingers(void **state) {
    int i;

    (void) state;
    begin("POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 100\r\n\r\n");
    fake_answer(down.now, 200, "early");
    down_run();
    down_advance(5100);
    down_expect(" gone(done) close");

    down_open(&down_options);
    begin("POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 100\r\n\r\n");
    fake_answer(down.now, 200, "early");
    down_run();
    for (i = 0; i < 7; i++) {
        down_advance(4000);
        down_send("x");
        down_expect("");
    }
    down_advance(2100);
    down_expect(" gone(done) close");
}

/* ---- time ---- */

static void test_body_timeout(void **state) {
    (void) state;
    begin(POST_10);
    down_advance(down_options.body_timeout_ms - 100);
    down_send("0");
    down_advance(down_options.body_timeout_ms - 100);
    assert_non_null(down.now);
    down_advance(200);
    down_expect(" body(1) gone(timed out 408) close");
}

/* A client that is not read from owes nothing; when it is, its time begins. */
static void test_body_timeout_of_full_pipe(void **state) {
    static char text[30000];

    (void) state;
    begin("POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 30001\r\n\r\n");
    memset(text, 'x', sizeof(text));
    down_send_str(str_make(text, sizeof(text)));
    down_advance(10 * down_options.body_timeout_ms);
    assert_non_null(down.now);
    while (down.now->request_body.len > 0) {
        fake_take(down.now, down.now->request_body.len);
        down_run();
    }
    down_advance(down_options.body_timeout_ms - 100);
    assert_non_null(down.now);
    down_advance(200);
    assert_int_equal(down.all[0]->end, LEG_TIMED_OUT);
}

static void test_send_timeout(void **state) {
    (void) state;
    begin(GET);
    fake_send_head(down.now, 200, SIZE_MAX);
    fill(down.now);
    down_ms += down_options.send_timeout_ms - 100;
    clock_fake(down_ms, down_ms);
    down_run_only();
    assert_non_null(down.now);
    down_ms += 200;
    clock_fake(down_ms, down_ms);
    down_run_only();
    down_expect(" gone(timed out 408) close");
}

/* A response that is long in coming is not the client's fault. */
static void test_no_timeout_while_waiting(void **state) {
    int i;

    (void) state;
    begin(GET);
    for (i = 0; i < 10; i++) {
        down_advance(60000);
    }
    fake_send_head(down.now, 200, 4);
    for (i = 0; i < 10; i++) {
        down_advance(60000);
    }
    fake_send(down.now, STR("text"), true);
    down_run();
    down_expect(" gone(done) idle");
}

/* ---- what came of a body with its head ---- */

static void test_bad_body_with_head(void **state) {
    (void) state;
    down_send(POST_CHUNKED "3\r\nab");
    assert_false(down.now->leg->has_bad_body);
    down_send("c\r\n0\r\n\r\n");
    fake_answer(down.now, 200, "x");
    down_run();
    down_send(POST_CHUNKED "zz\r\n" GET);
    assert_true(down.now->leg->has_bad_body);
    assert_non_null(down.now->leg->error);
    fake_answer(down.now, 400, "x");
    down_run();
    expect_got("Connection: close\r\n");
    assert_int_equal(down.count, 2);
}

static void test_announced(void **state) {
    (void) state;
    begin(POST_CHUNKED "100001\r\nhello");
    assert_int_equal(down.now->leg->announced, 0x100001 - 5);
}

/* ---- rates ---- */

static void rate_response(uint64_t rate, uint64_t after) {
    static char text[4000];

    memset(text, 'x', sizeof(text));
    begin(GET);
    down.now->leg->send_rate = rate;
    down.now->leg->send_rate_after = after;
    fake_send_head(down.now, 200, sizeof(text));
    fake_send(down.now, str_make(text, sizeof(text)), true);
    down_run();
}

static size_t body_got(void) {
    return down.got_len - (size_t) (strstr(down.got, "\r\n\r\n") + 4 - down.got);
}

static void test_rate(void **state) {
    (void) state;
    rate_response(1000, 0);
    assert_in_range(body_got(), 900, 1000); /* the head counts */
    down_advance(50);
    assert_in_range(body_got(), 900, 1000); /* no portion worth a call */
    down_advance(450);
    assert_in_range(body_got(), 1300, 1500);
    down_advance(1500);
    assert_in_range(body_got(), 2700, 3000);
    assert_non_null(down.now);
    down_advance(1500);
    assert_int_equal(body_got(), 4000);
    assert_null(down.now);
}

static void test_rate_after(void **state) {
    (void) state;
    rate_response(100, 4200);
    assert_int_equal(body_got(), 4000);
    assert_null(down.now);
}

static void test_rate_and_client_gone(void **state) {
    (void) state;
    rate_response(10, 0);
    down_news();
    down_client_close();
    down_expect(" gone(closed 499) close");
}

static void test_rate_drained(void **state) {
    (void) state;
    rate_response(10, 0);
    down_news();
    h1_drain(down.h1, H1_DRAIN_ALL);
    down_expect(" gone(cancelled 499) close");
}

/* ---- fields behind a body ---- */

static void test_trailers(void **state) {
    (void) state;
    begin(GET);
    down.now->trailers = "X-Sum: 1";
    fake_send_head(down.now, 200, 4);
    down_run();
    expect_got("Transfer-Encoding: chunked\r\n");
    fake_send(down.now, STR("te"), false);
    down_run();
    down_expect(" room");
    fake_send(down.now, STR("xt"), true);
    down_run();
    expect_got("2\r\nte\r\n2\r\nxt\r\n0\r\nX-Sum: 1\r\n\r\n");
    down_expect(" trailers gone(done) idle");
}

static void test_trailers_of_nothing(void **state) {
    (void) state;
    begin(GET);
    down.now->trailers = "X-Sum: 1";
    fake_send_head(down.now, 200, SIZE_MAX);
    down.now->trailers = NULL;
    fake_send(down.now, STR("text"), true);
    down_run();
    expect_got("4\r\ntext\r\n0\r\n\r\n");
    down_expect(" trailers gone(done) idle");
}

/* Neither HTTP/1.0 nor an answer to HEAD has a place for them. */
static void test_trailers_without_place(void **state) {
    (void) state;
    begin("GET / HTTP/1.0\r\n\r\n");
    down.now->trailers = "X-Sum: 1";
    fake_send_head(down.now, 200, 4);
    fake_send(down.now, STR("text"), true);
    down_run();
    expect_got("Content-Length: 4\r\n");
    assert_null(strstr(down.got, "X-Sum"));
    down_expect(" gone(done) close");
    down_open(&down_options);
    begin("HEAD / HTTP/1.1\r\nHost: h\r\n\r\n");
    down.now->trailers = "X-Sum: 1";
    fake_send_head(down.now, 200, 4);
    down_run();
    assert_null(strstr(down.got, "X-Sum"));
    down_expect(" gone(done) idle");
}

/* ---- another protocol ---- */

#define UPGRADE "GET / HTTP/1.1\r\nHost: h\r\nUpgrade: x\r\nConnection: upgrade\r\n\r\n"

static void test_switch(void **state) {
    size_t len;

    (void) state;
    begin(UPGRADE "bytes");
    assert_true(str_is(down.now->request->upgrade, "x"));
    fake_send_head(down.now, 101, 0);
    down_run();
    expect_got("HTTP/1.1 101 Switching Protocols\r\nConnection: upgrade\r\nUpgrade: x\r\n\r\n");
    down_expect(" switched");
    while (conn_recv(down.conn, 100, &len) == CONN_OK) { /* they came with the head, or later */
    }
    assert_true(str_is(buf_bytes(&down.conn->in), "bytes"));
    down_advance(1000000); /* nothing of HTTP ends it */
    down_expect("");
    buf_free(&down.conn->in);
    h1_end_switched(down.now->leg, LEG_DONE);
    down_expect(" gone(done)");
    down_run();
    assert_true(down.got_end);
    down_client_close();
    down_expect(" close");
}

static void test_switch_without_lingering(void **state) {
    struct h1_options options = down_options;

    (void) state;
    options.lingering = H1_LINGERS_NEVER;
    begin(UPGRADE);
    h1_set_options(down.h1, &options);
    fake_send_head(down.now, 101, 0);
    down_run();
    down_news();
    h1_end_switched(down.now->leg, LEG_CLOSED);
    down_expect(" gone(closed) close");
}

static void test_switch_refused(void **state) {
    (void) state;
    begin(UPGRADE GET);
    fake_answer(down.now, 403, "no");
    down_run();
    down_expect(" gone(done) idle busy head(GET / HTTP/1.1)");
    fake_answer(down.now, 200, "x");
    down_run();
}

/* A drain that lets nothing go on ends it; one that does not leaves it alone. */
static void test_switch_drained(void **state) {
    (void) state;
    begin(UPGRADE);
    fake_send_head(down.now, 101, 0);
    down_run();
    h1_drain(down.h1, H1_DRAIN_POLITE);
    h1_drain(down.h1, H1_DRAIN_IDLE);
    down_run();
    down_expect(" switched");
    h1_drain(down.h1, H1_DRAIN_ALL);
    down_expect(" gone(cancelled 499) close");
}

/* The client leaves before it has got the 101. */
static void test_switch_reset_by_exchange(void **state) {
    (void) state;
    begin(UPGRADE);
    fake_send_head(down.now, 101, 0);
    fake_reset(down.now);
    down_run();
    down_expect(" close");
}

int main(void) {
    const struct CMUnitTest tests[] = {
        down_test(test_body_in_pieces),
        down_test(test_body_with_head),
        down_test(test_back_pressure),
        down_test(test_shares_the_loop),
        down_test(test_cut_body),
        down_test(test_bad_chunk),
        down_test(test_bad_chunk_within_response),
        down_test(test_continue),
        down_test(test_continue_later),
        down_test(test_continue_never),
        down_test_together(test_continue_not_needed),
        down_test(test_continue_refused),
        down_test(test_continue_of_http10),
        down_test(test_interim),
        down_test(test_chunks),
        down_test(test_http10_until_end),
        down_test(test_head_request),
        down_test(test_heads_are_counted),
        down_test(test_response_back_pressure),
        down_test(test_gone_while_blocked),
        down_test(test_aborted),
        down_test(test_aborted_chunks),
        down_test(test_aborted_http10),
        down_test(test_body_of_wrong_length),
        down_test(test_early_answer),
        down_test(test_early_answer_of_large_body),
        down_test(test_early_answer_of_waiting_body),
        down_test(test_early_answer_that_closes),
        down_test(test_early_answer_cut_body),
        down_test(test_early_answer_bad_body),
        down_test(test_early_answer_lingers),
        down_test(test_body_timeout),
        down_test(test_body_timeout_of_full_pipe),
        down_test(test_send_timeout),
        down_test(test_no_timeout_while_waiting),
        down_test_together(test_bad_body_with_head),
        down_test(test_announced),
        down_test(test_rate),
        down_test(test_rate_after),
        down_test(test_rate_and_client_gone),
        down_test(test_rate_drained),
        down_test(test_trailers),
        down_test(test_trailers_of_nothing),
        down_test(test_trailers_without_place),
        down_test(test_switch),
        down_test(test_switch_without_lingering),
        down_test(test_switch_refused),
        down_test(test_switch_drained),
        down_test(test_switch_reset_by_exchange),
    };

    return cmocka_run_group_tests_name("codec/h1_transfer", tests, NULL, NULL);
}
