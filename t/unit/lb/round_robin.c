/* SPDX-License-Identifier: BSD-2-Clause */
/* runs alone */
/* Tests of lb/round_robin: nginx's sequence, who stands in for whom, and what a pick costs. */
#include "groups.h"

#include "shm/children.h"

#include <time.h>

/* ---- the sequence ---- */

static void assert_sequence(const char *servers, const char *expected) {
    struct conf *conf;
    struct group *group = groups_one(&conf, servers);

    assert_string_equal(pick_letters(group, (unsigned) strlen(expected)), expected);
    conf_free(conf);
}

#define A(parameters) "server 10.0.0.1:1 " parameters ";"
#define B(parameters) "server 10.0.0.2:1 " parameters ";"
#define C(parameters) "server 10.0.0.3:1 " parameters ";"
#define D(parameters) "server 10.0.0.4:1 " parameters ";"

static void test_sequences(void **state) {
    (void) state;
    assert_sequence(A("") B("") C(""), "abcabcabc");
    assert_sequence(A("weight=5") B("") C(""), "aabacaaaabacaa");
    assert_sequence(A("weight=3") B("") C("") D(""), "abacdaabacda");
    assert_sequence(A("weight=3") B("weight=2"), "ababaababa");
    assert_sequence(A("") B("weight=2") C(""), "bacbbacb");
    /* Only proportions count. */
    assert_sequence(A("weight=500") B("weight=100") C("weight=100"), "aabacaaaabacaa");
    assert_sequence(A("weight=1000000") B("weight=500000"), "abaaba");
}

/* The algorithm as it is told, a step a pick. */
static void reference(const uint32_t *weights, int64_t *current, unsigned count, unsigned *best) {
    int64_t sum = 0;
    unsigned i;

    *best = 0;
    for (i = 0; i < count; i++) {
        sum += weights[i];
        current[i] += weights[i];
        if (current[i] > current[*best]) {
            *best = i;
        }
    }
    current[*best] -= sum;
}

static void test_as_the_algorithm_is_told(void **state) {
    uint64_t random = 88172645463325252u;
    unsigned round, i, step;

    (void) state;
    for (round = 0; round < 60; round++) {
        unsigned count = 2 + round % 19, sum = 0;
        uint32_t weights[32];
        int64_t current[32] = { 0 };
        char servers[2048] = "";
        struct conf *conf;
        struct group *group;

        for (i = 0; i < count; i++) {
            random ^= random << 13, random ^= random >> 7, random ^= random << 17;
            weights[i] = 1 + (uint32_t) (random % (round % 3 == 0 ? 4 : 60));
            sum += weights[i];
            snprintf(servers + strlen(servers), sizeof(servers) - strlen(servers),
                     "server 10.0.0.%u:1 weight=%u;\n", i + 1, weights[i]);
        }
        group = groups_one(&conf, servers);
        for (step = 0; step < 2 * sum; step++) {
            unsigned best;

            reference(weights, current, count, &best);
            assert_int_equal(pick_once(group, PICK_SUCCESS), best);
        }
        conf_free(conf);
    }
}

/* Over a million steps are scaled down, not made. */
static void test_great_weights(void **state) {
    struct conf *conf;
    struct group *group = groups_one(&conf, A("weight=2147483647") B("weight=1073741823") C(""));
    unsigned counts[3] = { 0 }, i;

    (void) state;
    for (i = 0; i < 30000; i++) {
        counts[pick_once(group, PICK_SUCCESS)]++;
    }
    assert_in_range(counts[0], 19990, 20010);
    assert_in_range(counts[1], 9990, 10010);
    conf_free(conf);
}

/* ---- who stands in ---- */

static void test_down(void **state) {
    (void) state;
    assert_sequence(A("") B("down") C(""), "acacac");
    assert_sequence(A("weight=5") B("down") C("weight=5"), "acacacacac");
    assert_sequence(A("down") B("down"), "--");
}

static void test_backup(void **state) {
    struct conf *conf;
    struct group *group = groups_one(&conf, C("backup weight=2") A("") D("backup") B(""));

    (void) state;
    assert_string_equal(pick_letters(group, 4), "abab");
    group->peers[0].is_down = true;
    assert_string_equal(pick_letters(group, 3), "bbb");
    group->peers[1].is_down = true;
    assert_string_equal(pick_letters(group, 6), "cdccdc");
    group->peers[2].is_down = true;
    assert_string_equal(pick_letters(group, 3), "ddd");
    group->peers[3].is_down = true;
    assert_string_equal(pick_letters(group, 2), "--");
    group->peers[0].is_down = false;
    assert_string_equal(pick_letters(group, 2), "aa");
    conf_free(conf);
}

/* A group with servers 10.0.x.x:1, each line with these parameters. */
static struct group *many(struct conf **conf, unsigned count, const char *parameters) {
    size_t room = count * 80 + 100;
    char *text = malloc(room), *at = text;
    struct group *group;
    unsigned i;

    *text = '\0';
    for (i = 0; i < count; i++) {
        at += sprintf(at, "server 10.0.%u.%u:1 %s;\n", i / 250, i % 250 + 1, parameters);
    }
    group = groups_one(conf, text);
    free(text);
    return group;
}

/* Where nearly all are out, the few left share what comes, by their weights. */
static void test_few_left(void **state) {
    struct conf *conf;
    struct group *group = many(&conf, 1000, "weight=3");
    unsigned counts[3] = { 0 }, i;

    (void) state;
    for (i = 0; i < group->count; i++) {
        group->peers[i].is_down = i != 10 && i != 500 && i != 900;
    }
    for (i = 0; i < 9000; i++) {
        int peer = pick_once(group, PICK_SUCCESS);

        assert_true(peer == 10 || peer == 500 || peer == 900);
        counts[peer / 400]++;
    }
    assert_in_range(counts[0], 2900, 3100);
    assert_in_range(counts[1], 2900, 3100);
    assert_in_range(counts[2], 2900, 3100);
    conf_free(conf);

    group = groups_one(&conf, A("weight=60000 down") B("") C("weight=2"));
    assert_string_equal(pick_letters(group, 9), "bccbccbcc");
    conf_free(conf);
}

/* Tried peers are no choice for the same request. */
static void test_each_once(void **state) {
    struct conf *conf;
    struct group *group = many(&conf, 300, "max_fails=0");
    bool is_seen[300] = { false };
    struct client client;
    unsigned i;

    (void) state;
    client_init(&client, group);
    for (i = 0; i < 300; i++) {
        assert_int_equal(pick_peer(&client.pick), PICK_OK);
        assert_false(is_seen[client.pick.peer]);
        is_seen[client.pick.peer] = true;
        pick_done(&client.pick, PICK_FAILURE);
    }
    assert_int_equal(pick_peer(&client.pick), PICK_ALL_TRIED);
    client_fini(&client, PICK_NEUTRAL);
    conf_free(conf);
}

/* ---- all workers ---- */

static int *tally; /* shared: picks of each peer */

static void pick_many(void *context) {
    struct group *group = context;
    unsigned i;

    for (i = 0; i < 7000; i++) {
        __atomic_add_fetch(&tally[pick_once(group, PICK_SUCCESS)], 1, __ATOMIC_RELAXED);
    }
}

static void test_processes_share_the_turns(void **state) {
    struct test_child a, b;
    struct conf *conf;
    struct group *group;

    (void) state;
    master_sit();
    group = groups_one(&conf, A("weight=5") B("") C(""));
    tally = zone_at(group->zone, zone_alloc(group->zone, 3 * sizeof(*tally)));
    a = child_start(pick_many, group);
    b = child_start(pick_many, group);
    assert_int_equal(child_wait(&a), 0);
    assert_int_equal(child_wait(&b), 0);
    seat_reclaim(a.seat);
    seat_reclaim(b.seat);
    assert_int_equal(tally[0], 10000);
    assert_int_equal(tally[1], 2000);
    assert_int_equal(tally[2], 2000);
    conf_free(conf);
    master_leave();
}

/* ---- cost ---- */

/* As in service: counted in shared memory, a new pick each, and given back. Of the peers the first
 * so many are picked. */
static double pick_ns(struct group *group, unsigned different) {
    enum { PICKS = 20000, ROUNDS = 15 };
    struct timespec start, end;
    double best = 0, ns;
    unsigned round, i;

    for (round = 0; round < ROUNDS; round++) {
        clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &start);
        for (i = 0; i < PICKS; i++) {
            if (i % different == 0) {
                group->state->cursor = 0;
            }
            pick_once(group, PICK_SUCCESS);
        }
        clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &end);
        ns = ((double) (end.tv_sec - start.tv_sec) * 1e9 + (double) (end.tv_nsec - start.tv_nsec))
            / PICKS;
        best = round == 0 || ns < best ? ns : best;
    }
    return best;
}

/* A thousand times as many peers: a cost that grows with them would be far above this. Times are
 * compared with times of the same machine, and with much room for who else uses it. */
enum { COST_IS_FLAT = 20 };

/* What is asserted is measured with as many different peers in both: with all of many it is the
 * caches of the machine that are measured, and who else uses them; that is only printed. */
static void test_cost_is_flat(void **state) {
    enum { FEW = 10, MANY = 10000 };
    double few_ns, many_ns, cold_ns;
    struct conf *conf;
    struct group *group;

    (void) state;
    master_sit();
    few_ns = pick_ns(many(&conf, FEW, ""), FEW);
    conf_free(conf);
    group = many(&conf, MANY, "");
    cold_ns = pick_ns(group, MANY);
    many_ns = pick_ns(group, FEW);
    conf_free(conf);
    master_leave();
    print_message("a pick: %.0f ns among %d peers, %.0f ns among %d (%.0f ns if all are picked)\n",
                  few_ns, FEW, many_ns, MANY, cold_ns);
    assert_true(many_ns < few_ns * COST_IS_FLAT);
}

/* CPU seconds of loading so many peers, of a fifth as many different weights. */
static double load_s(unsigned peers) {
    struct timespec start, end;
    struct buf text = { NULL, 0, 0, 0 };
    struct conf *conf;
    unsigned i;

    for (i = 0; i < peers; i++) {
        char line[64];
        int len = sprintf(line, "server 10.0.%u.%u:1 weight=%u;\n", i / 250, i % 250 + 1,
                          1 + i % (peers / 5));

        buf_append(&text, str_make(line, (size_t) len), BUF_SIZE_MAX);
    }
    buf_append(&text, str_make("", 1), BUF_SIZE_MAX);
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &start);
    groups_one(&conf, text.data);
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &end);
    conf_free(conf);
    buf_free(&text);
    return (double) (end.tv_sec - start.tv_sec) + (double) (end.tv_nsec - start.tv_nsec) / 1e9;
}

/* The making of a schedule: peers times weights is 256 times as much work, peers alone 16 times. */
static void test_schedules_are_made_fast(void **state) {
    enum { PEERS = 10000, ROUNDS = 5 };
    double few_s = 0, many_s, s;
    unsigned round;

    (void) state;
    for (round = 0; round < ROUNDS; round++) {
        s = load_s(PEERS / 16);
        few_s = round == 0 || s < few_s ? s : few_s;
    }
    many_s = load_s(PEERS);
    print_message("loading %u peers: %.4f s, %u: %.4f s\n", PEERS / 16, few_s, PEERS, many_s);
    assert_true(many_s < few_s * 128);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_sequences),
        cmocka_unit_test(test_as_the_algorithm_is_told),
        cmocka_unit_test(test_great_weights),
        cmocka_unit_test(test_down),
        cmocka_unit_test(test_backup),
        cmocka_unit_test(test_few_left),
        cmocka_unit_test(test_each_once),
        cmocka_unit_test(test_processes_share_the_turns),
        cmocka_unit_test(test_cost_is_flat),
        cmocka_unit_test(test_schedules_are_made_fast),
    };

    return cmocka_run_group_tests_name("lb/round_robin", tests, NULL, groups_give_back);
}
