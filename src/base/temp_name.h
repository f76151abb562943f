/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * temp_name - names of files that shall not outlive the process that made them: "temp-PID-XXXXXX".
 *
 * Whoever finds one of a process that is gone removes it.
 */
#ifndef WEIR_BASE_TEMP_NAME_H
#define WEIR_BASE_TEMP_NAME_H

#include "base/str.h"

#include <stdbool.h>

enum { TEMP_NAME_SIZE = 32 }; /* with the NUL */

/* A pattern for mkostemp(): it replaces the last six bytes. */
void format_temp_name(char text[TEMP_NAME_SIZE], int pid);

/* Whether it is such a name, and of which process. */
bool parse_temp_name(struct str name, int *pid);

#endif
