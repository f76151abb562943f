/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * loop - the event loop of a process: descriptors, timers, the run list and the reap list.
 *
 * One turn:
 *     1. epoll_wait (timeout 0 while the run list is not empty, else until the next timer)
 *     2. read the clock
 *     3. deliver descriptor events
 *     4. expire timers
 *     5. deliver the run list, until it is empty or its budget is spent
 *     6. turn-end hooks (flush of the log buffers ...)
 *     7. reap: free what was closed in this turn
 *
 * The laws (ARCHITECTURE section 5): an operation never calls an event, it puts a task on the run
 * list; whatever is closed is freed at the end of the turn, so no callback can free what its caller
 * uses. A process has one loop.
 */
#ifndef WEIR_EVENT_LOOP_H
#define WEIR_EVENT_LOOP_H

#include "base/list.h"

#include <stdbool.h>
#include <stdint.h>

/* ---- descriptors ---- */

/* What happened to a descriptor; several at once. */
enum {
    WATCH_READ = 1,  /* readable */
    WATCH_WRITE = 2, /* writable */
    WATCH_HUP = 4,   /* the remote will send no more: RDHUP, HUP */
    WATCH_ERROR = 8  /* an error is pending, or there is urgent data (read to find out) */
};

/* How a descriptor is watched. */
enum watch_mode {
    WATCH_EDGE,      /* IN|OUT|RDHUP|PRI, edge-triggered, once for the descriptor's whole life */
    WATCH_LEVEL,     /* IN, level-triggered */
    WATCH_LEVEL_WRITE, /* IN|OUT, level-triggered: for libraries that say what they wait for */
    WATCH_EXCLUSIVE  /* IN, level-triggered, EPOLLEXCLUSIVE: sockets that several processes watch */
};

struct watch {
    int fd; /* -1: not watched */
    void (*on_ready)(struct watch *watch, unsigned ready);
};

/*
 * loop_fini() forgets all watches, tasks and timers (which may be started again afterwards) and
 * closes no descriptor but its own. A forked child calls loop_fini() and loop_init() before it uses
 * anything of the loop: until then its events are its parent's.
 */
void loop_init(void);
void loop_fini(void);

/* Runs turns until loop_stop(), which lets the turn at hand come to its end. */
void loop_run(void);
void loop_stop(void);

/* One turn; waits at most max_wait_ms (-1: until something happens, or a minute). For tests. */
void loop_turn(int64_t max_wait_ms);

/* Whether the turn-end hooks of the present turn are still to come. What would be put off to them
 * must be done at once when this is false (before the loop runs, in the hooks, in the reaping). */
bool loop_has_turn_end(void);

/* watch->fd and on_ready are set by the caller; fd is not owned, and watched by one watch at a
 * time. False (errno) where the kernel refuses, which happens for descriptors that cannot be
 * polled. */
bool watch_start(struct watch *watch, enum watch_mode mode);

/* Ends delivery at once, even of events already fetched, and sets watch->fd to -1; idempotent. Does
 * not close the descriptor; must come before whoever owns that closes it. is_shared: the descriptor
 * lives on in other processes, so it must be taken out of epoll. */
void watch_cancel(struct watch *watch, bool is_shared);

/* ---- run list ---- */

/* Something to be done from the loop's top in this turn (in the next if the budget is spent). */
struct task {
    struct list link;
    void (*run)(struct task *task);
};

static inline void task_init(struct task *task, void (*run)(struct task *task)) {
    list_init(&task->link);
    task->run = run;
}

/* Queues the task; does nothing if it is queued already. Order is first come, first served. A task
 * that starts itself while it runs is one that goes on later: it runs again in the next turn. */
void task_start(struct task *task);
void task_cancel(struct task *task);

static inline bool task_is_queued(const struct task *task) {
    return list_is_linked(&task->link);
}

/* Runs the task at the end of every turn, before the reaping, as long as it is not cancelled. */
void task_start_turn_end(struct task *task);

/* ---- reap list ---- */

/* Embedded in what is closed now and freed at the end of the turn. */
struct reap {
    struct reap *next;
    void (*free)(struct reap *reap);
};

/* Exactly once per object; they are freed in the order of these calls. */
void loop_reap(struct reap *reap, void (*free)(struct reap *reap));

/* ---- for the heartbeat ---- */

/* Number of turns so far, and whether the process is inside epoll_wait. */
struct loop_beat {
    uint64_t turns;
    bool is_asleep;
};

/* Where the loop keeps its beat; a seat in shared memory sets its own place. Never NULL. */
void loop_set_beat(volatile struct loop_beat *beat);

#endif
