/* SPDX-License-Identifier: BSD-2-Clause */
/* wrap: seat_count_up */
/* Tests of lb/pick: max_conns, and what is given back. */
#include "picks.h"

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

int main(void) {
    const struct CMUnitTest tests[] = {
        TEST(test_max_conns),
        TEST(test_max_conns_leads_to_backup),
        TEST(test_max_conns_is_exact),
        TEST(test_the_dead_hold_nothing),
        TEST(test_full_ledger),
    };

    return cmocka_run_group_tests_name("lb/pick_limit", tests, NULL, groups_give_back);
}
