/* SPDX-License-Identifier: BSD-2-Clause */
/* Tests of lock: exclusion among processes, waiting, and owners and waiters that die. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "shm/lock.h"

#include "children.h"

#include <sys/mman.h>
#include <time.h>

enum { OWN = 0, CHILD = 7, PROCESSES = 4, ROUNDS = 100000 };

static struct shared {
    struct lock lock;
    uint32_t word_of_child; /* written by the child */
    uint64_t count;
} *shared;

static int setup(void **state) {
    (void) state;
    shared = mmap(NULL, sizeof(*shared), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    return shared == MAP_FAILED;
}

static int teardown(void **state) {
    (void) state;
    return munmap(shared, sizeof(*shared));
}

static pid_t run(void (*body)(uint32_t seat), uint32_t seat) {
    pid_t pid = fork();

    if (pid == 0) {
        prctl(PR_SET_PDEATHSIG, SIGKILL);
        body(seat);
        _exit(0);
    }
    return pid;
}

static void reap(pid_t pid, bool is_killed) {
    int status;

    if (is_killed) {
        kill(pid, SIGKILL);
    }
    assert_int_equal(waitpid(pid, &status, 0), pid);
    assert_int_equal(WIFSIGNALED(status), is_killed);
}

static int64_t now_ms(void) {
    struct timespec now;

    clock_gettime(CLOCK_MONOTONIC, &now);
    return now.tv_sec * (int64_t) 1000 + now.tv_nsec / 1000000;
}

static void test_owner(void **state) {
    struct lock lock = { 0 };

    (void) state;
    assert_int_equal(lock_owner(&lock), -1);
    assert_false(lock_is_held_by(&lock, 0));
    lock_take(&lock, 0);
    assert_int_equal(lock_owner(&lock), 0);
    assert_true(lock_is_held_by(&lock, 0));
    assert_false(lock_is_held_by(&lock, 1));
    assert_false(lock_take_within(&lock, 1, 0));
    lock_put(&lock);
    assert_int_equal(lock.word, 0);
    assert_true(lock_take_within(&lock, 511, 0));
    assert_int_equal(lock_owner(&lock), 511);
    lock_break(&lock);
    assert_int_equal(lock.word, 0);
}

static void test_waits_only_so_long(void **state) {
    struct lock lock = { 0 };
    int64_t start_ms = now_ms();

    (void) state;
    lock_take(&lock, 1);
    assert_false(lock_take_within(&lock, 0, 50));
    assert_in_range(now_ms() - start_ms, 50, 2000);
    assert_true(lock_is_held_by(&lock, 1));
}

static void test_inherit(void **state) {
    struct lock lock = { 0 };

    (void) state;
    assert_false(lock_inherit(&lock, 1, 0));
    lock_take(&lock, 1);
    assert_false(lock_inherit(&lock, 2, 0));
    assert_true(lock_inherit(&lock, 1, 0));
    assert_true(lock_is_held_by(&lock, 0));
    assert_false(lock_inherit(&lock, 1, 0));
    lock_put(&lock);
    assert_int_equal(lock.word, 0);
}

static void count(uint32_t seat) {
    int i;

    for (i = 0; i < ROUNDS; i++) {
        lock_take(&shared->lock, seat);
        CHECK(lock_is_held_by(&shared->lock, seat));
        *(volatile uint64_t *) &shared->count += 1;
        lock_put(&shared->lock);
    }
}

static void test_one_at_a_time(void **state) {
    pid_t pids[PROCESSES];
    uint32_t i;

    (void) state;
    for (i = 0; i < PROCESSES; i++) {
        pids[i] = run(count, i);
    }
    for (i = 0; i < PROCESSES; i++) {
        reap(pids[i], false);
    }
    assert_int_equal(shared->count, PROCESSES * ROUNDS);
    assert_int_equal(lock_owner(&shared->lock), -1);
}

static void take_once(uint32_t seat) {
    lock_take(&shared->lock, seat);
    shared->count++;
    lock_put(&shared->lock);
}

static void await_sleeper(void) {
    while (__atomic_load_n(&shared->lock.word, __ATOMIC_ACQUIRE) >> 31 == 0) {
        usleep(100);
    }
    usleep(1000);
}

static void test_sleepers_wake(void **state) {
    pid_t pids[PROCESSES];
    uint32_t i;

    (void) state;
    lock_take(&shared->lock, OWN);
    for (i = 0; i < PROCESSES; i++) {
        pids[i] = run(take_once, CHILD + i);
    }
    await_sleeper();
    assert_true(lock_is_held_by(&shared->lock, OWN));
    lock_put(&shared->lock);
    for (i = 0; i < PROCESSES; i++) {
        reap(pids[i], false);
    }
    assert_int_equal(shared->count, PROCESSES);
}

/* The one that was woken dies before it has the lock: the others must not sleep for ever. */
static void test_waiters_survive_the_death_of_a_waiter(void **state) {
    pid_t pids[PROCESSES];
    uint32_t i;

    (void) state;
    lock_take(&shared->lock, OWN);
    for (i = 0; i < PROCESSES; i++) {
        pids[i] = run(take_once, CHILD + i);
    }
    await_sleeper();
    kill(pids[0], SIGKILL);
    shared->lock.word = 0; /* an owner that died before it woke anybody */
    for (i = 0; i < PROCESSES; i++) {
        reap(pids[i], i == 0);
    }
    assert_int_equal(shared->count, PROCESSES - 1);
}

static void take_and_stay(uint32_t seat) {
    lock_take(&shared->lock, seat);
    __atomic_store_n(&shared->word_of_child, 1, __ATOMIC_RELEASE);
    pause();
}

static void test_lock_of_the_dead_is_broken(void **state) {
    pid_t owner = run(take_and_stay, CHILD), waiter;

    (void) state;
    while (__atomic_load_n(&shared->word_of_child, __ATOMIC_ACQUIRE) == 0) {
        usleep(100);
    }
    waiter = run(take_once, CHILD + 1);
    await_sleeper();
    reap(owner, true);
    assert_true(lock_is_held_by(&shared->lock, CHILD));
    assert_int_equal(shared->count, 0);
    lock_break(&shared->lock);
    reap(waiter, false);
    assert_int_equal(shared->count, 1);
}

static void take_twice(uint32_t seat) {
    close(STDERR_FILENO);
    lock_take(&shared->lock, seat);
    lock_take(&shared->lock, seat);
}

static void test_to_take_it_twice_is_a_bug(void **state) {
    pid_t pid = run(take_twice, CHILD);
    int status;

    (void) state;
    assert_int_equal(waitpid(pid, &status, 0), pid);
    assert_true(WIFSIGNALED(status) && WTERMSIG(status) == SIGABRT);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_owner),
        cmocka_unit_test(test_waits_only_so_long),
        cmocka_unit_test(test_inherit),
        cmocka_unit_test_setup_teardown(test_one_at_a_time, setup, teardown),
        cmocka_unit_test_setup_teardown(test_sleepers_wake, setup, teardown),
        cmocka_unit_test_setup_teardown(test_waiters_survive_the_death_of_a_waiter, setup,
                                        teardown),
        cmocka_unit_test_setup_teardown(test_lock_of_the_dead_is_broken, setup, teardown),
        cmocka_unit_test_setup_teardown(test_to_take_it_twice_is_a_bug, setup, teardown),
    };

    return cmocka_run_group_tests_name("shm/lock", tests, NULL, NULL);
}
