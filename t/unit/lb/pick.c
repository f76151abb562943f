/* SPDX-License-Identifier: BSD-2-Clause */
/* Tests of lb/pick: who may be picked, and what failures do. */
#include "picks.h"

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
        TEST(test_plan_changes_nothing),
        TEST(test_claim_is_refused),
        TEST(test_done_once),
        TEST(test_results),
    };

    return cmocka_run_group_tests_name("lb/pick", tests, NULL, groups_give_back);
}
