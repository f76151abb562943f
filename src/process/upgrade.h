/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * upgrade - one binary takes over from another: sockets and zones are handed on by descriptor.
 *
 * USR2: the old master renames its pid file to "PIDFILE.oldbin", writes what it has into a memfd
 * and execs the program it was started as. Both then serve, each with its own workers, on the same
 * sockets and zones, until the operator ends one: QUIT to the old (done) or to the new (rolled
 * back).
 */
#ifndef WEIR_PROCESS_UPGRADE_H
#define WEIR_PROCESS_UPGRADE_H

#include <stdbool.h>
#include <sys/types.h>

/* First thing in main(): the arguments and the program for a later exec. */
void upgrade_remember(int argc, char **argv);

/* ---- in the new binary ---- */

/* Before anything makes zones: adopts what the old one left. True as well if there is nothing to
 * adopt. */
bool upgrade_import(void);

/* Whether another binary has started this one, be it alive or not. */
bool upgrade_was_started(void);

/* The number of the master that started us while it lives, else 0. */
pid_t upgrade_parent(void);

/* Once the loop is there: on_end is called when that master has ended, if there is one. */
void upgrade_watch_parent(void (*on_end)(void));

/* For a forked child. */
void upgrade_leave(void);

/* ---- in the old master ---- */

/* Starts the new binary. Its number, or -1, logged. */
pid_t upgrade_start(void);

#endif
