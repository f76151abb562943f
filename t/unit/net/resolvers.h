/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * resolvers - for the tests of net/resolver: DNS servers that live in the same loop, and those who
 * wait for answers. net/dns and c-ares are the real ones.
 */
#ifndef WEIR_T_UNIT_NET_RESOLVERS_H
#define WEIR_T_UNIT_NET_RESOLVERS_H

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
static inline void read_question(const char *message, char *name, unsigned *type) {
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

static inline void on_question(struct watch *watch, unsigned ready) {
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

static inline bool answer_one(struct dns_text *text, const char *name, unsigned type) {
    if (type == DNS_A) {
        text_addr(text, name, 10, 1);
    }
    return true;
}

static inline bool answer_many(struct dns_text *text, const char *name, unsigned type) {
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

static inline bool answer_silence(struct dns_text *text, const char *name, unsigned type) {
    (void) text, (void) name, (void) type;
    return false;
}

static inline bool answer_but_busy(struct dns_text *text, const char *name, unsigned type) {
    return strcmp(name, "busy.test") != 0 && answer_one(text, name, type);
}

static inline bool answer_code(struct dns_text *text, unsigned code) {
    text->bytes[3] = (char) (text->bytes[3] | code);
    return true;
}

static inline bool answer_failure(struct dns_text *text, const char *name, unsigned type) {
    (void) name, (void) type;
    return answer_code(text, DNS_SERVER_FAILURE);
}

static inline bool answer_refusal(struct dns_text *text, const char *name, unsigned type) {
    (void) name, (void) type;
    return answer_code(text, DNS_REFUSED);
}

static inline bool answer_no_name(struct dns_text *text, const char *name, unsigned type) {
    (void) name, (void) type;
    text_soa(text, 3600, 3);
    return answer_code(text, DNS_NO_NAME);
}

static inline bool answer_no_name_alone(struct dns_text *text, const char *name, unsigned type) {
    (void) name, (void) type;
    return answer_code(text, DNS_NO_NAME);
}

static inline bool answer_no_name_for_long(struct dns_text *text, const char *name, unsigned type) {
    (void) name, (void) type;
    text_soa(text, 3600, 3600);
    return answer_code(text, DNS_NO_NAME);
}

/* For each family what the name says, "4" and "6" or what is behind them: an address, nothing, a
 * failure, a refusal, silence. */
static inline bool answer_by_name(struct dns_text *text, const char *name, unsigned type) {
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

static inline bool answer_for_long(struct dns_text *text, const char *name, unsigned type) {
    if (type == DNS_A) {
        text_addr(text, name, 1000000, 1);
    }
    return true;
}

static inline bool answer_nonsense(struct dns_text *text, const char *name, unsigned type) {
    (void) name, (void) type;
    text->bytes[7] = 1; /* an answer that is not there */
    return true;
}

/* "n3" is an alias of "n2" and so on; "n0" has an address. */
static inline bool answer_chain(struct dns_text *text, const char *name, unsigned type) {
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

static inline void keep_line(struct log *log, enum log_level level, const char *line, size_t len) {
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

static inline void on_done(struct resolve *resolve) {
    assert_false(resolve->is_active);
    done++;
}

static inline void start(unsigned waiter, const char *name) {
    unsigned before = done;

    resolve_start(&waiters[waiter], &settings, str_from(name), &arena, on_done);
    assert_int_equal(done, before); /* never from within */
}

/* Whether the waiter's name becomes known so. */
static inline void get(const char *name, unsigned status, unsigned count) {
    start(0, name);
    pair_wait_until(!waiters[0].is_active);
    assert_int_equal(waiters[0].status, status);
    assert_int_equal(waiters[0].count, count);
}

static inline void pass_time(int64_t ms) {
    now_ms += ms;
    clock_fake(now_ms, now_ms);
}

/* The same where the library's time has to pass, which is that of the machine. */
static inline void get_slowly(const char *name, unsigned status, unsigned count) {
    settings.timeout_ms = 0; /* ours passes faster */
    start(0, name);
    for (; waiters[0].is_active; pass_time(10)) {
        loop_turn(10);
    }
    assert_int_equal(waiters[0].status, status);
    assert_int_equal(waiters[0].count, count);
}

/* So many questions have come to both servers. */
static inline unsigned asked(void) {
    return servers[0].asked + servers[1].asked;
}

static inline void make_server(unsigned i) {
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

static inline int begin(void **state) {
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

static inline int end(void **state) {
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

#define TEST(name) cmocka_unit_test_setup_teardown(name, begin, end)

#endif
