/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * builtin - the variables that http and stream share and that need no connection.
 *
 * $hostname $pid $msec $time_iso8601 $time_local $weir_version $nginx_version (weir's version too,
 * so that a configuration that prints it loads) and $env_NAME, the environment of the process.
 */
#ifndef WEIR_EXPR_BUILTIN_H
#define WEIR_EXPR_BUILTIN_H

#include "expr/variable.h"

/* Ended by a NULL name; every variable_table begins with these. */
extern const struct variable builtin_variables[];

/* The name of this host, in lower case as nginx has it; false: there is none. It is asked for once:
 * a host is not renamed under a proxy. */
bool builtin_hostname(struct str *name);

#endif
