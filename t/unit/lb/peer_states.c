/* SPDX-License-Identifier: BSD-2-Clause */
/* Tests of lb/peer_states: what the next generation finds, what it does not share, and what goes.
 * */
#include "groups.h"

#include "base/hash.h"
#include "shm/children.h"
#include "shm/table.h"

#include <fcntl.h>

static int begin(void **state) {
    (void) state;
    clock_fake(100000, 100000);
    master_sit();
    return 0;
}

static int end(void **state) {
    (void) state;
    groups_is_check = false;
    master_leave();
    return 0;
}

static struct zone *peers_zone(void) {
    struct list *at, *next;

    list_each(at, next, zone_list()) {
        struct zone *zone = list_object(at, struct zone, link);

        if (zone->kind == ZONE_KIND_PEERS) {
            return zone;
        }
    }
    return NULL;
}

/* Records, the one that counts the loads not among them. */
static size_t record_count(void) {
    struct table table;

    assert_true(table_open(&table, peers_zone(), NULL));
    return table_count(&table) - 1;
}

static struct peer_state *state_of(struct conf *conf, uint32_t family, const char *name,
                                   unsigned peer) {
    struct group *group = group_find(conf, family, str_from(name));

    assert_non_null(group);
    assert_true(peer < group->count);
    return group->peers[peer].state;
}

/* ---- what is found again ---- */

static const char three[] = "stream { upstream u { server 10.0.0.1:1; server 10.0.0.2:1;\n"
                            "server 10.0.0.3:1; } }";

static void test_next_generation(void **state) {
    struct conf *old = groups_load(three), *new;
    struct group *old_group = group_find(old, CONF_STREAM, STR("u")), *new_group;
    unsigned i;

    (void) state;
    assert_ptr_equal(old_group->zone, peers_zone());
    assert_int_equal(record_count(), 4);
    pick_once(old_group, PICK_SUCCESS);
    old_group->peers[0].state->failures = 7;
    /* Other order, other parameters, one more, one less. */
    new = groups_load("stream { upstream v { server 10.0.0.1:1; }\n"
                      "upstream u { server 10.0.0.4:1; server 10.0.0.3:1 weight=4 backup;\n"
                      "server 10.0.0.1:1 max_fails=8; } }");
    new_group = group_find(new, CONF_STREAM, STR("u"));
    assert_ptr_equal(new_group->state, old_group->state);
    assert_int_equal(new_group->state->cursor, 1);
    assert_ptr_equal(new_group->peers[1].state, old_group->peers[0].state);
    assert_int_equal(new_group->peers[1].state->failures, 7);
    assert_ptr_equal(new_group->peers[2].state, old_group->peers[2].state);
    for (i = 0; i < 3; i++) {
        assert_ptr_not_equal(new_group->peers[0].state, old_group->peers[i].state);
        assert_ptr_not_equal(state_of(new, CONF_STREAM, "v", 0), old_group->peers[i].state);
    }
    conf_free(old);
    conf_free(new);
}

/* Connections of the old generation count for the new one, in the same number. */
static void test_counts_go_on(void **state) {
    const char *text = "stream { upstream u { server 10.0.0.1:1 max_conns=1;\n"
                       "server 10.0.0.2:1; } }";
    struct conf *old = groups_load(text), *new;
    struct group *group = group_find(old, CONF_STREAM, STR("u"));
    struct client client;

    (void) state;
    client_init(&client, group);
    assert_int_equal(pick_peer(&client.pick), PICK_OK);
    assert_int_equal(client.pick.peer, 0);
    new = groups_load(text);
    assert_string_equal(pick_letters(group_find(new, CONF_STREAM, STR("u")), 3), "bbb");
    client_fini(&client, PICK_SUCCESS);
    conf_free(old);
    assert_string_equal(pick_letters(group_find(new, CONF_STREAM, STR("u")), 2), "ab");
    conf_free(new);
}

/* ---- what is not shared ---- */

static void test_separate(void **state) {
    struct conf *conf = groups_load(
        "http { upstream u { server 10.0.0.1:1; } pass 10.0.0.1:1; pass 10.0.0.1 1;\n"
        "pass 10.0.0.1 2; }\n"
        "stream { upstream u { server 10.0.0.1:1; } upstream u1 { server 10.0.0.1:1; }\n"
        "pass 10.0.0.1:1; }");
    struct peer_state *states[7];
    unsigned i, j;

    (void) state;
    states[0] = state_of(conf, CONF_HTTP, "u", 0);
    states[1] = state_of(conf, CONF_STREAM, "u", 0);
    states[2] = state_of(conf, CONF_STREAM, "u1", 0);
    for (i = 0; i < 4; i++) {
        states[3 + i] = groups_passed[i]->peers[0].state;
    }
    for (i = 0; i < 7; i++) {
        for (j = 0; j < i; j++) {
            assert_ptr_not_equal(states[i], states[j]);
        }
    }
    assert_int_equal(record_count(), 14); /* each with its group */
    conf_free(conf);
}

/* Two servers with one address are two, each with its own limit, in this generation and the next.
 * */
static void test_same_address(void **state) {
    const char *text = "stream { upstream u { server 10.0.0.1:1 max_conns=1;\n"
                       "server 10.0.0.1:1 max_conns=2; server 10.0.0.2:1 down;\n"
                       "server 10.0.0.1:1 backup; } }";
    struct conf *old = groups_load(text), *new;
    struct group *group = group_find(old, CONF_STREAM, STR("u")), *next;
    struct client clients[4];
    unsigned i, j;

    (void) state;
    for (i = 0; i < 4; i++) {
        for (j = 0; j < i; j++) {
            assert_ptr_not_equal(group->peers[i].state, group->peers[j].state);
        }
    }
    for (i = 0; i < 4; i++) {
        client_init(&clients[i], group);
        assert_int_equal(pick_peer(&clients[i].pick), PICK_OK);
    }
    assert_int_equal(group->peers[0].state->conns.count, 1);
    assert_int_equal(group->peers[1].state->conns.count, 2);
    assert_int_equal(group->peers[3].state->conns.count, 1);
    new = groups_load(text);
    next = group_find(new, CONF_STREAM, STR("u"));
    for (i = 0; i < 4; i++) {
        assert_ptr_equal(next->peers[i].state, group->peers[i].state);
        client_fini(&clients[i], PICK_SUCCESS);
    }
    conf_free(old);
    conf_free(new);
}

/* ---- checks ---- */

static void test_check_touches_nothing(void **state) {
    struct conf *conf = groups_load(three), *check;
    struct group *group;
    size_t used = zone_used(peers_zone());

    (void) state;
    groups_is_check = true;
    check = groups_load("stream { upstream u { server 10.0.0.1:1; server 10.0.0.9:1; } }");
    group = group_find(check, CONF_STREAM, STR("u"));
    assert_null(group->zone);
    assert_ptr_not_equal(group->peers[0].state, state_of(conf, CONF_STREAM, "u", 0));
    assert_int_equal(zone_used(peers_zone()), used);
    assert_int_equal(record_count(), 4);
    /* It can be planned on, and even picked from. */
    assert_string_equal(pick_letters(group, 4), "abab");
    assert_int_equal(group->peers[0].state->conns.count, 0);
    conf_free(check);
    conf_free(conf);
}

static void test_check_without_zones(void **state) {
    struct conf *conf;

    (void) state;
    seats_forget();
    conf = groups_load(three);
    assert_null(peers_zone());
    conf_free(conf);
}

/* The first load of a program comes before its process has its seat. */
static void test_load_before_the_seat(void **state) {
    struct conf *conf, *next;
    struct group *group;
    unsigned i;

    (void) state;
    seats_forget();
    assert_true(seats_open());
    groups_is_first = true;
    conf = groups_load(three);
    groups_is_first = false;
    assert_null(seat_self());
    for (i = 0; i < SEATS_MAX; i++) {
        assert_true(seat_at(i) == NULL || seat_at(i)->role == SEAT_FREE);
    }
    group = group_find(conf, CONF_STREAM, STR("u"));
    assert_ptr_equal(group->zone, peers_zone());
    seat_sit(seat_take(SEAT_MASTER, 0, 0));
    assert_string_equal(pick_letters(group, 3), "abc");
    next = groups_load(three);
    assert_ptr_equal(state_of(next, CONF_STREAM, "u", 0), group->peers[0].state);
    conf_free(conf);
    conf_free(next);
}

static void test_no_upstreams(void **state) {
    struct conf *conf = groups_load("stream { }");

    (void) state;
    assert_null(peers_zone());
    conf_free(conf);
}

/* ---- what goes ---- */

static void test_old_ones_go(void **state) {
    struct conf *first = groups_load(three), *second, *third;

    (void) state;
    second = groups_load("stream { upstream v { server 10.0.0.1:1; } }");
    assert_int_equal(record_count(), 6); /* the first generation still serves */
    conf_free(first);
    assert_int_equal(record_count(), 6);
    third = groups_load("stream { upstream v { server 10.0.0.2:1; } }");
    assert_int_equal(record_count(), 3); /* of the second and the third */
    conf_free(second);
    conf_free(third);
    third = groups_load(three);
    assert_int_equal(record_count(), 4);
    conf_free(third);
}

/* A generation that drains for long keeps its own, however many came after it. */
static void test_draining_keeps(void **state) {
    struct conf *first = groups_load(three), *next;
    struct peer_state *kept = state_of(first, CONF_STREAM, "u", 1);
    unsigned i;

    (void) state;
    kept->failures = 5;
    for (i = 0; i < 5; i++) {
        next = groups_load("stream { upstream v { server 10.0.0.1:1; } }");
        conf_free(next);
    }
    assert_int_equal(kept->failures, 5);
    next = groups_load(three);
    assert_ptr_equal(state_of(next, CONF_STREAM, "u", 1), kept);
    conf_free(first);
    conf_free(next);
}

/* What a dead generation holds is kept until its ledger was given back. */
static void test_held_ones_stay(void **state) {
    struct conf *first = groups_load(three);
    struct group *group = group_find(first, CONF_STREAM, STR("u"));
    struct seat_counted *conns = &group->peers[2].state->conns;
    struct zone *zone = group->zone;

    (void) state;
    assert_true(seat_count_up(zone, conns, false, 0));
    conf_free(first);
    conf_free(groups_load("stream { upstream v { server 10.0.0.1:1; } }"));
    assert_int_equal(record_count(), 3);
    seat_count_down(zone, conns);
    conf_free(groups_load("stream { upstream v { server 10.0.0.1:1; } }"));
    assert_int_equal(record_count(), 2);
}

/* While another master lives, nobody knows what it uses. */
static void test_other_master(void **state) {
    struct conf *conf = groups_load(three);
    struct seat *other = seat_take(SEAT_MASTER, 0, 0);

    (void) state;
    other->pid = 1;
    conf_free(conf);
    conf = groups_load("stream { upstream v { server 10.0.0.1:1; } }");
    assert_int_equal(record_count(), 6);
    other->pid = 0;
    seat_reclaim(other);
    conf_free(conf);
    conf = groups_load("stream { upstream v { server 10.0.0.1:1; } }");
    assert_int_equal(record_count(), 2);
    conf_free(conf);
}

/* A load that fails leaves nothing for long. */
static void test_failed_load(void **state) {
    struct conf *good = groups_load(three);
    struct conf *bad = groups_load_any("stream { upstream v { server 10.0.0.1:1; }\n"
                                       "upstream w { } }");

    (void) state;
    assert_true(conf_errors(bad) > 0);
    assert_int_equal(record_count(), 4);
    conf_free(bad);
    conf_free(good);
}

/* ---- nobody in service ---- */

static void test_revived(void **state) {
    struct conf *first = groups_load(three), *next;
    struct group *group = group_find(first, CONF_STREAM, STR("u"));

    (void) state;
    group->peers[0].state->down_until_ms = 900000;
    group->peers[1].state->down_until_ms = 900000;
    next = groups_load("stream { upstream u { server 10.0.0.1:1; server 10.0.0.3:1; } }");
    group = group_find(next, CONF_STREAM, STR("u"));
    assert_string_equal(pick_letters(group, 2), "bb"); /* what is out stays out */
    conf_free(first);
    conf_free(next);
    /* The last one in service has left: all begin anew. */
    next = groups_load("stream { upstream u { server 10.0.0.1:1; server 10.0.0.2:1; } }");
    first = groups_load(three);
    group = group_find(first, CONF_STREAM, STR("u"));
    assert_true(peer_is_live(&group->peers[0]));
    assert_true(peer_is_live(&group->peers[1]));
    conf_free(first);
    conf_free(next);
}

/* ---- size ---- */

static struct conf *load_many(unsigned first, unsigned count) {
    struct buf text = { NULL, 0, 0, 0 };
    struct conf *conf;
    unsigned i;

    buf_append(&text, STR("stream { upstream u {\n"), BUF_SIZE_MAX);
    for (i = first; i < first + count; i++) {
        char line[64];
        int len = snprintf(line, sizeof(line), "server 10.%u.%u.%u:1;\n", i >> 16, i >> 8 & 255,
                           i & 255);

        buf_append(&text, str_make(line, (size_t) len), BUF_SIZE_MAX);
    }
    buf_append(&text, str_make("} }\n", 5), BUF_SIZE_MAX);
    conf = groups_load(buf_bytes(&text).data);
    buf_free(&text);
    return conf;
}

/* The zone of a small configuration grows to a large one's needs, and to others' after it. */
static void test_growth(void **state) {
    struct conf *small = groups_load(three), *large, *other;
    size_t room = zone_used(peers_zone());
    unsigned i;

    (void) state;
    assert_true(room < 2 * 1024 * 1024);
    large = load_many(0, 30000);
    assert_int_equal(record_count(), 1 + 30000);
    conf_free(small);
    other = load_many(30000, 30000);
    assert_int_equal(record_count(), 1 + 60000);
    conf_free(large);
    conf_free(other);
    /* And what went is used again. */
    other = load_many(60000, 25000);
    conf_free(other);
    room = zone_used(peers_zone());
    for (i = 0; i < 3; i++) {
        conf_free(load_many(90000 + i * 25000, 25000));
    }
    assert_true(zone_used(peers_zone()) <= room + 2 * 1024 * 1024);
}

/* ---- another program ---- */

static const char zones_variable[] = "TEST_ZONES";

/* After the exec: as a new binary does. */
static int run_upgraded(const char *zones) {
    struct group *group;
    struct conf *conf;

    clock_fake(105000, 1);
    if (!zone_import(str_from(zones)) || !seats_open()) {
        return 2;
    }
    seat_sit(seat_take(SEAT_MASTER, 0, 0));
    conf = groups_load(three);
    group = group_find(conf, CONF_STREAM, STR("u"));
    return group->peers[1].state->failures == 3 && group->peers[1].state->conns.count == 1
        && group->state->cursor == 2 && !peer_is_live(&group->peers[1])
        && strcmp(pick_letters(group, 4), "caca") == 0 ? 0 : 3;
}

static void test_upgrade(void **state) {
    struct conf *conf = groups_load(three);
    struct group *group = group_find(conf, CONF_STREAM, STR("u"));
    struct client client;
    int status;
    pid_t pid;

    (void) state;
    group->state->cursor = 1;
    client_init(&client, group);
    assert_int_equal(pick_peer(&client.pick), PICK_OK);
    assert_int_equal(client.pick.peer, 1);
    group->peers[1].state->failures = 3;
    group->peers[1].state->down_until_ms = 110000;
    pid = fork();
    if (pid == 0) {
        struct buf text = { NULL, 0, 0, 0 };

        zone_export(&text);
        buf_append(&text, str_make("", 1), BUF_SIZE_MAX);
        setenv(zones_variable, buf_bytes(&text).data, 1);
        execl("/proc/self/exe", "upgraded", (char *) NULL);
        _exit(1);
    }
    assert_int_equal(waitpid(pid, &status, 0), pid);
    assert_int_equal(status, 0);
    assert_int_equal(group->state->cursor, 7);
    client_fini(&client, PICK_SUCCESS);
    conf_free(conf);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, begin, end)

int main(void) {
    const struct CMUnitTest tests[] = {
        TEST(test_next_generation),
        TEST(test_counts_go_on),
        TEST(test_separate),
        TEST(test_same_address),
        TEST(test_check_touches_nothing),
        TEST(test_check_without_zones),
        TEST(test_load_before_the_seat),
        TEST(test_no_upstreams),
        TEST(test_old_ones_go),
        TEST(test_draining_keeps),
        TEST(test_held_ones_stay),
        TEST(test_other_master),
        TEST(test_failed_load),
        TEST(test_revived),
        TEST(test_growth),
        TEST(test_upgrade),
    };

    hash_seed(4711);
    if (getenv(zones_variable) != NULL) {
        return run_upgraded(getenv(zones_variable));
    }
    return cmocka_run_group_tests_name("lb/peer_states", tests, NULL, groups_give_back);
}
