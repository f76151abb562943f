/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * error_log - the directive of every context, and the log that holds in a block.
 */
#ifndef WEIR_CONF_ERROR_LOG_H
#define WEIR_CONF_ERROR_LOG_H

#include "base/log.h"
#include "conf/module.h"

/* `error_log FILE|stderr|syslog:... [LEVEL]`, several times; inherited as a list. */
extern const struct module error_log_module;

/* The log that holds in the block: all its files, each with its own level. is_debugged: whatever
 * their levels, all files get all lines (for the clients of debug_connection). */
struct log *error_log_of(const struct conf_block *block, bool is_debugged);

/* Makes the log of main the log of the process. It does not depend on the configuration any
 * more: that may be freed while the log is in use, for its files are held. */
void error_log_use(const struct conf *conf);

/* Whether lines of the log of the process go to stderr. */
bool error_log_uses_stderr(void);

/* Where main's errors go when the file says nothing: --error-log-path, or -e. */
void error_log_set_default(const char *path);

#endif
