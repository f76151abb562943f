/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * generation - one configuration and the children that serve it.
 *
 * The newest that is complete serves; older ones drain. A generation is starting until every worker
 * has said that it is ready.
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
    struct timer deadline; /* of the start, or of the drain (worker_shutdown_timeout) */
};

/* All of them, oldest first. */
struct list *generation_list(void);
/* The one that serves, or NULL. */
struct generation *generation_serving(void);

/*
 * Starts children for conf, which belongs to the generation from now on. on_started is called once,
 * from the loop: is_ok says whether all are ready; if not, all of it was ended and freed, the conf
 * too. NULL, logged, if a process could not be started.
 */
struct generation *generation_start(struct conf *conf, void (*on_started)(bool is_ok));

/* One of its children is ready. */
void generation_child_ready(struct generation *generation);

/* Tells all its children to drain. data as in messages.h. Again: with more haste. */
void generation_drain(struct generation *generation, const struct message_drain *how,
                      struct str emptied);

/* A signal to all its children. */
void generation_kill(struct generation *generation, int number);

/* A process ended; finds whose it was. False: none of ours. */
bool generation_child_ended(pid_t pid, int status);

/* Children that run, in all generations. */
unsigned generation_running(void);

/* Called after the last child of a generation has ended and the generation was freed. */
void generation_set_on_ended(void (*on_ended)(void));

#endif
