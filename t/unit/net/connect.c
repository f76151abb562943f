/* SPDX-License-Identifier: BSD-2-Clause */
/* Tests of net/connect: every way in which an attempt to connect can come out. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "base/clock.h"
#include "net/connect.h"
#include "pair.h"

#include <netinet/tcp.h>
#include <stdio.h>

static struct connect attempt;
static struct conn *result;
static int result_error;
static unsigned results;
static int listening = -1;
static struct addr target;
static char folder[] = "/tmp/weir-connect-XXXXXX";

static void on_done(struct connect *connect, struct conn *conn, int error) {
    assert_ptr_equal(connect, &attempt);
    assert_false(attempt.is_active);
    assert_int_equal(conn == NULL, error != 0);
    result = conn;
    result_error = error;
    results++;
}

static int begin(void **state) {
    (void) state;
    loop_init();
    attempt = (struct connect){ .is_active = false };
    result = NULL;
    results = 0;
    return 0;
}

static int end(void **state) {
    (void) state;
    connect_cancel(&attempt);
    if (result != NULL) {
        conn_close(result);
    }
    if (listening >= 0) {
        close(listening);
    }
    listening = -1;
    loop_turn(0);
    assert_int_equal(conn_count(), 0);
    loop_fini();
    return 0;
}

static void start(const struct connect_options *options) {
    connect_start(&attempt, &target, options, on_done);
    assert_int_equal(results, 0); /* never from within */
    assert_true(attempt.is_active);
}

static void wait_result(int expected) {
    pair_wait_until(results > 0);
    assert_int_equal(result_error, expected);
    loop_turn(0);
    assert_int_equal(results, 1);
}

/* A UNIX socket under that name in the test's folder. */
static struct addr unix_addr(const char *name) {
    char text[ADDR_TEXT_MAX];
    struct addr addr;

    snprintf(text, sizeof(text), "unix:%s/%s", folder, name);
    assert_true(parse_addr(str_from(text), 0, &addr));
    return addr;
}

static void listen_unix(const char *name, int backlog) {
    target = unix_addr(name);
    listening = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    assert_int_equal(bind(listening, &target.any, target.len), 0);
    assert_int_equal(listen(listening, backlog), 0);
}

static const struct connect_options plain = { .timeout_ms = 5000 };

static void a_server_is_reached(void **state) {
    char got[4];
    int fd;

    (void) state;
    listening = pair_listen(&target, 8);
    start(&plain);
    wait_result(0);
    assert_true(result->is_writable);
    assert_null(result->on_ready);
    assert_true(addr_equal(&result->side->remote, &target));
    fd = accept(listening, NULL, NULL);
    assert_int_equal(conn_send(result, &(struct iovec){ "hi", 2 }, 1, &(size_t){ 0 }), CONN_OK);
    assert_int_equal(recv(fd, got, sizeof(got), 0), 2);
    close(fd);
}

static void a_server_that_has_closed_already_was_reached(void **state) {
    size_t len;
    int fd;

    (void) state;
    listening = pair_listen(&target, 8);
    start(&plain);
    fd = accept(listening, NULL, NULL);
    assert_int_equal(send(fd, "bye", 3, 0), 3);
    close(fd);
    wait_result(0);
    assert_true(result->has_hup);
    assert_int_equal(conn_recv(result, 100, &len), CONN_OK);
    assert_int_equal(len, 3);
    assert_int_equal(conn_recv(result, 100, &len), CONN_END);
}

static void a_closed_port_refuses(void **state) {
    (void) state;
    close(pair_listen(&target, 8));
    start(&plain);
    wait_result(ECONNREFUSED);
}

static void nobody_answers_until_the_time_is_up(void **state) {
    struct connect_options options = { .timeout_ms = 60 };
    int filler[2], i;

    (void) state;
    /* A full queue on the loopback swallows what else comes. */
    listening = pair_listen(&target, 0);
    for (i = 0; i < 2; i++) {
        filler[i] = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
        connect(filler[i], &target.any, target.len);
    }
    start(&options);
    loop_turn(10);
    assert_int_equal(results, 0);
    wait_result(ETIMEDOUT);
    assert_int_equal(conn_count(), 0);
    for (i = 0; i < 2; i++) {
        close(filler[i]);
    }
}

static void the_deadline_goes_with_the_success(void **state) {
    struct connect_options options = { .timeout_ms = 20 };

    (void) state;
    listening = pair_listen(&target, 8);
    start(&options);
    wait_result(0);
    usleep(60 * 1000);
    loop_turn(0);
    assert_int_equal(results, 1);
    assert_int_equal(result->is_closed, false);
}

static void a_unix_socket_connects_at_once_and_says_so_later(void **state) {
    (void) state;
    listen_unix("at-once", 8);
    start(&plain);
    wait_result(0);
    assert_true(result->is_local);
}

static void a_missing_path_fails(void **state) {
    (void) state;
    target = unix_addr("missing");
    start(&plain);
    wait_result(ENOENT);
}

static void a_stale_path_refuses(void **state) {
    (void) state;
    listen_unix("stale", 8);
    close(listening);
    listening = -1;
    start(&plain);
    wait_result(ECONNREFUSED);
}

static void a_full_unix_queue_is_told_apart(void **state) {
    int filler[8], i;

    (void) state;
    listen_unix("full", 1);
    for (i = 0; i < 8; i++) {
        filler[i] = socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
        connect(filler[i], &target.any, target.len);
    }
    start(&plain);
    wait_result(EAGAIN);
    for (i = 0; i < 8; i++) {
        close(filler[i]);
    }
}

static void a_network_without_route_fails_at_once(void **state) {
    (void) state;
    assert_true(parse_addr(STR("255.255.255.255:9"), 0, &target));
    start(&plain);
    pair_wait_until(results > 0);
    assert_int_not_equal(result_error, 0);
    assert_int_not_equal(result_error, ETIMEDOUT);
}

static void a_cancelled_attempt_is_silent(void **state) {
    char byte;
    int fd;

    (void) state;
    listening = pair_listen(&target, 8);
    start(&plain);
    fd = accept(listening, NULL, NULL);
    connect_cancel(&attempt);
    connect_cancel(&attempt);
    assert_int_equal(recv(fd, &byte, 1, 0), 0);
    close(fd);
    target = unix_addr("missing");
    start(&plain);
    connect_cancel(&attempt);
    loop_turn(0);
    assert_int_equal(results, 0);
    start(&plain); /* the same struct serves again */
    wait_result(ENOENT);
}

static void a_local_address_can_be_chosen(void **state) {
    struct addr from, seen = { .len = sizeof(struct sockaddr_un) };
    struct connect_options options = { .bind = &from, .timeout_ms = 5000 };
    char text[ADDR_TEXT_MAX];
    int fd;

    (void) state;
    listening = pair_listen(&target, 8);
    assert_true(parse_addr(STR("127.0.0.77:1"), 0, &from));
    addr_set_port(&from, 0);
    start(&options);
    wait_result(0);
    fd = accept(listening, &seen.any, &seen.len);
    assert_true(str_is(str_make(text, addr_format_ip(&seen, text)), "127.0.0.77"));
    assert_int_equal(addr_port(conn_local(result)), addr_port(&seen));
    close(fd);
}

static void an_address_that_is_not_ours_fails(void **state) {
    struct addr from;
    struct connect_options options = { .bind = &from, .timeout_ms = 5000 };

    (void) state;
    listening = pair_listen(&target, 8);
    assert_true(parse_addr(STR("192.0.2.1:1"), 0, &from));
    addr_set_port(&from, 0);
    start(&options);
    wait_result(EADDRNOTAVAIL);
}

static void a_privileged_process_may_take_a_foreign_address(void **state) {
    struct addr from;
    struct connect_options options = { .bind = &from, .is_transparent = true,
                                       .timeout_ms = 5000 };
    int probe = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0), on = 1;
    bool is_allowed = setsockopt(probe, SOL_IP, IP_TRANSPARENT, &on, sizeof(on)) == 0;

    (void) state;
    close(probe);
    if (!is_allowed) {
        skip();
    }
    listening = pair_listen(&target, 8);
    assert_true(parse_addr(STR("192.0.2.1:1"), 0, &from));
    addr_set_port(&from, 0);
    start(&options);
    assert_non_null(attempt.conn);
    assert_true(str_equal(addr_binary(conn_local(attempt.conn)), STR("\xc0\x00\x02\x01")));
}

static void a_bind_means_nothing_to_a_unix_socket(void **state) {
    struct addr from = pair_loopback();
    struct connect_options options = { .bind = &from, .has_nodelay = true, .has_keepalive = true,
                                       .timeout_ms = 5000 };

    (void) state;
    listen_unix("bind", 8);
    start(&options);
    wait_result(0);
}

static void options_are_set(void **state) {
    struct connect_options options = { .has_keepalive = true, .has_nodelay = true,
                                       .timeout_ms = 5000 };
    int value = 0;
    socklen_t len = sizeof(value);

    (void) state;
    listening = pair_listen(&target, 8);
    start(&options);
    wait_result(0);
    getsockopt(result->watch.fd, SOL_SOCKET, SO_KEEPALIVE, &value, &len);
    assert_int_equal(value, 1);
    getsockopt(result->watch.fd, IPPROTO_TCP, TCP_NODELAY, &value, &len);
    assert_int_equal(value, 1);
}

static int make_folder(void **state) {
    (void) state;
    return mkdtemp(folder) != NULL ? 0 : -1;
}

static int remove_folder(void **state) {
    static const char *const names[] = { "at-once", "stale", "full", "bind" };
    size_t i;

    (void) state;
    for (i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
        unlink(unix_addr(names[i]).local.sun_path);
    }
    return rmdir(folder);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(a_server_is_reached, begin, end),
        cmocka_unit_test_setup_teardown(a_server_that_has_closed_already_was_reached, begin, end),
        cmocka_unit_test_setup_teardown(a_closed_port_refuses, begin, end),
        cmocka_unit_test_setup_teardown(nobody_answers_until_the_time_is_up, begin, end),
        cmocka_unit_test_setup_teardown(the_deadline_goes_with_the_success, begin, end),
        cmocka_unit_test_setup_teardown(a_unix_socket_connects_at_once_and_says_so_later, begin,
                                        end),
        cmocka_unit_test_setup_teardown(a_missing_path_fails, begin, end),
        cmocka_unit_test_setup_teardown(a_stale_path_refuses, begin, end),
        cmocka_unit_test_setup_teardown(a_full_unix_queue_is_told_apart, begin, end),
        cmocka_unit_test_setup_teardown(a_network_without_route_fails_at_once, begin, end),
        cmocka_unit_test_setup_teardown(a_cancelled_attempt_is_silent, begin, end),
        cmocka_unit_test_setup_teardown(a_local_address_can_be_chosen, begin, end),
        cmocka_unit_test_setup_teardown(an_address_that_is_not_ours_fails, begin, end),
        cmocka_unit_test_setup_teardown(a_privileged_process_may_take_a_foreign_address, begin,
                                        end),
        cmocka_unit_test_setup_teardown(a_bind_means_nothing_to_a_unix_socket, begin, end),
        cmocka_unit_test_setup_teardown(options_are_set, begin, end),
    };

    return cmocka_run_group_tests_name("net/connect", tests, make_folder, remove_folder);
}
