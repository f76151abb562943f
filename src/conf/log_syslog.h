/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * log_syslog - "syslog:server=address[,facility=...][,severity=...][,tag=...][,nohostname]", where
 * a log directive may name a file.
 */
#ifndef WEIR_CONF_LOG_SYSLOG_H
#define WEIR_CONF_LOG_SYSLOG_H

#include "conf/conf.h"
#include "event/syslog.h"

/* Whether the text means a syslog server. */
bool is_log_syslog(struct str text);

/* Parses it, and opens the server for as long as the configuration lives. False with an error at
 * the word. */
bool log_syslog_parse(struct conf *conf, const struct conf_line *line, unsigned word,
                      struct str text, struct syslog *syslog);

/* Finds the address of a host name; *reason where there is none. Names are resolved on a floor
 * above, which says how; until then none is found. */
struct sockaddr_storage;
typedef bool log_syslog_lookup(struct conf *conf, struct str host, uint16_t port,
                               struct sockaddr_storage *address, const char **reason);
void log_syslog_set_lookup(log_syslog_lookup *lookup);

#endif
