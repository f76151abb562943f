/* SPDX-License-Identifier: BSD-2-Clause */
/* environment - what the `env` directive leaves of it. */
#ifndef WEIR_PROCESS_ENVIRONMENT_H
#define WEIR_PROCESS_ENVIRONMENT_H

#include "process/settings.h"

/*
 * For a child: keeps TZ and the variables that the configuration names, and sets those that it
 * gives a value. The strings are the configuration's and the old environment's.
 */
void environment_apply(const struct process_settings *settings);

#endif
