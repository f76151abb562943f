/* SPDX-License-Identifier: BSD-2-Clause */
/* Tests of lb/pool: which idle connections are kept, for how long, and who gets them. */
#include "groups.h"

#include "lb/pool.h"
#include "net/pair.h"
#include "shm/children.h"
#include "shm/counter.h"

static int64_t now_ms;
static struct conf *conf;
static struct group *group;
static const struct pool_key no_key;

static void set_clock(int64_t ms) {
    now_ms = ms;
    clock_fake(ms, ms);
}

/* Timers are due when the faked clock says so; a turn looks. */
static void pass_time(int64_t ms) {
    set_clock(now_ms + ms);
    loop_turn(0);
    loop_turn(0);
}

static int begin(void **state) {
    (void) state;
    set_clock(1000000);
    loop_init();
    master_sit();
    pool_start_all();
    return 0;
}

static int end(void **state) {
    (void) state;
    assert_int_equal(counter_sum(GAUGE_UPSTREAM_IDLE), 0);
    pool_close_all();
    loop_turn(0);
    assert_int_equal(conn_count(), 0);
    conf_free(conf);
    master_leave();
    loop_fini();
    return 0;
}

static void load_group(const char *lines) {
    char text[400];

    snprintf(text, sizeof(text), "http { upstream u { server 10.0.0.1; server 10.0.0.2;\n%s } }",
             lines);
    conf = groups_load(text);
    group = group_find(conf, CONF_HTTP, STR("u"));
}

/* A connection, and its other end. */
static struct conn *open_conn(int *other) {
    struct addr remote;
    struct conn *conn;
    int fds[2];

    pair_tcp(fds, &remote);
    conn = conn_open(fds[0], &remote);
    assert_non_null(conn);
    loop_turn(0);
    *other = fds[1];
    return conn;
}

static void put(struct conn *conn, unsigned peer) {
    pool_put(group, &group->peers[peer], &no_key, conn);
}

static struct conn *take(unsigned peer) {
    return pool_take(group, &group->peers[peer], &no_key);
}

static unsigned idle_count(void) {
    return (unsigned) counter_sum(GAUGE_UPSTREAM_IDLE);
}

/* Whether the far end was told that the connection is over. */
static bool is_ended(int fd) {
    char byte;

    return recv(fd, &byte, 1, MSG_DONTWAIT) == 0;
}

static void test_newest_first(void **state) {
    struct conn *conns[3];
    int others[3];
    unsigned i;

    (void) state;
    load_group("");
    assert_null(take(0));
    for (i = 0; i < 3; i++) {
        conns[i] = open_conn(&others[i]);
    }
    for (i = 0; i < 3; i++) {
        put(conns[i], 0);
    }
    assert_int_equal(idle_count(), 3);
    assert_ptr_equal(take(0), conns[2]);
    assert_null(conns[2]->owner);
    assert_null(conns[2]->on_ready);
    put(conns[2], 0);
    assert_ptr_equal(take(0), conns[2]);
    assert_ptr_equal(take(0), conns[1]);
    assert_ptr_equal(take(0), conns[0]);
    assert_null(take(0));
    assert_int_equal(idle_count(), 0);
    for (i = 0; i < 3; i++) {
        conn_close(conns[i]);
        close(others[i]);
    }
}

static void test_by_peer_and_key(void **state) {
    struct conn *conns[3];
    struct pool_key key = no_key;
    int others[3];
    unsigned i;

    (void) state;
    load_group("");
    assert_true(parse_addr(STR("127.0.0.9:1"), 0, &key.bind));
    for (i = 0; i < 3; i++) {
        conns[i] = open_conn(&others[i]);
    }
    put(conns[0], 0);
    put(conns[1], 1);
    pool_put(group, &group->peers[0], &key, conns[2]);
    assert_ptr_equal(take(0), conns[0]);
    assert_null(take(0));
    assert_null(pool_take(group, &group->peers[1], &key));
    assert_ptr_equal(pool_take(group, &group->peers[0], &key), conns[2]);
    assert_ptr_equal(take(1), conns[1]);
    assert_null(take(1));
    for (i = 0; i < 3; i++) {
        conn_close(conns[i]);
        close(others[i]);
    }
}

/* Two servers with one address do not get each other's. */
static void test_same_address(void **state) {
    struct conn *conn;
    int other;

    (void) state;
    conf = groups_load("http { upstream u { server 10.0.0.1; server 10.0.0.1; } }");
    group = group_find(conf, CONF_HTTP, STR("u"));
    conn = open_conn(&other);
    put(conn, 0);
    assert_null(take(1));
    assert_ptr_equal(take(0), conn);
    conn_close(conn);
    close(other);
}

static void test_limit(void **state) {
    struct conn *conns[5];
    int others[5];
    unsigned i;

    (void) state;
    load_group("keepalive 3;");
    for (i = 0; i < 5; i++) {
        conns[i] = open_conn(&others[i]);
    }
    for (i = 0; i < 4; i++) {
        put(conns[i], i % 2);
    }
    assert_true(is_ended(others[0])); /* the one idle for longest, whosever it is */
    assert_false(is_ended(others[1]));
    assert_int_equal(idle_count(), 3);
    assert_ptr_equal(take(1), conns[3]);
    put(conns[3], 1);
    put(conns[4], 0);
    assert_true(is_ended(others[1]));
    assert_int_equal(idle_count(), 3);
    assert_ptr_equal(take(0), conns[4]);
    assert_ptr_equal(take(0), conns[2]);
    assert_null(take(0));
    assert_ptr_equal(take(1), conns[3]);
    for (i = 2; i < 5; i++) {
        conn_close(conns[i]);
    }
    for (i = 0; i < 5; i++) {
        close(others[i]);
    }
}

static void test_none_kept(void **state) {
    int other;

    (void) state;
    load_group("keepalive 0;");
    put(open_conn(&other), 0);
    assert_true(is_ended(other));
    assert_null(group->pool);
    close(other);
    conf_free(conf);
    load_group("");
    group->is_temporary = true;
    put(open_conn(&other), 0);
    assert_true(is_ended(other));
    close(other);
}

static void test_requests_and_time(void **state) {
    struct conn *conn;
    int other;

    (void) state;
    load_group("keepalive_requests 2; keepalive_time 10s;");
    conn = open_conn(&other);
    conn->side->requests = 1;
    put(conn, 0);
    assert_ptr_equal(take(0), conn);
    conn->side->requests = 2;
    put(conn, 0);
    assert_true(is_ended(other));
    close(other);

    conn = open_conn(&other);
    pass_time(9999);
    put(conn, 0);
    assert_ptr_equal(take(0), conn);
    pass_time(1);
    put(conn, 0);
    assert_true(is_ended(other));
    assert_int_equal(idle_count(), 0);
    close(other);
}

static void test_idle_time(void **state) {
    int first, second;

    (void) state;
    load_group("keepalive_timeout 5s;");
    put(open_conn(&first), 0);
    pass_time(2000);
    put(open_conn(&second), 1);
    pass_time(2990);
    assert_int_equal(idle_count(), 2);
    pass_time(30);
    assert_true(is_ended(first));
    assert_false(is_ended(second));
    assert_int_equal(idle_count(), 1);
    pass_time(1950);
    assert_int_equal(idle_count(), 1);
    pass_time(50);
    assert_true(is_ended(second));
    close(first);
    close(second);
}

/* Being used puts the end off. */
static void test_use_puts_off(void **state) {
    struct conn *conn;
    unsigned i;
    int other;

    (void) state;
    load_group("keepalive_timeout 5s;");
    conn = open_conn(&other);
    for (i = 0; i < 5; i++) {
        put(conn, 0);
        pass_time(4000);
        assert_ptr_equal(take(0), conn);
    }
    put(conn, 0);
    pass_time(5050);
    assert_true(is_ended(other));
    close(other);
}

static void test_server_closes(void **state) {
    int other;

    (void) state;
    load_group("");
    put(open_conn(&other), 0);
    assert_int_equal(idle_count(), 1);
    close(other);
    pair_wait_until(idle_count() == 0);
    assert_null(take(0));
    loop_turn(0);
    assert_int_equal(conn_count(), 0);
}

static void test_unasked_bytes(void **state) {
    int other;

    (void) state;
    load_group("");
    put(open_conn(&other), 0);
    assert_int_equal(send(other, "HTTP/1.1 408\r\n", 14, 0), 14);
    pair_wait_until(idle_count() == 0);
    assert_null(take(0));
    close(other);
}

/* Closed, and nobody has turned the loop since. */
static void test_closed_before_it_is_taken(void **state) {
    struct conn *good, *bad;
    int good_other, bad_other;

    (void) state;
    load_group("");
    good = open_conn(&good_other);
    bad = open_conn(&bad_other);
    put(good, 0);
    put(bad, 0);
    shutdown(bad_other, SHUT_WR);
    good->is_readable = bad->is_readable = true; /* as after an event not yet looked at */
    assert_ptr_equal(take(0), good);
    assert_int_equal(idle_count(), 0);
    assert_true(is_ended(bad_other));
    conn_close(good);
    close(good_other);
    close(bad_other);
}

static void test_not_put(void **state) {
    struct conn *conn;
    int other;

    (void) state;
    load_group("");
    conn = open_conn(&other);
    assert_true(buf_append(&conn->in, STR("x"), 100));
    put(conn, 0);
    assert_true(is_ended(other));
    close(other);

    conn = open_conn(&other);
    close(other);
    pair_wait_until(conn->has_hup);
    put(conn, 0);
    assert_null(take(0));

    conn = open_conn(&other);
    assert_int_equal(send(other, "x", 1, 0), 1);
    pair_wait_until(conn->is_readable);
    put(conn, 0);
    assert_null(take(0));
    assert_int_equal(idle_count(), 0);
    close(other);
}

/* An event that means nothing leaves the connection where it is. */
static void test_idle_event(void **state) {
    struct conn *conn;
    int other;

    (void) state;
    load_group("");
    conn = open_conn(&other);
    put(conn, 0);
    conn->on_ready(conn);
    assert_int_equal(idle_count(), 1);
    assert_ptr_equal(take(0), conn);
    conn_close(conn);
    close(other);
}

static void test_idle_holds_no_buffer(void **state) {
    struct conn *conn;
    int other;

    (void) state;
    load_group("");
    conn = open_conn(&other);
    buf_reserve(&conn->in, 4000);
    put(conn, 0);
    assert_null(conn->in.data);
    conn_close(take(0));
    close(other);
}

/* A thousand of many peers: each is found, and none twice. */
static void test_many(void **state) {
    enum { CONNS = 300 };
    struct conn *conns[CONNS], *conn;
    char text[20000] = "http { upstream u { keepalive 1000;\n";
    int others[CONNS];
    unsigned i;

    (void) state;
    for (i = 0; i < CONNS; i++) {
        snprintf(text + strlen(text), sizeof(text) - strlen(text), "server 10.0.%u.%u;\n", i / 250,
                 i % 250 + 1);
    }
    strcat(text, "} }");
    conf = groups_load(text);
    group = group_find(conf, CONF_HTTP, STR("u"));
    for (i = 0; i < CONNS; i++) {
        conns[i] = open_conn(&others[i]);
        put(conns[i], i);
    }
    for (i = CONNS; i-- > 0; ) {
        conn = take(i);
        assert_ptr_equal(conn, conns[i]);
        assert_null(take(i));
        conn_close(conn);
        close(others[i]);
    }
}

static void test_drain(void **state) {
    struct conn *busy;
    int first, second, other;

    (void) state;
    load_group("");
    busy = open_conn(&other);
    put(open_conn(&first), 0);
    put(open_conn(&second), 1);
    pool_close_all();
    assert_true(is_ended(first));
    assert_true(is_ended(second));
    assert_int_equal(idle_count(), 0);
    put(busy, 0);
    assert_true(is_ended(other));
    assert_null(take(0));
    pool_close_all();
    close(first);
    close(second);
    close(other);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, begin, end)

int main(void) {
    const struct CMUnitTest tests[] = {
        TEST(test_newest_first),
        TEST(test_by_peer_and_key),
        TEST(test_same_address),
        TEST(test_limit),
        TEST(test_none_kept),
        TEST(test_requests_and_time),
        TEST(test_idle_time),
        TEST(test_use_puts_off),
        TEST(test_server_closes),
        TEST(test_unasked_bytes),
        TEST(test_closed_before_it_is_taken),
        TEST(test_not_put),
        TEST(test_idle_event),
        TEST(test_idle_holds_no_buffer),
        TEST(test_many),
        TEST(test_drain),
    };

    return cmocka_run_group_tests_name("lb/pool", tests, NULL, groups_give_back);
}
