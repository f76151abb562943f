/* SPDX-License-Identifier: BSD-2-Clause */
/* picks - for the tests of lb/pick: one group, a clock, and what a pick falls on. */
#ifndef WEIR_T_UNIT_LB_PICKS_H
#define WEIR_T_UNIT_LB_PICKS_H

#include "groups.h"

#include "base/heap.h"
#include "base/log.h"
#include "shm/children.h"

static int64_t now_ms;

static inline void set_clock(int64_t ms) {
    now_ms = ms;
    clock_fake(ms, 1000000 - ms); /* the wall clock runs backwards, which must not matter */
}

static inline void pass_time(int64_t ms) {
    set_clock(now_ms + ms);
}

/* ---- what is logged ---- */

static char last_line[LOG_LINE_MAX + 1];
static unsigned line_count;

static inline void keep_line(struct log *log, enum log_level level, const char *line, size_t len) {
    (void) log;
    (void) level;
    memcpy(last_line, line, len);
    last_line[len] = '\0';
    line_count++;
}

static struct log keeper = { .level = LOG_LEVEL_NOTICE, .write = keep_line };

/* ---- rig ---- */

static struct conf *conf;
static struct group *group;

static inline int begin(void **state) {
    (void) state;
    set_clock(100000);
    log_process = &keeper;
    keeper.level = LOG_LEVEL_NOTICE;
    line_count = 0;
    last_line[0] = '\0';
    master_sit();
    return 0;
}

/* Nothing is held any more. */
static inline int end(void **state) {
    unsigned i;

    (void) state;
    for (i = 0; i < group->count; i++) {
        assert_int_equal(group->peers[i].state->conns.count, 0);
        assert_true(seat_counted_is_idle(&group->peers[i].state->conns));
    }
    conf_free(conf);
    master_leave();
    return 0;
}

static inline void load_group(const char *servers) {
    group = groups_one(&conf, servers);
}

#define A(parameters) "server 10.0.0.1:1 " parameters ";"
#define B(parameters) "server 10.0.0.2:1 " parameters ";"
#define C(parameters) "server 10.0.0.3:1 " parameters ";"

/* A pick that must fall on the peer. */
static inline void pick_is(struct client *client, int peer) {
    client_init(client, group);
    assert_int_equal(pick_peer(&client->pick), PICK_OK);
    assert_int_equal(client->pick.peer, peer);
}

/* Reports a failure of the peer, whoever's turn it is. */
static inline void fail_peer(int peer) {
    struct client client;

    client_init(&client, group);
    while (pick_peer(&client.pick) == PICK_OK && client.pick.peer != peer) {
        pick_done(&client.pick, PICK_NEUTRAL);
    }
    assert_int_equal(client.pick.peer, peer);
    client_fini(&client, PICK_FAILURE);
}

static inline bool is_live(int peer) {
    return peer_is_live(&group->peers[peer]);
}

/* Whether any pick of many falls on the peer; none is held. */
static inline bool is_used(int peer) {
    return strchr(pick_letters(group, 40), 'a' + peer) != NULL;
}

/* Takes a out of service and waits until it is due. */
static inline void make_a_due(void) {
    load_group(A("fail_timeout=10s") B(""));
    fail_peer(0);
    pass_time(10000);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, begin, end)

#endif
