/* SPDX-License-Identifier: BSD-2-Clause */
/* Tests of net/resolver and what is below it: what is asked for and when, who is told what. The DNS
 * servers live in the same loop; net/dns and c-ares are the real ones. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "base/clock.h"
#include "base/log.h"
#include "dns_text.h"
#include "net/resolver.h"
#include "net/resolver_priv.h"
#include "pair.h"

#include <stdio.h>
#include <time.h>

enum { SERVERS_MAX = 2, WAITERS_MAX = RESOLVER_NAMES_MAX + 1 };

static int64_t now_ms;
static struct arena arena;
static struct resolver resolver;
static struct resolver_settings settings;
static struct addr addrs[SERVERS_MAX];

/* ---- servers ---- */

static struct server {
    struct watch watch;
    int fd;
    unsigned asked; /* questions that came */
    struct addr from; /* of the last one */
    char last[300]; /* the name of the last one */
    /* Appends the answer to the text that has the head and the question; false: silence. */
    bool (*answer)(struct dns_text *text, const char *name, unsigned type);
} servers[SERVERS_MAX];

/* The name of a question as text. */
static void read_question(const char *message, char *name, unsigned *type) {
    size_t at = 12, used = 0;

    while (message[at] != '\0') {
        size_t len = (unsigned char) message[at];

        memcpy(name + used, message + at + 1, len);
        used += len;
        name[used++] = '.';
        at += len + 1;
    }
    name[used > 0 ? used - 1 : 0] = '\0';
    *type = (unsigned char) message[at + 2];
}

static void on_question(struct watch *watch, unsigned ready) {
    struct server *server = list_object(watch, struct server, watch);
    char message[600];
    struct addr *from = &server->from;
    struct dns_text text;
    unsigned type;

    (void) ready;
    from->len = sizeof(from->v6);
    if (recvfrom(server->fd, message, sizeof(message), 0, &from->any, &from->len) < 12) {
        return;
    }
    server->asked++;
    read_question(message, server->last, &type);
    text_begin(&text, 0, server->last, type);
    memcpy(text.bytes, message, 2);
    if (server->answer(&text, server->last, type)) {
        sendto(server->fd, text.bytes, text.len, 0, &from->any, from->len);
    }
}

static bool answer_one(struct dns_text *text, const char *name, unsigned type) {
    if (type == DNS_A) {
        text_addr(text, name, 10, 1);
    }
    return true;
}

static bool answer_many(struct dns_text *text, const char *name, unsigned type) {
    unsigned i;

    for (i = 1; i <= 3; i++) {
        if (type == DNS_A) {
            text_addr(text, name, 10, i);
        } else {
            text_addr6(text, name, 20, i);
        }
    }
    return true;
}

static bool answer_silence(struct dns_text *text, const char *name, unsigned type) {
    (void) text, (void) name, (void) type;
    return false;
}

static bool answer_but_busy(struct dns_text *text, const char *name, unsigned type) {
    return strcmp(name, "busy.test") != 0 && answer_one(text, name, type);
}

static bool answer_code(struct dns_text *text, unsigned code) {
    text->bytes[3] = (char) (text->bytes[3] | code);
    return true;
}

static bool answer_failure(struct dns_text *text, const char *name, unsigned type) {
    (void) name, (void) type;
    return answer_code(text, DNS_SERVER_FAILURE);
}

static bool answer_refusal(struct dns_text *text, const char *name, unsigned type) {
    (void) name, (void) type;
    return answer_code(text, DNS_REFUSED);
}

static bool answer_no_name(struct dns_text *text, const char *name, unsigned type) {
    (void) name, (void) type;
    text_soa(text, 3600, 3);
    return answer_code(text, DNS_NO_NAME);
}

static bool answer_no_name_alone(struct dns_text *text, const char *name, unsigned type) {
    (void) name, (void) type;
    return answer_code(text, DNS_NO_NAME);
}

static bool answer_no_name_for_long(struct dns_text *text, const char *name, unsigned type) {
    (void) name, (void) type;
    text_soa(text, 3600, 3600);
    return answer_code(text, DNS_NO_NAME);
}

/* For each family what the name says, "4" and "6" or what is behind them: an address, nothing, a
 * failure, a refusal, silence. */
static bool answer_by_name(struct dns_text *text, const char *name, unsigned type) {
    switch (strchr(name, type == DNS_A ? '4' : '6')[1]) {
    case 'a':
        return answer_many(text, name, type);
    case 'f':
        return answer_failure(text, name, type);
    case 'r':
        return answer_refusal(text, name, type);
    case 's':
        return false;
    default:
        return true;
    }
}

static bool answer_for_long(struct dns_text *text, const char *name, unsigned type) {
    if (type == DNS_A) {
        text_addr(text, name, 1000000, 1);
    }
    return true;
}

static bool answer_nonsense(struct dns_text *text, const char *name, unsigned type) {
    (void) name, (void) type;
    text->bytes[7] = 1; /* an answer that is not there */
    return true;
}

/* "n3" is an alias of "n2" and so on; "n0" has an address. */
static bool answer_chain(struct dns_text *text, const char *name, unsigned type) {
    unsigned long number = strtoul(name + 1, NULL, 10);
    char target[32];

    (void) type;
    if (number == 0) {
        text_addr(text, name, 20, 1);
    } else {
        snprintf(target, sizeof(target), "n%lu", number - 1);
        text_alias(text, name, number == 2 ? 7 : 30, target);
    }
    return true;
}

/* ---- the log ---- */

static char log_text[4 * LOG_LINE_MAX];
static size_t log_len;

static void keep_line(struct log *log, enum log_level level, const char *line, size_t len) {
    (void) log;
    (void) level;
    if (log_len + len < sizeof(log_text)) {
        memcpy(log_text + log_len, line, len);
        log_len += len;
        log_text[log_len] = '\0';
    }
}

static struct log keeper = { .level = LOG_LEVEL_NOTICE, .write = keep_line };

/* ---- those who wait ---- */

static struct resolve waiters[WAITERS_MAX];
static unsigned done;

static void on_done(struct resolve *resolve) {
    assert_false(resolve->is_active);
    done++;
}

static void start(unsigned waiter, const char *name) {
    unsigned before = done;

    resolve_start(&waiters[waiter], &settings, str_from(name), &arena, on_done);
    assert_int_equal(done, before); /* never from within */
}

/* Whether the waiter's name becomes known so. */
static void get(const char *name, unsigned status, unsigned count) {
    start(0, name);
    pair_wait_until(!waiters[0].is_active);
    assert_int_equal(waiters[0].status, status);
    assert_int_equal(waiters[0].count, count);
}

static void pass_time(int64_t ms) {
    now_ms += ms;
    clock_fake(now_ms, now_ms);
}

/* The same where the library's time has to pass, which is that of the machine. */
static void get_slowly(const char *name, unsigned status, unsigned count) {
    settings.timeout_ms = 0; /* ours passes faster */
    start(0, name);
    for (; waiters[0].is_active; pass_time(10)) {
        loop_turn(10);
    }
    assert_int_equal(waiters[0].status, status);
    assert_int_equal(waiters[0].count, count);
}

/* So many questions have come to both servers. */
static unsigned asked(void) {
    return servers[0].asked + servers[1].asked;
}

static void make_server(unsigned i) {
    struct server *server = &servers[i];

    server->fd = socket(AF_INET, SOCK_DGRAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    addrs[i] = pair_loopback();
    assert_int_equal(bind(server->fd, &addrs[i].any, addrs[i].len), 0);
    assert_int_equal(getsockname(server->fd, &addrs[i].any, &addrs[i].len), 0);
    server->asked = 0;
    server->answer = answer_one;
    server->watch = (struct watch){ .fd = server->fd, .on_ready = on_question };
    assert_true(watch_start(&server->watch, WATCH_LEVEL));
}

static int begin(void **state) {
    unsigned i;

    (void) state;
    pass_time(1000000);
    loop_init();
    arena_init(&arena);
    for (i = 0; i < SERVERS_MAX; i++) {
        make_server(i);
    }
    resolver = (struct resolver){ .servers = addrs, .server_count = 1, .has_ipv4 = true };
    settings = (struct resolver_settings){ &resolver, 30000 };
    memset(waiters, 0, sizeof(waiters));
    done = 0;
    log_len = 0;
    log_text[0] = '\0';
    log_process = &keeper;
    return 0;
}

static int end(void **state) {
    unsigned i;

    (void) state;
    resolver_stop(&resolver);
    resolver_stop(&resolver);
    for (i = 0; i < WAITERS_MAX; i++) {
        resolve_cancel(&waiters[i]);
    }
    for (i = 0; i < SERVERS_MAX; i++) {
        watch_cancel(&servers[i].watch, false);
        close(servers[i].fd);
    }
    loop_turn(0);
    arena_fini(&arena);
    loop_fini();
    return 0;
}

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

#define TEST(name) cmocka_unit_test_setup_teardown(name, begin, end)

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
        TEST(test_names_are_bounded),
        TEST(test_too_many_are_waited_for),
        TEST(test_names_that_are_none),
        TEST(test_reasons),
    };

    return cmocka_run_group_tests_name("net/resolver", tests, NULL, NULL);
}
