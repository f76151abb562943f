/* SPDX-License-Identifier: BSD-2-Clause */
/* Tests of net/listen_accept: who is let in, when accepting pauses, and how it ends. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "base/clock.h"
#include "net/listen.h"
#include "pair.h"
#include "shm/counter.h"
#include "shm/seat.h"

#include <stdio.h>
#include <sys/resource.h>
#include <time.h>

enum { CLIENTS_MAX = 256 };

static struct listener listener;
static struct listen_accept *accepting;
static int listening = -1, accept_fd; /* the socket as the master has it, and the worker's copy */
static int clients[CLIENTS_MAX];
static unsigned client_count;
static struct conn *conns[CLIENTS_MAX]; /* accepted */
static unsigned conn_total;
static bool stops_after_first;
static unsigned idle_wanted;
static bool idle_ones_go;
static int64_t now_ms = 1000;
static uint64_t before[COUNTERS_ALL];

static void set_clock(int64_t ms) {
    now_ms = ms;
    clock_fake(ms, ms);
}

static void on_conn(struct listener *from, struct conn *conn) {
    assert_ptr_equal(from, &listener);
    conns[conn_total++] = conn;
    if (stops_after_first && accepting != NULL) {
        listen_accept_stop(accepting, false);
        accepting = NULL;
    }
}

/* The newest is the one that is idle. */
static void close_idle(unsigned wanted) {
    idle_wanted += wanted;
    if (idle_ones_go && conn_total > 0) {
        conn_close(conns[--conn_total]);
    }
}

static uint64_t counted(enum counter counter) {
    return counter_sum(counter) - before[counter];
}

static int begin(void **state) {
    int i;

    (void) state;
    loop_init();
    set_clock(now_ms + 1000 * 1000);
    listener = (struct listener){ .options = listen_options_default, .on_conn = on_conn,
                                  .text = STR("here") };
    listening = pair_listen(&listener.addr, 128);
    fcntl(listening, F_SETFL, O_NONBLOCK);
    client_count = conn_total = idle_wanted = 0;
    stops_after_first = idle_ones_go = false;
    listen_set_limit(0, NULL);
    listen_set_multi(false);
    listen_set_debug(NULL, 0);
    for (i = 0; i < COUNTERS_ALL; i++) {
        before[i] = counter_sum((enum counter) i);
    }
    return 0;
}

static int end(void **state) {
    (void) state;
    if (accepting != NULL) {
        listen_accept_stop(accepting, false);
        accepting = NULL;
    }
    while (conn_total > 0) {
        conn_close(conns[--conn_total]);
    }
    while (client_count > 0) {
        close(clients[--client_count]);
    }
    if (listening >= 0) {
        close(listening);
    }
    listening = -1;
    loop_turn(0);
    assert_int_equal(conn_count(), 0);
    assert_int_equal(counted(GAUGE_CLIENTS), 0);
    loop_fini();
    return 0;
}

static void start(void) {
    accept_fd = fcntl(listening, F_DUPFD_CLOEXEC, 0);
    accepting = listen_accept_start(&listener, accept_fd);
}

static void add_client(void) {
    int fd = socket(listener.addr.any.sa_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);

    assert_true(fd >= 0);
    if (connect(fd, &listener.addr.any, listener.addr.len) < 0) {
        assert_int_equal(errno, EINPROGRESS);
    }
    clients[client_count++] = fd;
}

static void add_clients(unsigned count) {
    while (count-- > 0) {
        add_client();
    }
}

static void turns(int count) {
    while (count-- > 0) {
        loop_turn(1);
    }
}

static void expect_conns(unsigned count) {
    pair_wait_until(conn_total >= count);
    turns(5);
    assert_int_equal(conn_total, count);
}

/* ---- who is let in ---- */

static void a_client_is_let_in(void **state) {
    struct addr client = { .len = sizeof(struct sockaddr_un) };
    size_t len;

    (void) state;
    start();
    add_client();
    assert_int_equal(send(clients[0], "hi", 2, 0), 2);
    expect_conns(1);
    assert_int_equal(getsockname(clients[0], &client.any, &client.len), 0);
    assert_true(addr_equal(&conns[0]->side->remote, &client));
    assert_true(addr_equal(conn_local(conns[0]), &listener.addr));
    assert_true(conns[0]->is_client);
    assert_true(conns[0]->is_exact);
    assert_int_equal(conns[0]->side->opened_ms, now_ms);
    assert_int_equal(fcntl(conns[0]->watch.fd, F_GETFD), FD_CLOEXEC);
    assert_int_equal(conn_recv(conns[0], 100, &len), CONN_OK);
    assert_int_equal(counted(COUNTER_ACCEPTED), 1);
    assert_int_equal(counted(COUNTER_HANDLED), 1);
    assert_int_equal(counted(GAUGE_CLIENTS), 1);
}

static void those_who_wait_are_all_let_in(void **state) {
    unsigned i;

    (void) state;
    add_clients(120);
    start();
    expect_conns(120);
    for (i = 1; i < 120; i++) {
        assert_int_equal(conns[i]->side->number, conns[i - 1]->side->number + 1);
    }
    add_clients(20);
    expect_conns(140);
}

static void a_shared_socket_is_accepted_from(void **state) {
    (void) state;
    listener.options.is_shared = true;
    add_clients(30);
    start();
    loop_turn(1000);
    assert_int_equal(conn_total, 8); /* the rest is for the other workers, if they are quick */
    expect_conns(30);
}

/* A turn for the event, in which the first batch is accepted. */
static unsigned conns_after_a_turn(void) {
    start();
    add_clients(100);
    loop_turn(100);
    return conn_total;
}

static void a_batch_of_a_shared_socket_is_small(void **state) {
    (void) state;
    listener.options.is_shared = true;
    assert_int_equal(conns_after_a_turn(), 8);
    expect_conns(100);
}

static void with_multi_all_are_let_in_at_once(void **state) {
    (void) state;
    listen_set_multi(true);
    listener.options.is_shared = true;
    assert_int_equal(conns_after_a_turn(), 100);
}

static void clients_to_debug_are_marked(void **state) {
    static const struct addr_net nets[] = { { AF_UNIX, 0, { 0 } }, { AF_INET, 8, { 127 } } };

    (void) state;
    start();
    add_client();
    expect_conns(1);
    assert_false(conns[0]->is_debugged);
    listen_set_debug(nets, 1);
    add_client();
    expect_conns(2);
    assert_false(conns[1]->is_debugged);
    listen_set_debug(nets, 2);
    add_client();
    expect_conns(3);
    assert_true(conns[2]->is_debugged);
}

static void a_unix_client_has_no_address(void **state) {
    char path[] = "/tmp/weir-accept-XXXXXX", text[ADDR_TEXT_MAX];

    (void) state;
    close(listening);
    assert_non_null(mkdtemp(path));
    snprintf(text, sizeof(text), "unix:%s/s", path);
    assert_true(parse_addr(str_from(text), 0, &listener.addr));
    listening = socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    assert_int_equal(bind(listening, &listener.addr.any, listener.addr.len), 0);
    assert_int_equal(listen(listening, 8), 0);
    listener.options.is_shared = true;
    start();
    add_client();
    expect_conns(1);
    assert_true(conns[0]->is_local);
    assert_true(str_is(str_make(text, addr_format(&conns[0]->side->remote, text)), "unix:"));
    unlink(listener.addr.local.sun_path);
    rmdir(path);
}

/* ---- limits ---- */

static void the_limit_of_connections_holds(void **state) {
    (void) state;
    listen_set_limit(3, close_idle);
    start();
    add_clients(5);
    expect_conns(3);
    assert_true(idle_wanted > 0);
    assert_int_equal(counted(COUNTER_ACCEPT_PAUSES), 1);
    /* Who closes makes room at once. */
    conn_close(conns[0]);
    expect_conns(4);
    conn_close(conns[1]);
    expect_conns(5);
    assert_int_equal(counted(COUNTER_ACCEPTED), 5);
    assert_int_equal(counted(GAUGE_CLIENTS), 3);
    conns[0] = conns[4];
    conns[1] = conns[3];
    conn_total = 3;
}

static void idle_connections_make_room(void **state) {
    (void) state;
    listen_set_limit(3, close_idle);
    idle_ones_go = true;
    start();
    add_clients(10);
    pair_wait_until(counted(COUNTER_ACCEPTED) == 10);
    assert_in_range(conn_total, 1, 3);
}

static void a_raised_limit_resumes(void **state) {
    (void) state;
    listen_set_limit(1, NULL);
    start();
    add_clients(3);
    expect_conns(1);
    listen_set_limit(3, NULL);
    expect_conns(3);
}

static int64_t real_ms(void) {
    struct timespec now;

    clock_gettime(CLOCK_MONOTONIC, &now);
    return now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

static rlim_t set_descriptor_limit(rlim_t limit) {
    struct rlimit old, wanted;

    getrlimit(RLIMIT_NOFILE, &old);
    wanted = (struct rlimit){ limit, old.rlim_max };
    assert_int_equal(setrlimit(RLIMIT_NOFILE, &wanted), 0);
    return old.rlim_cur;
}

static int lowest_free_descriptor(void) {
    int fd = dup(0);

    close(fd);
    return fd;
}

static void some_descriptors_are_kept_free(void **state) {
    int spare[16], reserve, i;
    rlim_t old, limit;

    (void) state;
    add_clients(30);
    limit = (rlim_t) lowest_free_descriptor() + 20;
    reserve = (int) limit / 16;
    assert_in_range(reserve, 1, 16);
    old = set_descriptor_limit(limit);
    start();
    pair_wait_until(counted(COUNTER_ACCEPT_PAUSES) > 0);
    turns(5);
    assert_in_range(conn_total, 1, 20 - reserve);
    /* Looking again does not take them one by one. */
    for (i = 0; i < 20; i++) {
        set_clock(now_ms + 600);
        turns(2);
    }
    assert_in_range(conn_total, 1, 20 - reserve);
    for (i = 0; i < reserve; i++) {
        spare[i] = dup(0);
        assert_true(spare[i] >= 0);
    }
    while (i > 0) {
        close(spare[--i]);
    }
    set_descriptor_limit(old);
    listen_set_limit(0, NULL); /* looks at the limit of descriptors anew */
    expect_conns(30);
}

/* Takes all descriptors there are. */
static void exhaust(int *taken, unsigned *count) {
    int fd;

    for (*count = 0; (fd = dup(0)) >= 0; ++*count) {
        taken[*count] = fd;
    }
    assert_int_equal(errno, EMFILE);
}

static void want_of_descriptors_is_waited_out(bool is_shared) {
    int taken[128];
    unsigned count;
    int64_t start_ms;
    rlim_t old;

    listener.options.is_shared = is_shared;
    start();
    loop_turn(0);
    add_clients(3);
    old = set_descriptor_limit((rlim_t) lowest_free_descriptor() + 20);
    exhaust(taken, &count);
    pair_wait_until(counted(COUNTER_ACCEPT_PAUSES) > 0);
    assert_int_equal(conn_total, 0);
    /* Nothing spins: a turn sleeps for as long as it may. */
    start_ms = real_ms();
    loop_turn(100);
    assert_in_range(real_ms() - start_ms, 90, 1000);
    while (count > 0) {
        close(taken[--count]);
    }
    turns(5);
    assert_int_equal(conn_total, 0);
    set_clock(now_ms + 600);
    expect_conns(3);
    set_descriptor_limit(old);
}

static void want_of_descriptors_stops_own_sockets(void **state) {
    (void) state;
    want_of_descriptors_is_waited_out(false);
}

static void want_of_descriptors_stops_shared_sockets(void **state) {
    (void) state;
    want_of_descriptors_is_waited_out(true);
}

static void a_close_ends_the_want_of_descriptors(void **state) {
    int taken[128];
    unsigned count;
    rlim_t old;

    (void) state;
    start();
    add_clients(2);
    expect_conns(2);
    add_clients(1);
    old = set_descriptor_limit((rlim_t) lowest_free_descriptor() + 20);
    exhaust(taken, &count);
    pair_wait_until(counted(COUNTER_ACCEPT_PAUSES) > 0);
    conn_close(conns[0]);
    pair_wait_until(conn_total == 3);
    conns[0] = conns[2];
    conn_total = 2;
    while (count > 0) {
        close(taken[--count]);
    }
    set_descriptor_limit(old);
}

/* ---- ends ---- */

static void nobody_is_let_in_after_the_stop(void **state) {
    (void) state;
    start();
    add_client();
    expect_conns(1);
    listen_accept_stop(accepting, false);
    accepting = NULL;
    assert_int_equal(fcntl(accept_fd, F_GETFD), -1);
    add_client();
    turns(20);
    assert_int_equal(conn_total, 1);
    start();
    expect_conns(2);
}

static void a_stop_from_within_ends_the_batch(void **state) {
    (void) state;
    stops_after_first = true;
    add_clients(5);
    start();
    pair_wait_until(conn_total > 0);
    turns(5);
    assert_int_equal(conn_total, 1);
}

static void the_last_stop_lets_in_who_waits(void **state) {
    (void) state;
    start();
    add_clients(100);
    listen_accept_stop(accepting, true);
    accepting = NULL;
    assert_int_equal(conn_total, 0); /* an operation calls no event */
    expect_conns(100);
    /* A handshake that was under way. */
    set_clock(now_ms + 600);
    loop_turn(0);
    add_client();
    expect_conns(101);
    assert_true(fcntl(accept_fd, F_GETFD) >= 0);
    assert_true(listen_is_accepting());
    set_clock(now_ms + 1100);
    turns(3);
    assert_int_equal(fcntl(accept_fd, F_GETFD), -1);
    assert_false(listen_is_accepting());
}

static void the_last_stop_waits_for_places(void **state) {
    (void) state;
    listen_set_limit(2, NULL);
    start();
    add_clients(4);
    listen_accept_stop(accepting, true);
    expect_conns(2);
    set_clock(now_ms + 10 * 1000);
    turns(3);
    conn_close(conns[1]);
    conn_close(conns[0]);
    pair_wait_until(conn_total == 4);
    conns[0] = conns[3];
    conns[1] = conns[2];
    conn_total = 2;
    conn_close(conns[--conn_total]);
    turns(3); /* finds that nobody waits any more */
    set_clock(now_ms + 2000);
    turns(3);
    add_client();
    turns(10);
    assert_int_equal(conn_total, 1);
    accepting = NULL;
}

static void the_last_stop_does_not_end_in_a_pause(void **state) {
    (void) state;
    listen_set_limit(2, NULL);
    start();
    listen_accept_stop(accepting, true);
    accepting = NULL;
    turns(3); /* nobody waits: the last second begins */
    add_clients(3);
    expect_conns(2);
    set_clock(now_ms + 1100);
    turns(3);
    assert_true(listen_is_accepting());
    conn_close(conns[0]);
    pair_wait_until(conn_total == 3);
    conns[0] = conns[2];
    conn_total = 2;
    conn_close(conns[--conn_total]);
    turns(3);
    set_clock(now_ms + 1100);
    turns(3);
    assert_false(listen_is_accepting());
}

static int begin_group(void **state) {
    struct seat *seat;

    (void) state;
    if (!seats_open() || (seat = seat_take(SEAT_MASTER, 0, 0)) == NULL) {
        return -1;
    }
    seat_sit(seat);
    return 0;
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(a_client_is_let_in, begin, end),
        cmocka_unit_test_setup_teardown(those_who_wait_are_all_let_in, begin, end),
        cmocka_unit_test_setup_teardown(a_shared_socket_is_accepted_from, begin, end),
        cmocka_unit_test_setup_teardown(a_batch_of_a_shared_socket_is_small, begin, end),
        cmocka_unit_test_setup_teardown(with_multi_all_are_let_in_at_once, begin, end),
        cmocka_unit_test_setup_teardown(clients_to_debug_are_marked, begin, end),
        cmocka_unit_test_setup_teardown(a_unix_client_has_no_address, begin, end),
        cmocka_unit_test_setup_teardown(the_limit_of_connections_holds, begin, end),
        cmocka_unit_test_setup_teardown(idle_connections_make_room, begin, end),
        cmocka_unit_test_setup_teardown(a_raised_limit_resumes, begin, end),
        cmocka_unit_test_setup_teardown(some_descriptors_are_kept_free, begin, end),
        cmocka_unit_test_setup_teardown(want_of_descriptors_stops_own_sockets, begin, end),
        cmocka_unit_test_setup_teardown(want_of_descriptors_stops_shared_sockets, begin, end),
        cmocka_unit_test_setup_teardown(a_close_ends_the_want_of_descriptors, begin, end),
        cmocka_unit_test_setup_teardown(nobody_is_let_in_after_the_stop, begin, end),
        cmocka_unit_test_setup_teardown(a_stop_from_within_ends_the_batch, begin, end),
        cmocka_unit_test_setup_teardown(the_last_stop_lets_in_who_waits, begin, end),
        cmocka_unit_test_setup_teardown(the_last_stop_waits_for_places, begin, end),
        cmocka_unit_test_setup_teardown(the_last_stop_does_not_end_in_a_pause, begin, end),
    };

    return cmocka_run_group_tests_name("net/listen_accept", tests, begin_group, NULL);
}
