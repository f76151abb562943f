/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * command - the socket beside the pid file, through which `weir -s reload` learns how it went.
 *
 * The master listens on "PIDFILE.sock" (mode 0600, SEQPACKET). An asker sends one message and gets
 * one MESSAGE_RESULT.
 */
#ifndef WEIR_PROCESS_COMMAND_H
#define WEIR_PROCESS_COMMAND_H

#include "base/str.h"

#include <stdbool.h>

struct command_asker;

/* ---- master ---- */

/* Listens; on_reload is called with who asked, who waits for command_answer(). False, logged:
 * `-s` then falls back on the signal. */
bool command_open(const char *pid_path, void (*on_reload)(struct command_asker *asker));

/* Stops listening; is_ours: removes the socket's file too. */
void command_close(bool is_ours);

/* Answers and forgets. asker may be NULL: a signal asked, nobody waits. */
void command_answer(struct command_asker *asker, int status, struct str text);

/* ---- weir -s ---- */

/*
 * Asks the master of that pid file to reload, waits for the answer, writes its text to stderr.
 * Returns the exit status, or -1 if there is no such socket.
 */
int command_ask_reload(const char *pid_path);

#endif
