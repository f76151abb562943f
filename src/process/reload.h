/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * reload - the way from a changed file to a new generation.
 *
 * A child parses and checks first, bounded in time; its messages go to whoever asked and to the
 * log. Only when it succeeds does the master load the very same bytes, open what sockets are new,
 * start the new generation, and, when that serves, tell the old one to drain. Until then a failure
 * changes nothing.
 */
#ifndef WEIR_PROCESS_RELOAD_H
#define WEIR_PROCESS_RELOAD_H

#include "process/command.h"
#include "process/generation.h"

/* How this master loads its configuration; immutable. */
struct reload_source {
    struct conf_options options;
    const struct module *const *modules;
};

/* on_serving is called when a new generation has taken over, before the old one is told to
 * drain. */
void reload_init(const struct reload_source *source,
                 void (*on_serving)(struct generation *generation));

/* Loads for the cold start (messages to stderr and the log); NULL: failed. */
struct conf *reload_load_first(void);

/* Starts the very first generation. on_started as in generation_start(). */
bool reload_start_first(struct conf *conf, void (*on_started)(bool is_ok));

/* Asked by a signal (asker NULL) or a command. While one is under way, the next begins after it. */
void reload_request(struct command_asker *asker);

/* Starts a generation again from the bytes that served last: after WINCH. */
void reload_start_again(void);

/* The checking child ended. False: it was not ours. */
bool reload_child_ended(pid_t pid, int status);

/* Ends what is under way: the master is to stop. */
void reload_cancel(void);

#endif
