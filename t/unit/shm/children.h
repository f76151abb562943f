/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * children - processes for the tests of shm: forked on a seat, stepped, killed, reclaimed.
 *
 * The test is the master. A child that is stepped stops itself with SIGSTOP where the steps begin
 * and again where they end.
 */
#ifndef WEIR_T_SHM_CHILDREN_H
#define WEIR_T_SHM_CHILDREN_H

#include "base/panic.h"
#include "shm/seat.h"

#include <signal.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/wait.h>
#include <unistd.h>

/* Instructions between two looks at a stepped child. Instrumented code has many that do nothing. */
#ifdef __SANITIZE_ADDRESS__
enum { TEST_STEP = 7 };
#else
enum { TEST_STEP = 1 };
#endif

struct test_child {
    pid_t pid;
    struct seat *seat;
};

static inline void master_sit(void) {
    CHECK(seats_open());
    seat_sit(seat_take(SEAT_MASTER, 0, 0));
}

static inline void master_leave(void) {
    seats_forget();
}

/* The same around a test. */
static inline int master_setup(void **state) {
    (void) state;
    master_sit();
    return 0;
}

static inline int master_teardown(void **state) {
    (void) state;
    master_leave();
    return 0;
}

static inline struct test_child child_start(void (*body)(void *context), void *context) {
    struct test_child child = { .seat = seat_take(SEAT_WORKER, 0, 1) };

    child.pid = fork();
    CHECK(child.pid >= 0 && child.seat != NULL);
    if (child.pid == 0) {
        prctl(PR_SET_PDEATHSIG, SIGKILL);
        seat_sit(child.seat);
        body(context);
        _exit(0);
    }
    child.seat->pid = child.pid;
    return child;
}

static inline int child_wait(const struct test_child *child) {
    int status;

    CHECK(waitpid(child->pid, &status, 0) == child->pid);
    return status;
}

/* For the child: from here to the next such call the parent goes step by step. */
static inline void child_step_mark(void) {
    raise(SIGSTOP);
}

/* The child calls child_step_mark() twice. Returns when it has come to the first one. */
static inline struct test_child child_start_stepped(void (*body)(void *context), void *context) {
    struct test_child child = { .seat = seat_take(SEAT_WORKER, 0, 1) };

    child.pid = fork();
    CHECK(child.pid >= 0 && child.seat != NULL);
    if (child.pid == 0) {
        prctl(PR_SET_PDEATHSIG, SIGKILL);
        seat_sit(child.seat);
        CHECK(ptrace(PTRACE_TRACEME, 0, NULL, NULL) == 0);
        body(context);
        _exit(0);
    }
    child.seat->pid = child.pid;
    CHECK(WIFSTOPPED(child_wait(&child)));
    return child;
}

/* Instructions, at most so many; false if it has come to its second mark. */
static inline bool child_step(const struct test_child *child, unsigned count) {
    while (count-- > 0) {
        int status;

        CHECK(ptrace(PTRACE_SINGLESTEP, child->pid, NULL, NULL) == 0);
        status = child_wait(child);
        CHECK(WIFSTOPPED(status));
        if (WSTOPSIG(status) == SIGSTOP) {
            return false;
        }
        CHECK(WSTOPSIG(status) == SIGTRAP);
    }
    return true;
}

/* To its second mark, at full speed. */
static inline void child_go_on(const struct test_child *child) {
    int status;

    CHECK(ptrace(PTRACE_CONT, child->pid, NULL, NULL) == 0);
    status = child_wait(child);
    CHECK(WIFSTOPPED(status) && WSTOPSIG(status) == SIGSTOP);
}

static inline void child_kill(const struct test_child *child) {
    CHECK(kill(child->pid, SIGKILL) == 0);
}

/* Kills, reaps and reclaims. */
static inline void child_end(const struct test_child *child) {
    int status;

    child_kill(child);
    do {
        status = child_wait(child);
    } while (WIFSTOPPED(status));
    CHECK(WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL);
    seat_reclaim(child->seat);
}

/* ---- the same many times over ---- */

/* All that processes share, as it was at some moment. */
struct test_snapshot {
    char *copies[8];
    size_t sizes[8];
};

static inline void snapshot_take(struct test_snapshot *snapshot) {
    struct list *link, *next;
    unsigned i = 0;

    list_each(link, next, zone_list()) {
        const struct zone *zone = list_object(link, struct zone, link);

        CHECK(i < 8);
        snapshot->sizes[i] = zone_used(zone);
        snapshot->copies[i] = malloc(snapshot->sizes[i]);
        memcpy(snapshot->copies[i], zone->base, snapshot->sizes[i]);
        i++;
    }
}

/* Brings it back, and ends the snapshot. */
static inline void snapshot_restore(struct test_snapshot *snapshot) {
    struct list *link, *next;
    unsigned i = 0;

    list_each(link, next, zone_list()) {
        const struct zone *zone = list_object(link, struct zone, link);

        memcpy(zone->base, snapshot->copies[i], snapshot->sizes[i]);
        free(snapshot->copies[i++]);
    }
}

/*
 * Goes through the steps of a child. After each, as if it had been killed there, its seat is
 * reclaimed and check() called; then all that is shared is put back, and the child goes on.
 * Returns the number of steps.
 */
static inline unsigned child_die_at_each_step(void (*body)(void *context), void *context,
                                              void (*check)(void)) {
    struct test_child child = child_start_stepped(body, context);
    struct test_snapshot snapshot;
    unsigned steps = 0;

    do {
        snapshot_take(&snapshot);
        seat_reclaim(child.seat);
        check();
        snapshot_restore(&snapshot);
        steps++;
    } while (child_step(&child, TEST_STEP));
    child_end(&child);
    check();
    return steps * TEST_STEP;
}

/* 1 where the test may take long. */
static inline unsigned test_stride(unsigned otherwise) {
    return getenv("WEIR_TEST_LONG") != NULL ? 1 : otherwise * TEST_STEP;
}

#endif
