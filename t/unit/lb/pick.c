/* SPDX-License-Identifier: BSD-2-Clause */
/* wrap: seat_count_up */
/* Tests of lb/pick: who may be picked, what failures do, probes, limits, and what is given back. */
#include "groups.h"

#include "base/heap.h"
#include "base/log.h"
#include "shm/children.h"

static int64_t now_ms;

static void set_clock(int64_t ms) {
    now_ms = ms;
    clock_fake(ms, 1000000 - ms); /* the wall clock runs backwards, which must not matter */
}

static void pass_time(int64_t ms) {
    set_clock(now_ms + ms);
}

/* ---- what is logged ---- */

static char last_line[LOG_LINE_MAX + 1];
static unsigned line_count;

static void keep_line(struct log *log, enum log_level level, const char *line, size_t len) {
    (void) log;
    (void) level;
    memcpy(last_line, line, len);
    last_line[len] = '\0';
    line_count++;
}

static struct log keeper = { .level = LOG_LEVEL_NOTICE, .write = keep_line };

/* ---- a full ledger ---- */

static bool is_ledger_full;
bool __real_seat_count_up(struct zone *zone, struct seat_counted *counted, bool is_limited,
                          uint32_t max);
bool __wrap_seat_count_up(struct zone *zone, struct seat_counted *counted, bool is_limited,
                          uint32_t max);

bool __wrap_seat_count_up(struct zone *zone, struct seat_counted *counted, bool is_limited,
                          uint32_t max) {
    return !is_ledger_full && __real_seat_count_up(zone, counted, is_limited, max);
}

/* ---- rig ---- */

static struct conf *conf;
static struct group *group;

static int begin(void **state) {
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
static int end(void **state) {
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

static void load_group(const char *servers) {
    group = groups_one(&conf, servers);
}

#define A(parameters) "server 10.0.0.1:1 " parameters ";"
#define B(parameters) "server 10.0.0.2:1 " parameters ";"
#define C(parameters) "server 10.0.0.3:1 " parameters ";"

/* A pick that must fall on the peer. */
static void pick_is(struct client *client, int peer) {
    client_init(client, group);
    assert_int_equal(pick_peer(&client->pick), PICK_OK);
    assert_int_equal(client->pick.peer, peer);
}

/* Reports a failure of the peer, whoever's turn it is. */
static void fail_peer(int peer) {
    struct client client;

    client_init(&client, group);
    while (pick_peer(&client.pick) == PICK_OK && client.pick.peer != peer) {
        pick_done(&client.pick, PICK_NEUTRAL);
    }
    assert_int_equal(client.pick.peer, peer);
    client_fini(&client, PICK_FAILURE);
}

static bool is_live(int peer) {
    return peer_is_live(&group->peers[peer]);
}

/* Whether any pick of many falls on the peer; none is held. */
static bool is_used(int peer) {
    return strchr(pick_letters(group, 40), 'a' + peer) != NULL;
}

/* ---- failures ---- */

static void test_one_failure(void **state) {
    (void) state;
    load_group(A("") B(""));
    assert_string_equal(pick_letters(group, 4), "abab");
    assert_int_equal(line_count, 0);
    fail_peer(0);
    assert_false(is_live(0));
    assert_int_equal(line_count, 1);
    assert_non_null(strstr(last_line, "[warn]"));
    assert_non_null(
        strstr(last_line, "upstream server temporarily disabled: 10.0.0.1:1 in \"u\""));
    assert_string_equal(pick_letters(group, 4), "bbbb");
    pass_time(9999);
    assert_string_equal(pick_letters(group, 4), "bbbb");
    assert_int_equal(group->peers[0].state->failures, 1);
    assert_int_equal(group->peers[1].state->failures, 0);
}

static void test_max_fails(void **state) {
    unsigned i;

    (void) state;
    load_group(A("max_fails=3 fail_timeout=10s") B(""));
    for (i = 0; i < 3; i++) {
        assert_true(is_live(0));
        fail_peer(0);
        pass_time(100);
    }
    assert_false(is_live(0));
}

static void test_max_fails_0(void **state) {
    unsigned i;

    (void) state;
    load_group(A("max_fails=0") B(""));
    for (i = 0; i < 300; i++) {
        fail_peer(0);
    }
    assert_true(is_live(0));
    assert_int_equal(group->peers[0].state->failures, 300);
}

/* The window slides: what counts is any fail_timeout, wherever it begins. */
static void test_window_slides(void **state) {
    unsigned i;

    (void) state;
    load_group(A("max_fails=3 fail_timeout=10s") B(""));
    /* Every 5 s and 1 ms one: never three within 10 s. */
    for (i = 0; i < 50; i++) {
        fail_peer(0);
        assert_true(is_live(0));
        pass_time(5001);
    }
    fail_peer(0);
    pass_time(4000);
    fail_peer(0); /* the third newest is 9001 ms old */
    assert_false(is_live(0));
}

/* A window that began anew with each fail_timeout would forget these. */
static void test_window_has_no_borders(void **state) {
    int64_t offset;

    (void) state;
    for (offset = 0; offset < 10000; offset += 1700) {
        load_group(A("max_fails=2 fail_timeout=10s") B(""));
        group->peers[0].state->window_count = 0;
        group->peers[0].state->down_until_ms = 0;
        set_clock(1000000 + offset);
        fail_peer(0);
        pass_time(9999);
        fail_peer(0);
        assert_false(is_live(0));
        if (offset + 1700 < 10000) {
            conf_free(conf);
        }
    }
}

/* More failures than are remembered one by one. */
static void test_many_max_fails(void **state) {
    unsigned i;

    (void) state;
    load_group(A("max_fails=1000 fail_timeout=10s") B(""));
    for (i = 0; i < 999; i++) {
        fail_peer(0);
        assert_true(is_live(0));
    }
    for (i = 0; i < 8 && is_live(0); i++) {
        fail_peer(0);
    }
    assert_false(is_live(0));
    conf_free(conf);

    load_group(A("max_fails=1000 fail_timeout=10s") C(""));
    assert_false(is_live(0)); /* the same server: its state was found again */
    assert_int_equal(group->peers[0].state->window_step, 8);
    conf_free(conf);

    /* Too slow for it: 1000 in 20 s. */
    load_group(B("max_fails=1000 fail_timeout=10s") C(""));
    for (i = 0; i < 5000; i++) {
        fail_peer(0);
        assert_true(is_live(0));
        pass_time(20);
    }
}

/* Of the failures that share a place in memory the oldest counts. */
static void test_steps_are_no_excuse(void **state) {
    unsigned i;

    (void) state;
    load_group(A("max_fails=1000 fail_timeout=10s") B(""));
    fail_peer(0);
    pass_time(9000);
    for (i = 1; i < 999; i++) {
        fail_peer(0);
    }
    pass_time(1500);
    fail_peer(0); /* the 1000th newest is 10.5 s old */
    assert_true(is_live(0));
}

/* With another max_fails what was remembered in other steps begins anew. */
static void test_other_step(void **state) {
    unsigned i;

    (void) state;
    load_group(A("max_fails=200") B(""));
    for (i = 0; i < 150; i++) {
        fail_peer(0);
    }
    conf_free(conf);
    load_group(A("max_fails=3") B(""));
    fail_peer(0);
    fail_peer(0);
    assert_true(is_live(0));
    fail_peer(0);
    assert_false(is_live(0));
}

static void test_fail_timeout_0(void **state) {
    unsigned i;

    (void) state;
    load_group(A("fail_timeout=0") B(""));
    for (i = 0; i < 5; i++) {
        fail_peer(0);
        assert_true(is_live(0));
    }
}

/* Failures of requests that began before do not make it later. */
static void test_success_is_no_end_of_a_window(void **state) {
    (void) state;
    load_group(A("max_fails=2") B(""));
    fail_peer(0);
    assert_string_equal(pick_letters(group, 4), "baba");
    fail_peer(0);
    assert_false(is_live(0));
}

/* ---- the last one ---- */

static void test_last_one_stays(void **state) {
    unsigned i;

    (void) state;
    load_group(A("") B("") C(""));
    fail_peer(1);
    fail_peer(2);
    for (i = 0; i < 10; i++) {
        assert_string_equal(pick_letters(group, 2), "aa");
        fail_peer(0);
        assert_true(is_live(0));
    }
    assert_int_equal(line_count, 2);
}

static void test_alone_beside_down_ones(void **state) {
    (void) state;
    load_group(A("") B("down") C("down"));
    fail_peer(0);
    assert_string_equal(pick_letters(group, 3), "aaa");
}

static void test_backup_is_somewhere_to_go(void **state) {
    (void) state;
    load_group(A("") B("backup"));
    assert_string_equal(pick_letters(group, 2), "aa");
    fail_peer(0);
    assert_string_equal(pick_letters(group, 2), "bb");
    fail_peer(1);
    assert_string_equal(pick_letters(group, 2), "bb");
}

/* A peer that may be tried again is not yet one to rely on. */
static void test_due_is_not_live(void **state) {
    (void) state;
    load_group(A("") B(""));
    fail_peer(0);
    pass_time(10001);
    fail_peer(1);
    assert_true(is_live(1));
}

/* Instructions between two looks; sanitizers make many more of them. */
#ifdef HEAP_IS_SANITIZED
enum { STRIDE = 37 };
#else
enum { STRIDE = 5 };
#endif

static void fail_a_in_steps(void *unused) {
    struct client client;

    (void) unused;
    client_init(&client, group);
    CHECK(pick_peer(&client.pick) == PICK_OK && client.pick.peer == 0);
    child_step_mark();
    pick_done(&client.pick, PICK_FAILURE);
    child_step_mark();
}

static void fail_b(void *unused) {
    struct client client;

    (void) unused;
    client_init(&client, group);
    CHECK(pick_peer(&client.pick) == PICK_OK && client.pick.peer == 1);
    pick_done(&client.pick, PICK_FAILURE);
}

/* Ends by itself, unless a lock keeps it from that. */
static bool ends_soon(const struct test_child *child) {
    unsigned i;

    for (i = 0; i < 60; i++) {
        int status;

        if (waitpid(child->pid, &status, WNOHANG) == child->pid) {
            assert_int_equal(status, 0);
            seat_reclaim(child->seat);
            return true;
        }
        usleep(100);
    }
    return false;
}

/* Lets a child that was stepped go on by itself to its second mark. */
static void go_on(const struct test_child *child, bool is_there) {
    int status;

    if (!is_there) {
        CHECK(ptrace(PTRACE_DETACH, child->pid, NULL, NULL) == 0);
        CHECK(waitpid(child->pid, &status, WUNTRACED) == child->pid && WIFSTOPPED(status));
    }
}

/* Two processes take the last two peers out at the same time, wherever the one is when the other
 * comes: one peer stays. */
static void test_last_two_at_once(void **state) {
    unsigned steps, waits = 0;
    bool is_over = false, is_waiting;

    (void) state;
    keeper.level = LOG_LEVEL_ERROR;
    load_group(A("") B(""));
    for (steps = 0; !is_over; steps += STRIDE) {
        struct test_child a, b;

        group->state->cursor = 0;
        group->peers[0].state->down_until_ms = group->peers[1].state->down_until_ms = 0;
        group->peers[0].state->window_count = group->peers[1].state->window_count = 0;
        a = child_start_stepped(fail_a_in_steps, NULL);
        is_over = !child_step(&a, steps);
        group->state->cursor = 1;
        b = child_start(fail_b, NULL);
        is_waiting = !ends_soon(&b);
        waits += is_waiting;
        go_on(&a, is_over);
        while (is_waiting && !ends_soon(&b)) {
        }
        child_end(&a);
        assert_int_equal(is_live(0) + is_live(1), 1);
    }
    keeper.level = LOG_LEVEL_NOTICE;
    assert_in_range(steps, 200, 100000);
    assert_in_range(waits, 1, steps / STRIDE);
}

/* ---- probes ---- */

/* Takes a out of service and waits until it is due. */
static void make_a_due(void) {
    load_group(A("fail_timeout=10s") B(""));
    fail_peer(0);
    pass_time(10000);
}

static void test_probe_succeeds(void **state) {
    struct client probe;

    (void) state;
    make_a_due();
    while (pick_once(group, PICK_NEUTRAL) != 1) {
    }
    pick_is(&probe, 0);
    assert_string_equal(pick_letters(group, 4), "bbbb"); /* only one probes */
    client_fini(&probe, PICK_SUCCESS);
    assert_true(is_live(0));
    assert_non_null(strstr(last_line, "upstream server enabled again: 10.0.0.1:1 in \"u\""));
    assert_true(is_used(0));
    /* With a clean window. */
    assert_int_equal(group->peers[0].state->window_count, 0);
}

static void test_probe_fails(void **state) {
    struct client probe;

    (void) state;
    make_a_due();
    line_count = 0;
    client_init(&probe, group);
    assert_int_equal(pick_peer(&probe.pick), PICK_OK);
    if (probe.pick.peer == 1) {
        pick_done(&probe.pick, PICK_NEUTRAL);
        assert_int_equal(pick_peer(&probe.pick), PICK_OK);
    }
    pass_time(3000);
    client_fini(&probe, PICK_FAILURE);
    assert_false(is_live(0));
    assert_int_equal(line_count, 0); /* it was said already */
    pass_time(9999);
    assert_false(is_used(0)); /* counted from the failure */
    pass_time(1);
    assert_true(is_used(0));
}

/* The same for a peer that stands many failures: one failed probe is enough. */
static void test_probe_of_many_max_fails(void **state) {
    struct client probe;
    unsigned i;

    (void) state;
    load_group(A("max_fails=5 fail_timeout=10s") B(""));
    for (i = 0; i < 5; i++) {
        fail_peer(0);
    }
    pass_time(10000);
    while (pick_once(group, PICK_NEUTRAL) != 1) {
    }
    pick_is(&probe, 0);
    pass_time(2000);
    client_fini(&probe, PICK_FAILURE);
    pass_time(9999);
    assert_false(is_used(0));
    pass_time(1);
    assert_true(is_used(0)); /* probed with success */
    for (i = 0; i < 4; i++) {
        fail_peer(0);
        assert_true(is_live(0));
    }
}

/* The client went away before anything was known. */
static void test_probe_says_nothing(void **state) {
    unsigned i;

    (void) state;
    make_a_due();
    for (i = 0; i < 5; i++) {
        while (pick_once(group, PICK_NEUTRAL) != 0) {
        }
    }
    assert_false(is_live(0));
    assert_true(is_used(0));
    assert_true(is_live(0));
}

/* A long session is no long probe. */
static void test_probe_confirmed_early(void **state) {
    struct client probe;

    (void) state;
    make_a_due();
    client_init(&probe, group);
    assert_int_equal(pick_peer(&probe.pick), PICK_OK);
    if (probe.pick.peer == 1) {
        pick_done(&probe.pick, PICK_NEUTRAL);
        assert_int_equal(pick_peer(&probe.pick), PICK_OK);
    }
    pick_confirm(&probe.pick);
    assert_true(is_live(0));
    assert_true(is_used(0));
    assert_int_equal(group->peers[0].state->conns.count, 1);
    /* What happens to it later is an event of its own. */
    client_fini(&probe, PICK_FAILURE);
    assert_false(is_live(0));
}

/* To confirm without a probe, or nothing at all, does nothing. */
static void test_confirm_of_a_live_one(void **state) {
    struct client client;

    (void) state;
    load_group(A("max_fails=2") B(""));
    fail_peer(0);
    client_init(&client, group);
    pick_confirm(&client.pick);
    assert_int_equal(pick_peer(&client.pick), PICK_OK);
    pick_confirm(&client.pick);
    client_fini(&client, PICK_SUCCESS);
    assert_int_equal(group->peers[0].state->window_count, 1);
    assert_int_equal(line_count, 0);
}

static void probe_and_die(void *context) {
    struct client probe;

    (void) context;
    client_init(&probe, group);
    while (pick_peer(&probe.pick) == PICK_OK && probe.pick.peer != 0) {
        pick_done(&probe.pick, PICK_NEUTRAL);
    }
    CHECK(probe.pick.peer == 0);
    child_step_mark();
}

static void test_probe_dies(void **state) {
    struct test_child child;
    int status;

    (void) state;
    make_a_due();
    child = child_start(probe_and_die, NULL);
    assert_int_equal(waitpid(child.pid, &status, WUNTRACED), child.pid);
    assert_true(WIFSTOPPED(status));
    assert_int_equal(group->peers[0].state->conns.count, 1);
    child_end(&child);
    assert_int_equal(group->peers[0].state->conns.count, 0);
    assert_false(is_used(0));
    pass_time(10000);
    assert_true(is_used(0));
    assert_true(is_live(0));
}

static void probe_once(void *context) {
    int *go = context, *probes = go + 1;
    struct client client;

    while (__atomic_load_n(go, __ATOMIC_SEQ_CST) == 0) {
    }
    client_init(&client, group);
    CHECK(pick_peer(&client.pick) == PICK_OK);
    if (client.pick.peer == 0) {
        __atomic_add_fetch(probes, 1, __ATOMIC_SEQ_CST);
    }
    __atomic_add_fetch(go + 2, 1, __ATOMIC_SEQ_CST);
    while (__atomic_load_n(go + 2, __ATOMIC_SEQ_CST) < 4) {
        usleep(100);
    }
    client_fini(&client, PICK_NEUTRAL);
}

/* Among all processes one probes. */
static void test_one_process_probes(void **state) {
    struct test_child children[4];
    unsigned i;
    int *go;

    (void) state;
    make_a_due();
    go = zone_at(group->zone, zone_alloc(group->zone, 3 * sizeof(*go)));
    for (i = 0; i < 4; i++) {
        children[i] = child_start(probe_once, go);
    }
    __atomic_store_n(go, 1, __ATOMIC_SEQ_CST);
    for (i = 0; i < 4; i++) {
        assert_int_equal(child_wait(&children[i]), 0);
        seat_reclaim(children[i].seat);
    }
    assert_int_equal(go[1], 1);
}

/* ---- limits ---- */

static void test_max_conns(void **state) {
    struct client one, two, three, four;

    (void) state;
    load_group(A("max_conns=1") B("max_conns=2"));
    pick_is(&one, 0);
    pick_is(&two, 1);
    pick_is(&three, 1);
    client_init(&four, group);
    assert_int_equal(pick_peer(&four.pick), PICK_NONE);
    client_fini(&one, PICK_SUCCESS);
    assert_int_equal(pick_peer(&four.pick), PICK_OK);
    assert_int_equal(four.pick.peer, 0);
    client_fini(&two, PICK_FAILURE);
    client_fini(&three, PICK_NEUTRAL);
    client_fini(&four, PICK_SUCCESS);
}

static void test_max_conns_leads_to_backup(void **state) {
    struct client one, two;

    (void) state;
    load_group(A("max_conns=1") B("backup"));
    pick_is(&one, 0);
    pick_is(&two, 1);
    client_fini(&one, PICK_SUCCESS);
    client_fini(&two, PICK_SUCCESS);
    assert_string_equal(pick_letters(group, 2), "aa");
}

enum { LIMIT = 5, TAKERS = 4, TAKES = 20000 };

static void take_and_give(void *context) {
    uint32_t *seen = context;
    struct client clients[LIMIT];
    unsigned i, j;

    for (i = 0; i < TAKES; i++) {
        unsigned taken = 0;

        for (j = 0; j < LIMIT; j++) {
            uint32_t count;

            client_init(&clients[taken], group);
            if (pick_peer(&clients[taken].pick) != PICK_OK) {
                client_fini(&clients[taken], PICK_NEUTRAL);
                break;
            }
            taken++;
            count = __atomic_add_fetch(seen, 1, __ATOMIC_SEQ_CST);
            CHECK(count <= LIMIT);
        }
        while (taken > 0) {
            __atomic_sub_fetch(seen, 1, __ATOMIC_SEQ_CST);
            client_fini(&clients[--taken], PICK_SUCCESS);
        }
    }
}

static void test_max_conns_is_exact(void **state) {
    struct test_child children[TAKERS];
    uint32_t *seen;
    unsigned i;

    (void) state;
    load_group(A("max_conns=5"));
    seen = zone_at(group->zone, zone_alloc(group->zone, sizeof(*seen)));
    for (i = 0; i < TAKERS; i++) {
        children[i] = child_start(take_and_give, seen);
    }
    for (i = 0; i < TAKERS; i++) {
        assert_int_equal(child_wait(&children[i]), 0);
        seat_reclaim(children[i].seat);
    }
    assert_int_equal(*seen, 0);
}

static void hold_three(void *context) {
    struct client clients[3];
    unsigned i;

    (void) context;
    for (i = 0; i < 3; i++) {
        client_init(&clients[i], group);
        CHECK(pick_peer(&clients[i].pick) == PICK_OK);
    }
    raise(SIGSTOP);
}

static void test_the_dead_hold_nothing(void **state) {
    struct test_child child;
    struct client client;
    int status;

    (void) state;
    load_group(A("max_conns=3"));
    child = child_start(hold_three, NULL);
    assert_int_equal(waitpid(child.pid, &status, WUNTRACED), child.pid);
    client_init(&client, group);
    assert_int_equal(pick_peer(&client.pick), PICK_NONE);
    child_end(&child);
    assert_int_equal(pick_peer(&client.pick), PICK_OK);
    client_fini(&client, PICK_SUCCESS);
}

/* A process that can count nothing more refuses; it does not try for ever. */
static void test_full_ledger(void **state) {
    struct client client;

    (void) state;
    load_group(A("") B(""));
    fail_peer(0);
    pass_time(20000);
    is_ledger_full = true;
    client_init(&client, group);
    assert_int_equal(pick_peer(&client.pick), PICK_NONE);
    client_fini(&client, PICK_NEUTRAL);
    is_ledger_full = false;
    assert_true(is_used(0)); /* nor is the probe used up by it */
    assert_true(is_used(1));
}

/* ---- plan and claim ---- */

static void test_plan_changes_nothing(void **state) {
    struct client client;
    unsigned i;

    (void) state;
    make_a_due();
    assert_int_equal(pick_once(group, PICK_NEUTRAL), 1);
    client_init(&client, group);
    for (i = 0; i < 5; i++) {
        assert_int_equal(pick_plan(&client.pick), PICK_OK);
        assert_int_equal(client.pick.peer, 0);
        assert_true(client.pick.probe_ms != 0);
    }
    assert_false(client.pick.is_claimed);
    client_fini(&client, PICK_FAILURE); /* of nothing */
    assert_int_equal(group->peers[0].state->failures, 1);
    assert_int_equal(group->peers[0].state->conns.count, 0);
}

/* Who planned on what others have taken meanwhile plans again. */
static void test_claim_is_refused(void **state) {
    struct client slow;

    (void) state;
    load_group(A("") B(""));
    client_init(&slow, group);
    assert_int_equal(pick_plan(&slow.pick), PICK_OK);
    assert_int_equal(slow.pick.peer, 0);
    assert_int_equal(pick_once(group, PICK_SUCCESS), 0);
    assert_false(pick_claim(&slow.pick));
    assert_int_equal(pick_peer(&slow.pick), PICK_OK);
    assert_int_equal(slow.pick.peer, 1);
    client_fini(&slow, PICK_SUCCESS);
}

static void test_done_once(void **state) {
    struct client client;

    (void) state;
    load_group(A("max_fails=3") B(""));
    pick_is(&client, 0);
    assert_ptr_equal(pick_the_peer(&client.pick), &group->peers[0]);
    pick_done(&client.pick, PICK_FAILURE);
    pick_done(&client.pick, PICK_FAILURE);
    client_fini(&client, PICK_FAILURE);
    assert_int_equal(group->peers[0].state->failures, 1);
    assert_int_equal(client.pick.tried_count, 1);
}

static void test_results(void **state) {
    struct client client;

    (void) state;
    load_group(A("") B("down"));
    pick_is(&client, 0);
    pick_done(&client.pick, PICK_FAILURE);
    assert_int_equal(pick_peer(&client.pick), PICK_ALL_TRIED);
    assert_null(pick_the_peer(&client.pick));
    client_fini(&client, PICK_NEUTRAL);
    group->peers[0].is_down = true;
    client_init(&client, group);
    assert_int_equal(pick_peer(&client.pick), PICK_NONE);
    client_fini(&client, PICK_NEUTRAL);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, begin, end)

int main(void) {
    const struct CMUnitTest tests[] = {
        TEST(test_one_failure),
        TEST(test_max_fails),
        TEST(test_max_fails_0),
        TEST(test_window_slides),
        TEST(test_window_has_no_borders),
        TEST(test_many_max_fails),
        TEST(test_steps_are_no_excuse),
        TEST(test_other_step),
        TEST(test_fail_timeout_0),
        TEST(test_success_is_no_end_of_a_window),
        TEST(test_last_one_stays),
        TEST(test_alone_beside_down_ones),
        TEST(test_backup_is_somewhere_to_go),
        TEST(test_due_is_not_live),
        TEST(test_last_two_at_once),
        TEST(test_probe_succeeds),
        TEST(test_probe_fails),
        TEST(test_probe_of_many_max_fails),
        TEST(test_probe_says_nothing),
        TEST(test_probe_confirmed_early),
        TEST(test_confirm_of_a_live_one),
        TEST(test_probe_dies),
        TEST(test_one_process_probes),
        TEST(test_max_conns),
        TEST(test_max_conns_leads_to_backup),
        TEST(test_max_conns_is_exact),
        TEST(test_the_dead_hold_nothing),
        TEST(test_full_ledger),
        TEST(test_plan_changes_nothing),
        TEST(test_claim_is_refused),
        TEST(test_done_once),
        TEST(test_results),
    };

    return cmocka_run_group_tests_name("lb/pick", tests, NULL, groups_give_back);
}
