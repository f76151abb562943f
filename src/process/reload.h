/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * reload - the way from a changed file to a new generation.
 *
 * A child parses and checks first, bounded in time; its messages go to whoever asked and to the
 * log. Only when it succeeds does the master load the very same bytes, bind what sockets are new
 * and start the new generation. When all of that is ready, the new sockets listen, the new
 * generation serves and the old one is told to drain. Until then a failure changes nothing.
 */
#ifndef WEIR_PROCESS_RELOAD_H
#define WEIR_PROCESS_RELOAD_H

#include "process/generation.h"

/* How this master loads its configuration; immutable. */
struct reload_source {
    struct conf_options options;
    const struct module *const *modules;
};

struct reload_events {
    /* A new generation has taken over; the old one is told to drain after this call. */
    void (*on_serving)(const struct generation *generation);
    /* A reload, or the first start, is over, well or not; no other one is under way. */
    void (*on_idle)(bool is_ok);
};

void reload_init(const struct reload_source *source, const struct reload_events *events);

/* Loads for the cold start; look at conf_errors(). Never NULL. */
struct conf *reload_load_first(void);

/* Its messages, a line each, to the log. */
void reload_log_messages(const struct conf *conf);

/* Starts the first generation: on_serving or on_idle(false) tells how it went. False: it failed
 * already. */
bool reload_start_first(struct conf *conf);

/* Asks for a reload. Returns the number of the one that answers (command_answer()): it begins now,
 * or after the one that is under way. 0: after reload_cancel() there is none any more. */
unsigned reload_request(void);

/* Starts a generation again from the bytes that served last: after WINCH. */
void reload_start_again(void);

bool reload_is_active(void);

/* The checking child ended. False: it was not ours. */
bool reload_child_ended(pid_t pid, int status);

/* A generation has ended: closes zones that nobody can use any more. */
void reload_generation_ended(void);

/* Ends what is under way, for good: the master is to stop. */
void reload_cancel(void);

/* For a forked child: closes what it has of a check that is under way. */
void reload_leave(void);

#endif
