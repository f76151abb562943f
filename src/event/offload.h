/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * offload - work that would hold the loop, done by a few threads beside it: the hash of a password,
 * a file that may lie on a slow disk.
 *
 * A job is the one thing that no object owns: what it works on may take longer than whoever asked
 * lives. So it owns all that it touches, and to cancel one that has begun only forgets it. Threads
 * know nothing of loop, arenas, bufs and logs, which are the loop's own.
 *
 * Jobs have owners (a client's address), who take turns: however many jobs one of them has waiting,
 * the first of another is next. Where there are too many, the one whose turn is farthest gives way.
 */
#ifndef WEIR_EVENT_OFFLOAD_H
#define WEIR_EVENT_OFFLOAD_H

#include "base/list.h"

#include <stdbool.h>
#include <stdint.h>

enum {
    OFFLOAD_THREADS = 2,
    OFFLOAD_JOBS_MAX = 1024 /* that wait or run */
};

enum offload_state { OFFLOAD_WAITS, OFFLOAD_RUNS, OFFLOAD_DONE };

/* Embedded first in the job's own memory. The functions and the owner are set by the caller, the
 * rest is zero. */
struct offload_job {
    void (*run)(struct offload_job *job);     /* in a thread */
    void (*on_done)(struct offload_job *job); /* from the loop's top; not once it was cancelled */
    void (*free)(struct offload_job *job);    /* in the loop, behind on_done; last, always */
    uint64_t owner;                           /* a number of whose it is; 0 as good as any */
    uint64_t turn;
    struct list link;
    enum offload_state state;
    bool is_cancelled;
    bool is_refused; /* in on_done: it gave way to another's and never ran */
};

/* Takes the job over. False: there are too many, or no threads; it is still the caller's. Threads
 * begin with the first job of the process. */
bool offload_start(struct offload_job *job);

/* Not after on_done. One that waits is taken out and freed in there, others when they are done. */
void offload_cancel(struct offload_job *job);

#endif
