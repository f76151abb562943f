/* SPDX-License-Identifier: BSD-2-Clause */
/* Tests of net/resolver: what is asked for and when, what is kept, who is told what. */
#include "resolvers.h"

/* ---- asking and knowing ---- */

static void test_asked_once_and_kept(void **state) {
    char text[ADDR_TEXT_MAX];

    (void) state;
    get("One.Test", 0, 1);
    assert_string_equal(servers[0].last, "one.test");
    assert_int_equal(addr_format_ip(&waiters[0].addrs[0], text), 8);
    assert_memory_equal(text, "10.0.0.1", 8);
    get("one.test", 0, 1);
    get("one.test.", 0, 1);
    assert_int_equal(asked(), 1);
    get("two.test", 0, 1);
    assert_int_equal(asked(), 2);
}

static void test_kept_by_ttl(void **state) {
    (void) state;
    get("one.test", 0, 1);
    pass_time(9999);
    get("one.test", 0, 1);
    assert_int_equal(asked(), 1);
    pass_time(1);
    get("one.test", 0, 1);
    assert_int_equal(asked(), 2);
}

static void test_kept_by_valid(void **state) {
    (void) state;
    resolver.valid_ms = 60000;
    get("one.test", 0, 1);
    pass_time(59999);
    get("one.test", 0, 1);
    assert_int_equal(asked(), 1);
    pass_time(1);
    get("one.test", 0, 1);
    assert_int_equal(asked(), 2);
}

static void test_kept_for_a_day_at_most(void **state) {
    (void) state;
    servers[0].answer = answer_for_long;
    get("one.test", 0, 1);
    pass_time(RESOLVER_TTL_MAX_S * 1000 - 1);
    get("one.test", 0, 1);
    assert_int_equal(asked(), 1);
    pass_time(1);
    get("one.test", 0, 1);
    assert_int_equal(asked(), 2);
}

static void expect_kept(unsigned status, int64_t ms) {
    get("one.test", status, 0);
    pass_time(ms - 1);
    get("one.test", status, 0);
    assert_int_equal(asked(), 1);
    pass_time(1);
    get("one.test", status, 0);
    assert_int_equal(asked(), 2);
}

static void test_no_name_is_kept_as_it_says(void **state) {
    (void) state;
    servers[0].answer = answer_no_name;
    expect_kept(DNS_NO_NAME, 3000);
}

static void test_no_name_without_a_time(void **state) {
    (void) state;
    servers[0].answer = answer_no_name_alone;
    expect_kept(DNS_NO_NAME, RESOLVER_FAILURE_S * 1000);
}

static void test_no_name_is_kept_briefly(void **state) {
    (void) state;
    servers[0].answer = answer_no_name_for_long;
    expect_kept(DNS_NO_NAME, RESOLVER_NO_NAME_MAX_S * 1000);
}

static void test_failure_is_kept_briefly(void **state) {
    (void) state;
    servers[0].answer = answer_failure;
    expect_kept(DNS_SERVER_FAILURE, RESOLVER_FAILURE_S * 1000);
}

/* valid is for addresses. */
static void test_valid_is_not_for_failures(void **state) {
    (void) state;
    resolver.valid_ms = 3600 * 1000;
    servers[0].answer = answer_no_name;
    expect_kept(DNS_NO_NAME, 3000);
}

/* Aliases one by one: the least time of all, and no more than so many. */
static void test_aliases(void **state) {
    char name[32];

    (void) state;
    servers[0].answer = answer_chain;
    get("n3", 0, 1);
    assert_int_equal(asked(), 4);
    pass_time(6999);
    get("n3", 0, 1);
    assert_int_equal(asked(), 4);
    pass_time(1);
    get("n3", 0, 1);
    assert_int_equal(asked(), 8);
    snprintf(name, sizeof(name), "n%d", RESOLVER_ALIASES_MAX);
    get(name, 0, 1);
    snprintf(name, sizeof(name), "n%d", RESOLVER_ALIASES_MAX + 1);
    get(name, DNS_SERVER_FAILURE, 0);
}

static void test_both_families(void **state) {
    unsigned i;

    (void) state;
    resolver.has_ipv6 = true;
    servers[0].answer = answer_many;
    get("one.test", 0, 6);
    assert_int_equal(asked(), 2);
    for (i = 0; i < 6; i++) {
        const struct addr *addr = &waiters[0].addrs[i];

        assert_int_equal(addr->any.sa_family, i < 3 ? AF_INET : AF_INET6);
        assert_int_equal(addr_port(addr), 0);
        assert_int_equal(addr_binary(addr).data[addr_binary(addr).len - 1], i % 3 + 1);
    }
    /* The lesser time of the two. */
    pass_time(10000);
    get("one.test", 0, 6);
    assert_int_equal(asked(), 4);
}

/* What is said of one family alone. */
static void test_one_family_fails(void **state) {
    (void) state;
    resolver.has_ipv6 = true;
    servers[0].answer = answer_by_name;
    get("4a6a", 0, 6);
    get("4a6f", 0, 3);
    get("4f6a", 0, 3);
    get("4n6n", DNS_NO_NAME, 0);
    get("4f6n", DNS_SERVER_FAILURE, 0);
    get("4n6f", DNS_SERVER_FAILURE, 0);
    get("4r6f", DNS_REFUSED, 0);
    get("4f6r", DNS_SERVER_FAILURE, 0);
}

/* It is waited for a round, not for ever, when there are addresses of the other. */
static void test_one_family_is_silent(void **state) {
    (void) state;
    resolver.has_ipv6 = true;
    servers[0].answer = answer_by_name;
    settings.timeout_ms = 0;
    start(1, "4s6a");
    get_slowly("4a6s", 0, 3);
    pair_wait_until(done == 2);
    assert_int_equal(waiters[1].count, 3);
    assert_int_equal(asked(), 4);
}

/* Known addresses are turned: each comes first about as often, and none is lost. */
static void test_turned(void **state) {
    unsigned first[2][4] = { { 0 } }, i, k, seen;

    (void) state;
    resolver.has_ipv6 = true;
    servers[0].answer = answer_many;
    get("one.test", 0, 6);
    for (i = 0; i < 600; i++) {
        get("one.test", 0, 6);
        for (k = seen = 0; k < 6; k++) {
            struct str bytes = addr_binary(&waiters[0].addrs[k]);
            unsigned last = (unsigned char) bytes.data[bytes.len - 1];

            seen |= 1u << (last + (bytes.len == 4 ? 0 : 3));
            first[bytes.len != 4][last] += k == 0;
        }
        assert_int_equal(seen, 0x7e);
    }
    for (i = 1; i < 4; i++) {
        assert_in_range(first[0][i], 50, 200);
        assert_in_range(first[1][i], 50, 200);
    }
}

/* ---- several who wait ---- */

static void test_one_question_for_all(void **state) {
    unsigned i;

    (void) state;
    for (i = 0; i < 100; i++) {
        start(i, i % 2 == 0 ? "one.test" : "ONE.test");
    }
    pair_wait_until(done == 100);
    assert_int_equal(asked(), 1);
    for (i = 0; i < 100; i++) {
        assert_int_equal(waiters[i].count, 1);
    }
}

static void cancel_next(struct resolve *resolve) {
    on_done(resolve);
    resolve_cancel(resolve + 1);
    resolve_cancel(resolve);
}

static void test_cancel_in_the_event(void **state) {
    (void) state;
    resolve_start(&waiters[0], &settings, STR("one.test"), &arena, cancel_next);
    start(1, "one.test");
    start(2, "one.test");
    pair_wait_until(done == 2);
    loop_turn(0);
    assert_int_equal(done, 2);
    assert_int_equal(waiters[1].count + waiters[2].count, 2);
}

static void start_other(struct resolve *resolve) {
    on_done(resolve);
    start(1, "one.test");
}

static void test_start_in_the_event(void **state) {
    (void) state;
    servers[0].answer = answer_failure;
    resolve_start(&waiters[0], &settings, STR("one.test"), &arena, start_other);
    pair_wait_until(done == 2);
    assert_int_equal(waiters[1].status, DNS_SERVER_FAILURE);
    assert_int_equal(asked(), 1);
}

/* The question goes on without those who asked, and its answer is kept. */
static void test_cancelled(void **state) {
    (void) state;
    start(0, "one.test");
    start(1, "one.test");
    resolve_cancel(&waiters[0]);
    resolve_cancel(&waiters[0]);
    resolve_cancel(&waiters[1]);
    pair_wait_until(asked() == 1 && !list_is_empty(&resolver.state->age));
    assert_int_equal(done, 0);
    get("one.test", 0, 1);
    assert_int_equal(asked(), 1);
    start(0, "one.test"); /* it is known, and was to be told in this turn */
    resolve_cancel(&waiters[0]);
    loop_turn(0);
    assert_int_equal(done, 1);
}

static void test_stopped(void **state) {
    (void) state;
    servers[0].answer = answer_silence;
    start(0, "one.test");
    pair_wait_until(asked() == 1);
    start(1, "two.test"); /* just asked */
    resolver_stop(&resolver);
    loop_turn(0);
    assert_int_equal(done, 0);
    resolve_cancel(&waiters[0]);
    resolve_cancel(&waiters[1]);
    servers[0].answer = answer_one;
    get("three.test", 0, 1); /* a new beginning */
}

/* ---- limits ---- */

static void test_names_are_bounded(void **state) {
    char name[32];
    unsigned i;

    (void) state;
    for (i = 0; i < RESOLVER_NAMES_MAX + 10; i++) {
        snprintf(name, sizeof(name), "n%u.test", i);
        get(name, 0, 1);
        get("kept.test", 0, 1); /* asked for all the time */
        assert_true(resolver.state->name_count <= RESOLVER_NAMES_MAX);
    }
    assert_int_equal(asked(), RESOLVER_NAMES_MAX + 11);
    get("n0.test", 0, 1); /* forgotten */
    assert_int_equal(asked(), RESOLVER_NAMES_MAX + 12);
}

static void test_too_many_are_waited_for(void **state) {
    char name[32];
    unsigned i;

    (void) state;
    servers[0].answer = answer_silence;
    settings.timeout_ms = 0;
    for (i = 0; i < RESOLVER_NAMES_MAX; i++) {
        snprintf(name, sizeof(name), "n%u.test", i);
        start(i, name);
        loop_turn(0);
    }
    start(i, "more.test");
    loop_turn(0);
    assert_int_equal(done, 1);
    assert_int_equal(waiters[i].status, DNS_SERVER_FAILURE);
    assert_non_null(strstr(log_text, "[alert] "));
    log_len = 0;
    resolve_cancel(&waiters[i]);
    start(i, "more.test"); /* said once a minute */
    loop_turn(0);
    assert_int_equal(done, 2);
    assert_int_equal(log_len, 0);
    pass_time(RESOLVER_FULL_MS);
    start(i, "more.test");
    assert_true(log_len > 0);
}

static void test_names_that_are_none(void **state) {
    static const char *const names[] = { "", ".", "a b", "a\001", "a/b", "\xc3\xa4.test", "[::1]",
                                         "a:1", "a..b", ".a" };
    char long_name[300];
    unsigned i;

    (void) state;
    for (i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
        get(names[i], DNS_NO_NAME, 0);
    }
    memset(long_name, 'a', sizeof(long_name));
    long_name[254] = '\0';
    get(long_name, DNS_NO_NAME, 0);
    long_name[64] = '\0';
    get(long_name, DNS_NO_NAME, 0);
    assert_int_equal(asked(), 0);
    long_name[63] = '\0';
    get(long_name, 0, 1);
    get("az.test", 0, 1);
    for (i = 0; i < 127; i++) {
        memcpy(long_name + 2 * i, "9.", 2);
    }
    long_name[DNS_NAME_MAX] = '\0';
    servers[0].answer = answer_no_name_alone; /* with an address it would not fit in a datagram */
    get(long_name, DNS_NO_NAME, 0);
    assert_int_equal(asked(), 3);
}

static void test_reasons(void **state) {
    (void) state;
    assert_string_equal(resolve_reason(DNS_FORMAT_ERROR), "Format error");
    assert_string_equal(resolve_reason(DNS_SERVER_FAILURE), "Server failure");
    assert_string_equal(resolve_reason(DNS_NO_NAME), "Host not found");
    assert_string_equal(resolve_reason(DNS_UNIMPLEMENTED), "Unimplemented");
    assert_string_equal(resolve_reason(DNS_REFUSED), "Operation refused");
    assert_string_equal(resolve_reason(ETIMEDOUT), "Operation timed out");
    assert_string_equal(resolve_reason(9), "Unknown error");
}

int main(void) {
    const struct CMUnitTest tests[] = {
        TEST(test_asked_once_and_kept),
        TEST(test_kept_by_ttl),
        TEST(test_kept_by_valid),
        TEST(test_kept_for_a_day_at_most),
        TEST(test_no_name_is_kept_as_it_says),
        TEST(test_no_name_without_a_time),
        TEST(test_no_name_is_kept_briefly),
        TEST(test_failure_is_kept_briefly),
        TEST(test_valid_is_not_for_failures),
        TEST(test_aliases),
        TEST(test_both_families),
        TEST(test_one_family_fails),
        TEST(test_one_family_is_silent),
        TEST(test_turned),
        TEST(test_one_question_for_all),
        TEST(test_cancel_in_the_event),
        TEST(test_start_in_the_event),
        TEST(test_cancelled),
        TEST(test_stopped),
        TEST(test_names_are_bounded),
        TEST(test_too_many_are_waited_for),
        TEST(test_names_that_are_none),
        TEST(test_reasons),
    };

    return cmocka_run_group_tests_name("net/resolver", tests, NULL, NULL);
}
