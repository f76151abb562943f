/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * child - a process that the master started: a worker or control.
 *
 * Each has a seat, a channel and a place in its generation. One that dies by itself is replaced at
 * once; one that dies again and again right after its start waits a little longer each time (at
 * most CHILD_PAUSE_MAX_MS), so that a crash loop neither spins nor gives up.
 */
#ifndef WEIR_PROCESS_CHILD_H
#define WEIR_PROCESS_CHILD_H

#include "event/channel.h"
#include "event/timer.h"
#include "process/heartbeat.h"
#include "shm/seat.h"

#include <sys/types.h>

struct generation;

enum { CHILD_PAUSE_MAX_MS = 5000 };

/* What a child says of itself in seat->state. */
enum child_state { CHILD_STARTING, CHILD_SERVING, CHILD_DRAINING };

struct child {
    struct list link; /* in its generation */
    struct generation *generation;
    enum seat_role role;
    unsigned slot;
    pid_t pid;        /* 0: not running */
    struct seat *seat;
    struct channel channel;
    struct timer restart;
    struct timer kill; /* it was told to end and may not hear */
    struct heartbeat beat;
    int64_t started_ms;
    int64_t pause_ms; /* before the next restart */
    bool is_ready;
    bool is_emptying; /* has sockets that nobody else will empty */
    bool is_leaving;  /* drains by itself; another has its slot */
};

/* Adds a child to the generation and starts it. False, logged, if the system refuses. */
bool child_add(struct generation *generation, enum seat_role role, unsigned slot);

/* The process ended with this wait status: cleans up after it; does not restart it. */
void child_ended(struct child *child, int status);

/* Restarts it now, or after its pause if it died right after its start. */
void child_restart(struct child *child);

/* Sends a signal if it is running. */
void child_kill(struct child *child, int number);

/* It does not turn its loop: it is to leave a core, and if it cannot even do that it is killed. */
void child_end_stuck(struct child *child);

/* Forgets it; it must not be running. */
void child_free(struct child *child);

#endif
