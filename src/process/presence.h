/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * presence - where a master can be found: the pid file, and the command socket beside it.
 *
 * While a new binary runs beside this one, ours are under "PIDFILE.oldbin".
 */
#ifndef WEIR_PROCESS_PRESENCE_H
#define WEIR_PROCESS_PRESENCE_H

#include "process/command.h"

/* What the command socket is to call (command_open()). Without it there is no socket. */
void presence_init(unsigned (*on_reload_asked)(void));

/* The path that the configuration names: writes the file, or moves it. False, logged: all is as it
 * was. While we are old it only remembers the path. */
bool presence_set(const char *path);

/* Makes way for a new binary; and back, when that is gone. */
void presence_become_old(void);
void presence_become_current(void);

/* Removes both, as far as they are ours. */
void presence_end(void);

#endif
