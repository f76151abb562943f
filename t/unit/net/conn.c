/* SPDX-License-Identifier: BSD-2-Clause */
/* Tests of net/conn: what is read and sent, when the flags change, and how a connection ends. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "base/dies.h"
#include "base/panic.h"
#include "net/conn.h"
#include "pair.h"

#include <netinet/tcp.h>
#include <stdio.h>

static struct conn *conn; /* the end that is tested */
static int other = -1;    /* and the one that is not */
static unsigned events;   /* on_ready calls */

static void count_event(struct conn *ready) {
    assert_ptr_equal(ready, conn);
    events++;
}

static void open_conn(void (*make)(int fds[2], struct addr *remote)) {
    struct addr remote;
    int fds[2];

    make(fds, &remote);
    conn = conn_open(fds[0], &remote);
    assert_non_null(conn);
    conn->on_ready = count_event;
    other = fds[1];
    /* The first event tells what the kernel thinks of a new socket. */
    conn->is_readable = conn->is_writable = false;
    events = 0;
    pair_wait_until(conn->is_writable);
    assert_int_equal(events, 1);
    assert_false(conn->is_readable);
}

static int begin(void **state) {
    (void) state;
    loop_init();
    return 0;
}

static int end(void **state) {
    (void) state;
    if (conn != NULL) {
        conn_close(conn);
    }
    if (other >= 0) {
        close(other);
    }
    conn = NULL;
    other = -1;
    loop_turn(0);
    assert_int_equal(conn_count(), 0);
    loop_fini();
    buf_trim();
    return 0;
}

static void say(const char *text) {
    assert_int_equal(send(other, text, strlen(text), MSG_NOSIGNAL), (ssize_t) strlen(text));
}

static void wait_readable(void) {
    pair_wait_until(conn->is_readable);
}

static void expect_held(const char *text) {
    assert_true(str_is(buf_bytes(&conn->in), text));
}

static size_t receive(size_t max, enum conn_result expected) {
    size_t len;

    assert_int_equal(conn_recv(conn, max, &len), expected);
    return len;
}

/* ---- reading ---- */

static void a_short_read_on_tcp_means_drained(void **state) {
    (void) state;
    open_conn(pair_tcp);
    say("abc");
    wait_readable();
    assert_int_equal(receive(100, CONN_OK), 3);
    assert_false(conn->is_readable);
    expect_held("abc");
    assert_int_equal(receive(100, CONN_AGAIN), 0);
    say("de");
    wait_readable();
    assert_int_equal(receive(100, CONN_OK), 2);
    expect_held("abcde");
    assert_int_equal(conn->bytes_received, 5);
}

static void a_full_read_leaves_the_flag(void **state) {
    (void) state;
    open_conn(pair_tcp);
    say("abcdef");
    wait_readable();
    assert_int_equal(receive(4, CONN_OK), 4);
    assert_true(conn->is_readable);
    expect_held("abcd");
    buf_consume(&conn->in, 4);
    assert_int_equal(receive(4, CONN_OK), 2);
    assert_false(conn->is_readable);
    expect_held("ef");
}

static void an_end_behind_the_bytes_is_found(void **state) {
    (void) state;
    open_conn(pair_tcp);
    say("abc");
    close(other);
    other = -1;
    pair_wait_until(conn->has_hup);
    assert_int_equal(receive(100, CONN_OK), 3);
    assert_true(conn->is_readable);
    receive(100, CONN_END);
    assert_true(conn->is_at_end);
    receive(100, CONN_END);
    expect_held("abc");
}

static void an_end_that_comes_after_the_read_is_told(void **state) {
    (void) state;
    open_conn(pair_tcp);
    say("abc");
    wait_readable();
    shutdown(other, SHUT_WR);
    receive(100, CONN_OK);
    assert_false(conn->is_readable);
    wait_readable();
    assert_true(conn->has_hup);
    receive(100, CONN_END);
}

static void a_read_before_the_first_event_loses_no_end(void **state) {
    struct addr remote;
    int fds[2];

    (void) state;
    pair_tcp(fds, &remote);
    other = fds[1];
    say("abc");
    shutdown(other, SHUT_WR);
    conn = conn_open(fds[0], &remote);
    assert_true(conn->is_readable);
    receive(100, CONN_OK);
    wait_readable();
    receive(100, CONN_END);
}

static void a_unix_socket_is_read_until_it_says_no(void **state) {
    (void) state;
    open_conn(pair_unix);
    say("abc");
    wait_readable();
    assert_int_equal(receive(100, CONN_OK), 3);
    assert_true(conn->is_readable);
    receive(100, CONN_AGAIN);
    assert_false(conn->is_readable);
    shutdown(other, SHUT_WR);
    wait_readable();
    receive(100, CONN_END);
}

static void urgent_data_hides_no_bytes(void **state) {
    char got[16];
    size_t len = 0;

    (void) state;
    open_conn(pair_tcp);
    say("ab");
    assert_int_equal(send(other, "!", 1, MSG_OOB), 1);
    say("cd");
    while (len < 4) {
        size_t n;

        pair_wait_until(conn->is_readable);
        while (conn_recv(conn, 100, &n) == CONN_OK) {
            memcpy(got + len, buf_bytes(&conn->in).data, n);
            len += n;
            buf_consume(&conn->in, n);
        }
    }
    assert_memory_equal(got, "abcd", 4);
}

static void bytes_come_one_by_one(void **state) {
    static const char text[] = "server speaks first";
    size_t i;

    (void) state;
    open_conn(pair_tcp);
    for (i = 0; i < sizeof(text) - 1; i++) {
        assert_int_equal(send(other, text + i, 1, 0), 1);
        wait_readable();
        assert_int_equal(receive(100, CONN_OK), 1);
    }
    expect_held(text);
}

static void an_idle_connection_holds_no_buffer(void **state) {
    (void) state;
    open_conn(pair_tcp);
    assert_null(conn->in.data);
    conn->is_readable = true;
    receive(100, CONN_AGAIN);
    assert_null(conn->in.data);
    say("abc");
    wait_readable();
    receive(100, CONN_OK);
    assert_non_null(conn->in.data);
    buf_consume(&conn->in, 3);
    buf_free_if_empty(&conn->in);
    assert_null(conn->in.data);
}

static void a_buffer_is_no_larger_than_asked_for(void **state) {
    (void) state;
    open_conn(pair_tcp);
    say("abc");
    wait_readable();
    receive(1024, CONN_OK);
    assert_int_equal(conn->in.size, 1024);
}

/* Keeps the other end's queue full with a pattern of four-byte numbers. */
static void feed(uint32_t *next) {
    static uint32_t block[16 * 1024];
    static size_t at = sizeof(block); /* bytes of block that went */
    ssize_t n;
    size_t i;

    do {
        if (at == sizeof(block)) {
            for (i = 0; i < 16 * 1024; i++) {
                block[i] = (*next)++;
            }
            at = 0;
        }
        n = send(other, (char *) block + at, sizeof(block) - at, MSG_NOSIGNAL);
        at += n > 0 ? (size_t) n : 0;
    } while (n > 0);
}

static void reads_grow_for_a_stream_that_fills_them(void **state) {
    size_t largest = 0, total = 0, i, len;
    uint32_t next_sent = 0, next_got = 0;
    int size = 1024 * 1024;

    (void) state;
    open_conn(pair_tcp);
    setsockopt(other, SOL_SOCKET, SO_SNDBUF, &size, sizeof(size));
    while (total < 16 * 1024 * 1024) {
        feed(&next_sent);
        wait_readable();
        while (conn_recv(conn, CONN_READ_MAX, &len) == CONN_OK) {
            const char *at = buf_bytes(&conn->in).data;

            for (i = 0; i + 4 <= buf_len(&conn->in); i += 4) {
                assert_int_equal(memcmp(at + i, &next_got, 4), 0);
                next_got++;
            }
            buf_consume(&conn->in, i);
            largest = len > largest ? len : largest;
            total += len;
        }
    }
    assert_true(largest > 64 * 1024);
    assert_true(largest <= CONN_READ_MAX);
    assert_int_equal(conn->bytes_received, total);
    buf_free(&conn->in);
    conn->read_grade = 1;
    conn->is_readable = true;
    while (conn_recv(conn, CONN_READ_MAX, &len) == CONN_OK) {
        buf_free(&conn->in);
    }
    conn->read_grade = 1;
    say("small");
    wait_readable();
    receive(CONN_READ_MAX, CONN_OK);
    assert_int_equal(conn->read_grade, 0);
}

static enum conn_result recv_without_end(struct conn *from, char *data, size_t room, size_t *len) {
    (void) from;
    memset(data, 'x', room);
    *len = room;
    return CONN_OK;
}

static void what_is_dropped_is_a_share_a_turn(void **state) {
    struct conn_transport endless = conn_plain;
    size_t len;

    (void) state;
    open_conn(pair_tcp);
    endless.recv = recv_without_end;
    conn->is_readable = true;
    conn->transport = &endless;
    assert_int_equal(conn_recv(conn, 1024, &len), CONN_OK);
    assert_int_equal(conn_drop(conn, &len), CONN_OK);
    assert_in_range(len, CONN_TURN_BYTES, CONN_TURN_BYTES + CONN_READ_MIN);
    assert_int_equal(conn->in.size, 0);
    assert_true(conn->is_readable);
    conn->transport = &conn_plain;
}

static void what_came_is_dropped_up_to_the_end(void **state) {
    size_t len;

    (void) state;
    open_conn(pair_tcp);
    say("abc");
    wait_readable();
    assert_int_equal(conn_drop(conn, &len), CONN_AGAIN);
    assert_int_equal(len, 3);
    assert_int_equal(conn->in.size, 0);
    close(other);
    other = -1;
    wait_readable();
    assert_int_equal(conn_drop(conn, &len), CONN_END);
}

static void what_is_held_stays_when_more_comes(void **state) {
    char byte, expected = 0;
    size_t i, consumed = 0;

    (void) state;
    open_conn(pair_tcp);
    for (i = 0; i < 5000; i++) {
        byte = (char) i;
        assert_int_equal(send(other, &byte, 1, 0), 1);
        wait_readable();
        assert_int_equal(receive(2048, CONN_OK), 1);
        /* The reader lags behind by 1,500 bytes. */
        while (buf_len(&conn->in) > 1500) {
            assert_int_equal(buf_bytes(&conn->in).data[0], expected++);
            buf_consume(&conn->in, 1);
            consumed++;
        }
    }
    assert_int_equal(consumed, 3500);
    assert_true(conn->in.size <= 2048);
}

/* ---- sending ---- */

static void several_pieces_go_at_once(void **state) {
    struct iovec iov[] = { { "head ", 5 }, { "and ", 4 }, { "body", 4 } };
    char got[32];
    size_t len;

    (void) state;
    open_conn(pair_tcp);
    assert_int_equal(conn_send(conn, iov, 3, &len), CONN_OK);
    assert_int_equal(len, 13);
    assert_int_equal(recv(other, got, sizeof(got), 0), 13);
    assert_memory_equal(got, "head and body", 13);
    assert_int_equal(conn->bytes_sent, 13);
    assert_true(conn->is_writable);
}

static void fill(void) {
    static char block[64 * 1024];
    struct iovec iov = { block, sizeof(block) };
    size_t len;

    while (conn_send(conn, &iov, 1, &len) == CONN_OK) {
    }
    assert_false(conn->is_writable);
}

static void a_short_send_waits_for_room(void (*make)(int fds[2], struct addr *remote)) {
    static char block[64 * 1024];
    struct iovec iov = { block, sizeof(block) };
    size_t len;

    open_conn(make);
    fill();
    assert_int_equal(conn_send(conn, &iov, 1, &len), CONN_AGAIN);
    assert_int_equal(len, 0);
    while (!conn->is_writable) {
        while (recv(other, block, sizeof(block), 0) > 0) {
        }
        loop_turn(1);
    }
    assert_int_equal(conn_send(conn, &iov, 1, &len), CONN_OK);
}

static void a_short_send_on_tcp_waits_for_room(void **state) {
    (void) state;
    a_short_send_waits_for_room(pair_tcp);
}

static void a_short_send_on_unix_waits_for_room(void **state) {
    (void) state;
    a_short_send_waits_for_room(pair_unix);
}

static void sending_to_nobody_fails_without_a_signal(void **state) {
    struct iovec iov[] = { { "a", 1 }, { "b", 1 } };
    size_t len;

    (void) state;
    open_conn(pair_unix);
    close(other);
    other = -1;
    assert_int_equal(conn_send(conn, iov, 1, &len), CONN_FAILED);
    assert_int_equal(conn->error, EPIPE);
    conn->is_writable = true;
    assert_int_equal(conn_send(conn, iov, 2, &len), CONN_FAILED);
}

/* ---- ends ---- */

static void a_reset_by_the_remote_fails_the_read(void **state) {
    struct linger at_once = { 1, 0 };

    (void) state;
    open_conn(pair_tcp);
    setsockopt(other, SOL_SOCKET, SO_LINGER, &at_once, sizeof(at_once));
    close(other);
    other = -1;
    wait_readable();
    receive(100, CONN_FAILED);
    assert_int_equal(conn->error, ECONNRESET);
    assert_null(conn->in.data);
}

static void bytes_before_a_reset_are_read(void **state) {
    struct linger at_once = { 1, 0 };

    (void) state;
    open_conn(pair_tcp);
    say("last words");
    setsockopt(other, SOL_SOCKET, SO_LINGER, &at_once, sizeof(at_once));
    close(other);
    other = -1;
    pair_wait_until(conn->has_hup);
    receive(100, CONN_OK);
    expect_held("last words");
    receive(100, CONN_FAILED);
}

static void a_half_close_leaves_the_other_half(void **state) {
    char byte;

    (void) state;
    open_conn(pair_tcp);
    assert_int_equal(conn_shutdown(conn), CONN_OK);
    assert_int_equal(recv(other, &byte, 1, 0), 0);
    say("still here");
    wait_readable();
    receive(100, CONN_OK);
    expect_held("still here");
}

static void a_reset_is_seen_by_the_remote(void **state) {
    char byte;

    (void) state;
    open_conn(pair_tcp);
    conn_reset(conn);
    conn_reset(conn);
    conn = NULL;
    assert_int_equal(recv(other, &byte, 1, 0), -1);
    assert_int_equal(errno, ECONNRESET);
}

static void memory_stays_until_the_turn_ends(void **state) {
    struct conn *closed;

    (void) state;
    open_conn(pair_tcp);
    say("abc");
    wait_readable();
    receive(100, CONN_OK);
    closed = conn;
    conn_close(conn);
    assert_true(conn->is_closed);
    assert_int_equal(conn_count(), 0);
    conn_close(conn);
    conn = NULL;
    assert_true(str_is(buf_bytes(&closed->in), "abc"));
}

static struct conn *pair_of_conns[2];

static void close_both(struct conn *ready) {
    (void) ready;
    events++;
    conn_close(pair_of_conns[0]);
    conn_close(pair_of_conns[1]);
}

static void no_event_comes_after_the_close(void **state) {
    struct addr remote;
    int fds[2], i;

    (void) state;
    pair_tcp(fds, &remote);
    for (i = 0; i < 2; i++) {
        pair_of_conns[i] = conn_open(fds[i], &remote);
        pair_of_conns[i]->on_ready = close_both;
    }
    assert_int_equal(conn_count(), 2);
    events = 0;
    /* Both are writable in one and the same epoll_wait(). */
    loop_turn(1000);
    loop_turn(0);
    assert_int_equal(events, 1);
}

/* ---- facts ---- */

static void an_idle_connection_that_was_touched_is_stale(void **state) {
    (void) state;
    open_conn(pair_tcp);
    assert_false(conn_is_stale(conn));
    conn->is_readable = true; /* as after a read that was filled to the last byte */
    assert_false(conn_is_stale(conn));
    assert_false(conn->is_readable);
    say("x");
    wait_readable();
    assert_true(conn_is_stale(conn));
    receive(100, CONN_OK);
    assert_true(conn_is_stale(conn));
    buf_consume(&conn->in, 1);
    assert_false(conn_is_stale(conn));
    close(other);
    other = -1;
    wait_readable();
    assert_true(conn_is_stale(conn));
}

static void addresses_and_options(void **state) {
    char text[ADDR_TEXT_MAX];
    uint64_t number;
    int value;
    socklen_t len = sizeof(value);

    (void) state;
    open_conn(pair_tcp);
    assert_int_equal(addr_port(&conn->side->remote) > 0, 1);
    assert_true(str_starts(str_make(text, addr_format(conn_local(conn), text)), STR("127.0.0.1:")));
    assert_int_not_equal(addr_port(conn_local(conn)), addr_port(&conn->side->remote));
    assert_true(conn_set_nodelay(conn, true));
    assert_int_equal(getsockopt(conn->watch.fd, IPPROTO_TCP, TCP_NODELAY, &value, &len), 0);
    assert_int_equal(value, 1);
    number = conn_next_number();
    assert_int_equal(conn_next_number(), number + 1);
}

static void a_conn_is_small(void **state) {
    (void) state;
    /* What an idle connection costs; the bar is 500 bytes with a codec's share. */
    assert_in_range(sizeof(struct conn) + sizeof(struct conn_side), 1, 336);
}

static void a_descriptor_that_cannot_be_polled_is_refused(void **state) {
    struct addr remote = pair_loopback();
    int fd = open("/proc/self/exe", O_RDONLY | O_CLOEXEC);

    (void) state;
    assert_null(conn_open(fd, &remote));
    assert_int_equal(errno, EPERM);
    assert_int_equal(fcntl(fd, F_GETFD), -1);
}

static void panic_in_event(struct conn *ready) {
    CHECK(buf_len(&ready->in) == 1);
}

static void a_panic_tells_of_the_conn_at_hand(void **state) {
    char text[256];

    (void) state;
    open_conn(pair_tcp);
    conn->is_client = true;
    conn->side->number = 7;
    conn->on_ready = panic_in_event;
    assert_null(conn_at_hand);
    say("abc");
    snprintf(text, sizeof(text), "conn: client 7, descriptor %d, remote 127.0.0.1:%u, received 0, "
             "sent 0, held 0, error 0, readable writable\n", conn->watch.fd,
             addr_port(&conn->side->remote));
    assert_dies(text, loop_turn(1000));
    assert_dies("): what\n", panic("file", 1, "func", "what"));
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(a_short_read_on_tcp_means_drained, begin, end),
        cmocka_unit_test_setup_teardown(a_full_read_leaves_the_flag, begin, end),
        cmocka_unit_test_setup_teardown(an_end_behind_the_bytes_is_found, begin, end),
        cmocka_unit_test_setup_teardown(an_end_that_comes_after_the_read_is_told, begin, end),
        cmocka_unit_test_setup_teardown(a_read_before_the_first_event_loses_no_end, begin, end),
        cmocka_unit_test_setup_teardown(a_unix_socket_is_read_until_it_says_no, begin, end),
        cmocka_unit_test_setup_teardown(urgent_data_hides_no_bytes, begin, end),
        cmocka_unit_test_setup_teardown(bytes_come_one_by_one, begin, end),
        cmocka_unit_test_setup_teardown(an_idle_connection_holds_no_buffer, begin, end),
        cmocka_unit_test_setup_teardown(a_buffer_is_no_larger_than_asked_for, begin, end),
        cmocka_unit_test_setup_teardown(reads_grow_for_a_stream_that_fills_them, begin, end),
        cmocka_unit_test_setup_teardown(what_is_dropped_is_a_share_a_turn, begin, end),
        cmocka_unit_test_setup_teardown(what_came_is_dropped_up_to_the_end, begin, end),
        cmocka_unit_test_setup_teardown(what_is_held_stays_when_more_comes, begin, end),
        cmocka_unit_test_setup_teardown(several_pieces_go_at_once, begin, end),
        cmocka_unit_test_setup_teardown(a_short_send_on_tcp_waits_for_room, begin, end),
        cmocka_unit_test_setup_teardown(a_short_send_on_unix_waits_for_room, begin, end),
        cmocka_unit_test_setup_teardown(sending_to_nobody_fails_without_a_signal, begin, end),
        cmocka_unit_test_setup_teardown(a_reset_by_the_remote_fails_the_read, begin, end),
        cmocka_unit_test_setup_teardown(bytes_before_a_reset_are_read, begin, end),
        cmocka_unit_test_setup_teardown(a_half_close_leaves_the_other_half, begin, end),
        cmocka_unit_test_setup_teardown(a_reset_is_seen_by_the_remote, begin, end),
        cmocka_unit_test_setup_teardown(memory_stays_until_the_turn_ends, begin, end),
        cmocka_unit_test_setup_teardown(no_event_comes_after_the_close, begin, end),
        cmocka_unit_test_setup_teardown(an_idle_connection_that_was_touched_is_stale, begin, end),
        cmocka_unit_test_setup_teardown(addresses_and_options, begin, end),
        cmocka_unit_test_setup_teardown(a_panic_tells_of_the_conn_at_hand, begin, end),
        cmocka_unit_test(a_conn_is_small),
        cmocka_unit_test_setup_teardown(a_descriptor_that_cannot_be_polled_is_refused, begin, end),
    };

    return cmocka_run_group_tests_name("net/conn", tests, NULL, NULL);
}
