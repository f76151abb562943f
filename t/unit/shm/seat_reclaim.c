/* SPDX-License-Identifier: BSD-2-Clause */
/* Tests of seat_reclaim: several dead at once, owners that hang, logs, orphans, seats full of
 * nonsense. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "base/log.h"
#include "shm/seat_priv.h"

#include "children.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>

static struct zone *zone;
static struct shared {
    struct seat_counted thing;
    struct lock plain;
    uint32_t ready;
    int pid;
} *shared;

static int setup(void **state) {
    (void) state;
    log_process->level = LOG_LEVEL_EMERG;
    master_sit();
    zone = zone_open(STR("things"), ZONE_KIND_TEST, 1, 1 << 20, NULL);
    shared = zone_at(zone, zone_alloc(zone, sizeof(*shared)));
    return 0;
}

static int teardown(void **state) {
    (void) state;
    master_leave();
    return 0;
}

static void say_ready(void) {
    __atomic_add_fetch(&shared->ready, 1, __ATOMIC_ACQ_REL);
}

static void await_ready(uint32_t count) {
    while (__atomic_load_n(&shared->ready, __ATOMIC_ACQUIRE) < count) {
        usleep(100);
    }
}

static void hold_three(void *context) {
    (void) context;
    seat_count_up(zone, &shared->thing, false, 0);
    seat_count_up(zone, &shared->thing, false, 0);
    seat_count_up(zone, &shared->thing, false, 0);
    say_ready();
    pause();
}

static void count_one(void *context) {
    (void) context;
    child_step_mark();
    seat_count_up(zone, &shared->thing, false, 0);
    child_step_mark();
}

/* A process that stands still, with the lock of the thing. */
static struct test_child start_owner(void) {
    struct test_child child = child_start_stepped(count_one, NULL);

    while (!lock_is_held_by(&shared->thing.lock, child.seat->number)) {
        CHECK(child_step(&child, 1));
    }
    return child;
}

static struct test_child start_holder(void) {
    uint32_t ready = shared->ready;
    struct test_child child = child_start(hold_three, NULL);

    await_ready(ready + 1);
    return child;
}

static void kill_and_reap(const struct test_child *child) {
    int status;

    child_kill(child);
    do {
        status = child_wait(child);
    } while (WIFSTOPPED(status));
}

/* ---- several dead ---- */

static void test_lock_of_another_dead(void **state) {
    struct test_child holder = start_holder(), owner = start_owner();
    siginfo_t info;

    (void) state;
    child_kill(&owner);
    CHECK(waitid(P_PID, (id_t) owner.pid, &info, WEXITED | WNOWAIT) == 0);
    kill_and_reap(&holder);
    seat_reclaim(holder.seat); /* needs the lock that a zombie has */
    assert_int_equal(holder.seat->role, SEAT_FREE);
    assert_int_equal(shared->thing.count, 0);
    assert_int_equal(shared->thing.lock.word, 0);
    child_wait(&owner);
    seat_reclaim(owner.seat);
    assert_int_equal(owner.seat->role, SEAT_FREE);
    assert_int_equal(shared->thing.count, 0);
}

static void test_lock_of_one_who_hangs(void **state) {
    struct test_child holder = start_holder(), owner = start_owner();
    int status;

    (void) state;
    assert_int_equal(shared->thing.count, 3);
    kill_and_reap(&holder);
    seat_reclaim(holder.seat); /* kills the owner after a second */
    assert_int_equal(holder.seat->role, SEAT_ENDING);
    do {
        status = child_wait(&owner);
    } while (WIFSTOPPED(status));
    assert_true(WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL);
    seat_reclaim(owner.seat);
    assert_int_equal(shared->thing.count, 3);
    seat_reclaim(seat_take(SEAT_WORKER, 0, 1));
    assert_int_equal(holder.seat->role, SEAT_FREE);
    assert_int_equal(shared->thing.count, 0);
}

static void test_all_die_at_once(void **state) {
    struct test_child holders[3], owner;
    int i;

    (void) state;
    for (i = 0; i < 3; i++) {
        holders[i] = start_holder();
    }
    owner = start_owner();
    for (i = 0; i < 3; i++) {
        kill_and_reap(&holders[i]);
    }
    kill_and_reap(&owner);
    for (i = 0; i < 3; i++) {
        seat_reclaim(holders[i].seat);
        assert_int_equal(shared->thing.count, 3 * (2 - i));
    }
    seat_reclaim(owner.seat);
    assert_int_equal(shared->thing.count, 0);
}

static void take_plain(void *context) {
    (void) context;
    seat_lock(zone, &shared->plain);
    say_ready();
    pause();
}

static void take_plain_later(void *context) {
    (void) context;
    seat_lock(zone, &shared->plain);
    seat_unlock(&shared->plain);
}

static void test_plain_lock_is_opened(void **state) {
    struct test_child owner = child_start(take_plain, NULL), waiter;

    (void) state;
    await_ready(1);
    waiter = child_start(take_plain_later, NULL);
    while (seat_waits_for(waiter.seat) != owner.seat) {
        usleep(100);
    }
    child_end(&owner);
    assert_int_equal(child_wait(&waiter), 0);
    seat_reclaim(waiter.seat);
    assert_int_equal(shared->plain.word, 0);
}

/* ---- logs ---- */

static int file;

static void log_from_task(struct task *task) {
    (void) task;
    logsink_write(file, STR("the last words\n"));
    raise(SIGKILL);
}

static void die_talking(void *context) {
    struct task task;

    (void) context;
    loop_init();
    task_init(&task, log_from_task);
    task_start(&task);
    loop_run();
}

static void test_log_of_the_dead_is_written(void **state) {
    char path[] = "/tmp/weir-seat-XXXXXX", text[100];
    int fd = mkstemp(path);
    struct test_child child;

    (void) state;
    file = logsink_open(str_from(path), 0600);
    assert_true(file >= 0);
    child = child_start(die_talking, NULL);
    child_wait(&child);
    assert_int_equal(read(fd, text, sizeof(text)), 0);
    seat_reclaim(child.seat);
    assert_int_equal(read(fd, text, sizeof(text)), 15);
    assert_memory_equal(text, "the last words\n", 15);
    assert_int_equal(child.seat->log.len, 0);
    seat_reclaim(child.seat);
    assert_int_equal(read(fd, text, sizeof(text)), 0);
    close(fd);
    unlink(path);
}

/* ---- masters ---- */

static void test_master_leaves(void **state) {
    struct seat *seat = seat_self();

    (void) state;
    assert_true(seat_count_up(zone, &shared->thing, false, 0));
    seat_reclaim(seat);
    assert_null(seat_self());
    assert_int_equal(seat->role, SEAT_FREE);
    assert_int_equal(shared->thing.count, 0);
}

/* Another master, with a child, both on seats of this weir; the child dies first, then the
 * master. */
static void run_other_master(void) {
    struct seat *seat = seat_take(SEAT_MASTER, 0, 0);
    struct test_child child;

    seat_sit(seat);
    child = start_holder();
    shared->pid = child.pid;
    kill_and_reap(&child);
    _exit(0);
}

static void test_orphans(void **state) {
    struct seat *seats[2];
    int status;
    pid_t pid = fork();

    (void) state;
    if (pid == 0) {
        run_other_master();
    }
    await_ready(1);
    seats[0] = seat_at(1);
    seats[1] = seat_at(2);
    assert_int_equal(seats[0]->role, SEAT_MASTER);
    assert_int_equal(seats[1]->role, SEAT_WORKER);
    assert_int_equal(seats[1]->master_pid, pid);
    waitid(P_PID, (id_t) pid, &(siginfo_t){ .si_pid = 0 }, WEXITED | WNOWAIT);
    seats_reclaim_orphans(); /* not reaped yet: it could be at it */
    assert_int_equal(seats[1]->role, SEAT_WORKER);
    assert_int_equal(waitpid(pid, &status, 0), pid);
    assert_int_equal(shared->thing.count, 3);
    seats_reclaim_orphans();
    assert_int_equal(shared->thing.count, 0);
    assert_int_equal(seats[1]->role, SEAT_FREE);
    assert_int_equal(seats[0]->role, SEAT_FREE);
}

/* ---- nonsense ---- */

/* What an intruder in a worker could leave in its seat. Nothing of it may hurt the master. */
static void write_nonsense(void *context) {
    struct seat *seat = seat_self();
    struct seat_ledger_row *rows;
    uint64_t id = (uint64_t) zone->id << SEAT_KEY_SHIFT;
    unsigned i;

    (void) context;
    seat_count_up(zone, &shared->thing, false, 0);
    rows = seat_ledger_chunk(seat, 0);
    rows[1] = (struct seat_ledger_row){ seat_key(zone, &shared->thing), 1000, 0 };
    rows[2] = (struct seat_ledger_row){ id | 0xfffffffff, 1, 0 };
    rows[3] = (struct seat_ledger_row){ id | (zone_used(zone) - 4), 1, 0 };
    rows[4] = (struct seat_ledger_row){ id, 1, 0 };
    rows[5] = (struct seat_ledger_row){ UINT64_MAX, UINT32_MAX, 0 };
    rows[6] = (struct seat_ledger_row){ 7, 1, 0 };
    for (i = 1; i < SEAT_LEDGER_CHUNKS; i++) {
        seat->ledger[i] = i % 2 == 0 ? UINT64_MAX - 100 : 1 + i;
    }
    seat->ledger_rows = UINT32_MAX;
    seat->holding[0] = UINT64_MAX;
    seat->holding[1] = id | 0xffffffff0;
    seat->log.len = UINT32_MAX;
    memset(seat->log.data, 0xfe, sizeof(seat->log.data));
    seat->pid = 1;
    seat->number = 0;
    say_ready();
    pause();
}

static void test_nonsense(void **state) {
    struct test_child child = child_start(write_nonsense, NULL), next;

    (void) state;
    await_ready(1);
    kill_and_reap(&child);
    seat_reclaim(child.seat);
    assert_int_equal(shared->thing.count, 0);
    assert_int_equal(shared->thing.lock.word, 0);
    assert_int_equal(child.seat->role, SEAT_FREE);
    assert_int_equal(child.seat->number, 1);
    next = start_holder();
    assert_ptr_equal(next.seat, child.seat);
    assert_int_equal(shared->thing.count, 3);
    child_end(&next);
    assert_int_equal(shared->thing.count, 0);
}

/* Owners that are no seats. */
static void test_lock_of_nobody(void **state) {
    struct test_child holder = start_holder();

    (void) state;
    shared->thing.lock.word = 0x12345678;
    child_end(&holder);
    assert_int_equal(shared->thing.count, 0);
    assert_int_equal(shared->thing.lock.word, 0);
}

/* A count that lost some: the ledger takes no more than there is. */
static void test_count_does_not_go_below_zero(void **state) {
    struct test_child holder = start_holder();

    (void) state;
    shared->thing.count = 1;
    child_end(&holder);
    assert_int_equal(shared->thing.count, 0);
}

static void test_zone_is_gone(void **state) {
    struct test_child holder = start_holder();

    (void) state;
    kill_and_reap(&holder);
    zone_close(zone);
    seat_reclaim(holder.seat);
    assert_int_equal(holder.seat->role, SEAT_FREE);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_lock_of_another_dead, setup, teardown),
        cmocka_unit_test_setup_teardown(test_lock_of_one_who_hangs, setup, teardown),
        cmocka_unit_test_setup_teardown(test_all_die_at_once, setup, teardown),
        cmocka_unit_test_setup_teardown(test_plain_lock_is_opened, setup, teardown),
        cmocka_unit_test_setup_teardown(test_log_of_the_dead_is_written, setup, teardown),
        cmocka_unit_test_setup_teardown(test_master_leaves, setup, teardown),
        cmocka_unit_test_setup_teardown(test_orphans, setup, teardown),
        cmocka_unit_test_setup_teardown(test_nonsense, setup, teardown),
        cmocka_unit_test_setup_teardown(test_lock_of_nobody, setup, teardown),
        cmocka_unit_test_setup_teardown(test_count_does_not_go_below_zero, setup, teardown),
        cmocka_unit_test_setup_teardown(test_zone_is_gone, setup, teardown),
    };

    return cmocka_run_group_tests_name("shm/seat_reclaim", tests, NULL, NULL);
}
