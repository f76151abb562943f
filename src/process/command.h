/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * command - the socket beside the pid file, through which `weir -s reload` learns how it went.
 *
 * The master listens on "PIDFILE.sock" (mode 0600, SEQPACKET). An asker sends one message and gets
 * one MESSAGE_RESULT. Reloads are numbered, and each asker waits for the one that begins after it
 * has asked.
 */
#ifndef WEIR_PROCESS_COMMAND_H
#define WEIR_PROCESS_COMMAND_H

#include "base/str.h"

#include <stdbool.h>

/* ---- master ---- */

/* Listens. False, logged: `-s` then falls back on the signal. on_reload: somebody asks; the number
 * of the reload that answers, or 0. */
bool command_open(const char *pid_path, unsigned (*on_reload)(void));

/* Stops listening and removes the socket's file. Who waits goes on waiting. */
void command_close(void);

/* For a forked child: closes what it has of all this. */
void command_leave(void);

/* Answers all who wait for this reload, and forgets them. */
void command_answer(unsigned number, int status, struct str text);

/* ---- weir -s ---- */

/*
 * Asks the master of that pid file to reload, waits for the answer, writes its text to stderr.
 * Returns the exit status, or -1 if there is no such socket.
 */
int command_ask_reload(const char *pid_path);

#endif
