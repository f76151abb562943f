/* SPDX-License-Identifier: BSD-2-Clause */
/* single - master_process off: one process does it all, for developers. */
#ifndef WEIR_PROCESS_SINGLE_H
#define WEIR_PROCESS_SINGLE_H

#include <stdbool.h>

struct conf;

/* The signals of that process. */
void single_on_signal(int number, int pid);

/* Serves until a signal ends it. False, logged: it could not begin. */
bool single_run(const struct conf *conf);

#endif
