/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * log_format - access logs: named formats, and the files that lines are written to.
 *
 * `log_format` and `access_log` mean the same in http and stream; each family has rows of its own
 * with these types and calls access_logs_write() when something is over.
 */
#ifndef WEIR_EXPR_LOG_FORMAT_H
#define WEIR_EXPR_LOG_FORMAT_H

#include "base/encode.h"
#include "expr/template.h"

/* `log_format name [escape=default|json|none] text ...`; a raw field of size 0: formats belong
 * to the family. */
extern const struct conf_type conf_type_log_format;

/* One `access_log path [format] [if=condition]`. */
struct access_log {
    int file;                          /* of event/logsink */
    const struct log_format *format;
    const struct template *condition;  /* NULL: every time; else not for "" and "0" */
};

struct access_logs {
    struct access_log *items;
    unsigned count;
    bool is_off;
};

/* A struct access_logs field; the row inherits as a list. detail: const char *, name of the
 * format that is used when none is named; NULL: one must be. */
extern const struct conf_type conf_type_access_log;

/* Defines a format as the program's own ("combined"). text is as in a file. */
void log_format_add_builtin(struct conf *conf, const struct conf_block *block, const char *name,
                            const char *text);

/* Opens path for a log without a directive (the family's default), in the format named. */
bool access_logs_add(struct conf *conf, const struct conf_block *block, struct access_logs *logs,
                     struct str path, const char *format);

/* Writes one line to each log whose condition holds. */
void access_logs_write(const struct access_logs *logs, struct scope *scope);

#endif
