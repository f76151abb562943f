/* SPDX-License-Identifier: BSD-2-Clause */
/* stream_scope - the variables of a session that need no module. */
#ifndef WEIR_STREAM_STREAM_SCOPE_H
#define WEIR_STREAM_STREAM_SCOPE_H

#include "expr/variable.h"

extern const struct variable stream_variables[];

/* The variables of the configuration that is served; set once in a worker. */
const struct variable_table *stream_scope_table(void);
void stream_scope_set_table(const struct variable_table *table);

#endif
