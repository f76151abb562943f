/* SPDX-License-Identifier: BSD-2-Clause */
/* Tests of codec/h1_transfer: the response, whole, broken off, held up, at a rate, with fields
 * behind it; and what follows a 101. */
#include "transfers.h"

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

    return cmocka_run_group_tests_name("codec/h1_transfer_response", tests, NULL, NULL);
}
