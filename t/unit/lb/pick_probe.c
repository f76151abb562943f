/* SPDX-License-Identifier: BSD-2-Clause */
/* Tests of lb/pick: how a server that was out comes back. */
#include "picks.h"

/* ---- probes ---- */

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

int main(void) {
    const struct CMUnitTest tests[] = {
        TEST(test_probe_succeeds),
        TEST(test_probe_fails),
        TEST(test_probe_of_many_max_fails),
        TEST(test_probe_says_nothing),
        TEST(test_probe_confirmed_early),
        TEST(test_confirm_of_a_live_one),
        TEST(test_probe_dies),
        TEST(test_one_process_probes),
    };

    return cmocka_run_group_tests_name("lb/pick_probe", tests, NULL, groups_give_back);
}
