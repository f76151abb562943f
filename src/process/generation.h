/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * generation - one configuration and the children that serve it.
 *
 * A generation is starting until every child has said that it is ready; none of them accepts until
 * then. The newest that was told to serve serves; older ones drain.
 */
#ifndef WEIR_PROCESS_GENERATION_H
#define WEIR_PROCESS_GENERATION_H

#include "base/buf.h"
#include "process/child.h"
#include "process/messages.h"
#include "process/settings.h"

enum generation_state { GENERATION_STARTING, GENERATION_SERVING, GENERATION_DRAINING };

struct generation {
    struct list link;
    unsigned number;
    enum generation_state state;
    struct conf *conf;
    const struct process_settings *settings;
    struct list children;
    struct timer deadline; /* of the start, or of the drain */
    bool is_hurried;       /* the drain waits for nothing */
    /* While starting: all are ready, or one has failed. See generation_start(). */
    void (*on_started)(struct generation *generation, bool is_ok);
};

/* All of them, oldest first. */
struct list *generation_list(void);
/* The one that serves, or NULL. While one takes over from another, the new one. */
struct generation *generation_serving(void);

/*
 * Starts children for conf, which belongs to the generation from now on. on_started is called once,
 * from the loop: with true, whoever is called goes on with generation_serve() or
 * generation_abort(); with false the generation has been aborted. NULL, logged, if a process could
 * not be started.
 */
struct generation *generation_start(struct conf *conf,
                                    void (*on_started)(struct generation *generation, bool is_ok));

/* Lets its workers accept. */
void generation_serve(struct generation *generation);

/* Ends its children the hard way: they have not accepted anything yet. */
void generation_abort(struct generation *generation);

/* Tells all its children to drain. lines as in messages.h. Again: with more haste. */
void generation_drain(struct generation *generation, const struct message_drain *how,
                      struct str lines);

/* A signal to all its children. */
void generation_kill(struct generation *generation, int number);

/* A process ended; finds whose it was. False: none of ours. */
bool generation_child_ended(pid_t pid, int status);

/* Children that run, in all generations. */
unsigned generation_running(void);

/* Whether any draining worker still has sockets to empty. */
bool generation_is_emptying(void);

/* The control process of the generation, ready or not; NULL if none is running. */
struct child *generation_control(const struct generation *generation);

/* Opens the log files anew and hands them to all workers. */
void generation_reopen_logs(void);

/* What others want to know. on_ended: after the last child of a generation has ended and the
 * generation was freed; on_ready: a child of the generation that serves is ready; on_emptied:
 * no sockets are to be emptied any more. */
struct generation_events {
    void (*on_ended)(void);
    void (*on_ready)(const struct child *child);
    void (*on_emptied)(void);
};
void generation_set_events(const struct generation_events *events);

/* ---- from its children ---- */

void generation_child_ready(struct child *child);
void generation_child_emptied(void);
void generation_child_leaving(struct child *child);
void generation_child_stuck(const struct message_stuck *stuck);

/* For a forked child: closes the master's ends of all channels. */
void generation_close_channels(void);

#endif
