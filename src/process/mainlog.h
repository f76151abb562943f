/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * mainlog - the log of the master, which at times has listeners beside its files.
 *
 * What goes wrong while weir starts is also said on stderr, as nginx says it, and what goes wrong
 * in a reload is also told to whoever asked for it. That is for lines of level warn and worse.
 */
#ifndef WEIR_PROCESS_MAINLOG_H
#define WEIR_PROCESS_MAINLOG_H

#include "base/buf.h"

#include <stdbool.h>

struct conf;

/* Before a configuration is read: lines go to this file, which is there from now on. False, said on
 * stderr: they go to stderr. False as well for "stderr" itself. */
bool mainlog_open(const char *path);

/* Lines go where the configuration's main block says, from now on. */
void mainlog_use(const struct conf *conf);

/* To stderr too, and from now on the same stderr, whatever becomes of descriptor 2. */
void mainlog_show(void);

/* To the end of text too. */
void mainlog_collect(struct buf *text);

/* Only to the files again. */
void mainlog_hide(void);

/* What a panic says, and a process that is told to abort, goes to the log as well: stderr may be
 * /dev/null. */
void mainlog_take_panics(void);

#endif
