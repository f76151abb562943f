/* SPDX-License-Identifier: BSD-2-Clause */
/* Tests of seat_ledger: counts that stay exact however their holders die. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "shm/seat_priv.h"

#include "children.h"

#include <time.h>

enum { THINGS = 3, CHILDREN = 4 };

static struct zone *zone;
static struct seat_counted *things; /* THINGS of them */

static int setup(void **state) {
    (void) state;
    master_sit();
    zone = zone_open(STR("things"), ZONE_KIND_TEST, 1, 4 << 20, NULL);
    things = zone_at(zone, zone_alloc(zone, THINGS * sizeof(*things)));
    return 0;
}

static int teardown(void **state) {
    (void) state;
    master_leave();
    return 0;
}

/* Each count is what all ledgers say. Others may be counting meanwhile. */
static void assert_exact(void) {
    int i;

    for (i = 0; i < THINGS; i++) {
        lock_take(&things[i].lock, seat_self()->number);
        assert_int_equal(things[i].count, seat_ledger_sum(seat_key(zone, &things[i])));
        lock_put(&things[i].lock);
    }
}

static void assert_counts(uint32_t a, uint32_t b, uint32_t c) {
    assert_int_equal(things[0].count, a);
    assert_int_equal(things[1].count, b);
    assert_int_equal(things[2].count, c);
    assert_exact();
}

static void test_up_and_down(void **state) {
    (void) state;
    assert_true(seat_count_up(zone, &things[0], false, 0));
    assert_true(seat_count_up(zone, &things[0], true, 2));
    assert_false(seat_count_up(zone, &things[0], true, 2));
    assert_true(seat_count_up(zone, &things[0], false, 2));
    assert_true(seat_count_up(zone, &things[1], true, 1));
    assert_counts(3, 1, 0);
    assert_false(seat_counted_is_idle(&things[1]));
    seat_count_down(zone, &things[0]);
    seat_count_down(zone, &things[0]);
    seat_count_down(zone, &things[1]);
    assert_counts(1, 0, 0);
    assert_true(seat_counted_is_idle(&things[1]));
    assert_false(seat_count_up(zone, &things[1], true, 0));
    seat_count_down(zone, &things[0]);
    assert_counts(0, 0, 0);
}

static void test_down_of_nothing_is_a_bug(void **state) {
    pid_t pid = fork();
    int status;

    (void) state;
    if (pid == 0) {
        close(STDERR_FILENO);
        seat_count_down(zone, &things[0]);
        _exit(0);
    }
    assert_int_equal(waitpid(pid, &status, 0), pid);
    assert_true(WIFSIGNALED(status) && WTERMSIG(status) == SIGABRT);
}

/* ---- many things ---- */

enum { MANY = 5000 };

static void hold_many(struct seat_counted *many, int count) {
    int i;

    for (i = 0; i < count; i++) {
        assert_true(seat_count_up(zone, &many[i], false, 0));
    }
}

static void test_ledger_grows(void **state) {
    struct seat_counted *many = zone_at(zone, zone_alloc(zone, MANY * sizeof(*many)));
    uint32_t rows;
    int i, round;

    (void) state;
    hold_many(many, MANY);
    rows = seat_self()->ledger_rows;
    assert_in_range(rows, MANY, MANY + SEAT_LEDGER_CHUNK_ROWS);
    for (round = 0; round < 3; round++) {
        for (i = 0; i < MANY; i++) {
            assert_int_equal(many[i].count, 1);
            seat_count_down(zone, &many[i]);
            assert_int_equal(many[i].count, 0);
        }
        hold_many(many, MANY);
    }
    assert_int_equal(seat_self()->ledger_rows, rows);
    for (i = 0; i < MANY; i++) {
        seat_count_down(zone, &many[i]);
    }
    assert_int_equal(seat_ledger_sum(seat_key(zone, &many[17])), 0);
}

/* Things that come and go, a few at a time, do not make the ledger grow. */
static void test_rows_are_swept(void **state) {
    struct seat_counted *many = zone_at(zone, zone_alloc(zone, MANY * sizeof(*many)));
    uint32_t before = seat_self()->ledger_rows;
    int i;

    (void) state;
    for (i = 0; i < 20 * MANY; i++) {
        assert_true(seat_count_up(zone, &many[i % MANY], true, 1));
        if (i >= 100) {
            seat_count_down(zone, &many[(i - 100) % MANY]);
        }
    }
    assert_in_range(seat_self()->ledger_rows, 1, before + SEAT_LEDGER_CHUNK_ROWS);
    for (i = 0; i < MANY; i++) {
        assert_int_equal(many[i].count, i >= MANY - 100);
    }
    for (i = MANY - 100; i < MANY; i++) {
        seat_count_down(zone, &many[i]);
    }
}

static void fill_ledger(void *context) {
    uint32_t size = SEAT_LEDGER_CHUNKS * SEAT_LEDGER_CHUNK_ROWS, i;
    struct seat_counted *many = context;

    log_process->level = LOG_LEVEL_EMERG;
    for (i = 0; i < size; i++) {
        CHECK(seat_count_up(zone, &many[i], false, 0));
    }
    CHECK(!seat_count_up(zone, &many[size], false, 0));
    CHECK(seat_count_up(zone, &many[7], false, 0));
    seat_count_down(zone, &many[9]);
    CHECK(seat_count_up(zone, &many[size], false, 0));
    CHECK(!seat_count_up(zone, &many[9], false, 0));
}

static void test_full_ledger_refuses(void **state) {
    uint32_t size = SEAT_LEDGER_CHUNKS * SEAT_LEDGER_CHUNK_ROWS, i;
    struct seat_counted *many = zone_at(zone, zone_alloc(zone, (size + 1) * sizeof(*many)));
    struct test_child child = child_start(fill_ledger, many);

    (void) state;
    assert_int_equal(child_wait(&child), 0);
    assert_int_equal(many[7].count, 2);
    assert_int_equal(many[9].count, 0);
    assert_int_equal(many[size].count, 1);
    seat_reclaim(child.seat);
    for (i = 0; i <= size; i++) {
        assert_int_equal(many[i].count, 0);
    }
}

/* ---- killed between any two instructions ---- */

/* The counting that is stepped through, after the first mark. */
static void count_cold(void *context) {
    (void) context;
    child_step_mark();
    seat_count_up(zone, &things[0], false, 0);
    child_step_mark();
}

static void count_warm(void *context) {
    (void) context;
    seat_count_up(zone, &things[0], false, 0);
    seat_count_up(zone, &things[1], false, 0);
    child_step_mark();
    seat_count_up(zone, &things[0], false, 0);
    seat_count_up(zone, &things[1], true, 3);
    seat_count_up(zone, &things[1], true, 3);
    seat_count_down(zone, &things[1]);
    seat_count_down(zone, &things[0]);
    seat_count_down(zone, &things[0]);
    seat_count_up(zone, &things[2], false, 0);
    seat_count_down(zone, &things[2]);
    child_step_mark();
}

static void hold_and_wait(void *context) {
    (void) context;
    seat_count_up(zone, &things[0], false, 0);
    seat_count_up(zone, &things[1], false, 0);
    seat_count_up(zone, &things[1], false, 0);
    kill(getppid(), SIGUSR1);
    pause();
}

/* A process that holds one of the first thing and two of the second, and lives. */
static struct test_child bystander_start(void) {
    struct test_child child;
    sigset_t set;
    int number;

    sigemptyset(&set);
    sigaddset(&set, SIGUSR1);
    sigprocmask(SIG_BLOCK, &set, NULL);
    child = child_start(hold_and_wait, NULL);
    sigwait(&set, &number);
    return child;
}

static void check_bystander_only(void) {
    assert_counts(1, 2, 0);
    assert_int_equal(things[0].lock.word | things[1].lock.word | things[2].lock.word, 0);
}

static void test_killed_at_each_step(void **state) {
    struct test_child bystander = bystander_start();
    bool is_at_end = false;
    unsigned steps;

    (void) state;
    log_process->level = LOG_LEVEL_WARN;
    for (steps = 0; !is_at_end; steps += test_stride(7)) {
        struct test_child child = child_start_stepped(count_warm, NULL);

        is_at_end = !child_step(&child, steps);
        child_end(&child);
        check_bystander_only();
        assert_int_equal(child.seat->role, SEAT_FREE);
    }
    assert_in_range(steps, 100, 100000);
    child_end(&bystander);
    assert_counts(0, 0, 0);
}

/* Without the kill, so that each step can be tried in one run: warm, and the very first time,
 * when the ledger gets its first rows and its index. */
static void test_dead_at_each_step(void **state) {
    struct test_child bystander = bystander_start();
    unsigned warm, cold;

    (void) state;
    log_process->level = LOG_LEVEL_WARN;
    warm = child_die_at_each_step(count_warm, NULL, check_bystander_only);
    cold = child_die_at_each_step(count_cold, NULL, check_bystander_only);
    assert_in_range(warm, 100, 100000);
    assert_in_range(cold, 100, 200000);
    child_end(&bystander);
    assert_counts(0, 0, 0);
}

static void count_again(void *context) {
    (void) context;
    seat_count_up(zone, &things[0], false, 0);
    seat_count_down(zone, &things[0]);
    child_step_mark();
    seat_count_up(zone, &things[0], false, 0);
    child_step_mark();
}

/* The lock is the master's all the time: kills among waiters, which spin first, then sleep. */
static void test_killed_while_waiting(void **state) {
    unsigned steps, waited = 0;

    (void) state;
    for (steps = 0; steps < 1500; steps += test_stride(29)) {
        struct test_child child = child_start_stepped(count_again, NULL);

        lock_take(&things[0].lock, seat_self()->number);
        assert_true(child_step(&child, steps));
        waited += seat_waits_for(child.seat) == seat_self();
        child_kill(&child);
        assert_true(WIFSIGNALED(child_wait(&child)));
        lock_put(&things[0].lock);
        seat_reclaim(child.seat);
        assert_counts(0, 0, 0);
    }
    assert_in_range(waited, steps / test_stride(29) / 2, steps);
}

/* ---- killed at random ---- */

static void count_at_random(void *context) {
    unsigned random = (unsigned) getpid() * 2654435761u;
    uint32_t held[THINGS] = { 0 };

    (void) context;
    for (;;) {
        unsigned i;

        random = random * 1103515245u + 12345u;
        i = random >> 16 & 0xffff;
        if (i / THINGS % 2 == 0) {
            held[i % THINGS] += seat_count_up(zone, &things[i % THINGS], i % 8 < 4, 5);
        } else if (held[i % THINGS] > 0) {
            held[i % THINGS]--;
            seat_count_down(zone, &things[i % THINGS]);
        }
    }
}

static void sleep_us(unsigned us) {
    struct timespec nap = { 0, us * 1000L };

    nanosleep(&nap, NULL);
}

static void test_killed_at_random(void **state) {
    int rounds = getenv("WEIR_TEST_LONG") != NULL ? 20000 : 600 / TEST_STEP, i;
    struct test_child children[CHILDREN];

    (void) state;
    log_process->level = LOG_LEVEL_WARN;
    for (i = 0; i < CHILDREN; i++) {
        children[i] = child_start(count_at_random, NULL);
    }
    for (i = 0; i < rounds; i++) {
        struct test_child *child = &children[i % CHILDREN];

        sleep_us((unsigned) (i * 37 % 1500));
        child_end(child);
        assert_exact();
        *child = child_start(count_at_random, NULL);
    }
    for (i = 0; i < CHILDREN; i++) {
        child_kill(&children[i]);
    }
    for (i = 0; i < CHILDREN; i++) {
        assert_true(WIFSIGNALED(child_wait(&children[i])));
        seat_reclaim(children[i].seat);
    }
    assert_counts(0, 0, 0);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_up_and_down, setup, teardown),
        cmocka_unit_test_setup_teardown(test_down_of_nothing_is_a_bug, setup, teardown),
        cmocka_unit_test_setup_teardown(test_ledger_grows, setup, teardown),
        cmocka_unit_test_setup_teardown(test_rows_are_swept, setup, teardown),
        cmocka_unit_test_setup_teardown(test_full_ledger_refuses, setup, teardown),
        cmocka_unit_test_setup_teardown(test_killed_at_each_step, setup, teardown),
        cmocka_unit_test_setup_teardown(test_dead_at_each_step, setup, teardown),
        cmocka_unit_test_setup_teardown(test_killed_while_waiting, setup, teardown),
        cmocka_unit_test_setup_teardown(test_killed_at_random, setup, teardown),
    };

    return cmocka_run_group_tests_name("shm/seat_ledger", tests, NULL, NULL);
}
