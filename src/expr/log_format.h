/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * log_format - what the lines of access logs say: formats with names.
 *
 * `log_format` means the same in http and stream; each family has a row of its own with this type.
 */
#ifndef WEIR_EXPR_LOG_FORMAT_H
#define WEIR_EXPR_LOG_FORMAT_H

#include "base/encode.h"
#include "expr/template.h"

struct log_format;

/* `log_format name [escape=default|json|none] text ...`; a raw field of size 0: formats belong
 * to the family. */
extern const struct conf_type conf_type_log_format;

/* Defines a format as the program's own ("combined"). text is as in a file. */
void log_format_add_builtin(struct conf *conf, const struct conf_block *block, const char *name,
                            const char *text);

/* The format of that name in the block's family; NULL if there is none so far. */
const struct log_format *log_format_find(struct conf *conf, const struct conf_block *block,
                                         struct str name);

/* Appends the line, without an end of line. */
void log_format_append(const struct log_format *format, struct scope *scope, struct buf *to);

#endif
