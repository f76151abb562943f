/* SPDX-License-Identifier: BSD-2-Clause */
/* Unit tests of event/offload: jobs end in the loop, once, and cancelled ones in silence. */
#include "event/offload.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/heap.h"
#include "event/loop.h"

#include <semaphore.h>

struct job {
    struct offload_job job;
    sem_t *gate; /* NULL: open */
    int value;
};

static unsigned runs_done, freed;
static int last_value;
static sem_t gate;

static void run(struct offload_job *base) {
    struct job *job = (struct job *) base;

    if (job->gate != NULL) {
        while (sem_wait(job->gate) != 0) {
        }
    }
    job->value *= 2;
}

static void on_done(struct offload_job *base) {
    runs_done++;
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

static void turn_until_freed(unsigned count) {
    unsigned i;

    for (i = 0; i < 1000 && freed < count; i++) {
        loop_turn(100);
    }
    assert_int_equal(freed, count);
}

static int begin(void **state) {
    (void) state;
    runs_done = freed = 0;
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

static void test_there_are_not_too_many(void **state) {
    struct job *job;
    unsigned i;

    (void) state;
    for (i = 0; i < OFFLOAD_JOBS_MAX; i++) {
        assert_true(offload_start(&make(&gate, 1)->job));
    }
    job = make(&gate, 1);
    assert_false(offload_start(&job->job));
    for (i = 0; i < OFFLOAD_JOBS_MAX; i++) {
        sem_post(&gate);
    }
    turn_until_freed(OFFLOAD_JOBS_MAX);
    assert_int_equal(runs_done, OFFLOAD_JOBS_MAX);
    sem_post(&gate);
    assert_true(offload_start(&job->job));
    turn_until_freed(OFFLOAD_JOBS_MAX + 1);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(test_a_job_is_done_in_the_loop, begin),
        cmocka_unit_test_setup(test_the_loop_goes_on_meanwhile, begin),
        cmocka_unit_test_setup(test_cancelled_ones_are_only_freed, begin),
        cmocka_unit_test_setup(test_there_are_not_too_many, begin),
    };

    return cmocka_run_group_tests_name("event/offload", tests, begin_group, end_group);
}
