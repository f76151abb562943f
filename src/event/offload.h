/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * offload - work that would hold the loop, done by a few threads beside it: the hash of a password,
 * a file that may lie on a slow disk.
 *
 * A job is the one thing that no object owns: what it works on may take longer than whoever asked
 * lives. So it owns all that it touches, and to cancel it only forgets it. Threads know nothing of
 * loop, arenas, bufs and logs, which are the loop's own.
 */
#ifndef WEIR_EVENT_OFFLOAD_H
#define WEIR_EVENT_OFFLOAD_H

#include <stdbool.h>

enum {
    OFFLOAD_THREADS = 2,
    OFFLOAD_JOBS_MAX = 1024 /* that wait or run */
};

/* Embedded first in the job's own memory. The functions are set by the caller, the rest is zero. */
struct offload_job {
    void (*run)(struct offload_job *job);     /* in a thread */
    void (*on_done)(struct offload_job *job); /* from the loop's top; not once it was cancelled */
    void (*free)(struct offload_job *job);    /* in the loop, behind on_done; last, always */
    struct offload_job *next;
    bool is_cancelled;
};

/* Takes the job over. False: there are too many, or no threads; it is still the caller's. Threads
 * begin with the first job of the process. */
bool offload_start(struct offload_job *job);

/* Not after on_done. */
void offload_cancel(struct offload_job *job);

#endif
