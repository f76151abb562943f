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
#include "event/logsink.h"

/* The index of a file of event/logsink; path is relative to the prefix, or "stderr". -1 with an
 * error at the word where it cannot be opened. */
int log_files_open(struct conf *conf, const struct conf_line *line, unsigned word,
                   struct str path);

/* The same for a syslog server; server is its address as written. */
int log_files_open_syslog(struct conf *conf, struct str server,
                          const struct sockaddr_storage *address);

/* Says how a file of the configuration is written. False: another line has said otherwise. */
bool log_files_set_how(struct conf *conf, int file, const struct logsink_how *how);

/* In a process that serves this configuration: its files are written as it says, and those of all
 * others are closed. */
void log_files_begin(const struct conf *conf);

#endif
