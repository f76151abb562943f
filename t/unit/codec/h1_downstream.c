/* SPDX-License-Identifier: BSD-2-Clause */
/* Tests of codec/h1_downstream: one request after the other on a client's connection, and every way
 * in which it ends. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "downstream.h"

#define GET "GET /a HTTP/1.1\r\nHost: h\r\n\r\n"

/* ---- one after the other ---- */

static void test_two_requests(void **state) {
    (void) state;
    down_send(GET);
    down_expect(" busy head(GET /a HTTP/1.1)");
    fake_answer(down.now, 200, "one");
    down_run();
    down_expect(" gone(done) idle");
    assert_string_equal(down_got(), "HTTP/1.1 200 OK\r\nContent-Length: 3\r\n"
                                    "Connection: keep-alive\r\n\r\none");
    down_send("GET /b HTTP/1.1\r\nHost: h\r\n\r\n");
    down_expect(" busy head(GET /b HTTP/1.1)");
    fake_answer(down.now, 204, "");
    down_run();
    down_expect(" gone(done) idle");
    assert_string_equal(down_got(), "HTTP/1.1 204 No Content\r\nConnection: keep-alive\r\n\r\n");
    assert_int_equal(down.conn->side->requests, 2);
}

static void test_pipelined(void **state) {
    unsigned i;

    (void) state;
    down.answers = answer_with_number;
    down_send("GET /1 HTTP/1.1\r\nHost: h\r\n\r\n"
              "POST /2 HTTP/1.1\r\nHost: h\r\nContent-Length: 4\r\n\r\nbody"
              "GET /3 HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n");
    assert_int_equal(down.count, 3);
    for (i = 0; i < 3; i++) {
        assert_int_equal(down.all[i]->end, LEG_DONE);
    }
    assert_true(strstr(strstr(strstr(down.got, "answer 1"), "answer 2"), "answer 3") != NULL);
    assert_true(down.got_end);
    assert_null(down.h1);
}

/* Requests that wait in the buffer are served one a round, and leave others their turn. */
static void test_pipelined_many(void **state) {
    char text[60 * 30] = "";
    unsigned i;

    (void) state;
    down.answers = answer_with_number;
    for (i = 0; i < 60; i++) {
        strcat(text, GET);
    }
    down_send_only(str_from(text));
    loop_turn(0);
    assert_in_range(down.count, 16, 40);
    down_run();
    assert_int_equal(down.count, 60);
    assert_true(down.is_idle);
}

/* A request that came while another was served was told by an event then, and by none later. */
static void test_request_behind_another(void **state) {
    (void) state;
    down_send(GET);
    down_send("GET /b HTTP/1.1\r\nHost: h\r\n\r\n");
    down_expect(" busy head(GET /a HTTP/1.1)");
    fake_answer(down.now, 200, "one");
    down_run();
    down_expect(" gone(done) idle busy head(GET /b HTTP/1.1)");
}

static void test_byte_by_byte(void **state) {
    const char *text = "\r\nPOST /p HTTP/1.1\r\nHost: h\r\nX-A: b\r\n"
                       "Transfer-Encoding: chunked\r\n\r\n"
                       "4;x=y\r\nabcd\r\n1\r\ne\r\n0\r\nT: u\r\n\r\n";
    unsigned i;

    (void) state;
    for (i = 0; text[i] != '\0'; i++) {
        assert_null(down.now != NULL && down.now->is_request_told ? down.now : NULL);
        down_send_str(str_make(text + i, 1));
    }
    assert_true(down.now->is_request_told);
    assert_string_equal(down_got(), "");
    assert_true(str_equal(pipe_peek(&down.now->request_body), STR("abcde")));
    fake_answer(down.now, 200, "x");
    down_run();
    assert_true(down.is_idle);
}

static void test_idle_holds_no_buffer(void **state) {
    (void) state;
    down.answers = answer_with_number;
    down_send(GET);
    assert_true(down.is_idle);
    assert_null(down.conn->in.data);
    assert_int_equal(down.conn->is_readable, false);
}

/* ---- keep-alive ---- */

static void expect_close_after(const struct h1_options *options, const char *request) {
    down_close();
    down_open(options);
    down.answers = answer_with_number;
    down_send(request);
    assert_non_null(strstr(down_got(), "\r\nConnection: close\r\n"));
    assert_true(down.got_end);
    assert_null(down.h1);
}

static void test_keepalive_limits(void **state) {
    struct h1_options options = down_options;

    (void) state;
    options.keepalive_requests = 1;
    expect_close_after(&options, GET);
    options = down_options;
    options.keepalive_timeout_ms = 0;
    expect_close_after(&options, GET);
    options = down_options;
    options.keepalive_time_ms = 0;
    expect_close_after(&options, GET);
    expect_close_after(&down_options, "GET / HTTP/1.0\r\n\r\n");
    expect_close_after(&down_options, "GET / HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n");
}

static void test_keepalive_of_http10(void **state) {
    (void) state;
    down.answers = answer_with_number;
    down_send("GET / HTTP/1.0\r\nConnection: keep-alive\r\n\r\n");
    assert_non_null(strstr(down_got(), "\r\nConnection: keep-alive\r\n"));
    assert_true(down.is_idle);
}

/* The server, and with it the limits, is known after the head. */
static void test_options_of_server(void **state) {
    struct h1_options options = down_options;

    (void) state;
    options.keepalive_timeout_ms = 0;
    down_send(GET);
    h1_set_options(down.h1, &options);
    fake_answer(down.now, 200, "x");
    down_run();
    assert_non_null(strstr(down_got(), "\r\nConnection: close\r\n"));
    assert_true(down.got_end);
}

static void test_idle_timeouts(void **state) {
    (void) state;
    down_advance(down_options.header_timeout_ms - 100);
    assert_non_null(down.h1);
    down_advance(200);
    down_expect(" close");
    assert_true(down.got_end);

    down_open(&down_options);
    down.answers = answer_with_number;
    down_send(GET);
    down_advance(down_options.keepalive_timeout_ms - 100);
    assert_non_null(down.h1);
    down_advance(200);
    assert_null(down.h1);
}

/* ---- heads that are none ---- */

static void test_bad_head(void **state) {
    (void) state;
    down.answers = answer_with_number;
    down_send("GET / HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\nGET / HTTP/1.1\r\n");
    down_expect(" busy bad(400) gone(done)");
    assert_non_null(strstr(down_got(), "HTTP/1.1 400 "));
    assert_true(str_is(down.all[0]->leg == NULL ? STR("") : STR("leg"), ""));
    assert_true(down.got_end);
    assert_non_null(down.h1); /* it lingers */
    down_client_close();
    down_expect(" close");
}

static void test_bad_version(void **state) {
    (void) state;
    down.answers = answer_with_number;
    down_send("GET / HTTP/2.0\r\n\r\n");
    down_expect(" busy bad(505) gone(done)");
    assert_true(down.got_end);
}

static void test_too_long_line(void **state) {
    static char text[9000];

    (void) state;
    down.answers = answer_with_number;
    memset(text, 'a', sizeof(text) - 1);
    memcpy(text, "GET /", 5);
    down_send(text);
    assert_int_equal(down.all[0]->bad_status, 414);
    assert_non_null(strstr(down_got(), "HTTP/1.1 414 "));
}

/* A head may fill the large buffers together, and no line more than one. */
static void test_large_head(void **state) {
    static char text[40000], line[7000];
    unsigned i;

    (void) state;
    down.answers = answer_with_number;
    memset(line, 'v', sizeof(line) - 1);
    strcpy(text, "GET / HTTP/1.1\r\nHost: h\r\n");
    for (i = 0; i < 4; i++) {
        sprintf(text + strlen(text), "X-%u: %s\r\n", i, line);
    }
    down_send(text);
    down_expect(" busy");
    down_send("\r\n");
    assert_int_equal(down.all[0]->end, LEG_DONE);
    assert_int_equal(down.all[0]->request->field_count, 5);
    strcat(text, "X-5: ");
    strcat(text, line);
    down_send(text);
    assert_int_equal(down.all[1]->bad_status, 494);
}

static void test_large_line(void **state) {
    static char text[9000];

    (void) state;
    down.answers = answer_with_number;
    memset(text, 'v', sizeof(text) - 1);
    memcpy(text, "GET / HTTP/1.1\r\nHost: h\r\nX: ", 28);
    down_send(text);
    assert_int_equal(down.all[0]->bad_status, 494);
    assert_true(str_is(down.all[0]->response.reason, ""));
}

/* ---- the client goes ---- */

static void test_gone_before_request(void **state) {
    (void) state;
    down_client_close();
    down_expect(" close");
    assert_int_equal(down.count, 0);
}

static void test_gone_in_head(void **state) {
    (void) state;
    down_send("GET /half HTTP/1.1\r\nHo");
    down_expect(" busy");
    assert_ptr_equal(down.now, down.all[0]);
    down_client_end();
    down_expect(" gone(closed 400) close");
}

/* What is known of a head that does not come to its end is there for the log. */
static void test_cut_head_is_known(void **state) {
    struct leg *leg;

    (void) state;
    down_send("GET /half HTTP/1.1\r\nHo");
    down_news();
    leg = down.now->leg;
    assert_null(leg->head);
    down_advance(down_options.header_timeout_ms + 100);
    assert_true(str_is(leg->head->request_line, "GET /half HTTP/1.1"));
    down_expect(" gone(timed out 408) close");
}

static void test_gone_while_waiting(void **state) {
    (void) state;
    down_send(GET);
    down_client_close();
    down_expect(" busy head(GET /a HTTP/1.1) gone(closed 499) close");
}

/* Who has sent its next request and the end of its stream still wants what it has asked for. */
static void test_end_behind_pipelined(void **state) {
    (void) state;
    down_send(GET GET);
    down_client_end();
    assert_non_null(down.now);
    fake_answer(down.now, 200, "1");
    down_run();
    assert_int_equal(down.count, 2);
}

static void test_gone_while_idle(void **state) {
    (void) state;
    down.answers = answer_with_number;
    down_send(GET);
    assert_true(down.is_idle);
    down_news();
    down_client_close();
    down_expect(" close");
}

static void test_reset_by_exchange(void **state) {
    (void) state;
    down_send(GET);
    down_news();
    fake_reset(down.now);
    down_run();
    down_expect(" close");
    assert_true(down.got_end);
    assert_string_equal(down_got(), "");
}

static void answer_by_reset(struct fake *fake) {
    fake_reset(fake);
}

static void test_reset_in_the_event(void **state) {
    (void) state;
    down.answers = answer_by_reset;
    down_send(GET);
    down_expect(" busy head(GET /a HTTP/1.1) close");
}

/* ---- lingering ---- */

/* Bytes that came before the end of the connection do not turn it into a reset. */
static void test_linger_drops_input(void **state) {
    (void) state;
    down_send("GET / HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n");
    down_send_only(STR("junk"));
    fake_answer(down.now, 200, "whole");
    down_run();
    assert_true(down.got_end);
    assert_false(down.got_reset);
    assert_non_null(strstr(down_got(), "whole"));
    assert_non_null(down.h1);
    down_send("more junk");
    assert_non_null(down.h1);
    down_client_close();
    assert_null(down.h1);
    assert_false(down.got_reset);
}

static void test_linger_ends_by_itself(void **state) {
    int i;

    (void) state;
    down.answers = answer_with_number;
    down_send("GET / HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\njunk");
    down_advance(4900);
    assert_non_null(down.h1);
    down_advance(200);
    assert_null(down.h1); /* five seconds without a byte */

    down_close();
    down_open(&down_options);
    down_send("GET / HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\njunk");
    for (i = 0; i < 7; i++) {
        down_advance(4000);
        down_send("x");
        assert_non_null(down.h1);
    }
    down_advance(2100);
    assert_null(down.h1); /* thirty seconds in all */
}

static enum conn_result endless_shutdown(struct conn *conn) {
    (void) conn;
    return CONN_OK;
}

/* A client that sends without pause has its turn and no more. */
static void test_linger_shares_the_loop(void **state) {
    struct conn_transport endless = conn_plain;
    uint64_t before;
    int i;

    (void) state;
    down.answers = answer_with_number;
    down_send("GET / HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\njunk");
    assert_non_null(down.h1);
    endless.recv = endless_recv;
    endless.shutdown = endless_shutdown;
    down.conn->transport = &endless;
    before = down.conn->bytes_received;
    down_send_only(STR("x"));
    for (i = 0; i < 3; i++) {
        loop_turn(0);
    }
    assert_in_range(down.conn->bytes_received - before, 2 * CONN_TURN_BYTES, 7 * CONN_TURN_BYTES);
    down.conn->transport = &conn_plain;
}

/* ---- what the options say of ends ---- */

static void open_with(const struct h1_options *options) {
    down_close();
    down_open(options);
    down_news();
}

static void test_keepalive_header(void **state) {
    struct h1_options options = down_options;

    (void) state;
    options.keepalive_header_s = 20;
    open_with(&options);
    down.answers = answer_with_number;
    down_send(GET);
    assert_non_null(strstr(down_got(), "\r\nKeep-Alive: timeout=20\r\nConnection: keep-alive\r\n"));
    down_send("GET / HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n");
    assert_null(strstr(down_got(), "Keep-Alive"));
}

/* What a client still sends: read for a while, not at all, or in any case. */
static void test_lingering(void **state) {
    struct h1_options options = down_options;
    const char *half = "POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 10\r\n"
                       "Connection: close\r\n\r\n";

    (void) state;
    options.lingering = H1_LINGERS_NEVER;
    open_with(&options);
    down.answers = answer_with_number;
    down_send(half);
    assert_null(down.h1);
    options.lingering = H1_LINGERS_ALWAYS;
    options.linger_pause_ms = 100;
    open_with(&options);
    down_send("GET / HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n");
    assert_true(down.got_end);
    assert_non_null(down.h1);
    down_advance(150);
    assert_null(down.h1);
    options.lingering = H1_LINGERS_IF_DUE;
    options.linger_total_ms = 200;
    open_with(&options);
    down_send(half);
    assert_non_null(down.h1);
    down_advance(90);
    down_send("a");
    assert_non_null(down.h1);
    down_advance(90);
    down_send("a");
    down_advance(90);
    assert_null(down.h1);
}

static void test_timed_out_is_reset(void **state) {
    struct h1_options options = down_options;

    (void) state;
    options.resets_timed_out = true;
    open_with(&options);
    down_send("GET / HT");
    down_advance(60000);
    assert_int_equal(down.all[down.count - 1]->end, LEG_TIMED_OUT);
    assert_null(down.h1);
}

static void test_reset_of_exchange(void **state) {
    (void) state;
    down_send(GET);
    down.now->leg->resets_connection = true;
    fake_reset(down.now);
    down_run();
    assert_null(down.h1);
}

static void test_no_chunks(void **state) {
    struct h1_options options = down_options;

    (void) state;
    options.sends_no_chunks = true;
    open_with(&options);
    down_send(GET);
    fake_send_head(down.now, 200, SIZE_MAX);
    fake_send(down.now, STR("text"), true);
    down_run();
    assert_null(strstr(down.got, "chunked"));
    assert_non_null(strstr(down_got(), "\r\nConnection: close\r\n\r\ntext"));
    assert_true(down.got_end);
}

/* ---- draining ---- */

static void test_drain_keeps_for_a_while(void **state) {
    struct h1_options options = down_options;

    (void) state;
    options.keepalive_min_ms = 5000;
    open_with(&options);
    down.answers = answer_with_number;
    down_send(GET);
    down_advance(2000);
    h1_drain(down.h1, H1_DRAIN_IDLE);
    down_run();
    down_advance(2000);
    assert_non_null(down.h1);
    down_advance(1100);
    assert_null(down.h1);
    open_with(&options);
    down_send(GET);
    down_advance(2000);
    h1_drain(down.h1, H1_DRAIN_POLITE);
    down_send(GET);
    assert_non_null(strstr(down_got(), "Connection: close\r\n"));
    assert_null(down.h1);
}

static void test_drain_polite(void **state) {
    (void) state;
    down_send(GET);
    h1_drain(down.h1, H1_DRAIN_POLITE);
    fake_answer(down.now, 200, "x");
    down_run();
    assert_non_null(strstr(down_got(), "\r\nConnection: close\r\n"));
    assert_true(down.got_end);

    down_open(&down_options);
    h1_drain(down.h1, H1_DRAIN_POLITE);
    down_advance(900);
    assert_non_null(down.h1);
    down.answers = answer_with_number;
    down_send(GET);
    assert_non_null(strstr(down_got(), "\r\nConnection: close\r\n"));
    assert_true(down.got_end);

    down_open(&down_options);
    h1_drain(down.h1, H1_DRAIN_POLITE);
    down_advance(1100);
    assert_true(down.got_end);
    assert_null(down.h1);
}

/* An answer that has promised to keep the connection does so, for a second. */
static void test_drain_after_head(void **state) {
    (void) state;
    down_send(GET);
    fake_send_head(down.now, 200, 4);
    down_run();
    h1_drain(down.h1, H1_DRAIN_POLITE);
    fake_send(down.now, STR("text"), true);
    down_run();
    assert_true(down.is_idle);
    down_advance(1100);
    assert_null(down.h1);
}

static void test_drain_idle(void **state) {
    (void) state;
    down_news();
    h1_drain(down.h1, H1_DRAIN_IDLE);
    down_expect(" close");
    down_run();
    assert_true(down.got_end);

    down_open(&down_options);
    down_send(GET);
    fake_send_head(down.now, 200, 4);
    h1_drain(down.h1, H1_DRAIN_IDLE);
    assert_non_null(down.now);
    fake_send(down.now, STR("text"), true);
    down_run();
    assert_null(down.h1);
}

/* A request that has come, and was not read yet, is served. */
static void test_drain_idle_with_request(void **state) {
    (void) state;
    down.answers = answer_with_number;
    down.conn->is_readable = true;
    h1_drain(down.h1, H1_DRAIN_IDLE);
    assert_non_null(down.h1);
    down_send(GET);
    assert_non_null(strstr(down_got(), "answer 1"));
    assert_true(down.got_end);
}

static void test_drain_all(void **state) {
    (void) state;
    down_send(GET);
    down_news();
    h1_drain(down.h1, H1_DRAIN_ALL);
    down_expect(" gone(cancelled 499) close");

    down_open(&down_options);
    h1_drain(down.h1, H1_DRAIN_ALL);
    down_expect(" close");
}

static void test_drain_all_lingering(void **state) {
    (void) state;
    down.answers = answer_with_number;
    down_send("GET / HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\njunk");
    down_news();
    h1_drain(down.h1, H1_DRAIN_ALL);
    down_expect(" close");
}

int main(void) {
    const struct CMUnitTest tests[] = {
        down_test(test_two_requests),
        down_test(test_pipelined),
        down_test(test_pipelined_many),
        down_test(test_request_behind_another),
        down_test(test_byte_by_byte),
        down_test(test_idle_holds_no_buffer),
        down_test(test_keepalive_limits),
        down_test(test_keepalive_of_http10),
        down_test(test_options_of_server),
        down_test(test_idle_timeouts),
        down_test(test_bad_head),
        down_test(test_bad_version),
        down_test(test_too_long_line),
        down_test(test_large_head),
        down_test(test_large_line),
        down_test(test_gone_before_request),
        down_test(test_gone_in_head),
        down_test(test_cut_head_is_known),
        down_test(test_gone_while_waiting),
        down_test(test_end_behind_pipelined),
        down_test(test_gone_while_idle),
        down_test(test_reset_by_exchange),
        down_test(test_reset_in_the_event),
        down_test(test_linger_drops_input),
        down_test_together(test_linger_ends_by_itself),
        down_test_together(test_linger_shares_the_loop),
        down_test(test_keepalive_header),
        down_test(test_lingering),
        down_test(test_timed_out_is_reset),
        down_test(test_reset_of_exchange),
        down_test(test_no_chunks),
        down_test(test_drain_keeps_for_a_while),
        down_test(test_drain_polite),
        down_test(test_drain_after_head),
        down_test(test_drain_idle),
        down_test(test_drain_idle_with_request),
        down_test(test_drain_all),
        down_test_together(test_drain_all_lingering),
    };

    return cmocka_run_group_tests_name("codec/h1_downstream", tests, NULL, NULL);
}
