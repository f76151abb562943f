/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * access_log - the logs that get a line when something is over.
 *
 * `access_log` means the same in http and stream; each family has a row of its own with this type
 * and calls access_logs_write() when a request or a session ends.
 */
#ifndef WEIR_EXPR_ACCESS_LOG_H
#define WEIR_EXPR_ACCESS_LOG_H

#include "event/log_paths.h"
#include "expr/log_format.h"

struct access_log;

struct access_logs {
    struct access_log *items;
    unsigned count;
    bool is_off;
};

/* One `access_log path [format [buffer=size] [flush=time] [gzip[=level]] [if=condition]]`: adds to
 * a struct access_logs field; the row inherits as a list. detail: const char *, name of the format
 * that is used when none is named; NULL: one must be. */
extern const struct conf_type conf_type_access_log;

/* `open_log_file_cache off | max=N [inactive=time] [min_uses=N] [valid=time]`: a struct log_paths *
 * field, NULL for none; for the logs with variables in their paths. */
extern const struct conf_type conf_type_log_paths;

/* Opens path for a log without a directive (the family's default), in the format named. */
bool access_logs_add(struct conf *conf, const struct conf_block *block, struct access_logs *logs,
                     struct str path, const char *format);

/* Writes one line to each log whose condition holds. paths is the open_log_file_cache. */
void access_logs_write(const struct access_logs *logs, struct log_paths *paths,
                       struct scope *scope);

#endif
