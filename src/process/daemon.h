/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * daemon - to the background, where whoever called learns whether weir has come up.
 */
#ifndef WEIR_PROCESS_DAEMON_H
#define WEIR_PROCESS_DAEMON_H

#include <stdbool.h>

/*
 * Goes on in a child without a terminal, whose standard files are /dev/null. The caller's process
 * waits and exits with 0 after daemon_say_started(), with 1 if the child ends before. False,
 * logged.
 */
bool daemon_start(void);

/* What the child does once it serves. Harmless without daemon_start(). */
void daemon_say_started(void);

/* For a forked child: closes its end of the line to the caller. */
void daemon_leave(void);

#endif
