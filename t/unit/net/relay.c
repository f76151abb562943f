/* SPDX-License-Identifier: BSD-2-Clause */
/* Tests of net/relay: what goes in comes out, and every way in which a relay ends. */
#include "relays.h"

/* ---- small traffic ---- */

static void the_server_may_speak_first(void **state) {
    (void) state;
    start(&usual);
    say(rig.server, "220 hello");
    hear(rig.client, "220 hello");
    say(rig.client, "EHLO");
    hear(rig.server, "EHLO");
    assert_int_equal(rig.relay.up.moved, 4);
    assert_int_equal(rig.relay.down.moved, 9);
    assert_int_equal(rig.relay.down.first_byte_ms, now_ms);
    assert_int_equal(rig.downstream->bytes_received, 4);
    assert_int_equal(rig.downstream->bytes_sent, 9);
    assert_int_equal(rig.upstream->bytes_received, 9);
    assert_int_equal(rig.upstream->bytes_sent, 4);
}

static void bytes_pass_one_by_one(void **state) {
    char text[2] = "a";
    int i;

    (void) state;
    start(&usual);
    for (i = 0; i < 200; i++) {
        text[0] = (char) ('a' + i % 26);
        say(i % 2 == 0 ? rig.client : rig.server, text);
        hear(i % 2 == 0 ? rig.server : rig.client, text);
    }
}

static void what_was_read_before_goes_first(void **state) {
    (void) state;
    rig_open(&rig, pair_tcp, pair_tcp);
    assert_true(buf_append(&rig.downstream->in, STR("early "), 1024));
    assert_true(buf_append(&rig.upstream->in, STR("greeting "), 1024));
    rig_start(&rig, &usual);
    say(rig.client, "late");
    say(rig.server, "more");
    hear(rig.server, "early late");
    hear(rig.client, "greeting more");
}

static void an_idle_relay_holds_no_buffer(void **state) {
    (void) state;
    start(&usual);
    say(rig.server, "hello");
    hear(rig.client, "hello");
    assert_null(rig.downstream->in.data);
    assert_null(rig.upstream->in.data);
    assert_null(rig.relay.down.pipe);
}

static unsigned recv_calls, send_calls;

static enum conn_result counted_recv(struct conn *conn, char *data, size_t room, size_t *len) {
    recv_calls++;
    return conn_plain.recv(conn, data, room, len);
}

static enum conn_result counted_send(struct conn *conn, const struct iovec *iov, int count,
                                     size_t *len) {
    send_calls++;
    return conn_plain.send(conn, iov, count, len);
}

static void a_message_costs_one_recv_and_one_send(void **state) {
    static struct conn_transport counted;
    int i;

    (void) state;
    counted = conn_plain;
    counted.recv = counted_recv;
    counted.send = counted_send;
    rig_open(&rig, pair_tcp, pair_tcp);
    rig.downstream->transport = rig.upstream->transport = &counted;
    rig_start(&rig, &usual);
    say(rig.client, "warm");
    hear(rig.server, "warm");
    recv_calls = send_calls = 0;
    for (i = 0; i < 100; i++) {
        say(rig.client, "ping");
        hear(rig.server, "ping");
        say(rig.server, "pong");
        hear(rig.client, "pong");
    }
    assert_int_equal(recv_calls, 200);
    assert_int_equal(send_calls, 200);
}

/* ---- ends ---- */

static void the_client_ends_first_and_hears_the_answer(void **state) {
    (void) state;
    start(&usual);
    say(rig.client, "question");
    shutdown(rig.client, SHUT_WR);
    hear(rig.server, "question");
    hear_end(rig.server);
    assert_int_equal(rig.ends, 0);
    say(rig.server, "answer");
    hear(rig.client, "answer");
    shutdown(rig.server, SHUT_WR);
    hear_end(rig.client);
    wait_end(RELAY_DONE);
}

static void the_server_ends_first_and_hears_the_rest(void **state) {
    (void) state;
    start(&usual);
    say(rig.server, "bye");
    shutdown(rig.server, SHUT_WR);
    hear(rig.client, "bye");
    hear_end(rig.client);
    assert_int_equal(rig.ends, 0);
    say(rig.client, "rest");
    hear(rig.server, "rest");
    shutdown(rig.client, SHUT_WR);
    wait_end(RELAY_DONE);
    hear_end(rig.server);
}

static void both_end_at_once(void **state) {
    (void) state;
    start(&usual);
    say(rig.server, "a");
    say(rig.client, "b");
    shutdown(rig.server, SHUT_WR);
    shutdown(rig.client, SHUT_WR);
    wait_end(RELAY_DONE);
    hear(rig.client, "a");
    hear(rig.server, "b");
    hear_end(rig.client);
    hear_end(rig.server);
}

static void without_half_close_the_first_end_is_the_last(void **state) {
    struct relay_options options = usual;

    (void) state;
    options.keeps_half_open = false;
    start(&options);
    say(rig.client, "question");
    hear(rig.server, "question");
    shutdown(rig.client, SHUT_WR);
    wait_end(RELAY_DONE);
}

static void without_half_close_all_in_flight_is_delivered(void **state) {
    struct relay_options options = usual;
    struct stream download;
    char last[2];

    (void) state;
    options.keeps_half_open = false;
    start(&options);
    jam_pipe(&download);
    say(rig.client, "ok");
    shutdown(rig.client, SHUT_WR);
    loop_turn(0);
    loop_turn(0);
    assert_int_equal(rig.ends, 0);
    assert_int_equal(recv(rig.server, last, 2, 0), 2);
    while (rig.ends == 0) {
        stream_read(&download);
        loop_turn(0);
    }
    assert_int_equal(rig.end, RELAY_DONE);
}

static void bulk_ends_in_order(void **state) {
    struct stream download, none;

    (void) state;
    start(&usual);
    stream_init(&none, rig.client, rig.server, 0);
    stream_init(&download, rig.server, rig.client, 8 * MB);
    while (download.sent < download.len) {
        stream_write(&download);
        loop_turn(0);
        stream_read(&download);
    }
    shutdown(rig.server, SHUT_WR);
    carry(&none, &download);
    hear_end(rig.client);
    shutdown(rig.client, SHUT_WR);
    wait_end(RELAY_DONE);
}

static void a_client_that_resets_is_lost(void **state) {
    (void) state;
    start(&usual);
    say(rig.client, "last words");
    loop_turn(0);
    reset(&rig.client);
    wait_end(RELAY_DOWNSTREAM_LOST);
    assert_int_equal(rig.downstream->error, ECONNRESET);
    hear(rig.server, "last words");
}

static void a_server_that_resets_is_lost(void **state) {
    (void) state;
    start(&usual);
    say(rig.server, "last words");
    reset(&rig.server);
    wait_end(RELAY_UPSTREAM_LOST);
    assert_int_equal(rig.upstream->error, ECONNRESET);
    hear(rig.client, "last words");
}

static void a_failed_send_still_brings_the_last_words(void **state) {
    (void) state;
    rig_open(&rig, pair_tcp, pair_tcp);
    say(rig.server, "error: go away");
    loop_turn(0);
    reset(&rig.server);
    loop_turn(0);
    assert_true(buf_append(&rig.downstream->in, STR("request"), 1024));
    rig_start(&rig, &usual);
    wait_end(RELAY_UPSTREAM_LOST);
    hear(rig.client, "error: go away");
}

static void a_reset_in_mid_flow_ends_it(void **state) {
    struct stream download;

    (void) state;
    start(&usual);
    jam_pipe(&download);
    reset(&rig.client);
    wait_end(RELAY_DOWNSTREAM_LOST);
    assert_null(rig.relay.down.pipe);
}

static void a_reset_of_the_sender_lets_what_came_arrive(void **state) {
    struct stream download;
    size_t held;

    (void) state;
    start(&usual);
    jam_pipe(&download);
    held = (size_t) rig.relay.down.moved + rig.relay.down.in_pipe;
    reset(&rig.server);
    loop_turn(0);
    assert_int_equal(rig.ends, 0);
    while (rig.ends == 0) {
        stream_read(&download);
        loop_turn(0);
    }
    assert_int_equal(rig.end, RELAY_UPSTREAM_LOST);
    assert_true(rig.relay.down.moved >= held);
}

/* ---- time ---- */

static void nothing_moves_for_the_idle_time(void **state) {
    (void) state;
    start(&usual);
    loop_turn(0);
    set_clock(now_ms + usual.idle_ms - 100);
    say(rig.server, "still here");
    hear(rig.client, "still here");
    set_clock(now_ms + usual.idle_ms - 100);
    loop_turn(0);
    assert_int_equal(rig.ends, 0);
    set_clock(now_ms + 200);
    wait_end(RELAY_IDLE);
}

static void a_rate_is_kept(void **state) {
    struct relay_options options = usual;
    struct stream download;
    int64_t start_ms;
    int i, tenths;

    (void) state;
    options.download_rate = 100 * 1000;
    start(&options);
    start_ms = now_ms;
    stream_init(&download, rig.server, rig.client, 4 * MB);
    for (tenths = 0; tenths <= 100; tenths++) {
        set_clock(start_ms + tenths * 100);
        for (i = 0; i < 20; i++) {
            stream_write(&download);
            loop_turn(0);
            stream_read(&download);
        }
        /* A second's share may come at once; a tenth's may be late. */
        assert_true(rig.relay.down.moved <= 100 * 1000 + (uint64_t) tenths * 10 * 1000);
        assert_true(rig.relay.down.moved + 30 * 1000 >= 100 * 1000 + (uint64_t) tenths * 10 * 1000);
    }
    say(rig.client, "not limited");
    hear(rig.server, "not limited");
}

static void a_high_rate_may_be_spliced(void **state) {
    struct relay_options options = usual;
    struct stream download;
    int turns;

    (void) state;
    options.download_rate = 4 * MB;
    start(&options);
    stream_init(&download, rig.server, rig.client, 16 * MB);
    seen_bulk = false;
    for (turns = 0; turns < 2000; turns++) {
        stream_write(&download);
        loop_turn(0);
        seen_bulk |= rig.relay.down.is_bulk;
        stream_read(&download);
    }
    assert_true(seen_bulk);
    assert_int_equal(rig.relay.down.moved, 4 * MB);
    set_clock(now_ms + 1000);
    for (turns = 0; turns < 2000; turns++) {
        stream_write(&download);
        loop_turn(0);
        stream_read(&download);
    }
    assert_int_equal(rig.relay.down.moved, 8 * MB);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        TEST(the_server_may_speak_first),
        TEST(bytes_pass_one_by_one),
        TEST(what_was_read_before_goes_first),
        TEST(an_idle_relay_holds_no_buffer),
        TEST(a_message_costs_one_recv_and_one_send),
        TEST(the_client_ends_first_and_hears_the_answer),
        TEST(the_server_ends_first_and_hears_the_rest),
        TEST(both_end_at_once),
        TEST(without_half_close_the_first_end_is_the_last),
        TEST(without_half_close_all_in_flight_is_delivered),
        TEST(bulk_ends_in_order),
        TEST(a_client_that_resets_is_lost),
        TEST(a_server_that_resets_is_lost),
        TEST(a_failed_send_still_brings_the_last_words),
        TEST(a_reset_in_mid_flow_ends_it),
        TEST(a_reset_of_the_sender_lets_what_came_arrive),
        TEST(nothing_moves_for_the_idle_time),
        TEST(a_rate_is_kept),
        TEST(a_high_rate_may_be_spliced),
    };

    return cmocka_run_group_tests_name("net/relay", tests, NULL, NULL);
}
