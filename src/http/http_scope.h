/* SPDX-License-Identifier: BSD-2-Clause */
/* http_scope - the variables of an exchange that need no module. */
#ifndef WEIR_HTTP_HTTP_SCOPE_H
#define WEIR_HTTP_HTTP_SCOPE_H

#include "expr/variable.h"

extern const struct variable http_variables[], http_more_variables[];

/* The variables of the configuration that is served; set once in a worker. */
const struct variable_table *http_scope_table(void);
void http_scope_set_table(const struct variable_table *table);

#endif
