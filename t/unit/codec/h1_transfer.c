/* SPDX-License-Identifier: BSD-2-Clause */
/* Tests of codec/h1_transfer: a request's body, whole, cut, held up, and answers that are early or
 * late for it. */
#include "transfers.h"

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
    };

    return cmocka_run_group_tests_name("codec/h1_transfer", tests, NULL, NULL);
}
