/* SPDX-License-Identifier: BSD-2-Clause */
/* Unit tests of event/offload: jobs end in the loop, once, and cancelled ones in silence; owners
 * take turns. */
#include "event/offload.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/heap.h"
#include "event/loop.h"

#include <semaphore.h>
#include <stdatomic.h>

struct job {
    struct offload_job job;
    sem_t *gate; /* NULL: open */
    int value;
};

static unsigned runs_done, freed, refused;
static int last_value;
static sem_t gate;
static atomic_uint begun;  /* runs */
static int order[64];      /* values of the jobs, as their runs began behind the gate */
static atomic_uint ordered;

static void run(struct offload_job *base) {
    struct job *job = (struct job *) base;

    begun++;
    if (job->gate != NULL) {
        while (sem_wait(job->gate) != 0) {
        }
    } else if (ordered < sizeof(order) / sizeof(order[0])) {
        order[ordered++] = job->value;
    }
    job->value *= 2;
}

static void on_done(struct offload_job *base) {
    runs_done++;
    refused += base->is_refused;
    last_value = ((struct job *) base)->value;
}

static void free_job(struct offload_job *base) {
    freed++;
    heap_free(base);
}

static struct job *make(sem_t *waits_for, int value) {
    struct job *job = heap_alloc(sizeof(*job));

    *job = (struct job){ .job = { .run = run, .on_done = on_done, .free = free_job },
                         .gate = waits_for, .value = value };
    return job;
}

static struct job *start(sem_t *waits_for, int value, uint64_t owner) {
    struct job *job = make(waits_for, value);

    job->job.owner = owner;
    assert_true(offload_start(&job->job));
    return job;
}

/* So many threads wait at the gate. */
static void hold_threads(unsigned count, uint64_t owner) {
    unsigned i;

    for (i = 0; i < count; i++) {
        start(&gate, 0, owner);
    }
    for (i = 0; i < 1000 && begun < count; i++) {
        loop_turn(1);
    }
    assert_int_equal(begun, count);
}

static void open_gate(unsigned count) {
    while (count-- > 0) {
        sem_post(&gate);
    }
}

static void turn_until_freed(unsigned count) {
    unsigned i;

    for (i = 0; i < 1000 && freed < count; i++) {
        loop_turn(100);
    }
    assert_int_equal(freed, count);
}

static int begin(void **state) {
    (void) state;
    runs_done = freed = refused = 0;
    begun = ordered = 0;
    sem_init(&gate, 0, 0);
    return 0;
}

static int begin_group(void **state) {
    (void) state;
    loop_init();
    return 0;
}

static int end_group(void **state) {
    (void) state;
    loop_fini();
    return 0;
}

static void test_a_job_is_done_in_the_loop(void **state) {
    struct job *job = make(NULL, 21);

    (void) state;
    assert_true(offload_start(&job->job));
    assert_int_equal(runs_done, 0);
    turn_until_freed(1);
    assert_int_equal(runs_done, 1);
    assert_int_equal(last_value, 42);
}

static void test_the_loop_goes_on_meanwhile(void **state) {
    struct job *job = make(&gate, 1);

    (void) state;
    assert_true(offload_start(&job->job));
    loop_turn(0);
    loop_turn(0);
    assert_int_equal(runs_done, 0);
    sem_post(&gate);
    turn_until_freed(1);
}

static void test_cancelled_ones_are_only_freed(void **state) {
    struct job *job = make(&gate, 1), *other = make(NULL, 4);

    (void) state;
    assert_true(offload_start(&job->job));
    assert_true(offload_start(&other->job));
    offload_cancel(&job->job);
    sem_post(&gate);
    turn_until_freed(2);
    assert_int_equal(runs_done, 1);
    assert_int_equal(last_value, 8);
}

static void test_cancelled_ones_that_wait_never_run(void **state) {
    struct job *job;

    (void) state;
    hold_threads(OFFLOAD_THREADS, 1);
    job = start(NULL, 7, 1);
    start(NULL, 8, 1);
    offload_cancel(&job->job);
    assert_int_equal(freed, 1);
    open_gate(OFFLOAD_THREADS);
    turn_until_freed(OFFLOAD_THREADS + 2);
    assert_int_equal(begun, OFFLOAD_THREADS + 1);
    assert_int_equal(runs_done, OFFLOAD_THREADS + 1);
    assert_int_not_equal(last_value, 14);
}

static void test_owners_take_turns(void **state) {
    const int wanted[] = { 10, 20, 30, 11, 21, 12, 13 };
    unsigned i;

    (void) state;
    hold_threads(OFFLOAD_THREADS, 9);
    start(NULL, 10, 1);
    start(NULL, 11, 1);
    start(NULL, 12, 1);
    start(NULL, 13, 1);
    start(NULL, 20, 2);
    start(NULL, 21, 2);
    start(NULL, 30, 3);
    open_gate(1); /* one thread runs them all */
    turn_until_freed(1 + sizeof(wanted) / sizeof(wanted[0]));
    for (i = 0; i < sizeof(wanted) / sizeof(wanted[0]); i++) {
        assert_int_equal(order[i], wanted[i]);
    }
    open_gate(OFFLOAD_THREADS - 1);
    turn_until_freed(OFFLOAD_THREADS + sizeof(wanted) / sizeof(wanted[0]));
}

/* Who runs has had the turn: else an owner with a job in each thread and one that waits would have
 * all turns. */
static void test_a_running_one_counts(void **state) {
    (void) state;
    hold_threads(OFFLOAD_THREADS, 1);
    start(NULL, 10, 1);
    start(NULL, 20, 2);
    open_gate(1);
    turn_until_freed(3);
    assert_int_equal(order[0], 20);
    open_gate(OFFLOAD_THREADS - 1);
    turn_until_freed(OFFLOAD_THREADS + 2);
}

static void test_there_are_not_too_many(void **state) {
    struct job *job;
    unsigned i;

    (void) state;
    for (i = 0; i < OFFLOAD_JOBS_MAX; i++) {
        start(&gate, 1, 1);
    }
    job = make(&gate, 1);
    job->job.owner = 1;
    assert_false(offload_start(&job->job));
    open_gate(OFFLOAD_JOBS_MAX);
    turn_until_freed(OFFLOAD_JOBS_MAX);
    assert_int_equal(runs_done, OFFLOAD_JOBS_MAX);
    assert_int_equal(refused, 0);
    open_gate(1);
    assert_true(offload_start(&job->job));
    turn_until_freed(OFFLOAD_JOBS_MAX + 1);
}

static void test_the_last_gives_way(void **state) {
    struct job *job;
    unsigned i;

    (void) state;
    hold_threads(OFFLOAD_THREADS, 1);
    for (i = OFFLOAD_THREADS; i < OFFLOAD_JOBS_MAX; i++) {
        start(NULL, (int) i, 1);
    }
    start(NULL, -2, 2);
    turn_until_freed(1);
    assert_int_equal(refused, 1);
    assert_int_equal(last_value, OFFLOAD_JOBS_MAX - 1); /* it has not run */
    start(NULL, -3, 3);
    job = make(NULL, 4);
    job->job.owner = 1;
    assert_false(offload_start(&job->job)); /* there is no more room than before */
    heap_free(job);
    open_gate(OFFLOAD_THREADS);
    turn_until_freed(OFFLOAD_JOBS_MAX + 2);
    assert_int_equal(refused, 2);
    assert_int_equal(begun, OFFLOAD_JOBS_MAX);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(test_a_job_is_done_in_the_loop, begin),
        cmocka_unit_test_setup(test_the_loop_goes_on_meanwhile, begin),
        cmocka_unit_test_setup(test_cancelled_ones_are_only_freed, begin),
        cmocka_unit_test_setup(test_cancelled_ones_that_wait_never_run, begin),
        cmocka_unit_test_setup(test_owners_take_turns, begin),
        cmocka_unit_test_setup(test_a_running_one_counts, begin),
        cmocka_unit_test_setup(test_there_are_not_too_many, begin),
        cmocka_unit_test_setup(test_the_last_gives_way, begin),
    };

    return cmocka_run_group_tests_name("event/offload", tests, begin_group, end_group);
}
