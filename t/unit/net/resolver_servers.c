/* SPDX-License-Identifier: BSD-2-Clause */
/* Tests of net/resolver: which server is asked next, from which port, and when that is given up. */
#include "resolvers.h"

/* ---- time ---- */

static void test_timeout(void **state) {
    (void) state;
    servers[0].answer = answer_silence;
    settings.timeout_ms = 5000;
    start(0, "one.test");
    loop_turn(1);
    pass_time(4900);
    loop_turn(0);
    assert_int_equal(done, 0);
    start(1, "one.test");
    pass_time(200);
    loop_turn(0);
    assert_int_equal(done, 1);
    assert_int_equal(waiters[0].status, ETIMEDOUT);
    pass_time(5000);
    loop_turn(0);
    assert_int_equal(done, 2);
    assert_int_equal(waiters[1].status, ETIMEDOUT);
}

static void test_no_timeout(void **state) {
    (void) state;
    servers[0].answer = answer_silence;
    settings.timeout_ms = 0;
    start(0, "one.test");
    loop_turn(1);
    pass_time(1000000);
    loop_turn(0);
    assert_int_equal(done, 0);
}

/* ---- several servers ---- */

static void test_servers_take_turns(void **state) {
    (void) state;
    resolver.server_count = 2;
    get("one.test", 0, 1);
    get("two.test", 0, 1);
    get("three.test", 0, 1);
    get("four.test", 0, 1);
    assert_int_equal(servers[0].asked, 2);
    assert_int_equal(servers[1].asked, 2);
}

static void test_next_server_after_a_failure(void **state) {
    (void) state;
    resolver.server_count = 2;
    servers[0].answer = answer_failure;
    get("one.test", 0, 1);
    assert_int_equal(servers[0].asked, 1);
    assert_int_equal(servers[1].asked, 1);
    servers[1].answer = answer_refusal;
    servers[0].answer = answer_refusal;
    get("two.test", DNS_REFUSED, 0);
    assert_int_equal(log_len, 0);
}

/* c-ares passes it on or keeps silent about it, by its version. */
static void test_next_server_after_nonsense(void **state) {
    (void) state;
    resolver.server_count = 2;
    servers[0].answer = answer_nonsense;
    get_slowly("one.test", 0, 1);
    get_slowly("two.test", 0, 1);
    assert_int_equal(servers[0].asked, 1);
    assert_int_equal(servers[1].asked, 2);
}

/* The first server's silence is c-ares' to find out, by the clock of the machine. */
static void test_next_server_after_silence(void **state) {
    char expected[200], text[ADDR_TEXT_MAX];

    (void) state;
    resolver.server_count = 2;
    settings.timeout_ms = 0;
    servers[0].answer = answer_silence;
    start(0, "one.test");
    start(1, "two.test");
    start(2, "three.test");
    pair_wait_until(asked() == 3);
    while (done < 3) {
        loop_turn(10);
        pass_time(10);
    }
    assert_int_equal(waiters[0].count + waiters[1].count + waiters[2].count, 3);
    snprintf(expected, sizeof(expected), "DNS server does not answer while resolving \"one.test\", "
             "resolver: %.*s\n", (int) addr_format(&addrs[0], text), text);
    assert_non_null(strstr(log_text, expected));
    assert_null(strstr(strstr(log_text, expected) + strlen(expected), "does not answer"));
    servers[0].answer = answer_one;
    get("four.test", 0, 1);
    get("five.test", 0, 1);
    assert_non_null(strstr(log_text, "DNS server answers again, resolver: "));
    log_len = 0;
    get("six.test", 0, 1);
    get("seven.test", 0, 1);
    assert_int_equal(log_len, 0);
}

/* Silence says less than a failure, whichever came first. */
static void test_failure_and_silence(void **state) {
    (void) state;
    resolver.server_count = 2;
    servers[0].answer = answer_silence;
    servers[1].answer = answer_failure;
    get_slowly("one.test", DNS_SERVER_FAILURE, 0);
    get_slowly("two.test", DNS_SERVER_FAILURE, 0);
    assert_int_equal(asked(), 4);
}

static int64_t real_ms(void) {
    struct timespec now;

    clock_gettime(CLOCK_MONOTONIC, &now);
    return (int64_t) now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

/* After a silence the next question comes from another port, though another one is still under way
 * on the first. */
static void test_other_port_after_silence(void **state) {
    uint16_t port;
    int64_t start_ms;

    (void) state;
    settings.timeout_ms = 0;
    servers[0].answer = answer_silence;
    start(0, "one.test");
    pair_wait_until(asked() == 1);
    port = addr_port(&servers[0].from);
    start_ms = real_ms();
    while (real_ms() < start_ms + DNS_TRY_MS / 2) {
        loop_turn(10);
    }
    start(1, "two.test");
    pair_wait_until(asked() == 2);
    assert_int_equal(addr_port(&servers[0].from), port);
    servers[0].answer = answer_one;
    for (; done < 1; pass_time(10)) {
        loop_turn(10);
    }
    assert_int_equal(waiters[0].count, 1);
    assert_int_not_equal(addr_port(&servers[0].from), port);
    for (; done < 2; pass_time(10)) {
        loop_turn(10);
    }
    assert_int_equal(waiters[1].count, 1);
    assert_int_equal(asked(), 4);
}

/* Asks for a name that gets no answer; returns the port that is in use meanwhile. */
static uint16_t keep_busy(void) {
    servers[0].answer = answer_but_busy;
    start(1, "busy.test");
    pair_wait_until(asked() == 1);
    return addr_port(&servers[0].from);
}

/* A port that is always in use could be found out, and wrong answers be sent to it. */
static void test_other_port_after_some_questions(void **state) {
    uint16_t port = keep_busy();
    char name[32];
    unsigned i;

    (void) state;
    for (i = 1; i < 3 * DNS_PORT_QUESTIONS; i++) {
        snprintf(name, sizeof(name), "n%u.test", i);
        get(name, DNS_OK, 1);
        assert_int_equal(addr_port(&servers[0].from) == port, i < DNS_PORT_QUESTIONS);
    }
    assert_true(waiters[1].is_active);
}

static void test_other_port_after_a_while(void **state) {
    uint16_t port = keep_busy();

    (void) state;
    pass_time(DNS_PORT_MS - 1);
    get("one.test", DNS_OK, 1);
    assert_int_equal(addr_port(&servers[0].from), port);
    pass_time(1);
    get("two.test", DNS_OK, 1);
    assert_int_not_equal(addr_port(&servers[0].from), port);
}

/* Nobody is there: the question is put off, not spun on. */
static void test_nobody_there(void **state) {
    unsigned i;

    (void) state;
    watch_cancel(&servers[0].watch, false);
    close(servers[0].fd);
    start(0, "one.test");
    pair_wait_until(log_len > 0);
    assert_non_null(strstr(log_text, "DNS server cannot be reached while resolving \"one.test\""));
    for (i = 0; i < 10; i++) {
        loop_turn(0);
        assert_false(task_is_queued(&waiters[0].task));
    }
    servers[0].fd = socket(AF_INET, SOCK_DGRAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    assert_int_equal(bind(servers[0].fd, &addrs[0].any, addrs[0].len), 0);
    servers[0].watch.fd = servers[0].fd;
    assert_true(watch_start(&servers[0].watch, WATCH_LEVEL));
    pass_time(RESOLVER_PAUSE_MS - 100);
    loop_turn(1);
    assert_int_equal(asked(), 0);
    pass_time(200);
    pair_wait_until(done == 1);
    assert_int_equal(waiters[0].count, 1);
}

/* Where nobody waits any more, it is not asked again either. */
static void test_nobody_there_and_nobody_waits(void **state) {
    (void) state;
    watch_cancel(&servers[0].watch, false);
    close(servers[0].fd);
    servers[0].fd = -1;
    start(0, "one.test");
    pair_wait_until(log_len > 0);
    resolve_cancel(&waiters[0]);
    assert_int_equal(resolver.state->name_count, 1);
    pass_time(RESOLVER_PAUSE_MS + 100);
    loop_turn(0);
    assert_int_equal(resolver.state->name_count, 0);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        TEST(test_timeout),
        TEST(test_no_timeout),
        TEST(test_servers_take_turns),
        TEST(test_next_server_after_a_failure),
        TEST(test_next_server_after_nonsense),
        TEST(test_next_server_after_silence),
        TEST(test_failure_and_silence),
        TEST(test_other_port_after_silence),
        TEST(test_other_port_after_some_questions),
        TEST(test_other_port_after_a_while),
        TEST(test_nobody_there),
        TEST(test_nobody_there_and_nobody_waits),
    };

    return cmocka_run_group_tests_name("net/resolver_servers", tests, NULL, NULL);
}
