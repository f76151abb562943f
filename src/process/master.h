/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * master - the process that parses, binds, forks and waits for signals and messages.
 */
#ifndef WEIR_PROCESS_MASTER_H
#define WEIR_PROCESS_MASTER_H

#include "process/reload.h"

/* Loads the configuration for master_run(), or for a mere look at it. Never NULL: see
 * conf_errors(). */
struct conf *master_load(const struct reload_source *source);

/* Serves the configuration, in the background if it says so, until a signal ends it. Returns the
 * exit status. */
int master_run(struct conf *conf);

#endif
