/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * log_files - the log files that a configuration has open.
 *
 * They are open from the line that names them to conf_free(); one that another configuration names
 * as well stays open with that one.
 */
#ifndef WEIR_CONF_LOG_FILES_H
#define WEIR_CONF_LOG_FILES_H

#include "conf/conf.h"

/* The index of a file of event/logsink; path is relative to the prefix, or "stderr". -1 with an
 * error at the word where it cannot be opened. */
int log_files_open(struct conf *conf, const struct conf_line *line, unsigned word,
                   struct str path);

/* In a child that serves this configuration: closes the files of all others. */
void log_files_keep_only(const struct conf *conf);

#endif
